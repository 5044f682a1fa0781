import assert from "node:assert/strict";
import { test } from "node:test";
import { parseExact } from "./exact-json.ts";

for (const text of [
  "9007199254740993",
  "-18446744073709551617",
  "1",
  "1.5",
  "1e3",
  '"9007199254740993"',
  '{"a":[9007199254740993]}',
]) {
  test(`${text} is written as it was read`, () => {
    const again = JSON.stringify(parseExact(text));
    assert.equal(again, text === "1e3" ? "1000" : text);
  });
}

test("a name that every object has is a member like any other", () => {
  assert.equal(JSON.stringify(parseExact('{"__proto__":{"x":1}}')), '{"__proto__":{"x":1}}');
});

test("what is not JSON throws", () => {
  assert.throws(() => parseExact("{"), SyntaxError);
});
