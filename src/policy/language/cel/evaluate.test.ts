import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AmapError, Double, isAmapError, LIMITS } from "../../../base/index.ts";
import { evaluate, TEST_ENVIRONMENT, testActivation } from "../../../testing/cel-activation.ts";
import { compileExpression } from "./compile/compile.ts";
import { CelError, type CelErrorReason } from "./error.ts";
import { type CelValue, Timestamp, Uint } from "./values/value.ts";

const object = JSON.parse(
  `{"metadata":{"name":"web","labels":{"app":"web","a.b/c":"d"},"annotations":null},
    "spec":{"replicas":3,"containers":[{"name":"a","image":"r.local/a:1"},{"name":"b","image":"r.local/b"}]}}`,
) as CelValue;

const failing = (): never => {
  throw new AmapError("REFERENCE_INVALID", "not an image");
};
const buggy = (): never => {
  throw new TypeError("a bug");
};
const range = (size: number): readonly number[] => Array.from({ length: size }, (_, index) => index);
/** A value that is doubled `depth` times. */
const doubling = (value: string, depth: number): string => {
  let source = "v.size()";
  for (let level = 0; level < depth; level++) source = `cel.bind(v, v + v, ${source})`;
  return `cel.bind(v, ${value}, ${source})`;
};

describe("values", () => {
  for (const [source, expected, values] of [
    ["object.spec.replicas + 1 == 4", true],
    ["object.spec.containers.all(c, c.image.startsWith('r.local/'))", true],
    ["object.spec.containers.exists(c, c.name == 'z')", false],
    ["object.spec.containers.exists_one(c, c.name == 'a')", true],
    ["object.spec.containers.map(c, c.name)", ["a", "b"]],
    ["object.spec.containers.filter(c, c.image.contains(':')).map(c, c.name)", ["a"]],
    ["object.spec.containers.map(c, c.name == 'b', c.image)", ["r.local/b"]],
    ["object.metadata.labels['a.b/c']", "d"],
    ["object.metadata.labels.`a.b/c`", "d"],
    ["object.metadata.labels.map(k, k)", ["app", "a.b/c"]],
    ["'app' in object.metadata.labels", true],
    ["has(object.metadata.annotations)", true],
    ["has(object.metadata.finalizers)", false],
    ["object.metadata.annotations == null", true],
    ["object.?spec.?replicas.orValue(0)", 3],
    ["object.?spec.?paused.orValue(false)", false],
    ["object.spec.containers[?7].hasValue()", false],
    ["object.?status.optMap(s, s.phase).orValue('none')", "none"],
    ["[1, ?object.?spec.?replicas, ?optional.none()]", [1, 3]],
    ["{'a': 1, ?'b': optional.none()}.size()", 1],
    ["cel.bind(c, object.spec.containers, c[0].name + c[1].name)", "ab"],
    ["cel.bind(c, 1 / 0, true)", true],
    ["[1, 2].map(c, cel.bind(d, c + 1, [10].map(e, e + c + d)))", [[13], [15]]],
    ["x ? 'yes' : 'no'", "yes", { x: true }],
    ["false ? 1 : false ? 2 : 3", 3],
    ["dyn(1) == 1.0 && dyn(1u) == 1 && dyn([1]) == [1.0] && dyn({1: 'a'}) == {1u: 'a'}", true],
    ["dyn(1) != '1'", true],
    ["{1: 'a', 2u: 'b', true: 'c'}[2]", "b"],
    ["dyn(2.0) in {2: 1} && !(dyn(2.5) in {2: 1})", true],
    ["[1, 2, 3][dyn(1.0)]", 2],
    ["x in ['a', 'b']", false, { x: 1 }],
    ["x in [1, 'b']", true, { x: new Uint(1n) }],
    ["9007199254740993 + 0", 9007199254740993n],
    ["9007199254740993 - 9007199254740992", 1],
    ["7 / 2 == 3 && -7 / 2 == -3 && -7 % 2 == -1", true],
    ["7.0 / 2.0", 3.5],
    ["b'\\xff' + b'a' == b'\\377a'", true],
    ["size('a😀') == 2 && '\\U0001F600'.size() == 1", true],
    ["'\\uffff' < '\\U00010000'", true],
    ["type(1) == int && type(null) == null_type && type({}) == map && type(type(1)) == type", true],
    ["google.protobuf.Duration == type(duration('1s'))", true],
    ["timestamp('2026-01-01T00:00:00Z') + duration('36h') == timestamp('2026-01-02T12:00:00Z')", true],
    ["timestamp('2026-07-01T00:30:00Z').getHours('Europe/Berlin')", 2],
    ["timestamp('2026-07-01T00:30:00Z').getDate('-01:00')", 30],
    [
      "string(timestamp('2026-01-01T00:00:00.120Z')) + ' ' + string(duration('-90.5s'))",
      "2026-01-01T00:00:00.12Z -90.5s",
    ],
    ["string(1e6) + ' ' + string(0.1) + ' ' + string(-0.0) + ' ' + string(1e-7)", "1e+06 0.1 -0 1e-07"],
    ["size(x) + x.b", 4, { x: { a: 1, b: 2 } }],
    ["x.a == x.b", false, { x: { a: new Double(1), b: 1.5 } }],
    ["math.greatest(1, 2u, 2.5, -1) == 2.5", true],
    ["!(0.0 / 0.0 == 0.0 / 0.0)", true],
  ] as readonly (readonly [string, unknown, Record<string, CelValue>?])[]) {
    it(source, () => assert.deepEqual(evaluate(source, { object, ...values }), expected));
  }
});

