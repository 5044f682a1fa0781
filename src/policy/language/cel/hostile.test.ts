/**
 * Expressions that are written to exhaust the engine (class C15: CVE-2025-47281, CVE-2022-33082): each is refused, or
 * fails, or spends its budget, after work that its budget bounds. Work is counted in steps and in what functions see,
 * never in time.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AmapError, LIMITS } from "../../../base/index.ts";
import { TEST_NOW, testActivation } from "../../../testing/cel-activation.ts";
import { compileExpression } from "./compile/compile.ts";
import { createEnvironment } from "./environment.ts";
import { celFunction } from "./function.ts";
import { celTypes } from "./types.ts";
import type { CelValue } from "./values/value.ts";

const STEPS = 300_000;
/** How many units of text or elements one step may stand for, at most. */
const UNITS_PER_STEP = 64;

/** What functions of the test have seen in one evaluation. */
interface Seen {
  calls: number;
  /** The longest text or list. */
  length: number;
}

const seen: Seen = { calls: 0, length: 0 };
function watch<T extends CelValue & { readonly length: number }>(value: T): T {
  seen.length = Math.max(seen.length, value.length);
  return value;
}

const row = { note: "Of the test.", example: "true", since: "0.2.0" } as const;
const T = celTypes.parameter("T");
const ENVIRONMENT = createEnvironment({
  variables: { x: celTypes.list(celTypes.int), s: celTypes.string, any: celTypes.dyn },
  functions: [
    celFunction({
      ...row,
      name: "tick",
      args: [celTypes.int],
      result: celTypes.int,
      call: (value) => {
        seen.calls += 1;
        return value;
      },
    }),
    celFunction({ ...row, name: "watch", args: [celTypes.string], result: celTypes.string, call: watch }),
    celFunction({ ...row, name: "watch", args: [celTypes.list(T)], result: celTypes.list(T), call: watch }),
  ],
});

const X = Array.from({ length: 100 }, (_, index) => index);
const S = "a".repeat(1000);

/** The code it ended with, or the value, and the steps that were taken. */
function run(source: string, any: CelValue = null): { readonly ended: unknown; readonly steps: number } {
  seen.calls = 0;
  seen.length = 0;
  const budget = { steps: STEPS };
  const variables = ENVIRONMENT.bind({ x: X, s: S, any });
  let ended: unknown;
  try {
    ended = compileExpression(source, ENVIRONMENT).evaluate({ ...testActivation(), now: TEST_NOW, variables, budget });
  } catch (error) {
    assert.ok(error instanceof AmapError, String(error));
    // Messages are shown to users: an expression's size must not become theirs.
    assert.ok(error.message.length < 4000, `a message of ${error.message.length} characters`);
    ended = error.code;
  }
  assert.ok(seen.calls <= STEPS, `${seen.calls} calls`);
  assert.ok(seen.length <= STEPS * UNITS_PER_STEP, `${seen.length} units`);
  return { ended, steps: STEPS - budget.steps };
}

/** `wrap` around itself so many times, its place written `•`. */
function nest(wrap: string, depth: number, core = "1"): string {
  const [before = "", after = ""] = wrap.split("•");
  return before.repeat(depth) + core + after.repeat(depth);
}

/** `cel.bind(v0, first, cel.bind(v1, next, … body))`, `•` standing for the variable before; in `body` for the last. */
function binds(first: string, next: string, count: number, body: string): string {
  let source = `cel.bind(v0, ${first}, `;
  for (let at = 1; at < count; at++) source += `cel.bind(v${at}, ${next.replaceAll("•", `v${at - 1}`)}, `;
  return `${source}${body.replaceAll("•", `v${count - 1}`)}${")".repeat(count)}`;
}

