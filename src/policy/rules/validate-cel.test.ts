import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Value } from "../../base/index.ts";
import { clusterPolicy, linesOf, planOf, say, type TestWorld, validateRule } from "../../testing/kyverno-runs.ts";

describe("validate.cel", () => {
  const cel = (body: string, more = "") =>
    say(validateRule(`message: from the rule\ncel:\n${body.replaceAll(/^/gm, "  ")}`, more));
  const cases: readonly (readonly [name: string, body: string, more: string, expected: readonly string[]])[] = [
    [
      "true",
      "expressions: [{expression: object.spec.hostNetwork == false}]",
      "",
      ["r: pass Validation rule 'r' passed."],
    ],
    [
      "false has its message",
      "expressions: [{expression: object.spec.hostNetwork == true, message: nope}]",
      "",
      ["r: fail nope"],
    ],
    ["or the rule's", "expressions: [{expression: object.spec.hostNetwork == true}]", "", ["r: fail from the rule"]],
    [
      "or what an expression makes",
      "expressions: [{expression: object.spec.hostNetwork == true, messageExpression: \"'it is ' + object.metadata.name\"}]",
      "",
      ["r: fail it is web"],
    ],
    [
      "variables see those before",
      "variables: [{name: a, expression: object.metadata.name}, {name: b, expression: variables.a + '!'}]\nexpressions: [{expression: variables.b == 'web!'}]",
      "",
      ["r: pass Validation rule 'r' passed."],
    ],
    [
      "an expression that fails denies",
      "expressions: [{expression: object.spec.nothing == 1}]",
      "",
      ["r: fail expression 'object.spec.nothing == 1' resulted in error: "],
    ],
    [
      "preconditions that are not met",
      "expressions: [{expression: 'false'}]",
      "  celPreconditions: [{name: never, expression: object.metadata.name == 'x'}]\n",
      ["r: skip cel preconditions not met"],
    ],
    [
      "a precondition that is false, behind one that fails",
      "expressions: [{expression: 'false'}]",
      "  celPreconditions: [{name: fails, expression: object.nope == 1}, {name: never, expression: 'false'}]\n",
      ["r: skip cel preconditions not met"],
    ],
    [
      "all preconditions that fail are told",
      "expressions: [{expression: 'true'}]",
      "  celPreconditions: [{name: a, expression: object.no == 1}, {name: b, expression: 'true'}, {name: c, expression: object.yes == 1}]\n",
      [
        "r: fail [expression 'object.no == 1' resulted in error: no such key: no, expression 'object.yes == 1' resulted in error: no such key: yes]",
      ],
    ],
    [
      "null has no keys, as the API server says it",
      "expressions: [{expression: oldObject.spec == 1}]",
      "",
      ["r: fail expression 'oldObject.spec == 1' resulted in error: no such key: spec"],
    ],
    [
      "a message that need not be a text is left out",
      "expressions: [{expression: 'false', message: nope, messageExpression: object.metadata.name}]",
      "",
      ["r: fail nope"],
    ],
    [
      "an audit annotation that need not be a text, too",
      "expressions: [{expression: 'true'}]\nauditAnnotations: [{key: k, valueExpression: object.metadata.name}]",
      "",
      ["r: pass Validation rule 'r' passed."],
    ],
    [
      "what it knows of the request",
      "expressions: [{expression: request.operation == 'CREATE' && namespaceObject.metadata.name == 'shop'}]",
      "",
      ["r: pass Validation rule 'r' passed."],
    ],
  ];
  for (const [name, body, more, expected] of cases) {
    test(name, () => {
      const lines = linesOf(cel(body, more).responses);
      assert.equal(lines.length, expected.length);
      assert.ok(lines[0]?.startsWith(expected[0] ?? "?"), lines[0]);
    });
  }
  test("a message that is left out is a warning", () => {
    const body = "cel: {expressions: [{expression: 'true', messageExpression: object.metadata.name}]}";
    const [warning = ""] = planOf(clusterPolicy(validateRule(body))).warnings;
    assert.match(warning, /expressions\[0\]\.messageExpression is left out: expected string, found dyn/);
  });
  test("params are looked up by kind and name", () => {
    const body =
      "paramKind: {apiVersion: v1, kind: ConfigMap}\nparamRef: {name: limits, parameterNotFoundAction: Deny}\nexpressions: [{expression: object.metadata.name == params.data.name}]";
    const rules = validateRule(`cel:\n${body.replaceAll(/^/gm, "  ")}`);
    const asked: Value[] = [];
    const world: TestWorld = {
      objectOfKind: (params) => (asked.push(params), { apiVersion: "v1", kind: "ConfigMap", data: { name: "web" } }),
    };
    assert.equal(say(rules, { world }).responses[0]?.status, "pass");
    assert.deepEqual(asked, [{ apiVersion: "v1", kind: "ConfigMap", namespace: "shop", name: "limits" }]);
    assert.equal(say(rules, { world: { objectOfKind: () => null } }).responses[0]?.status, "error");
  });
});
