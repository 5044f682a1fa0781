import {
  AmapError,
  type Decoded,
  decodeHex,
  decodeUtf8,
  encodeBase64,
  encodeHex,
  encodeUtf8,
  hashBytes,
  isValueObject,
  listOf,
  memberOf,
  type PublicKey,
  readPublicKeyInfo,
  type SignatureScheme,
  type Value,
  writeJson,
  writePemBlock,
} from "../../base/index.ts";
import { decodeCertificate } from "../certificate/certificate.ts";
import { encodeEnvelope, preAuthEncoding } from "../envelope.ts";
import { type KeyDetails, keyDetailsOf } from "../key-details.ts";
import { ProtoJsonReader } from "../proto-json.ts";
import { quoteText } from "../quote-text.ts";
import { readDocument } from "../read-document.ts";
import { readBodyKind } from "../tlog/entry-body.ts";
import { decodeLogEntry, type LogEntry } from "../tlog/log-entry.ts";
import type { SignedContent } from "../tlog/verify-log-entry.ts";

/** Rekor's APIs: entries in one tree with a promise, or in tiles with a proof alone. */
export type LogApiVersion = 1 | 2;

/**
 * The body of a request that adds an entry for a signature: Rekor v1's hashedrekord 0.0.1 for a message and dsse 0.0.1
 * for an envelope, Rekor v2's hashedrekord 0.0.2 for both, over the DSSE encoding of an envelope. `scheme` is what the
 * signature was made with.
 *
 * @throws {AmapError} KEY_UNSUPPORTED for a scheme that the log has no name for, or a digest that the scheme does not
 * sign; plain Ed25519 signs none. KEY_INVALID, CERTIFICATE_INVALID for a key that cannot be read
 * @see sigstore/rekor, openapi.yaml; sigstore/rekor-tiles, hashedrekord.proto
 * @example
 * ```ts
 * import { decodeHex, hashBytes } from "../../base/index.ts";
 * import { encodeLogRequest } from "../index.ts";
 * const key = decodeHex("302a300506032b6570032100d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
 * const digest = { algorithm: "sha512", bytes: hashBytes("sha512", new Uint8Array()) } as const;
 * const signed = { kind: "message", digest, key: key!, isCertificate: false, signature: new Uint8Array(64) } as const;
 * encodeLogRequest(2, signed, "ed25519ph").length; // 376
 * ```
 */
export function encodeLogRequest(version: LogApiVersion, signed: SignedContent, scheme: SignatureScheme): Uint8Array {
  const details = detailsOf(signed, scheme);
  const request = version === 1 ? toVersion1(signed, details) : toVersion2(signed, details);
  return encodeUtf8(writeJson(request));
}

function detailsOf(signed: SignedContent, scheme: SignatureScheme): KeyDetails {
  const publicKey = keyOf(signed);
  const details = keyDetailsOf(publicKey, scheme);
  if (details !== undefined) return details;
  const bits = publicKey.bits === undefined ? "" : ` of ${publicKey.bits} bits`;
  throw new AmapError(
    "KEY_UNSUPPORTED",
    `expected a key and scheme that transparency logs know, found ${publicKey.algorithm}${bits} with ${scheme}`,
  );
}

function keyOf({ key, isCertificate }: SignedContent): PublicKey {
  if (!isCertificate) return readPublicKeyInfo(key);
  const certificate = decodeCertificate(key);
  if (certificate.ok) return certificate.value.publicKey();
  const [issue] = certificate.issues;
  throw new AmapError("CERTIFICATE_INVALID", issue?.message ?? "expected a certificate, found other bytes");
}

function toVersion1(signed: SignedContent, details: KeyDetails): Value {
  const pem = writePemBlock(signed.isCertificate ? "CERTIFICATE" : "PUBLIC KEY", signed.key);
  const verifier = encodeBase64(encodeUtf8(pem));
  if (signed.kind === "envelope") {
    const envelope = decodeUtf8(signed.bytes ?? encodeEnvelope(signed.envelope)) ?? "";
    return { apiVersion: "0.0.1", kind: "dsse", spec: { proposedContent: { envelope, verifiers: [verifier] } } };
  }
  const { algorithm, bytes } = digestFor(signed, details);
  return {
    apiVersion: "0.0.1",
    kind: "hashedrekord",
    spec: {
      data: { hash: { algorithm, value: encodeHex(bytes) } },
      signature: { content: encodeBase64(signed.signature), publicKey: { content: verifier } },
    },
  };
}

