import {
  type Decoded,
  encodeBase64,
  encodeHex,
  hashHex,
  isAmapError,
  LIMITS,
  type PublicKey,
  readPublicKey,
  readPublicKeyInfo,
  type SignatureScheme,
  type Value,
} from "../base/index.ts";
import { type Certificate, decodeCertificate } from "./certificate/certificate.ts";
import { KEY_DETAILS } from "./key-details.ts";
import { ProtoJsonReader, protoMembers } from "./proto-json.ts";
import { quoteText } from "./quote-text.ts";
import { readDocument } from "./read-document.ts";

/** When something may be relied on, in milliseconds since 1970. Both ends belong to it; without an end it is open. */
export interface ValidityPeriod {
  readonly start?: number;
  readonly end?: number;
}

/** A transparency log (Rekor) or a certificate transparency log, with the key that it signs with. */
export interface TransparencyLog {
  /** Empty where the root states none; a log of Rekor v2 is then of no use. */
  readonly baseUrl: string;
  /** How entries and SCTs name the log: SHA-256 of its key, or the id of its checkpoint key. */
  readonly keyId: Uint8Array;
  /** The id of the checkpoint key, where the root states one (TrustedRoot 0.2). */
  readonly checkpointKeyId?: Uint8Array;
  readonly publicKey: PublicKey;
  /** What the log signs with, by the root's `keyDetails`. */
  readonly signatureScheme: SignatureScheme;
  readonly validFor: ValidityPeriod;
  /** Who runs it: two logs of one operator count as one. */
  readonly operator?: string;
}

/** A certificate authority (Fulcio) or a timestamp authority. */
export interface CertificateAuthority {
  readonly uri: string;
  /** From the certificate nearest to what it issues up to the trust anchor, at least one. */
  readonly chain: readonly Certificate[];
  readonly validFor: ValidityPeriod;
  readonly operator?: string;
}

/** All that is trusted of Sigstore's services: the content of a `trusted_root.json`, parsed once and kept. */
export interface TrustRoot {
  readonly transparencyLogs: readonly TransparencyLog[];
  readonly certificateAuthorities: readonly CertificateAuthority[];
  readonly ctLogs: readonly TransparencyLog[];
  readonly timestampAuthorities: readonly CertificateAuthority[];
}

/** Whether a time (milliseconds) lies in a period; both ends belong to it. */
export function isWithin(period: ValidityPeriod, time: number): boolean {
  return (period.start === undefined || period.start <= time) && (period.end === undefined || time <= period.end);
}

/** The media types that are read. The first is what cosign and sigstore-go write and read. */
export const TRUST_ROOT_MEDIA_TYPES = [
  "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
  "application/vnd.dev.sigstore.trustedroot.v0.1+json",
  "application/vnd.dev.sigstore.trustedroot.v0.2+json",
] as const;

const ROOT = protoMembers("mediaType", "tlogs", "certificateAuthorities", "ctlogs", "timestampAuthorities");
const LOG = protoMembers("baseUrl", "hashAlgorithm", "publicKey", "logId", "checkpointKeyId", "operator");
const LOG_ID = protoMembers("keyId");
const PUBLIC_KEY = protoMembers("rawBytes", "keyDetails", "validFor");
const TIME_RANGE = protoMembers("start", "end");
const AUTHORITY = protoMembers("subject", "uri", "certChain", "validFor", "operator");
const SUBJECT = protoMembers("organization", "commonName");
const CHAIN = protoMembers("certificates");
const CERTIFICATE = protoMembers("rawBytes");
/** The hash of the logs' trees: SHA2_256 by name or number. Nothing else is in use. */
const TREE_HASHES: ReadonlySet<Value | undefined> = new Set(["SHA2_256", 1]);

/**
 * A trust root from the bytes of a `trusted_root.json` (TrustedRoot 0.1 or 0.2), or every issue (TRUST_ROOT_INVALID).
 * As strict as sigstore-go: names with capitals or with underscores, unknown members refused, logs only with
 * `hashAlgorithm` SHA2_256 and a `validFor.start`. Keys and certificates are parsed here, once. At most
 * LIMITS.trustRootBytes, and LIMITS.trustRootServices logs or authorities of one kind.
 *
 * @see sigstore/protobuf-specs, sigstore_trustroot.proto
 * @example
 * ```ts
 * import { decodeTrustRoot } from "./index.ts";
 * const json = '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}';
 * decodeTrustRoot(new TextEncoder().encode(json)).ok; // true: a root that trusts nothing
 * ```
 */
