import { encodeBase64, type Value } from "../../../../../base/index.ts";
import {
  bitStringOf,
  booleanOf,
  contextTag,
  type DerElement,
  DerReader,
  derInvalid,
  elementsOf,
  oidOf,
  smallIntegerOf,
  TAG,
} from "./der.ts";
import { ascii } from "./distinguished-name.ts";
import { formatIpOctets } from "./ip-text.ts";

/** An extension as it stands in the certificate. */
export interface Extension {
  readonly id: readonly number[];
  readonly critical: boolean;
  readonly value: Uint8Array;
}

/** Go's fields that extensions fill, by name. */
export type Fields = Record<string, Value>;

/** @throws {CelError} invalid_argument, also for one that is there twice */
export function readExtensions(content: Uint8Array): readonly Extension[] {
  const seen = new Set<string>();
  return elementsOf(content).map((element) => {
    if (element.tag !== TAG.sequence) throw derInvalid("an extension");
    const reader = new DerReader(element.content);
    const id = oidOf(reader.read(TAG.oid).content);
    const critical = reader.readOptional(TAG.boolean);
    const value = reader.read(TAG.octetString).content;
    reader.end();
    if (seen.has(id.join("."))) throw derInvalid(`the extension ${id.join(".")} is there twice`);
    seen.add(id.join("."));
    return { id, critical: critical !== undefined && booleanOf(critical.content), value };
  });
}

/** As Go's pkix.Extension in JSON. */
export function showExtension({ id, critical, value }: Extension): Value {
  return { Id: id, Critical: critical, Value: encodeBase64(value) };
}

/** Go's constants for extended key usages, by object identifier; others have none. */
export const KEY_USAGES: ReadonlyMap<string, number> = new Map([
  ["2.5.29.37.0", 0],
  ["1.3.6.1.5.5.7.3.1", 1],
  ["1.3.6.1.5.5.7.3.2", 2],
  ["1.3.6.1.5.5.7.3.3", 3],
  ["1.3.6.1.5.5.7.3.4", 4],
  ["1.3.6.1.5.5.7.3.5", 5],
  ["1.3.6.1.5.5.7.3.6", 6],
  ["1.3.6.1.5.5.7.3.7", 7],
  ["1.3.6.1.5.5.7.3.8", 8],
  ["1.3.6.1.5.5.7.3.9", 9],
  ["1.3.6.1.4.1.311.10.3.3", 10],
  ["2.16.840.1.113730.4.1", 11],
  ["1.3.6.1.4.1.311.2.1.22", 12],
  ["1.3.6.1.4.1.311.61.1.1", 13],
]);

const READERS: ReadonlyMap<string, (fields: Fields, extension: Extension) => void> = new Map([
  ["2.5.29.15", readKeyUsage],
  ["2.5.29.17", readAlternativeNames],
  ["2.5.29.19", readBasicConstraints],
  ["2.5.29.30", readNameConstraints],
  ["2.5.29.31", readDistributionPoints],
  ["2.5.29.32", readPolicies],
  ["2.5.29.35", readAuthorityKeyId],
  ["2.5.29.37", readExtendedKeyUsage],
  ["1.3.6.1.5.5.7.1.1", readAuthorityAccess],
]);

/** Fills in what an extension says, where Go has a field for it. */
export function applyExtension(fields: Fields, extension: Extension): void {
  READERS.get(extension.id.join("."))?.(fields, extension);
}

function inside(bytes: Uint8Array, tag: number): Uint8Array {
  const reader = new DerReader(bytes);
  const { content } = reader.read(tag);
  reader.end();
  return content;
}

function add(fields: Fields, name: string, value: Value): void {
  fields[name] = [...((fields[name] as readonly Value[] | null) ?? []), value];
}

