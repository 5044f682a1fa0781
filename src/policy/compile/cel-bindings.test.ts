import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { canonicalJson, isAmapError, type Value } from "../../base/index.ts";
import { NotingFactReader, PendingFacts } from "../evaluate/fact-reader.ts";
import { type Fact, type FactRequest, MISSING_FACT } from "../evaluate/facts.ts";
import type { PolicyInput } from "../evaluate/input.ts";
import { decodePolicies } from "../resource/decode-policies.ts";
import { type AdmissionPolicyResource, compileCelBindings } from "./cel-bindings.ts";
import type { CelBindingResource } from "./cel-plan.ts";

const POLICY = `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: { name: limit }
spec:
  PARAMKIND
  matchConstraints:
    resourceRules: [{ apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["*"] }]
  validations: [{ expression: EXPRESSION }]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: { name: bound }
spec: { policyName: limit, validationActions: [Warn, Audit], BINDING }
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: { name: other }
spec: { policyName: another, validationActions: [Deny] }
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: { name: of-another-kind }
spec: { policyName: limit }
`;

interface PolicyText {
  readonly paramKind?: string;
  readonly expression?: string;
  readonly binding?: string;
}

function compile({ paramKind = "", expression = '"true"', binding = "" }: PolicyText) {
  const text = POLICY.replace("PARAMKIND", paramKind === "" ? "" : `paramKind: ${paramKind}`)
    .replace("EXPRESSION", expression)
    .replace(", BINDING", binding === "" ? "" : `, ${binding}`);
  const decoded = decodePolicies(text, "policy.yaml");
  assert.ok(decoded.ok, JSON.stringify(decoded));
  const [policy, ...bindings] = decoded.value as [AdmissionPolicyResource, ...CelBindingResource[]];
  return compileCelBindings(policy, bindings);
}

const CONFIG_MAP = "{apiVersion: v1, kind: ConfigMap}";
const CLUSTER_ROLE = "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole}";
const CUSTOM = "{apiVersion: rules.example.com/v1, kind: Limit}";

const named = (name: string, namespace?: string): Value => ({
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
});
const POD: PolicyInput = {
  object: { apiVersion: "v1", kind: "Pod", metadata: { name: "p", namespace: "team" } },
  operation: "CREATE",
};
const NODE: PolicyInput = {
  object: { apiVersion: "v1", kind: "Node", metadata: { name: "n" } },
  operation: "CREATE",
};
const NAMESPACE: PolicyInput = {
  object: { apiVersion: "v1", kind: "Namespace", metadata: { name: "team" } },
  operation: "CREATE",
};
const UNPLACED: PolicyInput = {
  object: { apiVersion: "v1", kind: "Pod", metadata: { name: "p" } },
  operation: "CREATE",
};

interface LoadRow {
  readonly name: string;
  readonly paramKind?: string;
  readonly ref: string;
  readonly input?: PolicyInput;
  readonly expression?: string;
  /** The answer to every question. */
  readonly answer: Value;
  /** What is asked: `kind namespace/name`. */
  readonly asked?: string;
  readonly expected: readonly Value[] | string;
}

const items = (...objects: readonly Value[]): Value => objects.map((object) => ({ object, subresource: "" }));
const DENIED = "failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction";
const OUTSIDE =
  "failed to configure binding: cannot use namespaced paramRef in policy binding that matches cluster-scoped resources";
const ALLOW = "parameterNotFoundAction: Allow";
const DENY = "parameterNotFoundAction: Deny";

