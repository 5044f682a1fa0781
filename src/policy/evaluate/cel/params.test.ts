import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { memberOf, type Value } from "../../../base/index.ts";
import type { CelBindingResource, CelPolicyResource } from "../../compile/cel-plan.ts";
import { compileCelPolicy } from "../../compile/cel-policy.ts";
import { decodePolicies } from "../../resource/decode-policies.ts";
import { evaluateCelPolicy } from "../evaluate-cel-policy.ts";
import type { Fact } from "../facts.ts";
import type { KyvernoEvaluation } from "../kyverno-response.ts";

const HEAD = "apiVersion: admissionregistration.k8s.io/v1";
const MATCH =
  "matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments]}]}";
const PARAM_KIND = "paramKind: {apiVersion: v1, kind: ConfigMap}";

const VALIDATING = `${HEAD}
kind: ValidatingAdmissionPolicy
metadata: {name: limit}
spec:
  ${PARAM_KIND}
  failurePolicy: FAILURE
  ${MATCH}
  validations: [{expression: object.spec.replicas <= int(params.data.max), messageExpression: "'more than ' + params.data.max"}]
`;
const MUTATING = `${HEAD}
kind: MutatingAdmissionPolicy
metadata: {name: label}
spec:
  ${PARAM_KIND}
  reinvocationPolicy: Never
  ${MATCH}
  mutations:
  - patchType: ApplyConfiguration
    applyConfiguration:
      expression: >
        Object{metadata: Object.metadata{labels: Object.metadata.labels{count: string(size(object.metadata.?labels.orValue({}))),
          first: object.metadata.?labels.?first.orValue(params.data.name), last: params.data.name}}}
`;

function bindingOf(name: string, policy: string, fields: string): string {
  const kind = policy === "limit" ? "ValidatingAdmissionPolicyBinding" : "MutatingAdmissionPolicyBinding";
  const actions = policy === "limit" ? "validationActions: [Deny], " : "";
  return `---\n${HEAD}\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: {policyName: ${policy}, ${actions}${fields}}\n`;
}

const byLabel = (action: string): string =>
  `paramRef: {namespace: settings, selector: {matchLabels: {use: yes-please}}, parameterNotFoundAction: ${action}}`;
const configMap = (data: Value): Value => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "x", namespace: "settings" },
  data,
});
const deployment = (replicas: number): Value => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "team" },
  spec: { replicas },
});

/** Runs to the end; every list of params is `params`. */
function run(text: string, object: Value, params: readonly Value[]): KyvernoEvaluation {
  const decoded = decodePolicies(text, "policy.yaml");
  assert.ok(decoded.ok, JSON.stringify(decoded));
  const [policy, ...bindings] = decoded.value as [CelPolicyResource, ...CelBindingResource[]];
  const plan = compileCelPolicy(policy, { bindings });
  assert.ok(plan.ok, JSON.stringify(plan));
  const facts = new Map<string, Fact>();
  let previous: KyvernoEvaluation | undefined;
  for (let pass = 0; pass < 10; pass++) {
    previous = evaluateCelPolicy(plan.value, { object, operation: "CREATE" }, { facts, now: 0, seed: "", previous });
    if (previous.pending.length === 0) return previous;
    for (const { key, kind } of previous.pending) {
      assert.equal(kind, "objectsOfKind");
      facts.set(key, { ok: true, value: params.map((each) => ({ object: each, subresource: "" })) });
    }
  }
  throw new Error("it never ends");
}

const shown = ({ responses }: KyvernoEvaluation): readonly string[] =>
  responses.map(({ status, message, failureAction, binding }) => `${binding} ${status} ${failureAction}: ${message}`);

const limit = (max: string): Value => configMap({ max });
const DENIED = "failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction";

interface Row {
  readonly name: string;
  readonly bindings: string;
  readonly failurePolicy?: string;
  readonly params: readonly Value[];
  readonly expected: readonly string[];
}

