import { isValueObject, memberOf, textOf, type Value, type ValueObject } from "../../base/index.ts";
import { findKubernetesKind } from "../resource/kubernetes-kinds.ts";
import { findKubernetesSchema, type ResourceSchema } from "../resource/resource-schema.ts";

/**
 * What an API server lets stand at one place of objects of some kinds. An expression that is sure of the types reads as a
 * person writes it; where they are not known a conversion would be a guess.
 */
export type FieldType =
  | { readonly kind: "string" | "boolean" | "integer" | "number" | "quantity" | "unknown" }
  | { readonly kind: "map"; readonly value: FieldType; readonly isAtomic: boolean }
  | {
      readonly kind: "list";
      readonly items: FieldType;
      readonly isAtomic: boolean;
      /** The member by which a strategic merge tells elements apart. */
      readonly key?: string;
      /** The members that no two elements have in common: an API server refuses others. */
      readonly mapKeys?: readonly string[];
    }
  | { readonly kind: "object"; readonly isAtomic: boolean; field(name: string): Field | undefined };

export interface Field {
  readonly type: FieldType;
  /** Whether every object has it. */
  readonly isCertain: boolean;
}

const UNKNOWN: FieldType = { kind: "unknown" };
export const TEXT: FieldType = { kind: "string" };

/** A schema with what resolves its references. */
interface Part {
  readonly schema: ValueObject;
  /** What a reference calls it. */
  readonly name?: string;
  readonly resolve: ResourceSchema["resolve"];
  /** A definition's: what it does not require may be missing. */
  readonly isCustom?: boolean;
}

/** The type of whole objects of several kinds, or of the templates that a rule is extended to (they need no name); unknown but for their metadata where one is neither built in nor comes with a schema. */
export function typeOfKinds(
  kinds: readonly {
    readonly apiVersion: string;
    readonly kind: string;
    readonly schema?: ResourceSchema | undefined;
  }[],
  isExtended: boolean,
): FieldType {
  const parts = kinds.map(({ apiVersion, kind, schema }): Part | undefined => {
    if (schema !== undefined) return withMetadata(schema);
    // A kind that the table names without describing it has no schema either.
    const known = findKubernetesKind(apiVersion, kind);
    return known === undefined || known.definition === "-" ? undefined : findKubernetesSchema(apiVersion, kind);
  });
  const metadata = findKubernetesSchema("v1", "Pod");
  if (metadata === undefined) return UNKNOWN;
  if (kinds.length === 0 || parts.some((part) => part === undefined)) return metadataOnly(metadata);
  return typeOf(parts as readonly Part[], true, isExtended ? "template" : "object");
}

/** A definition says nothing of the members that all objects have. */
function withMetadata({ schema, resolve }: ResourceSchema): Part {
  const pod = findKubernetesSchema("v1", "Pod");
  const properties = memberOf(schema, "properties");
  const text = { type: "string" };
  const metadata = memberOf(memberOf(pod?.schema, "properties"), "metadata") ?? { type: "object" };
  const whole = { apiVersion: text, kind: text, ...(isValueObject(properties) ? properties : {}), metadata };
  return {
    schema: { type: "object", ...schema, properties: whole },
    resolve: (ref) => resolve(ref) ?? pod?.resolve(ref),
    isCustom: true,
  };
}

function metadataOnly(pod: ResourceSchema): FieldType {
  const whole = typeOf([pod], true, "object");
  const field = (name: string): Field | undefined => {
    if (name === "apiVersion" || name === "kind" || name === "metadata") {
      return whole.kind === "object" ? whole.field(name) : undefined;
    }
    return { type: UNKNOWN, isCertain: false };
  };
  return { kind: "object", isAtomic: false, field };
}

/** Members that are there although no schema says so: they are structs, not pointers, in Kubernetes' own types. */
const ALWAYS: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata", "spec", "template", "jobTemplate"]);
const STRUCTS =
  /(?:\.|^)(?:PodTemplateSpec|PodSpec|ObjectMeta|JobTemplateSpec|JobSpec|(?:Deployment|DaemonSet|StatefulSet|ReplicaSet|CronJob|Service|Ingress|Namespace|PersistentVolumeClaim|PersistentVolume|NetworkPolicy)Spec)$/;
/** The API server refuses containers without image before any policy is asked, though no schema says so. */
const CONTAINERS = /\.(?:Ephemeral)?Container$/;
/** Of the map's own fields: what every stored object has. */
const NAMED: ReadonlySet<string> = new Set(["name"]);

