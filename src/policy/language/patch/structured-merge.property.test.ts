import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalJson, type Value, type ValueObject } from "../../../base/index.ts";
import { findKubernetesSchema } from "../../resource/resource-schema.ts";
import { DEDUCED_MERGE_TYPE, type MergeType, mergeTypeOf } from "./merge-type.ts";
import { mergeStructured } from "./structured-merge.ts";
import { mergeTyped } from "./typed-merge.ts";

const NAMES = ["a", "b", "c", "d"] as const;
const text = { type: "string" };
const SET: MergeType = mergeTypeOf({
  name: "Set",
  schema: { type: "array", items: text, "x-kubernetes-list-type": "set" },
  resolve: () => undefined,
});

const name = fc.constantFrom(...NAMES);
const set = fc.uniqueArray(fc.constantFrom<string>("a", "b", "c", "d", "e", "f", "g"));
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

/** Without the members that are undefined: JSON has none. */
function dense(value: unknown): Value {
  return JSON.parse(JSON.stringify(value)) as Value;
}

const port = fc.record({
  containerPort: fc.constantFrom(80, 443),
  protocol: optional(fc.constantFrom("TCP", "UDP")),
  name: optional(name),
});
const container = fc.record({
  name,
  image: optional(name),
  tty: optional(fc.boolean()),
  ports: optional(
    fc.uniqueArray(port, { selector: (row) => `${row.containerPort} ${row.protocol ?? "TCP"}`, maxLength: 3 }),
  ),
  resources: optional(fc.record({ limits: optional(fc.dictionary(name, fc.constantFrom("1", 2), { maxKeys: 3 })) })),
});
const podSpec = fc
  .record({
    hostNetwork: optional(fc.boolean()),
    containers: optional(fc.uniqueArray(container, { selector: (row) => row.name, maxLength: 4 })),
    securityContext: optional(fc.record({ runAsUser: optional(fc.nat(9)), fsGroup: optional(fc.nat(9)) })),
  })
  .map(dense);

const POD = (() => {
  const schema = findKubernetesSchema("v1", "Pod");
  assert.ok(schema);
  return mergeTypeOf(schema);
})();

function apply(object: ValueObject, spec: Value): ValueObject {
  const outcome = mergeStructured(object, { spec }, { type: POD, charge: () => {} });
  assert.ok(outcome.status === "applied", JSON.stringify(outcome));
  return outcome.object;
}

const pod = (spec: Value): ValueObject => ({ apiVersion: "v1", kind: "Pod", spec });

test("an empty patch gives the object itself", () => {
  fc.assert(
    fc.property(podSpec, (spec) => {
      const object = pod(spec);
      assert.equal(apply(object, {}), object);
    }),
  );
});

test("a patch of an object with itself changes nothing", () => {
  fc.assert(fc.property(podSpec, (spec) => assert.deepEqual(apply(pod(spec), spec), pod(spec))));
});

test("merging twice is merging once", () => {
  fc.assert(
    fc.property(podSpec, podSpec, (live, patch) => {
      const once = apply(pod(live), patch);
      assert.equal(apply(once, patch), once);
    }),
  );
});

test("what the patch says holds afterwards, and nothing of the object is gone", () => {
  /** Whether `part` says nothing that `whole` does not. */
  const isWithin = (part: Value, whole: Value): boolean => {
    if (Array.isArray(part)) {
      return part.every((item: Value) => (whole as readonly Value[]).some((other) => isWithin(item, other)));
    }
    if (typeof part !== "object" || part === null) return part === whole;
    const object = part as ValueObject;
    const other = whole as ValueObject;
    return Object.keys(object).every(
      (key) => Object.hasOwn(other, key) && isWithin(object[key] as Value, other[key] as Value),
    );
  };
  const membersOf = (value: Value): readonly string[] =>
    typeof value === "object" && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
  fc.assert(
    fc.property(podSpec, podSpec, (live, patch) => {
      const { spec } = apply(pod(live), patch) as { spec: Value };
      assert.ok(isWithin(patch, spec), canonicalJson(spec));
      for (const key of membersOf(live)) assert.ok(membersOf(spec).includes(key));
    }),
  );
});

test("a set has the elements of both once, those of the patch in its order", () => {
  fc.assert(
    fc.property(set, set, (live, patch) => {
      const merged = mergeTyped(live, patch, SET, () => {}) as readonly string[];
      assert.deepEqual([...merged].sort(), [...new Set([...live, ...patch])].sort());
      assert.deepEqual(
        merged.filter((item) => patch.includes(item)),
        patch,
      );
      // And the object's own elements in theirs.
      assert.deepEqual(
        merged.filter((item) => !patch.includes(item)),
        live.filter((item) => !patch.includes(item)),
      );
    }),
  );
});

test("any patch of any object without a schema is merged or refused, and neither is changed", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.jsonValue({ maxDepth: 4 }), (live, patch) => {
      const object = Object.freeze({ apiVersion: "x/v1", kind: "X", spec: live as Value });
      const before = JSON.stringify([object, patch]);
      const outcome = mergeStructured(object, { spec: patch as Value }, { type: DEDUCED_MERGE_TYPE, charge: () => {} });
      assert.ok(outcome.status === "applied" || outcome.issues.length > 0);
      assert.equal(JSON.stringify([object, patch]), before);
    }),
  );
});