describe("failures at run time", () => {
  it("have no stack, which a loop over many elements would look for each time; other errors keep theirs", () => {
    const isWithoutStack = (error: unknown): boolean =>
      error instanceof CelError && !error.stack?.includes("\n    at ");
    assert.throws(() => evaluate("1 / 0"), isWithoutStack);
    assert.match(new Error("another").stack ?? "", /\n {4}at /);
  });

  const failures: readonly (readonly [string, CelErrorReason, string])[] = [
    ["object.spec.paused", "no_such_key", "1:12"],
    ["object.spec.replicas.x", "no_such_overload", "1:21"],
    ["object.spec.containers[2]", "index_out_of_range", "1:23"],
    ["object.spec.containers[-1]", "index_out_of_range", "1:23"],
    ["object.spec.containers[dyn(0.5)]", "invalid_argument", "1:23"],
    ["object['x']", "no_such_key", "1:7"],
    ["1 / 0", "divide_by_zero", "1:3"],
    ["1 % 0", "divide_by_zero", "1:3"],
    ["9223372036854775807 + 1", "overflow", "1:21"],
    ["-9223372036854775808 / -1", "overflow", "1:22"],
    ["0u - 1u", "overflow", "1:4"],
    ["int(1e19)", "overflow", "1:1"],
    ["uint(-1)", "overflow", "1:1"],
    ["int('1x')", "invalid_argument", "1:1"],
    ["timestamp('2026-02-30T00:00:00Z')", "invalid_argument", "1:1"],
    ["timestamp(0).getHours('Mars/Olympus')", "invalid_argument", "1:14"],
    ["duration('1')", "invalid_argument", "1:1"],
    ["string(b'\\xff')", "invalid_argument", "1:1"],
    ["dyn(1) + 'a'", "no_such_overload", "1:8"],
    ["dyn(1) + 1.0", "no_such_overload", "1:8"],
    ["dyn(1) < 'a'", "no_such_overload", "1:8"],
    ["!dyn(1)", "no_such_overload", "1:1"],
    ["dyn(1) ? 2 : 3", "no_such_overload", "1:1"],
    ["dyn(1) && true", "no_such_overload", "1:8"],
    ["dyn(1) in dyn(2)", "no_such_overload", "1:8"],
    ["x.startsWith('a')", "no_such_overload", "1:3"],
    ["[x, 'a'].join()", "no_such_overload", "1:10"],
    ["[dyn(1)].filter(i, i)", "no_such_overload", "1:10"],
    ["[0].exists_one(i, 1 / i > 0)", "divide_by_zero", "1:21"],
    ["dyn(5).all(i, true)", "no_such_overload", "1:8"],
    ["{'a': 1, 'a': 2}", "duplicate_key", "1:1"],
    ["{1: 1, 1u: 2}", "duplicate_key", "1:1"],
    ["{dyn(1.5): 1}", "no_such_overload", "1:1"],
    ["x.matches(y)", "invalid_argument", "1:3"],
    ["optional.none().value()", "invalid_argument", "1:17"],
    ["late.x", "failed", "1:5"],
    ["true &&\n  [1, 2].all(i,\n    i / 0 > 1)", "divide_by_zero", "3:7"],
  ];
  for (const [source, reason, position] of failures) {
    it(`${source} is ${reason}`, () => {
      const isText = source === "x.matches(y)";
      const values = { object, x: isText ? "a" : 1, y: "(" };
      assert.throws(
        () => evaluate(source, values, { lazy: failing }),
        (error) => {
          assert.ok(error instanceof CelError, String(error));
          assert.equal(error.reason, reason);
          assert.equal(`${error.line}:${error.column}`, position);
          assert.ok(error.message.startsWith(`${position}: `), error.message);
          assert.equal(error.code, source === "late.x" ? "REFERENCE_INVALID" : "EXPRESSION_FAILED");
          return true;
        },
      );
    });
  }

  it("names a variable that has no value", () => {
    assert.throws(() => evaluate("y.a"), { reason: "no_such_variable", message: /^1:1: y has no value here/ });
  });

  it("passes a bug on as it is", () => {
    assert.throws(() => evaluate("late.x || true", {}, { lazy: buggy }), TypeError);
    assert.throws(() => evaluate("late.x"), { code: "BUG" });
  });

  it("counts names of the object prototype as absent", () => {
    for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"]) {
      assert.throws(() => evaluate(`object.${name}`, { object }), { reason: "no_such_key" }, name);
      assert.throws(() => evaluate(`object['${name}']`, { object }), { reason: "no_such_key" }, name);
      assert.equal(evaluate(`has(object.${name})`, { object }), false, name);
      assert.equal(evaluate(`'${name}' in object`, { object }), false, name);
      assert.equal(evaluate(`object.?${name}.hasValue()`, { object }), false, name);
      assert.equal(evaluate(`{'${name}': 1}.${name} == 1 && {'${name}': 1}.size() == 1`), true, name);
    }
    assert.equal(Object.getPrototypeOf(evaluate("{'__proto__': {'a': 1}, 'b': 2}['__proto__']")), Object.prototype);
    for (const value of ["1.0", "1u", "b''", "[1]", "timestamp(0)", "'a'", "null"]) {
      for (const field of ["value", "length", "seconds"]) {
        assert.throws(() => evaluate(`dyn(${value}).${field}`), { reason: "no_such_overload" }, `${value}.${field}`);
      }
    }
  });
});