describe("nesting", () => {
  for (const wrap of [
    "(•)",
    "[•]",
    "{1: •}",
    "{•: 1}",
    "-(•)",
    "!(•)",
    "(true ? • : 1)",
    "(• ? 1 : 2)",
    "size(•)",
    "(1).f(•)",
    "x.map(e, •)",
    "x.transformMap(k, v, •)",
    "cel.bind(a, •, a)",
    "cel.bind(a, 1, •)",
    "optional.of(•)",
    "[1][•]",
    "[?•]",
    "(1 + •)",
    "(true && •)",
    "x[?•]",
    "cel.block([•], 1)",
    "a.b{c: •}",
    "any.optMap(o, •)",
  ]) {
    it(`refuses ${wrap} within itself, however deep`, () => {
      for (const depth of [LIMITS.expressionDepth + 1, 20_000]) {
        assert.equal(run(nest(wrap, depth).slice(0, LIMITS.expressionBytes)).ended, "EXPRESSION_INVALID");
      }
    });
  }

  for (const [name, source] of [
    ["selections", `any${".a".repeat(50_000)}`],
    ["indexes", `any${"[0]".repeat(50_000)}`],
    ["optional selections", `any${".?a".repeat(50_000)}`],
    ["method calls", `s${".trim()".repeat(30_000)}`],
    ["comprehensions", `x${".map(e, e)".repeat(20_000)}`],
    ["brackets that are not closed", "(".repeat(200_000)],
    ["calls that are not closed", "f(".repeat(100_000)],
    ["braces that are not closed", "{[(".repeat(80_000)],
    ["brackets that close nothing", `1${")".repeat(200_000)}`],
    ["broken parts in brackets", "(,".repeat(100_000)],
    ["broken parts side by side", `[${"+,".repeat(100_000)}]`],
  ] as const) {
    it(`refuses ${name}`, () => {
      assert.equal(run(source).ended, "EXPRESSION_INVALID");
    });
  }

  for (const [name, source] of [
    ["&&", `${"true && ".repeat(30_000)}false`],
    ["||", `${"false || ".repeat(25_000)}false`],
    ["?:", `${"false ? true : ".repeat(15_000)}0 == 1`],
    ["+", `${"1 + ".repeat(60_000)}1 == 0`],
    ["==", `${"true == ".repeat(30_000)}false`],
    ["!", `${"!".repeat(200_001)}true`],
    ["-", `0 == ${"-".repeat(200_000)}1`],
    ["list elements", `[${"1,".repeat(100_000)}] == []`],
    ["map entries", `{${Array.from({ length: 20_000 }, (_, at) => `${at}: ${at}`).join()}} == {}`],
    ["arguments of a macro", `math.greatest(${"1,".repeat(60_000)}2) == 1`],
    ["comments", `${"//\n".repeat(80_000)}false`],
  ] as const) {
    it(`takes a long chain of ${name} without a deep stack`, () => {
      assert.equal(run(source).ended, false);
    });
  }
});

describe("literals", () => {
  const digits = (count: number): string => "9".repeat(count);
  for (const [name, source, ended] of [
    ["an int of 250,000 digits", digits(250_000), "EXPRESSION_INVALID"],
    ["a uint of 250,000 digits", `${digits(250_000)}u`, "EXPRESSION_INVALID"],
    ["a hexadecimal int of 250,000 digits", `0x${"f".repeat(250_000)}`, "EXPRESSION_INVALID"],
    ["a double of 250,000 digits", `${digits(250_000)}.0`, "EXPRESSION_INVALID"],
    ["an exponent of 250,000 digits", `1e${digits(250_000)}`, "EXPRESSION_INVALID"],
    ["a fraction of 250,000 digits", `0.${digits(250_000)} == 1.0`, true],
    ["an exponent far below zero", `1e-${digits(250_000)} == 0.0`, true],
    ["a text as long as an expression may be", `size('${"a".repeat(LIMITS.expressionBytes - 20)}') == 0`, false],
    ["a longer one", `'${"a".repeat(LIMITS.expressionBytes)}' == ''`, "LIMIT_EXCEEDED"],
    ["a text of escapes", `'${"\\x41".repeat(60_000)}' == ''`, false],
    ["a text that is not closed", `'${"a".repeat(250_000)}`, "EXPRESSION_INVALID"],
    ["a raw text that is not closed", `r'''${"''a".repeat(80_000)}`, "EXPRESSION_INVALID"],
    ["bytes of escapes", `size(b'${"\\xff".repeat(60_000)}') == 0`, false],
    ["a name of 250,000 letters", "a".repeat(250_000), "EXPRESSION_INVALID"],
    ["a dotted name of 100,000 parts", "a.".repeat(100_000), "EXPRESSION_INVALID"],
    ["an int in a text of 21,000 characters", `int(${"s + ".repeat(20)}s) == 0`, "EXPRESSION_FAILED"],
    ["a duration of many parts", `duration('${"1h".repeat(100_000)}') == duration('0s')`, false],
    ["a timestamp with many digits", `timestamp('2026-01-01T00:00:00.${digits(200_000)}Z') == timestamp(0)`, false],
  ] as const) {
    it(`ends for ${name}`, () => {
      const found = run(source).ended;
      // Whether a long spelling is a value is the functions' to say; that it ends is what counts here.
      if (name.includes("duration") || name.includes("timestamp")) {
        assert.ok(found === ended || String(found).startsWith("EXPRESSION_"), String(found));
      } else assert.equal(found, ended);
    });
  }
});

