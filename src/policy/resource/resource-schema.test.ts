import assert from "node:assert/strict";
import { test } from "node:test";
import { isAmapError, LIMITS, memberOf, type Value, type ValueObject } from "../../base/index.ts";
import { compileExpression } from "../language/cel/compile/compile.ts";
import { createEnvironment } from "../language/cel/environment.ts";
import { typeOfSchema } from "../language/cel/kubernetes/schema-type.ts";
import { formatType } from "../language/cel/types.ts";
import { kubernetesKinds } from "./kubernetes-kinds.ts";
import { findKubernetesSchema, type ResourceSchema, readCustomKinds } from "./resource-schema.ts";

/** The type of an expression over `object`; throws where the expression is refused. */
function typeOver(resource: ResourceSchema, expression: string): string {
  const object = typeOfSchema(resource.name, resource.schema, { resolve: resource.resolve });
  return formatType(compileExpression(expression, createEnvironment({ variables: { object } })).type);
}

function builtIn(apiVersion: string, kind: string): ResourceSchema {
  const schema = findKubernetesSchema(apiVersion, kind);
  assert.ok(schema, `${apiVersion} ${kind}`);
  return schema;
}

const typed: readonly { kind: string; expression: string; type: string }[] = [
  { kind: "apps/v1 Deployment", expression: "object.spec.replicas", type: "int" },
  { kind: "apps/v1 Deployment", expression: "object.spec.paused", type: "bool" },
  { kind: "apps/v1 Deployment", expression: "object.metadata.labels", type: "map(string, string)" },
  { kind: "apps/v1 Deployment", expression: "object.spec.template.spec.containers[0].image", type: "string" },
  { kind: "v1 Pod", expression: "object.spec.containers[0].resources.limits['cpu']", type: "dyn" },
  { kind: "v1 Pod", expression: "object.metadata.creationTimestamp", type: "string" },
  { kind: "v1 Pod", expression: "object.spec.containers[0].args", type: "list(string)" },
  { kind: "v1 Service", expression: "object.spec.ports[0].targetPort", type: "dyn" },
  { kind: "v1 ConfigMap", expression: "object.binaryData['a']", type: "string" },
  { kind: "autoscaling/v1 Scale", expression: "object.spec.replicas", type: "int" },
];

test("expressions over built-in kinds are typed", async (t) => {
  for (const { kind, expression, type } of typed) {
    await t.test(`${kind}: ${expression}`, () => {
      const [apiVersion = "", name = ""] = kind.split(" ");
      assert.equal(typeOver(builtIn(apiVersion, name), expression), type);
    });
  }
});

test("a field that a kind has not is refused", () => {
  assert.throws(() => typeOver(builtIn("apps/v1", "Deployment"), "object.spec.replica"), /replica/);
  assert.throws(() => typeOver(builtIn("v1", "Pod"), "object.spec.containers[0].imag"), /imag/);
});

test("what is no kind has no schema", () => {
  for (const [apiVersion, kind] of [
    ["v2", "Pod"],
    ["v1", "PodExecOptions"],
    ["v1", "constructor"],
    ["", ""],
    ["kyverno.io/v1", "ClusterPolicy"],
  ] as const) {
    assert.equal(findKubernetesSchema(apiVersion, kind), undefined, `${apiVersion} ${kind}`);
  }
});

test("a schema is made once", () => {
  assert.equal(findKubernetesSchema("v1", "Pod"), findKubernetesSchema("v1", "Pod"));
});

test("every built-in kind has a type that can be read", () => {
  for (const { group, version, kind } of kubernetesKinds()) {
    const { name, schema, resolve } = builtIn(group === "" ? version : `${group}/${version}`, kind);
    assert.equal(typeOfSchema(name, schema, { resolve }).kind, "object", kind);
  }
});

test("lists, maps and defaults are said as OpenAPI says them", () => {
  const { resolve } = builtIn("v1", "Pod");
  const properties = memberOf(resolve("core.v1.Container"), "properties");
  assert.deepEqual(memberOf(properties, "ports"), {
    type: "array",
    items: { $ref: "core.v1.ContainerPort" },
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["containerPort", "protocol"],
    "x-kubernetes-patch-strategy": "merge",
    "x-kubernetes-patch-merge-key": "containerPort",
  });
  const port = resolve("core.v1.ContainerPort");
  assert.deepEqual(memberOf(memberOf(port, "properties"), "protocol"), { type: "string", default: "TCP" });
  assert.deepEqual(memberOf(port, "required"), ["containerPort"]);
  assert.equal(memberOf(resolve("meta.v1.LabelSelector"), "x-kubernetes-map-type"), "atomic");
  assert.equal(resolve("core.v1.Nothing"), undefined);
});

