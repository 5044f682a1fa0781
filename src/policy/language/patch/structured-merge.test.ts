import assert from "node:assert/strict";
import { test } from "node:test";
import { AmapError, Double, isAmapError, LIMITS, type Value, type ValueObject } from "../../../base/index.ts";
import { findKubernetesSchema, type ResourceSchema, readCustomKinds } from "../../resource/resource-schema.ts";
import { DEDUCED_MERGE_TYPE, type MergeType, mergeTypeOf } from "./merge-type.ts";
import { mergeStructured } from "./structured-merge.ts";

const free = (): void => {};

function builtIn(apiVersion: string, kind: string): MergeType {
  const schema = findKubernetesSchema(apiVersion, kind);
  assert.ok(schema);
  return mergeTypeOf(schema);
}

const text = { type: "string" };
const setOf = (items: Value): Value => ({ type: "array", items, "x-kubernetes-list-type": "set" });
const keyed = (items: Value, ...keys: readonly string[]): Value => ({
  type: "array",
  items,
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": keys,
});

const WIDGET_SPEC: Value = {
  type: "object",
  properties: {
    size: { type: "integer" },
    on: { type: "boolean" },
    title: text,
    when: { type: "string", format: "date-time" },
    port: { "x-kubernetes-int-or-string": true },
    tags: setOf(text),
    numbers: setOf({ type: "number" }),
    args: { type: "array", items: text },
    parts: keyed(
      { type: "object", properties: { id: text, zone: { ...text, default: "a" }, size: { type: "integer" } } },
      "id",
      "zone",
    ),
    loose: keyed({ type: "object", properties: { id: text } }, "id"),
    atom: { type: "object", "x-kubernetes-map-type": "atomic", properties: { a: text, b: text } },
    labels: { type: "object", additionalProperties: text },
    byName: {
      type: "object",
      additionalProperties: { type: "object", properties: { args: { type: "array", items: text } } },
    },
    free: { type: "object", "x-kubernetes-preserve-unknown-fields": true, properties: { known: { type: "integer" } } },
    closed: { type: "object", additionalProperties: false },
    inner: { type: "object", properties: { deep: { type: "object", properties: { a: text } } } },
  },
};

function widgetSchema(spec: Value): ResourceSchema {
  const [kind] = readCustomKinds({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    spec: {
      group: "example.com",
      names: { kind: "Widget", plural: "widgets" },
      versions: [{ name: "v1", schema: { openAPIV3Schema: { type: "object", properties: { spec } } } }],
    },
  });
  assert.ok(kind);
  return kind.schema;
}

const WIDGET = mergeTypeOf(widgetSchema(WIDGET_SPEC));
const widget = (spec: Value): ValueObject => ({ apiVersion: "example.com/v1", kind: "Widget", spec });
const merge = (live: Value, patch: Value, type = WIDGET) =>
  mergeStructured(widget(live), { spec: patch }, { type, charge: free });

interface Row {
  readonly name: string;
  readonly live: Value;
  readonly patch: Value;
  readonly merged: Value;
}

