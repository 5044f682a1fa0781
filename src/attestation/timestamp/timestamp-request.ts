import type { TrustedHash } from "../certificate/algorithm.ts";
import { DER_TAGS } from "../der/der.ts";
import { encodeDer, encodeOid, encodeUnsigned } from "../der/der-writer.ts";

const HASH_OIDS: Readonly<Record<TrustedHash, string>> = {
  sha256: "2.16.840.1.101.3.4.2.1",
  sha384: "2.16.840.1.101.3.4.2.2",
  sha512: "2.16.840.1.101.3.4.2.3",
};

const VERSION = Uint8Array.of(1);
const TRUE = Uint8Array.of(0xff);

/** What a timestamp authority is asked. */
export interface TimestampRequest {
  readonly hash: TrustedHash;
  /** The hash of what gets a timestamp. */
  readonly digest: Uint8Array;
  /** A random number, by which the answer is known to be fresh; the highest byte first. */
  readonly nonce: Uint8Array;
}

/**
 * A TimeStampReq as DER: it asks for the signer's certificate with the timestamp, under the authority's own policy.
 *
 * @see RFC 3161 §2.4.1
 * @example
 * ```ts
 * import { hashBytes } from "../../base/index.ts";
 * import { encodeTimestampRequest } from "../index.ts";
 * const digest = hashBytes("sha256", new Uint8Array());
 * encodeTimestampRequest({ hash: "sha256", digest, nonce: Uint8Array.of(1) }).length; // 62
 * ```
 */
export function encodeTimestampRequest({ hash, digest, nonce }: TimestampRequest): Uint8Array {
  const algorithm = encodeDer(DER_TAGS.sequence, encodeOid(HASH_OIDS[hash]), encodeDer(DER_TAGS.null));
  return encodeDer(
    DER_TAGS.sequence,
    encodeUnsigned(VERSION),
    encodeDer(DER_TAGS.sequence, algorithm, encodeDer(DER_TAGS.octetString, digest)),
    encodeUnsigned(nonce),
    encodeDer(DER_TAGS.boolean, TRUE),
  );
}
