import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Value } from "../../../base/index.ts";
import { type CelTestRun, celPlanOf, runCelPolicy } from "../../../testing/cel-policy-runs.ts";
import type { TestWorld } from "../../../testing/kyverno-runs.ts";
import type { PolicyInput } from "../input.ts";

const POD = { apiVersion: "v1", kind: "Pod", metadata: { name: "web", namespace: "shop", labels: { app: "web" } } };

interface Written {
  readonly namespace?: string;
  /** Of `matchConstraints`. */
  readonly match?: string;
  readonly spec?: string;
}

const PODS = 'resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [DELETE], resources: [pods]}]';

function policyOf(conditions: readonly string[], { namespace, match = PODS, spec = "" }: Written = {}): string {
  const written = conditions.map((text, index) => `  - {name: c${index}, expression: ${JSON.stringify(text)}}`);
  return `
apiVersion: policies.kyverno.io/v1
kind: ${namespace === undefined ? "DeletingPolicy" : "NamespacedDeletingPolicy"}
metadata: {name: old${namespace === undefined ? "" : `, namespace: ${namespace}`}}
spec:
  schedule: "*/5 * * * *"
${match === "" ? "" : `  matchConstraints:\n${match.replaceAll(/^/gm, "    ")}`}
${written.length === 0 ? "" : `  conditions:\n${written.join("\n")}`}
${spec.replaceAll(/^/gm, "  ")}
`;
}

interface Given extends Written {
  readonly object?: Value;
  readonly input?: Partial<PolicyInput>;
  readonly world?: TestWorld;
  readonly payload?: Value;
}

function run(conditions: readonly string[], given: Given = {}): CelTestRun {
  const { object = POD, input = {}, world = {}, payload, ...written } = given;
  const options = { world, ...(payload === undefined ? {} : { payload }) };
  return runCelPolicy(policyOf(conditions, written), { object, operation: "CREATE", ...input }, options);
}

const said = ({ responses }: CelTestRun): readonly string[] =>
  responses.map(({ rule, status, message }) => `${rule}: ${status} ${message}`);
const DELETED = ["old: pass resource matched"];
const keptBy = (name: string): readonly string[] => [
  `old: fail resource did not match: the condition "${name}" does not hold`,
];

const IS_WEB = "object.metadata.name == 'web'";
const IS_OTHER = "object.metadata.name == 'other'";
const FAILS = "object.metadata.nothing == 'x'";

describe("a DeletingPolicy", () => {
  it("would delete: a response of its own type and phase", () => {
    const [response] = run([IS_WEB]).responses;
    assert.deepEqual(
      { rule: response?.rule, type: response?.type, phase: response?.phase, status: response?.status },
      { rule: "old", type: "Deletion", phase: "cleanup", status: "pass" },
    );
  });

  const rows: readonly (readonly [
    name: string,
    conditions: readonly string[],
    given: Given,
    said: readonly string[],
  ])[] = [
    ["whose conditions all hold", [IS_WEB, "has(object.metadata.labels)"], {}, DELETED],
    ["without conditions", [], {}, DELETED],
    ["with one that does not hold", [IS_WEB, IS_OTHER], {}, keptBy("c1")],
    ["with one that fails", [FAILS, IS_WEB], {}, ["old: error no such key: nothing"]],
    ["with two that fail", [FAILS, FAILS], {}, ["old: error no such key: nothing; no such key: nothing"]],
    ["a false one decides whatever the others come to", [FAILS, IS_OTHER], {}, keptBy("c1")],
    ["without operations in its rules", [], { match: PODS.replace("operations: [DELETE], ", "") }, DELETED],
    ["about another kind", [], { match: PODS.replace("pods", "services") }, []],
    ["without constraints", [], { match: "" }, []],
    ["with labels that do not match", [], { match: `${PODS}\nobjectSelector: {matchLabels: {app: db}}` }, []],
    ["with labels that match", [], { match: `${PODS}\nobjectSelector: {matchLabels: {app: web}}` }, DELETED],
    ["of the object's namespace", [IS_WEB], { namespace: "shop" }, DELETED],
    ["of another namespace", [IS_WEB], { namespace: "other" }, []],
    [
      "with variables",
      ["variables.isOld && variables.name == 'web'"],
      {
        spec: "variables:\n- {name: name, expression: object.metadata.name}\n- {name: isOld, expression: variables.name != ''}",
      },
      DELETED,
    ],
    [
      "asked about a request, of which there is none",
      ["request.operation == 'DELETE'"],
      {},
      ["old: error no such attribute(s): request"],
    ],
  ];
  for (const [name, conditions, given, expected] of rows) {
    it(name, () => {
      const found = said(run(conditions, given));
      if (expected[0]?.includes("request")) assert.match(found[0] ?? "", /^old: error .*request/);
      else assert.deepEqual(found, expected);
    });
  }

  const exists = 'type(resource.get("v1", "configmaps", object.metadata.namespace, "env")) != type(null)';
  it("asks the cluster", () => {
    assert.deepEqual(said(run([exists], { world: { resource: () => ({ data: {} }) } })), DELETED);
    assert.deepEqual(said(run([exists], { world: { resource: () => null } })), keptBy("c0"));
    assert.deepEqual(said(run([exists], { world: { resource: () => new Error("down") } })), ["old: error down"]);
  });

  it("sees the object's Namespace; a Namespace is its own", () => {
    const condition = ["has(namespaceObject.metadata.labels) && namespaceObject.metadata.labels.env == 'old'"];
    const namespaceObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", labels: { env: "old" } } };
    assert.deepEqual(said(run(condition, { input: { namespaceObject } })), DELETED);
    const match = PODS.replace("pods", "namespaces");
    assert.deepEqual(said(run(condition, { object: namespaceObject, match })), DELETED);
    const fresh = { ...namespaceObject, metadata: { name: "shop", labels: { env: "new" } } };
    assert.deepEqual(said(run(condition, { object: fresh, match })), keptBy("c0"));
  });

  it("says of any document whether its conditions hold", () => {
    const payload = { args: [{ key: "A" }] };
    for (const given of [{ payload }, { object: payload }, { payload, match: "" }, { payload, namespace: "shop" }]) {
      assert.deepEqual(said(run(["object.args[0].key == 'A'"], given)), DELETED);
      assert.deepEqual(said(run(["object.args[0].key == 'B'"], given)), keptBy("c0"));
    }
  });

  it("is refused when a condition is of the wrong type or syntax", () => {
    for (const text of ["object.metadata.name", "'a'", "object.", "variables.nothing == 1", "nothing"]) {
      const issues = celPlanOf(policyOf([text]));
      assert.ok(!("engine" in issues), text);
      assert.match(issues.join("\n"), /spec\.conditions\[0\]\.expression: /);
    }
  });

  it("warns of a schedule that never comes", () => {
    const text = policyOf([]).replace('"*/5 * * * *"', '"0 0 30 2 *"');
    const plan = celPlanOf(text);
    assert.ok("engine" in plan);
    assert.deepEqual(plan.warnings, ["spec.schedule never runs: there is no such day up to the end of 2099"]);
  });

  it("of a namespace has neither http nor globalContext", () => {
    for (const text of ["http.get('https://a/') == 1", "globalContext.get('x') == 1"]) {
      assert.ok(!("engine" in celPlanOf(policyOf([text], { namespace: "shop" }))), text);
    }
  });
});
