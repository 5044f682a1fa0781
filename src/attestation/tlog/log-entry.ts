import {
  type Decoded,
  decodeHex,
  encodeBase64,
  encodeHex,
  encodeUtf8,
  LIMITS,
  type Value,
  type ValueObject,
  writeJson,
} from "../../base/index.ts";
import { ProtoJsonReader, plainMembers, protoMembers } from "../proto-json.ts";
import { readDocument } from "../read-document.ts";
import { readBodyKind } from "./entry-body.ts";

/** Proof that an entry is in a log of `treeSize` entries (RFC 9162 §2.1.3), with the signed head that states its root. */
export interface InclusionProof {
  /** Within the log's own tree; in Rekor v1 another number than the entry's, which counts over all trees. */
  readonly logIndex: bigint;
  readonly rootHash: Uint8Array;
  readonly treeSize: bigint;
  /** From the leaf's sibling up, SHA-256 each. */
  readonly hashes: readonly Uint8Array[];
  /** A signed note with origin, size and root hash. */
  readonly checkpoint: string;
}

/** An entry of a transparency log as a bundle carries it (sigstore_rekor.proto, TransparencyLogEntry). Unverified. */
export interface LogEntry {
  readonly logIndex: bigint;
  readonly logId: Uint8Array;
  /** `hashedrekord`, `dsse`, `intoto`, … and its version, as stated beside the body. */
  readonly kind: string;
  readonly version: string;
  /** Seconds since 1970 at which Rekor v1 took the entry; only the inclusion promise signs it. Absent in Rekor v2. */
  readonly integratedTime?: number;
  /** Rekor v1's signature over the entry with its time and index (signed entry timestamp). */
  readonly inclusionPromise?: Uint8Array;
  readonly inclusionProof?: InclusionProof;
  /** The bytes that the log holds: JSON of the entry. */
  readonly canonicalizedBody: Uint8Array;
}

const ENTRY = protoMembers(
  "logIndex",
  "logId",
  "kindVersion",
  "integratedTime",
  "inclusionPromise",
  "inclusionProof",
  "canonicalizedBody",
);
const LOG_ID = protoMembers("keyId");
const KIND_VERSION = protoMembers("kind", "version");
const PROMISE = protoMembers("signedEntryTimestamp");
const PROOF = protoMembers("logIndex", "rootHash", "treeSize", "hashes", "checkpoint");
const CHECKPOINT = protoMembers("envelope");
const ANNOTATION = plainMembers("SignedEntryTimestamp", "Payload");
const PAYLOAD = plainMembers("body", "integratedTime", "logIndex", "logID");
const HASH_BYTES = 32;

/**
 * An entry from the value of a TransparencyLogEntry in protobuf's JSON form, or every issue (TLOG_ENTRY_INVALID). As
 * strict as sigstore-go: log id, kind, version and body are needed, and of a proof its root hash, size and checkpoint;
 * unknown members are refused. At most LIMITS.logProofHashes hashes, LIMITS.checkpointBytes of checkpoint. The body is
 * not read here.
 *
 * @see sigstore/protobuf-specs, sigstore_rekor.proto
 * @example
 * ```ts
 * import { decodeLogEntry } from "../index.ts";
 * decodeLogEntry({ logIndex: "-1" }, "tlogEntries[0]").ok; // false
 * ```
 */
export function decodeLogEntry(value: Value, path: string): Decoded<LogEntry> {
  const reader = new ProtoJsonReader("TLOG_ENTRY_INVALID");
  const members = reader.message(value, ENTRY, path);
  const logId = reader.message(members.get("logId"), LOG_ID, `${path}.logId`);
  const kindVersion = reader.message(members.get("kindVersion"), KIND_VERSION, `${path}.kindVersion`);
  const promise = reader.message(members.get("inclusionPromise"), PROMISE, `${path}.inclusionPromise`);
  const inclusionProof = readProof(members.get("inclusionProof"), `${path}.inclusionProof`, reader);
  const entry = {
    logIndex: reader.count(members.get("logIndex"), `${path}.logIndex`),
    logId: reader.bytes(logId.get("keyId"), `${path}.logId.keyId`),
    kind: reader.text(kindVersion.get("kind"), `${path}.kindVersion.kind`),
    version: reader.text(kindVersion.get("version"), `${path}.kindVersion.version`),
    integratedTime: readSeconds(members.get("integratedTime"), `${path}.integratedTime`, reader),
    inclusionPromise: reader.bytes(promise.get("signedEntryTimestamp"), `${path}.inclusionPromise`),
    canonicalizedBody: reader.bytes(members.get("canonicalizedBody"), `${path}.canonicalizedBody`),
  };
  if (reader.issues.length === 0) requireMembers(entry, path, reader);
  if (reader.issues.length > 0) return { ok: false, issues: reader.issues };
  return { ok: true, value: compose(entry, inclusionProof) };
}

