import { childrenOf, DER_TAGS, DerFields, type DerNode, expectTag } from "../der/der.ts";
import { readOid, readString } from "../der/der-values.ts";

/** Attributes with a short name (RFC 4514 §3, and those that Go's x509 prints). */
const ATTRIBUTES: ReadonlyMap<string, string> = new Map([
  ["2.5.4.3", "CN"],
  ["2.5.4.5", "SERIALNUMBER"],
  ["2.5.4.6", "C"],
  ["2.5.4.7", "L"],
  ["2.5.4.8", "ST"],
  ["2.5.4.9", "STREET"],
  ["2.5.4.10", "O"],
  ["2.5.4.11", "OU"],
  ["2.5.4.17", "POSTALCODE"],
  ["0.9.2342.19200300.100.1.1", "UID"],
  ["0.9.2342.19200300.100.1.25", "DC"],
]);

/**
 * A distinguished name for reading: its last part first, characters with a meaning escaped (RFC 4514 §2). An attribute
 * without a short name stands by its object identifier; every value must be text.
 * @throws {AmapError} DER_INVALID
 */
export function readName(node: DerNode): string {
  expectTag(node, DER_TAGS.sequence, "a name");
  const parts: string[] = [];
  for (const part of childrenOf(node)) {
    expectTag(part, DER_TAGS.set, "a part of a name");
    parts.push(childrenOf(part).map(readAttribute).join("+"));
  }
  return parts.reverse().join(",");
}

function readAttribute(node: DerNode): string {
  expectTag(node, DER_TAGS.sequence, "an attribute of a name");
  const fields = new DerFields(node);
  const type = readOid(fields.take("an attribute's type"));
  const value = fields.take("an attribute's value");
  fields.end("an attribute");
  return `${ATTRIBUTES.get(type) ?? type}=${escapeValue(readString(value))}`;
}

function escapeValue(text: string): string {
  const escaped = text.replaceAll(/[,+"\\<>;]/g, "\\$&").replaceAll("\0", "\\00");
  const start = /^[ #]/.test(escaped) ? `\\${escaped}` : escaped;
  return start.endsWith(" ") && start.length > 2 ? `${start.slice(0, -1)}\\ ` : start;
}
