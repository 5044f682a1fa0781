import { type Value } from "../../base/index.ts";
import { findVariables } from "../language/variables/find-variables.ts";
import { kubernetesKinds } from "../resource/kubernetes-kinds.ts";
import type { ContextEntry } from "../resource/kyverno/context-entry.ts";
import { quote } from "./cel-text.ts";
import { type FieldType, typeOfKinds } from "./field-types.ts";
import { NotConvertible } from "./not-convertible.ts";
import { rootPlace } from "./place.ts";
import type { Query } from "./query.ts";
import { convertQuery, type QueryScope, single } from "./query-to-cel.ts";
import { convertTemplate } from "./template-to-cel.ts";

/** What stands in the cluster, as a query of it. */
interface Looked {
  readonly expression: string;
  readonly type: FieldType;
}

/** What an entry looks up outside of the request. It throws NotConvertible. */
export function convertExternalEntry(entry: ContextEntry, scope: QueryScope, path: string): Query {
  const { name, configMap, apiCall, globalReference } = entry;
  if (configMap !== undefined) {
    return looked(name, lookedConfigMap(configMap, scope, `${path}.configMap`), "", scope, path);
  }
  if (apiCall !== undefined) {
    const { urlPath = "", method = "GET", service, jmesPath = "", default: fallback } = apiCall;
    if (service !== undefined || urlPath === "")
      throw new NotConvertible(path, `the variable ${name} asks a service outside of the cluster`);
    if (method !== "GET") throw new NotConvertible(path, `the variable ${name} sends data`);
    if (fallback !== undefined) throw new NotConvertible(path, `the variable ${name} has a default for a failed call`);
    return looked(name, lookedUrl(urlPath, scope, `${path}.apiCall`), jmesPath, scope, path);
  }
  if (globalReference !== undefined) {
    const { name: reference, jmesPath = "" } = globalReference;
    const [global = "", projection = ""] = constantText(reference, path).split(".");
    const expression = `globalContext.Get(${quote(global)}, ${quote(projection)})`;
    return looked(name, { expression, type: ANY_DATA }, jmesPath, scope, path);
  }
  throw new NotConvertible(path, `the variable ${name} comes from outside the request`);
}

function looked(name: string, { expression, type }: Looked, jmesPath: string, scope: QueryScope, path: string): Query {
  // What is looked up for an element has no name outside of its loop.
  const isPlain = !/[.]foreach[[]/.test(path) && scope.variables !== undefined;
  const base = isPlain && scope.variables !== undefined ? scope.variables.add(name, expression) : expression;
  const answer = single(rootPlace(base, type));
  if (jmesPath === "") return answer;
  if (jmesPath.includes("{{") && findVariables(jmesPath).length > 1) {
    throw new NotConvertible(`${path}.jmesPath`, "a variable stands in a query");
  }
  return convertQuery(jmesPath, scope, path, { from: answer });
}

/** An object that is an error where it is not there: only members that it surely has are asked, `sure` among them. */
function found(type: FieldType, sure?: string): FieldType {
  const field = (name: string) => {
    const known = type.kind === "object" ? type.field(name) : undefined;
    if (known === undefined || known.isCertain) return known;
    return name === sure ? { ...known, isCertain: true } : undefined;
  };
  return { kind: "object", isAtomic: true, field };
}

/** Data of any form: a list, or a Kubernetes list. */
const ANY_DATA: FieldType = {
  kind: "object",
  isAtomic: true,
  field: (name) =>
    name === "items"
      ? { type: { kind: "list", isAtomic: true, items: { kind: "unknown" } }, isCertain: true }
      : undefined,
};

function lookedConfigMap(
  { name, namespace = "" }: NonNullable<ContextEntry["configMap"]>,
  scope: QueryScope,
  path: string,
): Looked {
  const space = namespace === "" ? "'default'" : textOf(namespace, scope, path);
  const expression = `resource.Get('v1', 'configmaps', ${space}, ${textOf(name, scope, path)})`;
  return { expression, type: found(typeOfKinds([{ apiVersion: "v1", kind: "ConfigMap" }], false), "data") };
}

/** `/api/v1/namespaces/{{request.namespace}}/pods` and its like. */
function lookedUrl(url: string, scope: QueryScope, path: string): Looked {
  const { plain, textIn } = withoutVariables(url, path);
  const asked = readPath(plain);
  if (/\brequest\.name\b/.test(url)) throw new NotConvertible(path, "the name of the request, which may be missing");
  if (asked === undefined || plain.includes("?"))
    throw new NotConvertible(path, `${url} is no path of an object or a list`);
  const { group, version, plural, namespace, name } = asked;
  const literal = (segment: string): string => textOf(textIn(segment), scope, path);
  const apiVersion = group === "" ? version : `${group}/${version}`;
  const kind = kubernetesKinds().find((each) => each.plural === plural && each.group === group)?.kind ?? plural;
  const type = typeOfKinds([{ apiVersion, kind }], false);
  const where = `${quote(apiVersion)}, ${quote(plural)}, ${namespace === "" ? "''" : literal(namespace)}`;
  if (name !== undefined) return { expression: `resource.Get(${where}, ${literal(name)})`, type: found(type) };
  const items: FieldType = { kind: "list", isAtomic: true, items: type };
  const field = (member: string) => (member === "items" ? { type: items, isCertain: true } : undefined);
  return { expression: `resource.List(${where})`, type: { kind: "object", isAtomic: true, field } };
}

/** A text with marks for its variables, and what puts them back. */
function withoutVariables(
  text: string,
  path: string,
): { readonly plain: string; readonly textIn: (part: string) => string } {
  const marked: string[] = [];
  const plain = findVariables(text)
    .map((part) => {
      if (typeof part === "string") return part;
      const [source] = part.parts;
      if (part.parts.length !== 1 || typeof source !== "string") throw new NotConvertible(path, "a nested variable");
      marked.push(`{{${source}}}`);
      return `\uE000${marked.length - 1}\uE001`;
    })
    .join("");
  const textIn = (part: string): string =>
    part.replaceAll(/\uE000([0-9]+)\uE001/g, (_, index: string) => marked[Number(index)] ?? "");
  return { plain, textIn };
}

/** What a path of the API server asks for. */
interface AskedPath {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespace: string;
  readonly name: string | undefined;
}

/** Undefined for what is no path of an object or a list. */
function readPath(path: string): AskedPath | undefined {
  const [, core, named, rest = ""] =
    /^\/+(?:api\/([a-z0-9]+)|apis\/([a-z0-9.-]+\/[a-z0-9]+))\/(.*?)\/*$/.exec(path) ?? [];
  const [group = "", version = ""] = core === undefined ? (named ?? "").split("/") : ["", core];
  const segments = rest.split("/");
  const isInNamespace = segments[0] === "namespaces" && segments.length > 2;
  const [plural = "", name, ...more] = isInNamespace ? segments.slice(2) : segments;
  if (version === "" || plural === "" || more.length > 0) return undefined;
  return { group, version, plural, namespace: isInNamespace ? (segments[1] ?? "") : "", name };
}

function textOf(text: string, scope: QueryScope, path: string): string {
  const made = convertTemplate(text, scope, path);
  return "text" in made ? quote(made.text) : made.expression;
}

function constantText(text: Value | undefined, path: string): string {
  if (typeof text !== "string" || text.includes("{{")) throw new NotConvertible(path, "a name that is worked out");
  return text;
}
