import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isValueObject, readYaml, type ValueObject } from "../../base/index.ts";
import { type CleanupPlan, compileCleanupPolicy } from "../compile/cleanup-policy.ts";
import { decodePolicies } from "../resource/decode-policies.ts";
import {
  abandonCleanupPolicy,
  type CleanupEvaluation,
  type CleanupOptions,
  evaluateCleanupPolicy,
} from "./evaluate-cleanup-policy.ts";
import type { Fact } from "./facts.ts";

/** A ClusterCleanupPolicy with this spec beside its schedule, or a CleanupPolicy of a namespace. */
function policy(spec: string, namespace?: string): string {
  const kind = namespace === undefined ? "ClusterCleanupPolicy" : "CleanupPolicy";
  const metadata = namespace === undefined ? "{name: tidy}" : `{name: tidy, namespace: ${namespace}}`;
  return `apiVersion: kyverno.io/v2\nkind: ${kind}\nmetadata: ${metadata}\nspec:\n  schedule: "0 3 * * *"\n${spec.replaceAll(/^/gm, "  ")}\n`;
}

function compiled(text: string): ReturnType<typeof compileCleanupPolicy> {
  const decoded = decodePolicies(text, "cleanup.yaml");
  assert.ok(decoded.ok, JSON.stringify(decoded));
  const [resource] = decoded.value;
  assert.ok(resource?.kind === "CleanupPolicy" || resource?.kind === "ClusterCleanupPolicy");
  return compileCleanupPolicy(resource);
}

function planOf(text: string): CleanupPlan {
  const plan = compiled(text);
  assert.ok(plan.ok, JSON.stringify(plan));
  return plan.value;
}

function objectOf(text: string): ValueObject {
  const [value] = readYaml(text);
  assert.ok(value !== undefined && isValueObject(value));
  return value;
}

const POD = objectOf(`
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}, annotations: {team: red}}
spec: {containers: [{name: a, image: "ghcr.io/shop/web:v1"}]}
status: {phase: Succeeded}
`);
const OPTIONS: CleanupOptions = { facts: new Map(), now: 0, seed: "test" };

function evaluate(text: string, object = POD, options: Partial<CleanupOptions> = {}): CleanupEvaluation {
  return evaluateCleanupPolicy(planOf(text), object, { ...OPTIONS, ...options });
}

/** `delete`, `keep: …` or `error: …`. */
function said({ verdict }: CleanupEvaluation): string {
  if (verdict === undefined) return "pending";
  if (verdict.status === "delete") return "delete";
  return `${verdict.status}: ${verdict.status === "keep" ? verdict.reason : verdict.message}`;
}

const PODS = "match: {any: [{resources: {kinds: [Pod]}}]}";

describe("evaluateCleanupPolicy: what is selected", () => {
  const SELECTED: readonly (readonly [name: string, spec: string, said: string, namespace?: string])[] = [
    ["a kind", PODS, "delete"],
    ["a kind with its group and version", "match: {any: [{resources: {kinds: [v1/Pod]}}]}", "delete"],
    ["another kind", "match: {any: [{resources: {kinds: [Job]}}]}", 'keep: the kind is none of "Job"'],
    ["names", 'match: {any: [{resources: {kinds: [Pod], names: ["w*"]}}]}', "delete"],
    [
      "other names",
      "match: {any: [{resources: {kinds: [Pod], names: [api]}}, {resources: {kinds: [Job]}}]}",
      'keep: match.any[0]: the name is like none of "api"; match.any[1]: the kind is none of "Job"',
    ],
    ["all filters", "match: {all: [{resources: {kinds: [Pod]}}, {resources: {namespaces: [shop]}}]}", "delete"],
    [
      "all filters but one",
      "match: {all: [{resources: {kinds: [Pod]}}, {resources: {namespaces: [base]}}]}",
      'keep: match.all[1]: the namespace is like none of "base"',
    ],
    ["labels", "match: {any: [{resources: {kinds: [Pod], selector: {matchLabels: {app: web}}}}]}", "delete"],
    ["annotations", "match: {any: [{resources: {kinds: [Pod], annotations: {team: 'r*'}}}]}", "delete"],
    [
      "users, of whom there are none",
      "match: {any: [{resources: {kinds: [Pod]}, subjects: [{kind: User, name: mia}]}]}",
      'keep: match.any[0]: the user is none of "User mia"',
    ],
    ["no kind at all", "match: {any: [{resources: {names: [web]}}]}", "keep: spec.match names no kind"],
    ["nothing", "match: {}", "keep: spec.match names no kind"],
    ["what is excluded", `${PODS}\nexclude: {any: [{resources: {names: [web]}}]}`, "keep: it is excluded"],
    ["what is not excluded", `${PODS}\nexclude: {any: [{resources: {names: [api]}}]}`, "delete"],
    [
      "what all filters exclude",
      `${PODS}\nexclude: {all: [{resources: {names: [web]}}, {resources: {kinds: [Job]}}]}`,
      "delete",
    ],
    ["what an empty exclude says", `${PODS}\nexclude: {}`, "keep: it is excluded"],
    ["the namespace of the policy", PODS, "delete", "shop"],
    ["another namespace", PODS, "keep: the object is not in the namespace of the policy", "base"],
  ];
  for (const [name, spec, expected, namespace] of SELECTED) {
    test(name, () => assert.equal(said(evaluate(policy(spec, namespace))), expected));
  }

  test("a CleanupPolicy that names no namespace is of the namespace default", () => {
    const text = policy(PODS, "shop").replace(", namespace: shop", "");
    assert.equal(planOf(text).namespace, "default");
    assert.match(planOf(text).warnings.join(), /metadata.namespace is not set/);
    assert.equal(said(evaluate(text)), "keep: the object is not in the namespace of the policy");
  });

  test("a CleanupPolicy deletes nothing that is in no namespace", () => {
    const node = objectOf("{apiVersion: v1, kind: Node, metadata: {name: n1}}");
    const spec = "match: {any: [{resources: {kinds: [Node]}}]}";
    assert.equal(said(evaluate(policy(spec), node)), "delete");
    assert.match(said(evaluate(policy(spec, "shop"), node)), /^keep: /);
  });

  test("a namespaceSelector looks at the labels of the Namespace", () => {
    const spec = "match: {any: [{resources: {kinds: [Pod], namespaceSelector: {matchLabels: {stage: test}}}}]}";
    const namespaceObject = {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "shop", labels: { stage: "test" } },
    };
    assert.equal(said(evaluate(policy(spec), POD, { namespaceObject })), "delete");
    assert.match(said(evaluate(policy(spec))), /^keep: /);
  });
});