describe("what grows with every step", () => {
  for (const [name, source] of [
    ["loops within loops", nest("x.map(e, •)", 6, "tick(1)")],
    ["loops over what loops made", nest("•.map(e, x).flatten()", 8, "watch(x)")],
    ["conditions within conditions", nest("x.all(e, •)", 6, "tick(1) == 1")],
    ["filters within filters", nest("x.filter(e, • == [])", 6, "[tick(1)]")],
    ["a search that finds nothing", nest("x.exists(e, •)", 6, "tick(1) == 2")],
    ["loops over pairs", nest("x.transformList(i, v, •)", 6, "tick(1)")],
    ["maps within maps", nest("x.transformMap(i, v, •)", 6, "tick(1)")],
    ["keys that are all tried", nest("x.sortBy(e, •.size())", 6, "[tick(1)]")],
    ["a list that doubles", binds("x", "watch(• + •)", 60, "• == []")],
    ["a text that doubles", binds("s", "watch(• + •)", 60, "• == ''")],
    ["bytes that double", binds("bytes(s)", "• + •", 60, "• == b''")],
    ["a text that doubles by replacing", binds("s", "watch(•.replace('a', 'aa'))", 60, "• == ''")],
    ["a text between all characters", binds("s", "watch(•.replace('', •))", 60, "• == ''")],
    ["a text joined with itself", binds("s", "watch([•, •, •].join(•))", 60, "• == ''")],
    ["a text formatted into itself", binds("s", "watch('%s%s'.format([•, •]))", 60, "• == ''")],
    ["a text quoted again and again", binds(String.raw`s + '\\'`, "watch(strings.quote(•))", 120, "• == ''")],
    ["a text encoded again and again", binds("s", "watch(base64.encode(bytes(•)))", 120, "• == ''")],
    ["a list of characters", binds("s", "watch((• + •).split('').join())", 60, "• == ''")],
    ["lists that share their elements, compared", binds("[x]", "[•, •]", 60, "• == •")],
    ["lists that share their elements, searched", binds("[x]", "[•, •]", 60, "[•] in [[•]]")],
    ["lists that share their elements, counted once", binds("[x]", "[•, •]", 60, "[•, •].distinct() == [•]")],
    ["lists that share their elements, as sets", binds("[x]", "[•, •]", 60, "sets.equivalent([•], [•])")],
    ["lists that share their elements, made flat", binds("[dyn(x)]", "[dyn(•), •]", 60, "•.flatten(100) == []")],
    ["lists that share their elements, written", binds("[dyn(x)]", "[dyn(•), •]", 60, "'%s'.format([•]) == ''")],
    ["maps that share their values, compared", binds("{'a': x}", "{'a': dyn(•), 'b': •}", 60, "• == •")],
    ["maps that share their values, written", binds("{'a': x}", "{'a': dyn(•), 'b': •}", 60, "'%s'.format([•]) == ''")],
    ["a range of a billion", "lists.range(1000000000) == []"],
    ["a range of all ints", "lists.range(9223372036854775807) == []"],
    ["ranges in a loop", "x.map(e, lists.range(100000)).size() == tick(1)"],
    ["a list sorted in a loop", "lists.range(1000).map(e, lists.range(1000 - e).sort())[0] == x"],
    ["a list turned round in a loop", "lists.range(1000).map(e, lists.range(1000 - e).reverse())[0] == x"],
  ] as const) {
    it(`spends its budget on ${name}`, () => {
      assert.equal(run(source).ended, "BUDGET_EXCEEDED");
    });
  }

  it("is not made when the expression is compiled, where nothing in it varies", () => {
    for (const source of [
      "lists.range(1000000000) == []",
      binds("'aaaaaaaaaa'", "• + •", 60, "• == ''"),
      binds("[1, 2, 3]", "• + •", 60, "• == []"),
      nest("[1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(e, •)", 9, "1"),
      nest("strings.quote(•)", 120, String.raw`'\\'`),
      binds("[1]", "[dyn(•), •]", 60, "• == •"),
    ]) {
      assert.equal(run(source).ended, "BUDGET_EXCEEDED", source.slice(0, 60));
    }
  });
});

