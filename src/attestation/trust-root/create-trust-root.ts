import { AmapError, parseTime, readPublicKey } from "../../base/index.ts";
import type { Certificate } from "../certificate/certificate.ts";
import { decodeCertificatesPem } from "../certificate/certificates-pem.ts";
import { readKeyValuePairs } from "../key-value-pairs.ts";
import { quoteText } from "../quote-text.ts";
import { noteKeyId } from "../tlog/checkpoint.ts";
import type { CertificateAuthority, TransparencyLog, TrustRoot, ValidityPeriod } from "../trust-root.ts";

/** A certificate or timestamp authority, as `trusted-root create --fulcio` and `--tsa` name it. */
export interface AuthorityInput {
  readonly url: string;
  /** PEM, from the certificate nearest to what is issued up to the root. */
  readonly certificateChain: string;
  /** RFC 3339. Left out: from the root's certificate on, for a timestamp authority from its own. */
  readonly startTime?: string;
  readonly endTime?: string;
}

/** A transparency log, as `trusted-root create --rekor` and `--ctfe` name it. */
export interface LogInput {
  readonly url: string;
  /** PEM. */
  readonly publicKey: string;
  /** RFC 3339. */
  readonly startTime: string;
  readonly endTime?: string;
  /** The origin of the log's checkpoints: needed for Rekor v2 with Ed25519 or RSA keys, whose id depends on it. */
  readonly origin?: string;
}

/** What `trusted-root create` is given. */
export interface TrustRootInput {
  readonly fulcio?: readonly AuthorityInput[];
  readonly rekor?: readonly LogInput[];
  readonly ctfe?: readonly LogInput[];
  readonly tsa?: readonly AuthorityInput[];
}

/**
 * A trust root from keys and certificates, as `cosign trusted-root create` makes it.
 *
 * @throws {AmapError} USAGE for a time or a chain that does not fit, KEY_INVALID, KEY_UNSUPPORTED, CERTIFICATE_INVALID
 * @example
 * ```ts
 * import { createTrustRoot } from "../index.ts";
 * createTrustRoot({ rekor: [] }).transparencyLogs.length; // 0
 * ```
 */
export function createTrustRoot(input: TrustRootInput): TrustRoot {
  return {
    transparencyLogs: distinctLogs((input.rekor ?? []).map((log) => toLog(log, "rekor"))),
    certificateAuthorities: (input.fulcio ?? []).map((authority) => toAuthority(authority, "fulcio")),
    ctLogs: distinctLogs((input.ctfe ?? []).map((log) => toLog(log, "ctfe"))),
    timestampAuthorities: (input.tsa ?? []).map((authority) => toAuthority(authority, "tsa")),
  };
}

/** Of several logs with one id the last counts, as cosign has it. */
function distinctLogs(logs: readonly TransparencyLog[]): readonly TransparencyLog[] {
  return [...new Map(logs.map((log) => [log.keyId.join(), log])).values()];
}

function toLog(input: LogInput, flag: string): TransparencyLog {
  const publicKey = readPublicKey(input.publicKey);
  const start = timeOf(input.startTime, `--${flag} start-time`);
  return {
    baseUrl: input.url,
    keyId: input.origin === undefined ? publicKey.keyId : noteKeyId(input.origin, { publicKey }),
    publicKey,
    signatureScheme: publicKey.defaultScheme,
    validFor: periodOf(start, input.endTime, flag),
  };
}

function toAuthority(input: AuthorityInput, flag: "fulcio" | "tsa"): CertificateAuthority {
  const decoded = decodeCertificatesPem(input.certificateChain);
  if (!decoded.ok) {
    const cause = decoded.issues.map(({ message }) => message).join("; ");
    throw new AmapError("CERTIFICATE_INVALID", `--${flag} certificate-chain: ${cause}`);
  }
  const chain = decoded.value;
  const first = chain[0] as Certificate;
  const root = chain.at(-1) as Certificate;
  if (flag === "tsa" && first.isAuthority) {
    const message = "--tsa certificate-chain: expected the timestamp authority's own certificate first, found a CA's";
    throw new AmapError("USAGE", message);
  }
  const own = flag === "tsa" ? first : root;
  const start = input.startTime === undefined ? own.notBefore : timeOf(input.startTime, `--${flag} start-time`);
  return { uri: input.url, chain, validFor: periodOf(start, input.endTime, flag) };
}

function periodOf(start: number, endTime: string | undefined, flag: string): ValidityPeriod {
  if (endTime === undefined) return { start };
  const end = timeOf(endTime, `--${flag} end-time`);
  if (end >= start) return { start, end };
  throw new AmapError("USAGE", `--${flag}: expected an end-time after the start, found ${quoteText(endTime)}`);
}

function timeOf(text: string, what: string): number {
  const time = parseTime(text);
  if (time !== undefined) return time;
  throw new AmapError("USAGE", `${what}: expected an RFC 3339 time, found ${quoteText(text)}`);
}

/** One service as a flag of `trusted-root create` names it: files are still paths. */
export interface ServiceSpecification {
  readonly url: string;
  /** `public-key` of a log, `certificate-chain` of an authority. */
  readonly file: string;
  readonly startTime?: string;
  readonly endTime?: string;
  readonly origin?: string;
}

const LOG_KEYS = ["url", "public-key", "start-time", "end-time", "origin"];
const AUTHORITY_KEYS = ["url", "certificate-chain", "start-time", "end-time"];

/**
 * Reads the value of `--fulcio`, `--rekor`, `--ctfe` or `--tsa`: `key=value` pairs with commas between them. Stricter
 * than cosign: keys that are unknown or there twice are refused.
 *
 * @throws {AmapError} USAGE
 * @example
 * ```ts
 * import { parseServiceSpecification } from "../index.ts";
 * parseServiceSpecification("fulcio", "url=https://fulcio.example,certificate-chain=ca.pem").file; // "ca.pem"
 * ```
 */
export function parseServiceSpecification(
  flag: "fulcio" | "rekor" | "ctfe" | "tsa",
  text: string,
): ServiceSpecification {
  const isLog = flag === "rekor" || flag === "ctfe";
  const { value, needed } = readKeyValuePairs(flag, text, isLog ? LOG_KEYS : AUTHORITY_KEYS);
  const [startTime, endTime, origin] = ["start-time", "end-time", "origin"].map(value);
  return {
    url: needed("url"),
    file: needed(isLog ? "public-key" : "certificate-chain"),
    ...(isLog ? { startTime: needed("start-time") } : startTime && { startTime }),
    ...(endTime && { endTime }),
    ...(origin && { origin }),
  };
}
