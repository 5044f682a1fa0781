import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AmapError, LIMITS } from "../../../base/index.ts";
import { MISSING_FACT } from "../../evaluate/facts.ts";
import { renderEach } from "./render-each.ts";

/** Renders by throwing each part that is no text; tells how many were looked at. */
function run(parts: readonly unknown[]): { readonly outcome: unknown; readonly looked: number } {
  let looked = 0;
  try {
    const outcome = renderEach(parts, (part) => {
      looked++;
      if (typeof part === "string") return part;
      throw part;
    });
    return { outcome, looked };
  } catch (outcome) {
    return { outcome, looked };
  }
}

const failed = new AmapError("EXPRESSION_FAILED", "failed");
const spent = new AmapError("BUDGET_EXCEEDED", "spent");
const bug = new AmapError("BUG", "bug");
const unknown = new TypeError("unknown");

const rows: readonly (readonly [name: string, parts: readonly unknown[], outcome: unknown, looked: number])[] = [
  ["nothing failed", ["a", "b"], ["a", "b"], 2],
  ["a miss: the others are looked at", ["a", MISSING_FACT, "b", MISSING_FACT], MISSING_FACT, 4],
  ["a failure before a miss", [failed, MISSING_FACT], failed, 1],
  ["a failure behind a miss waits", [MISSING_FACT, failed, "a"], MISSING_FACT, 3],
  ["a spent budget behind a miss ends it", [MISSING_FACT, spent, "a"], spent, 2],
  ["a bug behind a miss ends it", [MISSING_FACT, bug, "a"], bug, 2],
  ["an unknown throw behind a miss ends it", [MISSING_FACT, unknown, "a"], unknown, 2],
  ["many misses", Array.from({ length: 10_000 }, () => MISSING_FACT), MISSING_FACT, LIMITS.factLookAhead],
];

describe("renderEach", () => {
  for (const [name, parts, outcome, looked] of rows) {
    test(name, () => assert.deepEqual(run(parts), { outcome, looked }));
  }
});