const rows: readonly LoadRow[] = [
  {
    name: "a name in the object's namespace",
    ref: `name: a, ${DENY}`,
    answer: named("a", "team"),
    asked: "objectOfKind team/a",
    expected: [named("a", "team")],
  },
  {
    name: "a name in the namespace of paramRef",
    ref: `name: a, namespace: shared, ${DENY}`,
    answer: named("a", "shared"),
    asked: "objectOfKind shared/a",
    expected: [named("a", "shared")],
  },
  {
    name: "an object of a file without a namespace",
    ref: `name: a, ${DENY}`,
    input: UNPLACED,
    answer: named("a", "default"),
    asked: "objectOfKind default/a",
    expected: [named("a", "default")],
  },
  {
    name: "a Namespace is in itself",
    ref: `name: a, ${DENY}`,
    input: NAMESPACE,
    answer: named("a", "team"),
    asked: "objectOfKind team/a",
    expected: [named("a", "team")],
  },
  { name: "not there, Deny", ref: `name: a, ${DENY}`, answer: null, expected: DENIED },
  { name: "not there, Allow", ref: `name: a, ${ALLOW}`, answer: null, expected: [] },
  {
    name: "not there, no action",
    ref: "name: a",
    answer: null,
    expected: "failed to configure binding: no params found for policy binding that says no parameterNotFoundAction",
  },
  {
    name: "a selector finds several: each",
    ref: `selector: {matchLabels: {a: b}}, ${DENY}`,
    answer: items(named("a", "team"), named("b", "team")),
    asked: "objectsOfKind team/",
    expected: [named("a", "team"), named("b", "team")],
  },
  {
    name: "a policy that reads params.items: one list, as Kyverno's command line has it",
    ref: `selector: {matchLabels: {a: b}}, ${DENY}`,
    expression: "params.items.size() == 2",
    answer: items(named("a", "team"), named("b", "team")),
    expected: [{ items: [named("a", "team"), named("b", "team")] }],
  },
  {
    name: "a policy that reads items of something else",
    ref: `selector: {}, ${DENY}`,
    expression: '"variables.params.items == xparams.items"',
    answer: items(named("a", "team")),
    expected: [named("a", "team")],
  },
  {
    name: "a name is no pattern",
    paramKind: CUSTOM,
    ref: `name: "*", ${DENY}`,
    answer: items(named("a", "team")),
    expected: DENIED,
  },
  {
    name: "nor is a namespace",
    ref: `selector: {}, namespace: "*", ${DENY}`,
    answer: items(named("a", "team")),
    expected: DENIED,
  },
  { name: "a selector finds none, Deny", ref: `selector: {}, ${DENY}`, answer: [], expected: DENIED },
  { name: "a selector finds none, Allow", ref: `selector: {}, ${ALLOW}`, answer: [], expected: [] },
  {
    name: "namespaced params for what has no namespace",
    ref: `name: a, ${ALLOW}`,
    input: NODE,
    answer: null,
    expected: OUTSIDE,
  },
  {
    name: "the namespace of paramRef for what has none",
    ref: `name: a, namespace: shared, ${ALLOW}`,
    input: NODE,
    answer: named("a", "shared"),
    expected: [named("a", "shared")],
  },
  {
    name: "params outside namespaces",
    paramKind: CLUSTER_ROLE,
    ref: `name: a, ${DENY}`,
    answer: named("a"),
    asked: "objectOfKind /a",
    expected: [named("a")],
  },
  {
    name: "params outside namespaces with a namespace",
    paramKind: CLUSTER_ROLE,
    ref: `name: a, namespace: shared, ${ALLOW}`,
    answer: named("a"),
    expected: "failed to configure binding: paramRef.namespace must not be provided for a cluster-scoped `paramKind`",
  },
  {
    name: "custom params in namespaces: those of the object's namespace",
    paramKind: CUSTOM,
    ref: `name: a, ${DENY}`,
    answer: items(named("a", "other"), named("a", "team")),
    asked: "objectsOfKind /a",
    expected: [named("a", "team")],
  },
  {
    name: "custom params of other namespaces alone",
    paramKind: CUSTOM,
    ref: `name: a, ${DENY}`,
    answer: items(named("a", "other")),
    expected: DENIED,
  },
  {
    name: "custom params outside namespaces",
    paramKind: CUSTOM,
    ref: `selector: {}, ${DENY}`,
    input: NODE,
    answer: items(named("a"), named("b")),
    expected: [named("a"), named("b")],
  },
  {
    name: "custom params in namespaces for what has none",
    paramKind: CUSTOM,
    ref: `selector: {}, ${ALLOW}`,
    input: NODE,
    answer: items(named("a", "team")),
    expected: OUTSIDE,
  },
];

