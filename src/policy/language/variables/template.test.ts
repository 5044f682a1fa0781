import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AmapError, Double, isAmapError, type Value } from "../../../base/index.ts";
import { RuleContext } from "../../evaluate/rule-context.ts";
import type { JmesContext } from "../jmespath/program.ts";
import { compileTemplate, type TemplateOptions } from "./template.ts";

const CONTEXT: JmesContext = { now: 0, charge: () => undefined, entropy: () => new Uint8Array(32) };

const MEMBERS = {
  request: {
    operation: "CREATE",
    object: {
      metadata: {
        name: "web",
        labels: { app: "shop", "app.kubernetes.io/name": "web", evil: "{{ request.operation }}" },
      },
      spec: {
        replicas: 3,
        ratio: 1.5,
        whole: new Double(2),
        big: 2n ** 60n,
        huge: 10n ** 21n,
        tiny: 1e-7,
        on: true,
        none: null,
      },
      list: [{ b: 1, a: "<&>" }],
    },
    oldObject: { metadata: { name: "old" } },
  },
  field: "replicas",
  evil: "{{ request.operation }}",
  escaped: "\\{{ field }}",
  quote: "it's",
};

function render(
  value: Value,
  { operation = "CREATE", ...options }: TemplateOptions & { operation?: string } = {},
): Value {
  return compileTemplate(value, options).render(RuleContext.create(MEMBERS, operation, CONTEXT));
}

const rendered: readonly [name: string, value: Value, expected: Value][] = [
  ["a text without variables", "plain { text } $5", "plain { text } $5"],
  ["a variable alone keeps its type", "{{ request.object.spec.replicas }}", 3],
  ["a list alone", "{{request.object.list}}", [{ b: 1, a: "<&>" }]],
  ["null alone", "{{ request.object.spec.none }}", null],
  ["white space around it is a text", " {{ request.object.spec.replicas }}", " 3"],
  ["a number in a text", "n={{ request.object.spec.replicas }}", "n=3"],
  ["a fraction in a text", "n={{ request.object.spec.ratio }}", "n=1.5"],
  ["an integral double in a text", "n={{ request.object.spec.whole }}", "n=2"],
  ["a large integer in a text", "n={{ request.object.spec.big }}", "n=1152921504606846976"],
  ["an integer beyond int64 in a text", "n={{ request.object.spec.huge }}", "n=1e+21"],
  ["a tiny fraction in a text", "n={{ request.object.spec.tiny }}", "n=1e-07"],
  ["a boolean in a text", "n={{ request.object.spec.on }}", "n=true"],
  ["null in a text", "n={{ request.object.spec.none }}", "n=null"],
  ["JSON in a text, as Go writes it", "l={{ request.object.list }}", 'l=[{"a":"\\u003c\\u0026\\u003e","b":1}]'],
  ["two beside each other", "{{ field }}{{ field }}", "replicasreplicas"],
  ["three beside each other", "{{field}}{{field}}{{field}}", "replicasreplicasreplicas"],
  ["two in a text", "a {{ field }} b {{ field }} c", "a replicas b replicas c"],
  ["over lines", "{{\n  field\n}}\n", "replicas\n"],
  ["a nested one", "{{ request.object.spec.{{ field }} }}", 3],
  ["a nested one in a text", "n={{ request.object.spec.{{ field }} }}", "n=3"],
  ["a nested number", "{{ request.object.list[{{ `0` }}].b }}", 1],
  ["nested twice", "{{ request.object.spec.{{ 'repl{{ `\"icas\"` }}' }} }}", 3],
  ["nested in quotes", `{{ request.object.metadata.labels."{{ 'app' }}" }}`, "shop"],
  ["escaped", "\\{{ field }}", "{{ field }}"],
  ["escaped beside one that is not", "\\{{ field }} {{ field }}", "{{ field }} replicas"],
  ["braces of an expression", "{{ request.object.{n: metadata.name, r: spec.replicas} }}", { n: "web", r: 3 }],
  ["a shallow one", "{{- field }}", "replicas"],
  ["a shallow one in a text", "x {{-field}}", "x replicas"],
  ["empty braces of two levels are no variable", "{{ {a: {b: c}} }}", "{{ {a: {b: c}} }}"],
  ["an open one is a text", "{{ field", "{{ field"],
  ["braces as JSON has them", '{"a":{"b":1}}', '{"a":{"b":1}}'],
  ["a variable in a key", { "{{ field }}-x": 1 }, { "replicas-x": 1 }],
  ["a variable as a key", { "{{ field }}": "{{ field }}" }, { replicas: "replicas" }],
  ["a key that becomes null stays", { "{{ request.object.spec.none }}": 1 }, { "{{ request.object.spec.none }}": 1 }],
  ["deep inside", [{ a: [1, "{{ field }}", null, true] }], [{ a: [1, "replicas", null, true] }]],
  [
    "the object replacement character is a character",
    "\uFFFC {{ field }} \uFFFC{{field}}",
    "\uFFFC replicas \uFFFCreplicas",
  ],
  ["a text that was put in is not read again", "{{ evil }}", "{{ request.operation }}"],
  ["nor inside a text", "x {{ evil }}", "x {{ request.operation }}"],
  ["nor inside an object", "{{ request.object.metadata.labels.evil }}!", "{{ request.operation }}!"],
  ["nor in a query that it becomes part of", "{{ to_upper('{{ evil }}') }}", "{{ REQUEST.OPERATION }}"],
  ["nor are its escapes taken away", "{{ escaped }} x", "\\{{ field }} x"],
];

