import assert from "node:assert/strict";
import { test } from "node:test";
import type { Value } from "../../base/index.ts";
import { creation, planOf, plansOf, pod, policyDocument } from "../../testing/policy-builders.ts";
import type { PolicyInput } from "../evaluate/input.ts";
import { matchInput } from "./match-constraints.ts";
import { createPlanIndex } from "./plan.ts";

type Spec = { readonly [key: string]: Value };
const rule = (more: Spec): Spec => ({
  apiGroups: [""],
  apiVersions: ["v1"],
  operations: ["CREATE"],
  resources: ["pods"],
  ...more,
});
const object = (apiVersion: string, kind: string, metadata: Spec = {}): Spec => ({
  apiVersion,
  kind,
  metadata: { name: "web", namespace: "shop", ...metadata },
});
const POD = object("v1", "Pod", { labels: { app: "web" } });
const namespace = (labels: Spec): Value => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: "shop", labels },
});

const cases: readonly {
  name: string;
  match: Spec;
  input: PolicyInput;
  expected: "object" | "template" | "jobTemplate" | false | "unknown";
  autogen?: Spec;
}[] = [
  { name: "a Pod", match: { resourceRules: [rule({})] }, input: creation(POD), expected: "object" },
  { name: "no rules", match: {}, input: creation(POD), expected: false },
  {
    name: "another operation",
    match: { resourceRules: [rule({})] },
    input: { object: POD, operation: "UPDATE" },
    expected: false,
  },
  {
    name: "every operation",
    match: { resourceRules: [rule({ operations: ["*"] })] },
    input: { object: POD, operation: "CONNECT" },
    expected: "object",
  },
  {
    name: "a deleted Pod",
    match: { resourceRules: [rule({ operations: ["DELETE"] })] },
    input: { object: null, oldObject: POD, operation: "DELETE" },
    expected: "object",
  },
  {
    name: "another group",
    match: { resourceRules: [rule({ apiGroups: ["apps"] })] },
    input: creation(POD),
    expected: false,
  },
  {
    name: "every group and version",
    match: { resourceRules: [rule({ apiGroups: ["*"], apiVersions: ["*"], resources: ["*"] })] },
    input: creation(object("a.b/v1beta1", "Thing")),
    expected: "object",
  },
  {
    name: "another version, Exact",
    match: { matchPolicy: "Exact", resourceRules: [rule({ apiGroups: ["apps"], resources: ["deployments"] })] },
    input: creation(object("apps/v1beta1", "Deployment")),
    expected: false,
  },
  {
    name: "another version, Equivalent",
    match: { matchPolicy: "Equivalent", resourceRules: [rule({ apiGroups: ["apps"], resources: ["deployments"] })] },
    input: creation(object("apps/v1beta1", "Deployment")),
    expected: "object",
  },
  {
    name: "another version, which is Equivalent by default",
    match: { resourceRules: [rule({ apiGroups: ["apps"], resources: ["deployments"] })] },
    input: creation(object("apps/v1beta1", "Deployment")),
    expected: "object",
  },
  {
    name: "no version at all",
    match: { resourceRules: [rule({})] },
    input: creation({ kind: "Pod" }),
    expected: false,
  },
  {
    name: "a group it moved from",
    match: { resourceRules: [rule({ apiGroups: ["apps"], resources: ["deployments"] })] },
    input: creation(object("extensions/v1beta1", "Deployment")),
    expected: "object",
  },
  {
    name: "a group it moved to",
    match: { resourceRules: [rule({ apiGroups: ["extensions"], resources: ["ingresses", "daemonsets"] })] },
    input: creation(object("networking.k8s.io/v1", "Ingress")),
    expected: "object",
  },
  {
    name: "a group it moved from, Exact",
    match: { matchPolicy: "Exact", resourceRules: [rule({ apiGroups: ["apps"], resources: ["deployments"] })] },
    input: creation(object("extensions/v1beta1", "Deployment")),
    expected: false,
  },
  {
    name: "a group that another resource moved from",
    match: { resourceRules: [rule({ apiGroups: ["apps"], resources: ["ingresses"] })] },
    input: creation(object("extensions/v1beta1", "Ingress")),
    expected: false,
  },
  {
    name: "another version is excluded too",
    match: {
      resourceRules: [rule({ apiGroups: ["*"], resources: ["*"] })],
      excludeResourceRules: [rule({ apiGroups: ["apps"], resources: ["deployments"] })],
    },
    input: creation(object("extensions/v1beta1", "Deployment")),
    expected: false,
  },
  {
    name: "autogen: Deployment of another version",
    match: { resourceRules: [rule({})] },
    input: creation(object("apps/v1beta2", "Deployment")),
    expected: "template",
  },
  {
    name: "autogen: CronJob of another version",
    match: { resourceRules: [rule({})] },
    input: creation(object("batch/v1beta1", "CronJob")),
    expected: "jobTemplate",
  },
  ...(
    [
      ["SecurityContextConstraints", "securitycontextconstraints"],
      ["Redis", "redis"],
      ["Redis", "redises"],
      ["NetworkAttachmentDefinition", "network-attachment-definitions"],
      ["Mouse", "mouse"],
      ["DataPlane", "data-planes"],
      ["Fish", "fishs"],
      ["Policy", "policies"],
      ["Key", "keys"],
    ] as const
  ).map(([kind, resource]) => ({
    name: `a plural of custom resources: ${kind}, ${resource}`,
    match: { resourceRules: [rule({ apiGroups: ["x.io"], resources: [resource] })] },
    input: creation(object("x.io/v1", kind)),
    expected: "object" as const,
  })),
  {
    name: "a plural that is stated is the only one",
    match: { resourceRules: [rule({ resources: ["mouses"] })] },
    input: { ...creation(object("v1", "Mouse")), resource: "mice" },
    expected: false,
  },
  {
    name: "an unlikely plural leaves nothing out",
    match: {
      resourceRules: [rule({ apiGroups: ["x.io"], resources: ["*"] })],
      excludeResourceRules: [rule({ apiGroups: ["x.io"], resources: ["mouse"] })],
    },
    input: creation(object("x.io/v1", "Mouse")),
    expected: "object",
  },
  {
    name: "a plural with -ies",
    match: { resourceRules: [rule({ apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"] })] },
    input: creation(object("networking.k8s.io/v1", "NetworkPolicy")),
    expected: "object",
  },
  {
    name: "a plural with -es",
    match: { resourceRules: [rule({ apiGroups: ["networking.k8s.io"], resources: ["ingresses"] })] },
    input: creation(object("networking.k8s.io/v1", "Ingress")),
    expected: "object",
  },
  {
    name: "a plural that is stated",
    match: { resourceRules: [rule({ resources: ["mice"] })] },
    input: { ...creation(object("v1", "Mouse")), resource: "mice" },
    expected: "object",
  },
  {
    name: "a subresource is not the resource",
    match: { resourceRules: [rule({})] },
    input: { ...creation(POD), subresource: "status" },
    expected: false,
  },
  {
    name: "a debug container belongs to the Pod: rules over pods hold for it (C14)",
    match: { resourceRules: [rule({})] },
    input: { ...creation(POD), subresource: "ephemeralcontainers" },
    expected: "object",
  },
  {
    name: "a subresource by name",
    match: { resourceRules: [rule({ resources: ["pods/ephemeralcontainers"] })] },
    input: { ...creation(POD), subresource: "ephemeralcontainers" },
    expected: "object",
  },
  {
    name: "every subresource",
    match: { resourceRules: [rule({ resources: ["pods/*"] })] },
    input: { ...creation(POD), subresource: "status" },
    expected: "object",
  },
  {
    name: "* has no subresources",
    match: { resourceRules: [rule({ resources: ["*"] })] },
    input: { ...creation(POD), subresource: "status" },
    expected: false,
  },
  {
    name: "*/* has them",
    match: { resourceRules: [rule({ resources: ["*/*"] })] },
    input: { ...creation(POD), subresource: "status" },
    expected: "object",
  },
  {
    name: "a name",
    match: { resourceRules: [rule({ resourceNames: ["web"] })] },
    input: creation(POD),
    expected: "object",
  },
  {
    name: "another name",
    match: { resourceRules: [rule({ resourceNames: ["api"] })] },
    input: creation(POD),
    expected: false,
  },
  {
    name: "excluded",
    match: { resourceRules: [rule({})], excludeResourceRules: [rule({ resourceNames: ["web"] })] },
    input: creation(POD),
    expected: false,
  },
  {
    name: "object selector",
    match: { resourceRules: [rule({})], objectSelector: { matchLabels: { app: "web" } } },
    input: creation(POD),
    expected: "object",
  },
  {
    name: "object selector of another label",
    match: { resourceRules: [rule({})], objectSelector: { matchLabels: { app: "api" } } },
    input: creation(POD),
    expected: false,
  },
  {
    name: "an object without labels",
    match: { resourceRules: [rule({})], objectSelector: { matchLabels: { app: "web" } } },
    input: creation(object("v1", "Pod")),
    expected: false,
  },
  {
    name: "In",
    match: {
      resourceRules: [rule({})],
      objectSelector: { matchExpressions: [{ key: "app", operator: "In", values: ["a", "web"] }] },
    },
    input: creation(POD),
    expected: "object",
  },
  {
    name: "NotIn",
    match: {
      resourceRules: [rule({})],
      objectSelector: { matchExpressions: [{ key: "app", operator: "NotIn", values: ["web"] }] },
    },
    input: creation(POD),
    expected: false,
  },
  {
    name: "NotIn of a missing label",
    match: {
      resourceRules: [rule({})],
      objectSelector: { matchExpressions: [{ key: "x", operator: "NotIn", values: ["web"] }] },
    },
    input: creation(POD),
    expected: "object",
  },
  {
    name: "Exists",
    match: { resourceRules: [rule({})], objectSelector: { matchExpressions: [{ key: "x", operator: "Exists" }] } },
    input: creation(POD),
    expected: false,
  },
  {
    name: "Exists of an inherited name",
    match: {
      resourceRules: [rule({})],
      objectSelector: { matchExpressions: [{ key: "constructor", operator: "Exists" }] },
    },
    input: creation(POD),
    expected: false,
  },
  {
    name: "DoesNotExist",
    match: {
      resourceRules: [rule({})],
      objectSelector: { matchExpressions: [{ key: "x", operator: "DoesNotExist" }] },
    },
    input: creation(POD),
    expected: "object",
  },
  {
    name: "namespace selector",
    match: { resourceRules: [rule({})], namespaceSelector: { matchLabels: { env: "prod" } } },
    input: { ...creation(POD), namespaceObject: namespace({ env: "prod" }) },
    expected: "object",
  },
  {
    name: "namespace selector of another label",
    match: { resourceRules: [rule({})], namespaceSelector: { matchLabels: { env: "prod" } } },
    input: { ...creation(POD), namespaceObject: namespace({ env: "dev" }) },
    expected: false,
  },
  {
    name: "an unknown namespace is not a match and not a miss",
    match: { resourceRules: [rule({})], namespaceSelector: { matchLabels: { env: "prod" } } },
    input: creation(POD),
    expected: "unknown",
  },
  {
    name: "a namespace selector does not leave out what lives in no namespace",
    match: {
      resourceRules: [rule({ apiGroups: ["rbac.authorization.k8s.io"], resources: ["clusterroles"] })],
      namespaceSelector: { matchLabels: { env: "prod" } },
    },
    input: creation({ apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name: "a" } }),
    expected: "object",
  },
  {
    name: "a namespace selector and a custom resource",
    match: {
      resourceRules: [rule({ apiGroups: ["x.io"], resources: ["clusterroles"] })],
      namespaceSelector: { matchLabels: { env: "prod" } },
    },
    input: creation({ apiVersion: "x.io/v1", kind: "ClusterRole", metadata: { name: "a" } }),
    expected: "unknown",
  },
  {
    name: "a Namespace of another label",
    match: {
      resourceRules: [rule({ resources: ["namespaces"] })],
      namespaceSelector: { matchLabels: { env: "prod" } },
    },
    input: creation(namespace({ env: "dev" })),
    expected: false,
  },
  {
    name: "a Namespace is its own",
    match: {
      resourceRules: [rule({ resources: ["namespaces"] })],
      namespaceSelector: { matchLabels: { env: "prod" } },
    },
    input: creation(namespace({ env: "prod" })),
    expected: "object",
  },
  {
    name: "autogen: Deployment",
    match: { resourceRules: [rule({})] },
    input: creation(object("apps/v1", "Deployment")),
    expected: "template",
  },
  {
    name: "autogen: StatefulSet",
    match: { resourceRules: [rule({})] },
    input: creation(object("apps/v1", "StatefulSet")),
    expected: "template",
  },
  {
    name: "autogen: DaemonSet",
    match: { resourceRules: [rule({})] },
    input: creation(object("apps/v1", "DaemonSet")),
    expected: "template",
  },
  {
    name: "autogen: ReplicaSet",
    match: { resourceRules: [rule({})] },
    input: creation(object("apps/v1", "ReplicaSet")),
    expected: "template",
  },
  {
    name: "autogen: Job",
    match: { resourceRules: [rule({})] },
    input: creation(object("batch/v1", "Job")),
    expected: "template",
  },
  {
    name: "autogen: CronJob",
    match: { resourceRules: [rule({})] },
    input: creation(object("batch/v1", "CronJob")),
    expected: "jobTemplate",
  },
  {
    name: "autogen keeps the operations",
    match: { resourceRules: [rule({})] },
    input: { object: object("apps/v1", "Deployment"), operation: "UPDATE" },
    expected: false,
  },
  {
    name: "autogen leaves out ReplicationController, as Kyverno does",
    match: { resourceRules: [rule({})] },
    input: creation(object("v1", "ReplicationController")),
    expected: false,
  },
  {
    name: "autogen of named controllers",
    match: { resourceRules: [rule({})] },
    autogen: { podControllers: { controllers: ["cronjobs"] } },
    input: creation(object("apps/v1", "Deployment")),
    expected: false,
  },
  {
    name: "autogen of none",
    match: { resourceRules: [rule({})] },
    autogen: { podControllers: { controllers: [] } },
    input: creation(object("batch/v1", "CronJob")),
    expected: false,
  },
  {
    name: "no autogen with two rules",
    match: { resourceRules: [rule({}), rule({ apiGroups: ["x"] })] },
    input: creation(object("apps/v1", "Deployment")),
    expected: false,
  },
  {
    name: "no autogen with a selector",
    match: { resourceRules: [rule({})], objectSelector: { matchLabels: { app: "web" } } },
    input: creation(object("apps/v1", "Deployment", { labels: { app: "web" } })),
    expected: false,
  },
  {
    name: "no autogen with names",
    match: { resourceRules: [rule({ resourceNames: ["web"] })] },
    input: creation(object("apps/v1", "Deployment")),
    expected: false,
  },
  {
    name: "no autogen with an exclusion",
    match: { resourceRules: [rule({})], excludeResourceRules: [rule({ resourceNames: ["x"] })] },
    input: creation(object("apps/v1", "Deployment")),
    expected: false,
  },
];

for (const { name, match, input, expected, autogen } of cases) {
  test(`matchInput: ${name}`, () => {
    const plan = planOf({ matchConstraints: match, ...(autogen === undefined ? {} : { autogen }) });
    const result = matchInput(plan.match, input);
    assert.deepEqual(result.matched === true ? result.view : result.matched, expected);
    // The index must never leave out what matches.
    assert.equal(createPlanIndex([plan]).plansFor(input).length, expected === false ? 0 : 1);
  });
}

const named = (name: string, resources: Spec): string =>
  policyDocument({ matchConstraints: { resourceRules: [rule(resources)] } }, { name });

test("createPlanIndex: an object meets only its own plans, in order", () => {
  const plans = plansOf(
    [
      named("all", { apiGroups: ["*"], resources: ["*"] }),
      named("services", { resources: ["services"] }),
      named("pods", {}),
      policyDocument({ evaluation: { admission: { enabled: false } } }, { name: "background" }),
      policyDocument({ evaluation: { background: { enabled: false } } }, { name: "admission" }),
    ].join("\n---\n"),
  );
  const index = createPlanIndex(plans);
  const names = (value: Value, process?: "admission" | "background"): readonly string[] =>
    index.plansFor(creation(value), process).map(({ policy }) => policy);
  assert.deepEqual(names(pod("a")), ["all", "pods", "admission"]);
  assert.deepEqual(names(pod("a"), "background"), ["all", "pods", "background"]);
  assert.deepEqual(names(object("v1", "Service")), ["all", "services"]);
  assert.deepEqual(names(object("v1", "Secret")), ["all"]);
  assert.deepEqual(names("not an object"), []);
});
