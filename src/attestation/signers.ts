import { isAmapError, type PublicKey } from "../base/index.ts";
import type { BundleMaterial } from "./bundle.ts";
import { type Certificate, decodeCertificate } from "./certificate/certificate.ts";
import { decodeCertificatesPem } from "./certificate/certificates-pem.ts";
import { equalBytes } from "./certificate/equal-bytes.ts";
import type { CertificateMemory } from "./certificate-memory.ts";
import type { Envelope } from "./envelope.ts";
import { type Refused, refuse, refuseIssues } from "./refusal.ts";
import { hintsOf } from "./refuse-unverified.ts";
import { checkOfEnvelope, type SignatureCheck } from "./signature-schemes.ts";
import type { ParsedKey } from "./trusted-keys.ts";
import type { SignatureEvidence } from "./verify-evidence.ts";

/** Who made a signature, and the signature that proves it. Nothing is known yet of times and certificates. */
export interface FoundSigner {
  readonly signer: SignatureEvidence["signer"];
  readonly signature: Uint8Array;
}

/** A certificate that is ready to verify with. */
export interface SigningCertificate {
  readonly ok: true;
  readonly signer: SignatureEvidence["signer"] & { readonly kind: "certificate" };
  readonly publicKey: PublicKey;
}

/**
 * The certificate of a bundle with what came along. Trust anchors among the latter are dropped: some clients of bundles
 * 0.1 and of cosign's tags send the root too, and it proves nothing.
 */
export function readSigningCertificate(
  material: BundleMaterial & { kind: "certificate" },
  memory: CertificateMemory,
): SigningCertificate | Refused {
  const known = memory.find(material.certificate);
  if (known !== undefined) return toSigningCertificate(known, []);
  const certificate = decodeCertificate(material.certificate);
  if (!certificate.ok) return refuseIssues(certificate);
  const intermediates: Certificate[] = [];
  for (const der of material.intermediates) {
    const intermediate = decodeCertificate(der);
    if (!intermediate.ok) return refuseIssues(intermediate);
    intermediates.push(intermediate.value);
  }
  return toSigningCertificate(certificate.value, intermediates);
}

/** As {@link readSigningCertificate}, from the PEM annotations of cosign's tags. */
export function readSigningCertificatePem(pem: string, chainPem: string): SigningCertificate | Refused {
  const certificates = decodeCertificatesPem(pem);
  if (!certificates.ok) return refuseIssues(certificates);
  const chain = chainPem === "" ? undefined : decodeCertificatesPem(chainPem);
  if (chain !== undefined && !chain.ok) return refuseIssues(chain);
  const [certificate, ...others] = certificates.value;
  if (certificate === undefined) return refuse("CERTIFICATE_INVALID", "expected a certificate in PEM, found none");
  return toSigningCertificate(certificate, [...others, ...(chain?.value ?? [])]);
}

function toSigningCertificate(certificate: Certificate, others: readonly Certificate[]): SigningCertificate | Refused {
  const intermediates = others.filter(({ subject, issuer }) => !equalBytes(subject, issuer));
  try {
    return {
      ok: true,
      signer: { kind: "certificate", certificate, intermediates },
      publicKey: certificate.publicKey(),
    };
  } catch (error) {
    if (!isAmapError(error)) throw error;
    return refuse("CERTIFICATE_INVALID", `the certificate's key: ${error.message}`);
  }
}

/** The signer of an envelope whose certificate is known; such an envelope has exactly one signature. */
export function findCertificateSigner(envelope: Envelope, found: SigningCertificate): FoundSigner | Refused {
  const [signature, ...others] = envelope.signatures;
  if (signature === undefined || others.length > 0) {
    const count = envelope.signatures.length;
    return refuse("ENVELOPE_INVALID", `expected one signature beside a certificate, found ${count}`);
  }
  if (!checkOfEnvelope(envelope)(found.publicKey, signature.sig)) return refuseForCertificate();
  return { signer: found.signer, signature: signature.sig };
}

/** The one refusal for a signature that the certificate beside it does not verify. */
export function refuseForCertificate(): Refused {
  const cause = "the signed bytes, the signature or the certificate were changed";
  return refuse("SIGNATURE_INVALID", `expected a signature by the certificate's key, which does not verify: ${cause}`);
}

/**
 * The trusted keys that made one of the signatures of a message, each once. A key that a hint names is tried first, and
 * the search ends when as many keys were found as there are signatures: one signature verifies with one key.
 */
export function findKeySigners(
  isSigned: SignatureCheck,
  signatures: readonly Uint8Array[],
  hints: readonly string[],
  keys: readonly ParsedKey[],
): readonly FoundSigner[] {
  const found: FoundSigner[] = [];
  const seen = new Set<string>();
  for (const key of namedFirst(keys, hints)) {
    // One key with two validities is two entries of one signer.
    if (seen.size === signatures.length && !seen.has(key.signer.keyId)) continue;
    const signature = signatures.find((each) => isSigned(key.key, each));
    if (signature === undefined) continue;
    seen.add(key.signer.keyId);
    found.push({ signer: { kind: "key", key }, signature });
  }
  return found;
}

/** As {@link findKeySigners}, for an envelope. */
export function findEnvelopeKeySigners(
  envelope: Envelope,
  hint: string | undefined,
  keys: readonly ParsedKey[],
): readonly FoundSigner[] {
  const { signatures } = envelope;
  return findKeySigners(
    checkOfEnvelope(envelope),
    signatures.map(({ sig }) => sig),
    hintsOf(hint, signatures),
    keys,
  );
}

function namedFirst(keys: readonly ParsedKey[], hints: readonly string[]): readonly ParsedKey[] {
  const isNamed = ({ ids }: ParsedKey): boolean => hints.some((id) => ids.has(id));
  return [...keys.filter(isNamed), ...keys.filter((key) => !isNamed(key))];
}
