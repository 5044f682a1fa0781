import assert from "node:assert/strict";
import { test } from "node:test";
import { type FieldType, findKubernetesType, type KubernetesField, readType } from "./kubernetes-fields.ts";
import { kubernetesKinds } from "./kubernetes-kinds.ts";

const STRING: FieldType = { kind: "scalar", scalar: "string" };
const plain = (type: FieldType): KubernetesField => ({ type, isRequired: false, default: undefined });
const listOf = (element: FieldType): FieldType => ({
  kind: "list",
  element,
  listType: "",
  mapKeys: [],
  mergeKeys: undefined,
});

const fields: readonly { word: string; name: string; field: KubernetesField }[] = [
  { word: "name", name: "name", field: plain(STRING) },
  { word: "replicas:i", name: "replicas", field: plain({ kind: "scalar", scalar: "int32" }) },
  { word: "uid:l", name: "uid", field: plain({ kind: "scalar", scalar: "int64" }) },
  { word: "maximum:n", name: "maximum", field: plain({ kind: "scalar", scalar: "double" }) },
  { word: "on:b", name: "on", field: plain({ kind: "scalar", scalar: "boolean" }) },
  { word: "any:a", name: "any", field: plain({ kind: "scalar", scalar: "any" }) },
  { word: "name!", name: "name", field: { ...plain(STRING), isRequired: true } },
  { word: "protocol=TCP", name: "protocol", field: { ...plain(STRING), default: "TCP" } },
  { word: "name!=", name: "name", field: { type: STRING, isRequired: true, default: "" } },
  {
    word: "port:i!=0",
    name: "port",
    field: { type: { kind: "scalar", scalar: "int32" }, isRequired: true, default: 0 },
  },
  {
    word: "spec:things.v1.Spec",
    name: "spec",
    field: plain({ kind: "object", definition: "things.v1.Spec", mapType: "" }),
  },
  {
    word: "claim:things.v1.Reference@granular!",
    name: "claim",
    field: { ...plain({ kind: "object", definition: "things.v1.Reference", mapType: "granular" }), isRequired: true },
  },
  { word: "labels{}", name: "labels", field: plain({ kind: "map", value: STRING, mapType: "" }) },
  { word: "selector{}@atomic", name: "selector", field: plain({ kind: "map", value: STRING, mapType: "atomic" }) },
  { word: "extra{[]}", name: "extra", field: plain({ kind: "map", value: listOf(STRING), mapType: "" }) },
  {
    word: "limits{api.resource.Quantity}",
    name: "limits",
    field: plain({
      kind: "map",
      value: { kind: "object", definition: "api.resource.Quantity", mapType: "" },
      mapType: "",
    }),
  },
  { word: "lists[[i]]", name: "lists", field: plain(listOf(listOf({ kind: "scalar", scalar: "int32" }))) },
  {
    word: "ports[x.v1.P]map(port,protocol)+port!",
    name: "ports",
    field: {
      type: {
        kind: "list",
        element: { kind: "object", definition: "x.v1.P", mapType: "" },
        listType: "map",
        mapKeys: ["port", "protocol"],
        mergeKeys: ["port"],
      },
      isRequired: true,
      default: undefined,
    },
  },
  {
    word: "finalizers[]set+",
    name: "finalizers",
    field: plain({ kind: "list", element: STRING, listType: "set", mapKeys: [], mergeKeys: [] }),
  },
];

test("a field of the table", async (t) => {
  for (const { word, name, field } of fields) {
    await t.test(word, () => {
      assert.deepEqual([...readType(`x.v1.X ${word}`).fields], [[name, field]]);
    });
  }
});

test("a type without fields stands for another, one with a mark is atomic", () => {
  assert.deepEqual(readType("meta.v1.Time :t").alias, { kind: "scalar", scalar: "date-time" });
  assert.equal(readType("x.v1.X a").alias, undefined);
  assert.equal(readType("x.v1.X@atomic a").mapType, "atomic");
  assert.deepEqual([...readType("x.v1.Empty").fields], []);
});

test("a line that cannot be read is a bug that is told", () => {
  for (const word of [
    "field:z",
    "field[",
    "field{",
    "field[]tree",
    "field{}@other",
    "field:b}",
    "field:x.v1.X@loose",
  ]) {
    assert.throws(() => readType(`x.v1.X ${word}`), /the table of Kubernetes types has the field/, word);
  }
});

test("lists have their types and keys", () => {
  const containers = findKubernetesType("core.v1.PodSpec")?.fields.get("containers")?.type;
  assert.deepEqual(containers, {
    kind: "list",
    element: { kind: "object", definition: "core.v1.Container", mapType: "" },
    listType: "map",
    mapKeys: ["name"],
    mergeKeys: ["name"],
  });
  assert.equal(findKubernetesType("core.v1.ContainerPort")?.fields.get("protocol")?.default, "TCP");
  assert.equal(findKubernetesType("meta.v1.LabelSelector")?.mapType, "atomic");
  assert.equal(findKubernetesType("core.v1.Nothing"), undefined);
  assert.equal(findKubernetesType("constructor"), undefined);
});

test("every line of the table is read, and leads to lines that are there", () => {
  let count = 0;
  const seen = new Set<string>();
  const follow = (type: FieldType): void => {
    if (type.kind === "object") visit(type.definition);
    else if (type.kind === "map") follow(type.value);
    else if (type.kind === "list") follow(type.element);
  };
  const visit = (definition: string): void => {
    if (seen.has(definition)) return;
    seen.add(definition);
    const type = findKubernetesType(definition);
    assert.ok(type, definition);
    assert.ok(type.alias === undefined || type.fields.size === 0, definition);
    for (const field of type.fields.values()) {
      count++;
      follow(field.type);
    }
  };
  for (const kind of kubernetesKinds()) visit(kind.definition);
  assert.ok(count > 2_500, String(count));
});
