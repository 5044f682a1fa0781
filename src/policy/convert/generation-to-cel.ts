import { isValueObject, memberOf, textOf as memberText, type Value, writeYaml } from "../../base/index.ts";
import { isClusterScoped } from "../resource/built-in-kinds.ts";
import type { ForEachGeneration, Generation } from "../resource/kyverno/rule-actions.ts";
import { itemName, not, or, quote, TRUE } from "./cel-text.ts";
import { convertConditions } from "./conditions-to-cel.ts";
import { TEXT } from "./field-types.ts";
import { convertClone, convertCloneList } from "./generation-copies.ts";
import {
  applyText,
  type GenerationPattern,
  type GenerationPlace,
  type GenerationText,
  targetNamespace,
} from "./generation-place.ts";
import { NotConvertible } from "./not-convertible.ts";
import type { ListQuery, Query, SingleQuery } from "./query.ts";
import { convertQuery, type QueryScope } from "./query-to-cel.ts";
import { elementsOf, withContext } from "./validation-to-cel.ts";
import { fitsTemplate, hasVariable, literalOf, templateOf } from "./value-to-cel.ts";

/** It throws NotConvertible. `namespace` is that of a namespaced policy, else empty. */
export function convertGeneration(
  source: Generation,
  scope: QueryScope,
  path: string,
  namespace: string,
): GenerationText {
  const place: GenerationPlace = { scope, path, namespace };
  const { foreach = [] } = source;
  if (foreach.length > 0) {
    const loops = foreach.map((loop, index) => loopText(loop, { ...place, path: `${path}.foreach[${index}]` }, index));
    return {
      variables: loops.flatMap(({ variables }) => variables),
      generate: loops.flatMap((loop) => loop.generate),
    };
  }
  refuseUid(source, path);
  if (isTemplate(source)) return { variables: [], generate: [templateEntry(source, place)] };
  return convertCopy(source, place);
}

function refuseUid({ uid = "" }: GenerationPattern, path: string): void {
  if (uid !== "") throw new NotConvertible(`${path}.uid`, "an object cannot be given a uid");
}

const isTemplate = (source: GenerationPattern): boolean =>
  source.data !== undefined && source.data !== null && fits(source);

const fits = ({ data, name = "", namespace = "" }: GenerationPattern): boolean =>
  fitsTemplate([data ?? null, name, namespace]);

/** The object to make, with its names where `data` leaves them out; variables are still written as in the rule. */
function objectOf(
  { data, apiVersion = "", kind = "", name = "", namespace = "" }: GenerationPattern,
  path: string,
): Value {
  if (!isValueObject(data)) throw new NotConvertible(`${path}.data`, "it is no object");
  if (hasVariable(apiVersion) || hasVariable(kind))
    throw new NotConvertible(`${path}.kind`, "which kind is made is worked out");
  const given = memberOf(data, "metadata") ?? {};
  if (!isValueObject(given)) throw new NotConvertible(`${path}.data.metadata`, "it is no map");
  const { name: _name, namespace: _namespace, ...rest } = given;
  const made = memberText(data, "kind") || kind;
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  if (namespace !== "" && isClusterScoped(group, made))
    throw new NotConvertible(`${path}.namespace`, `a ${made} lives in no namespace, and a namespace is stated`);
  const metadata = { name, ...(namespace === "" ? {} : { namespace }), ...rest };
  const { apiVersion: _a, kind: _k, metadata: _m, ...members } = data;
  return { apiVersion, kind: made, metadata, ...members };
}

