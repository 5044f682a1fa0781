/** Reduces what an API server says of its types (OpenAPI v2 and discovery) to what amap needs of them. */

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What was read from a running API server. */
export interface ServerTypes {
  /** As `/version` says: `1.36.3`. */
  readonly version: string;
  /** `/openapi/v2`. */
  readonly openapi: Json;
  /** `/api/v1` and each `/apis/GROUP/VERSION`, by group version. */
  readonly discovery: ReadonlyMap<string, Json>;
}

/** The text of `src/policy/resource/kubernetes-types.ts`. */
export function renderKubernetesTypes(types: ServerTypes): string {
  const definitions = readDefinitions(types.openapi);
  return [
    "// Written by tools/schemas/main.ts from a running API server; do not edit.",
    "",
    "/** The Kubernetes version that the tables were read from. */",
    `export const KUBERNETES_VERSION = "${types.version}";`,
    "",
    "/**",
    " * A group version a paragraph, then a kind a line: kind, plural, scope, definition (`-` without one), subresources;",
    " * one that is another kind than its resource names it after a colon.",
    " */",
    `export const KIND_LINES = \`\n${renderKinds(types.discovery, definitions.names).join("\n")}\n\`;`,
    "",
    "/**",
    " * A definition a line, its fields that lead to lists: `field:Def` an object, `field{Def}` a map of objects,",
    " * `field[Def]type(keys)+merge,keys` a list with its x-kubernetes-list-type and, after the plus, its keys in a",
    " * strategic merge.",
    " */",
    `export const DEFINITION_LINES = \`\n${renderDefinitions(definitions.fields).join("\n")}\n\`;`,
    "",
  ].join("\n");
}

interface Field {
  readonly kind: "object" | "map" | "list";
  readonly target: string;
  /** A list's type and keys as the table writes them; empty when the server states none. */
  readonly suffix: string;
}

interface Definitions {
  readonly fields: ReadonlyMap<string, ReadonlyMap<string, Field>>;
  /** Definition by `group/version kind`. */
  readonly names: ReadonlyMap<string, string>;
}

function readDefinitions(openapi: Json): Definitions {
  const fields = new Map<string, Map<string, Field>>();
  const names = new Map<string, string>();
  for (const [longName, definition] of Object.entries(objectOf(memberOf(openapi, "definitions")))) {
    const name = shortName(longName);
    if (fields.has(name)) throw new Error(`two definitions are called ${name}`);
    const own = new Map<string, Field>();
    for (const [field, schema] of Object.entries(objectOf(memberOf(definition, "properties")))) {
      const read = readField(schema);
      if (read !== undefined) own.set(field, read);
    }
    fields.set(name, own);
    for (const row of listOf(memberOf(definition, "x-kubernetes-group-version-kind"))) {
      const apiVersion = joinGroupVersion(textOf(row, "group"), textOf(row, "version"));
      names.set(`${apiVersion} ${textOf(row, "kind")}`, name);
    }
  }
  return { fields: keepLeading(fields), names };
}

function readField(schema: Json): Field | undefined {
  const target = targetOf(schema);
  if (target !== "") return { kind: "object", target, suffix: "" };
  if (textOf(schema, "type") === "array") {
    return { kind: "list", target: targetOf(memberOf(schema, "items")), suffix: listSuffix(schema) };
  }
  const value = targetOf(memberOf(schema, "additionalProperties"));
  return value === "" ? undefined : { kind: "map", target: value, suffix: "" };
}

function listSuffix(schema: Json): string {
  const mapKeys = listOf(memberOf(schema, "x-kubernetes-list-map-keys")).map(String);
  const type = textOf(schema, "x-kubernetes-list-type");
  const described = mapKeys.length > 0 ? `${type}(${mapKeys.join(",")})` : type;
  if (!textOf(schema, "x-kubernetes-patch-strategy").split(",").includes("merge")) return described;
  const patchKey = textOf(schema, "x-kubernetes-patch-merge-key");
  return `${described}+${mapKeys.length > 0 ? mapKeys.join(",") : patchKey}`;
}

/** Without the fields that are no typed list and lead to none: most of them. */
function keepLeading(all: ReadonlyMap<string, ReadonlyMap<string, Field>>): Map<string, Map<string, Field>> {
  const leading = new Set<string>();
  const leads = (field: Field): boolean => field.suffix !== "" || leading.has(field.target);
  for (let before = -1; before < leading.size; ) {
    before = leading.size;
    for (const [name, fields] of all) if ([...fields.values()].some(leads)) leading.add(name);
  }
  const kept = new Map<string, Map<string, Field>>();
  for (const name of [...leading].sort()) {
    kept.set(name, new Map([...(all.get(name) ?? [])].filter(([, field]) => leads(field))));
  }
  return kept;
}

function renderDefinitions(all: ReadonlyMap<string, ReadonlyMap<string, Field>>): string[] {
  return [...all].map(([name, fields]) => {
    const rendered = [...fields]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([field, read]) => field + renderField(read, all));
    return [name, ...rendered].join(" ");
  });
}

function renderField(field: Field, all: ReadonlyMap<string, unknown>): string {
  if (field.kind === "object") return `:${field.target}`;
  if (field.kind === "map") return `{${field.target}}`;
  return `[${all.has(field.target) ? field.target : ""}]${field.suffix}`;
}

function renderKinds(discovery: ReadonlyMap<string, Json>, names: ReadonlyMap<string, string>): string[] {
  const lines: string[] = [];
  for (const [groupVersion, list] of [...discovery].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const resources = listOf(memberOf(list, "resources"));
    lines.push(groupVersion);
    for (const resource of resources) {
      const plural = textOf(resource, "name");
      if (plural.includes("/")) continue;
      const kind = textOf(resource, "kind");
      const scope = memberOf(resource, "namespaced") === true ? "Namespaced" : "Cluster";
      const subresources = resources.flatMap((other) => renderSubresource(other, plural, kind, groupVersion));
      lines.push([`  ${kind}`, plural, scope, names.get(`${groupVersion} ${kind}`) ?? "-", ...subresources].join(" "));
    }
  }
  return lines;
}

function renderSubresource(resource: Json, plural: string, kind: string, groupVersion: string): string[] {
  const name = textOf(resource, "name");
  if (!name.startsWith(`${plural}/`)) return [];
  const version = textOf(resource, "version");
  const apiVersion = version === "" ? groupVersion : joinGroupVersion(textOf(resource, "group"), version);
  const own = textOf(resource, "kind");
  const short = name.slice(plural.length + 1);
  return [own === kind && apiVersion === groupVersion ? short : `${short}:${apiVersion}/${own}`];
}

/** `io.k8s.api.core.v1.Pod` → `core.v1.Pod`. */
function shortName(name: string): string {
  return name.replace(/^io\.k8s\.(?:api\.|[a-z-]+\.pkg\.apis\.|[a-z-]+\.pkg\.)/, "");
}

function targetOf(schema: Json | undefined): string {
  const reference = textOf(schema, "$ref");
  return reference === "" ? "" : shortName(reference.slice(reference.lastIndexOf("/") + 1));
}

function joinGroupVersion(group: string, version: string): string {
  return group === "" ? version : `${group}/${version}`;
}

function memberOf(value: Json | undefined, key: string): Json | undefined {
  const members = objectOf(value);
  return Object.hasOwn(members, key) ? members[key] : undefined;
}

function textOf(value: Json | undefined, key: string): string {
  const text = memberOf(value, key);
  return typeof text === "string" ? text : "";
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

function objectOf(value: Json | undefined): { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as { readonly [key: string]: Json })
    : {};
}
