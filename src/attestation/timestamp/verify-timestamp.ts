import { encodeHex, hashBytes, isAmapError } from "../../base/index.ts";
import { type Certificate, decodeCertificate } from "../certificate/certificate.ts";
import { type TrustedAuthority, verifyCertificateChain } from "../certificate/chain.ts";
import { equalBytes } from "../certificate/equal-bytes.ts";
import { quoteText } from "../quote-text.ts";
import { type Refused, refuse, refuseIssues } from "../refusal.ts";
import { decodeTimestampToken, type SignerId, type TimestampToken } from "./timestamp-token.ts";

/** A timestamp that holds. */
export interface VerifiedTimestamp<A extends TrustedAuthority> {
  readonly ok: true;
  /** When the authority saw the bytes: milliseconds since 1970. */
  readonly time: number;
  readonly authority: A;
  /** The certificate that signed. */
  readonly certificate: Certificate;
}

/**
 * Verifies a timestamp over `signed` (RFC 3161: a TimeStampResp, or the token alone), or says why it does not count:
 * TIMESTAMP_INVALID, TIMESTAMP_UNKNOWN where no trusted authority is the one it names, or CERTIFICATE_EXPIRED and
 * CERTIFICATE_UNTRUSTED for the authority's certificates. SHA-256, SHA-384 and SHA-512; the chain and the authority are judged at the timestamp's own time. An authority whose trusted
 * certificates begin with a signer's accepts that one alone; else the signer's certificate is the one in the token.
 * Accuracy, order, nonce and policy are not asked for.
 *
 * @see RFC 3161 §2.4.2, RFC 5652 §5, RFC 5816
 * @example
 * ```ts
 * import { verifyTimestamp } from "../index.ts";
 * verifyTimestamp(new Uint8Array(), new Uint8Array(), []).ok; // false
 * ```
 */
export function verifyTimestamp<A extends TrustedAuthority>(
  token: Uint8Array,
  signed: Uint8Array,
  authorities: readonly A[],
): VerifiedTimestamp<A> | Refused {
  const decoded = decodeTimestampToken(token);
  if (!decoded.ok) return refuseIssues(decoded);
  const timestamp = decoded.value;
  if (!equalBytes(hashBytes(timestamp.hash, signed), timestamp.imprint)) {
    return refuse("TIMESTAMP_INVALID", imprintMessage(timestamp, signed));
  }
  if (!equalBytes(hashBytes(timestamp.digest, timestamp.content), timestamp.attributes.messageDigest)) {
    return refuse("TIMESTAMP_INVALID", "expected the timestamp that was signed, found that it was changed afterwards");
  }
  const embedded = decodeEmbedded(timestamp.certificates, authorities);
  if (!embedded.ok) return embedded;
  let closest: Refused | undefined;
  for (const authority of authorities) {
    const certificate = signerOf(timestamp.signer, authority, embedded.certificates);
    if (certificate === undefined) continue;
    const refused = verifySigner(timestamp, certificate, authority, embedded.certificates);
    if (refused === undefined) return { ok: true, time: timestamp.time, authority, certificate };
    closest ??= refused;
  }
  return closest ?? refuse("TIMESTAMP_UNKNOWN", unknownSigner(authorities));
}

/** The certificates in the token. Those of the trusted root are not read again: their keys are ready, their chain is known. */
function decodeEmbedded(
  certificates: readonly Uint8Array[],
  authorities: readonly TrustedAuthority[],
): { readonly ok: true; readonly certificates: readonly Certificate[] } | Refused {
  const read: Certificate[] = [];
  for (const der of certificates) {
    const known = authorities.flatMap(({ chain }) => chain).find((certificate) => equalBytes(certificate.der, der));
    const decoded = known === undefined ? decodeCertificate(der) : ({ ok: true, value: known } as const);
    if (!decoded.ok) return refuseIssues(decoded);
    read.push(decoded.value);
  }
  return { ok: true, certificates: read };
}

