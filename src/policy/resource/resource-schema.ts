import { AmapError, isValueObject, LIMITS, memberOf, textOf, type Value, type ValueObject } from "../../base/index.ts";
import { type FieldType, findKubernetesType, type KubernetesType, type ScalarKind } from "./kubernetes-fields.ts";
import { findKubernetesKind } from "./kubernetes-kinds.ts";

/**
 * What an API server says of the objects of one kind, as OpenAPI v3: for `typeOfSchema` of CEL (give it `schema` and
 * `resolve`) and for a structured merge (`mergeTypeOf`).
 */
export interface ResourceSchema {
  /** The type's name in messages: the kind. */
  readonly name: string;
  readonly schema: ValueObject;
  /** What a `$ref` of the schema names; undefined when there is none. */
  readonly resolve: (ref: string) => ValueObject | undefined;
}

/** A kind that a CustomResourceDefinition makes, in one of its versions. */
export interface CustomKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Whether the API server answers for this version. */
  readonly isServed: boolean;
  readonly schema: ResourceSchema;
}

const expanded = new Map<string, ValueObject>();
const known = new Map<string, ResourceSchema>();

/**
 * The schema of a built-in kind of Kubernetes {@link KUBERNETES_VERSION}, subresources' kinds (`autoscaling/v1` Scale)
 * among them; undefined for any other. Its `$ref`s are names of the table's types: `core.v1.PodSpec`. Descriptions,
 * enums, patterns and formats of texts that are neither date-time nor byte are left out; defaults are there where they
 * tell elements of a list apart. The same object is returned each time, so what is made of it may be kept by it.
 *
 * @see https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-v3
 * @example
 * ```ts
 * import { findKubernetesSchema } from "../index.ts";
 * const { schema, resolve } = findKubernetesSchema("apps/v1", "Deployment")!;
 * resolve("apps.v1.DeploymentSpec")?.["required"]; // ["selector", "template"]
 * ```
 */
export function findKubernetesSchema(apiVersion: string, kind: string): ResourceSchema | undefined {
  const definition = definitionOf(apiVersion, kind);
  if (definition === undefined) return undefined;
  const made = known.get(definition);
  if (made !== undefined) return made;
  const schema = expandDefinition(definition);
  if (schema === undefined) return undefined;
  const found: ResourceSchema = { name: kind, schema, resolve: expandDefinition };
  known.set(definition, found);
  return found;
}

function definitionOf(apiVersion: string, kind: string): string | undefined {
  const served = findKubernetesKind(apiVersion, kind);
  if (served !== undefined) return served.definition;
  // Kinds of subresources are of no resource of their own; their groups have one word.
  const slash = apiVersion.indexOf("/");
  const group = slash < 0 ? "core" : apiVersion.slice(0, slash).replace(/\..*$/, "");
  return `${group}.${apiVersion.slice(slash + 1)}.${kind}`;
}

/** A type of the table as a schema. */
function expandDefinition(definition: string): ValueObject | undefined {
  const made = expanded.get(definition);
  if (made !== undefined) return made;
  const type = findKubernetesType(definition);
  if (type === undefined) return undefined;
  const schema = type.alias === undefined ? expandObject(type) : expandType(type.alias);
  expanded.set(definition, schema);
  return schema;
}

function expandObject({ fields, mapType }: KubernetesType): ValueObject {
  const required = [...fields].filter(([, field]) => field.isRequired).map(([name]) => name);
  const properties = [...fields].map(([name, field]) => {
    const schema = expandType(field.type);
    return [name, field.default === undefined ? schema : { ...schema, default: field.default }] as const;
  });
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    ...(required.length === 0 ? {} : { required }),
    ...mapTypeMember(mapType),
  };
}

function expandType(type: FieldType): ValueObject {
  switch (type.kind) {
    case "scalar":
      return SCALAR_SCHEMAS[type.scalar];
    case "object":
      return { $ref: type.definition, ...mapTypeMember(type.mapType) };
    case "map":
      return { type: "object", additionalProperties: expandType(type.value), ...mapTypeMember(type.mapType) };
    default:
      return {
        type: "array",
        items: expandType(type.element),
        ...(type.listType === "" ? {} : { "x-kubernetes-list-type": type.listType }),
        ...(type.mapKeys.length === 0 ? {} : { "x-kubernetes-list-map-keys": type.mapKeys }),
        ...(type.mergeKeys === undefined ? {} : mergeMembers(type.mergeKeys)),
      };
  }
}

function mapTypeMember(mapType: string): ValueObject {
  return mapType === "" ? {} : { "x-kubernetes-map-type": mapType };
}

function mergeMembers(keys: readonly string[]): ValueObject {
  const [key] = keys;
  return {
    "x-kubernetes-patch-strategy": "merge",
    ...(key === undefined ? {} : { "x-kubernetes-patch-merge-key": key }),
  };
}

const SCALAR_SCHEMAS: Readonly<Record<ScalarKind, ValueObject>> = {
  string: { type: "string" },
  int32: { type: "integer", format: "int32" },
  int64: { type: "integer", format: "int64" },
  double: { type: "number", format: "double" },
  boolean: { type: "boolean" },
  "date-time": { type: "string", format: "date-time" },
  byte: { type: "string", format: "byte" },
  "int-or-string": { "x-kubernetes-int-or-string": true },
  // To expressions it is what an int-or-string is; a merge knows it by its name.
  quantity: { "x-kubernetes-int-or-string": true },
  object: { type: "object" },
  any: {},
};

