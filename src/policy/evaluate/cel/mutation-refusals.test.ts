/** Policies that change objects: what is refused when they are compiled, and what ends when they are evaluated. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LIMITS } from "../../../base/index.ts";
import { CUSTOM, compile, evaluate, merge, only, patch, planOf } from "../../../testing/mutation-runs.ts";

describe("what is refused when a policy is compiled", () => {
  for (const [mutation, path, message] of [
    [merge("object"), "spec.mutations[0].applyConfiguration.expression", /expected Object, found dyn/],
    [merge("Object.spec{}"), "spec.mutations[0].applyConfiguration.expression", /expected Object, found Object\.spec/],
    [merge("{'a': 1}"), "spec.mutations[0].applyConfiguration.expression", /expected Object, found map\(string, int\)/],
    [patch("[]"), "spec.mutations[0].jsonPatch.expression", /expected list\(JSONPatch\), found list\(dyn\)/],
    [patch("JSONPatch{}"), "spec.mutations[0].jsonPatch.expression", /expected list\(JSONPatch\), found JSONPatch/],
    [
      patch("[JSONPatch{oop: 'add'}]"),
      "spec.mutations[0].jsonPatch.expression",
      /JSONPatch has no field oop; did you mean op\?/,
    ],
    [{ patchType: "JSONPatch" }, "spec.mutations[0].jsonPatch", /because patchType is JSONPatch/],
    [
      { ...patch("[]"), patchType: "ApplyConfiguration" },
      "spec.mutations[0].applyConfiguration",
      /patchType is ApplyConfiguration/,
    ],
  ] as const) {
    for (const kind of ["MutatingPolicy", "MutatingAdmissionPolicy"] as const) {
      it(`${kind}: ${JSON.stringify(mutation)}`, () => {
        const compiled = compile(kind, { mutations: [mutation] });
        assert.ok(!compiled.ok);
        const issue = compiled.issues.find((each) => each.path === path);
        assert.match(issue?.message ?? "", message);
      });
    }
  }
});

describe("bombs", () => {
  const doubled = (levels: number) =>
    Array.from({ length: levels }, (_, level) => ({
      name: `v${level}`,
      expression: level === 0 ? "['text']" : `[dyn(variables.v${level - 1}), dyn(variables.v${level - 1})]`,
    }));

  it("ends a value that grows without end", () => {
    for (const mutation of [
      merge("Object{spec: Object.spec{a: variables.v39}}"),
      patch("[JSONPatch{op: 'add', path: '/spec/a', value: variables.v39}]"),
    ]) {
      const plan = planOf("MutatingPolicy", { variables: doubled(40), mutations: [mutation] });
      const { status, code } = only(evaluate(plan, CUSTOM));
      assert.deepEqual([status, code], ["error", "BUDGET_EXCEEDED"]);
    }
  });

  it("ends objects that double with every mutation", () => {
    const mutations = Array.from({ length: 60 }, () =>
      patch(
        "[JSONPatch{op: 'copy', from: '/spec', path: '/spec/a'}, JSONPatch{op: 'copy', from: '/spec', path: '/spec/b'}]",
      ),
    );
    const { status } = only(evaluate(planOf("MutatingAdmissionPolicy", { mutations }), CUSTOM));
    assert.equal(status, "error");
  });

  it("ends an object that doubles with every copy", () => {
    const copies = Array.from(
      { length: 60 },
      (_, index) => `JSONPatch{op: 'copy', from: '/spec', path: '/spec/a${index}'}`,
    );
    const mutations = [patch(`[${copies.join(", ")}]`)];
    for (const kind of ["MutatingPolicy", "MutatingAdmissionPolicy"] as const) {
      const { status, code } = only(evaluate(planOf(kind, { mutations }), CUSTOM));
      assert.deepEqual([kind, status, code], [kind, "error", "BUDGET_EXCEEDED"]);
    }
  });

  it("refuses values that are nested too deep", () => {
    const variables = Array.from({ length: LIMITS.documentDepth + 2 }, (_, level) => ({
      name: `v${level}`,
      expression: level === 0 ? "['text']" : `[dyn(variables.v${level - 1})]`,
    }));
    const expression = `[JSONPatch{op: 'add', path: '/spec/a', value: variables.v${variables.length - 1}}]`;
    const { status, code } = only(
      evaluate(planOf("MutatingPolicy", { variables, mutations: [patch(expression)] }), CUSTOM),
    );
    assert.deepEqual([status, code], ["error", "EXPRESSION_FAILED"]);
  });

  it("never hits a prototype", () => {
    for (const expression of [
      "[JSONPatch{op: 'add', path: '/__proto__/polluted', value: 1}]",
      "[JSONPatch{op: 'add', path: '/constructor/prototype/polluted', value: 1}]",
      "[JSONPatch{op: 'add', path: '/spec/__proto__', value: {'polluted': 1}}]",
      "[JSONPatch{op: 'add', path: '/spec/a', value: {'__proto__': {'polluted': 1}}}]",
    ]) {
      assert.equal(
        only(evaluate(planOf("MutatingPolicy", { mutations: [patch(expression)] }), CUSTOM)).status,
        "error",
      );
    }
    assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
  });
});