describe("a template renders", () => {
  for (const [name, value, expected] of rendered) {
    test(name, () => assert.deepEqual(render(value), expected));
  }
  test("request.object as request.oldObject when an object is deleted", () => {
    assert.equal(render("{{ request.object.metadata.name }}", { operation: "DELETE" }), "old");
    assert.equal(render("{{ request.object.metadata.name }}", { operation: "UPDATE" }), "web");
  });
  test("@ as what the object has at the same place", () => {
    const options = { path: "/mutate/patchStrategicMerge" };
    assert.deepEqual(render({ spec: { replicas: "{{ @ }}" } }, options), { spec: { replicas: 3 } });
    assert.deepEqual(render({ list: [{ b: "{{ @ }}" }] }, options), { list: [{ b: 1 }] });
    const key = "app.kubernetes.io/name";
    assert.deepEqual(render({ metadata: { labels: { [key]: "{{@}}!" } } }, options), {
      metadata: { labels: { [key]: "web!" } },
    });
  });
  test("@ of the target where there is one", () => {
    const template = compileTemplate({ a: "{{ @ }}" }, { path: "/mutate/patchStrategicMerge" });
    const context = RuleContext.create({ target: { a: 7 }, request: { object: { a: 1 } } }, "CREATE", CONTEXT);
    assert.deepEqual(template.render(context), { a: 7 });
  });
  test("a value without variables as itself", () => {
    const value = { a: [1, { b: "x" }], c: "{ }" };
    const template = compileTemplate(value);
    assert.equal(template.isConstant, true);
    assert.equal(template.render(RuleContext.create({}, "CREATE", CONTEXT)), value);
  });
});

const REFERENCES: readonly [name: string, value: Value, expected: Value][] = [
  ["a sibling", { a: "x", b: "$(./../a)" }, { a: "x", b: "x" }],
  ["with an operator", { a: "x", b: "<=$(./../a) y" }, { a: "x", b: "<=x y" }],
  ["with an operator inside", { a: 5, b: "$(<=./../a)" }, { a: 5, b: "<=5" }],
  ["a fraction with an operator inside", { a: 1.5, b: "$(>./../a)" }, { a: 1.5, b: ">1.500000" }],
  ["an absolute path", { x: { a: "1Gi" }, b: "$(/x/a)" }, { x: { a: "1Gi" }, b: "1Gi" }],
  ["a path through an anchor", { "=(x)": { a: "1" }, b: "$(/x/a)" }, { "=(x)": { a: "1" }, b: "1" }],
  ["inside a text", { a: "x", b: "is $(./../a) ok" }, { a: "x", b: "is x ok" }],
  ["a text with a variable", { a: "{{ field }}", b: "$(./../a)" }, { a: "replicas", b: "replicas" }],
  ["escaped", { b: "\\$(HOME)/x" }, { b: "$(HOME)/x" }],
  ["an escaped one before a real one", { a: "x", b: "\\$(a) $(./../a)" }, { a: "x", b: "$(a) x" }],
  ["empty brackets are none", { b: "$()" }, { b: "$()" }],
  ["open brackets are none", { b: "$(abc" }, { b: "$(abc" }],
];

