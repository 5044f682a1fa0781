import assert from "node:assert/strict";
import { test } from "node:test";
import type { Value } from "../../base/index.ts";
import { creation, evaluateWith, planOf } from "../../testing/policy-builders.ts";
import { extractPodImages, viewAsPod } from "./pod-images.ts";

const SPEC = {
  containers: [
    { name: "a", image: "a:1" },
    { name: "b", image: "b:1" },
  ],
  initContainers: [{ name: "i", image: "i:1" }],
  ephemeralContainers: [{ name: "e", image: "e:1" }],
  volumes: [
    { name: "v", image: { reference: "v:1" } },
    { name: "w", emptyDir: {} },
  ],
};
const LISTS = {
  containers: ["a:1", "b:1"],
  initContainers: ["i:1"],
  ephemeralContainers: ["e:1"],
  imageVolumes: ["v:1"],
};
const EMPTY = { containers: [], initContainers: [], ephemeralContainers: [], imageVolumes: [] };

type Path = "pod" | "own" | "template" | "job";

const kinds: readonly (readonly [apiVersion: string, kind: string, path: Path])[] = [
  ["v1", "Pod", "pod"],
  ["v1", "ReplicationController", "template"],
  ["v1", "PodTemplate", "own"],
  ["apps/v1beta1", "Deployment", "template"],
  ["apps/v1beta2", "StatefulSet", "template"],
  ["extensions/v1beta1", "DaemonSet", "template"],
  ["extensions/v1beta1", "ReplicaSet", "template"],
  ["batch/v1beta1", "CronJob", "job"],
  ["batch/v2alpha1", "CronJob", "job"],
  ["apps/v1", "Deployment", "template"],
  ["apps/v1", "DaemonSet", "template"],
  ["apps/v1", "StatefulSet", "template"],
  ["apps/v1", "ReplicaSet", "template"],
  ["batch/v1", "Job", "template"],
  ["batch/v1", "CronJob", "job"],
];

function workload(apiVersion: string, kind: string, path: Path): { readonly [key: string]: Value } {
  const template = { metadata: { labels: { app: "web" }, name: "ignored" }, spec: SPEC };
  const metadata = { name: "web", namespace: "shop", labels: { own: "yes" } };
  if (path === "own") return { apiVersion, kind, metadata, template };
  const spec =
    path === "pod" ? SPEC : path === "template" ? { replicas: 2, template } : { jobTemplate: { spec: { template } } };
  return { apiVersion, kind, metadata, spec };
}

for (const [apiVersion, kind, path] of kinds) {
  test(`extractPodImages: ${apiVersion} ${kind}, all lists`, () => {
    assert.deepEqual(extractPodImages(workload(apiVersion, kind, path)), { ok: true, lists: LISTS });
  });
}

const others: readonly { name: string; object: Value; expected: Value | RegExp }[] = [
  { name: "lists that are not there", object: { apiVersion: "v1", kind: "Pod", spec: {} }, expected: EMPTY },
  {
    name: "lists that are null",
    object: { apiVersion: "v1", kind: "Pod", spec: { containers: null, volumes: null } },
    expected: EMPTY,
  },
  { name: "another kind", object: { apiVersion: "v1", kind: "Service", spec: SPEC }, expected: {} },
  {
    name: "another group has no lists, not empty ones",
    object: { apiVersion: "apps.example/v1", kind: "Deployment", spec: SPEC },
    expected: {},
  },
  { name: "no object", object: null, expected: {} },
  {
    name: "containers that are no list",
    object: { apiVersion: "v1", kind: "Pod", spec: { containers: {} } },
    expected: /expected a list at spec\.containers/,
  },
  {
    name: "a container without image",
    object: { apiVersion: "v1", kind: "Pod", spec: { initContainers: [{}] } },
    expected: /expected a string at spec\.initContainers\[0\]\.image/,
  },
  {
    name: "an image that is inherited",
    object: { apiVersion: "v1", kind: "Pod", spec: { containers: [Object.create({ image: "x" })] } },
    expected: /expected a string/,
  },
  {
    name: "volumes that are no list",
    object: { apiVersion: "v1", kind: "Pod", spec: { volumes: "x" } },
    expected: /expected a list at spec\.volumes/,
  },
  {
    name: "an image volume without reference",
    object: { apiVersion: "v1", kind: "Pod", spec: { volumes: [{ image: {} }] } },
    expected: /spec\.volumes\[0\]\.image\.reference/,
  },
];

for (const { name, object, expected } of others) {
  test(`extractPodImages: ${name}`, () => {
    const result = extractPodImages(object);
    if (expected instanceof RegExp) assert.match(result.ok ? "" : result.message, expected);
    else assert.deepEqual(result, { ok: true, lists: expected });
  });
}

