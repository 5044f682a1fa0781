import assert from "node:assert/strict";
import { test } from "node:test";
import { wordsOf } from "./policy-words.ts";

const textsOf = (value: string, key = "value"): ReadonlySet<string> =>
  new Set(wordsOf({ spec: { rule: { [key]: value } } }).texts);

const ROWS: readonly (readonly [name: string, value: string, text: string])[] = [
  ["a text itself", "web", "web"],
  ["what wildcards match", "web-*", "web-any"],
  ["what they do not match", "web-*", "zweb-any"],
  ["alternatives", "a | b", "b"],
  ["behind an operator", "!web", "web"],
  ["a duration that is longer", "8h", "9h"],
  ["a share that is smaller", "50%", "49%"],
  ["what an expression matches", "{{ regex_match('^v[0-9]\\.[0-9]$', a) }}", "v0.0"],
  ["one of its alternatives", "{{ regex_match('^(a|b)$', a) }}", "b"],
];

for (const [name, value, text] of ROWS) test(`words: ${name}`, () => assert.ok(textsOf(value).has(text)));

test("words: in CEL a star is a star", () => {
  assert.ok(textsOf("a == '*'", "expression").has("*"));
  assert.ok(!textsOf("*").has("*"));
});

test("words: names that only begin as stated, versions and the namespace", () => {
  const { names, versionsOf, namespace } = wordsOf({
    metadata: { name: "p", namespace: "base" },
    spec: { keys: ["fluxcd.io/"], apiVersion: ["batch/v1beta1"] },
  });
  assert.ok(names.has("fluxcd.io/other"));
  assert.deepEqual(versionsOf("batch"), ["v1beta1"]);
  assert.equal(namespace, "base");
});
