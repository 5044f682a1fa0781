import { LIMITS } from "../../base/index.ts";
import {
  childrenOf,
  contextTag,
  DER_TAGS,
  DerFields,
  type DerNode,
  expectTag,
  invalid,
  onlyChildOf,
  primitiveContextTag,
  readDer,
} from "../der/der.ts";
import { readBits, readBoolean, readIa5, readInteger, readOctets, readOid, readString } from "../der/der-values.ts";
import { formatIpAddress } from "./ip-address.ts";

/** Extensions that are read here (RFC 5280 §4.2.1). */
export const EXTENSIONS = {
  subjectKeyId: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAlternativeName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  nameConstraints: "2.5.29.30",
  certificatePolicies: "2.5.29.32",
  authorityKeyId: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
} as const;

/** Purposes of extended key usage. */
export const PURPOSES = {
  any: "2.5.29.37.0",
  codeSigning: "1.3.6.1.5.5.7.3.3",
  timeStamping: "1.3.6.1.5.5.7.3.8",
} as const;

/** What a key may be used for (RFC 5280 §4.2.1.3), in the order of its bits. */
const KEY_USAGES = [
  "digitalSignature",
  "contentCommitment",
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
  "keyCertSign",
  "cRLSign",
  "encipherOnly",
  "decipherOnly",
] as const;

export type KeyUsage = (typeof KEY_USAGES)[number];

/** Fulcio's own form of a name: a user name with its issuer's domain. */
const FULCIO_OTHER_NAME = "1.3.6.1.4.1.57264.1.7";

/** One name that the issuer vouches for. */
export interface AlternativeName {
  /** `other`: Fulcio's own form, for a user name that is neither an address nor a URI. */
  readonly kind: "email" | "uri" | "dns" | "ip" | "other";
  readonly value: string;
  /** Of `other`: which form it is. */
  readonly oid?: string;
}

export interface CertificateExtension {
  readonly critical: boolean;
  /** The DER inside the extension's OCTET STRING (Fulcio's oldest extensions hold bare text). */
  readonly value: Uint8Array;
}

/**
 * The extensions of a certificate by object identifier, at most LIMITS.certificateExtensions, none of them twice.
 * @throws {AmapError} DER_INVALID
 */
export function readExtensions(list: DerNode): ReadonlyMap<string, CertificateExtension> {
  expectTag(list, DER_TAGS.sequence, "a list of extensions");
  const extensions = new Map<string, CertificateExtension>();
  for (const node of childrenOf(list)) {
    expectTag(node, DER_TAGS.sequence, "an extension");
    const fields = new DerFields(node);
    const oid = readOid(fields.take("an extension's identifier"));
    const criticalField = fields.takeIf(DER_TAGS.boolean);
    const value = readOctets(fields.take("an extension's value"));
    fields.end("an extension");
    if (extensions.has(oid)) throw invalid(`expected each extension once, found ${oid} twice`);
    if (extensions.size >= LIMITS.certificateExtensions) {
      throw invalid(`expected at most ${LIMITS.certificateExtensions} extensions, found more`);
    }
    extensions.set(oid, { critical: criticalField !== undefined && readBoolean(criticalField), value });
  }
  return extensions;
}

/** @throws {AmapError} DER_INVALID */
export function readKeyUsage(value: Uint8Array): ReadonlySet<KeyUsage> {
  const { bytes } = readBits(readDer(value));
  const usages = new Set<KeyUsage>();
  for (const [index, usage] of KEY_USAGES.entries()) {
    if (((bytes[index >> 3] ?? 0) & (0x80 >> (index & 7))) !== 0) usages.add(usage);
  }
  return usages;
}

export interface BasicConstraints {
  readonly isAuthority: boolean;
  readonly pathLength?: number;
}

