import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { changeSearch, type SearchChange } from "../../change-search.ts";
import { findingKey, readFindingKey } from "./finding-key.ts";
import type { Finding } from "./vex-words.ts";

test("a finding's key gives back its parts, whatever is in them", () => {
  const text = fc.string({ unit: "grapheme" });
  fc.assert(
    fc.property(text, text, text, (repository, vulnerability, purl) => {
      const finding = { repository, digest: "sha256:1", vulnerability, purl } as Finding;
      assert.deepEqual(readFindingKey(findingKey(finding)), { image: `${repository}@sha256:1`, vulnerability, purl });
    }),
  );
});

for (const key of ["", "a", "a,b", "a,b,c,d", "%,b,c"]) {
  test(`what is not a finding's key is refused: ${key}`, () => assert.equal(readFindingKey(key), undefined));
}

interface Search {
  tab?: string;
  state?: "open";
  cursor?: string;
}
const CHANGES: readonly [string, Search, SearchChange<Search>, Search][] = [
  ["a new value", { tab: "a" }, { tab: "b" }, { tab: "b" }],
  ["a name taken out", { tab: "a", state: "open" }, { state: undefined }, { tab: "a" }],
  ["the cursor goes with a change", { cursor: "x", tab: "a" }, { tab: "b" }, { tab: "b" }],
  ["the cursor is kept when named", { tab: "a" }, { cursor: "y" }, { tab: "a", cursor: "y" }],
];
for (const [name, before, change, after] of CHANGES) {
  test(`changeSearch: ${name}`, () => assert.deepEqual(changeSearch<Search>(before, change), after));
}
