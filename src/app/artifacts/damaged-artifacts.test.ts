import { describe, it } from "node:test";
import fc from "fast-check";
import { ARTIFACT_LAWS } from "../../testing/artifact-laws.ts";

describe("C9: damaged artifacts", () => {
  for (const { name, runs, property } of ARTIFACT_LAWS) {
    it(name, async () => {
      await fc.assert(property, {
        seed: 9,
        numRuns: runs,
        interruptAfterTimeLimit: 2_000,
        markInterruptAsFailure: false,
      });
    });
  }
});