/** What params come to when every question has the same answer; all but the first pass has it. */
function load(row: LoadRow): { readonly asked: readonly FactRequest[]; readonly value: readonly Value[] | string } {
  const binding = `paramRef: {${row.ref}}`;
  const { paramKind = CONFIG_MAP, expression } = row;
  const { bindings } = compile({ paramKind, binding, ...(expression === undefined ? {} : { expression }) });
  const params = bindings?.[0]?.params;
  assert.ok(params !== undefined);
  const facts = new Map<string, Fact>();
  const asked: FactRequest[] = [];
  for (;;) {
    const pending = new PendingFacts();
    try {
      return { asked, value: params.load({ input: row.input ?? POD, facts: new NotingFactReader(facts, pending) }) };
    } catch (thrown) {
      if (thrown !== MISSING_FACT) {
        assert.ok(isAmapError(thrown), String(thrown));
        assert.equal(thrown.code, "FACT_FAILED");
        return { asked, value: thrown.message };
      }
      for (const request of pending.requests.values()) {
        asked.push(request);
        facts.set(request.key, { ok: true, value: row.answer });
      }
    }
  }
}

describe("params", () => {
  for (const row of rows) {
    test(row.name, () => {
      const { asked, value } = load(row);
      assert.deepEqual(value, row.expected);
      if (row.asked === undefined) return;
      const shown = asked.map(({ kind, params }) => {
        const { namespace, name } = params as { readonly namespace: string; readonly name: string };
        return `${kind} ${namespace}/${name}`;
      });
      assert.deepEqual(shown, [row.asked]);
    });
  }

  test("a fact that could not be loaded is the error of the params, whatever the action says", () => {
    const { bindings } = compile({ paramKind: CONFIG_MAP, binding: `paramRef: {name: a, ${ALLOW}}` });
    const fact: Fact = { ok: false, code: "CLUSTER_FORBIDDEN", message: "no" };
    const key = `objectOfKind:${canonicalJson({ apiVersion: "v1", kind: "ConfigMap", namespace: "team", name: "a" })}`;
    const facts = new NotingFactReader(new Map([[key, fact]]), new PendingFacts());
    assert.throws(() => bindings?.[0]?.params?.load({ input: POD, facts }), { code: "CLUSTER_FORBIDDEN" });
  });
});

describe("bindings", () => {
  test("those of the policy and its kind, in their order, with their actions", () => {
    const { bindings, warnings } = compile({});
    assert.deepEqual(
      bindings?.map(({ name, validationActions, match, params }) => ({ name, validationActions, match, params })),
      [{ name: "bound", validationActions: ["Warn", "Audit"], match: undefined, params: undefined }],
    );
    assert.deepEqual(warnings, []);
  });

  test("none is told from none that holds", () => {
    const decoded = decodePolicies(
      POLICY.replace("PARAMKIND", "").replace("EXPRESSION", "a").replace(", BINDING", ""),
      "p",
    );
    assert.ok(decoded.ok);
    const [policy, , other, mutating] = decoded.value as [AdmissionPolicyResource, ...CelBindingResource[]];
    assert.ok(other !== undefined && mutating !== undefined);
    assert.equal(compileCelBindings(policy, [other, mutating]).bindings, undefined);
  });

  test("params need both a paramKind and a paramRef", () => {
    const binding = "paramRef: {name: a, parameterNotFoundAction: Deny}";
    assert.equal(compile({ binding }).bindings?.[0]?.params, undefined);
    assert.equal(compile({ paramKind: CONFIG_MAP }).bindings?.[0]?.params, undefined);
    assert.notEqual(compile({ paramKind: CONFIG_MAP, binding }).bindings?.[0]?.params, undefined);
  });

  test("matchResources narrow, without rules everything is matched", () => {
    const binding = "matchResources: {namespaceSelector: {matchLabels: {env: test}}}";
    const { bindings } = compile({ binding });
    assert.deepEqual(bindings?.[0]?.match?.namespaceSelector, { matchLabels: { env: "test" } });
    assert.equal(bindings[0].match.keys, undefined);
  });

  test("a list of params is warned of", () => {
    const binding = `paramRef: {selector: {}, ${DENY}}`;
    const list = compile({ paramKind: CONFIG_MAP, binding, expression: "params.items.size() == 0" });
    assert.match(list.warnings.join(), /ValidatingAdmissionPolicy limit reads params\.items/);
    assert.deepEqual(compile({ paramKind: CONFIG_MAP, expression: "params.items.size() == 0" }).warnings, []);
  });
});