/** An entry's members as read; empty ones are absent. */
interface EntryMembers extends Omit<LogEntry, "integratedTime" | "inclusionPromise" | "inclusionProof"> {
  readonly integratedTime: number;
  readonly inclusionPromise: Uint8Array;
}

function requireMembers(entry: EntryMembers, path: string, reader: ProtoJsonReader): void {
  if (entry.logId.length === 0) reader.fail(`${path}.logId.keyId`, "expected the id of a log, found none");
  if (entry.kind === "" || entry.version === "") {
    reader.fail(`${path}.kindVersion`, "expected the entry's kind and version, found none");
  }
  if (entry.canonicalizedBody.length === 0) {
    reader.fail(`${path}.canonicalizedBody`, "expected the bytes that the log holds, found none");
  }
}

function compose(members: EntryMembers, inclusionProof: InclusionProof | undefined): LogEntry {
  const { integratedTime, inclusionPromise, ...entry } = members;
  return {
    ...entry,
    ...(integratedTime === 0 ? {} : { integratedTime }),
    ...(inclusionPromise.length === 0 ? {} : { inclusionPromise }),
    ...(inclusionProof === undefined ? {} : { inclusionProof }),
  };
}

function readProof(value: Value | undefined, path: string, reader: ProtoJsonReader): InclusionProof | undefined {
  if (value === undefined || value === null) return undefined;
  const members = reader.message(value, PROOF, path);
  const checkpoint = reader.message(members.get("checkpoint"), CHECKPOINT, `${path}.checkpoint`);
  const list = reader.list(members.get("hashes"), `${path}.hashes`, LIMITS.logProofHashes);
  const proof = {
    logIndex: reader.count(members.get("logIndex"), `${path}.logIndex`),
    rootHash: readHash(members.get("rootHash"), `${path}.rootHash`, reader),
    treeSize: reader.count(members.get("treeSize"), `${path}.treeSize`),
    hashes: list.map((hash, index) => readHash(hash, `${path}.hashes[${index}]`, reader)),
    checkpoint: reader.text(checkpoint.get("envelope"), `${path}.checkpoint.envelope`),
  };
  const { length } = proof.checkpoint;
  if (length === 0) reader.fail(`${path}.checkpoint`, "expected a signed checkpoint, found none");
  if (length > LIMITS.checkpointBytes) {
    const limit = LIMITS.checkpointBytes;
    reader.fail(`${path}.checkpoint`, `expected at most ${limit} characters, found ${length}`);
  }
  return proof;
}

function readHash(value: Value | undefined, path: string, reader: ProtoJsonReader): Uint8Array {
  const bytes = reader.bytes(value, path);
  if (bytes.length !== HASH_BYTES) reader.fail(path, `expected a hash of 32 bytes, found ${bytes.length}`);
  return bytes;
}

function readSeconds(value: Value | undefined, path: string, reader: ProtoJsonReader): number {
  const seconds = reader.count(value, path);
  // Go's own limit for times in JSON is the year 9999.
  if (seconds <= 253_402_300_799n) return Number(seconds);
  reader.fail(path, `expected seconds up to the year 9999, found ${seconds}`);
  return 0;
}

/**
 * An entry from cosign's annotation `dev.sigstore.cosign/bundle` (an inclusion promise of Rekor v1 with its entry), or
 * every issue (TLOG_ENTRY_INVALID). Its kind and version are the body's own.
 *
 * @example
 * ```ts
 * import { logEntryOfAnnotation } from "../index.ts";
 * logEntryOfAnnotation('{"SignedEntryTimestamp":""}').ok; // false
 * ```
 */
