import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { isAmapError, readJson, type Value, type ValueObject, writeJson } from "../../base/index.ts";
import type { Provenance, ResourceDescriptor } from "./provenance.ts";
import { decodeProvenance, encodeProvenance } from "./slsa.ts";
import {
  decodeVerificationSummary,
  encodeVerificationSummary,
  type VerificationSummary,
} from "./verification-summary.ts";

const TIME = "2026-01-02T03:04:05Z";
/** Drawn objects have no prototype; decoded ones do. */
const plain = <T>(drawn: T): T => structuredClone(drawn);
const text = fc.string({ minLength: 1, maxLength: 12, unit: "grapheme" });
const value = fc.jsonValue({ maxDepth: 2 }).filter((drawn) => drawn !== null) as fc.Arbitrary<Value>;
const digests = fc.dictionary(fc.constantFrom("sha256", "sha512", "gitCommit"), text, { maxKeys: 2 });
const optionalKeys = {
  name: text,
  mediaType: text,
  downloadLocation: text,
  annotations: fc.dictionary(text, value, { maxKeys: 2 }),
};
const descriptor: fc.Arbitrary<ResourceDescriptor> = fc.record(
  { uri: text, digest: digests, ...optionalKeys },
  { requiredKeys: ["uri", "digest"] },
);
const parameters = fc.dictionary(text, value, { maxKeys: 3 });
const provenance: fc.Arbitrary<Provenance> = fc.record(
  {
    buildType: text,
    externalParameters: parameters,
    internalParameters: parameters,
    resolvedDependencies: fc.array(descriptor, { maxLength: 3 }),
    builderId: text,
    builderVersion: fc.dictionary(text, text, { minKeys: 1, maxKeys: 2 }),
    invocationId: text,
    startedOn: fc.constant(TIME),
    finishedOn: fc.constant(TIME),
    byproducts: fc.array(descriptor, { maxLength: 2 }),
  },
  { requiredKeys: ["buildType", "externalParameters", "resolvedDependencies", "builderId", "byproducts"] },
);

describe("provenance", () => {
  test("comes back equal, also through JSON text", () => {
    fc.assert(
      // A key `__proto__` is refused by the strict reader; a test of its own says so.
      fc.property(
        provenance.map(plain).filter((drawn) => !JSON.stringify(drawn).includes("__proto__")),
        (drawn) => {
          const encoded = encodeProvenance(drawn);
          assert.deepEqual(decodeProvenance(encoded), { ok: true, value: drawn });
          assert.ok(decodeProvenance(readJson(writeJson(encoded))).ok);
        },
      ),
      { numRuns: 60 },
    );
  });

  const GOOD: ValueObject = {
    buildDefinition: {
      buildType: "https://example.com/build/v1",
      externalParameters: {},
      resolvedDependencies: [{ content: "aGk=" }, { digest: { sha256: "00" } }],
      future: 1,
    },
    runDetails: { builder: { id: "https://example.com/builder" } },
  };
  const change = (path: string, changed: Value | undefined): Value => {
    const tree = structuredClone(GOOD) as Record<string, never>;
    const keys = path.split(".");
    const last = keys.pop() ?? "";
    const holder = keys.reduce<Record<string, Value | undefined>>((node, key) => (node[key] ?? {}) as never, tree);
    if (changed === undefined) delete holder[last];
    else holder[last] = changed;
    return tree;
  };

  test("with only what is required is read", () => assert.ok(decodeProvenance(GOOD).ok));

  const cases: readonly (readonly [string, Value | undefined, string])[] = [
    ["buildDefinition", undefined, "buildDefinition"],
    ["buildDefinition.buildType", undefined, "buildDefinition.buildType"],
    ["buildDefinition.buildType", "", "buildDefinition.buildType"],
    ["buildDefinition.externalParameters", undefined, "buildDefinition.externalParameters"],
    ["buildDefinition.externalParameters", [], "buildDefinition.externalParameters"],
    ["buildDefinition.resolvedDependencies", [{}], "buildDefinition.resolvedDependencies[0]"],
    [
      "buildDefinition.resolvedDependencies",
      [{ uri: "a", digest: { sha256: 1 } }],
      "buildDefinition.resolvedDependencies[0].digest.sha256",
    ],
    ["runDetails", undefined, "runDetails"],
    ["runDetails.builder.id", undefined, "runDetails.builder.id"],
    ["runDetails.metadata", { startedOn: "yesterday" }, "runDetails.metadata.startedOn"],
  ];
  for (const [path, changed, at] of cases) {
    test(`with ${path} ${changed === undefined ? "missing" : JSON.stringify(changed)} is refused`, () => {
      const decoded = decodeProvenance(change(path, changed));
      assert.ok(!decoded.ok);
      assert.ok(
        decoded.issues.some((issue) => issue.path === at),
        JSON.stringify(decoded.issues),
      );
    });
  }
});