const applied: readonly Row[] = [
  { name: "a scalar is replaced", live: { size: 1, on: true }, patch: { size: 2 }, merged: { size: 2, on: true } },
  { name: "a member is added", live: { size: 1 }, patch: { title: "a" }, merged: { size: 1, title: "a" } },
  {
    name: "an empty patch changes nothing",
    live: { size: 1, tags: ["a"] },
    patch: {},
    merged: { size: 1, tags: ["a"] },
  },
  { name: "null takes the place of a scalar", live: { size: 1 }, patch: { size: null }, merged: { size: null } },
  {
    name: "null leaves a filled object",
    live: { labels: { a: "1" } },
    patch: { labels: null },
    merged: { labels: { a: "1" } },
  },
  {
    name: "null takes the place of an empty object",
    live: { labels: {} },
    patch: { labels: null },
    merged: { labels: null },
  },
  { name: "null leaves a filled set", live: { tags: ["a"] }, patch: { tags: null }, merged: { tags: ["a"] } },
  { name: "null takes the place of an empty set", live: { tags: [] }, patch: { tags: null }, merged: { tags: null } },
  {
    name: "null takes the place of an atomic list",
    live: { args: ["a"] },
    patch: { args: null },
    merged: { args: null },
  },
  { name: "an empty set leaves a filled one", live: { tags: ["a"] }, patch: { tags: [] }, merged: { tags: ["a"] } },
  { name: "an empty object comes where there is none", live: {}, patch: { labels: {} }, merged: { labels: {} } },
  {
    name: "a null object is filled",
    live: { inner: null },
    patch: { inner: { deep: {} } },
    merged: { inner: { deep: {} } },
  },
  {
    name: "maps are merged by key",
    live: { labels: { a: "1", b: "2" } },
    patch: { labels: { b: "3", c: "4" } },
    merged: { labels: { a: "1", b: "3", c: "4" } },
  },
  {
    name: "a set has each element once",
    live: { tags: ["a", "b"] },
    patch: { tags: ["b", "c"] },
    merged: { tags: ["a", "b", "c"] },
  },
  {
    name: "shared elements come as in the patch",
    live: { tags: ["a", "b", "c"] },
    patch: { tags: ["c", "a"] },
    merged: { tags: ["b", "c", "a"] },
  },
  {
    name: "the object's own elements stay where they stand",
    live: { tags: ["x", "a", "y", "b", "z"] },
    patch: { tags: ["a", "n", "b"] },
    merged: { tags: ["x", "a", "y", "n", "b", "z"] },
  },
  {
    name: "new elements come behind",
    live: { tags: ["a"] },
    patch: { tags: ["n", "m"] },
    merged: { tags: ["a", "n", "m"] },
  },
  {
    name: "elements that are there twice become one where the patch has them",
    live: { tags: ["a", "a", "b"] },
    patch: { tags: ["a"] },
    merged: { tags: ["a", "b"] },
  },
  {
    name: "elements that are there twice stay where the patch has them not",
    live: { tags: ["a", "a"] },
    patch: { tags: ["b"] },
    merged: { tags: ["a", "a", "b"] },
  },
  {
    name: "numbers are one whatever their form",
    live: { numbers: [1, 2] },
    patch: { numbers: [new Double(1), 3] },
    merged: { numbers: [new Double(1), 2, 3] },
  },
  {
    name: "elements are merged by their keys",
    live: { parts: [{ id: "a", zone: "b", size: 1 }] },
    patch: { parts: [{ id: "a", zone: "b", size: 2 }] },
    merged: { parts: [{ id: "a", zone: "b", size: 2 }] },
  },
  {
    name: "an absent key stands for its default",
    live: { parts: [{ id: "a", size: 1 }] },
    patch: { parts: [{ id: "a", zone: "a" }] },
    merged: { parts: [{ id: "a", size: 1, zone: "a" }] },
  },
  {
    name: "one other key is another element",
    live: { parts: [{ id: "a", size: 1 }] },
    patch: { parts: [{ id: "a", zone: "c" }] },
    merged: {
      parts: [
        { id: "a", size: 1 },
        { id: "a", zone: "c" },
      ],
    },
  },
  {
    name: "nothing is merged with elements of one key",
    live: {
      parts: [
        { id: "a", size: 1 },
        { id: "a", size: 2 },
      ],
    },
    patch: { parts: [{ id: "a" }] },
    merged: { parts: [{ id: "a" }] },
  },
  {
    name: "unknown members are kept",
    live: { free: { a: { b: 1 }, l: [1] } },
    patch: { free: { a: { c: 2 }, known: 1 } },
    merged: { free: { a: { b: 1, c: 2 }, l: [1], known: 1 } },
  },
  {
    name: "an atomic list within a member that is no field replaces",
    live: { byName: { a: { args: ["x"] } } },
    patch: { byName: { a: { args: ["y"] } } },
    merged: { byName: { a: { args: ["y"] } } },
  },
  {
    name: "the form of an int-or-string may change",
    live: { port: 80 },
    patch: { port: "http" },
    merged: { port: "http" },
  },
  {
    name: "keys that are names of prototypes",
    live: { labels: { constructor: "a" } },
    patch: { labels: { toString: "b", constructor: "c" } },
    merged: { labels: { constructor: "c", toString: "b" } },
  },
];

test("structured merge", async (t) => {
  for (const { name, live, patch, merged } of applied) {
    await t.test(name, () => {
      const before = structuredClone(live);
      assert.deepEqual(merge(live, patch), { status: "applied", object: widget(merged) });
      assert.deepEqual(structuredClone(live), before);
    });
  }
});