const OBJECT_META = "meta.v1.ObjectMeta";
const TEXT: ValueObject = { type: "string" };

/**
 * The kinds of a CustomResourceDefinition (apiextensions.k8s.io/v1), a version each, with the schemas that an API server
 * publishes of them: apiVersion, kind and Kubernetes' own metadata are added, at embedded resources too. A version
 * without a schema has objects of any members. Schemas are taken as they are written, and are read when they are used:
 * what is malformed in them is told by `typeOfSchema` and `mergeTypeOf`.
 *
 * @throws {AmapError} VALUE_INVALID when the document is no such definition; LIMIT_EXCEEDED for more than
 *   LIMITS.schemaNodes parts or LIMITS.schemaDepth levels
 * @see https://kubernetes.io/docs/reference/kubernetes-api/extend-resources/custom-resource-definition-v1/
 * @example
 * ```ts
 * import { readCustomKinds } from "../index.ts";
 * const [widget] = readCustomKinds({
 *   apiVersion: "apiextensions.k8s.io/v1",
 *   kind: "CustomResourceDefinition",
 *   spec: {
 *     group: "example.com",
 *     scope: "Namespaced",
 *     names: { kind: "Widget", plural: "widgets" },
 *     versions: [{ name: "v1", served: true, schema: { openAPIV3Schema: { type: "object" } } }],
 *   },
 * });
 * widget?.plural; // "widgets"
 * ```
 */
export function readCustomKinds(document: Value): readonly CustomKind[] {
  if (textOf(document, "kind") !== "CustomResourceDefinition" || textOf(document, "apiVersion") !== CRD_VERSION) {
    throw malformed("", `expected a CustomResourceDefinition of ${CRD_VERSION}`);
  }
  const spec = memberOf(document, "spec");
  const versions = memberOf(spec, "versions");
  if (!Array.isArray(versions)) throw malformed("spec.versions", "expected a list");
  const names = memberOf(spec, "names");
  const kind = requiredText(names, "kind", "spec.names");
  const common = {
    group: requiredText(spec, "group", "spec"),
    kind,
    plural: requiredText(names, "plural", "spec.names"),
    namespaced: textOf(spec, "scope") !== "Cluster",
  };
  return versions.map((version: Value, index) => ({
    ...common,
    version: requiredText(version, "name", `spec.versions[${index}]`),
    isServed: memberOf(version, "served") !== false,
    schema: {
      name: kind,
      schema: publishedSchema(memberOf(memberOf(version, "schema"), "openAPIV3Schema")),
      resolve: expandDefinition,
    },
  }));
}

const CRD_VERSION = "apiextensions.k8s.io/v1";

function requiredText(value: Value | undefined, key: string, path: string): string {
  const text = textOf(value, key);
  if (text === "") throw malformed(`${path}.${key}`, "expected a text");
  return text;
}

function malformed(path: string, message: string): AmapError {
  return new AmapError("VALUE_INVALID", path === "" ? message : `CustomResourceDefinition at ${path}: ${message}`);
}

function publishedSchema(schema: Value | undefined): ValueObject {
  if (!isValueObject(schema)) return { type: "object" };
  return withResourceFields(new EmbeddedResources().complete(schema, 0));
}

/** As the server publishes it: its own metadata instead of what the definition says of them. */
function withResourceFields(schema: ValueObject): ValueObject {
  const properties = memberOf(schema, "properties");
  const own: Value = { apiVersion: TEXT, kind: TEXT, metadata: { $ref: OBJECT_META } };
  return { ...schema, properties: { ...(isValueObject(properties) ? properties : {}), ...own } };
}

/** Adds the fields of a whole object wherever a schema embeds one. */
class EmbeddedResources {
  #count = 0;

  complete(schema: ValueObject, depth: number): ValueObject {
    this.#count++;
    if (this.#count > LIMITS.schemaNodes) {
      throw new AmapError("LIMIT_EXCEEDED", `the schema has more than ${LIMITS.schemaNodes} parts`);
    }
    if (depth > LIMITS.schemaDepth) {
      throw new AmapError("LIMIT_EXCEEDED", `the schema is nested deeper than ${LIMITS.schemaDepth} levels`);
    }
    // The API server takes no such definition, and a reference would lead into the table of built-in kinds.
    if (Object.hasOwn(schema, "$ref")) throw malformed("spec.versions", "a schema has a $ref; it must be written out");
    const inner: [string, Value][] = [];
    for (const key of ["items", "additionalProperties"]) {
      const child = memberOf(schema, key);
      if (isValueObject(child)) inner.push([key, this.complete(child, depth + 1)]);
    }
    const properties = memberOf(schema, "properties");
    if (isValueObject(properties)) {
      const completed = Object.entries(properties).map(([name, child]): [string, Value] => [
        name,
        isValueObject(child) ? this.complete(child, depth + 1) : child,
      ]);
      inner.push(["properties", Object.fromEntries(completed)]);
    }
    const complete = inner.length === 0 ? schema : { ...schema, ...Object.fromEntries(inner) };
    const isEmbedded = memberOf(schema, "x-kubernetes-embedded-resource") === true;
    return isEmbedded ? withResourceFields(complete) : complete;
  }
}