const crd = (schema: Value, spec: ValueObject = {}): Value => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { kind: "Widget", plural: "widgets" },
    versions: [{ name: "v1", served: true, schema: { openAPIV3Schema: schema } }],
    ...spec,
  },
});

function widget(schema: Value): ResourceSchema {
  const [kind] = readCustomKinds(crd(schema));
  assert.ok(kind);
  return kind.schema;
}

const WIDGET: Value = {
  type: "object",
  properties: {
    metadata: { type: "object", properties: { name: { type: "string", maxLength: 8 } } },
    spec: {
      type: "object",
      properties: {
        size: { type: "integer" },
        template: { type: "object", "x-kubernetes-embedded-resource": true },
        templates: { type: "array", items: { type: "object", "x-kubernetes-embedded-resource": true } },
      },
    },
  },
};

test("a custom kind is typed as its definition says, with Kubernetes' own metadata", () => {
  assert.equal(typeOver(widget(WIDGET), "object.spec.size"), "int");
  assert.equal(typeOver(widget(WIDGET), "object.metadata.labels"), "map(string, string)");
  assert.equal(typeOver(widget(WIDGET), "object.spec.template.metadata.labels"), "map(string, string)");
  assert.equal(typeOver(widget(WIDGET), "object.spec.templates[0].kind"), "string");
  assert.throws(() => typeOver(widget(WIDGET), "object.spec.sise"), /sise/);
});

test("versions of a definition", () => {
  const document = crd(
    {},
    {
      scope: "Cluster",
      versions: [{ name: "v1" }, { name: "v1beta1", served: false, schema: { openAPIV3Schema: WIDGET } }],
    },
  );
  const kinds = readCustomKinds(document);
  assert.deepEqual(
    kinds.map(({ group, version, kind, plural, namespaced, isServed }) => ({
      group,
      version,
      kind,
      plural,
      namespaced,
      isServed,
    })),
    [
      { group: "example.com", kind: "Widget", plural: "widgets", namespaced: false, version: "v1", isServed: true },
      {
        group: "example.com",
        kind: "Widget",
        plural: "widgets",
        namespaced: false,
        version: "v1beta1",
        isServed: false,
      },
    ],
  );
  // Without a schema nothing is known, not even of metadata.
  assert.deepEqual(kinds[0]?.schema.schema, { type: "object" });
});

const refused: readonly { name: string; document: Value; message: RegExp }[] = [
  {
    name: "no definition",
    document: { apiVersion: "v1", kind: "Pod" },
    message: /expected a CustomResourceDefinition/,
  },
  {
    name: "an old definition",
    document: { apiVersion: "apiextensions.k8s.io/v1beta1", kind: "CustomResourceDefinition" },
    message: /apiextensions.k8s.io\/v1/,
  },
  { name: "no versions", document: crd({}, { versions: "v1" }), message: /spec.versions: expected a list/ },
  { name: "no kind", document: crd({}, { names: { plural: "widgets" } }), message: /spec.names.kind: expected a text/ },
  { name: "a version without a name", document: crd({}, { versions: [{}] }), message: /spec.versions\[0\].name/ },
];

test("a document that is no definition of a kind", async (t) => {
  for (const { name, document, message } of refused) {
    await t.test(name, () => {
      assert.throws(
        () => readCustomKinds(document),
        (error) => isAmapError(error) && error.code === "VALUE_INVALID" && message.test(error.message),
      );
    });
  }
});

test("a schema that refers to another is refused", () => {
  const schema: Value = { type: "object", properties: { spec: { $ref: "core.v1.PodSpec" } } };
  assert.throws(
    () => readCustomKinds(crd(schema)),
    (error) => isAmapError(error) && error.code === "VALUE_INVALID" && error.message.includes("$ref"),
  );
});

test("schemas that are too deep are refused", () => {
  let schema: Value = { type: "string" };
  for (let level = 0; level <= LIMITS.schemaDepth; level++) schema = { type: "array", items: schema };
  assert.throws(
    () => readCustomKinds(crd(schema)),
    (error) => isAmapError(error) && error.code === "LIMIT_EXCEEDED",
  );
});