interface Refusal {
  readonly name: string;
  readonly live?: Value;
  readonly patch: Value;
  readonly part: "patch" | "object";
  readonly path: string;
  readonly message: string;
}

const PATCH_PREFIX = "error applying patch: failed to convert patch object to typed object: ";
const refusedPatches: readonly Refusal[] = [
  {
    name: "an unknown field",
    patch: { sise: 1 },
    part: "patch",
    path: ".spec.sise",
    message: "field not declared in schema",
  },
  {
    name: "a text for a number",
    patch: { size: "1" },
    part: "patch",
    path: ".spec.size",
    message: "expected numeric (int or float), got string",
  },
  {
    name: "a number for a text",
    patch: { title: 5 },
    part: "patch",
    path: ".spec.title",
    message: "expected string, got &value.valueUnstructured{Value:5}",
  },
  {
    name: "an object for a text",
    patch: { title: { b: [1, "x"], a: null } },
    part: "patch",
    path: ".spec.title",
    message:
      'expected string, got &value.valueUnstructured{Value:map[string]interface {}{"a":interface {}(nil), "b":[]interface {}{1, "x"}}}',
  },
  {
    name: "a text for a boolean",
    patch: { on: "yes" },
    part: "patch",
    path: ".spec.on",
    message: "expected boolean, got &{yes}",
  },
  {
    name: "an object for a time",
    patch: { when: { a: 1 } },
    part: "patch",
    path: ".spec.when",
    message: "expected any scalar, got &{map[a:1]}",
  },
  {
    name: "a text for an object",
    patch: { inner: "x" },
    part: "patch",
    path: ".spec.inner",
    message: "expected map, got &{x}",
  },
  {
    name: "an object for a list",
    patch: { tags: { a: "b" } },
    part: "patch",
    path: ".spec.tags",
    message: "expected list, got &{map[a:b]}",
  },
  {
    name: "an element twice",
    patch: { tags: ["a", "b", "a"] },
    part: "patch",
    path: ".spec.tags",
    message: 'duplicate entries for key [="a"]',
  },
  {
    name: "an element twice by its default",
    patch: { parts: [{ id: "a" }, { zone: "a", id: "a" }] },
    part: "patch",
    path: ".spec.parts",
    message: 'duplicate entries for key [id="a",zone="a"]',
  },
  {
    name: "null in a set",
    patch: { tags: [null] },
    part: "patch",
    path: ".spec.tags",
    message: "element 0: associative list without keys has an element that's an explicit null",
  },
  {
    name: "a list in a set",
    patch: { tags: [[]] },
    part: "patch",
    path: ".spec.tags",
    message: "element 0: not supported: associative list with lists as elements",
  },
  {
    name: "an object in a set",
    patch: { tags: ["a", {}] },
    part: "patch",
    path: ".spec.tags",
    message: "element 1: associative list without keys has an element that's a map type",
  },
  {
    name: "null among elements with keys",
    patch: { parts: [null] },
    part: "patch",
    path: ".spec.parts",
    message: "element 0: associative list with keys may not have a null element",
  },
  {
    name: "a text among elements with keys",
    patch: { parts: ["a"] },
    part: "patch",
    path: ".spec.parts",
    message: "element 0: associative list with keys may not have non-map elements",
  },
  {
    name: "an element without a key",
    patch: { loose: [{}] },
    part: "patch",
    path: ".spec.loose",
    message:
      'element 0: associative list with keys has an element that omits all key fields ["id"] (and doesn\'t have default values for any key fields)',
  },
  {
    name: "a field of an element",
    patch: { parts: [{ id: "a", other: 1 }] },
    part: "patch",
    path: '.spec.parts[id="a",zone="a"].other',
    message: "field not declared in schema",
  },
  {
    name: "a member where there are to be none",
    patch: { closed: { a: 1 } },
    part: "patch",
    path: ".spec.closed.a",
    message: "field not declared in schema",
  },
];

test("a patch that is not of the type is refused", async (t) => {
  for (const { name, patch, part, path, message } of refusedPatches) {
    await t.test(name, () => {
      assert.deepEqual(merge({}, patch), {
        status: "error",
        part,
        issues: [{ path, message }],
        message: `${PATCH_PREFIX}${path}: ${message}`,
      });
    });
  }
});

