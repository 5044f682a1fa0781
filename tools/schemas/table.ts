/** Reduces what an API server says of its types (OpenAPI v3 and discovery) to what amap needs of them. */

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What was read from a running API server. */
export interface ServerTypes {
  /** As `/version` says: `1.36.3`. */
  readonly version: string;
  /** What `/openapi/v3` leads to, a document a group version. */
  readonly openapi: readonly Json[];
  /** `/api/v1` and each `/apis/GROUP/VERSION`, by group version. */
  readonly discovery: ReadonlyMap<string, Json>;
}

/** The text of `src/policy/resource/kubernetes-types.ts`. */
export function renderKubernetesTypes(types: ServerTypes): string {
  const definitions = readDefinitions(types.openapi);
  const served = servedDefinitions(types, definitions.names);
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
    " * A definition a line: name and fields; kubernetes-fields.ts reads them. A type is a letter, a definition, `{T}` a",
    " * map, `[T]type(keys)` a list with its x-kubernetes-list-type, after a plus its keys in a strategic merge. Letters:",
    " * none string, i int32, l int64, n double, b boolean, t date-time, y byte, x int-or-string, q quantity, o an",
    " * object of any members, a anything. `@atomic` is an x-kubernetes-map-type, `!` a required field, `=TCP` the default",
    " * of a field by which elements of a list are told apart.",
    " */",
    `export const DEFINITION_LINES = \`\n${renderDefinitions(definitions, served).join("\n")}\n\`;`,
    "",
  ].join("\n");
}

interface Definitions {
  /** A line of the table by definition. */
  readonly lines: ReadonlyMap<string, string>;
  /** What each definition refers to. */
  readonly targets: ReadonlyMap<string, ReadonlySet<string>>;
  /** Definition by `group/version kind`. */
  readonly names: ReadonlyMap<string, string>;
}

/** The same definition stands in the documents of many group versions, and must say the same where it is kept. */
const VARIES = "?";

function readDefinitions(documents: readonly Json[]): Definitions {
  const schemas = documents.flatMap((document) =>
    Object.entries(objectOf(memberOf(memberOf(document, "components"), "schemas"))),
  );
  const keyFields = readKeyFields(schemas.map(([, schema]) => schema));
  const longNames = new Map<string, string>();
  const lines = new Map<string, string>();
  const targets = new Map<string, Set<string>>();
  const names = new Map<string, string>();
  for (const [longName, schema] of schemas) {
    const name = shortName(longName);
    if ((longNames.get(name) ?? longName) !== longName) throw new Error(`two definitions are called ${name}`);
    longNames.set(name, longName);
    const found = new Set<string>();
    const line = [name + mapMark(schema), ...renderDefinition(schema, keyFields.get(name), found)].join(" ");
    lines.set(name, (lines.get(name) ?? line) === line ? line : VARIES);
    targets.set(name, found);
    for (const row of listOf(memberOf(schema, "x-kubernetes-group-version-kind"))) {
      const apiVersion = joinGroupVersion(textOf(row, "group"), textOf(row, "version"));
      names.set(`${apiVersion} ${textOf(row, "kind")}`, name);
    }
  }
  return { lines, targets, names };
}

/** The fields that are keys of some list of a definition: only their defaults tell elements apart. */
function readKeyFields(schemas: readonly Json[]): ReadonlyMap<string, ReadonlySet<string>> {
  const keyFields = new Map<string, Set<string>>();
  for (const schema of schemas) {
    for (const field of Object.values(objectOf(memberOf(schema, "properties")))) {
      const element = targetOf(memberOf(field, "items"));
      const keys = keyFields.get(element) ?? new Set();
      for (const key of listOf(memberOf(field, "x-kubernetes-list-map-keys"))) keys.add(nameOf(key));
      if (element !== "") keyFields.set(element, keys);
    }
  }
  return keyFields;
}

