import type { LogApiVersion, LogEntry, SignedContent } from "../attestation/index.ts";
import type { SignatureScheme } from "../base/index.ts";

/** A transparency log that takes entries. */
export interface WritableLog {
  /** Without the path of its API. */
  readonly url: string;
  readonly majorApiVersion: LogApiVersion;
}

/**
 * The services that witness a signature. What they answer is well formed and about what was asked; whether it is to be
 * trusted is judged with a trust root, not here.
 *
 * All throw SIGNING_SERVICE_FAILED for a service that refuses, answers something else or cannot be reached, TIMEOUT, and
 * OFFLINE where no socket may be opened. A service that is busy is asked again a few times.
 */
export interface SigningServices {
  /**
   * A timestamp over bytes, usually a signature: the authority's response in DER (RFC 3161), as bundles hold it. It was
   * granted, is about SHA-256 of these bytes and carries the number of this request. `url` has the path of the API.
   */
  requestTimestamp(url: string, bytes: Uint8Array): Promise<Uint8Array>;
  /**
   * Adds an entry for a signature to a log; an entry that Rekor v1 has already is that entry. It has an inclusion proof.
   * `scheme` is what the signature was made with.
   * @throws {AmapError} KEY_UNSUPPORTED, KEY_INVALID, CERTIFICATE_INVALID for a signature that the log cannot take
   */
  addLogEntry(log: WritableLog, signed: SignedContent, scheme: SignatureScheme): Promise<LogEntry>;
  /** Closes the connections. */
  close(): Promise<void>;
}