describe("a verification summary", () => {
  const SUMMARY: VerificationSummary = {
    verifierId: "https://example.com/amap",
    verifierVersion: { amap: "0.1.0" },
    timeVerified: TIME,
    resourceUri: "registry.example.com/storefront@sha256:00",
    policy: { uri: "https://example.com/policy", digest: { sha256: "00" } },
    inputAttestations: [{ uri: "https://example.com/attestation", digest: { sha256: "11" } }],
    verificationResult: "PASSED",
    verifiedLevels: ["SLSA_BUILD_LEVEL_1", "SLSA_SOURCE_LEVEL_4", "EXAMPLE_ORG_SCANNED"],
    dependencyLevels: { SLSA_BUILD_LEVEL_0: 3, SLSA_BUILD_LEVEL_2: 1, SLSA_BUILD_LEVEL_UNEVALUATED: 2 },
    slsaVersion: "1.2",
  };

  test("comes back equal, in full and with only what is required", () => {
    const { verifierId, resourceUri, policy, inputAttestations, verificationResult, verifiedLevels } = SUMMARY;
    const required = { verifierId, resourceUri, policy, inputAttestations, verificationResult, verifiedLevels };
    for (const summary of [SUMMARY, { ...required, inputAttestations: [] }, { ...required, dependencyLevels: {} }]) {
      assert.deepEqual(decodeVerificationSummary(encodeVerificationSummary(summary)), { ok: true, value: summary });
    }
  });

  test("with counts as texts is read, as Go's protobuf writes them", () => {
    const encoded = {
      ...(encodeVerificationSummary(SUMMARY) as ValueObject),
      dependencyLevels: { SLSA_BUILD_LEVEL_0: "3" },
    };
    const decoded = decodeVerificationSummary(encoded);
    assert.ok(decoded.ok);
    assert.deepEqual(decoded.value.dependencyLevels, { SLSA_BUILD_LEVEL_0: 3 });
  });

  const good: readonly string[][] = [
    [],
    ["FAILED"],
    ["SLSA_BUILD_LEVEL_0"],
    ["SLSA_BUILD_LEVEL_UNEVALUATED"],
    ["ORG_A", "ORG_B"],
    ["SLSA_DEPENDENCY_LEVEL_9"],
  ];
  const bad: readonly string[][] = [
    [""],
    ["SLSA_BUILD_LEVEL_4"],
    ["SLSA_SOURCE_LEVEL_5"],
    ["SLSA_BUILD_LEVEL_"],
    ["SLSA_BUILD_LEVEL_x"],
    ["SLSA_LEVEL_3"],
    ["SLSA_anything"],
    ["SLSA_BUILD_LEVEL_1", "SLSA_BUILD_LEVEL_2"],
    ["SLSA_BUILD_LEVEL_1", "SLSA_BUILD_LEVEL_UNEVALUATED"],
  ];
  for (const verifiedLevels of good) {
    test(`may state ${JSON.stringify(verifiedLevels)}`, () => {
      assert.ok(decodeVerificationSummary(encodeVerificationSummary({ ...SUMMARY, verifiedLevels })).ok);
    });
  }
  for (const verifiedLevels of bad) {
    test(`may not state ${JSON.stringify(verifiedLevels)}`, () => {
      const encoded = { ...(encodeVerificationSummary(SUMMARY) as ValueObject), verifiedLevels };
      const decoded = decodeVerificationSummary(encoded);
      assert.ok(!decoded.ok && decoded.issues[0]?.path === "verifiedLevels");
      assert.throws(
        () => encodeVerificationSummary({ ...SUMMARY, verifiedLevels }),
        (error) => isAmapError(error, "DOCUMENT_INVALID"),
      );
    });
  }

  const broken: readonly (readonly [string, Value | undefined, string])[] = [
    ["verifier", undefined, "verifier"],
    ["verifier", {}, "verifier.id"],
    ["resourceUri", undefined, "resourceUri"],
    ["policy", undefined, "policy"],
    ["policy", {}, "policy"],
    ["verificationResult", "passed", "verificationResult"],
    ["verifiedLevels", undefined, "verifiedLevels"],
    ["timeVerified", "now", "timeVerified"],
    ["dependencyLevels", { SLSA_BUILD_LEVEL_9: 1 }, "dependencyLevels"],
    ["dependencyLevels", { SLSA_BUILD_LEVEL_1: -1 }, "dependencyLevels.SLSA_BUILD_LEVEL_1"],
  ];
  for (const [key, changed, at] of broken) {
    test(`with ${key} ${changed === undefined ? "missing" : JSON.stringify(changed)} is refused`, () => {
      const encoded = encodeVerificationSummary(SUMMARY) as ValueObject;
      const tree = Object.fromEntries(
        Object.entries({ ...encoded, [key]: changed }).filter(([, kept]) => kept !== undefined),
      ) as ValueObject;
      const decoded = decodeVerificationSummary(tree);
      assert.ok(!decoded.ok);
      assert.ok(
        decoded.issues.some((issue) => issue.path === at),
        JSON.stringify(decoded.issues),
      );
    });
  }

  test("of junk is refused and never throws", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (junk) => {
        assert.equal(decodeVerificationSummary(junk as Value).ok, false);
        assert.equal(decodeProvenance(junk as Value).ok, false);
      }),
    );
  });
});