/** @throws {AmapError} DER_INVALID */
export function readBasicConstraints(value: Uint8Array): BasicConstraints {
  const node = readDer(value);
  expectTag(node, DER_TAGS.sequence, "basic constraints");
  const fields = new DerFields(node);
  const authorityField = fields.takeIf(DER_TAGS.boolean);
  const lengthField = fields.takeIf(DER_TAGS.integer);
  fields.end("basic constraints");
  const isAuthority = authorityField !== undefined && readBoolean(authorityField);
  if (lengthField === undefined) return { isAuthority };
  const pathLength = readInteger(lengthField);
  if (pathLength < 0n) throw invalid(`expected a path length of 0 or more, found ${pathLength}`);
  // A chain is never as long as the largest number here.
  return { isAuthority, pathLength: Number(pathLength > 1_000n ? 1_000n : pathLength) };
}

/** @throws {AmapError} DER_INVALID */
export function readExtendedKeyUsage(value: Uint8Array): readonly string[] {
  const node = readDer(value);
  expectTag(node, DER_TAGS.sequence, "extended key usage");
  const purposes = limited(childrenOf(node), "purposes").map(readOid);
  if (purposes.length === 0) throw invalid("expected a purpose in extended key usage, found none");
  return purposes;
}

/** @throws {AmapError} DER_INVALID */
export function readSubjectKeyId(value: Uint8Array): Uint8Array {
  return readOctets(readDer(value));
}

/** @throws {AmapError} DER_INVALID */
export function readAuthorityKeyId(value: Uint8Array): Uint8Array | undefined {
  const node = readDer(value);
  expectTag(node, DER_TAGS.sequence, "an authority key identifier");
  return childrenOf(node).find(({ tag }) => tag === primitiveContextTag(0))?.content;
}

/**
 * The names of subjectAltName that have a text: addresses, URIs, DNS names, IP addresses and Fulcio's user names.
 * @throws {AmapError} DER_INVALID
 */
export function readAlternativeNames(value: Uint8Array): readonly AlternativeName[] {
  const node = readDer(value);
  expectTag(node, DER_TAGS.sequence, "alternative names");
  return limited(childrenOf(node), "names")
    .map(readGeneralName)
    .filter((name) => name !== undefined);
}

/** Numbers of GeneralName's choices (RFC 5280 §4.2.1.6). */
export const GENERAL_NAMES = { other: 0, email: 1, dns: 2, directory: 4, uri: 6, ip: 7 } as const;

function readGeneralName(node: DerNode): AlternativeName | undefined {
  switch (node.tag) {
    case primitiveContextTag(GENERAL_NAMES.email):
      return { kind: "email", value: readNameText(node.content) };
    case primitiveContextTag(GENERAL_NAMES.dns):
      return { kind: "dns", value: readNameText(node.content) };
    case primitiveContextTag(GENERAL_NAMES.uri):
      return { kind: "uri", value: readNameText(node.content) };
    case primitiveContextTag(GENERAL_NAMES.ip):
      return { kind: "ip", value: formatIpAddress(node.content) };
    case contextTag(GENERAL_NAMES.other):
      return readOtherName(node);
    default:
      return undefined;
  }
}

/** No name has a control character, and what shows names would be at its mercy. */
function readNameText(content: Uint8Array): string {
  for (const byte of content) {
    if (byte < 0x20 || byte === 0x7f) throw invalid("expected a name without control characters, found one with some");
  }
  return readIa5(content);
}

function readOtherName(node: DerNode): AlternativeName | undefined {
  const fields = new DerFields(node);
  const oid = readOid(fields.take("a name's form"));
  const valueField = fields.take("a name", contextTag(0));
  fields.end("a name");
  if (oid !== FULCIO_OTHER_NAME) return undefined;
  return { kind: "other", value: readString(onlyChildOf(valueField, "a name", DER_TAGS.utf8String)), oid };
}

/** Refuses a list that is longer than any that is meant. */
export function limited(nodes: readonly DerNode[], what: string): readonly DerNode[] {
  if (nodes.length <= LIMITS.certificateNames) return nodes;
  throw invalid(`expected at most ${LIMITS.certificateNames} ${what}, found ${nodes.length}`);
}
