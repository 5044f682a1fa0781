import {
  concatBytes,
  decodeBase64,
  encodeHex,
  hashBytes,
  isAmapError,
  LIMITS,
  memberOf,
  type SignatureScheme,
  type Value,
} from "../../base/index.ts";
import type { Certificate } from "../certificate/certificate.ts";
import { equalBytes } from "../certificate/equal-bytes.ts";
import { childrenOf, contextTag, DER_TAGS, type DerNode, onlyChildOf, readDer } from "../der/der.ts";
import { readOctets } from "../der/der-values.ts";
import { encodeDer, encodeOid } from "../der/der-writer.ts";
import { quoteText } from "../quote-text.ts";
import { readDocument } from "../read-document.ts";
import { type Refused, refuse } from "../refusal.ts";
import { isWithin, type TransparencyLog } from "../trust-root.ts";

/** Certificate timestamps that verify. */
export interface VerifiedCertificateTimestamps {
  readonly ok: true;
  /** Distinct logs, at least one. */
  readonly count: number;
  readonly logs: readonly TransparencyLog[];
}

/** The extension that holds a certificate's SCTs (RFC 6962 §3.3). */
const SCT_LIST = "1.3.6.1.4.1.11129.2.4.2";
const SCT_LIST_OID = encodeOid(SCT_LIST);

/** A signed certificate timestamp (RFC 6962 §3.2), version 1. */
interface CertificateTimestamp {
  readonly logId: Uint8Array;
  /** Milliseconds since 1970, and the eight bytes that are signed. */
  readonly time: number;
  readonly timeBytes: Uint8Array;
  readonly extensions: Uint8Array;
  readonly scheme: SignatureScheme | undefined;
  readonly signature: Uint8Array;
}

/**
 * Verifies the signed certificate timestamps of `chain[0]`, which `chain[1]` issued: those embedded in it or, where it
 * has none, the `detached` one (JSON as Fulcio answers and cosign keeps it). Each log counts once, and only when the
 * timestamp lies in the time for which its key is valid. Timestamps of unknown logs and false ones do not count.
 * Refused with SCT_INVALID when none verifies. Never throws.
 *
 * @see RFC 6962 §3.2, §3.3
 * @example
 * ```ts
 * import { verifyCertificateTimestamps } from "../index.ts";
 * verifyCertificateTimestamps([], []).ok; // false
 * ```
 */
export function verifyCertificateTimestamps(
  chain: readonly Certificate[],
  ctLogs: readonly TransparencyLog[],
  options: { readonly detached?: Uint8Array } = {},
): VerifiedCertificateTimestamps | Refused {
  const [leaf, issuer] = chain;
  if (leaf === undefined) return refuse("SCT_INVALID", "expected a certificate, found none");
  try {
    const list = leaf.extensions.get(SCT_LIST);
    if (list === undefined && options.detached === undefined) {
      return refuse(
        "SCT_INVALID",
        "expected a certificate timestamp (SCT) in the certificate or beside it, found none",
      );
    }
    if (list === undefined) {
      const entry = concatBytes([Uint8Array.of(0, 0), lengthOf(leaf.der, 3), leaf.der]);
      return judge([readDetached(options.detached ?? new Uint8Array())], entry, ctLogs);
    }
    if (issuer === undefined) return refuse("SCT_INVALID", "expected the certificate's issuer, found none");
    const tbs = withoutTimestamps(leaf.tbs);
    const issuerKey = hashBytes("sha256", issuer.spki);
    const entry = concatBytes([Uint8Array.of(0, 1), issuerKey, lengthOf(tbs, 3), tbs]);
    return judge(readList(list.value), entry, ctLogs);
  } catch (error) {
    if (error instanceof MalformedTimestamp) return refuse("SCT_INVALID", error.message);
    if (!isAmapError(error, "DER_INVALID")) throw error;
    return refuse("SCT_INVALID", `certificate timestamps: ${error.message}`);
  }
}

