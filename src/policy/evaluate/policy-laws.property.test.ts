import { describe, test } from "node:test";
import fc from "fast-check";
import { POLICY_LAWS } from "../../testing/policy-laws.ts";

describe("laws of kyverno.io policies", () => {
  for (const { name, runs, property } of POLICY_LAWS) {
    test(name, () => fc.assert(property, { numRuns: runs, seed: 6 }));
  }
});
