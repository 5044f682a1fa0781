import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { evaluateKyverno, showValue } from "../../../../../testing/kyverno-functions.ts";
import { PURE_ROWS } from "./pure-functions.table.ts";

/** A table's value as showValue gives it: doubles are written as text there. */
function expectedValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(expectedValue);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const [key, only] = entries.length === 1 ? (entries[0] ?? []) : [];
  if (key === "double") return { double: Number(only) };
  if (key === "timestamp") return { timestamp: only };
  return Object.fromEntries(entries.map(([name, member]) => [name, expectedValue(member)]));
}

describe("Kyverno's functions that need no world, as Kyverno has them", () => {
  PURE_ROWS.forEach(([expression, variables, expected], index) => {
    it(`${index}: ${expression} ${JSON.stringify(variables)}`, () => {
      const run = (): unknown => showValue(evaluateKyverno(expression, { variables }));
      if (expected === "refused") assert.throws(run, { code: "EXPRESSION_INVALID" });
      else if (expected === "error") assert.throws(run, { name: "CelError" });
      else assert.deepEqual(run(), expectedValue(expected.value));
    });
  });
});

describe("where amap is stricter than Kyverno, or answers what Kyverno leaves open", () => {
  const errors: readonly (readonly [expression: string, message: RegExp])[] = [
    [`json.unmarshal('{"a":1,"a":2}')`, /occurs twice/],
    [`json.unmarshal('"\\\\ud800"')`, /surrogate/],
    ["yaml.parse('a: 1\\n---\\nb: 2')", /several documents/],
    ["yaml.parse('a: 1\\na: 2')", /occurs twice/],
    ["yaml.parse('a: !!binary aGk=')", /tag/],
    ["gzip.decompress(base64.decode('H4sIAAAAAAAC/0vMAwBZo93RAgAAAA=='))", /damaged/],
    ["random('(?i)a')", /not supported/],
    ["random('\\\\pL')", /not supported/],
    ["random('[[:punct:]]')", /not supported/],
    ["random('\\\\Qa\\\\E')", /not supported/],
    ["listObjToMap([{'a': 1}], [{'b': 1}], 'a', 'b')", /not a string/],
    ["listObjToMap([{'x': 1}], [{'b': 1}], 'a', 'b')", /missing/],
  ];
  for (const [expression, message] of errors) {
    it(expression, () => assert.throws(() => evaluateKyverno(expression), { name: "CelError", message }));
  }

  const values: readonly string[] = [
    // The offset of a timestamp is not kept: a schedule is in UTC.
    'time.toCron(timestamp("2026-01-02T15:30:00+02:00")) == "30 13 2 1 5"',
    "time.truncate(timestamp('2026-01-07T12:00:00Z'), duration('168h')) == timestamp('2026-01-05T00:00:00Z')",
    // Kyverno 1.19's; later versions put the tag before the digest.
    `image("a/b:x@sha256:${"a".repeat(64)}").identifier() == "sha256:${"a".repeat(64)}"`,
    'image("nginx") != image("nginx:latest")',
    "[image('nginx')] == [image('nginx')]",
    'json.marshal({"n": dyn(1), "t": dyn("x")}) == \'{"n":1,"t":"x"}\'',
    'json.marshal(json.unmarshal(\'{"b":[1,2.5],"a":null}\')) == \'{"a":null,"b":[1,2.5]}\'',
    "yaml.parse('a: &x {port: 1}\\nb: *x').b.port == 1",
    'parseServiceAccount("jane") == parseServiceAccount("")',
  ];
  for (const expression of values) it(expression, () => assert.equal(evaluateKyverno(expression), true));
});