function toVersion2(signed: SignedContent, details: KeyDetails): Value {
  const der = { rawBytes: encodeBase64(signed.key) };
  const verifier = signed.isCertificate ? { x509Certificate: der } : { publicKey: der };
  return {
    hashedRekordRequestV002: {
      digest: encodeBase64(digestFor(signed, details).bytes),
      signature: {
        content: encodeBase64(signed.signature),
        verifier: { ...verifier, keyDetails: details.name },
      },
    },
  };
}

/** The digest that the signature covers; of an envelope it is made here. */
function digestFor(
  signed: SignedContent,
  { hash, scheme }: KeyDetails,
): { readonly algorithm: string; readonly bytes: Uint8Array } {
  if (hash === undefined) {
    throw new AmapError("KEY_UNSUPPORTED", "expected a signature over a digest, found one of plain Ed25519", {
      hint: "A log of digests needs Ed25519ph; sign with another key, or without this log.",
    });
  }
  if (signed.kind === "envelope") {
    const { payloadType, payload } = signed.envelope;
    return { algorithm: hash, bytes: hashBytes(hash, preAuthEncoding(payloadType, payload)) };
  }
  if (signed.digest.algorithm === hash) return signed.digest;
  const found = signed.digest.algorithm;
  throw new AmapError("KEY_UNSUPPORTED", `expected a digest by ${hash}, which ${scheme} signs, found ${found}`);
}

/**
 * The entry in a log's answer to a request, or to the question for an entry of its own (Rekor v1), or every issue
 * (TLOG_ENTRY_INVALID). It carries an inclusion proof; nothing of it is verified: that is `verifyLogEntry`'s work.
 *
 * @example
 * ```ts
 * import { decodeLogAnswer } from "../index.ts";
 * decodeLogAnswer(1, new TextEncoder().encode("{}")).ok; // false
 * ```
 */
export function decodeLogAnswer(version: LogApiVersion, bytes: Uint8Array): Decoded<LogEntry> {
  const read = readDocument(bytes, "TLOG_ENTRY_INVALID", "a log's answer", false);
  if (!read.ok) return read;
  const value = version === 1 ? entryOfVersion1(read.value) : { ok: true as const, value: read.value };
  if (!value.ok) return value;
  const entry = decodeLogEntry(value.value, "");
  if (!entry.ok || entry.value.inclusionProof !== undefined) return entry;
  return refused("inclusionProof", "expected an inclusion proof, found none");
}

/** Rekor v1 answers with hex and a map by the entry's id; bundles hold the same in base64. */
function entryOfVersion1(document: Value): Decoded<Value> {
  const entries = isValueObject(document) ? Object.values(document) : [];
  const [entry] = entries;
  if (entries.length !== 1 || !isValueObject(entry)) {
    return refused("", `expected one entry by its id, found ${quoteText(document)}`);
  }
  const body = memberOf(entry, "body") ?? null;
  const verification = memberOf(entry, "verification");
  const proof = memberOf(verification, "inclusionProof");
  const reader = new ProtoJsonReader("TLOG_ENTRY_INVALID");
  const kindVersion = readBodyKind(reader.bytes(body, "body"), reader);
  if (reader.issues.length > 0) return { ok: false, issues: reader.issues };
  return {
    ok: true,
    value: {
      logIndex: memberOf(entry, "logIndex") ?? null,
      logId: { keyId: fromHex(memberOf(entry, "logID")) },
      kindVersion,
      integratedTime: memberOf(entry, "integratedTime") ?? null,
      inclusionPromise: { signedEntryTimestamp: memberOf(verification, "signedEntryTimestamp") ?? null },
      inclusionProof: isValueObject(proof)
        ? {
            logIndex: memberOf(proof, "logIndex") ?? null,
            rootHash: fromHex(memberOf(proof, "rootHash")),
            treeSize: memberOf(proof, "treeSize") ?? null,
            hashes: listOf(proof, "hashes").map(fromHex),
            checkpoint: { envelope: memberOf(proof, "checkpoint") ?? null },
          }
        : null,
      canonicalizedBody: body,
    },
  };
}

/** Hex as base64; anything else stays what it is, and the reader of entries says where it stands. */
function fromHex(value: Value | undefined): Value {
  const bytes = typeof value === "string" ? decodeHex(value) : undefined;
  return bytes === undefined ? "not hex" : encodeBase64(bytes);
}

function refused(path: string, message: string): Decoded<never> {
  return { ok: false, issues: [{ code: "TLOG_ENTRY_INVALID", path, message }] };
}
