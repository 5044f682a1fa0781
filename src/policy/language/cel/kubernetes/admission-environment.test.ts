import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AmapError, type Value } from "../../../../base/index.ts";
import { NO_FACTS } from "../../../evaluate/fact-reader.ts";
import { celTypes, formatType } from "../types.ts";
import type { CelValue } from "../values/value.ts";
import { ADMISSION_STEPS, compileAdmissionExpression, createAdmissionEnvironment } from "./admission-environment.ts";
import { admissionVariableType } from "./admission-types.ts";

const environment = createAdmissionEnvironment();

function evaluate(source: string, object: Value = {}): CelValue {
  return compileAdmissionExpression(source, "anything", environment).evaluate({
    variables: environment.bind({ object }),
    now: 0,
    facts: NO_FACTS,
    budget: { steps: ADMISSION_STEPS },
  });
}

/** Where an expression is refused. */
function refusal(source: string, ...rest: readonly [] | readonly ["bool" | "string" | "string or null"]): string {
  const [expected = "bool"] = rest;
  try {
    compileAdmissionExpression(source, expected, environment);
  } catch (error) {
    assert.ok(error instanceof AmapError && error.code === "EXPRESSION_INVALID", String(error));
    return error.message;
  }
  return assert.fail(`${source} is accepted`);
}

describe("what Kubernetes refuses when a policy is installed", () => {
  const cases: readonly (readonly [source: string, refusal: RegExp])[] = [
    ["object.spec.paused", /^expected bool, found dyn/],
    ["1 + 1", /found int/],
    ["request.uid == 'x'", /^1:8: .*no field uid/],
    ["request.userInfo.name == 'x'", /no field name/],
    ["request.dryRun == 'true'", /^1:16: /],
    ["request.all(k, true)", /a list or a map/],
    ["namespaceObject.kind == 'Namespace'", /no field kind/],
    ["params.x == 1", /no variable params/],
    ["variables.x == 1", /no variable variables/],
    ["[object.a, 'x'].size() == 2", /^1:12: .*one type: expected dyn, found string/],
    ["{'a': 1, 'b': 'x'}.size() == 2", /^1:15: /],
    ["{'a': 1, 2: 1}.size() == 2", /keys must be of one type/],
    ["[?optional.of(1), 'a'].size() == 2", /expected int, found string/],
    ["[[1], ['a']].size() == 2", /list\(int\), found list\(string\)/],
    ["object.a || bool('yes')", /^1:18: not a bool/],
    ["object.a == string(b'\\xff')", /UTF-8/],
    ["int(double('1e19')) > 0", /outside int/],
    ["duration('1 day') > duration('1h')", /^1:10: /],
    ["timestamp('yesterday') < timestamp(0)", /^1:11: /],
    ["object.a.matches('(')", /RE2/],
    ["'%s %s'.format(['a']) == 'a'", /1 elements for 2 clauses/],
    ["'%d'.format(['a']) == 'a'", /%d takes int, uint, found string/],
    ["'%s'.format([[request.kind]]) == 'a'", /found kubernetes.GroupVersionKind/],
    ["'%y'.format([1]) == 'a'", /unknown format clause/],
    ["object.`a-b` == 1", /backticks/],
    ["cel.bind(x, 1, x == 1)", /no variable cel/],
    ["math.greatest(1, 2) == 2", /math/],
    ["base64.encode(b'a') == 'YQ=='", /base64/],
    ["regex.replace('a', 'a', 'b') == 'b'", /regex/],
    ["time.now() > timestamp(0)", /time/],
    ["'abc'.reverse() == 'cba'", /reverse/],
    ["[1].existsOne(x, x == 1)", /existsOne/],
    ["resource.Get('v1', 'pods', 'a', 'b') == null", /resource/],
  ];
  for (const [source, expected] of cases) test(source, () => assert.match(refusal(source), expected));

  test("a result that is not the one wanted", () => {
    assert.match(refusal("object.a", "string"), /expected string, found dyn/);
    assert.match(refusal("1", "string or null"), /expected string or null_type, found int/);
    for (const source of ["'a'", "null"]) compileAdmissionExpression(source, "string or null", environment);
  });
});

