import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { memberOf, type Value, type ValueObject } from "../../base/index.ts";
import type { ClusterEvent, ClusterKind } from "../../ports/index.ts";
import { createKnownObjects } from "./known-objects.ts";

const KIND: ClusterKind = { group: "g", version: "v1", resource: "things", kind: "Thing", namespaced: true };

interface Stored {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
}
const stored = fc.record({
  name: fc.constantFrom("a", "b", "c", "__proto__", "constructor"),
  uid: fc.constantFrom("1", "2"),
  resourceVersion: fc.constantFrom("1", "2", "3"),
});
const states = fc.array(fc.uniqueArray(stored, { selector: ({ name }) => name }), { maxLength: 6 });

const objectOf = ({ name, uid, resourceVersion }: Stored): ValueObject => ({
  metadata: { namespace: "n", name, uid, resourceVersion },
});
const textOf = (object: Value, key: string): string => {
  const text = memberOf(memberOf(object, "metadata"), key);
  return typeof text === "string" ? text : "";
};

test("whoever keeps what lists tell has what exists, and is told each difference once", () => {
  fc.assert(
    fc.property(states, (lists) => {
      const known = createKnownObjects(KIND);
      const copy = new Map<string, string>();
      const take = (event: ClusterEvent): void => {
        assert.ok("object" in event);
        const name = textOf(event.object, "name");
        const content = `${textOf(event.object, "uid")}@${textOf(event.object, "resourceVersion")}`;
        assert.equal(event.type === "added", !copy.has(name));
        if (event.type === "deleted") {
          assert.equal(copy.get(name), content);
          copy.delete(name);
        } else {
          assert.notEqual(copy.get(name), content);
          copy.set(name, content);
        }
      };
      for (const list of lists) {
        known.beginList();
        for (const object of list) for (const event of known.see(objectOf(object))) take(event);
        for (const event of known.endList()) take(event);
        const expected = list.map((one) => [one.name, `${one.uid}@${one.resourceVersion}`] as const);
        assert.deepEqual(copy, new Map(expected));
      }
    }),
    { seed: 4, numRuns: 500 },
  );
});

test("what was never told is not told as deleted", () => {
  const known = createKnownObjects(KIND);
  assert.deepEqual(known.lose(objectOf({ name: "a", uid: "1", resourceVersion: "1" })), []);
});

test("what vanished is told by its names alone", () => {
  const known = createKnownObjects(KIND);
  known.beginList();
  known.see({ ...objectOf({ name: "a", uid: "1", resourceVersion: "5" }), spec: { large: "x" } });
  known.beginList();
  assert.deepEqual(known.endList(), [
    {
      type: "deleted",
      object: {
        apiVersion: "g/v1",
        kind: "Thing",
        metadata: { namespace: "n", name: "a", uid: "1", resourceVersion: "5" },
      },
    },
  ]);
});