test("an object that is not of the type is refused, but elements may be there twice", () => {
  assert.deepEqual(merge({ size: "1" }, { on: true }), {
    status: "error",
    part: "object",
    issues: [{ path: ".spec.size", message: "expected numeric (int or float), got string" }],
    message:
      "error applying patch: failed to convert original object to typed object: .spec.size: expected numeric (int or float), got string",
  });
  assert.equal(merge({ tags: ["a", "a"] }, { on: true }).status, "applied");
});

test("several issues are all told", () => {
  const outcome = merge({}, { size: "1", on: 1, tags: ["a", "a"] });
  assert.ok(outcome.status === "error");
  assert.deepEqual(
    outcome.issues.map(({ path }) => path),
    [".spec.size", ".spec.on", ".spec.tags"],
  );
  assert.match(outcome.message, /typed object: errors:\n {2}\.spec\.size: .*\n {2}\.spec\.on: /);
});

const atomics: readonly { name: string; patch: Value; paths: readonly string[] }[] = [
  { name: "a list without a type", patch: { args: ["a"] }, paths: [".spec.args"] },
  { name: "an empty list", patch: { args: [] }, paths: [".spec.args"] },
  { name: "an object", patch: { atom: { a: "1" } }, paths: [".spec.atom"] },
  { name: "two of them", patch: { args: [], atom: {} }, paths: [".spec.args", ".spec.atom"] },
  { name: "a list of a field that takes any form", patch: { port: [80] }, paths: [".spec.port"] },
];

test("atomic parts of a patch are refused", async (t) => {
  for (const { name, patch, paths } of atomics) {
    await t.test(name, () => {
      const outcome = merge({ args: ["b"], atom: { b: "2" } }, patch);
      assert.ok(outcome.status === "error");
      assert.equal(
        outcome.message,
        `error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${paths.join(", ")}`,
      );
      assert.deepEqual(
        outcome.issues.map(({ path }) => path),
        paths,
      );
    });
  }
});

test("atomic parts replace the object's where they are allowed", () => {
  const patch = { spec: { args: ["a"], atom: { a: "1" } } };
  const options = { type: WIDGET, charge: free, allowsAtomic: true };
  const outcome = mergeStructured(widget({ args: ["b", "c"], atom: { b: "2" } }), patch, options);
  assert.deepEqual(outcome, { status: "applied", object: widget({ args: ["a"], atom: { a: "1" } }) });
});

test("the object's apiVersion and kind count", () => {
  const outcome = mergeStructured(widget({}), { apiVersion: "v1", kind: "Pod" }, { type: WIDGET, charge: free });
  assert.deepEqual(outcome, { status: "applied", object: widget({}) });
});

test("what a patch does not change is shared with the object", () => {
  const live = widget({ labels: { a: "1" }, parts: [{ id: "a" }, { id: "b", size: 1 }], tags: ["a", "b"] });
  const same = mergeStructured(
    live,
    { spec: { parts: [{ id: "b", size: 1 }], tags: ["b"] } },
    { type: WIDGET, charge: free },
  );
  assert.ok(same.status === "applied");
  assert.equal(same.object, live);
  const other = mergeStructured(live, { spec: { size: 1 } }, { type: WIDGET, charge: free });
  assert.ok(other.status === "applied");
  assert.equal((other.object["spec"] as ValueObject)["parts"], (live["spec"] as ValueObject)["parts"]);
});

const pod = (spec: Value): ValueObject => ({ apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec });

