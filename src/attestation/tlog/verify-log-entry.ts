import { encodeHex, encodeUtf8, formatTime, startHash } from "../../base/index.ts";
import { equalBytes } from "../certificate/equal-bytes.ts";
import { type Envelope, encodeEnvelope } from "../envelope.ts";
import { quoteText } from "../quote-text.ts";
import { type Refused, refuse, refuseIssues } from "../refusal.ts";
import { isWithin, type TransparencyLog, type TrustRoot } from "../trust-root.ts";
import { parseCheckpoint, schemesOfVersion1, verifyCheckpoint } from "./checkpoint.ts";
import { decodeEntryBody, type EntryBody, type EntryHash } from "./entry-body.ts";
import { type InclusionProof, type LogEntry, promisedText } from "./log-entry.ts";
import { hashLeaf, rootOfPath } from "./merkle.ts";

/** What a log entry has to speak of: the content, the signature that was verified, and the key that verified it. */
export type SignedContent = {
  readonly signature: Uint8Array;
  /** DER: SubjectPublicKeyInfo, or with `isCertificate` the signer's certificate. */
  readonly key: Uint8Array;
  readonly isCertificate: boolean;
} & (
  | {
      readonly kind: "envelope";
      readonly envelope: Envelope;
      /** The envelope's JSON as it was stored: entries of intoto 0.0.1 speak of these bytes only. */
      readonly bytes?: Uint8Array;
    }
  | {
      readonly kind: "message";
      readonly digest: { readonly algorithm: EntryHash; readonly bytes: Uint8Array };
    }
);

/** What an entry must carry. Whatever it carries besides is verified too. */
export interface LogEntryRequirements {
  /** Bundles 0.1 need the promise, later ones the proof; cosign's annotation has the promise only. */
  readonly proof: "promise" | "proof" | "either";
  /**
   * Milliseconds at which the log's key must have been valid, for an entry that signs no time: the time of a verified
   * timestamp. Left out, the validity of the key is not judged for such an entry.
   */
  readonly at?: number;
}

/** A verified entry. */
export interface VerifiedLogEntry {
  readonly ok: true;
  readonly log: TransparencyLog;
  /** Milliseconds; only where the log signed it. */
  readonly integratedTime?: number;
  /** What was checked, one sentence each. */
  readonly checks: readonly string[];
}

/**
 * Verifies that a trusted log has an entry, and that it speaks of this content, signature and key: the body against the
 * content, the promise (Rekor v1) with its time against the log's key and validity, the proof against the checkpoint,
 * the checkpoint against the log's key and origin. Whatever the entry carries must verify, not only what is required.
 * Read are hashedrekord 0.0.1 and 0.0.2, dsse 0.0.1, intoto 0.0.1 and 0.0.2. Never throws.
 *
 * Refused with TLOG_UNKNOWN (no trusted log, or its key was not valid then), TLOG_ENTRY_INVALID, NOT_SUPPORTED (another
 * kind of entry; dsse 0.0.2 among them, which Go's Sigstore refuses as well), TLOG_ENTRY_MISMATCH,
 * TLOG_INCLUSION_PROMISE, TLOG_INCLUSION_PROOF or TLOG_CHECKPOINT.
 *
 * @see RFC 9162 §2.1.3; RFC 8785; C2SP tlog-checkpoint; Rekor v2 client specification
 * @example
 * ```ts
 * import { verifyLogEntry } from "../index.ts";
 * const canonicalizedBody = new TextEncoder().encode("{}");
 * const entry = { logIndex: 0n, logId: new Uint8Array(32), kind: "dsse", version: "0.0.1", canonicalizedBody };
 * const envelope = { payload: new Uint8Array(2), payloadType: "t", signatures: [] };
 * const signer = { signature: new Uint8Array(8), key: new Uint8Array(8), isCertificate: false };
 * const signed = { kind: "envelope", envelope, ...signer } as const;
 * verifyLogEntry(entry, signed, { transparencyLogs: [] }, { proof: "proof" }).ok; // false: no log is trusted
 * ```
 */
export function verifyLogEntry(
  entry: LogEntry,
  signed: SignedContent,
  root: Pick<TrustRoot, "transparencyLogs">,
  requires: LogEntryRequirements,
): VerifiedLogEntry | Refused {
  const found = findLog(entry, root, requires);
  if ("refusal" in found) return found;
  const body = decodeEntryBody(entry.canonicalizedBody, entry.kind, entry.version);
  if (!body.ok) return refuseIssues(body);
  const missing = requireParts(entry, body.value, requires);
  if (missing !== true) return missing;
  const bound = matchContent(body.value, signed);
  if (bound !== true) return bound;
  const checks = [`the log entry (${entry.kind} ${entry.version}) speaks of this content, signature and key`];
  if (entry.inclusionPromise !== undefined) {
    const promised = verifyPromise(entry, entry.inclusionPromise, found);
    if (promised !== true) return promised;
    checks.push(`${found.baseUrl || "the log"} promised entry ${entry.logIndex} at ${entry.integratedTime} s`);
  }
  if (entry.inclusionProof !== undefined) {
    const proven = verifyProof(entry, entry.inclusionProof, found, body.value.rekor);
    if (proven !== true) return proven;
    const { logIndex, treeSize } = entry.inclusionProof;
    checks.push(`entry ${logIndex} is in the tree of ${treeSize} entries that ${found.baseUrl || "the log"} signed`);
  }
  const time = entry.inclusionPromise === undefined ? undefined : entry.integratedTime;
  return { ok: true, log: found, checks, ...(time === undefined ? {} : { integratedTime: time * 1000 }) };
}