/** Counts the logs whose timestamp over `entry` (type and signed certificate) verifies. */
function judge(
  timestamps: readonly CertificateTimestamp[],
  entry: Uint8Array,
  ctLogs: readonly TransparencyLog[],
): VerifiedCertificateTimestamps | Refused {
  const logs: TransparencyLog[] = [];
  const causes: string[] = [];
  for (const timestamp of timestamps) {
    if (logs.some(({ keyId }) => equalBytes(keyId, timestamp.logId))) continue;
    const found = verifyTimestamp(timestamp, entry, ctLogs);
    if (typeof found === "string") causes.push(found);
    else logs.push(found);
  }
  if (logs.length > 0) return { ok: true, count: logs.length, logs };
  return refuse("SCT_INVALID", `expected a certificate timestamp that verifies, found ${causes.join("; ")}`);
}

/** The log that signed a timestamp, or what is wrong with it. */
function verifyTimestamp(
  timestamp: CertificateTimestamp,
  entry: Uint8Array,
  ctLogs: readonly TransparencyLog[],
): TransparencyLog | string {
  const { logId, time, timeBytes, extensions, scheme, signature } = timestamp;
  const named = ctLogs.filter(({ keyId }) => equalBytes(keyId, logId));
  const id = encodeHex(logId).slice(0, 16);
  if (named.length === 0) return `one of the log ${id}…, which is not trusted`;
  const log = named.find(({ validFor }) => isWithin(validFor, time));
  if (log === undefined) return `one of the log ${id}… outside the time for which its key is valid`;
  if (scheme === undefined) return `one of the log ${id}… with a signature algorithm that is not supported`;
  // Version 1, a certificate timestamp (RFC 6962 §3.2).
  const head = Uint8Array.of(0, 0);
  const signed = concatBytes([head, timeBytes, entry, lengthOf(extensions, 2), extensions]);
  return log.publicKey.verifies(signed, signature, scheme) ? log : `one of the log ${id}… over another certificate`;
}

/** What cannot be read as a timestamp. */
class MalformedTimestamp extends Error {}

/** Takes numbers and byte strings of TLS (RFC 8446 §3) from the front. */
class TlsReader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#offset === this.#bytes.length;
  }

  take(length: number): Uint8Array {
    const end = this.#offset + length;
    if (end > this.#bytes.length) {
      throw new MalformedTimestamp(`certificate timestamp: expected ${length} bytes, found fewer`);
    }
    const taken = this.#bytes.subarray(this.#offset, end);
    this.#offset = end;
    return taken;
  }

  number(length: number): number {
    return this.take(length).reduce((value, byte) => value * 256 + byte, 0);
  }

  /** Bytes behind a length of two bytes. */
  block(): Uint8Array {
    return this.take(this.number(2));
  }

  end(): void {
    if (!this.isAtEnd) throw new MalformedTimestamp("certificate timestamp: expected its end, found more bytes");
  }
}

/** The timestamps of the extension: an OCTET STRING with a list of TLS. */
function readList(extension: Uint8Array): readonly CertificateTimestamp[] {
  const outer = new TlsReader(readOctets(readDer(extension)));
  const list = new TlsReader(outer.block());
  outer.end();
  const timestamps: CertificateTimestamp[] = [];
  while (!list.isAtEnd) {
    if (timestamps.length >= LIMITS.certificateTimestamps) {
      throw new MalformedTimestamp(
        `expected at most ${LIMITS.certificateTimestamps} certificate timestamps, found more`,
      );
    }
    const reader = new TlsReader(list.block());
    timestamps.push(readTimestamp(reader));
    reader.end();
  }
  if (timestamps.length === 0) throw new MalformedTimestamp("expected a certificate timestamp, found an empty list");
  return timestamps;
}

function readTimestamp(reader: TlsReader): CertificateTimestamp {
  const version = reader.number(1);
  if (version !== 0) throw new MalformedTimestamp(`certificate timestamp: expected version 0 (v1), found ${version}`);
  const logId = reader.take(32);
  const timeBytes = reader.take(8);
  const extensions = reader.block();
  return { logId, ...readTime(timeBytes), extensions, ...readSignature(reader) };
}