describe("patterns", () => {
  const many = "a".repeat(200);
  for (const [name, source, value] of [
    ["nested repetition", `('${many}!').matches('^(a+)+$')`, false],
    ["repetition of alternatives", `('${many}!').matches('^(a|a)*$')`, false],
    ["repetition of what may be empty", `('${many}!').matches('^(a*)*$')`, false],
    ["overlapping repetition", `('${many}!').matches('^(.*a){12}$')`, false],
    ["optional repetition", `'${"a".repeat(30)}'.matches('^${"a?".repeat(30)}${"a".repeat(30)}$')`, true],
  ] as const) {
    it(`takes steps that grow with the text alone for ${name}`, () => {
      const found = run(source);
      assert.equal(found.ended, value);
      assert.ok(found.steps < 2_000, String(found.steps));
    });
  }

  for (const [name, pattern] of [
    ["counted repetition within itself", "((a{100}){100}){100}"],
    ["counted repetition deep within itself", `${"(".repeat(100)}a${"{1000})".repeat(100)}`],
    ["large counted repetition", "a{1000000000}"],
    ["many large repetitions", "(a{1000}b{1000})".repeat(2000)],
    ["groups that are not closed", "(".repeat(100_000)],
    ["groups within groups", `${"(".repeat(50_000)}${")".repeat(50_000)}`],
    ["classes of many ranges", `[${"a-z".repeat(60_000)}`],
    ["a look-behind", "(?<=a+)b"],
    ["a back-reference", String.raw`(a)\1`],
  ] as const) {
    it(`refuses ${name}, in the source and in a variable`, () => {
      const literal = `s.matches(r'${pattern}')`;
      if (literal.length <= LIMITS.expressionBytes) assert.equal(run(literal).ended, "EXPRESSION_INVALID");
      assert.match(String(run("s.matches(any)", pattern).ended), /^(EXPRESSION_FAILED|BUDGET_EXCEEDED)$/);
    });
  }

  it("charges for patterns that are made while it runs", () => {
    assert.equal(
      run("x.all(e, x.all(f, !s.matches('b' + string(tick(e)) + 'c' + string(f))))").ended,
      "BUDGET_EXCEEDED",
    );
  });

  it("measures a pattern of digits alone in time that grows with its length", () => {
    assert.equal(run("s.matches(any)", "1".repeat(1_000_000)).ended, "BUDGET_EXCEEDED");
  });

  it("charges for what is read again before each match of a counted repetition", () => {
    const source = "regex.extractAll(any, '(?:a{1,100}){10}b|a')";
    assert.equal(run(source, "a".repeat(20_000)).ended, "BUDGET_EXCEEDED");
  });

  it("charges for a long text and a large pattern together where groups are taken out", () => {
    const pattern = `^(${"(a?)".repeat(200)}){4}b$`;
    assert.equal(
      run(`x.all(e, regex.extract(any, '${pattern}') == optional.none())`, S.repeat(50)).ended,
      "BUDGET_EXCEEDED",
    );
  });
});

describe("formats, sorting and flattening", () => {
  for (const [name, source] of [
    ["a precision of a billion", "'%.1000000000f'.format([1.5]) == ''"],
    ["a precision of 200,000 digits", `'%.${"9".repeat(200_000)}f'.format([1.5]) == ''`],
    ["a clause that is not closed", `'${"%".repeat(99_999)}'.format([1]) == ''`],
    ["fewer arguments than clauses", `'${"%s".repeat(100_000)}'.format([1]) == ''`],
    ["a depth below zero", "[[1]].flatten(-1) == []"],
    ["lists that have no order", "[[1], [2]].sort() == []"],
    ["keys that have no order", "[1, 2].sortBy(e, [e]) == []"],
  ] as const) {
    it(`refuses ${name}`, () => {
      assert.match(String(run(source).ended), /^(EXPRESSION_INVALID|EXPRESSION_FAILED|BUDGET_EXCEEDED)$/);
    });
  }

  it("flattens to a depth that is far larger than the lists", () => {
    assert.equal(run(`${nest("[•]", 100)}.flatten(9223372036854775807) == [1]`).ended, true);
  });

  it("does not follow a list's nesting with its own stack", () => {
    let deep: CelValue = [1];
    for (let depth = 0; depth < LIMITS.documentDepth; depth++) deep = [deep];
    assert.equal(run("any == any", deep).ended, true);
    assert.equal(run("any in [any]", deep).ended, true);
    assert.equal(run("[any, any].distinct().size() == 1", deep).ended, true);
  });
});

describe("keys of outside data", () => {
  for (const key of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
    it(`takes ${key} for a key like any other`, () => {
      assert.equal(run(`has(any.${key}) || '${key}' in any || any.?${key}.hasValue()`, {}).ended, false);
      assert.equal(run(`any.${key} == 1`, {}).ended, "EXPRESSION_FAILED");
      assert.equal(run(`{'${key}': 1}.${key} == 1 && size({'${key}': 1}) == 1 && {'${key}': 1} != {}`).ended, true);
      assert.equal(run(`{'${key}': {'a': 1}}.${key}.a == 1 && !has({'${key}': {'a': 1}}.a)`).ended, true);
    });
  }
});
