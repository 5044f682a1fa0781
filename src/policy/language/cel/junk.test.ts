import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { AmapError } from "../../../base/index.ts";
import { evaluate } from "../../../testing/cel-activation.ts";
import type { CelValue } from "./values/value.ts";

const PIECES = [
  ..."x y object late.x true false null 1 -1 0 2u 1.5 9223372036854775807 'a' b'a' r'\\' '''b''' has( size( .size() ".split(
    " ",
  ),
  ...".all(i, .exists(i, .map(i, .filter(i, .exists_one(i, cel.bind(v, .optMap(i, .matches(' .split( ) ] } [ { ( ".split(
    " ",
  ),
  ..."&& || ! == != < <= > >= in + - * / % ? : , . .? [? ` // \n timestamp( duration( int( string( .a .b i v ' \" \\".split(
    " ",
  ),
  "__proto__",
  ".constructor",
  "[0]",
  "['a']",
];

const EXPRESSION = fc.letrec<{ node: string }>((tie) => {
  const node = tie("node");
  const pair = fc.tuple(node, node);
  return {
    node: fc.oneof(
      { maxDepth: 5, depthIdentifier: "node" },
      fc.constantFrom(
        "x",
        "y",
        "object",
        "1",
        "-7",
        "2u",
        "1.5",
        "'a😀'",
        "b'\\xff'",
        "true",
        "null",
        "[]",
        "{}",
        "timestamp(0)",
      ),
      fc
        .tuple(node, fc.constantFrom(..."+ - * / % == != < >= in && ||".split(" ")), node)
        .map(([a, op, b]) => `(${a} ${op} ${b})`),
      pair.map(([a, b]) => `${a}[${b}]`),
      pair.map(([a, b]) => `[${a}, ${b}]`),
      pair.map(([a, b]) => `{${a}: ${b}}`),
      fc
        .tuple(node, fc.constantFrom("all", "exists", "exists_one", "map", "filter"), node)
        .map(([a, m, b]) => `${a}.${m}(x, ${b})`),
      fc
        .tuple(
          fc.constantFrom(..."int uint double string bytes bool timestamp duration type dyn size".split(" ")),
          node,
        )
        .map(([f, a]) => `${f}(${a})`),
      fc
        .tuple(node, fc.constantFrom(..."size trim reverse flatten distinct sort getHours hasValue join".split(" ")))
        .map(([a, f]) => `${a}.${f}()`),
      fc
        .tuple(
          node,
          fc.constantFrom(..."contains startsWith split indexOf join matches charAt substring orValue".split(" ")),
          node,
        )
        .map(([a, f, b]) => `${a}.${f}(${b})`),
      fc.tuple(node, fc.constantFrom(".a", ".?a", "[?0]", ".__proto__", ".constructor")).map(([a, f]) => a + f),
      fc.tuple(node, node, node).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
      pair.map(([a, b]) => `cel.bind(y, ${a}, ${b})`),
      node.map((a) => `-${a}`),
      node.map((a) => `!${a}`),
    ),
  };
}).node;

/** Ends with a value or with amap's own error, within its budget. */
function run(source: string, x: CelValue): void {
  try {
    evaluate(source, { x, y: [1, "a", { a: 1.5 }], object: { a: { b: [1, 2] } } }, { budget: { steps: 20_000 } });
  } catch (error) {
    assert.ok(error instanceof AmapError, `${source}: ${String(error)}`);
    assert.notEqual(error.message.includes("undefined"), true, error.message);
  }
}

describe("junk", () => {
  it("of any characters ends in a value or an AmapError", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (source) => run(source, 1)),
      { numRuns: 1000 },
    );
  });

  it("of CEL's own tokens ends in a value or an AmapError", () => {
    const source = fc.array(fc.constantFrom(...PIECES), { maxLength: 25 }).map((pieces) => pieces.join(" "));
    fc.assert(
      fc.property(source, (text) => run(text.replaceAll(" . ", "."), "a")),
      { numRuns: 2000 },
    );
  });

  it("well-formed but ill-typed ends in a value or an AmapError", () => {
    const json = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)) as CelValue);
    fc.assert(fc.property(EXPRESSION, json, run), { numRuns: 3000 });
  });
});
