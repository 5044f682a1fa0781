import assert from "node:assert/strict";
import { test } from "node:test";
import { renderKubernetesTypes } from "./table.ts";

const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const THING = "io.k8s.api.things.v1.Thing";
const SPEC = "io.k8s.api.things.v1.ThingSpec";
const PART = "io.k8s.api.things.v1.Part";
const META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

const QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity";
const KIND = { "x-kubernetes-group-version-kind": [{ group: "things.io", version: "v1", kind: "Thing" }] };

const document = (schemas: object) => ({ components: { schemas } }) as Json;
type Json = Parameters<typeof renderKubernetesTypes>[0]["openapi"][number];

const SCHEMAS = {
  [THING]: {
    type: "object",
    properties: {
      metadata: { allOf: [reference(META)], default: {} },
      spec: reference(SPEC),
      kind: { type: "string" },
    },
    ...KIND,
  },
  [SPEC]: {
    type: "object",
    required: ["parts"],
    properties: {
      parts: {
        type: "array",
        items: { allOf: [reference(PART)], default: {} },
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["port", "protocol"],
        "x-kubernetes-patch-merge-key": "port",
        "x-kubernetes-patch-strategy": "merge,retainKeys",
      },
      others: { type: "object", additionalProperties: reference(PART), "x-kubernetes-map-type": "atomic" },
      plain: { type: "array", items: { type: "string", default: "" } },
      atoms: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "atomic" },
      extra: { type: "object", additionalProperties: { type: "array", items: { type: "integer", format: "int64" } } },
      limit: reference(QUANTITY),
      when: { type: "string", format: "date-time" },
      port: { format: "int-or-string", oneOf: [{ type: "integer" }, { type: "string" }] },
      free: { type: "object" },
      any: { description: "Anything." },
      owner: { allOf: [reference(PART)], "x-kubernetes-map-type": "granular" },
    },
  },
  [PART]: {
    type: "object",
    "x-kubernetes-map-type": "atomic",
    properties: {
      port: { type: "integer", format: "int32", default: 0 },
      protocol: { type: "string", default: "TCP" },
      other: { type: "string", default: "unused" },
      more: { type: "array", items: reference(PART), "x-kubernetes-patch-strategy": "merge" },
    },
  },
  [QUANTITY]: { oneOf: [{ type: "string" }, { type: "number" }] },
  [META]: {
    type: "object",
    properties: { names: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" } },
  },
  "io.k8s.api.things.v1.Unused": { type: "object", properties: { a: { type: "string" } } },
};

const DISCOVERY = new Map([
  [
    "things.io/v1",
    {
      resources: [
        { name: "things", kind: "Thing", namespaced: true },
        { name: "things/status", kind: "Thing", namespaced: true },
        { name: "things/scale", kind: "Scale", group: "autoscaling", version: "v1", namespaced: true },
        { name: "rooms", kind: "Room", namespaced: false },
      ],
    },
  ],
]);

test("what a server says becomes the table", () => {
  const text = renderKubernetesTypes({ version: "1.99.0", openapi: [document(SCHEMAS)], discovery: DISCOVERY });
  assert.match(text, /KUBERNETES_VERSION = "1\.99\.0"/);
  const lines = text.split("\n");
  for (const line of [
    "things.io/v1",
    "  Thing things Namespaced things.v1.Thing status scale:autoscaling/v1/Scale",
    "  Room rooms Cluster -",
    "api.resource.Quantity :q",
    "meta.v1.ObjectMeta names[]set",
    "things.v1.Part@atomic more[things.v1.Part]+ other port:i=0 protocol=TCP",
    "things.v1.Thing kind metadata:meta.v1.ObjectMeta spec:things.v1.ThingSpec",
    [
      "things.v1.ThingSpec any:a atoms[]atomic extra{[l]} free:o limit:api.resource.Quantity",
      "others{things.v1.Part}@atomic owner:things.v1.Part@granular",
      "parts[things.v1.Part]map(port,protocol)+port,protocol! plain[] port:x when:t",
    ].join(" "),
  ]) {
    assert.ok(lines.includes(line), line);
  }
  assert.ok(!text.includes("Unused"));
});

const render = (...documents: readonly object[]): string =>
  renderKubernetesTypes({ version: "1", openapi: documents.map(document), discovery: DISCOVERY });

test("two types of one short name are refused", () => {
  assert.throws(() => render({ "io.k8s.api.a.v1.X": {}, "io.k8s.other.pkg.apis.a.v1.X": {} }), /two definitions/);
});

test("a type that two documents describe differently is refused where it is served", () => {
  const other = (name: string) => ({ [name]: { type: "object", properties: { other: { type: "string" } } } });
  assert.throws(() => render(SCHEMAS, other(PART)), /what things.v1.Part is differs/);
  assert.doesNotThrow(() => render(SCHEMAS, other("io.k8s.api.things.v1.Unused")));
});

test("what the table has no letter for is refused", () => {
  const thing = (schema: object) => ({ [THING]: { type: "object", properties: { a: schema }, ...KIND } });
  assert.throws(() => render(thing({ type: "string", format: "email" })), /no letter/);
  assert.throws(() => render(thing({ type: "object", properties: {} })), /no letter/);
});
