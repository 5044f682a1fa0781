import assert from "node:assert/strict";
import { test } from "node:test";
import { testActivation } from "../../testing/cel-activation.ts";
import { compileExpression } from "../language/cel/compile/compile.ts";
import { policyEnvironments } from "./policy-environment.ts";

test("what Kyverno's cel-go does where cel-spec says otherwise", () => {
  const { rules } = policyEnvironments();
  const cases = [
    ["duration('1.5s').getMilliseconds()", 1500],
    ["'tape'.indexOf('a', 30)", -1],
    ["'tape'.lastIndexOf('', 30)", 30],
    ["'%d %f'.format([1234567, 1.5])", "1234567 1.500000"],
  ] as const;
  for (const [source, expected] of cases) {
    const activation = { ...testActivation(), variables: rules.bind({}) };
    assert.equal(compileExpression(source, rules).evaluate(activation), expected, source);
  }
});

test("conditions have no functions that ask the world, and no policy has an authorizer", () => {
  const { request, rules, reference } = policyEnvironments();
  assert.throws(
    () => compileExpression("resource.get('v1', 'pods', 'a', 'b') == object", request),
    /no variable resource/,
  );
  assert.throws(
    () => compileExpression("authorizer.path('/x').check('get').allowed()", rules),
    /no variable authorizer/,
  );
  assert.throws(() => compileExpression("object == ref", reference), /no variable object/);
});
