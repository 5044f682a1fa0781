import { hashHex, LIMITS } from "../base/index.ts";
import type { Certificate } from "./certificate/certificate.ts";
import type { CertificateSigner } from "./evidence.ts";
import type { CertificateAuthority } from "./trust-root.ts";

/** What was proven of a certificate with one trust root: all of it holds whatever is signed, but for the time. */
export interface ProvenCertificate {
  readonly signer: CertificateSigner;
  /** From the certificate to the trusted one; every link's validity is judged anew for each time. */
  readonly chain: readonly Certificate[];
  readonly authority: CertificateAuthority;
  /** Distinct logs of certificates that hold it; 0 where nobody asked. */
  readonly listings: number;
}

/**
 * The certificates that one verifier has found good, with what it found. A cluster asks about the same image again and
 * again, and half of the work for a bundle is the authority's signature on the certificate. At most
 * LIMITS.knownCertificates, the oldest go; what was refused is never remembered.
 */
export class CertificateMemory {
  readonly #certificates = new Map<string, Certificate>();
  readonly #proven = new WeakMap<Certificate, ProvenCertificate>();

  /** The certificate of these bytes, as it was read before. */
  find(der: Uint8Array): Certificate | undefined {
    return this.#certificates.get(hashHex("sha256", der));
  }

  provenOf(certificate: Certificate): ProvenCertificate | undefined {
    return this.#proven.get(certificate);
  }

  keep(certificate: Certificate, proven: ProvenCertificate): void {
    this.#proven.set(certificate, proven);
    this.#certificates.set(proven.signer.fingerprint, certificate);
    if (this.#certificates.size <= LIMITS.knownCertificates) return;
    const [oldest] = this.#certificates.keys();
    if (oldest !== undefined) this.#certificates.delete(oldest);
  }
}