function typeOf(parts: readonly Part[], isRoot = false, owner?: "object" | "template"): FieldType {
  const resolved = parts.map(resolvePart);
  const [first] = resolved;
  if (first === undefined) return UNKNOWN;
  const kinds = new Set(resolved.map(({ schema }) => kindOf(schema)));
  if (kinds.size !== 1) return UNKNOWN;
  const [kind] = kinds;
  const isAtomic = resolved.some(
    ({ schema }, index) => isTakenWhole(schema) || isTakenWhole(parts[index]?.schema ?? schema),
  );
  switch (kind) {
    case "map":
      return { kind: "map", isAtomic, value: typeOf(resolved.map((part) => child(part, "additionalProperties"))) };
    case "list": {
      const keys = new Set(parts.map(({ schema }) => textOf(schema, "x-kubernetes-patch-merge-key")));
      const [key = ""] = keys;
      const items = typeOf(resolved.map((part) => child(part, "items")));
      const listed = memberOf(parts[0]?.schema ?? null, "x-kubernetes-list-map-keys");
      const mapKeys = Array.isArray(listed)
        ? (listed as readonly Value[]).filter((each) => typeof each === "string")
        : undefined;
      const keyed = { ...(keys.size === 1 && key !== "" && { key }), ...(mapKeys && { mapKeys }) };
      return { kind: "list", isAtomic, items, ...keyed };
    }
    case "object":
      return { kind: "object", isAtomic, field: (name) => fieldOf(resolved, name, isRoot, owner) };
    default:
      return { kind: kind as "string" };
  }
}

function fieldOf(
  parts: readonly Part[],
  name: string,
  isRoot: boolean,
  owner: "object" | "template" | undefined,
): Field | undefined {
  const found = parts.flatMap((part) => {
    const properties = memberOf(part.schema, "properties");
    const schema = memberOf(properties, name);
    if (!isValueObject(schema)) return [];
    const required = memberOf(part.schema, "required");
    const isLeftOut = part.isCustom === true && name === "spec";
    const isStruct = ALWAYS.has(name) && !isLeftOut && (isRoot || STRUCTS.test(textOf(schema, "$ref")));
    const isNamed = !isRoot && owner === "object" && NAMED.has(name);
    const isValidated = name === "image" && CONTAINERS.test(part.name ?? "");
    const isRequired = Array.isArray(required) && (required as readonly Value[]).includes(name);
    return [{ part: { schema, resolve: part.resolve }, isCertain: isStruct || isNamed || isRequired || isValidated }];
  });
  if (found.length === 0) return undefined;
  return {
    type: typeOf(
      found.map(({ part }) => part),
      false,
      isRoot && name === "metadata" ? owner : undefined,
    ),
    isCertain: found.length === parts.length && found.every(({ isCertain }) => isCertain),
  };
}

function resolvePart(part: Part): Part {
  const ref = textOf(part.schema, "$ref");
  if (ref === "") return part;
  const schema = part.resolve(ref);
  return schema === undefined
    ? { schema: {}, resolve: part.resolve }
    : resolvePart({ schema, name: ref, resolve: part.resolve });
}

function child(part: Part, key: string): Part {
  const schema = memberOf(part.schema, key);
  return { schema: isValueObject(schema) ? schema : {}, resolve: part.resolve };
}

/** Whether server-side apply replaces it as a whole: a list is so where nothing else is said. */
function isTakenWhole(schema: ValueObject): boolean {
  if (textOf(schema, "x-kubernetes-map-type") === "atomic") return true;
  if (textOf(schema, "type") !== "array") return false;
  const how = textOf(schema, "x-kubernetes-list-type");
  return how === "atomic" || (how === "" && textOf(schema, "x-kubernetes-patch-strategy") !== "merge");
}

function kindOf(schema: ValueObject): string {
  if (memberOf(schema, "x-kubernetes-int-or-string") === true) return "quantity";
  switch (textOf(schema, "type")) {
    case "string":
      return "string";
    case "boolean":
      return "boolean";
    case "integer":
      return "integer";
    case "array":
      return "list";
    case "object":
      if (isValueObject(memberOf(schema, "properties"))) return "object";
      return isValueObject(memberOf(schema, "additionalProperties")) ? "map" : "unknown";
    default:
      return "unknown";
  }
}
