import { HASH, type PackageListSample, SHA_1 } from "./sample.ts";

/** Build files and lock files of Java, Scala and Clojure beside Maven's and Gradle's locks. */
export const JVM_SAMPLES: readonly PackageListSample[] = [
  {
    format: "java/gradlebuild",
    path: "build.gradle",
    text: `// what builds it
plugins { id 'java' }
def jacksonVersion = '2.16.1'
ext { slf4jVersion = "2.0.9" }
buildscript {
  dependencies { classpath 'com.example:plugin:1.0' }
}
dependencies {
    implementation 'com.google.guava:guava:33.0.0-jre'
    implementation "com.fasterxml.jackson.core:jackson-databind:\${jacksonVersion}"
    api("org.slf4j:slf4j-api:$slf4jVersion")
    implementation(platform("org.example:bom:1.2.3"))
    compileOnly group: 'javax.servlet', name: 'servlet-api', version: '2.5'
    runtimeOnly 'org.example:driver:[1.0,2.0)'
    implementation 'org.example:managed'
    testImplementation "org.junit.jupiter:junit-jupiter:$junitVersion" // not stated
    /* implementation 'old:old:1.0' */
    implementation project(':core')
}
`,
    states: [
      "com.example:plugin@1.0 development maven",
      "com.google.guava:guava@33.0.0-jre maven",
      "com.fasterxml.jackson.core:jackson-databind@2.16.1 maven",
      "org.slf4j:slf4j-api@2.0.9 maven",
      "org.example:bom@1.2.3 maven",
      "javax.servlet:servlet-api@2.5 optional maven",
      "org.example:driver ([1.0,2.0)) maven",
      "org.example:managed () maven",
      "org.junit.jupiter:junit-jupiter ($junitVersion) development maven",
    ],
  },
  {
    format: "java/ivyxml",
    path: "ivy.xml",
    text: `<ivy-module version="2.0">
  <info organisation="com.example" module="shop" revision="1.0"/>
  <dependencies>
    <dependency org="commons-lang" name="commons-lang" rev="2.6"/>
    <dependency org="junit" name="junit" rev="4.13" conf="test->default"/>
    <dependency org="org.example" name="open" rev="latest.integration"/>
    <dependency name="own" rev="\${own.version}"/>
  </dependencies>
</ivy-module>
`,
    states: [
      "project com.example:shop@1.0 -> commons-lang:commons-lang junit:junit org.example:open com.example:own",
      "commons-lang:commons-lang@2.6 maven",
      "junit:junit@4.13 development maven",
      "org.example:open (latest.integration) maven",
      "com.example:own (${own.version}) maven",
    ],
  },
  {
    format: "java/maveninstalljson",
    path: "maven_install.json",
    text: JSON.stringify({
      artifacts: {
        "com.google.guava:guava": { shasums: { jar: HASH }, version: "33.0.0-jre" },
        "com.google.guava:failureaccess": { shasums: { jar: HASH }, version: "1.0.2" },
      },
      dependencies: { "com.google.guava:guava": ["com.google.guava:failureaccess"] },
      version: "2",
    }),
    states: [
      "com.google.guava:guava@33.0.0-jre maven -> com.google.guava:failureaccess",
      "com.google.guava:failureaccess@1.0.2 maven ->",
    ],
  },
  {
    format: "java/maveninstalljson",
    path: "old/app_maven_install.json",
    text: JSON.stringify({
      dependency_tree: {
        dependencies: [
          { coord: "junit:junit:4.13", sha256: HASH, directDependencies: ["org.hamcrest:hamcrest-core:1.3"] },
          { coord: "junit:junit:jar:sources:4.13", sha256: HASH },
          { coord: "org.hamcrest:hamcrest-core:1.3", directDependencies: [] },
        ],
      },
    }),
    states: ["junit:junit@4.13 maven -> org.hamcrest:hamcrest-core", "org.hamcrest:hamcrest-core@1.3 maven ->"],
  },
  {
    format: "scala/sbtlock",
    path: "build.sbt.lock",
    text: JSON.stringify({
      lockVersion: 1,
      configurations: ["compile", "test"],
      dependencies: [
        {
          org: "org.typelevel",
          name: "cats-core_2.13",
          version: "2.10.0",
          artifacts: [{ name: "cats-core_2.13.jar", hash: `sha1:${SHA_1}` }],
          configurations: ["compile", "test"],
        },
        { org: "org.scalatest", name: "scalatest_2.13", version: "3.2.17", artifacts: [], configurations: ["test"] },
      ],
    }),
    states: ["org.typelevel:cats-core_2.13@2.10.0 maven", "org.scalatest:scalatest_2.13@3.2.17 development maven"],
  },
  {
    format: "scala/sbt",
    path: "build.sbt",
    text: `ThisBuild / scalaVersion := "2.13.12"
val akkaVersion = "2.8.5" // one for all
libraryDependencies += "com.typesafe.akka" %% "akka-actor" % akkaVersion
libraryDependencies ++= Seq(
  "org.scalatest" %% "scalatest" % "3.2.17" % Test,
  "ch.qos.logback" % "logback-classic" % "1.4.14",
  "org.example" % "computed" % versions.computed,
)
// libraryDependencies += "old" % "old" % "1.0"
`,
    states: [
      "com.typesafe.akka:akka-actor@2.8.5 maven",
      "org.scalatest:scalatest@3.2.17 development maven",
      "ch.qos.logback:logback-classic@1.4.14 maven",
      "org.example:computed () maven",
    ],
  },
  {
    format: "clojure/depsedn",
    path: "deps.edn",
    text: `;; what the application needs
{:paths ["src"]
 :deps {org.clojure/clojure {:mvn/version "1.11.1"}
        ring {:mvn/version "1.10.0", :exclusions [a/b]}
        io.github.acme/tool {:git/tag "v1" :git/sha "0123456"}
        here/here {:local/root "../here"}
        #_ ignored/ignored #_ {:mvn/version "1"}}
 :aliases {:test {:extra-deps {lambdaisland/kaocha {:mvn/version "1.87.1366"}}
                  :main-opts ["-m" "kaocha.runner"]}}}
`,
    states: [
      "org.clojure:clojure@1.11.1 maven",
      "ring:ring@1.10.0 maven",
      "io.github.acme:tool@ maven",
      "lambdaisland:kaocha@1.87.1366 development maven",
    ],
  },
  {
    format: "clojure/projectclj",
    path: "project.clj",
    text: `(def v "1")
(defproject com.example/shop "0.1.0-SNAPSHOT"
  :description "A \\"shop\\""
  :dependencies [[org.clojure/clojure "1.11.1"]
                 [ring/ring-core "[1.9,)" :exclusions [commons-io]]
                 [javax.servlet/servlet-api "2.5" :scope "provided"]]
  :plugins [[lein-ring "0.12.6"]]
  :profiles {:dev {:dependencies [[midje "1.10.9"]]}})
`,
    states: [
      "project com.example:shop@0.1.0-SNAPSHOT -> org.clojure:clojure ring:ring-core javax.servlet:servlet-api lein-ring:lein-ring midje:midje",
      "org.clojure:clojure@1.11.1 maven",
      "ring:ring-core ([1.9,)) maven",
      "javax.servlet:servlet-api@2.5 optional maven",
      "lein-ring:lein-ring@0.12.6 development maven",
      "midje:midje@1.10.9 development maven",
    ],
  },
];
