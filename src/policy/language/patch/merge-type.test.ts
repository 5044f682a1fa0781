import assert from "node:assert/strict";
import { test } from "node:test";
import { isAmapError, type ValueObject } from "../../../base/index.ts";
import { type MergeAtom, mergeTypeOf } from "./merge-type.ts";

function atomOf(schema: ValueObject, named: Readonly<Record<string, ValueObject>> = {}): MergeAtom {
  const resolve = (ref: string): ValueObject | undefined => (Object.hasOwn(named, ref) ? named[ref] : undefined);
  return mergeTypeOf({ name: "X", schema, resolve })();
}

/** An atom in one word a form. */
function shown({ scalar, list, map }: MergeAtom): string {
  const forms = [
    scalar,
    list && `list ${list.isAtomic ? "atomic" : `by ${list.keys.join() || "value"}`}`,
    map && `map ${map.isAtomic ? "atomic" : "granular"}${map.others === undefined ? " closed" : ""}`,
  ];
  return forms.filter((form) => form !== undefined).join(", ");
}

const text = { type: "string" };
const rows: readonly { name: string; schema: ValueObject; atom: string }[] = [
  { name: "a text", schema: text, atom: "string" },
  { name: "bytes", schema: { type: "string", format: "byte" }, atom: "string" },
  { name: "a time", schema: { type: "string", format: "date-time" }, atom: "untyped" },
  { name: "an integer", schema: { type: "integer" }, atom: "numeric" },
  { name: "a number", schema: { type: "number", format: "double" }, atom: "numeric" },
  { name: "a boolean", schema: { type: "boolean" }, atom: "boolean" },
  { name: "anything", schema: {}, atom: "untyped, list atomic, map granular" },
  { name: "an object of any members", schema: { type: "object" }, atom: "map granular" },
  { name: "an object of fields", schema: { type: "object", properties: { a: text } }, atom: "map granular closed" },
  {
    name: "an object that preserves unknown fields",
    schema: { type: "object", properties: { a: text }, "x-kubernetes-preserve-unknown-fields": true },
    atom: "map granular",
  },
  {
    name: "an atomic object",
    schema: { type: "object", properties: { a: text }, "x-kubernetes-map-type": "atomic" },
    atom: "map atomic closed",
  },
  {
    name: "an object without members",
    schema: { type: "object", additionalProperties: false },
    atom: "map granular closed",
  },
  { name: "a list", schema: { type: "array", items: text }, atom: "list atomic" },
  { name: "a set", schema: { type: "array", items: text, "x-kubernetes-list-type": "set" }, atom: "list by value" },
  {
    name: "a map list",
    schema: {
      type: "array",
      items: { type: "object" },
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["a", "b"],
    },
    atom: "list by a,b",
  },
  {
    name: "a merged list of old",
    schema: {
      type: "array",
      items: { type: "object" },
      "x-kubernetes-patch-strategy": "merge,retainKeys",
      "x-kubernetes-patch-merge-key": "name",
    },
    atom: "list by name",
  },
  {
    name: "a merged set of old",
    schema: { type: "array", items: text, "x-kubernetes-patch-strategy": "merge" },
    atom: "list by value",
  },
  {
    name: "a list type before a strategy",
    schema: { type: "array", items: text, "x-kubernetes-list-type": "atomic", "x-kubernetes-patch-strategy": "merge" },
    atom: "list atomic",
  },
  {
    name: "a replaced list of old",
    schema: { type: "array", items: text, "x-kubernetes-patch-strategy": "retainKeys" },
    atom: "list atomic",
  },
];

test("the forms of a schema", async (t) => {
  for (const { name, schema, atom } of rows) {
    await t.test(name, () => assert.equal(shown(atomOf(schema)), atom));
  }
});

function fieldOf(atom: MergeAtom, name: string): MergeAtom {
  const field = atom.map?.field(name);
  assert.ok(field, name);
  return field.type();
}

test("references are followed, also where they recur", () => {
  const node = {
    type: "object",
    properties: { next: { $ref: "Node" }, all: { allOf: [{ $ref: "Node" }], default: {} } },
  };
  const atom = atomOf({ $ref: "no reference at the top", ...node }, { Node: node });
  assert.equal(shown(fieldOf(fieldOf(fieldOf(atom, "next"), "all"), "next")), "map granular closed");
});

test("a map type beside a reference goes before the type's own", () => {
  const named = { Free: { type: "object", "x-kubernetes-map-type": "atomic" }, Text: text };
  const field = (schema: ValueObject): MergeAtom =>
    fieldOf(atomOf({ type: "object", properties: { a: schema } }, named), "a");
  assert.equal(shown(field({ $ref: "Free" })), "map atomic");
  assert.equal(shown(field({ $ref: "Free", "x-kubernetes-map-type": "granular" })), "map granular");
  assert.throws(() => field({ $ref: "Text", "x-kubernetes-map-type": "atomic" }), /"Text" is no object/);
});

test("quantities are scalars, raw extensions are atomic, by any name they go by", () => {
  for (const [ref, atom] of [
    ["#/components/schemas/io.k8s.apimachinery.pkg.api.resource.Quantity", "untyped"],
    ["api.resource.Quantity", "untyped"],
    ["#/components/schemas/io.k8s.apimachinery.pkg.runtime.RawExtension", "untyped, list atomic, map atomic"],
    ["runtime.RawExtension", "untyped, list atomic, map atomic"],
    ["my.runtime.RawExtensions", "map granular"],
  ] as const) {
    const schema = { type: "object", properties: { a: { $ref: ref } } };
    assert.equal(shown(fieldOf(atomOf(schema, { [ref]: { type: "object" } }), "a")), atom, ref);
  }
});

test("unknown fields are preserved below, but not behind references", () => {
  const closed = { type: "object", properties: { a: text } };
  const atom = atomOf(
    {
      type: "object",
      "x-kubernetes-preserve-unknown-fields": true,
      properties: { in: closed, ref: { $ref: "Closed" } },
    },
    { Closed: closed },
  );
  assert.equal(shown(fieldOf(atom, "in")), "map granular");
  assert.equal(shown(fieldOf(atom, "ref")), "map granular closed");
});

const malformed: readonly { schema: ValueObject; message: RegExp }[] = [
  { schema: { type: "text" }, message: /"text" is no type/ },
  { schema: { type: "array" }, message: /no schema of its items/ },
  { schema: { type: "array", items: text, "x-kubernetes-list-type": "bag" }, message: /none of atomic, set, map/ },
  { schema: { type: "array", items: text, "x-kubernetes-list-type": "map" }, message: /list-map-keys is no list/ },
  { schema: { type: "object", "x-kubernetes-map-type": "loose" }, message: /neither atomic nor granular/ },
  { schema: { type: "object", properties: { a: "string" } }, message: /property "a" is no schema/ },
];

test("a malformed schema is refused when it is used", async (t) => {
  for (const { schema, message } of malformed) {
    await t.test(String(message), () => {
      assert.throws(
        () => atomOf(schema),
        (error) => isAmapError(error) && error.code === "VALUE_INVALID" && message.test(error.message),
      );
    });
  }
  assert.throws(
    () => fieldOf(atomOf({ type: "object", properties: { a: { $ref: "B" } } }), "a"),
    /there is no schema "B"/,
  );
});