describe("refused when compiled", () => {
  for (const [source, message] of [
    ["{1.5: 1}", "1:2: a map's key must be a string, bool, int or uint, not double"],
    ["objet.spec", "1:1: there is no variable objet; did you mean object?"],
    ["late", "1:1: there is no variable of this name; declared are late.x"],
    ["late.y", "1:1: there is no variable of this name; declared are late.x"],
    ["x.startWith('a')", "1:3: there is no method startWith; did you mean startsWith?"],
    ["startsWith('a', 'b')", "1:1: startsWith is a method"],
    ["x.double()", "1:3: double is a function, not a method"],
    ["time.noww()", "1:6: there is no function time.noww; did you mean time.now?"],
    ["size()", "1:1: wrong number of arguments for size"],
    ["x.startsWith()", "1:3: wrong number of arguments for startsWith: there is string.startsWith(string) -> bool"],
    ["x.startsWith(1)", "1:3: no such overload: startsWith for dyn, int"],
    ["x.matches('(')", "1:3: not an RE2 regular expression"],
    ["x.matches('(?=a)')", "1:3: not an RE2 regular expression"],
    [`x.matches('${"(a{900}b)".repeat(200)}')`, "1:3: the regular expression is too large"],
    ["x.all(i, true) && i", "1:19: there is no variable i"],
    ["f(1)", "1:1: there is no function f"],
    ["size([]) != 'x'", "1:10: no such overload: != for int, string: values of different types are never equal"],
    ["1 == 1.0", "1:3: no such overload: == for int, double"],
    ["1 + 'a' == 2 || true", "1:3: no such overload: + for int, string"],
    ["x + 1 == 'a'", "1:7: no such overload: == for int, string"],
    ["[1] == ['a']", "1:5: no such overload: == for list(int), list(string)"],
    ["1 in ['a']", "1:3: no such overload: in for int, list(string)"],
    ["'a' in {1: true}", "1:5: no such overload: in for string, map(int, bool)"],
    ["'a' < 1", "1:5: no such overload: < for string, int"],
    ["[1] < [2]", "1:5: no such overload: < for list(int), list(int)"],
    ["null == 1", "1:6: no such overload: == for null_type, int"],
    ["x.map(i, string(i)).all(t, t != 1)", "1:30: no such overload: != for string, int"],
    ["x.filter(i, true).size() == '1'", "1:26: no such overload: == for int, string"],
    ["{'a': 1}.a == '1'", "1:12: no such overload: == for int, string"],
    ["[1][0] == '1'", "1:8: no such overload: == for int, string"],
    ["['a'].distinct()[0] != 1", "1:21: no such overload: != for string, int"],
    ["optional.of('a').value() != 1", "1:26: no such overload: != for string, int"],
    ["optional.of('a').orValue('b') != 1", "1:31: no such overload: != for string, int"],
    ["optional.of('a').orValue(1) == 1", "1:18: no such overload: orValue for optional_type(string), int"],
    ["cel.bind(a, 'x', a == 1)", "1:20: no such overload: == for string, int"],
    ["optional.of('a').optMap(t, t == 1).hasValue()", "1:30: no such overload: == for string, int"],
    ["(x ? 'a' : 'b') == 1", "1:17: no such overload: == for string, int"],
    ["x ? 'a' : 1", "1:1: no such overload: the branches of ?: are of different types: string, int"],
    ["'a' || true", "1:1: no such overload: || needs bool, not string"],
    ["!size(x)", "1:1: no such overload: ! for int"],
    ["-size('a').startsWith('b')", "1:12: no such overload: startsWith for int, string"],
    ["-'a'", "1:1: no such overload: - for string"],
    ["has(size(x).a) || true", "1:1: a value of type int has no fields"],
    ["[1]['a']", "1:4: no such overload: an index of type string into list(int)"],
    ["[1].all(i, i)", "1:12: no such overload: all needs bool, not int"],
    ["size(size(x))", "1:1: no such overload: size for int: there is size(string) -> int"],
    ["sets.contains([1], ['a'])", "1:6: no such overload: sets.contains for list(int), list(string)"],
  ] as const) {
    it(source.slice(0, 60), () => {
      assert.throws(
        () => compileExpression(source, TEST_ENVIRONMENT),
        (error) => {
          assert.ok(isAmapError(error, "EXPRESSION_INVALID"));
          assert.ok(error.message.startsWith(message), error.message);
          return true;
        },
      );
    });
  }
});

