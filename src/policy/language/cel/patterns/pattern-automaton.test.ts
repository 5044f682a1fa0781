import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { RE2JS } from "re2js";
import { patternAutomaton } from "./pattern-automaton.ts";

const KNOWN = [
  "^[a-z]([-a-z0-9]*[a-z0-9])?$",
  "^/(proc|sys|dev)(/|$)",
  "^[a-z0-9.-]+$",
  "a|b|",
  "(?:^a|b$)c?",
  "x{2,3}y{2}z{1,}",
  "[^a-c]$",
  "^.$",
  String.raw`^\d+\.\w*\s?$`,
  "",
  "()",
  "(a*)*b",
  "[-a]",
  "[a-]",
  "$^",
  "a$b",
  String.raw`\[x\]`,
];

const UNKNOWN = [
  "(?i)a",
  "a*?",
  "[[:alpha:]]",
  String.raw`\bx`,
  String.raw`\pL`,
  "é",
  "[a-c-e]",
  "a{1,2}{2}",
  "^*",
  "a{",
  "(?P<n>a)",
];

const ATOMS = [
  "a",
  "b",
  "-",
  "/",
  ".",
  "[ab]",
  "[^a]",
  "[a-c]",
  "[^-b]",
  "(a|b)",
  "(?:ab)",
  "(|a)",
  String.raw`\.`,
  String.raw`\d`,
  String.raw`[\w-]`,
  "^",
  "$",
];
const patterns = fc
  .array(fc.tuple(fc.constantFrom(...ATOMS), fc.constantFrom("", "", "", "*", "+", "?", "{2}", "{1,3}", "{2,}", "|")), {
    maxLength: 7,
  })
  .map((parts) =>
    parts.map(([atom, suffix]) => (/^[$^]$/.test(atom) && suffix !== "|" ? atom : atom + suffix)).join(""),
  );
const texts = fc
  .array(fc.constantFrom("a", "b", "c", "-", "/", ".", "1", "\n", "é", "\u{1f600}", "\ud800", "\udc00", "_"), {
    maxLength: 12,
  })
  .map((units) => units.join(""));

describe("the automaton of simple patterns", () => {
  for (const pattern of KNOWN) {
    it(`runs ${pattern}, as RE2 does`, () => {
      const test = patternAutomaton(pattern);
      assert.ok(test);
      fc.assert(
        fc.property(texts, (text) => {
          assert.equal(test(text), RE2JS.compile(pattern).test(text));
        }),
        { numRuns: 200 },
      );
    });
  }

  for (const pattern of UNKNOWN) {
    it(`leaves ${pattern} to RE2`, () => assert.equal(patternAutomaton(pattern), undefined));
  }

  it("says what RE2 says, for any pattern and text", () => {
    let run = 0;
    fc.assert(
      fc.property(patterns, fc.array(texts, { minLength: 1, maxLength: 6 }), (pattern, each) => {
        const test = patternAutomaton(pattern);
        if (test === undefined) return;
        const re2 = RE2JS.compile(pattern);
        for (const text of each) {
          const answer = test(text);
          if (answer === undefined) continue;
          run++;
          assert.equal(answer, re2.test(text), JSON.stringify({ pattern, text }));
        }
      }),
      { numRuns: 3000 },
    );
    assert.ok(run > 3000, `only ${run} comparisons`);
  });

  it("gives up where states or instructions would be too many", () => {
    assert.equal(patternAutomaton("[a-z]{999}"), undefined);
    const test = patternAutomaton("[ab]*a[ab]{12}c");
    let seed = 1;
    const random = Array.from({ length: 4000 }, () => {
      seed = (seed * 16_807) % 2_147_483_647;
      return seed % 2 === 0 ? "a" : "b";
    }).join("");
    assert.equal(test?.(random), undefined);
  });
});
