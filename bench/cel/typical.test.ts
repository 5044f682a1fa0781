import assert from "node:assert/strict";
import { test } from "node:test";
import { AMAP } from "./contestants.ts";
import { typicalExpressions } from "./typical.ts";

test("a thousand typical expressions differ, are the same each time, and compile", () => {
  const expressions = typicalExpressions(1000);
  assert.equal(new Set(expressions).size, 1000);
  assert.deepEqual(typicalExpressions(1000), expressions);
  for (const expression of expressions) assert.doesNotThrow(() => AMAP.compile(expression), expression);
});
