import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { matchesWildcard } from "./wildcard.ts";

describe("matchesWildcard", () => {
  for (const [pattern, text, expected] of [
    ["", "", true],
    ["", "a", false],
    ["a", "", false],
    ["a", "a", true],
    ["a", "A", false],
    ["a", "ab", false],
    ["*", "", true],
    ["*", "any/thing: here", true],
    ["**", "", true],
    ["?", "", false],
    ["?", "a", true],
    ["?", "ab", false],
    ["?*", "", false],
    ["?*", "a", true],
    ["*?", "abc", true],
    ["a*", "a", true],
    ["a*b", "ab", true],
    ["a*b", "axxbxb", true],
    ["a*b", "axxbx", false],
    ["*a*b*", "xxaxxbxx", true],
    ["*aab", "aaaaab", true],
    ["a?c*", "abcdef", true],
    ["nginx:*", "nginx:1.25", true],
    ["registry.example.com/*", "registry.example.com.evil.org/app", false],
    ["*.example.com", "example.com", false],
    ["?", "😀", true],
    ["??", "😀", false],
    ["*?", "😀", true],
    ["a.c", "abc", false],
    ["[a]", "a", false],
    ["\\*", "\\anything", true],
  ] as const) {
    test(`${JSON.stringify(pattern)} and ${JSON.stringify(text)}: ${expected}`, () => {
      assert.equal(matchesWildcard(pattern, text), expected);
    });
  }

  test("agrees with the plain definition", () => {
    const matches = (pattern: readonly string[], text: readonly string[]): boolean => {
      const [first, ...rest] = pattern;
      if (first === undefined) return text.length === 0;
      if (first === "*") return matches(rest, text) || (text.length > 0 && matches(pattern, text.slice(1)));
      return text.length > 0 && (first === "?" || first === text[0]) && matches(rest, text.slice(1));
    };
    const pattern = fc.array(fc.constantFrom("a", "b", "😀", "*", "?"), { maxLength: 7 });
    const text = fc.array(fc.constantFrom("a", "b", "😀"), { maxLength: 9 });
    fc.assert(
      fc.property(pattern, text, (p, t) => assert.equal(matchesWildcard(p.join(""), t.join("")), matches(p, t))),
      { numRuns: 1_000 },
    );
  });

  test("many stars do not multiply the work", () => {
    assert.equal(matchesWildcard(`${"*a".repeat(200)}b`, "a".repeat(5_000)), false);
  });
});
