import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { evaluate, factReader, TEST_ENVIRONMENT, testActivation } from "../../../testing/cel-activation.ts";
import { type Fact, MISSING_FACT } from "../../evaluate/facts.ts";
import { compileExpression } from "./compile/compile.ts";
import { CelError } from "./error.ts";
import type { CelValue } from "./values/value.ts";

/** A value, or "error" or "missing". */
type Outcome = CelValue;

const ok = (value: string | boolean | number): Fact => ({ ok: true, value });
const FACTS: Readonly<Record<string, Fact>> = {
  yes: ok(true),
  no: ok(false),
  one: ok(1),
  broken: { ok: false, code: "REGISTRY_UNREACHABLE", message: "no answer" },
};

/** The value, or how it ended; and the facts that were asked for and are missing. */
function outcome(source: string, facts: Readonly<Record<string, Fact>> = FACTS): [Outcome, readonly string[]] {
  const reader = factReader(facts);
  const missing = (): readonly string[] => [...reader.pending.keys()];
  try {
    return [evaluate(source, { x: [1, 2, 3], y: 0 }, { facts: reader }), missing()];
  } catch (error) {
    if (error === MISSING_FACT) return ["missing", missing()];
    if (error instanceof CelError) return ["error", missing()];
    throw error;
  }
}

const OPERANDS = {
  T: "fact('yes')",
  F: "fact('no')",
  E: "fact('broken')",
  M: "fact('later')",
  N: "fact('one')",
} as const;

describe("&& and ||", () => {
  // Left and right: T true, F false, E error, M missing, N not a bool. `and` gives the outcome of &&, `or` of ||.
  for (const [pair, and, or] of [
    ["TT", true, true],
    ["TF", false, true],
    ["TE", "error", true],
    ["TM", "missing", true],
    ["TN", "error", true],
    ["FT", false, true],
    ["FF", false, false],
    ["FE", false, "error"],
    ["FM", false, "missing"],
    ["FN", false, "error"],
    ["ET", "error", true],
    ["EF", false, "error"],
    ["EE", "error", "error"],
    ["EM", "missing", "missing"],
    ["EN", "error", "error"],
    ["NT", "error", true],
    ["NF", false, "error"],
    ["NM", "missing", "missing"],
    ["MT", "missing", "missing"],
    ["MF", "missing", "missing"],
    ["ME", "missing", "missing"],
    ["MM", "missing", "missing"],
    ["MN", "missing", "missing"],
  ] as const) {
    const [left, right] = pair.split("").map((letter) => OPERANDS[letter as keyof typeof OPERANDS]);
    it(`${pair}: ${and} and ${or}`, () => {
      assert.equal(outcome(`${left} && ${right}`)[0], and);
      assert.equal(outcome(`${left} || ${right}`)[0], or);
      // The long form and the macros follow the same table.
      assert.equal(outcome(`${left} && true && ${right}`)[0], and);
      assert.equal(outcome(`${left} || false || ${right}`)[0], or);
      const list = `[0, 1].all(i, i == 0 ? ${left} : ${right})`;
      assert.equal(outcome(list)[0], and);
      assert.equal(outcome(list.replace("all", "exists"))[0], or);
    });
  }

  it("keeps the code of the fact that failed", () => {
    assert.throws(() => evaluate("fact('broken') && true", {}, { facts: factReader(FACTS) }), {
      code: "REGISTRY_UNREACHABLE",
      message: /^1:1: no answer/,
    });
  });
});

