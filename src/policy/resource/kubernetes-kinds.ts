import { DEFINITION_LINES, KIND_LINES } from "./kubernetes-types.ts";

/** A part of a resource with an address of its own; `exec` of Pods takes a PodExecOptions, `status` a Pod. */
export interface KubernetesSubresource {
  readonly name: string;
  /** `v1`, `apps/v1`. */
  readonly apiVersion: string;
  readonly kind: string;
}

/** A kind that a Kubernetes API server serves out of the box. */
export interface KubernetesKind {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly subresources: readonly KubernetesSubresource[];
  /** The name of its type in {@link findKubernetesType}. */
  readonly definition: string;
}

/** A field of a Kubernetes type that is a list, or leads to one. */
export interface KubernetesField {
  readonly kind: "object" | "map" | "list";
  /** The type of the object, of the map's values or of the list's elements; empty when no list lies below. */
  readonly definition: string;
  /** A list's x-kubernetes-list-type; empty when the server states none. */
  readonly listType: "" | "atomic" | "set" | "map";
  /** x-kubernetes-list-map-keys. */
  readonly mapKeys: readonly string[];
  /** The keys of a strategic merge; none for scalars, undefined for a list that is replaced whole. */
  readonly mergeKeys: readonly string[] | undefined;
}

/** The fields of a type that are lists, or lead to lists. */
export type KubernetesType = ReadonlyMap<string, KubernetesField>;

interface Tables {
  readonly kinds: readonly KubernetesKind[];
  readonly byName: ReadonlyMap<string, KubernetesKind>;
  readonly lines: ReadonlyMap<string, string>;
}

let tables: Tables | undefined;
const types = new Map<string, KubernetesType>();

/**
 * Every kind that an API server of {@link KUBERNETES_VERSION} serves with all its API groups, in the order of groups.
 *
 * @example
 * ```ts
 * import { kubernetesKinds } from "./kubernetes-kinds.ts";
 * kubernetesKinds().some((kind) => kind.plural === "networkpolicies"); // true
 * ```
 */
export function kubernetesKinds(): readonly KubernetesKind[] {
  return readTables().kinds;
}

/**
 * The built-in kind of an apiVersion (`apps/v1`) and kind, or undefined.
 *
 * @example
 * ```ts
 * import { findKubernetesKind } from "./kubernetes-kinds.ts";
 * findKubernetesKind("apps/v1", "Deployment")?.plural; // "deployments"
 * ```
 */
export function findKubernetesKind(apiVersion: string, kind: string): KubernetesKind | undefined {
  return readTables().byName.get(`${apiVersion} ${kind}`);
}

/**
 * The lists of a type, by field; undefined for a type without any. Types are named by group, version and name.
 *
 * @example
 * ```ts
 * import { findKubernetesType } from "./kubernetes-kinds.ts";
 * findKubernetesType("core.v1.PodSpec")?.get("containers")?.mergeKeys; // ["name"]
 * ```
 */
export function findKubernetesType(definition: string): KubernetesType | undefined {
  const known = types.get(definition);
  if (known !== undefined) return known;
  const line = readTables().lines.get(definition);
  if (line === undefined) return undefined;
  const type = readType(line);
  types.set(definition, type);
  return type;
}

/** Reads a line of the table: the name of a type and its fields, parted by spaces. */
export function readType(line: string): KubernetesType {
  return new Map(line.split(" ").slice(1).map(readField));
}

const FIELD = /^([^:[{]+)(?::([^ ]+)|\{([^}]+)\}|\[([^\]]*)\](atomic|set|map)?(?:\(([^)]*)\))?(\+.*)?)$/;

function readField(text: string): [string, KubernetesField] {
  const match = FIELD.exec(text);
  if (match === null) throw new Error(`the table of Kubernetes types has the field ${text}`);
  const [, name = "", object, map, list, listType = "", mapKeys, merge] = match;
  const base = { listType: listType as KubernetesField["listType"], mapKeys: split(mapKeys) };
  const mergeKeys = merge === undefined ? undefined : split(merge.slice(1));
  if (object !== undefined) return [name, { ...base, kind: "object", definition: object, mergeKeys }];
  if (map !== undefined) return [name, { ...base, kind: "map", definition: map, mergeKeys }];
  return [name, { ...base, kind: "list", definition: list ?? "", mergeKeys }];
}

function split(text: string | undefined): readonly string[] {
  return text === undefined || text === "" ? [] : text.split(",");
}

function readTables(): Tables {
  if (tables !== undefined) return tables;
  const kinds: KubernetesKind[] = [];
  let apiVersion = "";
  for (const line of KIND_LINES.trim().split("\n")) {
    if (line.startsWith(" ")) kinds.push(readKind(line.trim(), apiVersion));
    else apiVersion = line;
  }
  const byName = new Map(kinds.map((kind) => [`${apiVersionOf(kind)} ${kind.kind}`, kind]));
  const lines = new Map(
    DEFINITION_LINES.trim()
      .split("\n")
      .map((line) => [line.slice(0, line.indexOf(" ")), line]),
  );
  tables = { kinds, byName, lines };
  return tables;
}

function readKind(line: string, apiVersion: string): KubernetesKind {
  const [kind = "", plural = "", scope, definition = "", ...subresources] = line.split(" ");
  const slash = apiVersion.indexOf("/");
  return Object.freeze({
    group: slash < 0 ? "" : apiVersion.slice(0, slash),
    version: apiVersion.slice(slash + 1),
    kind,
    plural,
    namespaced: scope === "Namespaced",
    subresources: subresources.map((text) => readSubresource(text, apiVersion, kind)),
    definition,
  });
}

function readSubresource(text: string, apiVersion: string, kind: string): KubernetesSubresource {
  const colon = text.indexOf(":");
  if (colon < 0) return { name: text, apiVersion, kind };
  const own = text.slice(colon + 1);
  const slash = own.lastIndexOf("/");
  return { name: text.slice(0, colon), apiVersion: own.slice(0, slash), kind: own.slice(slash + 1) };
}

function apiVersionOf(kind: KubernetesKind): string {
  return kind.group === "" ? kind.version : `${kind.group}/${kind.version}`;
}
