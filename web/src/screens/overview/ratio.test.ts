import assert from "node:assert/strict";
import { test } from "node:test";
import { percentOf } from "./ratio.ts";

const ROWS: readonly (readonly [part: number, whole: number, percent: number | undefined])[] = [
  [0, 0, undefined],
  [0, 7, 0],
  [7, 7, 100],
  [1, 3, 33],
  [999, 1_000, 99],
  [1, 1_000, 1],
  [9, 7, 100],
];

for (const [part, whole, percent] of ROWS) {
  test(`${String(part)} of ${String(whole)} is ${String(percent)} percent`, () => {
    assert.equal(percentOf(part, whole), percent);
  });
}