const pods: readonly Row[] = [
  {
    name: "a container by its name",
    live: {
      containers: [
        { name: "a", image: "a:1" },
        { name: "b", image: "b:1" },
      ],
    },
    patch: { containers: [{ name: "b", imagePullPolicy: "Always" }] },
    merged: {
      containers: [
        { name: "a", image: "a:1" },
        { name: "b", image: "b:1", imagePullPolicy: "Always" },
      ],
    },
  },
  {
    name: "a port by its number and protocol, TCP when it says none",
    live: { containers: [{ name: "a", ports: [{ containerPort: 53, name: "dns" }] }] },
    patch: {
      containers: [
        {
          name: "a",
          ports: [
            { containerPort: 53, protocol: "TCP", hostPort: 53 },
            { containerPort: 53, protocol: "UDP" },
          ],
        },
      ],
    },
    merged: {
      containers: [
        {
          name: "a",
          ports: [
            { containerPort: 53, name: "dns", protocol: "TCP", hostPort: 53 },
            { containerPort: 53, protocol: "UDP" },
          ],
        },
      ],
    },
  },
  {
    name: "quantities are scalars",
    live: { containers: [{ name: "a", resources: { limits: { cpu: "1" } } }] },
    patch: { containers: [{ name: "a", resources: { limits: { cpu: 2, memory: "1Gi" } } }] },
    merged: { containers: [{ name: "a", resources: { limits: { cpu: 2, memory: "1Gi" } } }] },
  },
  {
    name: "a security context by member",
    live: { containers: [{ name: "a", securityContext: { runAsUser: 1 } }], securityContext: { fsGroup: 2 } },
    patch: { securityContext: { runAsNonRoot: true } },
    merged: {
      containers: [{ name: "a", securityContext: { runAsUser: 1 } }],
      securityContext: { fsGroup: 2, runAsNonRoot: true },
    },
  },
];

test("structured merge of pods", async (t) => {
  const type = builtIn("v1", "Pod");
  for (const { name, live, patch, merged } of pods) {
    await t.test(name, () => {
      const outcome = mergeStructured(pod(live), { spec: patch }, { type, charge: free });
      assert.deepEqual(outcome, { status: "applied", object: pod(merged) });
    });
  }
});

test("atomic parts of pods are refused by their path", () => {
  const type = builtIn("v1", "Pod");
  const patch = { spec: { nodeSelector: { a: "b" }, containers: [{ name: "a", args: ["x"] }], tolerations: [] } };
  const outcome = mergeStructured(pod({ containers: [] }), patch, { type, charge: free });
  assert.ok(outcome.status === "error");
  assert.match(outcome.message, /: \.spec\.nodeSelector, \.spec\.containers\[0\]\.args, \.spec\.tolerations$/);
});

test("without a schema objects are merged by member and lists are atomic", () => {
  const live = { apiVersion: "x/v1", kind: "X", spec: { a: { b: 1 }, list: [1] } };
  const merged = mergeStructured(live, { spec: { a: { c: 2 } } }, { type: DEDUCED_MERGE_TYPE, charge: free });
  assert.deepEqual(merged, {
    status: "applied",
    object: { apiVersion: "x/v1", kind: "X", spec: { a: { b: 1, c: 2 }, list: [1] } },
  });
  // The API server looks for atomic parts in fields alone, and a kind without a schema has none.
  const within = mergeStructured(live, { spec: { list: [2] } }, { type: DEDUCED_MERGE_TYPE, charge: free });
  assert.deepEqual(within.status === "applied" && within.object["spec"], { a: { b: 1 }, list: [2] });
});

test("long lists end at the budget", () => {
  let left = 1_000;
  const charge = (steps: number): void => {
    left -= steps;
    if (left < 0) throw new AmapError("BUDGET_EXCEEDED", "the budget is spent");
  };
  const tags = Array.from({ length: 10_000 }, (_, index) => `t${index}`);
  assert.throws(
    () => mergeStructured(widget({ tags }), { spec: { tags: ["a"] } }, { type: WIDGET, charge }),
    (error) => isAmapError(error) && error.code === "BUDGET_EXCEEDED",
  );
});

test("messages stay short, whatever the patch holds", () => {
  const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`f${index}`, 1]));
  for (const patch of [many, { title: many }, { title: ["x".repeat(100_000)] }]) {
    const outcome = merge({}, patch);
    assert.ok(outcome.status === "error");
    assert.ok(outcome.issues.length <= 100);
    assert.ok(outcome.message.length < 10_000, String(outcome.message.length));
  }
});

test("values that are too deep are refused", () => {
  let deep: Value = {};
  for (let level = 0; level <= LIMITS.documentDepth; level++) deep = { a: deep };
  for (const [live, patch] of [
    [{ free: deep }, {}],
    [{}, { free: deep }],
  ] as const) {
    assert.throws(
      () => merge(live, patch),
      (error) => isAmapError(error) && error.code === "LIMIT_EXCEEDED",
    );
  }
});
