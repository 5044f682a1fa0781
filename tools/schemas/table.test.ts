import assert from "node:assert/strict";
import { test } from "node:test";
import { renderKubernetesTypes } from "./table.ts";

const reference = (name: string) => ({ $ref: `#/definitions/${name}` });
const THING = "io.k8s.api.things.v1.Thing";
const SPEC = "io.k8s.api.things.v1.ThingSpec";
const PART = "io.k8s.api.things.v1.Part";
const META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

const OPENAPI = {
  definitions: {
    [THING]: {
      properties: { metadata: reference(META), spec: reference(SPEC), kind: { type: "string" } },
      "x-kubernetes-group-version-kind": [{ group: "things.io", version: "v1", kind: "Thing" }],
    },
    [SPEC]: {
      properties: {
        parts: {
          type: "array",
          items: reference(PART),
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["port", "protocol"],
          "x-kubernetes-patch-merge-key": "port",
          "x-kubernetes-patch-strategy": "merge,retainKeys",
        },
        others: { type: "object", additionalProperties: reference(PART) },
        plain: { type: "array", items: { type: "string" } },
        atoms: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "atomic" },
        leaf: reference("io.k8s.api.things.v1.Leaf"),
      },
    },
    [PART]: { properties: { more: { type: "array", items: reference(PART), "x-kubernetes-patch-strategy": "merge" } } },
    "io.k8s.api.things.v1.Leaf": { properties: { a: { type: "string" } } },
    [META]: { properties: { names: { type: "array", "x-kubernetes-list-type": "set" } } },
  },
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
  const text = renderKubernetesTypes({ version: "1.99.0", openapi: OPENAPI, discovery: DISCOVERY });
  assert.match(text, /KUBERNETES_VERSION = "1\.99\.0"/);
  const lines = text.split("\n");
  for (const line of [
    "things.io/v1",
    "  Thing things Namespaced things.v1.Thing status scale:autoscaling/v1/Scale",
    "  Room rooms Cluster -",
    "meta.v1.ObjectMeta names[]set",
    "things.v1.Part more[things.v1.Part]+",
    "things.v1.Thing metadata:meta.v1.ObjectMeta spec:things.v1.ThingSpec",
    "things.v1.ThingSpec atoms[]atomic others{things.v1.Part} parts[things.v1.Part]map(port,protocol)+port,protocol",
  ]) {
    assert.ok(lines.includes(line), line);
  }
  assert.ok(!text.includes("Leaf"));
});

test("two types of one short name are refused", () => {
  const openapi = { definitions: { "io.k8s.api.a.v1.X": {}, "io.k8s.other.pkg.apis.a.v1.X": {} } };
  assert.throws(() => renderKubernetesTypes({ version: "1", openapi, discovery: new Map() }), /two definitions/);
});
