import assert from "node:assert/strict";
import { describe, it, mock } from "node:test";
import fc from "fast-check";
import { Double, LIMITS } from "../../../../base/index.ts";
import { testActivation } from "../../../../testing/cel-activation.ts";
import { createEnvironment } from "../environment.ts";
import { CelError } from "../error.ts";
import type { CelCall } from "../function.ts";
import { STANDARD_FUNCTIONS } from "../functions/table.ts";
import type { CelProgram } from "../program.ts";
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
  { a: "b", value: 1, length: 2 },
  ["b", "a", 1],
  new CelMap(new Map([["a", ["a", true]]])),
  new Optional(undefined),
  new Optional({ a: { b: true } }),
  new Uint8Array([97]),
];

const EXPRESSIONS: readonly string[] = [
  ..."== != < <= > >= in + - * / %".split(" ").map((operator) => `x ${operator} y`),
  ..."== != < <= > >= + - * / %".split(" ").flatMap((operator) => [`x ${operator} 1`, `x ${operator} 1 + 1`]),
  "x == 'a'",
  "x != true",
  "x == -3",
  "x == -0.0",
  "x in ['a', 'b']",
  "x in ['a', 'b', 'c', 'd', 'e', 'f']",
  "x in ['a', 1]",
  "x in []",
  "'a' in x",
  "x && y",
  "x || y || x",
  "x && (y || x) && !y",
  "!x",
  "-x",
  "x ? y : 1",
  "x ? true : y ? false : true",
  "x.a.b",
  "x.value + x.length",
  "x['a'].b",
  "x['value']",
  "x[0]",
  "x[y]",
  "x[1] == 'a'",
  "has(x.a)",
  "has(x.a.b)",
  "has(x.value)",
  "!has(x.a.c) || x.a.b",
  "has(x.a) && x.a == y",
  "x.?a.?b.orValue(y)",
  "x.?a.b",
  "x.?a.b.orValue(1)",
  "x.?a[?'b'].or(x.?b).hasValue()",
  "x[?0].orValue('none')",
  "x.?a.optMap(e, e.b).orValue(y)",
  "x.?a.optFlatMap(e, e.?b).orValue(y)",
  "x[?'a'].hasValue()",
  "x.?value.orValue(7)",
  "x.a.?c.orValue('none')",
  "has(x.?a.b)",
  "size(x)",
  "x.size() + 1",
  "x.startsWith('a')",
  "x.contains(y)",
  "x.endsWith(y) || y",
  "x.indexOf('b')",
  "x.lastIndexOf(y)",
  "x.substring(y)",
  "x.matches('^a')",
  "x.matches(y)",
  "x.split('a').size()",
  "x.lowerAscii() + y",
  "x.filter(e, e == 1).size()",
  "x.filter(e, e == 'a')",
  "x.map(e, e + y)",
  "x.map(e, e == 'a', [e, y])",
  "x.all(e, e == 1 || e == y)",
  "(x + y).all(e, e == 'a')",
  "x.all(e, x.exists(f, f == e))",
  "x.exists(e, e == 'a' && y)",
  "x.exists_one(e, e == y)",
  "[x, y].all(e, e == x)",
  "{'a': x}.a == y",
  "string(x) == y",
  "type(x) == type(y)",
];

const PAIRS = VALUES.flatMap((x) => VALUES.map((y) => ({ x, y })));

/** How an evaluation ends: with a value or a failure, for so many steps. */
function endOf(program: CelProgram, values: { readonly x: CelValue; readonly y: CelValue }, steps: number): unknown {
  const budget = { steps };
  try {
    const value = program.evaluate(testActivation({}, { variables: environment.bind(values), budget }));
    return { value, steps: budget.steps };
  } catch (error) {
    if (error instanceof CelError) return { reason: error.reason, message: error.message, steps: budget.steps };
    return String(error);
  }
}

/** The ends of all pairs, in order; `Function` is replaced meanwhile. */
function endsWith(makeCode: FunctionConstructor, source: string, steps: number): readonly unknown[] {
  const program = compileExpression(source, environment);
  mock.property(globalThis, "Function", makeCode);
  try {
    return PAIRS.map((values) => endOf(program, values, steps));
  } finally {
    mock.restoreAll();
  }
}

const forbidden = new Proxy(globalThis.Function, {
  construct: () => {
    throw new EvalError("no code from strings");
  },
});

/** Counts what the runs of generated functions give. */
function counted(counts: { plain: number; vain: number }): FunctionConstructor {
  return new Proxy(globalThis.Function, {
    construct: (target, args: string[]) => {
      const make = Reflect.construct(target, args) as (...given: unknown[]) => (...given: unknown[]) => unknown;
      return (...captured: unknown[]) => {
        const run = make(...captured);
        return (...given: unknown[]) => {
          const value = run(...given);
          if (value === undefined) counts.vain++;
          else counts.plain++;
          return value;
        };
      };
    },
  });
}

describe("the quick lane", () => {
  for (const source of EXPRESSIONS) {
    it(`gives for ${source} what the whole way gives, for the same steps`, () => {
      for (const steps of [LIMITS.evaluationSteps, 12]) {
        const counts = { plain: 0, vain: 0 };
        const whole = endsWith(forbidden, source, steps);
        assert.deepEqual(endsWith(counted(counts), source, steps), whole);
        if (steps > 12) assert.ok(counts.plain > 0, "it has none, or it is never taken");
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
            if (given === undefined) return;
            const { steps } = frame.budget;
            assert.equal(given, (row.call as (...args: unknown[]) => unknown)(...args, frame));
            assert.equal(frame.budget.steps, steps, "the call charges, and what is quick does not");
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