export function decodeTrustRoot(bytes: Uint8Array): Decoded<TrustRoot> {
  if (bytes.length > LIMITS.trustRootBytes) {
    const message = `expected a trusted root of at most ${LIMITS.trustRootBytes} bytes, found ${bytes.length}`;
    return { ok: false, issues: [{ code: "TRUST_ROOT_INVALID", path: "", message }] };
  }
  const document = readDocument(bytes, "TRUST_ROOT_INVALID", "a trusted root", false);
  if (!document.ok) return document;
  const reader = new ProtoJsonReader("TRUST_ROOT_INVALID");
  const members = reader.message(document.value, ROOT, "");
  const mediaType = members.get("mediaType");
  if (!TRUST_ROOT_MEDIA_TYPES.some((known) => known === mediaType)) {
    reader.fail("mediaType", `expected a trusted root of version 0.1 or 0.2, found ${quoteText(mediaType)}`);
    return { ok: false, issues: reader.issues };
  }
  const read = <T>(name: string, one: (value: Value, path: string, reader: ProtoJsonReader) => T | undefined): T[] =>
    reader
      .list(members.get(name), name, LIMITS.trustRootServices)
      .map((value, index) => one(value, `${name}[${index}]`, reader))
      .filter((service) => service !== undefined);
  const root: TrustRoot = {
    transparencyLogs: read("tlogs", readLog),
    certificateAuthorities: read("certificateAuthorities", readAuthority),
    ctLogs: read("ctlogs", readLog),
    timestampAuthorities: read("timestampAuthorities", readAuthority),
  };
  return reader.issues.length > 0 ? { ok: false, issues: reader.issues } : { ok: true, value: root };
}

function readLog(value: Value, path: string, reader: ProtoJsonReader): TransparencyLog | undefined {
  const members = reader.message(value, LOG, path);
  const hash = members.get("hashAlgorithm");
  if (!TREE_HASHES.has(hash)) {
    reader.fail(`${path}.hashAlgorithm`, `expected "SHA2_256", found ${quoteText(hash)}`);
  }
  const keyId = readKeyId(members.get("logId"), `${path}.logId`, reader);
  if (keyId.length === 0) reader.fail(`${path}.logId.keyId`, "expected the id of the log, found none");
  const checkpointKeyId = readKeyId(members.get("checkpointKeyId"), `${path}.checkpointKeyId`, reader);
  const publicKey = reader.message(members.get("publicKey"), PUBLIC_KEY, `${path}.publicKey`);
  const key = readKey(publicKey, `${path}.publicKey`, reader);
  const validFor = readPeriod(publicKey.get("validFor"), `${path}.publicKey.validFor`, reader);
  if (validFor.start === undefined) {
    reader.fail(`${path}.publicKey.validFor.start`, "expected the time from which the log's key is valid, found none");
  }
  const operator = reader.text(members.get("operator"), `${path}.operator`);
  const baseUrl = reader.text(members.get("baseUrl"), `${path}.baseUrl`);
  if (key === undefined) return undefined;
  return {
    baseUrl,
    keyId,
    ...(checkpointKeyId.length === 0 ? {} : { checkpointKeyId }),
    ...key,
    validFor,
    ...(operator === "" ? {} : { operator }),
  };
}

function readKeyId(value: Value | undefined, path: string, reader: ProtoJsonReader): Uint8Array {
  return reader.bytes(reader.message(value, LOG_ID, path).get("keyId"), `${path}.keyId`);
}

function readKey(
  members: ReadonlyMap<string, Value>,
  path: string,
  reader: ProtoJsonReader,
): Pick<TransparencyLog, "publicKey" | "signatureScheme"> | undefined {
  const name = members.get("keyDetails");
  const details = KEY_DETAILS.get(typeof name === "number" ? String(name) : reader.text(name, `${path}.keyDetails`));
  if (details === undefined) {
    reader.fail(`${path}.keyDetails`, `expected the details of an ECDSA, RSA or Ed25519 key, found ${quoteText(name)}`);
    return undefined;
  }
  const bytes = reader.bytes(members.get("rawBytes"), `${path}.rawBytes`);
  try {
    const publicKey = details.form === "pkcs1" ? readPublicKey(pkcs1Pem(bytes)) : readPublicKeyInfo(bytes);
    const isOther = publicKey.algorithm !== details.algorithm || (details.bits ?? publicKey.bits) !== publicKey.bits;
    if (!isOther) return { publicKey, signatureScheme: details.scheme };
    const found = `${publicKey.algorithm} ${publicKey.bits ?? ""}`.trimEnd();
    reader.fail(path, `expected a key as its details say, ${details.name}, found ${found}`);
  } catch (error) {
    if (!isAmapError(error)) throw error;
    reader.fail(`${path}.rawBytes`, error.message);
  }
  return undefined;
}