describe("types that are not known are not refused", () => {
  for (const source of [
    "x == 1 && x == 'a' || true",
    "dyn(1) == 1.0",
    "1 < 2.5 && 1u <= 1 && 2.0 > 1u",
    "[1, 'a', 2.0][1] == 'a'",
    "!([] == ['a'] || {} == {1: 'a'} || [] == [1])",
    "[[], [1]] == [[], [1]]",
    "timestamp(0) != null && optional.none() != null",
    "timestamp(0) + duration('1s') - timestamp(0) == duration('1s')",
    "duration('1s') + timestamp(0) > timestamp(0)",
    "type(1) == int && type(int) != int",
    "{'a': 1}.?b.orValue(2) == 2",
    "x.?a.b.orValue('c') == 1 || true",
    "optional.none().orValue(1) == 1",
    "(true ? [] : [1]) == []",
    "x in [1, 'a'] || true",
  ]) {
    it(source, () => assert.equal(evaluate(source, { x: {} }), true));
  }
});

describe("budget", () => {
  it("is counted down, and ends what is too long", () => {
    const budget = { steps: 10_000 };
    evaluate("x.all(i, i >= 0)", { x: range(100) }, { budget });
    assert.ok(budget.steps < 9_800 && budget.steps > 9_000, String(budget.steps));
    for (const source of ["x.all(i, x.all(j, x.all(k, i + j + k >= 0)))", "x.map(i, x.map(j, x.map(k, k)))"]) {
      assert.throws(() => evaluate(source, { x: range(400) }), { code: "BUDGET_EXCEEDED" }, source);
    }
  });

  it("charges for texts that are built character by character", () => {
    const text = "aB".repeat(50_000);
    for (const call of [
      "x.reverse()",
      "x.lowerAscii()",
      "x.upperAscii()",
      "strings.quote(x)",
      "y.charAt(0)",
      "y.indexOf('z')",
      "y.lastIndexOf('z')",
      "y.substring(1)",
    ]) {
      const budget = { steps: LIMITS.evaluationSteps };
      evaluate(call, { x: text, y: "😀".repeat(50_000) }, { budget });
      assert.ok(LIMITS.evaluationSteps - budget.steps >= 50_000, `${call}: ${budget.steps}`);
    }
  });

  it("is never set aside by a logical operator", () => {
    assert.throws(
      () => evaluate("x.all(i, x.all(j, x.all(k, true))) || true", { x: range(400) }, { budget: { steps: 1000 } }),
      {
        code: "BUDGET_EXCEEDED",
      },
    );
  });

  it("holds texts and lists that double", () => {
    assert.equal(evaluate(doubling("'ab'", 10)), 2048);
    for (const value of ["'abcdefgh'", "[1]", "b'abcdefgh'"]) {
      assert.throws(() => evaluate(doubling(value, 60)), { code: "BUDGET_EXCEEDED" }, value);
    }
    assert.throws(() => evaluate("x.replace('', y)", { x: "a".repeat(100_000), y: "b".repeat(100_000) }), {
      code: "BUDGET_EXCEEDED",
    });
    assert.throws(() => evaluate("x.matches(y)", { x: "a", y: "(a{900}b)".repeat(300) }), { code: "BUDGET_EXCEEDED" });
  });

  it("counts the work of functions on long input", () => {
    const values = {
      x: range(2000),
      y: " ".repeat(500_000),
      object: Object.fromEntries(range(50_000).map((key) => [`k${key}`, 1])),
    };
    for (const body of [
      "y.trim() == ''",
      "y.size() > 0",
      "!y.contains('a')",
      "bytes(y) == bytes(y)",
      "y.substring(1) != y",
    ]) {
      assert.throws(
        () => evaluate(`!x.exists(i, !(${body}))`, values, { budget: { steps: 500_000 } }),
        { code: "BUDGET_EXCEEDED" },
        body,
      );
    }
    for (const body of ["object.exists(k, true)", "object == object", "x.sort() == x", "x.distinct() == x", "1 in x"]) {
      assert.throws(
        () => evaluate(`x.all(i, ${body})`, values, { budget: { steps: 200_000 } }),
        { code: "BUDGET_EXCEEDED" },
        body,
      );
    }
    assert.throws(() => evaluate("double(x)", { x: `${"1".repeat(1_000_000)}x` }), { reason: "invalid_argument" });
  });

  it("leaves a nested failing binding cheap", () => {
    let source = "v0 > 0";
    for (let level = 1; level <= 60; level++)
      source = source.replace("v0 > 0", `cel.bind(v0, v0 > 0 || v0 > 1 ? 1 : 2, v0 > 0)`);
    const program = compileExpression(`cel.bind(v0, 1 / 0, ${source})`, TEST_ENVIRONMENT);
    assert.throws(() => program.evaluate(testActivation()), { code: "EXPRESSION_FAILED" });
  });

  it("takes chains of any length and nesting up to its limit", () => {
    assert.equal(evaluate(`${"true && ".repeat(10_000)}true`), true);
    assert.equal(evaluate(`${"x || ".repeat(10_000)}x`, { x: false }), false);
    assert.equal(evaluate(`${"x + ".repeat(10_000)}x`, { x: 1 }), 10_001);
    assert.equal(evaluate(`${"x ? 1 : ".repeat(10_000)}2`, { x: false }), 2);
    const depth = LIMITS.expressionDepth - 2;
    assert.equal(evaluate(`${"[".repeat(depth)}${"]".repeat(depth)} != []`), true);
    assert.equal(evaluate(`${"x.map(a, ".repeat(60)}1${")".repeat(60)}.size()`, { x: [1] }), 1);
    // Types that would double with each level.
    const nest = (wrap: string): string =>
      Array.from({ length: 80 }, (_, at) => `cel.bind(v${at + 1}, ${wrap.replaceAll("v", `v${at}`)}, `).join("");
    const bound = (wrap: string): string => `cel.bind(v0, 1, ${nest(wrap)}v80 == v80${")".repeat(81)}`;
    assert.equal(evaluate(bound("[v]")), true);
    assert.throws(() => evaluate(bound("{v: v}")), { code: "EXPRESSION_INVALID" });
    assert.throws(() => evaluate(bound("{dyn(v): v}")), { reason: "no_such_overload" });
  });
});

describe("time.now", () => {
  it("is the evaluation's", () => {
    assert.deepEqual(evaluate("time.now()"), new Timestamp(1_767_323_045, 6_000_000));
    assert.deepEqual(evaluate("time.now()", {}, { now: -1 }), new Timestamp(-1, 999_000_000));
  });
});

it("leaves its input as it is", () => {
  const frozen = (value: CelValue): CelValue => {
    if (typeof value === "object" && value !== null) Object.values(value).forEach((member: CelValue) => frozen(member));
    return Object.freeze(value);
  };
  const input = frozen(structuredClone(object));
  const program = compileExpression(
    "object.spec.containers.map(c, c.name).sort().reverse() + ['z'] != [] && object == object",
    TEST_ENVIRONMENT,
  );
  assert.equal(program.evaluate(testActivation({ object: input })), true);
  assert.equal(program.evaluate(testActivation({ object: input })), true);
  assert.deepEqual(input, object);
});