describe("missing facts", () => {
  for (const [name, source, missing] of [
    ["arguments are asked together", "[fact('a'), fact('b')].size() + size(fact('c'))", ["a", "b", "c"]],
    ["operands are asked together", "fact('a') + fact('b') + fact('c') == fact('d')", ["a", "b", "c", "d"]],
    ["keys and values are asked together", "{fact('a'): fact('b'), 'x': fact('c')}", ["a", "b", "c"]],
    ["an object and its index are asked together", "fact('a')[fact('b')]", ["a", "b"]],
    ["a method's object and arguments are asked together", "fact('a').startsWith(fact('b'))", ["a", "b"]],
    ["projections are asked together", "x.map(i, fact('m' + string(i)))", ["m1", "m2", "m3"]],
    ["filters test every element in any case", "x.filter(i, fact('m' + string(i)))", ["m1", "m2", "m3"]],
    ["exists_one tests every element in any case", "x.exists_one(i, fact('m' + string(i)))", ["m1", "m2", "m3"]],
    ["&& stops at the first", "fact('a') && fact('b')", ["a"]],
    ["|| stops at the first", "fact('a') || fact('b') || fact('c')", ["a"]],
    ["?: stops at its test", "fact('a') ? fact('b') : fact('c')", ["a"]],
    ["?: asks only for the branch taken", "y == 0 ? fact('b') : fact('c')", ["b"]],
    ["all stops at the first", "x.all(i, fact('m' + string(i)))", ["m1"]],
    ["exists stops at the first", "x.exists(i, fact('m' + string(i)))", ["m1"]],
    ["an error behind a miss is not one", "[fact('a'), 1 / y, fact('b')]", ["a"]],
    ["a miss behind an error is not asked for", "[1 / y, fact('a')]", []],
    ["a miss cannot be hidden by ||", "[fact('a'), 1 / y] == [] || true", ["a"]],
    ["what is not used is not asked for", "cel.bind(a, fact('a'), y == 0 || a)", []],
    ["an absent optional's stand-in only then", "optional.of(1).orValue(fact('a'))", []],
    ["an absent optional's stand-in", "optional.none().orValue(fact('a'))", ["a"]],
  ] as const) {
    it(name, () => {
      const [result, pending] = outcome(source);
      assert.deepEqual(pending, missing);
      if (missing.length > 0) assert.equal(result, "missing");
      else assert.notEqual(result, "missing");
    });
  }

  it("a bound value is asked for once, however often it is used", () => {
    const reader = factReader(FACTS);
    assert.equal(evaluate("cel.bind(a, fact('yes'), a && a && a)", {}, { facts: reader }), true);
    assert.deepEqual(reader.asked, ["yes"]);
    assert.equal(outcome("cel.bind(a, fact('a'), [a, a])")[0], "missing");
  });

  it("looks ahead over at most 64", () => {
    const reader = factReader();
    const values = { x: Array.from({ length: 500 }, (_, index) => index) };
    const run = (): CelValue => evaluate("x.map(i, fact('m' + string(i)))", values, { facts: reader });
    assert.throws(run, (error) => error === MISSING_FACT);
    assert.equal(reader.pending.size, 64);
    assert.throws(run, (error) => error === MISSING_FACT);
    assert.equal(reader.pending.size, 64);
  });

  it("a result that a function made without the fact does not count", () => {
    assert.equal(outcome("swallow('a') != 1")[0], "missing");
    assert.equal(outcome("swallow('a') / 2 > 1")[0], "missing");
    assert.equal(outcome("swallow('yes')")[0], true);
  });

  it("a lazy variable is asked for only where it is used", () => {
    const asked: string[] = [];
    const lazy = (name: string): CelValue => {
      asked.push(name);
      return true;
    };
    assert.equal(evaluate("y == 0 || late.x", { y: 0 }, { lazy }), true);
    assert.deepEqual(asked, []);
    assert.equal(evaluate("y == 1 || late.x", { y: 0 }, { lazy }), true);
    assert.equal(evaluate("has(late.x)", {}, { lazy }), true);
    assert.deepEqual(asked, ["late.x"]);
  });
});

describe("laws", () => {
  /** Boolean expressions over facts f0 to f3, some of which fail when they are there. */
  const expression = fc.letrec<{ node: string }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4, depthIdentifier: "node" },
      fc.constantFrom("fact('f0')", "fact('f1')", "fact('f2')", "fact('f3')", "true", "false", "(1 / y > 0)"),
      fc.tuple(tie("node"), fc.constantFrom("&&", "||", "=="), tie("node")).map(([a, op, b]) => `(${a} ${op} ${b})`),
      fc.tuple(tie("node"), tie("node"), tie("node")).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
      fc.tuple(tie("node"), tie("node")).map(([a, b]) => `[${a}, ${b}].all(e, e)`),
      fc.tuple(tie("node"), tie("node")).map(([a, b]) => `x.exists(e, e == 2 ? ${a} : ${b})`),
      fc.tuple(tie("node"), tie("node")).map(([a, b]) => `(x.map(e, e == 2 ? ${a} : ${b})[1] || false)`),
      fc.tuple(tie("node"), tie("node")).map(([a, b]) => `cel.bind(v, ${a}, ${b} || v)`),
      tie("node").map((a) => `!${a}`),
    ),
  })).node;
  const fact = fc.constantFrom<Fact>(ok(true), ok(false), FACTS["broken"] as Fact);

  it("loading what is missing until nothing is gives what evaluating with all facts gives", () => {
    fc.assert(
      fc.property(expression, fc.tuple(fact, fact, fact, fact), (source, [f0, f1, f2, f3]) => {
        const all: Readonly<Record<string, Fact>> = { f0, f1, f2, f3 };
        const [expected, none] = outcome(source, all);
        assert.deepEqual(none, []);
        const loaded: Record<string, Fact> = {};
        for (let round = 0; ; round++) {
          assert.ok(round < 6, "a round added nothing");
          const [result, missing] = outcome(source, loaded);
          if (result !== "missing") {
            assert.deepEqual(result, expected);
            return;
          }
          for (const key of missing) loaded[key] = all[key] as Fact;
        }
      }),
      { numRuns: 500 },
    );
  });

  it("&& and || of bools and errors do not depend on the order of two operands", () => {
    fc.assert(
      fc.property(expression, expression, fc.constantFrom("&&", "||"), (left, right, operator) => {
        const all = { f0: ok(true), f1: ok(false), f2: FACTS["broken"] as Fact, f3: ok(true) };
        assert.deepEqual(outcome(`${left} ${operator} ${right}`, all), outcome(`${right} ${operator} ${left}`, all));
      }),
      { numRuns: 200 },
    );
  });

  it("a program can be evaluated again and again", () => {
    const program = compileExpression("cel.bind(v, x + 1, [v].map(e, e + v)[0])", TEST_ENVIRONMENT);
    fc.assert(
      fc.property(fc.integer({ min: -1000, max: 1000 }), (x) => {
        assert.equal(program.evaluate(testActivation({ x })), 2 * x + 2);
      }),
    );
  });
});