function pkcs1Pem(bytes: Uint8Array): string {
  return `-----BEGIN RSA PUBLIC KEY-----\n${encodeBase64(bytes)}\n-----END RSA PUBLIC KEY-----\n`;
}

function readPeriod(value: Value | undefined, path: string, reader: ProtoJsonReader): ValidityPeriod {
  const members = reader.message(value, TIME_RANGE, path);
  const start = reader.time(members.get("start"), `${path}.start`);
  const end = reader.time(members.get("end"), `${path}.end`);
  return { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) };
}

function readAuthority(value: Value, path: string, reader: ProtoJsonReader): CertificateAuthority {
  const members = reader.message(value, AUTHORITY, path);
  // Only for people: certificates are compared by what stands in them.
  const subject = reader.message(members.get("subject"), SUBJECT, `${path}.subject`);
  for (const [name, text] of subject) reader.text(text, `${path}.subject.${name}`);
  const list = reader.message(members.get("certChain"), CHAIN, `${path}.certChain`).get("certificates");
  const chain: Certificate[] = [];
  for (const [index, item] of reader.list(list, `${path}.certChain`, LIMITS.certificateChain).entries()) {
    const at = `${path}.certChain.certificates[${index}]`;
    const der = reader.bytes(reader.message(item, CERTIFICATE, at).get("rawBytes"), `${at}.rawBytes`);
    const certificate = decodeCertificate(der);
    if (certificate.ok) chain.push(certificate.value);
    else for (const { message } of certificate.issues) reader.fail(at, message);
  }
  if (chain.length === 0) reader.fail(`${path}.certChain`, "expected at least one certificate, found none");
  const operator = reader.text(members.get("operator"), `${path}.operator`);
  return {
    uri: reader.text(members.get("uri"), `${path}.uri`),
    chain,
    validFor: readPeriod(members.get("validFor"), `${path}.validFor`, reader),
    ...(operator === "" ? {} : { operator }),
  };
}

/**
 * Several roots as one: everything that any of them trusts, each log and authority once, in the order of the roots.
 * The same log or authority with another validity stays apart: each holds for its own time.
 *
 * @example
 * ```ts
 * import { mergeTrustRoots } from "./index.ts";
 * mergeTrustRoots([]).transparencyLogs.length; // 0
 * ```
 */
export function mergeTrustRoots(roots: readonly TrustRoot[]): TrustRoot {
  return {
    transparencyLogs: distinct(
      roots.map((root) => root.transparencyLogs),
      identityOfLog,
    ),
    certificateAuthorities: distinct(
      roots.map((root) => root.certificateAuthorities),
      identityOfAuthority,
    ),
    ctLogs: distinct(
      roots.map((root) => root.ctLogs),
      identityOfLog,
    ),
    timestampAuthorities: distinct(
      roots.map((root) => root.timestampAuthorities),
      identityOfAuthority,
    ),
  };
}

function distinct<T>(lists: readonly (readonly T[])[], identityOf: (item: T) => string): readonly T[] {
  const found = new Map<string, T>();
  for (const item of lists.flat()) {
    const identity = identityOf(item);
    if (!found.has(identity)) found.set(identity, item);
  }
  return [...found.values()];
}

function identityOfLog(log: TransparencyLog): string {
  const { baseUrl, keyId, checkpointKeyId, publicKey, signatureScheme, validFor, operator } = log;
  const ids = [keyId, checkpointKeyId ?? new Uint8Array(), publicKey.keyId].map(encodeHex);
  return JSON.stringify([baseUrl, ...ids, signatureScheme, validFor.start, validFor.end, operator]);
}

function identityOfAuthority({ uri, chain, validFor, operator }: CertificateAuthority): string {
  return JSON.stringify([uri, chain.map(({ der }) => hashHex("sha256", der)), validFor.start, validFor.end, operator]);
}
