import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { type Anchor, type AnchorKind, formatAnchor, parseAnchor } from "./anchor.ts";

const KEYS: readonly (readonly [string, Anchor | undefined])[] = [
  ["(a)", { kind: "condition", key: "a" }],
  ["<(a)", { kind: "global", key: "a" }],
  ["X(a)", { kind: "negation", key: "a" }],
  ["+(a)", { kind: "addIfNotPresent", key: "a" }],
  ["=(a)", { kind: "equality", key: "a" }],
  ["^(a)", { kind: "existence", key: "a" }],
  ["  =(a)\u0085", { kind: "equality", key: "a" }],
  ["=( a )", { kind: "equality", key: " a " }],
  ["((a))", { kind: "condition", key: "(a)" }],
  ["=(=(a))", { kind: "equality", key: "=(a)" }],
  ["(a)(b)", { kind: "condition", key: "a)(b" }],
  ["=(kubernetes.io/*)", { kind: "equality", key: "kubernetes.io/*" }],
  ["(__proto__)", { kind: "condition", key: "__proto__" }],
  ["(\u2028)", { kind: "condition", key: "\u2028" }],
  ["a", undefined],
  ["", undefined],
  ["()", undefined],
  ["=()", undefined],
  ["x(a)", undefined],
  ["==(a)", undefined],
  ["= (a)", undefined],
  ["(a", undefined],
  ["a)", undefined],
  ["(a)b", undefined],
  ["(a\nb)", undefined],
  ["\ufeff(a)", undefined],
];

describe("parseAnchor", () => {
  for (const [text, expected] of KEYS) {
    test(JSON.stringify(text), () => assert.deepEqual(parseAnchor(text), expected));
  }

  test("reads what formatAnchor writes", () => {
    const kinds: readonly AnchorKind[] = [
      "condition",
      "global",
      "negation",
      "addIfNotPresent",
      "equality",
      "existence",
    ];
    const key = fc.string({ minLength: 1 }).filter((text) => !text.includes("\n"));
    fc.assert(
      fc.property(fc.constantFrom(...kinds), key, (kind, name) => {
        assert.deepEqual(parseAnchor(formatAnchor({ kind, key: name })), { kind, key: name });
      }),
    );
  });
});
