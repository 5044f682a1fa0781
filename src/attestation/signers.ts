import { isAmapError, LIMITS, type PublicKey } from "../base/index.ts";
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
  if (!checkOfEnvelope(envelope).isSignedBy(found.publicKey, signature.sig)) return refuseForCertificate();
  return { signer: found.signer, signature: signature.sig };
}

/** The one refusal for a signature that the certificate beside it does not verify. */
export function refuseForCertificate(): Refused {
  const cause = "the signed bytes, the signature or the certificate were changed";
  return refuse("SIGNATURE_INVALID", `expected a signature by the certificate's key, which does not verify: ${cause}`);
}

/** The trusted keys that signed; `limit` where none was found and not every key could be tried. */
interface FoundKeySigners {
  readonly signers: readonly FoundSigner[];
  readonly limit?: Refused;
}

/** A message's signatures, with all that names their keys. Nothing of it is trusted. */
interface NamedSignatures {
  readonly signatures: readonly Uint8Array[];
  readonly hints: readonly string[];
}

/**
 * The trusted keys that made one of the signatures of a message, each once. Keys that a hint names are tried first, and
 * the search ends when as many keys were found as there are signatures: one signature verifies with one key.
 *
 * Whoever can attach something decides how many signatures there are and how long the message is, so the work has limits:
 * keys that nothing names are tried up to LIMITS.unnamedKeyTries pairs of key and signature (beyond it none of them is),
 * and all tries together hash at most LIMITS.signatureTryBytes.
 */
export function findKeySigners(
  check: SignatureCheck,
  { signatures, hints }: NamedSignatures,
  keys: readonly ParsedKey[],
): FoundKeySigners {
  const isNamed = ({ ids }: ParsedKey): boolean => hints.some((id) => ids.has(id));
  const named = keys.filter(isNamed);
  const unnamed = keys.length - named.length;
  const areTooMany = unnamed * signatures.length > LIMITS.unnamedKeyTries;
  const others = areTooMany || unnamed === 0 ? [] : keys.filter((key) => !isNamed(key));
  const signers: FoundSigner[] = [];
  const seen = new Set<string>();
  const budget = { bytes: LIMITS.signatureTryBytes };
  for (const key of [...named, ...others]) {
    // One key with two validities is two entries of one signer.
    if (seen.size === signatures.length && !seen.has(key.signer.keyId)) continue;
    const signature = findSignature(check, signatures, key, budget);
    if (signature === undefined) continue;
    if (signature === "limit") return signers.length > 0 ? { signers } : { signers, limit: refuseWork() };
    seen.add(key.signer.keyId);
    signers.push({ signer: { kind: "key", key }, signature });
  }
  // Where a hint names a key, that it is none of the trusted ones is the better answer.
  if (signers.length > 0 || !areTooMany || hints.length > 0) return { signers };
  return { signers, limit: refuseTries(unnamed, signatures.length) };
}

/** The signature that a key made; `limit` where the bytes are used up. One try is always made. */
function findSignature(
  check: SignatureCheck,
  signatures: readonly Uint8Array[],
  { key }: ParsedKey,
  budget: { bytes: number },
): Uint8Array | "limit" | undefined {
  for (const signature of signatures) {
    const isFirst = budget.bytes === LIMITS.signatureTryBytes;
    budget.bytes -= check.bytesHashed(key);
    if (budget.bytes < 0 && !isFirst) return "limit";
    if (check.isSignedBy(key, signature)) return signature;
  }
  return undefined;
}

function refuseWork(): Refused {
  const limit = `the first tries hashed ${LIMITS.signatureTryBytes} bytes, and that is the limit`;
  const remedy = "trust fewer keys, or sign with a key that a bundle names";
  return refuse("LIMIT_EXCEEDED", `none of the signatures that were tried verifies: ${limit}; ${remedy}`);
}

function refuseTries(keys: number, signatures: number): Refused {
  const found = `found ${keys} trusted keys and ${signatures} signature${signatures === 1 ? "" : "s"} without one`;
  const expected = `expected the name of a key beside a signature where more than ${LIMITS.unnamedKeyTries} pairs of key and`;
  return refuse("LIMIT_EXCEEDED", `${expected} signature would be tried, ${found}: trust fewer keys`);
}

/** As {@link findKeySigners}, for an envelope. */
export function findEnvelopeKeySigners(
  envelope: Envelope,
  hint: string | undefined,
  keys: readonly ParsedKey[],
): FoundKeySigners {
  const signatures = envelope.signatures.map(({ sig }) => sig);
  return findKeySigners(checkOfEnvelope(envelope), { signatures, hints: hintsOf(hint, envelope.signatures) }, keys);
}
