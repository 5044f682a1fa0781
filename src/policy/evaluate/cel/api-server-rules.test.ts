/** Rules of the API server that a policy's own text does not show; e2e/cluster holds them against a real one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Value } from "../../../base/index.ts";
import type { CelBindingResource } from "../../compile/cel-plan.ts";
import { compileCelPolicy } from "../../compile/cel-policy.ts";
import { decodePolicies } from "../../resource/decode-policies.ts";
import { type CustomKind, readCustomKinds } from "../../resource/resource-schema.ts";
import { evaluateCelPolicy } from "../evaluate-cel-policy.ts";
import type { PolicyInput } from "../input.ts";
import type { KyvernoEvaluation } from "../kyverno-response.ts";

const CONFIG_MAP: Value = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "a", namespace: "b" },
  data: { mode: "fast" },
};

function run(
  kind: "Validating" | "Mutating",
  spec: string,
  binding: string,
  input: Partial<PolicyInput> = {},
  kinds: readonly CustomKind[] = [],
): KyvernoEvaluation {
  const head = `apiVersion: admissionregistration.k8s.io/v1\nmetadata: { name: p }\nkind: ${kind}AdmissionPolicy`;
  const rules = 'resourceRules: [{ apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["*", "*/*"] }]';
  const text = `${head}\nspec: { matchConstraints: { ${rules} }, ${spec} }\n---\n${head}Binding\nspec: { policyName: p, ${binding} }\n`;
  const decoded = decodePolicies(text, "p.yaml");
  assert.ok(decoded.ok, JSON.stringify(decoded));
  const [policy, ...others] = decoded.value;
  assert.ok(policy?.kind === `${kind}AdmissionPolicy`);
  const bindings = others.filter((each): each is CelBindingResource => each.kind.endsWith("PolicyBinding"));
  const plan = compileCelPolicy(policy as Parameters<typeof compileCelPolicy>[0], { bindings });
  assert.ok(plan.ok, JSON.stringify(plan));
  const schemaOf = (apiVersion: string, wanted: string): CustomKind["schema"] | undefined =>
    kinds.find(({ group, version, kind: name }) => `${group}/${version}` === apiVersion && name === wanted)?.schema;
  const all: PolicyInput = { object: CONFIG_MAP, operation: "CREATE", ...input };
  const facts = new Map();
  for (;;) {
    const done = evaluateCelPolicy(plan.value, all, { facts, now: 0, seed: "", schemaOf });
    if (done.pending.length === 0) return done;
    for (const { key } of done.pending) facts.set(key, { ok: true, value: null });
  }
}

const WARN = "validationActions: [Warn]";
const NOTES = 'auditAnnotations: [{ key: mode, valueExpression: "string(object.data.mode)" }]';

test("audit annotations are made of what is denied, too", () => {
  const { responses } = run("Validating", `validations: [{ expression: "false" }], ${NOTES}`, WARN);
  assert.deepEqual(
    responses.map(({ status, auditAnnotations }) => [status, auditAnnotations]),
    [["fail", { mode: "fast" }]],
  );
});

test("an audit annotation that fails denies, whatever the actions are, and the others are made", () => {
  const notes = `${NOTES.slice(0, -1)}, { key: none, valueExpression: "string(object.data.none)" }]`;
  const { responses } = run("Validating", `validations: [{ expression: "false" }], ${notes}`, WARN);
  assert.deepEqual(
    responses.map(({ status, failureAction, emitWarning, auditAnnotations }) => [
      status,
      failureAction,
      emitWarning,
      auditAnnotations,
    ]),
    [
      ["fail", "Audit", true, { mode: "fast" }],
      ["error", "Enforce", false, undefined],
    ],
  );
  const ignored = run("Validating", `failurePolicy: Ignore, validations: [{ expression: "true" }], ${notes}`, WARN);
  assert.deepEqual(
    ignored.responses.map(({ status, auditAnnotations }) => [status, auditAnnotations]),
    [["pass", { mode: "fast" }]],
  );
});

