import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AmapError, type Value } from "../../../../../base/index.ts";
import { testActivation } from "../../../../../testing/cel-activation.ts";
import { plainValue } from "../../../../../testing/cel-cases.ts";
import { type FactReader, MISSING_FACT } from "../../../../evaluate/facts.ts";
import { compileExpression } from "../../compile/compile.ts";
import { createEnvironment } from "../../environment.ts";
import { celTypes } from "../../types.ts";
import { AUTHORIZER, authorizerValue, RESOURCE_CHECK, requestResourceValue } from "./authorizer.ts";
import { KUBERNETES_LIBRARIES } from "./libraries.ts";

const ENVIRONMENT = createEnvironment({
  variables: { authorizer: AUTHORIZER, resource: RESOURCE_CHECK, text: celTypes.string },
  libraries: KUBERNETES_LIBRARIES,
});
const USER = { username: "jane", uid: "7", groups: ["dev"], extra: { scopes: ["a"] } };
const USER_PARAMS = { username: "jane", groups: ["dev"], uid: "7", extra: { scopes: ["a"] } };
const NO_PARTS = { subresource: "", namespace: "", name: "" };

/** Evaluates with one answer for every question, and what was asked. */
function ask(expression: string, answer?: Value): { readonly value: unknown; readonly asked: readonly unknown[] } {
  const asked: unknown[] = [];
  const facts: FactReader = {
    misses: 0,
    pending: new Map(),
    fact(kind, params) {
      assert.equal(kind, "authorization");
      asked.push(params);
      if (answer === undefined) throw MISSING_FACT;
      return answer;
    },
  };
  const resource = { group: "apps", resource: "deployments", subresource: "scale", namespace: "prod", name: "web" };
  const variables = ENVIRONMENT.bind({
    authorizer: authorizerValue(USER),
    resource: requestResourceValue(USER, resource),
    text: " \t",
  });
  const program = compileExpression(expression, ENVIRONMENT);
  return { value: plainValue(program.evaluate(testActivation({}, { variables, facts }))), asked };
}

describe("what an authorization check asks", () => {
  const cases: readonly (readonly [expression: string, params: unknown])[] = [
    ["authorizer.path('/healthz').check('get')", { user: USER_PARAMS, verb: "get", path: "/healthz" }],
    ["authorizer.path('healthz ').check('GET')", { user: USER_PARAMS, verb: "GET", path: "healthz " }],
    [
      "authorizer.group('').resource('pods').check('list')",
      { user: USER_PARAMS, verb: "list", group: "", version: "*", resource: "pods", ...NO_PARTS },
    ],
    [
      "authorizer.group('apps').resource('deployments').subresource('scale').namespace('a').name('b').check('update')",
      {
        user: USER_PARAMS,
        verb: "update",
        group: "apps",
        version: "*",
        resource: "deployments",
        subresource: "scale",
        namespace: "a",
        name: "b",
      },
    ],
    [
      "authorizer.group('').resource('pods').name('a').name('').fieldSelector('a=b').labelSelector('!x').check('list')",
      {
        user: USER_PARAMS,
        verb: "list",
        group: "",
        version: "*",
        resource: "pods",
        ...NO_PARTS,
        fieldSelector: "a=b",
        labelSelector: "!x",
      },
    ],
    [
      "authorizer.group('').resource('pods').fieldSelector('a=b').fieldSelector('').check('list')",
      { user: USER_PARAMS, verb: "list", group: "", version: "*", resource: "pods", ...NO_PARTS },
    ],
    [
      "resource.check('patch')",
      {
        user: USER_PARAMS,
        verb: "patch",
        group: "apps",
        version: "*",
        resource: "deployments",
        subresource: "scale",
        namespace: "prod",
        name: "web",
      },
    ],
    [
      "authorizer.serviceAccount('default', 'a.robot').path('/x').check('get')",
      {
        user: {
          username: "system:serviceaccount:default:a.robot",
          groups: ["system:serviceaccounts", "system:serviceaccounts:default"],
        },
        verb: "get",
        path: "/x",
      },
    ],
  ];
  for (const [expression, params] of cases) {
    it(expression, () => assert.deepEqual(ask(expression, { allowed: true, reason: "" }).asked, [params]));
  }

  it("asks when a check is made, not before, and goes on when the answer is there", () => {
    assert.deepEqual(ask("authorizer.group('').resource('pods')", {}).asked, []);
    assert.throws(
      () => ask("authorizer.path('/x').check('get').allowed()"),
      (error) => error === MISSING_FACT,
    );
  });
});

describe("what an authorization check answers", () => {
  const check = "authorizer.path('/x').check('get')";
  const cases: readonly (readonly [method: string, answer: Value, expected: unknown])[] = [
    ["allowed()", { allowed: true, reason: "rbac" }, true],
    ["allowed()", { allowed: false, reason: "" }, false],
    ["reason()", { allowed: true, reason: "rbac" }, "rbac"],
    ["reason()", { allowed: true }, ""],
    ["errored()", { allowed: false, reason: "" }, false],
    ["errored()", { allowed: false, reason: "", error: "" }, true],
    ["errored()", { allowed: false, reason: "", error: "no webhook" }, true],
    ["error()", { allowed: false, reason: "", error: "no webhook" }, "no webhook"],
    ["error()", { allowed: true, reason: "" }, ""],
  ];
  for (const [method, answer, expected] of cases) {
    it(`${method} of ${JSON.stringify(answer)}`, () => {
      assert.equal(ask(`${check}.${method}`, answer).value, expected);
    });
  }
});

describe("an authorization fact that does not say whether it is allowed", () => {
  for (const answer of [{ allowed: "true" }, {}, null, []]) {
    it(`${JSON.stringify(answer)} is an error, never "not allowed"`, () => {
      assert.throws(() => ask("authorizer.path('/x').check('get').allowed()", answer), { code: "FACT_FAILED" });
    });
  }
});

describe("authorization checks that are refused", () => {
  for (const expression of [
    "authorizer.path('')",
    "authorizer.path(text)",
    "authorizer.group('').resource('')",
    "authorizer.group('').resource(text)",
    "authorizer.serviceAccount('default', 'not@valid')",
    "authorizer.serviceAccount('default', '')",
    "authorizer.serviceAccount('not.a.label', 'robot')",
    `authorizer.serviceAccount('${"a".repeat(64)}', 'robot')`,
    `authorizer.serviceAccount('a', '${"a".repeat(254)}')`,
    "authorizer == authorizer",
  ]) {
    it(expression, () => {
      assert.throws(() => ask(expression, {}), { code: "EXPRESSION_FAILED" });
    });
  }
  for (const expression of [
    "authorizer.resource('pods')",
    "authorizer.check('get')",
    "authorizer.path('/').allowed()",
  ]) {
    it(`${expression} when it is loaded`, () => {
      assert.throws(
        () => compileExpression(expression, ENVIRONMENT),
        (error) => error instanceof AmapError && error.code === "EXPRESSION_INVALID",
      );
    });
  }
});
