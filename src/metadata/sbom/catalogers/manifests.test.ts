import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeUtf8 } from "../../../base/index.ts";
import { PACKAGE_LIST_FORMATS } from "./catalogers.ts";
import type { PackageList, StatedPackage } from "./package-list.ts";
import { C_COMMENTS, withoutComments } from "./source-text.ts";

function read(id: string, path: string, text: string): PackageList {
  const format = PACKAGE_LIST_FORMATS.find((row) => row.id === id);
  assert.ok(format, id);
  return format.read({ path, bytes: encodeUtf8(text), files: new Map() });
}

function brief({ name, version, requirement, scope, identity }: StatedPackage): string {
  const words = [name, version ?? `(${requirement ?? ""})`, scope ?? "production", identity?.type ?? "none"];
  return identity?.qualifiers?.["vcs_url"] === undefined
    ? words.join(" ")
    : `${words.join(" ")} ${identity.qualifiers["vcs_url"]}`;
}

/** What others wrote, in forms that a reader of single lines gets wrong. */
const ROWS: readonly {
  readonly name: string;
  readonly id: string;
  readonly path: string;
  readonly text: string;
  readonly states: readonly string[];
  readonly notes?: readonly string[];
}[] = [
  {
    name: "a call of several lines and a call with two modules",
    id: "java/gradlebuild",
    path: "build.gradle",
    text: `dependencies {
  implementation(
    "org.a:one:1.0"
  )
  api 'org.b:two:2.0', 'org.b:three:3.0'
  latestImplementation "org.c:four:4.0"
  androidTestImplementation group: 'org.d', name: 'five', version: '5.0'
}`,
    states: [
      "org.a:one 1.0 production maven",
      "org.b:two 2.0 production maven",
      "org.b:three 3.0 production maven",
      "org.c:four 4.0 production maven",
      "org.d:five 5.0 development maven",
    ],
  },
  {
    name: "parts of Kotlin, and groups that are variables",
    id: "java/gradlebuild",
    path: "build.gradle.kts",
    text: `val grp = "org.x"
dependencies {
  implementation(kotlin("stdlib"))
  testImplementation(kotlin("test", "1.9.0"))
  implementation("$grp:core:1.1")
}`,
    states: [
      "org.jetbrains.kotlin:kotlin-stdlib () production maven",
      "org.jetbrains.kotlin:kotlin-test 1.9.0 development maven",
      "org.x:core 1.1 production maven",
    ],
  },
  {
    name: "what is no plain text is counted, parts of the project and of version catalogs are not",
    id: "java/gradlebuild",
    path: "build.gradle.kts",
    text: `dependencies {
  implementation(Deps.retrofit)
  implementation("$unknown:core:1.1")
  implementation(project(":core"))
  implementation(projects.core)
  implementation(libs.okhttp)
  implementation(files("a.jar"))
  implementation(platform(Deps.bom))
}
configurations { testImplementation.extendsFrom(implementation) }
val compileOnly by configurations.getting { extendsFrom(x) }
runtime { }`,
    states: [],
    notes: ["dependencies that are not plain texts: 3; only a run of Gradle knows them"],
  },
  {
    name: "variables of every form, and comments",
    id: "java/gradlebuild",
    path: "build.gradle",
    text: `ext { set('one', "1.0") }
ext.two = '2.0'
def three = '3.0'
dependencies {
  implementation "a:one:\${one}" // 'not:this:1'
  implementation "a:two:$two"
  implementation group: 'a', name: 'three', version: three
  implementation "a:four:$four"
}`,
    states: [
      "a:one 1.0 production maven",
      "a:two 2.0 production maven",
      "a:three 3.0 production maven",
      "a:four ($four) production maven",
    ],
    notes: ["versions that are computed: 1; only a run of Gradle knows them"],
  },
  {
    name: "plugins of sbt serve the build",
    id: "scala/sbt",
    path: "project/plugins.sbt",
    text: 'addSbtPlugin("com.eed3si9n" % "sbt-assembly" % "2.1.5")\nlibraryDependencies += "org.a" % "b" % "1.0"',
    states: ["com.eed3si9n:sbt-assembly 2.1.5 development maven", "org.a:b 1.0 development maven"],
    notes: ["it is a program: only modules that it names as plain texts are listed"],
  },
  {
    name: "without Scala's version, names are not whole",
    id: "scala/sbt",
    path: "build.sbt",
    text: 'libraryDependencies += "org.typelevel" %% "cats-core" % "2.10.0"',
    states: ["org.typelevel:cats-core 2.10.0 production maven"],
    notes: [
      "it is a program: only modules that it names as plain texts are listed",
      "names without the version of Scala that belongs to them: 1; this file does not state it",
    ],
  },
  {
    name: "what is said of a list stands before it; versions are managed or computed",
    id: "clojure/projectclj",
    path: "project.clj",
    text: `(defproject shop "1.0"
  :managed-dependencies [[org.m/one "1.1"]]
  :dependencies ^:replace [[org.m/one] [org.m/two ~two-version]]
  :profiles {:dev ^:leaky {:dependencies [[org.m/three "3.0"]]}})`,
    states: [
      "shop 1.0 production none",
      "org.m:one 1.1 production maven",
      "org.m:two () production maven",
      "org.m:three 3.0 development maven",
    ],
  },
  {
    name: "a project's own libraries are no packages",
    id: "haskell/cabalfile",
    path: "shop.cabal",
    text: `name: shop
version: 0.1
library
  build-depends: base >=4
library inner
  build-depends: text ==2.0
executable shop-server
  build-depends: shop, inner, base >=4`,
    states: ["shop 0.1 production none", "base (>=4) production hackage", "text 2.0 production hackage"],
  },
  {
    name: "conditions hold, and own libraries are no packages",
    id: "haskell/packageyaml",
    path: "package.yaml",
    text: `name: shop
library:
  dependencies: [base]
  when:
    - condition: os(windows)
      dependencies: Win32
executables:
  shop-server:
    dependencies: shop`,
    states: ["shop () production none", "base () production hackage", "Win32 () production hackage"],
  },
  {
    name: "calls of several lines, and conditions that end on their line",
    id: "ruby/gemfile",
    path: "Gemfile",
    text: `group :test do
  if ENV["X"] then gem_ci end
  gem "rspec", "3.12.0"
end
gem "rails",
  # pinned
  "7.0.4"
gem "fork", # ours
    git: "https://example.com/fork.git",
    ref: "abc"`,
    states: [
      "rspec 3.12.0 development gem",
      "rails 7.0.4 production gem",
      "fork () production gem git+https://example.com/fork.git@abc",
    ],
    notes: ["it is a program: only gems that it names as plain texts are listed"],
  },
  {
    name: "a call of several lines",
    id: "swift/podfile",
    path: "Podfile",
    text: "pod 'Fork',\n  :git => 'https://example.com/fork.git',\n  :commit => 'abc'\npod 'Plain', '1.2.3'",
    states: ["Fork () production cocoapods git+https://example.com/fork.git@abc", "Plain 1.2.3 production cocoapods"],
    notes: ["it is a program: only pods that it names as plain texts are listed"],
  },
  {
    name: "a comment of several lines",
    id: "lua/rockspec",
    path: "shop-1.0-1.rockspec",
    text: `package = "shop"
version = "1.0-1"
--[[ dependencies = {
  "old == 1.0"
} ]]
dependencies = { "new == 2.0" -- "not this"
}`,
    states: ["shop 1.0-1 production none", "new 2.0 production luarocks"],
  },
  {
    name: "names that are long, or end like a name",
    id: "lua/luarockslock",
    path: "luarocks.lock",
    text: `return { dependencies = { ${"long".repeat(60)} = "1.0", 7up = "2.0", ["7up"] = "3.0", plain = "4.0" } }`,
    states: [
      `${"long".repeat(60)} 1.0 production luarocks`,
      "7up 3.0 production luarocks",
      "plain 4.0 production luarocks",
    ],
  },
  {
    name: "a call of several lines, and comments",
    id: "nim/nimbleproject",
    path: "shop.nimble",
    text: `version = "0.1"
requires "nim >= 1.6", # "none == 1.0"
         "jester == 0.5.0"
#[ requires "none" ]#`,
    states: ["shop 0.1 production none", "jester 0.5.0 production nim"],
  },
  {
    name: "what pip installs is stated as in requirements.txt",
    id: "python/condaenv",
    path: "environment.yml",
    text: `dependencies:
  - numpy=1.26.0
  - pip:
    - requests==2.31.0
    - git+https://example.com/fork.git@abc#egg=fork
    - -r more.txt
    - ./local`,
    states: [
      "numpy 1.26.0 production conda",
      "requests 2.31.0 production pypi",
      "fork () production pypi git+https://example.com/fork.git@abc",
    ],
    notes: ["it names the file more.txt, which was not read", "some packages are named by their address or path alone"],
  },
  {
    name: "parts of R itself are of no registry",
    id: "r/description",
    path: "DESCRIPTION",
    text: "Package: shop\nVersion: 1.0\nDepends: R (>= 4.0), methods\nImports: stats, utils, jsonlite\n",
    states: ["shop 1.0 production none", "jsonlite () production cran"],
  },
  {
    name: "a folder and a repository are of no registry",
    id: "python/pixilock",
    path: "pixi.lock",
    text: `version: 6
packages:
- pypi: ./
  name: shop
  version: 0.1.0
- pypi: https://files.pythonhosted.org/packages/idna-3.7-py3-none-any.whl
  name: idna
  version: "3.7"
- pypi: git+https://example.com/fork.git@abc
  name: fork
  version: "1.0"`,
    states: [
      "shop 0.1.0 production none",
      "idna 3.7 production pypi",
      "fork 1.0 production pypi git+https://example.com/fork.git@abc",
    ],
  },
];

describe("manifests that state packages", () => {
  for (const { name, id, path, text, states, notes } of ROWS) {
    it(`${id}: ${name}`, () => {
      const list = read(id, path, text);
      assert.deepEqual(list.packages.map(brief), states);
      assert.deepEqual(list.notes ?? [], notes ?? []);
    });
  }
});

describe("time to read manifests", () => {
  // Twice as much takes twice as long; without care it took minutes.
  it("does not grow faster than a line of escaped quotes", () => {
    const text = `"${'\\"'.repeat(500_000)}`;
    assert.equal(withoutComments(text, C_COMMENTS), text);
  });

  it("does not grow faster than calls that do not end", () => {
    assert.deepEqual(read("swift/packageswift", "Package.swift", ".package(".repeat(200_000)).notes, [
      "packages that are not named by plain texts: 200000; only a run of Swift knows them",
    ]);
  });
});
