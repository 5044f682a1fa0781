import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Value } from "../../base/index.ts";
import { decodeSimpleVerificationResult, encodeSimpleVerificationResult } from "../index.ts";

const GOOD = {
  verifier: { id: "https://verifier.example", policies: [{ uri: "policy.yaml", digest: { sha256: "ab".repeat(32) } }] },
  timeCreated: "2026-01-01T00:00:00Z",
  properties: ["AMAP_POLICY_PASSED"],
} as const;

describe("simple verification result", () => {
  it("is written as it was read", () => {
    const decoded = decodeSimpleVerificationResult(GOOD);
    assert.ok(decoded.ok);
    assert.deepEqual(encodeSimpleVerificationResult(decoded.value), GOOD);
  });

  const rows: readonly (readonly [string, Value, string | undefined])[] = [
    ["empty lists", { ...GOOD, verifier: { id: "x", policies: [] }, properties: [] }, undefined],
    ["members that nobody knows", { ...GOOD, more: 1 }, undefined],
    ["no policies", { ...GOOD, verifier: { id: "x" } }, "verifier.policies"],
    ["no verifier", { ...GOOD, verifier: null }, "verifier"],
    ["no id", { ...GOOD, verifier: { policies: [] } }, "verifier.id"],
    ["no properties", { ...GOOD, properties: null }, "properties"],
    ["a property without a name", { ...GOOD, properties: [""] }, "properties"],
    ["a property that is no text", { ...GOOD, properties: [1] }, "properties[0]"],
    ["a time that is none", { ...GOOD, timeCreated: "now" }, "timeCreated"],
    ["a policy that names nothing", { ...GOOD, verifier: { id: "x", policies: [{}] } }, "verifier.policies[0]"],
    ["text", "PASSED", ""],
  ];
  for (const [what, value, path] of rows) {
    it(`${path === undefined ? "takes" : "refuses"} ${what}`, () => {
      const decoded = decodeSimpleVerificationResult(value);
      assert.equal(decoded.ok ? undefined : decoded.issues[0]?.path, path);
    });
  }
});