function renderDefinition(schema: Json, keys: ReadonlySet<string> | undefined, targets: Set<string>): string[] {
  const properties = memberOf(schema, "properties");
  if (properties === undefined) return [`:${renderType(schema, targets)}`];
  const required = listOf(memberOf(schema, "required"));
  return Object.entries(objectOf(properties))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => {
      const type = renderType(field, targets);
      const colon = type === "" || /^[[{]/.test(type) ? "" : ":";
      const mark = required.includes(name) ? "!" : "";
      const value = keys?.has(name) === true ? memberOf(field, "default") : undefined;
      return name + colon + type + mark + (value === undefined ? "" : `=${renderDefault(value)}`);
    });
}

function renderDefault(value: Json): string {
  if (typeof value !== "string" && typeof value !== "number") throw new Error("a key's default is no text or number");
  return String(value);
}

/** Types without properties by their letter; `string` is the one that needs none. */
const LETTERS: ReadonlyMap<string, string> = new Map([
  ["string ", ""],
  ["integer int32", "i"],
  ["integer int64", "l"],
  ["number double", "n"],
  ["boolean ", "b"],
  ["string date-time", "t"],
  ["string byte", "y"],
  [" int-or-string", "x"],
  ["object ", "o"],
  [" ", "a"],
]);

function renderType(schema: Json, targets: Set<string>): string {
  const target = targetOf(schema);
  if (target !== "") {
    targets.add(target);
    return target + mapMark(schema);
  }
  const type = textOf(schema, "type");
  if (type === "array") return `[${renderType(memberOf(schema, "items") ?? null, targets)}]${listSuffix(schema)}`;
  const values = memberOf(schema, "additionalProperties");
  if (values !== undefined) return `{${renderType(values, targets)}}${mapMark(schema)}`;
  const letter = isQuantity(schema) ? "q" : LETTERS.get(`${type} ${textOf(schema, "format")}`);
  if (letter === undefined || memberOf(schema, "properties") !== undefined) {
    throw new Error(`the table has no letter for ${JSON.stringify(schema)}`);
  }
  return letter;
}

/** The one type that is a text or a number: the server says so without a name for it. */
function isQuantity(schema: Json): boolean {
  const types = listOf(memberOf(schema, "oneOf")).map((choice) => textOf(choice, "type"));
  return textOf(schema, "format") === "" && types.sort().join() === "number,string";
}

function mapMark(schema: Json): string {
  const type = textOf(schema, "x-kubernetes-map-type");
  return type === "" ? "" : `@${type}`;
}

function listSuffix(schema: Json): string {
  const mapKeys = listOf(memberOf(schema, "x-kubernetes-list-map-keys")).map(nameOf);
  const type = textOf(schema, "x-kubernetes-list-type");
  const described = mapKeys.length > 0 ? `${type}(${mapKeys.join(",")})` : type;
  if (!textOf(schema, "x-kubernetes-patch-strategy").split(",").includes("merge")) return described;
  const patchKey = textOf(schema, "x-kubernetes-patch-merge-key");
  return `${described}+${mapKeys.length > 0 ? mapKeys.join(",") : patchKey}`;
}

/** The lines of what the served kinds and their subresources are made of. */
function renderDefinitions({ lines, targets }: Definitions, roots: Iterable<string>): string[] {
  const kept = new Set<string>();
  const pending = [...roots];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (kept.has(name)) continue;
    kept.add(name);
    pending.push(...(targets.get(name) ?? []));
  }
  return [...kept].sort().map((name) => {
    const line = lines.get(name);
    if (line === undefined || line === VARIES) throw new Error(`what ${name} is differs, or is not said`);
    return line;
  });
}

/** The definitions of all that discovery names. */
function servedDefinitions(types: ServerTypes, names: ReadonlyMap<string, string>): Set<string> {
  const served = new Set<string>();
  for (const [groupVersion, list] of types.discovery) {
    for (const resource of listOf(memberOf(list, "resources"))) {
      const version = textOf(resource, "version");
      const apiVersion = version === "" ? groupVersion : joinGroupVersion(textOf(resource, "group"), version);
      const name = names.get(`${apiVersion} ${textOf(resource, "kind")}`);
      if (name !== undefined) served.add(name);
    }
  }
  return served;
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

/** A reference, also within `allOf`, where it stands beside a default. */
function targetOf(schema: Json | undefined): string {
  const [only, ...others] = listOf(memberOf(schema, "allOf"));
  if (only !== undefined && others.length === 0) return targetOf(only);
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

function nameOf(value: Json): string {
  if (typeof value !== "string") throw new Error("the name of a key is no text");
  return value;
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