/**
 * Whether an entry speaks of this content, signature and key; who keeps it, and whether it is in any log, is not looked
 * at. For what a log answers where its key is not known. Never throws. Refused with TLOG_ENTRY_INVALID, NOT_SUPPORTED or
 * TLOG_ENTRY_MISMATCH.
 *
 * @example
 * ```ts
 * import { matchLogEntry } from "../index.ts";
 * const canonicalizedBody = new TextEncoder().encode("{}");
 * const entry = { logIndex: 0n, logId: new Uint8Array(32), kind: "dsse", version: "0.0.1", canonicalizedBody };
 * const envelope = { payload: new Uint8Array(2), payloadType: "t", signatures: [] };
 * const signer = { signature: new Uint8Array(8), key: new Uint8Array(8), isCertificate: false };
 * matchLogEntry(entry, { kind: "envelope", envelope, ...signer }).ok; // false
 * ```
 */
export function matchLogEntry(entry: LogEntry, signed: SignedContent): { readonly ok: true } | Refused {
  const body = decodeEntryBody(entry.canonicalizedBody, entry.kind, entry.version);
  if (!body.ok) return refuseIssues(body);
  const bound = matchContent(body.value, signed);
  return bound === true ? { ok: true } : bound;
}

/** The trusted log that an entry names, with a key that was valid when the entry was made. */
function findLog(
  entry: LogEntry,
  root: Pick<TrustRoot, "transparencyLogs">,
  { at }: LogEntryRequirements,
): TransparencyLog | Refused {
  const named = root.transparencyLogs.filter(
    ({ keyId, checkpointKeyId }) =>
      equalBytes(keyId, entry.logId) || (checkpointKeyId !== undefined && equalBytes(checkpointKeyId, entry.logId)),
  );
  const [first] = named;
  if (first === undefined) {
    const urls = root.transparencyLogs.map(({ baseUrl }) => quoteText(baseUrl)).slice(0, 5);
    const expected = urls.length === 0 ? "no transparency log is trusted here" : `expected one of ${urls.join(", ")}`;
    return refuse("TLOG_UNKNOWN", `${expected}, found an entry of the log ${encodeHex(entry.logId).slice(0, 64)}`);
  }
  const { integratedTime, inclusionPromise } = entry;
  const time = inclusionPromise === undefined || integratedTime === undefined ? at : integratedTime * 1000;
  if (time === undefined) return first;
  const valid = named.find(({ validFor }) => isWithin(validFor, time));
  if (valid !== undefined) return valid;
  const { start, end } = first.validFor;
  const period = `from ${timeText(start)} to ${end === undefined ? "now" : timeText(end)}`;
  const message = `expected an entry of ${quoteText(first.baseUrl)} made ${period}, found one of ${timeText(time)}`;
  return refuse("TLOG_UNKNOWN", message);
}

function timeText(ms: number | undefined): string {
  if (ms === undefined) return "the beginning";
  return formatTime(Math.floor(ms));
}

function requireParts(entry: LogEntry, body: EntryBody, { proof }: LogEntryRequirements): true | Refused {
  const { inclusionPromise, inclusionProof } = entry;
  if (body.rekor === 2 && inclusionPromise !== undefined) {
    return refuse("TLOG_INCLUSION_PROMISE", "expected no inclusion promise on an entry of Rekor v2, found one");
  }
  const needsProof = proof === "proof" || body.rekor === 2;
  if (needsProof && inclusionProof === undefined) {
    return refuse("TLOG_INCLUSION_PROOF", "expected an inclusion proof with a checkpoint, found none");
  }
  if (proof === "promise" && inclusionPromise === undefined) {
    return refuse("TLOG_INCLUSION_PROMISE", "expected an inclusion promise (signed entry timestamp), found none");
  }
  if (inclusionPromise === undefined && inclusionProof === undefined) {
    return refuse("TLOG_INCLUSION_PROOF", "expected an inclusion proof or promise, found none");
  }
  return true;
}