test("a binding that cannot be used denies, whatever its actions are", () => {
  const spec = 'paramKind: { apiVersion: v1, kind: ConfigMap }, validations: [{ expression: "true" }]';
  const binding = `${WARN}, paramRef: { name: none, parameterNotFoundAction: Deny }`;
  const [response] = run("Validating", spec, binding).responses;
  assert.deepEqual([response?.status, response?.failureAction, response?.emitWarning], ["error", "Enforce", false]);
  assert.match(response?.message ?? "", /^failed to configure binding: no params found/);
  const [ignored] = run("Validating", `failurePolicy: Ignore, ${spec}`, binding).responses;
  assert.deepEqual([ignored?.status, ignored?.failureAction], ["error", "Audit"]);
});

const mutation = (type: "applyConfiguration" | "jsonPatch", expression: string): string =>
  `reinvocationPolicy: Never, mutations: [{ patchType: ${type === "jsonPatch" ? "JSONPatch" : "ApplyConfiguration"}, ${type}: { expression: ${JSON.stringify(expression)} } }]`;
const BOUND = "matchResources: {}";

const SHOPS = readCustomKinds({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { kind: "Shop", plural: "shops" },
    versions: [
      {
        name: "v1",
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: { tags: { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } } },
          },
        },
      },
    ],
  },
});

test("custom kinds are merged by their schema, where it is known", () => {
  const shop: Value = {
    apiVersion: "example.com/v1",
    kind: "Shop",
    metadata: { name: "a", namespace: "b" },
    tags: ["x"],
  };
  const spec = mutation("applyConfiguration", "Object{tags: ['y']}");
  const tagsOf = ({ object }: KyvernoEvaluation): unknown => (object as { readonly tags?: unknown }).tags;
  assert.deepEqual(tagsOf(run("Mutating", spec, BOUND, { object: shop }, SHOPS)), ["x", "y"]);
  assert.deepEqual(tagsOf(run("Mutating", spec, BOUND, { object: shop })), ["y"]);
  const wrong = run("Mutating", mutation("applyConfiguration", "Object{tags: 'y'}"), BOUND, { object: shop }, SHOPS);
  assert.match(
    wrong.responses[0]?.message ?? "",
    /failed to convert patch object to typed object: \.tags: expected list/,
  );
});

test("kinds of subresources alone are not merged", () => {
  const object: Value = { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "a" }, spec: { replicas: 1 } };
  const input = { object, operation: "UPDATE", resource: "deployments", subresource: "scale" } as const;
  const [response] = run(
    "Mutating",
    mutation("applyConfiguration", "Object{spec: Object.spec{replicas: 2}}"),
    BOUND,
    input,
  ).responses;
  assert.equal(response?.status, "error");
  assert.match(response?.message ?? "", /no corresponding type for autoscaling\/v1, Kind=Scale$/);
  const patched = run(
    "Mutating",
    mutation("jsonPatch", "[JSONPatch{op: 'replace', path: '/spec/replicas', value: 2}]"),
    BOUND,
    input,
  );
  assert.deepEqual((patched.object as { readonly spec?: unknown }).spec, { replicas: 2 });
});

test("what a JSON patch leaves is read as the kind: wrong types are errors, empty labels are none", () => {
  const wrong = run(
    "Mutating",
    mutation("jsonPatch", "[JSONPatch{op: 'replace', path: '/data/mode', value: 1}]"),
    BOUND,
  );
  assert.deepEqual(
    wrong.responses.map(({ status, message }) => [status, message]),
    [
      [
        "error",
        "Internal error occurred: json: cannot unmarshal number into Go struct field ConfigMap.data of type string",
      ],
    ],
  );
  const empty = run(
    "Mutating",
    mutation("jsonPatch", "[JSONPatch{op: 'add', path: '/metadata/labels', value: {}}]"),
    BOUND,
  );
  assert.deepEqual(empty.object, CONFIG_MAP);
});