/** The certificate that the signer names: the authority's own where the trusted root holds it, else one in the token. */
function signerOf(
  id: SignerId,
  { chain }: TrustedAuthority,
  embedded: readonly Certificate[],
): Certificate | undefined {
  const [first] = chain;
  if (first === undefined) return undefined;
  const named = embedded.find((certificate) => isNamed(id, certificate));
  if (first.isAuthority) return named;
  if (!isNamed(id, first)) return undefined;
  // A certificate of the same number in the token that is not the trusted one was put there by somebody.
  return named === undefined || equalBytes(named.der, first.der) ? first : undefined;
}

function isNamed(id: SignerId, certificate: Certificate): boolean {
  if (id.kind === "key") {
    return certificate.subjectKeyId !== undefined && equalBytes(certificate.subjectKeyId, id.keyId);
  }
  return equalBytes(id.issuer, certificate.issuer) && serialText(id.serialNumber) === certificate.serialNumber;
}

function serialText(bytes: Uint8Array): string {
  return encodeHex(bytes.length > 1 && bytes[0] === 0 ? bytes.subarray(1) : bytes).toUpperCase();
}

/** Whether this certificate made the signature and this authority stands behind it; the cause where not. */
function verifySigner(
  { attributes, scheme, signature, time }: TimestampToken,
  certificate: Certificate,
  authority: TrustedAuthority,
  embedded: readonly Certificate[],
): Refused | undefined {
  for (const { hash, digest, issuer, serialNumber } of attributes.bindings) {
    const isOther =
      !equalBytes(hashBytes(hash, certificate.der), digest) ||
      (issuer !== undefined && !equalBytes(issuer, certificate.issuer)) ||
      (serialNumber !== undefined && serialText(serialNumber) !== certificate.serialNumber);
    if (isOther) {
      const expected = `expected the certificate that the timestamp names in what is signed`;
      return refuse("TIMESTAMP_INVALID", `${expected}, found another, ${quoteText(certificate.subjectText)}`);
    }
  }
  const chain = verifyCertificateChain(certificate, {
    authorities: [authority],
    // A root may come along in a token; it is trusted only where the trusted root holds it.
    intermediates: embedded.filter(({ issuer, subject }) => !equalBytes(issuer, subject)),
    at: time,
    purpose: "timeStamping",
  });
  if (!chain.ok) return chain;
  if (isSigned(certificate, attributes.signed, signature, scheme)) return undefined;
  const expected = `expected a signature by ${quoteText(certificate.subjectText)}, found one that does not verify`;
  return refuse("TIMESTAMP_INVALID", `${expected}: the timestamp was changed`);
}

function isSigned(
  certificate: Certificate,
  signed: Uint8Array,
  signature: Uint8Array,
  scheme: TimestampToken["scheme"],
): boolean {
  try {
    return certificate.publicKey().verifies(signed, signature, scheme);
  } catch (error) {
    if (!isAmapError(error)) throw error;
    return false;
  }
}

function imprintMessage({ hash, imprint }: TimestampToken, signed: Uint8Array): string {
  const expected = encodeHex(hashBytes(hash, signed)).slice(0, SHOWN_HEX);
  const found = encodeHex(imprint).slice(0, SHOWN_HEX);
  return `expected a timestamp over ${hash}:${expected}…, found one over ${found}…`;
}

const SHOWN_HEX = 16;
const SHOWN_AUTHORITIES = 5;

function unknownSigner(authorities: readonly TrustedAuthority[]): string {
  const names = authorities.map(({ uri, chain }) => quoteText(uri ?? chain[0]?.subjectText));
  const expected =
    names.length === 0 ? "a trusted timestamp authority" : names.slice(0, SHOWN_AUTHORITIES).join(" or ");
  return `expected a timestamp by ${expected}, found one by ${authorities.length === 0 ? "an authority, and none is trusted" : "another authority"}`;
}
