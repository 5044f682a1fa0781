import {
  type Decoded,
  decodeBase64,
  decodeHex,
  decodeUtf8,
  type Issue,
  LIMITS,
  memberOf,
  textOf,
  type Value,
  type ValueObject,
} from "../../base/index.ts";
import { KEY_DETAILS } from "../key-details.ts";
import { ProtoJsonReader, protoMembers } from "../proto-json.ts";
import { quoteText } from "../quote-text.ts";
import { readDocument } from "../read-document.ts";

/** The hashes that entries speak in. */
export type EntryHash = "sha256" | "sha384" | "sha512";

/** What the hash of an entry is taken over. */
export type HashedPart =
  /** The signed bytes: of a message itself, of an envelope its pre-authentication encoding. */
  | "signedBytes"
  /** A message's bytes; such an entry cannot speak of an envelope. */
  | "message"
  /** An envelope's payload. */
  | "payload"
  /** An envelope's JSON as it was uploaded. */
  | "envelope";

/** A key as an entry holds it. */
export interface EntryKey {
  readonly isCertificate: boolean;
  readonly der: Uint8Array;
}

/** One signature that an entry speaks of. */
export interface EntrySigner {
  /** Absent in entries of intoto 0.0.1, whose envelope hash covers it. */
  readonly signature?: Uint8Array;
  readonly key: EntryKey;
}

/** What an entry's body says. Unverified. */
export interface EntryBody {
  /** Rekor's own version: 2 for entries that only Rekor v2 holds. */
  readonly rekor: 1 | 2;
  readonly part: HashedPart;
  readonly algorithm: EntryHash;
  readonly digest: Uint8Array;
  /** At least one. */
  readonly signers: readonly EntrySigner[];
}

/** A reader of one kind and version; undefined where the body lacks something, with the issue noted. */
type BodyReader = (spec: Value | undefined, reader: ProtoJsonReader) => EntryBody | undefined;

const READERS: ReadonlyMap<string, BodyReader> = new Map([
  ["hashedrekord 0.0.1", readHashedRekord1],
  ["hashedrekord 0.0.2", readHashedRekord2],
  ["dsse 0.0.1", readDsse],
  ["intoto 0.0.1", readIntoto1],
  ["intoto 0.0.2", readIntoto2],
]);

const DIGEST_BYTES: Readonly<Record<EntryHash, number>> = { sha256: 32, sha384: 48, sha512: 64 };

/**
 * What the body of an entry says, or every issue: TLOG_ENTRY_INVALID, TLOG_ENTRY_MISMATCH for another kind than stated
 * beside it, NOT_SUPPORTED for a kind that is not read. Bodies of Rekor v1 may have more members than are read: only
 * what its log has checked gets in. Those of v2 may not.
 */
export function decodeEntryBody(bytes: Uint8Array, kind: string, version: string): Decoded<EntryBody> {
  const document = readBody(bytes);
  if (!document.ok) return document;
  const stated = `${kind} ${version}`;
  const own = `${textOf(document.value, "kind")} ${textOf(document.value, "apiVersion")}`;
  if (own !== stated) {
    const message = `expected an entry of ${quoteText(stated)} as stated beside it, found ${quoteText(own)}`;
    return { ok: false, issues: [{ code: "TLOG_ENTRY_MISMATCH", path: "body", message }] };
  }
  const read = READERS.get(own);
  if (read === undefined) {
    const message = `expected an entry of ${[...READERS.keys()].join(", ")}, found ${quoteText(own)}`;
    return { ok: false, issues: [{ code: "NOT_SUPPORTED", path: "body", message }] };
  }
  const reader = new ProtoJsonReader("TLOG_ENTRY_INVALID");
  const body = read(memberOf(document.value, "spec"), reader);
  return body !== undefined && reader.issues.length === 0
    ? { ok: true, value: body }
    : { ok: false, issues: orDefault(reader.issues) };
}

/** A body is read before anybody vouches for it. */
function readBody(bytes: Uint8Array): Decoded<ValueObject> {
  if (bytes.length <= LIMITS.logEntryBodyBytes) {
    return readDocument(bytes, "TLOG_ENTRY_INVALID", "the body of a log entry", false);
  }
  const message = `expected at most ${LIMITS.logEntryBodyBytes} bytes, found ${bytes.length}`;
  return { ok: false, issues: [{ code: "TLOG_ENTRY_INVALID", path: "body", message }] };
}

