import assert from "node:assert/strict";
import { test } from "node:test";
import { compare, renderTable, spreadOf } from "./harness.ts";

for (const [values, expected] of [
  [[3], { min: 3, median: 3, max: 3 }],
  [[5, 1, 3], { min: 1, median: 3, max: 5 }],
  [[4, 1, 2, 3], { min: 1, median: 2.5, max: 4 }],
] as const) {
  test(`the spread of ${values.join(", ")}`, () => assert.deepEqual(spreadOf(values), expected));
}

const program = (name: string, code: string) => ({ name, command: process.execPath, calls: [["-e", code]] });

test("both contestants are run, and the table says whether the aim is reached", () => {
  const result = compare({
    name: "sleep",
    amap: program("short", ""),
    peer: program("long", "setTimeout(() => {}, 300)"),
    runs: 1,
    aim: 1,
  });
  assert.ok(result.ratio < 1);
  assert.match(renderTable([result]), /\| sleep \| 1 \|.*\| yes \|/);
});

test("a contestant that fails is not a fast contestant", () => {
  assert.throws(
    () => compare({ name: "x", amap: program("bad", "process.exit(3)"), peer: program("good", ""), runs: 1, aim: 1 }),
    /bad ended with 3/,
  );
});
