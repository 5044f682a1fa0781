import { encodeLogEntryAnnotation } from "../../attestation/index.ts";
import { AmapError, encodeBase64, encodeUtf8, writeJson } from "../../base/index.ts";
import type { SignatureWitnesses } from "./witness-signature.ts";

/** A signature as cosign's files hold it, with what witnesses it. */
export interface DetachedParts {
  /** Of bytes the signature; of a statement the JSON of its envelope. */
  readonly signature: Uint8Array;
  readonly witnesses: SignatureWitnesses;
}

/**
 * The bundle that cosign wrote before Sigstore's: the signature in base64, and the log entry with its promise.
 * @throws {AmapError} NOT_SUPPORTED for a log entry that this form cannot hold
 */
export function encodeOldBundle({ signature, witnesses }: DetachedParts): Uint8Array {
  const [entry, ...others] = witnesses.logEntries;
  const log = entry === undefined ? undefined : encodeLogEntryAnnotation(entry);
  if (others.length > 0 || (entry !== undefined && log === undefined)) {
    throw new AmapError(
      "NOT_SUPPORTED",
      "the old form of a bundle holds one entry of a log of Rekor v1, and no others",
      {
        hint: "Leave out --new-bundle-format=false.",
      },
    );
  }
  const head = writeJson({ base64Signature: encodeBase64(signature) });
  return encodeUtf8(log === undefined ? head : `${head.slice(0, -1)},"rekorBundle":${log}}`);
}

/** A timestamp as cosign's files and annotations hold it. */
export function encodeTimestampText(timestamp: Uint8Array): string {
  return writeJson({ SignedRFC3161Timestamp: encodeBase64(timestamp) });
}

/** The first timestamp as cosign's `--rfc3161-timestamp` holds it, or undefined without one. */
export function encodeOldTimestamp({ timestamps: [first] }: SignatureWitnesses): Uint8Array | undefined {
  if (first === undefined) return undefined;
  return encodeUtf8(encodeTimestampText(first));
}
