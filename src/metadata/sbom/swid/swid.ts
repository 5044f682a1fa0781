import {
  type Decoded,
  decodeXml,
  equalValues,
  type Issue,
  isValueObject,
  LIMITS,
  memberOf,
  type Value,
  type XmlElement,
} from "../../../base/index.ts";
import { toMarkup, toValue } from "../cyclonedx/xml/extensions.ts";
import type { DecodeOptions } from "../decode-options.ts";
import { Losses } from "../losses.ts";
import { type Markup, writeMarkup } from "../markup.ts";
import { remainderIn } from "../remainder.ts";
import type { Component, DecodedSbom, Loss, Sbom } from "../sbom.ts";
import { readTag, SWID_NAMESPACE } from "./read-swid.ts";
import { writeTag } from "./write-swid.ts";

/** The edition of ISO/IEC 19770-2 that is read and written. */
export const SWID_VERSION = "2015";

/** Whether a root element is a SWID tag's. */
export function isSwidTag({ name, namespace }: XmlElement): boolean {
  return (
    name === "SoftwareIdentity" &&
    (namespace === SWID_NAMESPACE || namespace.startsWith("http://standards.iso.org/iso/19770/-2/"))
  );
}

/** Reads a SWID tag: the software is what the SBOM describes, and its files are components. */
export function decodeSwid(root: XmlElement, options: DecodeOptions): Decoded<DecodedSbom> {
  if (root.namespace !== SWID_NAMESPACE) {
    const message = `a SWID tag of ${root.namespace.slice(0, 100)}; amap reads ${SWID_NAMESPACE}`;
    return { ok: false, issues: [{ code: "NOT_SUPPORTED", path: "", message }] };
  }
  // An empty name is what an SBOM without a subject is written with.
  const issues = ["name", "tagId"]
    .filter((key) => root.attributes.get(key) === undefined)
    .map((key): Issue => ({ code: "DOCUMENT_INVALID", path: key, message: `a SWID tag needs a ${key}` }));
  if (issues.length > 0) return { ok: false, issues };
  const sbom = readTag(root);
  if (sbom.components.length > LIMITS.components) {
    const message = `more than ${LIMITS.components} files`;
    return { ok: false, issues: [{ code: "DOCUMENT_INVALID", path: "Payload", message }] };
  }
  const kept = { format: "SWID", specVersion: SWID_VERSION, members: { tag: toValue(root) } } as const;
  const whole = options.keepsRemainders === true ? { ...sbom, remainders: [kept] } : sbom;
  return { ok: true, value: { format: "SWID", specVersion: SWID_VERSION, sbom: whole, problems: [] } };
}

/**
 * Writes an SBOM as a SWID tag. A tag that was read is written as it was, as long as the SBOM says the same; a tag has a
 * place for one piece of software and its files, and everything else is a loss.
 */
export function encodeSwid(sbom: Sbom): { readonly text: string; readonly losses: readonly Loss[] } {
  const losses = new Losses();
  const original = originalOf(sbom);
  const text = writeMarkup(original ?? writeTag(sbom), losses);
  if (original === undefined && remainderIn(sbom.remainders, "SWID") !== undefined) {
    losses.add("remainder.tag", "dropped", "what the SBOM says was changed since the tag was read");
  }
  const read = decodeXml(text);
  if (read.ok) compare(sbom, readTag(read.value), losses);
  return { text, losses: losses.finish() };
}

/** The tag that the SBOM was read from, where it still says the same. */
function originalOf(sbom: Sbom): Markup | undefined {
  const tag = memberOf(remainderIn(sbom.remainders, "SWID")?.members, "tag");
  const markup = isValueObject(tag) ? toMarkup(tag, "") : undefined;
  if (markup === undefined) return undefined;
  const read = decodeXml(writeMarkup(markup, new Losses()));
  return read.ok && isSame(sbom, readTag(read.value)) ? markup : undefined;
}

function isSame(sbom: Sbom, read: Sbom): boolean {
  const losses = new Losses();
  compare(sbom, read, losses);
  return losses.finish().length === 0;
}

const REASON = "a SWID tag has no place for it";
/** What a document has by its format alone. */
const NOT_COMPARED: ReadonlySet<string> = new Set(["remainders", "subject", "components"]);

/** Names what the one SBOM says and the other does not. */
function compare(sbom: Sbom, read: Sbom, losses: Losses): void {
  for (const key of keysOf(sbom, read, NOT_COMPARED)) {
    const [meant, written] = [Reflect.get(sbom, key), Reflect.get(read, key)].map((field) => valueOf(field));
    if (!equalValues(meant ?? null, written ?? null)) losses.add(key, "dropped", REASON);
  }
  compareComponents(sbom.subject, read.subject, losses);
  const files = new Map(read.components.map((component) => [placeOf(component), component]));
  for (const component of sbom.components) {
    const other = files.get(placeOf(component));
    if (other === undefined) losses.add("components[]", "dropped", REASON, component.ref);
    else compareComponents(component, other, losses);
  }
}

function placeOf({ kind, name, locations: [path = name] }: Component): string {
  return `${kind} ${path}`;
}

const NOT_OF_COMPONENT: ReadonlySet<string> = new Set(["remainders", "ref"]);

function compareComponents(meant: Component, written: Component, losses: Losses): void {
  for (const key of keysOf(meant, written, NOT_OF_COMPONENT)) {
    // Refs are the document's own: what counts is whether it is a part.
    const isPart = key === "partOf";
    const [is, as] = [Reflect.get(meant, key), Reflect.get(written, key)].map((field) =>
      isPart ? field !== undefined : valueOf(field),
    );
    if (!equalValues(is ?? null, as ?? null)) losses.add(`components[].${key}`, "dropped", REASON, meant.ref);
  }
}

function keysOf(a: object, b: object, without: ReadonlySet<string>): readonly string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((key) => !without.has(key));
}

/** A field as a value; what is not there, and an empty list, are null. */
function valueOf(field: unknown): Value {
  if (field instanceof Map) return field.size === 0 ? null : Object.fromEntries(field as ReadonlyMap<string, Value>);
  if (field === undefined || (Array.isArray(field) && field.length === 0)) return null;
  return field as Value;
}
