import { type Decoded, decodeBase64, decodeUtf8, isValueObject, memberOf, writeJson } from "../base/index.ts";
import { ProtoJsonReader, plainMembers } from "./proto-json.ts";
import { quoteText } from "./quote-text.ts";
import { readDocument } from "./read-document.ts";
import { type LogEntry, logEntryOfAnnotation } from "./tlog/log-entry.ts";

/**
 * What cosign wrote for a file before there were Sigstore bundles (`sign-blob --bundle --new-bundle-format=false`).
 * Nothing in it is trusted yet.
 */
export interface OldBundle {
  /** The bytes that `base64Signature` holds: a signature, or of an attestation the whole envelope. */
  readonly signature: Uint8Array;
  /** The signer's certificate in PEM. */
  readonly certificatePem?: string;
  /** Rekor v1's promise with its entry. */
  readonly logEntry?: LogEntry;
}

const MEMBERS = plainMembers("base64Signature", "cert", "rekorBundle");

/**
 * Reads cosign's old bundle of a file, or every issue (BUNDLE_INVALID, TLOG_ENTRY_INVALID for the entry in it). Unknown
 * members are refused. The certificate is PEM, or base64 of it.
 *
 * @see sigstore/cosign 3.1.3, pkg/cosign/fetch.go, LocalSignedPayload
 * @example
 * ```ts
 * import { decodeOldBundle } from "./index.ts";
 * decodeOldBundle(new TextEncoder().encode('{"base64Signature":"AAAA"}')).ok; // true
 * ```
 */
export function decodeOldBundle(bytes: Uint8Array): Decoded<OldBundle> {
  const read = readDocument(bytes, "BUNDLE_INVALID", "an old bundle of cosign", false);
  if (!read.ok) return read;
  const reader = new ProtoJsonReader("BUNDLE_INVALID");
  const members = reader.message(read.value, MEMBERS, "");
  const signature = reader.bytes(members.get("base64Signature"), "base64Signature");
  if (reader.issues.length === 0 && signature.length === 0) {
    reader.fail("base64Signature", "expected a signature in base64, found none");
  }
  const cert = reader.text(members.get("cert"), "cert");
  const certificatePem = cert === "" ? "" : readPem(cert);
  if (certificatePem === undefined) reader.fail("cert", `expected PEM or base64 of it, found ${quoteText(cert)}`);
  if (reader.issues.length > 0) return { ok: false, issues: reader.issues };
  const entry = members.get("rekorBundle") ?? null;
  const logEntry = isEmptyEntry(entry) ? undefined : logEntryOfAnnotation(writeJson(entry));
  if (logEntry !== undefined && !logEntry.ok) return logEntry;
  return {
    ok: true,
    value: {
      signature,
      ...(certificatePem ? { certificatePem } : {}),
      ...(logEntry === undefined ? {} : { logEntry: logEntry.value }),
    },
  };
}

/** Go writes an entry that is not there as null, or as an object whose promise is null. */
function isEmptyEntry(value: Parameters<typeof memberOf>[0]): boolean {
  if (!isValueObject(value)) return value === null;
  return (memberOf(value, "SignedEntryTimestamp") ?? null) === null;
}

function readPem(text: string): string | undefined {
  if (text.includes("-----BEGIN")) return text;
  const bytes = decodeBase64(text.trim());
  return bytes === undefined ? undefined : decodeUtf8(bytes);
}
