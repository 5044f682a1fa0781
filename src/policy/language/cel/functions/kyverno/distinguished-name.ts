import { decodeUtf8, type Value } from "../../../../../base/index.ts";
import { DerReader, derInvalid, elementsOf, oidOf, TAG } from "./der.ts";

/** Go's pkix.Name fields that are lists, by object identifier. */
const LISTS: ReadonlyMap<string, string> = new Map([
  ["2.5.4.6", "Country"],
  ["2.5.4.10", "Organization"],
  ["2.5.4.11", "OrganizationalUnit"],
  ["2.5.4.7", "Locality"],
  ["2.5.4.8", "Province"],
  ["2.5.4.9", "StreetAddress"],
  ["2.5.4.17", "PostalCode"],
]);
/** Those of which the last one counts. */
const TEXTS: ReadonlyMap<string, string> = new Map([
  ["2.5.4.5", "SerialNumber"],
  ["2.5.4.3", "CommonName"],
]);

/**
 * A Name as Go's pkix.Name is written as JSON: lists by kind (null when there is none), CommonName, SerialNumber, and
 * every attribute in order under Names.
 * @throws {CelError} invalid_argument
 */
export function readName(content: Uint8Array): Value {
  const name: Record<string, Value> = {};
  for (const key of LISTS.values()) name[key] = null;
  for (const key of TEXTS.values()) name[key] = "";
  const names: Value[] = [];
  for (const relative of elementsOf(content)) {
    if (relative.tag !== TAG.set) throw derInvalid("a name");
    for (const attribute of elementsOf(relative.content)) {
      const reader = new DerReader(attribute.content);
      const type = oidOf(reader.read(TAG.oid).content);
      const value = textOf(reader.read());
      reader.end();
      names.push({ Type: type, Value: value });
      const id = type.join(".");
      const list = LISTS.get(id);
      const text = TEXTS.get(id);
      if (list !== undefined) name[list] = [...((name[list] as readonly Value[] | null) ?? []), value];
      if (text !== undefined) name[text] = value;
    }
  }
  return { ...name, Names: names.length === 0 ? null : names, ExtraNames: null };
}

/** The text of a string type; Go refuses others in names. */
function textOf({ tag, content }: { readonly tag: number; readonly content: Uint8Array }): string {
  switch (tag) {
    case TAG.utf8String:
      return utf8(content);
    case TAG.printableString:
    case TAG.ia5String:
    case TAG.numericString:
      return ascii(content);
    case TAG.teletexString:
      return latin1(content);
    case TAG.bmpString:
      return utf16(content);
    default:
      throw derInvalid(`a name's value of type ${tag}`);
  }
}

function utf8(bytes: Uint8Array): string {
  const text = decodeUtf8(bytes);
  if (text === undefined) throw derInvalid("a text that is not UTF-8");
  return text;
}

/** The text of octets that must be ASCII: names of hosts, addresses, URLs. */
export function ascii(bytes: Uint8Array): string {
  if (bytes.some((octet) => octet > 0x7f)) throw derInvalid("a text that is not ASCII");
  return latin1(bytes);
}

function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (octet) => String.fromCharCode(octet)).join("");
}

function utf16(bytes: Uint8Array): string {
  if (bytes.length % 2 !== 0) throw derInvalid("a BMPString");
  let text = "";
  for (let index = 0; index < bytes.length; index += 2) {
    text += String.fromCharCode((bytes[index] as number) * 256 + (bytes[index + 1] as number));
  }
  return text.toWellFormed();
}
