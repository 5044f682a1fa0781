import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { NO_FACTS } from "../../../evaluate/fact-reader.ts";
import { compileExpression } from "../compile/compile.ts";
import { estimateCost } from "../cost/estimate.ts";
import type { CelProgram } from "../program.ts";
import { printExpression } from "../syntax/print.ts";
import { formatType } from "../types.ts";
import { type CelValue, Message } from "../values/value.ts";
import { compileAdmissionExpression, createAdmissionEnvironment } from "./admission-environment.ts";
import { withMutationTypes } from "./mutation-environment.ts";
import { misplacedMessages, mutationValue } from "./mutation-values.ts";

const bare = createAdmissionEnvironment();
const environment = withMutationTypes(bare);
const object = { spec: { replicas: 2, list: [1], none: null, map: { a: [] } } };
const free = { charge: (): void => {} };

function evaluate(program: CelProgram, steps = 10_000): CelValue {
  const variables = environment.bind({ object });
  return program.evaluate({ variables, now: 0, facts: NO_FACTS, budget: { steps } });
}

const run = (source: string, steps?: number): CelValue => evaluate(compileExpression(source, environment), steps);

describe("the types of mutations", () => {
  for (const [source, type] of [
    ["Object{}", "Object"],
    ["Object.spec.template{a: 1}", "Object.spec.template"],
    ["[JSONPatch{op: 'add'}]", "list(JSONPatch)"],
    ["true ? Object{} : null", "Object"],
    ["Object{a: 1}.a", "dyn"],
    ["JSONPatch{}.op", "string"],
    ["jsonpatch.escapeKey('a')", "string"],
    ["type(Object{})", "type(Object)"],
  ] as const) {
    it(`${source} is ${type}`, () => {
      assert.equal(formatType(compileExpression(source, environment).type), type);
    });
  }

  for (const [source, value] of [
    ["Object{spec: Object.spec{a: 1}}.spec.a", 1],
    ["Object{}.absent", null],
    ["has(Object{a: 1}.a)", true],
    ["has(Object{}.a)", false],
    ["Object{a: 1}.?a.orValue(2)", 1],
    ["Object{}.?a.orValue(2)", 2],
    ["Object{value: 1, typeName: 2}.typeName", 2],
    ["Object{a: 1, a: 2}.a", 2],
    ["has(Object{?a: optional.none()}.a)", false],
    ["has(Object{a: 1, ?a: optional.none()}.a)", false],
    ["Object{?a: optional.of(3)}.a", 3],
    ["Object{a: [1]} == Object{a: [1]}", true],
    ["Object{a: 1} == Object{a: 2}", false],
    ["Object{a: 1} == Object{b: 1}", false],
    ["dyn(Object.a{}) == dyn(Object.b{})", false],
    ["dyn(Object{}) == dyn({})", false],
    ["optional.ofNonZeroValue(Object{}).hasValue()", false],
    ["optional.ofNonZeroValue(Object{a: 1}).hasValue()", true],
    ["JSONPatch{op: 'add'}.path", ""],
    ["has(JSONPatch{op: ''}.op)", false],
    ["has(JSONPatch{value: null}.value)", true],
    ["JSONPatch{}.value", null],
    [".Object{namespace: 1, if: 2}.if", 2],
    ["[1, 2].map(i, Object.a{i: i})[1].i", 2],
    ["jsonpatch.escapeKey('k8s.io/my~label')", "k8s.io~1my~0label"],
    ["cel.bind(Object, 1, Object{a: 2}.a)", undefined],
  ] as const) {
    it(`evaluates ${source}`, () => {
      if (value === undefined) assert.throws(() => run(source), { code: "EXPRESSION_INVALID" });
      else assert.deepEqual(run(source), value);
    });
  }

  for (const [source, message] of [
    ["JSONPatch{op: 1}", /the field op of JSONPatch: expected string, found int/],
    ["JSONPatch{pth: 'a'}", /JSONPatch has no field pth; did you mean path\?/],
    ["Object{?a: 1}", /an optional element needs an optional, not int/],
    ["Objct{}", /there is no type Objct whose values an expression can make/],
    ["Object.{a: 1}", /expected a field's name/],
    ["Object{a: nothing}", /there is no variable nothing/],
    ["Object{a: 1} + Object{}", /no such overload/],
    ["Object{}['a']", /no such overload/],
  ] as const) {
    it(`refuses ${source}`, () => {
      assert.throws(() => compileExpression(source, environment), { code: "EXPRESSION_INVALID", message });
    });
  }

  it("does not know them without being asked to", () => {
    assert.throws(() => compileExpression("Object{}", bare), { code: "NOT_SUPPORTED" });
    assert.throws(() => compileExpression("Object{a: nothing}", bare), { code: "EXPRESSION_INVALID" });
    assert.throws(() => compileExpression("jsonpatch.escapeKey('a')", bare), { code: "EXPRESSION_INVALID" });
    assert.equal(withMutationTypes(bare), environment);
    assert.equal(withMutationTypes(environment), environment);
  });

  it("refuses what Kubernetes refuses of literals", () => {
    for (const source of ["Object{a: [1, 'b']}", "Object{`a-b`: 1}"]) {
      assert.throws(() => compileAdmissionExpression(source, "anything", environment), { code: "EXPRESSION_INVALID" });
      assert.doesNotThrow(() => compileExpression(source, environment));
    }
  });

  it("tells a value's type where it is not known before", () => {
    assert.throws(() => run("[JSONPatch{op: object.spec.replicas}]"), {
      message: /^1:11: the field op of JSONPatch: expected string, found int/,
    });
  });

  it("prints and counts them", () => {
    const source = "Object{a: Object.a{?b: x.?c, d: [1, 2]}}";
    const program = compileExpression(
      source,
      environment.extend({ variables: { x: bare.variables.get("object")!.type } }),
    );
    assert.equal(printExpression(program.checked.ast), source);
    assert.equal(estimateCost(compileExpression("Object{a: [1, 2]}", environment).checked).min, 50n);
  });

  it("charges comparing them", () => {
    const big = `Object{${Array.from({ length: 100 }, (_, index) => `f${index}: object.spec.replicas`).join(", ")}}`;
    assert.throws(() => run(`${big} == ${big}`, 500), { code: "BUDGET_EXCEEDED" });
  });
});

const message = (source: string): Message => {
  const value = run(source);
  assert.ok(value instanceof Message);
  return value;
};

describe("misplacedMessages", () => {
  for (const [source, expected] of [
    ["Object{a: Object.a{b: Object.a.b{}}}", []],
    ["Object{a: [[Object.a{}]]}", []],
    ["Object.a{b: Object.a.b{}}", []],
    ["Object{a: Object.b{c: Object.b.c{}}}", ["Object.b", "Object.b.c"]],
    ["Object{a: {'k': Object.a.k{}}}", ["Object.a.k"]],
    ["Object{a: [Object{}]}", ["Object"]],
  ] as const) {
    it(source, () => {
      const found = misplacedMessages(message(source), free).map((sentence) => sentence.split('"')[1]);
      assert.deepEqual(found, expected);
    });
  }
});

describe("mutationValue", () => {
  for (const [source, merged, patched] of [
    ["Object{}", {}, {}],
    ["Object{a: Object.a{b: [1, 2]}, c: {'d': 'e'}}", { a: { b: [1, 2] }, c: { d: "e" } }, undefined],
    ["Object{a: 1.0, b: 1.5}", { a: 1, b: 1.5 }, undefined],
    ["Object{a: 9007199254740993}", { a: 9_007_199_254_740_993n }, { a: 9_007_199_254_740_992n }],
    ["Object{a: object.spec}", { a: object.spec }, undefined],
    ["Object{a: [object.spec.map]}", { a: [{ a: [] }] }, undefined],
    ["Object{a: optional.of(1), b: type(1)}", { a: 1, b: "int" }, /a type cannot be written/],
    ["Object{a: null}", /^\.a: null cannot be merged: /, { a: null }],
    ["Object{a: object.spec.none}", /^\.a: null cannot be merged/, { a: null }],
    ["Object{a: [null]}", /^\.a\[0\]: null/, /^\.a\[0\]: null/],
    ["Object{a: 1u}", /^\.a: a uint cannot be merged/, { a: 1 }],
    ["Object{a: b'abc'}", /^\.a: a bytes cannot be merged/, { a: "YWJj" }],
    ["Object{a: duration('1h')}", /^\.a: a google.protobuf.Duration/, /^\.a: a google.protobuf.Duration/],
    ["Object{a: quantity('1')}", /cannot be merged/, /cannot be written as JSON/],
    ["Object{a: [[1]]}", /^\.a\[0\]: a list or map within another one/, /^\.a\[0\]: a list or map within/],
    ["Object{a: {'b': {'c': 1}}}", /^\.a\.b: a list or map within/, /^\.a\.b: a list or map within/],
    ["Object{a: object.spec.list.map(x, [x])}", /^\.a\[0\]: a list or map within/, /^\.a\[0\]: a list or map within/],
    ["Object{a: {1: 2}}", /^\.a: a key must be a string, not a int/, /a key must be a string/],
    ["Object{a: {'__proto__': 1}}", /"__proto__" is not taken/, /"__proto__" is not taken/],
    ["Object{__proto__: 1}", /"__proto__" is not taken/, /"__proto__" is not taken/],
    ["Object{a: JSONPatch{}}", /a JSONPatch cannot be within an object/, /a JSONPatch cannot be within/],
    ["[Object{}]", [{}], /Object\{…\} cannot be within a list or map/],
    ["[{'a': [null]}]", [{ a: [null] }], [{ a: [null] }]],
    ["timestamp('2020-01-01T00:00:00Z')", /a google.protobuf.Timestamp/, "2020-01-01T00:00:00Z"],
  ] as const) {
    for (const [style, wanted] of [
      ["merge", merged],
      ["patch", patched ?? merged],
    ] as const) {
      it(`${style}: ${source}`, () => {
        const value = run(source);
        if (wanted instanceof RegExp) assert.throws(() => mutationValue(value, style, free), { message: wanted });
        else assert.deepEqual(mutationValue(value, style, free), wanted);
      });
    }
  }

  it("charges what it copies", () => {
    let steps = 0;
    mutationValue(run("Object{a: [1, 2, 3]}"), "merge", { charge: (count) => (steps += count) });
    assert.ok(steps >= 5 * 16);
  });
});
