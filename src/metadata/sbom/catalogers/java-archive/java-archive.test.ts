import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { encodeUtf8 } from "../../../../base/index.ts";
import type { CatalogerResult } from "../cataloger.ts";
import { guessIdentity, splitFileName } from "./archive-identity.ts";
import { javaArchiveCataloger } from "./java-archive.ts";
import { readManifest, readProperties } from "./manifest.ts";

function read(files: Readonly<Record<string, string>>): CatalogerResult {
  const digests = new Map([["lib/a-1.0.jar", { sha1: "1".repeat(40), sha256: "2".repeat(64) }]]);
  return javaArchiveCataloger.read(new Map(Object.entries(files).map(([path, text]) => [path, encodeUtf8(text)])), {
    digests,
  });
}

function properties(group: string, artifact: string, version: string): string {
  return `#Created by Maven\r\ngroupId=${group}\r\nartifactId=${artifact}\r\nversion=${version}\r\n`;
}

/** The two files that Maven puts into an archive, with the dependencies of the second one. */
function maven(
  archive: string,
  [group, artifact, version]: readonly [string, string, string],
  ...needs: readonly (readonly [group: string, artifact: string])[]
): Record<string, string> {
  const folder = `${archive}!/META-INF/maven/${group}/${artifact}`;
  const dependencies = needs.map(
    ([needed, name]) => `<dependency><groupId>${needed}</groupId><artifactId>${name}</artifactId></dependency>`,
  );
  return {
    [`${folder}/pom.properties`]: properties(group, artifact, version),
    [`${folder}/pom.xml`]: `<project><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version><licenses><license><name>The Apache Software License, Version 2.0</name></license></licenses><dependencies>${dependencies.join("")}</dependencies></project>`,
  };
}

function refs({ components }: CatalogerResult): readonly string[] {
  return components.map(({ ref }) => ref);
}