const rows: readonly Row[] = [
  {
    name: "each param is asked, and none objects",
    bindings: bindingOf("a", "limit", byLabel("Deny")),
    params: [limit("5"), limit("9")],
    expected: ["a pass Enforce: "],
  },
  {
    name: "one of several objects",
    bindings: bindingOf("a", "limit", byLabel("Deny")),
    params: [limit("9"), limit("3"), limit("2")],
    expected: ["a fail Enforce: more than 3"],
  },
  {
    name: "no params, Allow: the binding says nothing",
    bindings: bindingOf("a", "limit", byLabel("Allow")),
    params: [],
    expected: [],
  },
  {
    name: "no params, Deny: denied",
    bindings: bindingOf("a", "limit", byLabel("Deny")),
    params: [],
    expected: [`a error Enforce: ${DENIED}`],
  },
  {
    name: "no params, Deny, Ignore: an error, and not denied",
    bindings: bindingOf("a", "limit", byLabel("Deny")),
    failurePolicy: "Ignore",
    params: [],
    expected: [`a error Audit: ${DENIED}`],
  },
  {
    name: "each binding for itself",
    bindings: bindingOf("a", "limit", byLabel("Allow")) + bindingOf("b", "limit", byLabel("Deny")),
    params: [limit("3")],
    expected: ["a fail Enforce: more than 3", "b fail Enforce: more than 3"],
  },
  {
    name: "a binding about other objects says nothing",
    bindings: bindingOf("a", "limit", `matchResources: {objectSelector: {matchLabels: {a: b}}}, ${byLabel("Deny")}`),
    params: [limit("3")],
    expected: [],
  },
];

describe("bindings with params", () => {
  for (const { name, bindings, failurePolicy = "Fail", params, expected } of rows) {
    test(name, () => {
      const text = VALIDATING.replace("FAILURE", failurePolicy) + bindings;
      assert.deepEqual(shown(run(text, deployment(5), params)), expected);
    });
  }

  test("a param without the field that is read denies, and does not under Ignore", () => {
    const bindings = bindingOf("a", "limit", byLabel("Deny"));
    const [response] = run(VALIDATING.replace("FAILURE", "Fail") + bindings, deployment(5), [configMap({})]).responses;
    assert.notEqual(response?.status, "pass");
    assert.equal(response?.failureAction, "Enforce");
    const ignored = run(VALIDATING.replace("FAILURE", "Ignore") + bindings, deployment(5), [configMap({})]).responses;
    assert.ok(ignored.every(({ status, failureAction }) => status !== "fail" || failureAction === "Audit"));
  });

  test("an audit annotation that fails for one of several params denies, whatever the actions are", () => {
    const notes = `validations: [{expression: "true"}]
  auditAnnotations: [{key: most, valueExpression: string(params.data.max)}]`;
    const text = VALIDATING.replace("FAILURE", "Fail").replace(/validations: .*/, notes);
    const bindings = bindingOf("a", "limit", byLabel("Deny")).replace("[Deny]", "[Audit]");
    const said = (params: readonly Value[]): readonly string[] => shown(run(text + bindings, deployment(5), params));
    assert.deepEqual(said([limit("9"), limit("8")]), ["a pass Audit: "]);
    const failure = "a error Enforce: expression 'string(params.data.max)' resulted in error: no such key: max";
    assert.deepEqual(said([limit("9"), configMap({})]), [failure]);
    const denied = text.replace('expression: "true"', "expression: object.spec.replicas > 5, message: few");
    assert.deepEqual(shown(run(denied + bindings, deployment(5), [limit("9"), configMap({})])), [
      "a fail Audit: few",
      failure,
    ]);
  });

  test("a mutation for each param sees the object as the one before left it", () => {
    const text = MUTATING + bindingOf("a", "label", byLabel("Deny"));
    const params = [configMap({ name: "one" }), configMap({ name: "two" }), configMap({ name: "three" })];
    const { object } = run(text, deployment(1), params);
    const labels = memberOf(memberOf(object, "metadata"), "labels");
    assert.deepEqual(labels, { count: "3", first: "one", last: "three" });
  });
});
