import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Value, ValueObject } from "../../../base/index.ts";
import { decodeCycloneDx } from "./decode.ts";

function decode(document: ValueObject) {
  return decodeCycloneDx({ bomFormat: "CycloneDX", specVersion: "1.6", ...document });
}

function decodeComponent(member: ValueObject) {
  const decoded = decode({ components: [{ type: "library", name: "a", ...member }] });
  assert.ok(decoded.ok, JSON.stringify(decoded));
  const [component] = decoded.value.sbom.components;
  assert.ok(component !== undefined);
  return component;
}

describe("decodeCycloneDx", () => {
  for (const specVersion of ["1.2", "1.3", "1.4", "1.5", "1.6", "1.7"]) {
    it(`reads ${specVersion}`, () => assert.ok(decode({ specVersion }).ok));
  }

  it("gives the second of two components with one bom-ref another one, and tells", () => {
    const components = ["a", "b"].map((name) => ({ type: "library", name, "bom-ref": "x" }));
    const decoded = decode({ components });
    assert.ok(decoded.ok);
    assert.deepEqual(
      decoded.value.sbom.components.map(({ ref, name }) => [ref, name]),
      [
        ["components[1]", "b"],
        ["x", "a"],
      ],
    );
    assert.deepEqual(
      decoded.value.problems.map(({ path }) => path),
      ["components[1].bom-ref"],
    );
  });

  it("makes one list of nested components and gives each a ref", () => {
    const decoded = decode({
      metadata: { component: { type: "application", name: "shop", components: [{ type: "library", name: "inner" }] } },
      components: [
        {
          type: "framework",
          name: "b",
          purl: "pkg:npm/b@1",
          components: [{ type: "file", name: "c", "bom-ref": "c" }],
        },
      ],
    });
    assert.ok(decoded.ok);
    assert.deepEqual(
      decoded.value.sbom.components.map(({ ref, kind, name }) => ({ ref, kind, name })),
      [
        { ref: "c", kind: "file", name: "c" },
        { ref: "metadata.component.components[0]", kind: "library", name: "inner" },
        { ref: "pkg:npm/b@1", kind: "framework", name: "b" },
      ],
    );
  });

  it("keeps edges between components only, and tells none from unknown", () => {
    const decoded = decode({
      components: [
        { type: "library", name: "a", "bom-ref": "a" },
        { type: "library", name: "b", "bom-ref": "b" },
      ],
      services: [{ name: "s", "bom-ref": "s" }],
      dependencies: [
        { ref: "a", dependsOn: ["b", "s", "urn:cdx:other/1#x"] },
        { ref: "a", dependsOn: ["a"] },
        { ref: "s", dependsOn: ["a"] },
      ],
    });
    assert.ok(decoded.ok);
    assert.deepEqual([...decoded.value.sbom.dependencies], [["a", ["b"]]]);
  });

  const members: readonly (readonly [name: string, member: ValueObject, expected: object])[] = [
    ["an id", { licenses: [{ license: { id: "MIT" } }] }, { licenses: ["MIT"] }],
    ["a name", { licenses: [{ license: { name: "ours" } }] }, { licenses: ["ours"] }],
    ["an expression", { licenses: [{ expression: "MIT AND (ISC OR Zlib)" }] }, { licenses: ["MIT", "ISC OR Zlib"] }],
    ["an optional component", { scope: "optional" }, { scope: "optional" }],
    ["an excluded component", { scope: "excluded" }, { scope: "development" }],
    ["a required component", { scope: "required" }, { scope: "production" }],
    [
      "an upper-case hash",
      { hashes: [{ alg: "MD5", content: "0A".repeat(16) }] },
      { hashes: [{ algorithm: "MD5", value: "0a".repeat(16) }] },
    ],
    ["a hash of the wrong length", { hashes: [{ alg: "SHA-1", content: "0a" }] }, { hashes: [] }],
    ["a hash nobody else writes", { hashes: [{ alg: "Streebog-256", content: "0a".repeat(32) }] }, { hashes: [] }],
    ["a supplier", { supplier: { name: "Shop" } }, { supplier: "Shop" }],
    ["a manufacturer", { manufacturer: { name: "Maker" } }, { supplier: "Maker" }],
    ["an npm group", { group: "@s", name: "a", purl: "pkg:npm/%40s/a@1" }, { name: "@s/a" }],
    ["a Maven group", { group: "org.s", name: "a", purl: "pkg:maven/org.s/a@1" }, { name: "a" }],
    ["a package URL of another spelling", { purl: "pkg:NPM/@s/a@1" }, { purl: "pkg:npm/%40s/a@1" }],
    ["a package URL that is none", { purl: "npm/a" }, { purl: "npm/a" }],
    [
      "syft's source package",
      { version: "1-2", purl: "pkg:deb/debian/libc6@1-2?upstream=glibc" },
      { sourcePackage: { name: "glibc", version: "1-2" } },
    ],
    [
      "syft's source package of RPM",
      { version: "1-2", purl: "pkg:rpm/almalinux/openssl-libs@1-2?upstream=openssl-1-2.src.rpm" },
      { sourcePackage: { name: "openssl", version: "1-2" } },
    ],
    [
      "Trivy's source package",
      {
        properties: [
          { name: "aquasecurity:trivy:SrcName", value: "glibc" },
          { name: "aquasecurity:trivy:SrcVersion", value: "2.36" },
          { name: "aquasecurity:trivy:SrcRelease", value: "9" },
          { name: "aquasecurity:trivy:SrcEpoch", value: "1" },
        ],
      },
      { sourcePackage: { name: "glibc", version: "1:2.36-9" } },
    ],
    ["a type of version 1.5", { type: "machine-learning-model" }, { kind: "machine-learning-model" }],
    ["a type of a version to come", { type: "toaster" }, { kind: "library" }],
    ["members that are not known", { cats: 3, __proto__x: [] }, { name: "a" }],
  ];
  for (const [name, member, expected] of members) {
    it(`reads ${name}`, () => {
      const found: Readonly<Record<string, unknown>> = { ...decodeComponent(member) };
      for (const [key, value] of Object.entries(expected)) assert.deepEqual(found[key], value);
    });
  }

  it("reads tools and authors of both forms", () => {
    const old = decode({
      metadata: { tools: [{ vendor: "v", name: "t", version: "1" }], authors: [{ email: "z@shop.example" }] },
    });
    const now = decode({
      metadata: {
        tools: { components: [{ type: "application", name: "t", version: "1" }] },
        authors: [{ name: "Zoe" }],
      },
    });
    assert.ok(old.ok && now.ok);
    assert.deepEqual(old.value.sbom.tools, now.value.sbom.tools);
    assert.deepEqual([old.value.sbom.authors, now.value.sbom.authors], [["z@shop.example"], ["Zoe"]]);
  });

  it("reads the digest of an image from its package URL", () => {
    const digest = `sha256:${"0a".repeat(32)}`;
    const decoded = decode({ metadata: { component: { type: "container", name: "x", purl: `pkg:oci/x@${digest}` } } });
    assert.ok(decoded.ok);
    assert.equal(decoded.value.sbom.subjectDigest, digest);
  });

  const broken: readonly (readonly [name: string, document: Record<string, Value>, paths: readonly string[]])[] = [
    ["components that are no list", { components: {} }, ["components"]],
    ["a component that is no object", { components: [1] }, ["components[0]"]],
    [
      "components without names",
      { components: [{}, { name: 1 }] },
      ["components[0].name", "components[1].name", "components[1].name"],
    ],
    ["a dependency of nothing", { dependencies: [{ dependsOn: ["a"] }] }, ["dependencies[0].ref"]],
    ["a target that is no text", { dependencies: [{ ref: "a", dependsOn: [1] }] }, ["dependencies[0].dependsOn[0]"]],
    ["a serial number that is no text", { serialNumber: 1 }, ["serialNumber"]],
    ["a subject that is no object", { metadata: { component: [] } }, ["metadata.component"]],
  ];
  for (const [name, document, paths] of broken) {
    it(`refuses ${name}`, () => {
      const decoded = decode(document);
      assert.ok(!decoded.ok);
      assert.deepEqual(
        decoded.issues.map(({ path }) => path),
        paths,
      );
      for (const issue of decoded.issues) assert.equal(issue.code, "DOCUMENT_INVALID");
    });
  }
});
