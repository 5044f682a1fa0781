import assert from "node:assert/strict";
import { test } from "node:test";
import { AMAP } from "./contestants.ts";
import { BENCH_EXPRESSIONS } from "./expressions.ts";

const [form] = AMAP.forms;

test("there are twelve, each longer or deeper than a constant, with objects on both sides", () => {
  assert.equal(BENCH_EXPRESSIONS.length, 12);
  for (const { name, objects } of BENCH_EXPRESSIONS)
    assert.equal(new Set(objects.map(({ answer }) => answer)).size, 2, name);
});

for (const { name, source, objects } of BENCH_EXPRESSIONS) {
  for (const { note, object, answer } of objects) {
    test(`${name}, ${note}: ${answer}`, () =>
      assert.equal(AMAP.compile(source)(form?.prepare(JSON.stringify(object))), answer));
  }
}