const condition = (key: string, operator: string, value: string): string =>
  `{key: "${key}", operator: ${operator}, value: ${value}}`;
const DONE = condition("{{ target.status.phase }}", "Equals", "Succeeded");
const NOT_DONE = condition("{{ target.status.phase }}", "Equals", "Running");
const BROKEN = condition("{{ target.status.none.deep }}", "Equals", "x");

describe("evaluateCleanupPolicy: conditions", () => {
  const CONDITIONS: readonly (readonly [name: string, conditions: string, said: RegExp])[] = [
    ["one that holds", `{all: [${DONE}]}`, /^delete$/],
    ["one that does not", `{all: [${DONE}, ${NOT_DONE}]}`, /^keep: a condition of conditions.all does not hold$/],
    ["its message", `{all: [{key: a, operator: Equals, value: b, message: it runs}]}`, /^keep: .* hold: it runs$/],
    ["any of two", `{any: [${NOT_DONE}, ${DONE}]}`, /^delete$/],
    ["any of none that holds", `{any: [${NOT_DONE}]}`, /^keep: none of conditions.any holds$/],
    ["all and any", `{all: [${DONE}], any: [${DONE}]}`, /^delete$/],
    ["all, and none of any", `{all: [${DONE}], any: [${NOT_DONE}]}`, /^keep: /],
    ["an empty any counts as absent", `{any: [], all: [${DONE}]}`, /^delete$/],
    ["none at all", "{}", /^delete$/],
    ["the namespace", `{all: [${condition("{{ request.namespace }}", "Equals", "shop")}]}`, /^delete$/],
    ["images", `{all: [${condition("{{ images.containers.a.registry }}", "Equals", "ghcr.io")}]}`, /^delete$/],
    ["a broken one", `{all: [${BROKEN}]}`, /^error: failed to substitute variables in condition key: /],
    ["a broken one behind one that does not hold", `{all: [${NOT_DONE}], any: [${BROKEN}]}`, /^keep: /],
    ["a broken one behind one that holds", `{any: [${DONE}, ${BROKEN}]}`, /^delete$/],
    ["no request object", `{all: [${condition("{{ request.object.metadata.name }}", "Equals", "web")}]}`, /^error: /],
  ];
  for (const [name, conditions, expected] of CONDITIONS) {
    test(name, () => assert.match(said(evaluate(policy(`${PODS}\nconditions: ${conditions}`))), expected));
  }

  test("what takes too much is an error, and nothing is deleted", () => {
    const tenfold = `[].[${Array(40).fill("@").join()}][]`;
    const key = `{{ target.spec.containers | ${Array(4).fill(tenfold).join(" | ")} | length(@) }}`;
    const { verdict } = evaluate(policy(`${PODS}\nconditions: {all: [{key: "${key}", operator: Equals, value: 1}]}`));
    assert.equal(verdict?.status === "error" ? verdict.code : verdict?.status, "BUDGET_EXCEEDED");
  });
});