describe("what Kubernetes takes", () => {
  const cases: readonly string[] = [
    "'%s has %d'.format(['a', 3]) == 'a has 3'",
    "[dyn(1), dyn('a')].size() == 2",
    "[?optional.of(1), 2] == [1, 2]",
    "{'a': object.a, 'b': object.b}.size() == 2",
    "object.a in [1, 2]",
    "[1, 2].existsOne(i, v, v == 1) && [1].exists_one(x, x == 1)",
    "[3, 1].sortBy(x, x) == [1, 3] && ['a'].reverse() == ['a']",
    "{'a': 1}.transformMap(k, v, v + 1) == {'a': 2}",
    "quantity('1Gi').isGreaterThan(quantity('1')) && ip('10.0.0.1').family() == 4",
    "semver('1.2.3').major() == 1 && url('https://a/b').getHost() == 'a' && isCIDR('10.0.0.0/8')",
    "sets.contains([1, 2], [1]) && [1, 2].sum() == 3 && 'a1'.find('[0-9]') == '1'",
    "int('7') == 7 && bool('true')",
  ];
  for (const source of cases) {
    test(source, () => {
      compileAdmissionExpression(source, "bool", environment);
      assert.equal(evaluate(source, { a: 1, b: "x" }), true);
    });
  }

  test("params, authorizer and variables where they are declared", () => {
    const all = createAdmissionEnvironment({
      hasParams: true,
      variables: { n: celTypes.int, q: celTypes.opaque("q") },
    });
    compileAdmissionExpression("params.a == 1 && variables.n + 1 == 2 && variables.q == 'dyn'", "bool", all);
    compileAdmissionExpression("authorizer.path('/x').check('get').allowed()", "bool", all);
    compileAdmissionExpression("authorizer.requestResource.check('get').allowed()", "bool", all);
    assert.throws(() => compileAdmissionExpression("variables.n + 'a' == ''", "bool", all), /no such overload/);
    const silent = createAdmissionEnvironment({ hasAuthorizer: false });
    assert.throws(() => compileAdmissionExpression("authorizer.path('/x') == null", "bool", silent), /authorizer/);
  });

  test("functions of cel-go's older libraries", () => {
    assert.equal(evaluate("duration('1.5s').getMilliseconds()"), 1500);
    assert.equal(evaluate("'tape'.indexOf('a', 30)"), -1);
    assert.equal(evaluate("'tape'.lastIndexOf('', 30)"), 30);
  });
});

test("variables keep simple types, lists and maps", () => {
  const { bool, int, list, map, object, optional, string, typeOf } = celTypes;
  const cases = [
    [int, "int"],
    [list(map(string, bool)), "list(map(string, bool))"],
    [optional(int), "dyn"],
    [list(optional(int)), "list(dyn)"],
    [object("kubernetes.X", {}), "dyn"],
    [typeOf(int), "dyn"],
  ] as const;
  for (const [given, expected] of cases) assert.equal(formatType(admissionVariableType(given)), expected);
});

describe("format writes as Kubernetes does", () => {
  const cases: readonly (readonly [source: string, text: string])[] = [
    ["'%d %s'.format([1234567, 1234567.5])", "1234567 1.2345675e+06"],
    ["'%f %.1f %.0f'.format([1234567.891, -1234.55, 0.5])", "1,234,567.891000 -1,234.5 0"],
    ["'%.2f %.2f %.0f %f %f'.format([2.675, 1.005, 2.5, -0.0, -0.0000001])", "2.67 1.00 2 0.000000 -0.000000"],
    ["'%f %f %f'.format([1.0 / 0.0, 'NaN', '-Infinity'])", "∞ NaN -∞"],
    ["'%e|%.9e|%.20e'.format([0.0, -1e-10, 1e100])", "0.000000×10⁰⁰|-1.000000×10⁻¹⁰|      1.000000×10¹⁰⁰"],
    ["'%e'.format([0.0 / 0.0])", "   NaN"],
    ["'%b %b %o %x %X'.format([true, -5, 8, -255, 'hi'])", "1 -101 10 -ff 6869"],
    ["'%s'.format([[1.5, 1e21, 1.0 / 0.0]])", '[1.500000, 1000000000000000000000.000000, "+Inf"]'],
    ["'%s'.format([[dyn('a\"\\n'), dyn(b'x'), dyn(7u), dyn(null)]])", '["a\\"\\n", b"x", 7, null]'],
    [
      "'%s'.format([[timestamp(0)]]) + '%s'.format([[duration('90s')]])",
      '[timestamp("1970-01-01T00:00:00Z")][duration("90s")]',
    ],
    ["'%s'.format([{10: 'a', 9: 'b', 1: 'c'}])", '{1:"c", 10:"a", 9:"b"}'],
    ["'%s'.format([['a\\u00a0b\\u200b👍\\u0007\\u001b\\u007f']])", '["a\\u00a0b\\u200b👍\\a\\x1b\\x7f"]'],
    ["'100%% %s %s'.format([type(1), duration('1.5s')])", "100% int 1.5s"],
  ];
  for (const [source, text] of cases) test(source, () => assert.equal(evaluate(source), text));

  test("what only shows when it runs", () => {
    for (const source of ["'%d'.format([object.a])", "'%f'.format(['abc'])", "('%' + 'y').format([1])"]) {
      assert.throws(() => evaluate(source, { a: "x" }), /invalid_argument|takes|clause/, source);
    }
  });

  test("long output costs steps", () => {
    assert.throws(
      () =>
        evaluate("object.l.map(x, '%.900000f'.format([1.5])).size() > 0", { l: Array.from({ length: 200 }, () => 1) }),
      /steps|budget/i,
    );
  });
});
