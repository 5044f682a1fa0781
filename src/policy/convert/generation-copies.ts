import { isValueObject, memberOf, textOf as memberText, type Value } from "../../base/index.ts";
import { findKubernetesKind } from "../resource/kubernetes-kinds.ts";
import { findKubernetesSchema } from "../resource/resource-schema.ts";
import { and, type CelText, FALSE, or, quote, relation, TRUE } from "./cel-text.ts";
import {
  applyText,
  type GenerationPattern,
  type GenerationPlace,
  type GenerationText,
  isPlain,
  targetNamespace,
} from "./generation-place.ts";
import { NotConvertible } from "./not-convertible.ts";
import { selectedLabels } from "./selector-to-cel.ts";
import { hasVariable, textOf } from "./value-to-cel.ts";

/** A source as `variables.source`, and the copy of it. It throws NotConvertible. */
export function convertClone(
  source: GenerationPattern,
  { namespace: from = "", name: original = "" }: NonNullable<GenerationPattern["clone"]>,
  place: GenerationPlace,
): GenerationText {
  const { scope, path, namespace: own } = place;
  const { apiVersion = "", kind = "", name = "", namespace: into = "" } = source;
  checkClone(source, from, place);
  const target = targetNamespace(source, place);
  const origin = textOf(from, scope, `${path}.clone.namespace`);
  const originName = textOf(original, scope, `${path}.clone.name`);
  const reads = [kindText(apiVersion, kind), ...(own === "" ? [origin] : []), originName];
  const places = compareTexts(from, into, relation(target, "==", origin));
  const names = compareTexts(original, name, relation(textOf(name, scope, `${path}.name`), "==", originName));
  const isItself = and(places, names);
  if (isItself.constant === true) throw new NotConvertible(`${path}.clone`, "it copies an object onto itself");
  const object = names.constant === true ? "variables.source" : renamed(source, place);
  const apply: CelText = { text: applyText(target, `[${object}]`, own), level: "or" };
  return {
    variables: [{ name: "source", expression: `resource.Get(${reads.join(", ")})` }],
    generate: [{ expression: or(isItself, apply).text }],
  };
}

function checkClone(
  { apiVersion = "", kind = "", namespace: into = "" }: GenerationPattern,
  from: string,
  { path, namespace: own }: GenerationPlace,
): void {
  if (own !== "" && from !== own) throw new NotConvertible(`${path}.clone`, "it reads another namespace");
  if (hasVariable(apiVersion) || hasVariable(kind))
    throw new NotConvertible(`${path}.kind`, "which kind is copied is worked out");
  if (findKubernetesKind(apiVersion, kind)?.namespaced === false && (from !== "" || into !== ""))
    throw new NotConvertible(`${path}.kind`, `a ${kind} lives in no namespace`);
}

/** When two texts of a policy are the same: always, never, or by what their variables are. */
function compareTexts(one: string, other: string, compared: CelText): CelText {
  if (one === other) return TRUE;
  return isPlain(one) && isPlain(other) ? FALSE : compared;
}

/** How functions of `resource` are told a kind. */
function kindText(apiVersion: string, kind: string): string {
  const known = findKubernetesKind(apiVersion, kind);
  if (known !== undefined) return `${quote(apiVersion)}, ${quote(known.plural)}`;
  return `resource.ToGVR(${quote(apiVersion)}, ${quote(kind)})`;
}

/**
 * Members of metadata that a copy keeps. By uid and resourceVersion Kyverno knows what it is a copy of, and follows it; by
 * the namespace it sees that owners stay behind. Of the copy itself it takes these away.
 */
const KEPT_METADATA = [
  "annotations",
  "finalizers",
  "labels",
  "namespace",
  "ownerReferences",
  "resourceVersion",
  "uid",
] as const;

/** A copy under another name: CEL has no way to change one member, so all of them are written. */
function renamed({ apiVersion = "", kind = "", name = "" }: GenerationPattern, place: GenerationPlace): string {
  const { path } = place;
  const schema = findKubernetesSchema(apiVersion, kind);
  const properties = schema === undefined ? undefined : memberOf(resolved(schema), "properties");
  if (!isValueObject(properties))
    throw new NotConvertible(`${path}.clone`, `a copy under another name, and the fields of a ${kind} are not known`);
  const members = Object.keys(properties)
    .filter((key) => !["apiVersion", "kind", "metadata", "status"].includes(key))
    .toSorted()
    .map((key) => `?${quote(key)}: variables.source[?${quote(key)}]`);
  const metadata = [
    `'name': ${textOf(name, place.scope, `${path}.name`)}`,
    ...KEPT_METADATA.map((key) => `?${quote(key)}: variables.source.metadata[?${quote(key)}]`),
  ];
  return `{'apiVersion': ${quote(apiVersion)}, 'kind': ${quote(kind)}, 'metadata': {${metadata.join(", ")}}, ${members.join(", ")}}`;
}

function resolved(schema: NonNullable<ReturnType<typeof findKubernetesSchema>>): Value {
  const ref = memberText(schema.schema, "$ref");
  return ref === "" ? schema.schema : (schema.resolve(ref) ?? {});
}

/** Copies of what is listed, one entry for each kind. It throws NotConvertible. */
export function convertCloneList(
  source: GenerationPattern,
  { namespace: from = "", kinds = [], selector }: NonNullable<GenerationPattern["cloneList"]>,
  place: GenerationPlace,
): GenerationText {
  const { scope, path, namespace: own } = place;
  const { namespace: into = "" } = source;
  const at = `${path}.cloneList`;
  if (kinds.length === 0) throw new NotConvertible(`${at}.kinds`, "no kinds are named");
  if (from === "" || into === "") throw new NotConvertible(at, "objects outside namespaces are copied onto themselves");
  if (from === into) throw new NotConvertible(at, "it copies objects onto themselves");
  if (own !== "" && from !== own) throw new NotConvertible(at, "it reads another namespace");
  const target = targetNamespace(source, place);
  const origin = textOf(from, scope, `${at}.namespace`);
  const { labels, rest } = selectedLabels(selector, scope, `${at}.selector`);
  const generate = kinds.map((each, index) => {
    const slash = each.lastIndexOf("/");
    const [apiVersion, kind] = [each.slice(0, Math.max(0, slash)), each.slice(slash + 1)];
    if (slash < 0 || /[*?{]/.test(each)) throw new NotConvertible(`${at}.kinds[${index}]`, `${each} names no one kind`);
    if (findKubernetesKind(apiVersion, kind)?.namespaced === false)
      throw new NotConvertible(`${at}.kinds[${index}]`, `a ${kind} lives in no namespace`);
    const list = [kindText(apiVersion, kind), ...(own === "" ? [origin] : []), ...(labels === "" ? [] : [labels])];
    const found = `resource.List(${list.join(", ")})`;
    const objects = rest.constant === true ? `[${found}]` : `dyn(${found}.items).filter(item, ${rest.text})`;
    const apply = applyText(target, objects, own);
    const isItself = compareTexts(from, into, relation(target, "==", origin));
    return { expression: or(isItself, { text: apply, level: "or" }).text };
  });
  return { variables: [], generate };
}
