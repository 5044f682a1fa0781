import { describe, it } from "node:test";
import fc from "fast-check";
import { CEL_LAWS } from "../../../testing/cel-laws.ts";

describe("laws of expressions", () => {
  for (const { name, property, runs } of CEL_LAWS) {
    it(name, () => {
      fc.assert(property, { numRuns: runs });
    });
  }
});
