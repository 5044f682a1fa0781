import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { equalValues, type Value } from "../../../base/index.ts";
import { diffJson } from "./json-diff.ts";
import { applyJsonPatch } from "./json-patch.ts";
import { mergeStrategically } from "./strategic-merge.ts";

const free = (): void => {};
const RUNS = { seed: 6902, numRuns: 300 };

const key = fc.constantFrom("a", "b", "c/d", "e~f", "", "0", "1", "-", "constructor", "toString");
const scalar = fc.constantFrom<Value>(null, true, false, 0, 1, -1.5, "", "x", "1", 2n ** 60n);
const { tree } = fc.letrec<{ tree: Value }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    scalar,
    fc.array(tie("tree"), { maxLength: 4 }),
    fc.dictionary(key, tie("tree"), { maxKeys: 5, noNullPrototype: true }),
  ),
}));
const object = fc.dictionary(key, tree, { maxKeys: 5, noNullPrototype: true });

test("apply ∘ diff is the other object", () => {
  fc.assert(
    fc.property(object, object, (before, after) => {
      const outcome = applyJsonPatch(before, diffJson(before, after, free), free);
      assert.equal(outcome.status, "applied");
      assert.ok(outcome.status === "applied" && equalValues(outcome.object, after));
    }),
    RUNS,
  );
});

test("there is no difference between an object and itself", () => {
  fc.assert(
    fc.property(object, (value) => {
      assert.deepEqual(diffJson(value, structuredClone(value) as Value, free), []);
    }),
    RUNS,
  );
});

test("junk operations never throw and never change the object", () => {
  const pointer = fc.array(key, { maxLength: 4 }).map((parts) => parts.map((part) => `/${part}`).join(""));
  const operation = fc.record({
    op: fc.constantFrom("add", "remove", "replace", "move", "copy", "test", "x"),
    path: pointer,
    from: pointer,
    value: tree,
  });
  fc.assert(
    fc.property(object, fc.array(operation, { maxLength: 6 }), (value, operations) => {
      const before = structuredClone(value);
      const outcome = applyJsonPatch(value, operations, free);
      assert.ok(outcome.status === "applied" || outcome.message !== "");
      assert.deepEqual(value, before);
    }),
    RUNS,
  );
});

const name = fc.constantFrom("a", "b", "c", "d");
const env = fc.uniqueArray(fc.record({ name, value: fc.constantFrom("1", "2") }), { selector: (item) => item.name });
const container = fc.record(
  { name, image: fc.constantFrom("x:1", "y:2"), env, args: fc.array(name, { maxLength: 3 }) },
  { requiredKeys: ["name"] },
);
const containers = fc.uniqueArray(container, { selector: (item) => item.name });
const podSpec = fc.record(
  { containers, initContainers: containers, nodeSelector: fc.dictionary(name, name, { noNullPrototype: true }) },
  { requiredKeys: [] },
);
const metadata = fc.record({
  labels: fc.dictionary(name, name, { noNullPrototype: true }),
  finalizers: fc.uniqueArray(name),
});
const body = fc.record({ metadata, spec: podSpec }, { requiredKeys: [] });
const pod = body.map((parts): Value => ({ apiVersion: "v1", kind: "Pod", ...parts }));
const patch = body.map((parts): Value => parts);

test("a merge with {} changes nothing where the elements of lists have different keys", () => {
  fc.assert(
    fc.property(pod, (value) => {
      assert.deepEqual(mergeStrategically(value, {}, free), { status: "applied", object: value });
    }),
    RUNS,
  );
});

test("merging twice is merging once", () => {
  fc.assert(
    fc.property(pod, patch, (value, change) => {
      const once = mergeStrategically(value, change, free);
      assert.equal(once.status, "applied");
      if (once.status !== "applied") return;
      assert.deepEqual(mergeStrategically(once.object, change, free), { status: "applied", object: once.object });
    }),
    RUNS,
  );
});

test("merges of maps and scalars are associative", () => {
  const flat = fc.dictionary(name, fc.dictionary(name, name, { noNullPrototype: true, minKeys: 1 }), {
    noNullPrototype: true,
  });
  const merge = (one: Value, other: Value): Value => {
    const outcome = mergeStrategically(one, other, free);
    assert.equal(outcome.status, "applied");
    return outcome.status === "applied" ? outcome.object : null;
  };
  fc.assert(
    fc.property(flat, flat, flat, (one, two, three) => {
      assert.ok(equalValues(merge(merge(one, two), three), merge(one, merge(two, three))));
    }),
    RUNS,
  );
});

test("junk patches never throw and never change the object or the patch", () => {
  const anchored = fc.constantFrom(
    "a",
    "(a)",
    "<(b)",
    "+(c)",
    "X(a)",
    "=(b)",
    "^(c)",
    "name",
    "(name)",
    "$patch",
    "spec",
  );
  const { junk } = fc.letrec<{ junk: Value }>((tie) => ({
    junk: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<Value>(null, true, 5, "x", "*", "(a)", "delete", "replace", "merge"),
      fc.array(tie("junk"), { maxLength: 4 }),
      fc.dictionary(anchored, tie("junk"), { maxKeys: 4, noNullPrototype: true }),
    ),
  }));
  const top = fc.dictionary(anchored, junk, { maxKeys: 4, noNullPrototype: true });
  fc.assert(
    fc.property(fc.oneof(pod, top), top, (value, change) => {
      const before = JSON.stringify([value, change]);
      const outcome = mergeStrategically(value, change, free);
      assert.ok(outcome.status === "applied" || outcome.message !== "");
      assert.equal(JSON.stringify([value, change]), before);
    }),
    RUNS,
  );
});
