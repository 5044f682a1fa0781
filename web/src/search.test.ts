import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSearch, searchReader, writeSearch } from "./search.ts";

test("values stay the text that they are: no number, flag or object is read into them", () => {
  assert.deepEqual(parseSearch("?running=true&limit=10&search=%7B%22a%22%3A1%7D&a=1&a=2"), {
    running: "true",
    limit: "10",
    search: '{"a":1}',
    a: "2",
  });
});

test("what is written is read back", () => {
  const search = { search: "a b&c=d#é\u202e", severity: "high", image: "r.local:5000/a/b@sha256:00" };
  assert.deepEqual(parseSearch(writeSearch(search)), search);
});

test("what is no text, and empty texts, are left out of the address", () => {
  assert.equal(writeSearch({ a: undefined, b: "", c: 1, d: { e: "f" } }), "");
});

const read = searchReader({ search: true, state: ["open", "answered"] });
const ROWS: readonly (readonly [name: string, raw: Record<string, unknown>, expected: ReturnType<typeof read>])[] = [
  ["known names", { search: "x", state: "open" }, { search: "x", state: "open" }],
  ["values outside the list", { state: "OPEN" }, {}],
  ["names outside the shape", { other: "x" }, {}],
  ["empty texts", { search: "" }, {}],
  ["what is no text", { search: 1, state: ["open"] }, {}],
  ["inherited names", Object.create({ search: "x" }) as Record<string, unknown>, {}],
];
for (const [name, raw, expected] of ROWS) {
  test(`a screen's part of the address: ${name}`, () => {
    assert.deepEqual(read(raw), expected);
  });
}

test("a name such as __proto__ in the address reaches no prototype", () => {
  const raw = parseSearch("?__proto__=x&constructor=y&search=z");
  assert.deepEqual(read(raw), { search: "z" });
  assert.equal(({} as Record<string, unknown>)["x"], undefined);
});