/** Whether the body speaks of this signature by this key over this content. */
function matchContent(body: EntryBody, signed: SignedContent): true | Refused {
  const sameKey = body.signers.filter(
    ({ key }) => key.isCertificate === signed.isCertificate && equalBytes(key.der, signed.key),
  );
  if (sameKey.length === 0) {
    const what = signed.isCertificate ? "certificate" : "key";
    return mismatch(`the signer's ${what}`, "another key or certificate");
  }
  const isSame = sameKey.some(({ signature }) => signature === undefined || equalBytes(signature, signed.signature));
  if (!isSame) return mismatch("this signature", "another signature");
  return signed.kind === "message" ? matchMessage(body, signed.digest) : matchEnvelope(body, signed);
}

function matchMessage(
  { part, algorithm, digest }: EntryBody,
  expected: (SignedContent & { readonly kind: "message" })["digest"],
): true | Refused {
  if (part !== "message" && part !== "signedBytes") return mismatch("a message's hash", `the hash of an ${part}`);
  if (algorithm === expected.algorithm && equalBytes(digest, expected.bytes)) return true;
  const found = `${algorithm}:${encodeHex(digest)}`;
  return mismatch(`the message ${expected.algorithm}:${encodeHex(expected.bytes)}`, found);
}

function matchEnvelope(
  { part, algorithm, digest }: EntryBody,
  signed: SignedContent & { readonly kind: "envelope" },
): true | Refused {
  if (part === "message") return mismatch("an entry for envelopes (dsse, intoto)", "hashedrekord 0.0.1");
  const { envelope } = signed;
  const type = encodeUtf8(envelope.payloadType);
  const parts = {
    payload: () => [envelope.payload],
    // The pre-authentication encoding in pieces: joining them would copy the payload.
    signedBytes: () => [
      encodeUtf8(`DSSEv1 ${type.length} `),
      type,
      encodeUtf8(` ${envelope.payload.length} `),
      envelope.payload,
    ],
    envelope: () => [signed.bytes ?? encodeEnvelope(envelope)],
  }[part]();
  const hash = startHash(algorithm);
  for (const bytes of parts) hash.update(bytes);
  const own = hash.digestHex();
  const found = encodeHex(digest);
  return own === found ? true : mismatch(`an envelope with ${part} hash ${algorithm}:${own}`, `${algorithm}:${found}`);
}

function mismatch(expected: string, found: string): Refused {
  return refuse("TLOG_ENTRY_MISMATCH", `log entry: expected ${expected}, found ${found}`);
}

function verifyPromise(entry: LogEntry, promise: Uint8Array, log: TransparencyLog): true | Refused {
  if (entry.integratedTime === undefined) {
    return refuse("TLOG_INCLUSION_PROMISE", "expected the time at which the log took the entry, found none");
  }
  // Canonical JSON has doubles: beyond 2^53 one text would stand for several indexes.
  if (entry.logIndex > BigInt(Number.MAX_SAFE_INTEGER)) {
    return refuse("TLOG_INCLUSION_PROMISE", `expected a log index up to 2^53, found ${entry.logIndex}`);
  }
  const message = encodeUtf8(promisedText(entry));
  if (schemesOfVersion1(log).some((scheme) => log.publicKey.verifies(message, promise, scheme))) return true;
  const signer = quoteText(log.baseUrl);
  const text = `expected a promise that ${signer} signed over this entry, found one over other bytes or by another key`;
  return refuse("TLOG_INCLUSION_PROMISE", text);
}

function verifyProof(entry: LogEntry, proof: InclusionProof, log: TransparencyLog, rekor: 1 | 2): true | Refused {
  const checkpoint = parseCheckpoint(proof.checkpoint);
  if ("refusal" in checkpoint) return checkpoint;
  const signed = verifyCheckpoint(checkpoint, log, rekor);
  if (signed !== true) return signed;
  if (!equalBytes(checkpoint.rootHash, proof.rootHash) || checkpoint.size !== proof.treeSize) {
    const expected = `${checkpoint.size} entries and root ${encodeHex(checkpoint.rootHash)}, as the checkpoint states`;
    const found = `${proof.treeSize} entries and root ${encodeHex(proof.rootHash)}`;
    return refuse("TLOG_INCLUSION_PROOF", `expected a proof in the tree of ${expected}, found one for ${found}`);
  }
  // In Rekor v1 the entry's index counts over all of the log's trees, the proof's within one.
  if (rekor === 2 && entry.logIndex !== proof.logIndex) {
    const message = `expected a proof for entry ${entry.logIndex}, found one for entry ${proof.logIndex}`;
    return refuse("TLOG_INCLUSION_PROOF", message);
  }
  const path = { index: proof.logIndex, size: proof.treeSize, hashes: proof.hashes };
  const rootHash = rootOfPath(hashLeaf(entry.canonicalizedBody), path);
  if (rootHash !== undefined && equalBytes(rootHash, proof.rootHash)) return true;
  const found = rootHash === undefined ? "one that fits no tree" : `one to ${encodeHex(rootHash)}`;
  const expected = `a path from entry ${proof.logIndex} to the root ${encodeHex(proof.rootHash)}`;
  return refuse("TLOG_INCLUSION_PROOF", `expected ${expected}, found ${found}`);
}