test("viewAsPod: the template's metadata and spec, the controller's name, namespace and kind", () => {
  for (const [view, path] of [
    ["template", "template"],
    ["jobTemplate", "job"],
  ] as const) {
    assert.deepEqual(viewAsPod(workload("x/v1", "Any", path), view), {
      apiVersion: "x/v1",
      kind: "Any",
      metadata: { labels: { app: "web" }, name: "web", namespace: "shop" },
      spec: SPEC,
    });
  }
});

test("viewAsPod: a controller without a template has no spec, and a template without metadata no labels", () => {
  assert.deepEqual(viewAsPod({ kind: "Deployment", spec: { replicas: 1 } }, "template"), {
    kind: "Deployment",
    metadata: {},
  });
  assert.deepEqual(viewAsPod({ kind: "Deployment", spec: { template: { metadata: "text", spec: {} } } }, "template"), {
    kind: "Deployment",
    metadata: {},
    spec: {},
  });
  assert.equal(viewAsPod(null, "template"), null);
  const object = workload("v1", "Pod", "pod");
  assert.equal(viewAsPod(object, "object"), object);
});

test("a policy for Pods reads the same through every controller", () => {
  const plan = planOf({
    matchConditions: [
      {
        name: "labelled",
        expression: "object.metadata.labels.app == 'web' && request.object.spec.containers.size() == 2",
      },
    ],
    validations: [
      {
        expression:
          "object.spec.containers.size() == 2 && object.metadata.name == 'web' && !has(object.metadata.labels.own)",
      },
      {
        expression: `images.containers == ["a:1", "b:1"] && images.initContainers == ["i:1"] && images.ephemeralContainers == ["e:1"] && images.imageVolumes == ["v:1"]`,
      },
    ],
  });
  for (const [apiVersion, kind, path] of kinds) {
    if (path === "own" || kind === "ReplicationController" || kind === "Pod") continue;
    const { responses } = evaluateWith(plan, creation(workload(apiVersion, kind, path)), () =>
      assert.fail(),
    ).evaluation;
    assert.deepEqual(
      responses.map(({ status }) => status),
      ["pass", "pass"],
      JSON.stringify(responses),
    );
  }
});

const task = (steps: Value): Value => ({ apiVersion: "x.io/v1", kind: "Task", spec: { steps } });

test("images of other kinds come from the policy's own expressions", () => {
  const plan = planOf({
    matchConstraints: {
      resourceRules: [{ apiGroups: ["x.io"], apiVersions: ["*"], operations: ["*"], resources: ["tasks"] }],
    },
    images: [{ name: "steps", expression: "object.spec.steps.map(s, s.image)" }],
    validations: [{ expression: 'images.steps == ["a", "b"]' }],
  });
  const statusOf = (steps: Value): string => {
    const [response] = evaluateWith(plan, creation(task(steps)), () => assert.fail()).evaluation.responses;
    return response?.status === "error"
      ? `${response.code} ${response.message.split("\n")[0]}`
      : (response?.status ?? "");
  };
  assert.equal(statusOf([{ image: "a" }, { image: "b" }]), "pass");
  assert.match(statusOf([{ image: 1 }]), /^EXPRESSION_FAILED .*images steps: .*wrong type/);
  assert.match(statusOf([{}]), /^EXPRESSION_FAILED .*images steps: .*image/);
});

test("a policy over every version sees the images of an old one", () => {
  const plan = planOf({
    matchConstraints: {
      resourceRules: [{ apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["*"] }],
    },
    validations: [{ expression: "images.?containers.orValue([]).all(i, false)" }],
  });
  for (const [apiVersion, kind, path] of kinds) {
    const { responses } = evaluateWith(plan, creation(workload(apiVersion, kind, path)), () =>
      assert.fail(),
    ).evaluation;
    assert.deepEqual(
      responses.map(({ status }) => status),
      ["fail"],
      `${apiVersion} ${kind}`,
    );
  }
});

test("a list of the policy's own may have any identifier for a name", () => {
  for (const name of ["__proto__", "constructor", "steps"]) {
    const plan = planOf({
      images: [{ name, expression: "['a:1']" }],
      validations: [{ expression: `images.${name} == ['a:1'] && images.containers == ['a:1', 'b:1']` }],
    });
    const { responses } = evaluateWith(plan, creation(workload("v1", "Pod", "pod")), () => assert.fail()).evaluation;
    assert.deepEqual(
      responses.map(({ status }) => status),
      ["pass"],
      name,
    );
  }
});