function orDefault(issues: readonly Issue[]): readonly Issue[] {
  const message = "expected hash, signature and key of the entry, found less";
  return issues.length > 0 ? issues : [{ code: "TLOG_ENTRY_INVALID", path: "body.spec", message }];
}

/** Kind and version as the body states them; empty where it states none. */
export function readBodyKind(
  bytes: Uint8Array,
  reader: ProtoJsonReader,
): { readonly kind: string; readonly version: string } {
  const document = readBody(bytes);
  if (document.ok) return { kind: textOf(document.value, "kind"), version: textOf(document.value, "apiVersion") };
  reader.issues.push(...document.issues);
  return { kind: "", version: "" };
}

function readHashedRekord1(spec: Value | undefined, reader: ProtoJsonReader): EntryBody | undefined {
  const signature = memberOf(spec, "signature");
  const key = memberOf(memberOf(signature, "publicKey"), "content");
  const signer = readSigner(memberOf(signature, "content"), key, "body.spec.signature", reader);
  const hash = readHexHash(memberOf(memberOf(spec, "data"), "hash"), "body.spec.data.hash", reader);
  return hash && signer && { rekor: 1, part: "message", ...hash, signers: [signer] };
}

function readDsse(spec: Value | undefined, reader: ProtoJsonReader): EntryBody | undefined {
  const path = "body.spec.signatures";
  const hash = readHexHash(memberOf(spec, "payloadHash"), "body.spec.payloadHash", reader);
  const signers = readSigners(memberOf(spec, "signatures"), path, reader, (item, at) =>
    readSigner(memberOf(item, "signature"), memberOf(item, "verifier"), at, reader),
  );
  return hash && signers && { rekor: 1, part: "payload", ...hash, signers };
}

function readIntoto2(spec: Value | undefined, reader: ProtoJsonReader): EntryBody | undefined {
  const content = memberOf(spec, "content");
  const hash = readHexHash(memberOf(content, "payloadHash"), "body.spec.content.payloadHash", reader);
  const path = "body.spec.content.envelope.signatures";
  const signers = readSigners(memberOf(memberOf(content, "envelope"), "signatures"), path, reader, (item, at) =>
    // The signature is base64 of the envelope's own base64 text.
    readSigner(unwrapBase64(memberOf(item, "sig")), memberOf(item, "publicKey"), at, reader),
  );
  return hash && signers && { rekor: 1, part: "payload", ...hash, signers };
}

function readIntoto1(spec: Value | undefined, reader: ProtoJsonReader): EntryBody | undefined {
  const hash = readHexHash(memberOf(memberOf(spec, "content"), "hash"), "body.spec.content.hash", reader);
  const key = readPem(memberOf(spec, "publicKey"), "body.spec.publicKey", reader);
  return hash && key && { rekor: 1, part: "envelope", ...hash, signers: [{ key }] };
}

function unwrapBase64(value: Value | undefined): Value | undefined {
  const bytes = typeof value === "string" ? decodeBase64(value) : undefined;
  return bytes === undefined ? undefined : decodeUtf8(bytes);
}

function readSigners(
  value: Value | undefined,
  path: string,
  reader: ProtoJsonReader,
  read: (item: Value, path: string) => EntrySigner | undefined,
): readonly EntrySigner[] | undefined {
  const signers: EntrySigner[] = [];
  for (const [index, item] of reader.list(value, path, LIMITS.envelopeSignatures).entries()) {
    const signer = read(item, `${path}[${index}]`);
    if (signer !== undefined) signers.push(signer);
  }
  return signers.length > 0 ? signers : undefined;
}

function readSigner(
  signatureText: Value | undefined,
  keyText: Value | undefined,
  path: string,
  reader: ProtoJsonReader,
): EntrySigner | undefined {
  const signature = reader.bytes(signatureText, `${path}: signature`);
  const key = readPem(keyText, `${path}: key`, reader);
  if (signature.length > 0 && key !== undefined) return { signature, key };
  reader.fail(path, "expected a signature and a key, found less");
  return undefined;
}

