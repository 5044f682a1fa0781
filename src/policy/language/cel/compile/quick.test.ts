import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Double } from "../../../../base/index.ts";
import { testActivation } from "../../../../testing/cel-activation.ts";
import { createEnvironment } from "../environment.ts";
import { CelError } from "../error.ts";
import type { CelCall } from "../function.ts";
import { STANDARD_FUNCTIONS } from "../functions/table.ts";
import { celTypes } from "../types.ts";
import { CelMap, type CelValue, Optional, Uint } from "../values/value.ts";
import { compileExpression } from "./compile.ts";
import { Frame } from "./frame.ts";

const environment = createEnvironment({ variables: { x: celTypes.dyn, y: celTypes.dyn } });

const VALUES: readonly CelValue[] = [
  null,
  true,
  false,
  0,
  -0,
  1,
  7,
  -3,
  1.5,
  Number.NaN,
  Number.MAX_SAFE_INTEGER,
  2n ** 62n,
  new Double(1),
  new Uint(1n),
  "",
  "a",
  "b",
  "😀",
  "x".repeat(64),
  "x".repeat(65),
  [],
  [1, "a"],
  {},
  { a: 1 },
  { a: { b: true } },
  { a: { b: false, c: null } },
  { a: [true] },
  new CelMap(new Map([["a", ["a", true]]])),
  new Optional(undefined),
  new Optional({ a: { b: true } }),
  new Uint8Array([97]),
];

/** The same expression with a lane and without: a call of `dyn` has none. */
const EXPRESSIONS: readonly string[] = [
  ..."== != < <= > >= in + - * / %".split(" ").map((operator) => `X ${operator} Y`),
  ..."== != < <= > >= + - * / %".split(" ").flatMap((operator) => [`X ${operator} 1`, `X ${operator} 1 + 1`]),
  "X == 'a'",
  "X != true",
  "X in ['a', 1]",
  "'a' in X",
  "X && Y",
  "X || Y || X",
  "!X",
  "X ? Y : 1",
  "X.a.b",
  "X['a'].b",
  "X[0]",
  "X[1] == 'a'",
  "has(X.a)",
  "has(X.a.b)",
  "!has(X.a.c) || X.a.b",
  "has(X.a) && X.a == Y",
  "X.?a.?b.orValue(Y)",
  "X[?'a'].hasValue()",
  "X.a.?c.orValue('none')",
  "has(X.?a.b)",
  "size(X)",
  "X.size() + 1",
  "X.startsWith('a')",
  "X.contains(Y)",
  "X.endsWith(Y) || Y",
  "X.indexOf('b')",
  "X.split('a').size()",
  "X.filter(e, e == 1).size()",
  "X.all(e, e == 1 || e == Y)",
  "X.exists(e, e == 'a' && Y)",
  "X.exists_one(e, e == Y)",
];

function outcome(source: string, x: CelValue, y: CelValue): unknown {
  try {
    const activation = testActivation({}, { variables: environment.bind({ x, y }) });
    return { value: compileExpression(source, environment).evaluate(activation) };
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    // The text has an excerpt of the expression, which differs.
    return { reason: error.reason, message: error.message.split("\n")[0]?.replace(/^[0-9:]+/, "") };
  }
}

describe("the quick lane", () => {
  for (const expression of EXPRESSIONS) {
    it(`gives for ${expression} what the whole way gives`, () => {
      const quick = expression.replaceAll("X", "x").replaceAll("Y", "y");
      const whole = expression.replaceAll("X", "dyn(x)").replaceAll("Y", "dyn(y)");
      for (const x of VALUES) {
        for (const y of expression.includes("Y") ? VALUES : [null]) {
          assert.deepEqual(outcome(quick, x, y), outcome(whole, x, y));
        }
      }
    });
  }

  for (const row of STANDARD_FUNCTIONS) {
    const { quick, count } = row;
    const value = fc.oneof(
      fc.constantFrom(...VALUES),
      fc.array(fc.constantFrom("a", "b", "/", "é", "😀", "\ud800"), { maxLength: 70 }).map((units) => units.join("")),
    );
    const frame = new Frame(testActivation(), 0);
    if (quick !== undefined) {
      it(`${row.name}(${row.args.length}): what is quick is what the call gives`, () =>
        fc.assert(
          fc.property(fc.array(value, { minLength: row.args.length, maxLength: row.args.length }), (args) => {
            const given = quick(...args);
            if (given !== undefined) assert.equal(given, (row.call as (...args: unknown[]) => unknown)(...args, frame));
          }),
        ));
    }
    if (count !== undefined) {
      it(`${row.name}: the count is the number of what the call gives, and costs the same`, () =>
        fc.assert(
          fc.property(
            fc.constantFrom("a/b", "", "///", "😀a/", "a😀b"),
            fc.constantFrom("/", "", "a", "//"),
            (text, by) => {
              const cost = (call: CelCall): readonly [CelValue, number] => {
                const activation = testActivation();
                const before = activation.budget.steps;
                const made = call(text, by, new Frame(activation, 0));
                return [Array.isArray(made) ? made.length : made, before - activation.budget.steps];
              };
              assert.deepEqual(cost(count), cost(row.call));
            },
          ),
        ));
    }
  }
});
