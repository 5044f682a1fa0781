import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeWithLedger } from "../../src/testing/conformance.ts";
import { makeLedger } from "./ledger.ts";

const fallback = { reason: "new", since: "2026-11-22" };
const results = [
  ["a/x/1", false],
  ["a/x/2", false],
  ["b/x/1", false],
  ["b/x/2", false],
  ["b/y/1", true],
  ["b/y/2", false],
  ["b/z/1/2", false],
  ["b/z/1", true],
  ["c/x/1", true],
].map(([name, passed]) => ({ case: String(name), passed: passed === true }));

test("the ledger names a file or section of which all fail, and single cases beside", () => {
  const ledger = makeLedger(results, [{ case: "b/x/*", cases: 9, reason: "known", since: "2026-01-02" }], fallback);
  assert.deepEqual(ledger, [
    { case: "a/*", cases: 2, ...fallback },
    { case: "b/x/*", cases: 2, reason: "known", since: "2026-01-02" },
    { case: "b/y/2", ...fallback },
    { case: "b/z/1/2", ...fallback },
  ]);
  const judged = judgeWithLedger("s", results, ledger);
  assert.deepEqual([judged.unexpectedFailures, judged.unexpectedPasses], [[], []]);
});

test("what passes now leaves the ledger", () => {
  const passing = results.map((result) => ({ ...result, passed: true }));
  assert.deepEqual(makeLedger(passing, makeLedger(results, [], fallback), fallback), []);
});