/** `{algorithm, value}` of Rekor v1, the value in hex. */
function readHexHash(
  value: Value | undefined,
  path: string,
  reader: ProtoJsonReader,
): Pick<EntryBody, "algorithm" | "digest"> | undefined {
  const algorithm = textOf(value, "algorithm");
  const digest = decodeHex(textOf(value, "value"));
  if (isEntryHash(algorithm) && digest?.length === DIGEST_BYTES[algorithm]) return { algorithm, digest };
  reader.fail(path, `expected a hash of sha256, sha384 or sha512 in hex, found ${quoteText(algorithm)}`);
  return undefined;
}

function isEntryHash(name: string): name is EntryHash {
  return Object.hasOwn(DIGEST_BYTES, name);
}

const PEM = /^\s*-----BEGIN (CERTIFICATE|PUBLIC KEY)-----([A-Za-z0-9+/=\s]*)-----END \1-----/;

/** base64 of a PEM text; its first block counts, as rekor judges. */
function readPem(value: Value | undefined, path: string, reader: ProtoJsonReader): EntryKey | undefined {
  const bytes = reader.bytes(value, path);
  const match = bytes.length > LIMITS.certificatesPemBytes ? null : PEM.exec(decodeUtf8(bytes) ?? "");
  const der = decodeBase64((match?.[2] ?? "").replace(/\s+/g, ""));
  if (match !== null && der !== undefined && der.length > 0) return { isCertificate: match[1] === "CERTIFICATE", der };
  reader.fail(path, "expected a PEM block CERTIFICATE or PUBLIC KEY, found other text");
  return undefined;
}

const SPEC_2 = protoMembers("hashedRekordV002");
const RECORD_2 = protoMembers("data", "signature");
const DATA_2 = protoMembers("algorithm", "digest");
const SIGNATURE_2 = protoMembers("content", "verifier");
const VERIFIER_2 = protoMembers("publicKey", "x509Certificate", "keyDetails");
const RAW_BYTES = protoMembers("rawBytes");
const HASHES_2: ReadonlyMap<string, EntryHash> = new Map([
  ["SHA2_256", "sha256"],
  ["SHA2_384", "sha384"],
  ["SHA2_512", "sha512"],
]);

function readHashedRekord2(spec: Value | undefined, reader: ProtoJsonReader): EntryBody | undefined {
  const path = "body.spec.hashedRekordV002";
  const record = reader.message(reader.message(spec, SPEC_2, "body.spec").get("hashedRekordV002"), RECORD_2, path);
  const data = reader.message(record.get("data"), DATA_2, `${path}.data`);
  const signature = reader.message(record.get("signature"), SIGNATURE_2, `${path}.signature`);
  const verifier = reader.message(signature.get("verifier"), VERIFIER_2, `${path}.signature.verifier`);
  const algorithm = HASHES_2.get(reader.text(data.get("algorithm"), `${path}.data.algorithm`));
  const digest = reader.bytes(data.get("digest"), `${path}.data.digest`);
  const content = reader.bytes(signature.get("content"), `${path}.signature.content`);
  const key = readRawKey(verifier, `${path}.signature.verifier`, reader);
  const keyDetails = reader.text(verifier.get("keyDetails"), `${path}.signature.verifier.keyDetails`);
  if (algorithm === undefined || KEY_DETAILS.get(keyDetails)?.hash !== algorithm) {
    reader.fail(
      path,
      `expected the hash that ${quoteText(keyDetails)} signs, found ${quoteText(data.get("algorithm"))}`,
    );
    return undefined;
  }
  if (key === undefined || content.length === 0 || digest.length !== DIGEST_BYTES[algorithm]) return undefined;
  return { rekor: 2, part: "signedBytes", algorithm, digest, signers: [{ signature: content, key }] };
}

function readRawKey(verifier: ReadonlyMap<string, Value>, path: string, reader: ProtoJsonReader): EntryKey | undefined {
  const [certificate, publicKey] = [verifier.get("x509Certificate"), verifier.get("publicKey")];
  if ((certificate === undefined) === (publicKey === undefined)) {
    reader.fail(path, "expected one of publicKey and x509Certificate, found none or both");
    return undefined;
  }
  const der = reader.bytes(reader.message(certificate ?? publicKey, RAW_BYTES, path).get("rawBytes"), path);
  return der.length === 0 ? undefined : { isCertificate: certificate !== undefined, der };
}
