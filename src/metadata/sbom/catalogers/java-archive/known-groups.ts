/**
 * Groups of Maven Central whose builds (Gradle, Ant, sbt) leave no Maven descriptor in the archive, and whose manifests do
 * not name the group either → their artifacts. A name that ends with `-` stands for all that begin with it.
 */
const ARTIFACTS: Readonly<Record<string, string>> = {
  "com.github.ben-manes.caffeine": "caffeine",
  "com.google.api.grpc": "grpc-google-",
  "com.graphql-java": "graphql-java",
  "com.h2database": "h2",
  "com.microsoft.sqlserver": "mssql-jdbc",
  "com.mysql": "mysql-connector-j",
  "com.oracle.database.jdbc": "ojdbc8 ojdbc10 ojdbc11",
  "com.rabbitmq": "amqp-client",
  "com.squareup.okhttp3": "okhttp okhttp-jvm okhttp-sse okhttp-tls logging-interceptor mockwebserver",
  "com.squareup.okio": "okio okio-jvm",
  "com.squareup.retrofit2": "retrofit",
  "com.typesafe.akka": "akka-",
  "com.typesafe.scala-logging": "scala-logging",
  "com.zaxxer": "HikariCP",
  "de.codecentric": "spring-boot-admin-",
  "io.github.resilience4j": "resilience4j-",
  "io.grpc": "grpc-",
  "io.ktor": "ktor-",
  "io.lettuce": "lettuce-core",
  "io.micrometer": "micrometer-",
  "io.opentelemetry": "opentelemetry-",
  "io.opentelemetry.instrumentation": "opentelemetry-instrumentation-",
  "io.opentelemetry.semconv": "opentelemetry-semconv",
  "io.projectreactor": "reactor-core reactor-test",
  "io.projectreactor.netty": "reactor-netty reactor-netty-core reactor-netty-http",
  "io.vavr": "vavr",
  "javax.servlet": "servlet-api jstl",
  "javax.servlet.jsp": "jsp-api",
  junit: "junit",
  mysql: "mysql-connector-java",
  "net.java.dev.jna": "jna jna-platform",
  "org.antlr": "antlr4-runtime antlr-runtime",
  "org.apache.ant": "ant ant-launcher",
  "org.apache.derby": "derby derbyclient derbynet derbyshared derbytools",
  "org.apache.kafka":
    "kafka kafka-clients kafka-group-coordinator kafka-group-coordinator-api kafka-log4j-appender kafka-metadata kafka-raft kafka-server kafka-server-common kafka-shell kafka-storage kafka-storage-api kafka-streams kafka-streams-scala kafka-tools kafka-tools-api kafka-transaction-coordinator connect-api connect-json connect-mirror connect-runtime connect-transforms",
  "org.apache.lucene": "lucene-",
  "org.apache.pekko": "pekko-",
  "org.apache.poi": "poi poi-ooxml poi-ooxml-full poi-ooxml-lite poi-ooxml-schemas poi-scratchpad",
  "org.apache.tomcat":
    "tomcat-annotations-api tomcat-api tomcat-catalina tomcat-coyote tomcat-dbcp tomcat-el-api tomcat-jasper tomcat-jasper-el tomcat-jdbc tomcat-jni tomcat-jsp-api tomcat-juli tomcat-servlet-api tomcat-util tomcat-util-scan tomcat-websocket tomcat-websocket-api",
  "org.apache.tomcat.embed": "tomcat-embed-",
  "org.aspectj": "aspectjrt aspectjtools aspectjweaver",
  "org.bouncycastle":
    "bcprov-jdk14 bcprov-jdk15on bcprov-jdk15to18 bcprov-jdk18on bcpkix-jdk14 bcpkix-jdk15on bcpkix-jdk15to18 bcpkix-jdk18on bcutil-jdk14 bcutil-jdk15on bcutil-jdk15to18 bcutil-jdk18on bcpg-jdk15on bcpg-jdk15to18 bcpg-jdk18on bcmail-jdk15on bcmail-jdk18on bctls-jdk15on bctls-jdk18on bc-fips bcpkix-fips",
  "org.checkerframework": "checker-qual",
  "org.dom4j": "dom4j",
  "org.elasticsearch":
    "elasticsearch elasticsearch-cli elasticsearch-core elasticsearch-geo elasticsearch-lz4 elasticsearch-native elasticsearch-plugin-classloader elasticsearch-secure-sm elasticsearch-ssl-config elasticsearch-x-content",
  "org.elasticsearch.client":
    "elasticsearch-rest-client elasticsearch-rest-client-sniffer elasticsearch-rest-high-level-client",
  // OpenSearch has plugins of these names, too; its group is another one.
  "org.elasticsearch.plugin":
    "aggs-matrix-stats-client lang-mustache-client mapper-extras-client parent-join-client percolator-client rank-eval-client reindex-client transport-netty4-client",
  "org.hamcrest": "hamcrest hamcrest-all hamcrest-core hamcrest-library",
  "org.hibernate.common": "hibernate-commons-annotations",
  "org.hibernate.orm": "hibernate-core",
  "org.hsqldb": "hsqldb",
  "org.jetbrains.kotlin": "kotlin-stdlib kotlin-stdlib-common kotlin-stdlib-jdk7 kotlin-stdlib-jdk8 kotlin-reflect",
  "org.jetbrains.kotlinx": "kotlinx-",
  "org.junit.jupiter": "junit-jupiter junit-jupiter-api junit-jupiter-engine junit-jupiter-params",
  "org.junit.platform": "junit-platform-",
  "org.junit.vintage": "junit-vintage-engine",
  "org.lz4": "lz4-java",
  "org.mariadb.jdbc": "mariadb-java-client",
  "org.mockito": "mockito-core mockito-inline mockito-junit-jupiter",
  "org.mongodb": "bson mongodb-driver-core mongodb-driver-sync mongodb-driver-reactivestreams mongo-java-driver",
  "org.opensearch.client":
    "opensearch-java opensearch-rest-client opensearch-rest-client-sniffer opensearch-rest-high-level-client",
  "org.opensearch":
    "opensearch opensearch-cli opensearch-core opensearch-geo opensearch-secure-sm opensearch-x-content",
  "org.ow2.asm": "asm asm-analysis asm-commons asm-tree asm-util",
  "org.pcollections": "pcollections",
  "org.postgresql": "postgresql",
  "org.quartz-scheduler": "quartz quartz-jobs",
  "org.reactivestreams": "reactive-streams",
  "org.scala-lang": "scala-library scala-reflect scala-compiler scala3-library scala3-compiler",
  "org.scala-lang.modules":
    "scala-collection-compat scala-java8-compat scala-parallel-collections scala-parser-combinators scala-xml",
  "org.springframework":
    "spring-aop spring-aspects spring-beans spring-context spring-context-indexer spring-context-support spring-core spring-expression spring-instrument spring-jcl spring-jdbc spring-jms spring-messaging spring-orm spring-oxm spring-r2dbc spring-test spring-tx spring-web spring-webflux spring-webmvc spring-websocket",
  "org.springframework.amqp": "spring-amqp spring-rabbit",
  "org.springframework.batch": "spring-batch-",
  "org.springframework.boot": "spring-boot spring-boot-",
  "org.springframework.cloud": "spring-cloud-",
  "org.springframework.data": "spring-data-",
  "org.springframework.integration": "spring-integration-",
  "org.springframework.kafka": "spring-kafka",
  "org.springframework.retry": "spring-retry",
  "org.springframework.security": "spring-security-",
  "org.springframework.session": "spring-session-",
  "org.springframework.ws": "spring-ws-",
  "org.testcontainers": "testcontainers",
  "redis.clients": "jedis",
  "software.amazon.awssdk": "third-party-jackson-core third-party-jackson-dataformat-cbor",
  xalan: "xalan",
  xerces: "xercesImpl",
  "xml-apis": "xml-apis",
};

const GROUPS: ReadonlyMap<string, string> = new Map(
  Object.entries(ARTIFACTS).flatMap(([group, names]) => names.split(" ").map((name) => [name, group] as const)),
);

/** The group of an artifact that is known by its name, without the version of Scala in it; the longest name counts. */
export function knownGroup(artifact: string): string | undefined {
  const whole = GROUPS.get(artifact);
  if (whole !== undefined) return whole;
  for (let at = artifact.lastIndexOf("-"); at > 0; at = artifact.lastIndexOf("-", at - 1)) {
    const group = GROUPS.get(artifact.slice(0, at + 1));
    if (group !== undefined) return group;
  }
  return undefined;
}