describe("evaluateCleanupPolicy: facts", () => {
  const LISTED = `${PODS}
context:
- {name: kept, apiCall: {urlPath: "/api/v1/namespaces/{{ target.metadata.namespace }}/configmaps/kept", jmesPath: data.pods}}
- {name: again, variable: {jmesPath: "split(kept, ',')"}}
conditions: {all: [{key: "{{ target.metadata.name }}", operator: AnyNotIn, value: "{{ again }}"}]}`;

  function resolved(fact: Fact): CleanupEvaluation {
    const first = evaluate(policy(LISTED));
    assert.equal(first.verdict, undefined);
    assert.deepEqual(
      first.pending.map(({ kind, params }) => [kind, params]),
      [["kubernetesApi", { path: "/api/v1/namespaces/shop/configmaps/kept" }]],
    );
    return evaluate(policy(LISTED), POD, { facts: new Map(first.pending.map(({ key }) => [key, fact])) });
  }
  const kept = (pods: string): Fact => ({ ok: true, value: { data: { pods } } });

  test("what is asked for decides when it is there", () => {
    assert.equal(said(resolved(kept("api,db"))), "delete");
    assert.match(said(resolved(kept("api,web"))), /^keep: /);
  });

  test("what cannot be loaded is an error", () => {
    const failed = resolved({ ok: false, code: "CLUSTER_NOT_FOUND", message: "nobody answers" });
    assert.deepEqual(failed.pending, []);
    assert.match(said(failed), /^error: .*nobody answers/);
  });

  test("without conditions nothing is asked", () => {
    assert.equal(said(evaluate(policy(LISTED.replace(/\nconditions:.*/, "")))), "delete");
  });

  test("an object that does not match asks for nothing", () => {
    const other = { ...POD, kind: "Job", apiVersion: "batch/v1" };
    assert.deepEqual(evaluate(policy(LISTED), other).pending, []);
  });

  test("what is given up is an error; what is finished stays", () => {
    const late = { code: "TIMEOUT", message: "too late" } as const;
    const waiting = evaluate(policy(LISTED));
    assert.equal(said(abandonCleanupPolicy(waiting, late)), "error: too late");
    assert.deepEqual(abandonCleanupPolicy(waiting, late).pending, []);
    const done = evaluate(policy(PODS));
    assert.equal(abandonCleanupPolicy(done, late), done);
  });

  test("what is not served is not there", () => {
    assert.match(said(evaluate(policy(LISTED), POD, { served: new Set(["variable"]) })), /^error: /);
  });
});

describe("evaluateCleanupPolicy: explanations", () => {
  test("the trace has the match, the variables and the conditions", () => {
    const { trace = [] } = evaluate(policy(`${PODS}\nconditions: {all: [${DONE}]}`), POD, { explain: true });
    const kinds = trace.map(({ kind }) => kind);
    assert.equal(kinds[0], "match");
    assert.ok(kinds.includes("variable") && kinds.includes("condition"), kinds.join());
    const condition = trace.find((step) => step.kind === "condition");
    assert.deepEqual([condition?.path, condition?.holds], ["spec.conditions.all[0]", true]);
  });

  test("there is none unless it is asked for", () => {
    assert.equal(evaluate(policy(PODS)).trace, undefined);
  });

  test("nothing that is given is changed", () => {
    const before = JSON.stringify(POD);
    evaluate(policy(`${PODS}\nconditions: {all: [${DONE}]}`), Object.freeze(POD));
    assert.equal(JSON.stringify(POD), before);
  });
});

describe("compileCleanupPolicy", () => {
  test("a plan says what it looks through, when, and how it deletes", () => {
    const plan = planOf(policy(`${PODS}\ndeletionPropagationPolicy: Orphan`));
    assert.deepEqual([...plan.kinds.names], ["Pod"]);
    assert.deepEqual([plan.schedule, plan.propagation, plan.warnings.length], ["0 3 * * *", "Orphan", 0]);
  });

  const WARNED: readonly (readonly [name: string, text: string, warning: RegExp])[] = [
    [
      "a schedule that never runs",
      policy(PODS).replace("0 3 * * *", "@midnight"),
      /spec.schedule never runs: .*@midnight/,
    ],
    ["a schedule that is none", policy(PODS).replace("0 3 * * *", "soon"), /^expected 5 fields, found 1$/],
    ["a match without kinds", policy("match: {any: [{resources: {names: [a]}}]}"), /spec.match names no kind/],
  ];
  for (const [name, text, warning] of WARNED) {
    test(`warns of ${name}`, () => assert.match(planOf(text).warnings.join("\n"), warning));
  }

  const REFUSED: readonly (readonly [name: string, spec: string, path: string])[] = [
    [
      "a variable that does not parse",
      `${PODS}\nconditions: {any: [{key: "{{ a[ }}", operator: Equals, value: 1}]}`,
      "spec.conditions.any[0].key",
    ],
    ["a jmesPath that does not parse", `${PODS}\ncontext: [{name: a, variable: {jmesPath: "a["}}]`, "spec.context"],
  ];
  for (const [name, spec, path] of REFUSED) {
    test(`refuses ${name}`, () => {
      const result = compiled(policy(spec));
      const issues: readonly { readonly path: string }[] = result.ok ? [] : result.issues;
      assert.deepEqual(
        issues.map((issue) => issue.path),
        [path],
      );
    });
  }
});

test("a value of an object cannot become an expression", () => {
  const sly: ValueObject = { ...POD, status: { phase: "{{ request.namespace }}" } };
  const spec = `${PODS}\nconditions: {all: [${condition("{{ target.status.phase }}", "Equals", "shop")}]}`;
  assert.match(said(evaluate(policy(spec), sly)), /^keep: /);
});