describe("Java archives", () => {
  it("are what their Maven descriptor says, with licence, digests and needs", () => {
    const result = read({
      "lib/a-1.0.jar": "",
      ...maven("lib/a-1.0.jar", ["org.example", "a", "1.0"], ["org.example", "b"], ["org.example", "missing"]),
      "lib/b-2.0.jar": "",
      ...maven("lib/b-2.0.jar", ["org.example", "b", "2.0"]),
    });
    assert.deepEqual(result.components[0], {
      ref: "pkg:maven/org.example/a@1.0",
      kind: "library",
      name: "org.example:a",
      version: "1.0",
      purl: "pkg:maven/org.example/a@1.0",
      licenses: ["Apache-2.0"],
      hashes: [
        { algorithm: "SHA-1", value: "1".repeat(40) },
        { algorithm: "SHA-256", value: "2".repeat(64) },
      ],
      locations: ["/lib/a-1.0.jar"],
      scope: "production",
    });
    assert.deepEqual(result.dependencies.get("pkg:maven/org.example/a@1.0"), ["pkg:maven/org.example/b@2.0"]);
    assert.deepEqual(result.problems, []);
  });

  it("hold others, each a part of the one that it lies in", () => {
    const inner = "app.war!/WEB-INF/lib/c-1.jar";
    const { components } = read({
      "app.war": "",
      "app.war!/META-INF/MANIFEST.MF": "Manifest-Version: 1.0\nImplementation-Version: 3.1\n",
      [inner]: "",
      ...maven(inner, ["org.example", "c", "1"]),
      [`${inner}!/deep/d-2.jar`]: "",
    });
    assert.deepEqual(
      components.map(({ ref, partOf, kind, locations }) => [ref, partOf, kind, locations[0]]),
      [
        ["pkg:maven/app/app@3.1", undefined, "application", "/app.war"],
        ["pkg:maven/d/d@2", "pkg:maven/org.example/c@1", "library", `/${inner}!/deep/d-2.jar`],
        ["pkg:maven/org.example/c@1", "pkg:maven/app/app@3.1", "library", `/${inner}`],
      ],
    );
  });

  it("state what was put into them (shaded)", () => {
    const { components } = read({
      "lib/all-1.0.jar": "",
      ...maven("lib/all-1.0.jar", ["org.example", "all", "1.0"]),
      ...maven("lib/all-1.0.jar", ["com.google.guava", "guava", "31.1-jre"]),
    });
    assert.deepEqual(
      components.map(({ ref, partOf }) => [ref, partOf]),
      [
        ["pkg:maven/com.google.guava/guava@31.1-jre", "pkg:maven/org.example/all@1.0"],
        ["pkg:maven/org.example/all@1.0", undefined],
      ],
    );
  });

  const identities: readonly (readonly [
    name: string,
    files: Readonly<Record<string, string>>,
    ref: readonly string[],
  ])[] = [
    ["a renamed file", maven("app.jar", ["org.example", "shop", "1.0"]), ["pkg:maven/org.example/shop@1.0"]],
    [
      "a classifier behind the version",
      maven("netty-1.0.Final-linux.jar", ["io.netty", "netty", "1.0.Final"]),
      ["pkg:maven/io.netty/netty@1.0.Final"],
    ],
    [
      "another artifact's descriptor alone",
      {
        ...maven("guice.jar", ["cglib", "cglib", "3.2"]),
        "guice.jar!/META-INF/MANIFEST.MF": "Bundle-SymbolicName: com.google.inject\nBundle-Version: 4.2\n",
      },
      ["pkg:maven/cglib/cglib@3.2", "pkg:maven/com.google.inject/guice@4.2"],
    ],
    [
      "a descriptor that is written another way",
      {
        ...maven("a-3.0-spec.jar", ["org.example", "a_3.0_spec", "1.0.1"]),
        "a-3.0-spec.jar!/META-INF/MANIFEST.MF": "Bundle-Version: 9\n",
      },
      ["pkg:maven/org.example/a_3.0_spec@1.0.1"],
    ],
    [
      "a module's name",
      { "slf4j-api-2.0.jar!/META-INF/MANIFEST.MF": "Bundle-SymbolicName: org.slf4j.api;singleton:=true\n" },
      ["pkg:maven/org.slf4j/slf4j-api@2.0"],
    ],
    ["the file's name alone", { "opt/commons-lang-2.6.jar": "" }, ["pkg:maven/commons-lang/commons-lang@2.6"]],
    ["nothing but a name", { "opt/tools.jar": "" }, ["pkg:maven/tools/tools"]],
    [
      "a plugin of Jenkins",
      { "git.hpi!/META-INF/MANIFEST.MF": "Short-Name: git\nPlugin-Version: 5.2.0 (private)\nGroup-Id: org.jenkins\n" },
      ["pkg:maven/org.jenkins/git@5.2.0"],
    ],
    [
      "an unpacked archive",
      { "app/META-INF/maven/org.example/shop/pom.properties": properties("org.example", "shop", "1") },
      ["pkg:maven/org.example/shop@1"],
    ],
    [
      "a pom.xml alone, its parent's version",
      {
        "x.jar!/META-INF/maven/g/x/pom.xml":
          "<project><parent><groupId>g</groupId><artifactId>p</artifactId><version>7</version></parent><artifactId>x</artifactId></project>",
      },
      ["pkg:maven/g/x@7"],
    ],
  ];
  for (const [name, files, expected] of identities) {
    it(`are told by ${name}`, () => {
      const archives = Object.keys(files).flatMap((path) =>
        path.includes("!/") ? [path.slice(0, path.indexOf("!/"))] : [],
      );
      const result = read({ ...Object.fromEntries(archives.map((path) => [path, ""])), ...files });
      assert.deepEqual(refs(result), expected);
    });
  }

  const groups: readonly (readonly [file: string, manifest: string, group: string])[] = [
    ["spring-core-6.1.13.jar", "Automatic-Module-Name: spring.core\n", "org.springframework"],
    [
      "spring-boot-starter-web-3.3.4.jar",
      "Automatic-Module-Name: spring.boot.starter.web\n",
      "org.springframework.boot",
    ],
    ["spring-boot-admin-server-3.0.jar", "", "de.codecentric"],
    ["kafka_2.13-3.8.0.jar", "", "org.apache.kafka"],
    ["bcprov-jdk18on-1.78.jar", "Bundle-SymbolicName: bcprov\n", "org.bouncycastle"],
    ["thing-core-1.0.jar", "Automatic-Module-Name: thing.core\n", "thing-core"],
    ["thing-core-1.0.jar", "Automatic-Module-Name: de.example.core\n", "de.example"],
    ["commons-lang3-3.14.jar", "Bundle-SymbolicName: org.apache.commons.lang3\n", "org.apache.commons"],
    ["words-read-1.jar", "Bundle-SymbolicName: org.wordsproject.words.read\n", "org.wordsproject"],
    ["words-read-1.jar", "Bundle-SymbolicName: org.example.words.read\n", "org.example.words"],
    ["words-read_2.13-1.jar", "Bundle-SymbolicName: org.example.words-read\n", "org.example"],
    ["a-b-1.jar", "Bundle-SymbolicName: org.example\n", "org.example"],
    // A name that only begins like a known one, or is inherited from every object.
    ["spring-corefoo-1.jar", "", "spring-corefoo"],
    ["constructor-1.jar", "", "constructor"],
  ];
  for (const [file, text, group] of groups) {
    it(`have the group ${group}: ${file} ${text.trim()}`, () => {
      assert.equal(guessIdentity(`lib/${file}`, readManifest(encodeUtf8(text))).group, group);
    });
  }

  it("say what was guessed", () => {
    const known = guessIdentity("lib/spring-core-6.1.13.jar", new Map());
    assert.match(known.properties[0]?.value ?? "", /the group as known of Maven Central/);
    const { components } = read({ "opt/commons-lang-2.6.jar": "" });
    assert.deepEqual(components[0]?.properties, [
      {
        name: "inferred",
        value: "the artifact from the file's name, the group from the artifact, the version from the file's name",
      },
    ]);
  });

  it("take licences from Bundle-License", () => {
    const stated =
      'Bundle-License: "Apache-2.0";link="https://www.apache.org/licenses/LICENSE-2.0.txt", https://opensource.org/licenses/MIT\n';
    const { components } = read({ "a.jar": "", "a.jar!/META-INF/MANIFEST.MF": stated });
    assert.deepEqual(components[0]?.licenses, ["Apache-2.0", "MIT"]);
  });

  it("never become parts of themselves, whatever archives hold each other", () => {
    const { components } = read({
      "a-1.jar": "",
      "a-1.jar!/b-1.jar": "",
      "a-1.jar!/b-1.jar!/a-1.jar": "",
      "x/b-1.jar": "",
      "x/b-1.jar!/a-1.jar": "",
    });
    for (const component of components) {
      const seen = new Set<string>();
      for (let ref: string | undefined = component.ref; ref !== undefined; ) {
        assert.ok(!seen.has(ref), ref);
        seen.add(ref);
        ref = components.find((other) => other.ref === ref)?.partOf;
      }
    }
    assert.equal(components.length, 5);
  });

  it("report a damaged descriptor, and read the rest", () => {
    const { components, problems } = read({
      "a-1.jar": "",
      "a-1.jar!/META-INF/maven/g/a/pom.xml": "<project>",
      "a-1.jar!/META-INF/maven/g/a/pom.properties": properties("g", "a", "1"),
    });
    assert.deepEqual(
      components.map(({ ref }) => ref),
      ["pkg:maven/g/a@1"],
    );
    assert.deepEqual(
      problems.map(({ code }) => code),
      ["DOCUMENT_INVALID"],
    );
  });

  it("are opened and hashed by the endings of their names", () => {
    for (const path of ["a.jar", "A.JAR", "a.war!/b.ear", "a.hpi"]) {
      assert.equal(javaArchiveCataloger.opens?.(path), "zip");
      assert.equal(javaArchiveCataloger.digestsOf?.(path), true);
    }
    assert.equal(javaArchiveCataloger.opens?.("a.zip"), undefined);
    assert.ok(!javaArchiveCataloger.wants("META-INF/MANIFEST.MF"));
  });

  it("survive anything, in a time that grows with the size", () => {
    const piece = fc.constantFrom(
      "Bundle-License: ",
      "groupId=",
      "\n",
      "\r\n ",
      ";",
      '"',
      ",",
      "https:",
      "<project>",
      "\\",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 4 })), { maxLength: 40 }), (parts) => {
        const text = parts.join("").toWellFormed();
        read({
          "a.jar": "",
          "a.jar!/META-INF/MANIFEST.MF": text,
          "a.jar!/META-INF/maven/g/a/pom.xml": text,
          "a.jar!/META-INF/maven/g/a/pom.properties": text,
        });
      }),
      { numRuns: 300, seed: 9, interruptAfterTimeLimit: 2_000 },
    );
    for (const text of ["a:", " ", "\n ", "\\", "=", ",https:", '"', "a.", "-1"]) {
      const long = text.repeat(300_000);
      const started = performance.now();
      readManifest(encodeUtf8(`Bundle-SymbolicName: ${long}`));
      readProperties(encodeUtf8(`a${long}`));
      guessIdentity(`${text.repeat(1_000)}.jar`, new Map([["bundle-symbolicname", text.repeat(1_000)]]));
      assert.ok(performance.now() - started < 2_000, text);
    }
  });
});

describe("manifests", () => {
  it("join folded lines and end with the main section", () => {
    const manifest = readManifest(encodeUtf8("Name-A: one\r\n two\r\nB:x\r\n\r\nName: file\r\nC: y\r\n"));
    assert.deepEqual(
      [...manifest],
      [
        ["name-a", "onetwo"],
        ["b", "x"],
      ],
    );
  });
});

describe("names of files", () => {
  const rows: readonly (readonly [path: string, name: string, version: string | undefined])[] = [
    ["lib/guava-31.1-jre.jar", "guava", "31.1-jre"],
    ["spring-boot-2.7.0.RELEASE.jar", "spring-boot", "2.7.0.RELEASE"],
    ["log4j-1.2-api-2.20.0.jar", "log4j-1.2-api", "2.20.0"],
    ["tools.jar", "tools", undefined],
    ["a_2.13-1.0.jar", "a_2.13", "1.0"],
    ["org.eclipse.core_3.7.0.jar", "org.eclipse.core", "3.7.0"],
    [".jar", ".jar", undefined],
  ];
  for (const [path, name, version] of rows) {
    it(path, () => assert.deepEqual(splitFileName(path), { name, version }));
  }
});