export function logEntryOfAnnotation(text: string): Decoded<LogEntry> {
  const read = readDocument(encodeUtf8(text), "TLOG_ENTRY_INVALID", "a Rekor bundle of cosign", false);
  if (!read.ok) return read;
  const reader = new ProtoJsonReader("TLOG_ENTRY_INVALID");
  const members = reader.message(read.value, ANNOTATION, "");
  const payload = reader.message(members.get("Payload"), PAYLOAD, "Payload");
  const logId = decodeHex(reader.text(payload.get("logID"), "Payload.logID"));
  if (logId === undefined) reader.fail("Payload.logID", "expected hex, found other text");
  const canonicalizedBody = reader.bytes(payload.get("body"), "Payload.body");
  const { kind, version } = readBodyKind(canonicalizedBody, reader);
  const entry = {
    logIndex: reader.count(payload.get("logIndex"), "Payload.logIndex"),
    logId: logId ?? new Uint8Array(),
    kind,
    version,
    integratedTime: readSeconds(payload.get("integratedTime"), "Payload.integratedTime", reader),
    inclusionPromise: reader.bytes(members.get("SignedEntryTimestamp"), "SignedEntryTimestamp"),
    canonicalizedBody,
  };
  if (reader.issues.length === 0) requireMembers(entry, "Payload", reader);
  if (entry.inclusionPromise.length === 0) reader.fail("SignedEntryTimestamp", "expected a signature, found none");
  return reader.issues.length > 0
    ? { ok: false, issues: reader.issues }
    : { ok: true, value: compose(entry, undefined) };
}

/**
 * The value of an entry in protobuf's JSON form, its members in the order in which Go writes them; zeros are left out.
 *
 * @example
 * ```ts
 * import { decodeLogEntry, encodeLogEntry } from "../index.ts";
 * const canonicalizedBody = new TextEncoder().encode("{}");
 * const logId = new Uint8Array(32);
 * const value = encodeLogEntry({ logIndex: 0n, logId, kind: "dsse", version: "0.0.1", canonicalizedBody });
 * decodeLogEntry(value, "").ok; // true
 * ```
 */
export function encodeLogEntry(entry: LogEntry): ValueObject {
  const { logIndex, logId, kind, version, integratedTime, inclusionPromise, inclusionProof: proof } = entry;
  return {
    ...count("logIndex", logIndex),
    logId: { keyId: encodeBase64(logId) },
    kindVersion: { kind, version },
    ...count("integratedTime", BigInt(integratedTime ?? 0)),
    ...(inclusionPromise && { inclusionPromise: { signedEntryTimestamp: encodeBase64(inclusionPromise) } }),
    ...(proof && {
      inclusionProof: {
        ...count("logIndex", proof.logIndex),
        rootHash: encodeBase64(proof.rootHash),
        ...count("treeSize", proof.treeSize),
        ...(proof.hashes.length > 0 && { hashes: proof.hashes.map(encodeBase64) }),
        checkpoint: { envelope: proof.checkpoint },
      },
    }),
    canonicalizedBody: encodeBase64(entry.canonicalizedBody),
  };
}

/** An int64, which protobuf writes as text. */
function count(name: string, value: bigint): ValueObject {
  return value === 0n ? {} : { [name]: String(value) };
}

/**
 * The text of cosign's annotation `dev.sigstore.cosign/bundle`, byte for byte as cosign writes it; undefined for an
 * entry without inclusion promise and time, which that form cannot hold.
 *
 * @example
 * ```ts
 * import { encodeLogEntryAnnotation } from "../index.ts";
 * const canonicalizedBody = new TextEncoder().encode("{}");
 * const entry = { logIndex: 7n, logId: new Uint8Array(32), kind: "dsse", version: "0.0.1", canonicalizedBody };
 * encodeLogEntryAnnotation(entry); // undefined
 * ```
 */
export function encodeLogEntryAnnotation(entry: LogEntry): string | undefined {
  const { logIndex, logId, integratedTime, inclusionPromise } = entry;
  if (inclusionPromise === undefined || integratedTime === undefined) return undefined;
  return writeJson({
    SignedEntryTimestamp: encodeBase64(inclusionPromise),
    Payload: { body: encodeBase64(entry.canonicalizedBody), integratedTime, logIndex, logID: encodeHex(logId) },
  });
}

/** The bytes that the inclusion promise signs: canonical JSON (RFC 8785) of body, time, log id and index. */
export function promisedText(entry: LogEntry): string {
  const { logIndex, logId, integratedTime = 0, canonicalizedBody } = entry;
  // Written directly: base64, hex and integers need no escapes, and the names are in canonical order.
  const body = encodeBase64(canonicalizedBody);
  return `{"body":"${body}","integratedTime":${integratedTime},"logID":"${encodeHex(logId)}","logIndex":${logIndex}}`;
}