/** Bit 0 is the first octet's highest and Go's lowest. */
function readKeyUsage(fields: Fields, { value }: Extension): void {
  const bits = bitStringOf(inside(value, TAG.bitString));
  let usage = 0;
  for (let bit = 0; bit < 9; bit++) {
    if (((bits[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0) usage |= 1 << bit;
  }
  fields.KeyUsage = usage;
}

function readBasicConstraints(fields: Fields, { value }: Extension): void {
  const reader = new DerReader(inside(value, TAG.sequence));
  const isCa = reader.readOptional(TAG.boolean);
  const pathLength = reader.readOptional(TAG.integer);
  reader.end();
  fields.BasicConstraintsValid = true;
  fields.IsCA = isCa !== undefined && booleanOf(isCa.content);
  fields.MaxPathLen = pathLength === undefined ? -1 : smallIntegerOf(pathLength.content);
  fields.MaxPathLenZero = fields.MaxPathLen === 0;
}

function readExtendedKeyUsage(fields: Fields, { value }: Extension): void {
  for (const { content } of elementsOf(inside(value, TAG.sequence))) {
    const usage = KEY_USAGES.get(oidOf(content).join("."));
    if (usage !== undefined) add(fields, "ExtKeyUsage", usage);
  }
}

const EMAIL = contextTag(1, false);
const DNS = contextTag(2, false);
const URI = contextTag(6, false);
const IP = contextTag(7, false);

function readAlternativeNames(fields: Fields, { value }: Extension): void {
  for (const { tag, content } of elementsOf(inside(value, TAG.sequence))) {
    if (tag === EMAIL) add(fields, "EmailAddresses", ascii(content));
    else if (tag === DNS) add(fields, "DNSNames", ascii(content));
    else if (tag === IP) add(fields, "IPAddresses", formatIpOctets(content));
  }
}

function readAuthorityKeyId(fields: Fields, { value }: Extension): void {
  const id = new DerReader(inside(value, TAG.sequence)).readOptional(contextTag(0, false));
  if (id !== undefined) fields.AuthorityKeyId = encodeBase64(id.content);
}

function readAuthorityAccess(fields: Fields, { value }: Extension): void {
  for (const { content } of elementsOf(inside(value, TAG.sequence))) {
    const reader = new DerReader(content);
    const method = oidOf(reader.read(TAG.oid).content).join(".");
    const place = reader.read();
    if (place.tag !== URI) continue;
    if (method === "1.3.6.1.5.5.7.48.1") add(fields, "OCSPServer", ascii(place.content));
    if (method === "1.3.6.1.5.5.7.48.2") add(fields, "IssuingCertificateURL", ascii(place.content));
  }
}

function readPolicies(fields: Fields, { value }: Extension): void {
  for (const { content } of elementsOf(inside(value, TAG.sequence))) {
    add(fields, "PolicyIdentifiers", oidOf(new DerReader(content).read(TAG.oid).content));
  }
}

/** Of each distribution point, the URIs of its full name. */
function readDistributionPoints(fields: Fields, { value }: Extension): void {
  for (const { content } of elementsOf(inside(value, TAG.sequence))) {
    const point = new DerReader(content).readOptional(contextTag(0, true));
    if (point === undefined) continue;
    const names = new DerReader(point.content).readOptional(contextTag(0, true));
    for (const name of names === undefined ? [] : elementsOf(names.content)) {
      if (name.tag === URI) add(fields, "CRLDistributionPoints", ascii(name.content));
    }
  }
}

function readNameConstraints(fields: Fields, { value, critical }: Extension): void {
  const reader = new DerReader(inside(value, TAG.sequence));
  const permitted = reader.readOptional(contextTag(0, true));
  const excluded = reader.readOptional(contextTag(1, true));
  reader.end();
  fields.PermittedDNSDomainsCritical = critical;
  readSubtrees(fields, "Permitted", permitted);
  readSubtrees(fields, "Excluded", excluded);
}

function readSubtrees(fields: Fields, prefix: string, subtrees: DerElement | undefined): void {
  for (const subtree of subtrees === undefined ? [] : elementsOf(subtrees.content)) {
    const { tag, content } = new DerReader(subtree.content).read();
    if (tag === DNS) add(fields, `${prefix}DNSDomains`, ascii(content));
    else if (tag === EMAIL) add(fields, `${prefix}EmailAddresses`, ascii(content));
    else if (tag === URI) add(fields, `${prefix}URIDomains`, ascii(content));
    else if (tag === IP) add(fields, `${prefix}IPRanges`, ipRange(content));
  }
}

/** As Go's net.IPNet in JSON: the address, and the mask in base64. */
function ipRange(content: Uint8Array): Value {
  const half = content.length / 2;
  return { IP: formatIpOctets(content.subarray(0, half)), Mask: encodeBase64(content.subarray(half)) };
}