describe("a template resolves references:", () => {
  for (const [name, value, expected] of REFERENCES) {
    test(name, () => assert.deepEqual(render(value), expected));
  }
});

const FAILURES: readonly [name: string, value: Value, code: string, message: string][] = [
  [
    "an unknown key",
    { spec: [{ a: "{{ request.object.nope }}" }] },
    "VARIABLE_NOT_FOUND",
    'failed to resolve request.object.nope at path /spec/0/a: JMESPath query failed: Unknown key "nope" in path',
  ],
  [
    "an unknown variable in a key",
    { spec: { "a/{{ nope }}": 1 } },
    "VARIABLE_NOT_FOUND",
    'failed to resolve nope at path /spec: JMESPath query failed: Unknown key "nope" in path',
  ],
  [
    "a path with a slash in a key",
    { "a/b": "{{ nope }}" },
    "VARIABLE_NOT_FOUND",
    'failed to resolve nope at path /a\\/b: JMESPath query failed: Unknown key "nope" in path',
  ],
  [
    "a key that is no text",
    { "{{ request.object.spec }}": 1 },
    "EXPRESSION_FAILED",
    'expected string after substituting variables in key "{{ request.object.spec }}"',
  ],
  [
    "a reference to nothing",
    { b: "$(./../a)" },
    "EXPRESSION_FAILED",
    "got nil resolved variable $(./../a) at path /b: <nil>",
  ],
  [
    "a reference to a number",
    { a: 5, b: "$(./../a)" },
    "EXPRESSION_FAILED",
    "NotResolvedReferenceErr,reference $(./../a) not resolved at path /b",
  ],
  [
    "a reference to a boolean with an operator",
    { a: true, b: "$(<./../a)" },
    "EXPRESSION_FAILED",
    "failed to resolve $(<./../a) at path /b: incorrect expression: operator < does not match with value true",
  ],
];

describe("a template fails for", () => {
  for (const [name, value, code, message] of FAILURES) {
    test(name, () => {
      assert.throws(
        () => render(value),
        (error) => error instanceof AmapError && error.code === code && error.message === message,
        name,
      );
    });
  }
  test("a nested query that does not parse, when it is rendered", () => {
    const template = compileTemplate("{{ {{ quote }}' }}");
    assert.throws(
      () => template.render(RuleContext.create(MEMBERS, "CREATE", CONTEXT)),
      (error) =>
        isAmapError(error, "EXPRESSION_INVALID") &&
        error.message.startsWith("failed to resolve it's' at path : incorrect query it's': "),
    );
  });
  for (const source of ["{{ }}", "{{ a. }}", "{{ a[ }}", "{{ 'a }}"]) {
    test(`${source}, when it is compiled`, () => {
      assert.throws(() => compileTemplate({ a: source }), { code: "EXPRESSION_INVALID" });
    });
  }
});

test("names are those of all variables, of keys and for deletions, too", () => {
  const { names, hasNestedVariables } = compileTemplate({ "{{ a.b }}": ["{{ c || d }}", "x {{ request.object.e }}"] });
  assert.deepEqual([...names].sort(), ["a", "c", "d", "request"]);
  assert.equal(hasNestedVariables, false);
  assert.equal(compileTemplate("{{ a.{{ b }} }}").hasNestedVariables, true);
});
