import assert from "node:assert/strict";
import { test } from "node:test";
import { readTheme } from "./theme.ts";

const ROWS: readonly (readonly [kept: string | null, theme: string])[] = [
  [null, "system"],
  ["light", "light"],
  ["dark", "dark"],
  ["purple", "system"],
];
for (const [kept, theme] of ROWS) {
  test(`a kept theme ${String(kept)} is ${theme}`, () => {
    assert.equal(readTheme({ getItem: () => kept }), theme);
  });
}

test("a browser that keeps nothing has the system's theme", () => {
  const refuse = () => {
    throw new Error("no storage");
  };
  assert.equal(readTheme({ getItem: refuse }), "system");
});
