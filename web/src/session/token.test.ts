import assert from "node:assert/strict";
import { test } from "node:test";
import { takeToken, tokenOfFragment } from "./token.ts";

const ROWS: readonly (readonly [fragment: string, token: string | undefined])[] = [
  ["", undefined],
  ["#", undefined],
  ["#main", undefined],
  ["#token=", undefined],
  ["#token=abc-DEF_123", "abc-DEF_123"],
  ["#other=1&token=abc", "abc"],
  ["#Token=abc", undefined],
];

for (const [fragment, token] of ROWS) {
  test(`fragment ${JSON.stringify(fragment)} has the token ${String(token)}`, () => {
    assert.equal(tokenOfFragment(fragment), token);
  });
}

test("the token is taken out of the address and the history, path and query stay", () => {
  const replaced: unknown[] = [];
  const page = (hash: string) =>
    ({
      location: { hash, pathname: "/images", search: "?severity=high" },
      history: { replaceState: (...given: unknown[]) => void replaced.push(given[2]) },
    }) as unknown as Window;
  assert.equal(takeToken(page("#token=secret")), "secret");
  assert.deepEqual(replaced, ["/images?severity=high"]);
  assert.equal(takeToken(page("#main")), undefined);
  assert.equal(replaced.length, 1);
});