function templateEntry(source: GenerationPattern, { scope, path }: GenerationPlace): Value {
  const object = objectOf(source, path);
  if (/\$\(/.test(JSON.stringify(source.data, bigintText)))
    throw new NotConvertible(`${path}.data`, "a value refers to another part of the policy");
  if (!hasVariable(object)) return { template: { value: writeYaml(object) } };
  return { template: { interpolate: "cel", value: writeYaml(templateOf(object, scope, path)) } };
}

const bigintText = (_: string, value: unknown): unknown => (typeof value === "bigint" ? String(value) : value);

/** The elements of a list, as expressions name them one by one. */
interface Loop {
  /** What is gone through: `object.spec.rules`, `lists.range(size(variables.elements))`. */
  readonly list: string;
  readonly item: string;
  readonly element: SingleQuery;
  readonly index: SingleQuery | undefined;
  readonly variables: GenerationText["variables"];
}

/** Objects for each element of a list. */
function loopText(loop: ForEachGeneration, place: GenerationPlace, at: number): GenerationText {
  const { scope, path } = place;
  const elements = splitText(loop.list ?? "", place) ?? elementsOf(loop.list ?? "", scope, `${path}.list`);
  const opened = openLoop(elements, loop, `elements${at === 0 ? "" : at + 1}`, path);
  const { list, item, element, index } = opened;
  const names = (name: string): Query | undefined =>
    name === "element" ? element : name === "elementIndex" ? index : scope.names.get(name);
  const inner = withContext(
    { ...scope, names: { get: names }, taken: new Set([...scope.taken, ...(element.place?.taken ?? []), item]) },
    loop.context,
    `${path}.context`,
  );
  refuseUid(loop, path);
  const inside = { ...place, scope: inner };
  const { variables, generate } =
    loop.data === undefined
      ? convertCopy(loop, inside)
      : { variables: [], generate: [{ expression: applied(loop, inside) }] };
  const entries = generate.map((each) => memberText(each, "expression")).join(" && ");
  const made = variables.reduce((text, variable) => putInPlace(text, variable, path), entries);
  const counts =
    loop.preconditions === undefined
      ? TRUE
      : convertConditions(loop.preconditions, { scope: inner, path: `${path}.preconditions` });
  const body = or(not(counts), { text: made, level: "or" });
  return { variables: opened.variables, generate: [{ expression: `${list}.all(${item}, ${body.text})` }] };
}

/** A variable cannot speak of an element: it is written where it is used. */
function putInPlace(text: string, { name, expression }: GenerationText["variables"][number], path: string): string {
  const parts = text.split(`variables.${name}`);
  if (parts.length > 2) throw new NotConvertible(path, "the fields of a copy are each read from the source");
  return parts.join(expression);
}

function openLoop(
  { text, item, condition, next }: ListQuery,
  loop: ForEachGeneration,
  name: string,
  path: string,
): Loop {
  if (next.kind !== "single" || condition.constant !== true)
    throw new NotConvertible(`${path}.list`, "elements of lists in lists, or chosen ones");
  if (!JSON.stringify(loop, bigintText).includes("elementIndex"))
    return { list: text, item, element: next, index: undefined, variables: [] };
  if (next.text !== item)
    throw new NotConvertible(`${path}.list`, "elements are counted, and only a part is looked at");
  const element = `variables.${name}[index]`;
  return {
    list: `lists.range(size(variables.${name}))`,
    item: "index",
    element: { ...next, text: element, ...(next.place && { place: { ...next.place, base: element } }) },
    index: { kind: "single", type: { kind: "integer" }, text: "index" },
    variables: [{ name, expression: text }],
  };
}

const SPLIT = /^(.*[^|])\|\s*split\(\s*@\s*,\s*'([^']+)'\s*\)\s*$/s;

/** A text with separators, as a list of its parts. */
function splitText(source: string, { scope, path }: GenerationPlace): ListQuery | undefined {
  const [, query, separator = ""] = SPLIT.exec(source) ?? [];
  if (query === undefined) return undefined;
  const from = convertQuery(query, scope, `${path}.list`);
  if (from.kind !== "single" || from.type.kind !== "string") return undefined;
  const item = itemName(from.place?.name ?? "parts", scope.taken);
  const next: SingleQuery = { kind: "single", type: TEXT, text: item };
  return { kind: "list", text: `${from.text}.split(${quote(separator)})`, item, condition: TRUE, next };
}

function applied(source: GenerationPattern, place: GenerationPlace): string {
  const { scope, path } = place;
  const object = objectOf(source, path);
  return applyText(targetNamespace(source, place), `[${literalOf(object, scope, path)}]`, place.namespace);
}

function convertCopy(source: GenerationPattern, place: GenerationPlace): GenerationText {
  const { path } = place;
  if (source.clone !== undefined) return convertClone(source, source.clone, place);
  if (source.cloneList !== undefined) return convertCloneList(source, source.cloneList, place);
  if (source.data === undefined || source.data === null) throw new NotConvertible(path, "it makes nothing");
  return { variables: [], generate: [{ expression: applied(source, place) }] };
}
