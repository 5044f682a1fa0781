import assert from "node:assert/strict";
import { test } from "node:test";
import { differencesOf } from "./differences.ts";

const rule = (name: string, status: "pass" | "fail" | "error", policy = "p") => ({ policy, rule: name, status });

const ROWS: readonly (readonly [
  name: string,
  before: Parameters<typeof differencesOf>[0],
  now: Parameters<typeof differencesOf>[1],
  expected: ReturnType<typeof differencesOf>,
])[] = [
  ["the same", [rule("a", "pass"), rule("b", "fail")], [rule("b", "fail"), rule("a", "pass")], []],
  ["one turned", [rule("a", "pass")], [rule("a", "error")], [{ policy: "p", rule: "a", before: "pass", now: "error" }]],
  ["one gone", [rule("a", "fail")], [], [{ policy: "p", rule: "a", before: "fail" }]],
  ["one new", [], [rule("a", "fail")], [{ policy: "p", rule: "a", now: "fail" }]],
  [
    "names that run together are not one rule",
    [rule("b c", "pass", "a")],
    [rule("c", "pass", "a b")],
    [
      { policy: "a", rule: "b c", before: "pass" },
      { policy: "a b", rule: "c", now: "pass" },
    ],
  ],
];

for (const [name, before, now, expected] of ROWS) {
  test(`differences: ${name}`, () => {
    assert.deepEqual(differencesOf(before, now), expected);
  });
}