function readTime(timeBytes: Uint8Array): Pick<CertificateTimestamp, "time" | "timeBytes"> {
  const time = timeBytes.reduce((value, byte) => value * 256 + byte, 0);
  return { time, timeBytes };
}

/** Hash and signature algorithm of TLS 1.2 (RFC 5246 §7.4.1.4.1) as one number. */
const SCHEMES: ReadonlyMap<number, SignatureScheme> = new Map([
  [0x0403, "ecdsa-sha256"],
  [0x0503, "ecdsa-sha384"],
  [0x0603, "ecdsa-sha512"],
  [0x0401, "rsa-pkcs1-sha256"],
  [0x0501, "rsa-pkcs1-sha384"],
  [0x0601, "rsa-pkcs1-sha512"],
]);

function readSignature(reader: TlsReader): Pick<CertificateTimestamp, "scheme" | "signature"> {
  return { scheme: SCHEMES.get(reader.number(2)), signature: reader.block() };
}

/** A detached timestamp: JSON with `sct_version`, `id`, `timestamp`, `extensions` and `signature` (RFC 6962 §4.1). */
function readDetached(bytes: Uint8Array): CertificateTimestamp {
  const read = readDocument(bytes, "SCT_INVALID", "a certificate timestamp", false);
  if (!read.ok) throw new MalformedTimestamp(read.issues[0]?.message ?? "");
  const version = memberOf(read.value, "sct_version");
  const time = memberOf(read.value, "timestamp");
  if (version !== 0) throw new MalformedTimestamp(`sct_version: expected 0, found ${quoteText(version)}`);
  if (typeof time !== "number" || !Number.isSafeInteger(time) || time < 0) {
    throw new MalformedTimestamp(`timestamp: expected milliseconds since 1970, found ${quoteText(time)}`);
  }
  const logId = base64Of(memberOf(read.value, "id"), "id");
  const extensions = base64Of(memberOf(read.value, "extensions") ?? "", "extensions");
  const reader = new TlsReader(base64Of(memberOf(read.value, "signature"), "signature"));
  const signature = readSignature(reader);
  reader.end();
  return { logId, time, timeBytes: numberBytes(time, 8), extensions, ...signature };
}

function base64Of(value: Value | undefined, name: string): Uint8Array {
  const bytes = typeof value === "string" ? decodeBase64(value) : undefined;
  if (bytes !== undefined) return bytes;
  throw new MalformedTimestamp(`${name}: expected base64, found ${quoteText(value)}`);
}

/** The length of bytes as a number of TLS. */
function lengthOf(bytes: Uint8Array, width: number): Uint8Array {
  return numberBytes(bytes.length, width);
}

function numberBytes(value: number, width: number): Uint8Array {
  const bytes = new Uint8Array(width);
  let left = value;
  for (let index = width - 1; index >= 0; index--) {
    bytes[index] = left % 256;
    left = Math.floor(left / 256);
  }
  return bytes;
}

const EXTENSIONS = contextTag(3);

/**
 * The certificate as the log saw it before it was finished (RFC 6962 §3.2): without the extension that holds the
 * timestamps, every other byte as it is, lengths made anew.
 */
function withoutTimestamps(tbs: Uint8Array): Uint8Array {
  const parts = childrenOf(readDer(tbs)).map((field) => (field.tag === EXTENSIONS ? withoutList(field) : field.bytes));
  return encodeDer(DER_TAGS.sequence, ...parts);
}

function withoutList(field: DerNode): Uint8Array {
  const others = childrenOf(onlyChildOf(field, "the list of extensions", DER_TAGS.sequence)).filter((extension) => {
    const [oid] = childrenOf(extension);
    return oid === undefined || !equalBytes(oid.bytes, SCT_LIST_OID);
  });
  if (others.length === 0) return new Uint8Array();
  return encodeDer(EXTENSIONS, encodeDer(DER_TAGS.sequence, ...others.map(({ bytes }) => bytes)));
}
