import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeWithLedger, type LedgerEntry, suiteNotRun } from "./conformance.ts";

const entry = (name: string) => ({ case: name, reason: "a reason", since: "2026-11-22" });

test("expected failures are in order, unexpected ones and unexpected passes are not", () => {
  const results = [
    { case: "a", passed: true },
    { case: "b", passed: false, message: "expected 1, found 2" },
    { case: "c", passed: false, message: "expected 3, found 4" },
    { case: "d", passed: true },
  ];
  assert.deepEqual(judgeWithLedger("s", results, [entry("b"), entry("d"), entry("gone")]), {
    suite: "s",
    status: "run",
    cases: 4,
    passed: 2,
    unexpectedFailures: [{ case: "c", message: "expected 3, found 4" }],
    unexpectedPasses: ["d", "gone"],
  });
});

test("a group stands for each of its cases, and is wrong when it has more or fewer", () => {
  const results = ["a/b/1", "a/b/2", "a/c/1", "ab/1"].map((name) => ({ case: name, passed: name === "a/b/2" }));
  const group = (name: string, cases: number) => ({ ...entry(name), cases });
  const wrong = (...ledger: readonly LedgerEntry[]) => {
    const { unexpectedFailures, unexpectedPasses } = judgeWithLedger("s", results, ledger);
    return [unexpectedFailures.map((failure) => failure.case), unexpectedPasses];
  };
  assert.deepEqual(wrong(group("a/b/*", 2), group("a/c/*", 1), entry("ab/1")), [[], ["a/b/2"]]);
  assert.deepEqual(wrong(group("a/*", 4)), [["ab/1"], ["a/b/2", "a/*"]]);
  assert.deepEqual(wrong(group("gone/*", 1)), [["a/b/1", "a/c/1", "ab/1"], ["gone/*"]]);
  assert.throws(() => wrong(group("a/*", 3), entry("a/b/1")), /a case twice/);
  assert.throws(() => wrong(group("a/", 3)), /does not end/);
});

test("two cases or two entries of one name are a bug of the suite", () => {
  const twice = [
    { case: "a", passed: true },
    { case: "a", passed: false },
  ];
  assert.throws(() => judgeWithLedger("s", twice, []), /two cases alike/);
  assert.throws(() => judgeWithLedger("s", [], [entry("a"), entry("a")]), /a case twice/);
});

test("a suite without data is not run, which is not green", () => {
  assert.equal(suiteNotRun("s", "its folder is missing").status, "not run");
});
