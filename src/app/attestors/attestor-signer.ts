import type { TrustedIdentity, TrustedKey } from "../../attestation/index.ts";
import { type ErrorCode, isAmapError } from "../../base/index.ts";
import { checkAttestorKey } from "../../policy/index.ts";
import { trustGivenCertificate } from "../evidence/given-certificate.ts";
import { type ReadSecret, readPolicyKey } from "./attestor-key.ts";
import type { AttestorTerms } from "./attestor-terms.ts";
import type { AttestorTrust } from "./attestor-trust.ts";

/** Whom an attestor trusts. */
export interface AttestorSigner {
  readonly keys: readonly TrustedKey[];
  readonly identities: readonly TrustedIdentity[];
}

/**
 * Whom the policy trusts, or why it cannot trust the certificate that it states.
 * @throws {AmapError} KEY_…, CERTIFICATE_INVALID, NOT_SUPPORTED, CLUSTER_…
 */
export async function readAttestorSigner(
  terms: AttestorTerms,
  trust: AttestorTrust,
  readSecret: ReadSecret,
): Promise<AttestorSigner | { readonly refusal: string }> {
  const { signer } = terms;
  if (signer.kind === "identity") return { keys: [], identities: [signer.identity] };
  if (signer.kind === "key") {
    const pem = await readPolicyKey(signer.key, signer.hash, readSecret);
    return { keys: [{ name: "the policy's key", pem }], identities: [] };
  }
  try {
    const key = trustGivenCertificate({
      name: "the policy's certificate",
      certificate: signer.certificate,
      ...(signer.chain === "" ? {} : { chain: signer.chain }),
      ignoresCertificateTimestamps: terms.ignoresCertificateTimestamps,
      ...(trust.trustRoot === undefined ? {} : { trustRoot: trust.trustRoot }),
      hasProvenTimes: !terms.ignoresLogs || terms.timestampChain !== "",
      now: trust.now,
      place: "certificates",
    });
    checkAttestorKey({ pem: key.pem, hashAlgorithm: signer.hash });
    return { keys: [key], identities: [] };
  } catch (error) {
    // Looked at and not trusted, as for Kyverno: others of the policy's attestors may still vouch.
    if (!isAmapError(error) || !NOT_TRUSTED.has(error.code)) throw error;
    return { refusal: `${error.code}: ${error.message}` };
  }
}

const NOT_TRUSTED: ReadonlySet<ErrorCode> = new Set(["CERTIFICATE_UNTRUSTED", "CERTIFICATE_EXPIRED", "SCT_INVALID"]);
