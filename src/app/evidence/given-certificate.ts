import {
  type Certificate,
  decodeCertificatesPem,
  type TrustedKey,
  type TrustRoot,
  verifyCertificateChain,
  verifyCertificateTimestamps,
} from "../../attestation/index.ts";
import { AmapError, decodeBase64, decodeUtf8, encodeBase64 } from "../../base/index.ts";

/** A certificate that a policy states as its signer's. */
interface GivenCertificate {
  /** The name under which its key is trusted. */
  readonly name: string;
  /** PEM, or base64 of PEM. */
  readonly certificate: string;
  /** PEM, from the certificate's issuer up to the root; without one the certificate is trusted for itself. */
  readonly chain?: string;
  /** With a chain: whether the certificate needs no proof that it was published. */
  readonly ignoresCertificateTimestamps: boolean;
  readonly trustRoot?: TrustRoot;
  /** Whether signatures are dated by a log or a timestamp authority. */
  readonly hasProvenTimes: boolean;
  readonly now: number;
  /** The place in the policy, for messages. */
  readonly place: string;
}

/**
 * The key of a certificate that a policy states, trusted for as long as the certificate is valid. With a chain it must
 * have been issued by it, for code signing, and stand in a trusted log of certificates unless that is left out. Where
 * signatures have no proven times, and the certificate is valid now, any time will do.
 * @throws {AmapError} CERTIFICATE_INVALID, CERTIFICATE_UNTRUSTED, CERTIFICATE_EXPIRED, KEY_UNSUPPORTED, SCT_…
 */
export function trustGivenCertificate(given: GivenCertificate): TrustedKey {
  const { name, place, chain, now, hasProvenTimes } = given;
  const [certificate] = readCertificates(textOf(given.certificate), `${place}: its certificate`);
  if (certificate === undefined) throw new AmapError("CERTIFICATE_INVALID", `${place}: it states no certificate`);
  if (chain !== undefined) verifyIssued(certificate, chain, given);
  const { notBefore: start, notAfter: end } = certificate;
  const isValidNow = now >= start && now <= end;
  const key = { name, pem: publicKeyPem(certificate.spki) };
  return hasProvenTimes || !isValidNow ? { ...key, validFor: { start, end } } : key;
}

function verifyIssued(certificate: Certificate, pem: string, given: GivenCertificate): void {
  const { place, ignoresCertificateTimestamps, trustRoot } = given;
  const authorities = [{ chain: readCertificates(pem, `${place}: its certificate chain`) }];
  // A signature's own time decides whether it was valid; here only who issued it counts.
  const options = { authorities, at: certificate.notBefore, purpose: "codeSigning" } as const;
  const issued = verifyCertificateChain(certificate, options);
  if (!issued.ok) throw new AmapError(issued.refusal.code, `${place}: ${issued.refusal.message}`);
  if (ignoresCertificateTimestamps) return;
  const published = verifyCertificateTimestamps(issued.chain, trustRoot?.ctLogs ?? []);
  if (published.ok) return;
  throw new AmapError(published.refusal.code, `${place}: ${published.refusal.message}`, {
    hint: "For an authority that publishes nothing, write ctlog.insecureIgnoreSCT: true.",
  });
}

/** As Kyverno takes it: PEM itself, or that in base64. */
function textOf(text: string): string {
  const bytes = decodeBase64(text.trim());
  return (bytes === undefined ? undefined : decodeUtf8(bytes)) ?? text;
}

function readCertificates(pem: string, what: string): readonly Certificate[] {
  const decoded = decodeCertificatesPem(pem);
  if (decoded.ok) return decoded.value;
  throw new AmapError("CERTIFICATE_INVALID", `${what}: ${decoded.issues.map(({ message }) => message).join("; ")}`);
}

function publicKeyPem(spki: Uint8Array): string {
  const lines = encodeBase64(spki).match(/.{1,64}/g) ?? [];
  return `-----BEGIN PUBLIC KEY-----\n${lines.join("\n")}\n-----END PUBLIC KEY-----\n`;
}
