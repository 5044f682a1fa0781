import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Value } from "../../base/index.ts";
import { decodeVersionedProvenance, isProvenanceType } from "./slsa-old.ts";
import { parseSourceUri } from "./source-uri.ts";
import { isVersionWithin } from "./version-tag.ts";

const V01 = "https://slsa.dev/provenance/v0.1";
const V02 = "https://slsa.dev/provenance/v0.2";

describe("older provenance", () => {
  test("0.2 has what version 1 has, in its places", () => {
    const decoded = decodeVersionedProvenance(V02, {
      builder: { id: "urn:b" },
      buildType: "urn:t",
      invocation: { configSource: { uri: "git+https://x/y" }, parameters: { a: 1 }, environment: { os: "x" } },
      buildConfig: { steps: [] },
      metadata: { buildInvocationID: "7", buildStartedOn: "2026-01-02T03:04:05Z" },
      materials: [{ uri: "git+https://x/y", digest: { sha1: "00" } }],
    });
    assert.deepEqual(decoded.ok && decoded.value, {
      specVersion: "0.2",
      provenance: {
        buildType: "urn:t",
        externalParameters: { configSource: { uri: "git+https://x/y" }, parameters: { a: 1 } },
        internalParameters: { environment: { os: "x" }, buildConfig: { steps: [] } },
        resolvedDependencies: [{ uri: "git+https://x/y", digest: { sha1: "00" } }],
        builderId: "urn:b",
        invocationId: "7",
        startedOn: "2026-01-02T03:04:05Z",
        byproducts: [],
      },
    });
  });
  test("0.1 has its recipe", () => {
    const predicate = { builder: { id: "urn:b" }, recipe: { type: "urn:t", entryPoint: "make", arguments: { a: 1 } } };
    const decoded = decodeVersionedProvenance(V01, predicate);
    assert.ok(decoded.ok);
    assert.deepEqual(decoded.value.provenance.externalParameters, { entryPoint: "make", arguments: { a: 1 } });
    assert.equal(decoded.value.provenance.buildType, "urn:t");
  });

  const broken: readonly (readonly [string, string, Value, string])[] = [
    ["0.2 without a builder", V02, { buildType: "urn:t" }, "builder"],
    ["0.2 without a build type", V02, { builder: { id: "urn:b" } }, "buildType"],
    [
      "0.2 whose source is a text",
      V02,
      { builder: { id: "b" }, buildType: "t", invocation: { configSource: "x" } },
      "invocation.configSource",
    ],
    ["0.2 with an empty material", V02, { builder: { id: "b" }, buildType: "t", materials: [{}] }, "materials[0]"],
    ["0.2 read as 1", "https://slsa.dev/provenance/v1", { builder: { id: "b" }, buildType: "t" }, "buildDefinition"],
    ["0.1 without a recipe", V01, { builder: { id: "urn:b" } }, "recipe"],
    ["0.1 read as 0.2", V02, { builder: { id: "urn:b" }, recipe: { type: "urn:t" } }, "buildType"],
  ];
  for (const [name, type, predicate, at] of broken) {
    test(`${name} is refused`, () => {
      const decoded = decodeVersionedProvenance(type, predicate);
      assert.ok(!decoded.ok);
      assert.ok(
        decoded.issues.some(({ path }) => path === at),
        JSON.stringify(decoded.issues),
      );
    });
  }

  test("other types are none", () => {
    for (const type of ["https://slsa.dev/provenance/v1-rc1", "https://in-toto.io/Provenance/v0.1", "constructor"]) {
      assert.equal(isProvenanceType(type), false);
      assert.equal(decodeVersionedProvenance(type, {}).ok, false);
    }
  });
  test("junk never throws", () => {
    fc.assert(
      fc.property(fc.constantFrom(V01, V02), fc.jsonValue({ maxDepth: 3 }), (type, junk) => {
        decodeVersionedProvenance(type, junk as Value);
      }),
      { numRuns: 100 },
    );
  });
});

describe("a source", () => {
  const rows: readonly (readonly [string, string | undefined, string?])[] = [
    ["github.com/acme/shop", "https://github.com/acme/shop"],
    ["https://github.com/acme/shop", "https://github.com/acme/shop"],
    ["git+https://github.com/acme/shop@refs/heads/a@b", "https://github.com/acme/shop", "refs/heads/a@b"],
    ["https://github.com/acme/shop.git#refs/tags/v1", "https://github.com/acme/shop", "refs/tags/v1"],
    ["git+https://user:pw@github.com/acme/shop", "https://github.com/acme/shop"],
    ["git+ssh://git@host/acme/shop.git", "ssh://host/acme/shop"],
    // The host is what stands before the path, not what looks like it.
    ["https://github.com@evil.example/acme/shop", "https://evil.example/acme/shop"],
    ["shop", undefined],
    ["https://github.com", undefined],
    ["https://github.com/", undefined],
    ["https:///acme/shop", undefined],
    ["https://github.com/acme/sh op", undefined],
    ["https://github.com\\evil.example/acme", undefined],
    ["", undefined],
  ];
  for (const [uri, repository, ref] of rows) {
    test(`"${uri}" is ${repository ?? "none"}`, () => {
      const expected = repository === undefined ? undefined : ref === undefined ? { repository } : { repository, ref };
      assert.deepEqual(parseSourceUri(uri), expected);
    });
  }
});

describe("a versioned tag", () => {
  const rows: readonly (readonly [tag: string, version: string, within: boolean])[] = [
    ["v13.0.30", "v13", true],
    ["v13.0.30", "v13.0", true],
    ["v13.0.30", "v13.0.30", true],
    ["v14", "v14.0", true],
    ["v14.2", "v14.2.0", true],
    ["1.2.3", "1.2", true],
    ["v1.2.3-rc.1", "v1.2.3-rc.1", true],
    ["v1.2.3+build.7", "v1.2.3", true],
    ["v13.0.30", "v2", false],
    ["v13.0.30", "v0", false],
    ["v13.0.30", "v13.1", false],
    ["v13.0.30", "v13.0.3", false],
    ["v14", "v14.1", false],
    ["v14.2", "v14.2.3", false],
    ["v1.2.3-rc.1", "v1.2.3", false],
    ["v1.2.3-rc.1", "v1", false],
    ["v1.2.3", "1.2", false],
    ["v1.2.3.4", "v1", false],
    ["release", "v1", false],
    ["v01", "v1", false],
    ["v1", "", false],
  ];
  for (const [tag, version, within] of rows) {
    test(`${tag} is ${within ? "" : "not "}within ${version}`, () =>
      assert.equal(isVersionWithin(tag, version), within));
  }
});
