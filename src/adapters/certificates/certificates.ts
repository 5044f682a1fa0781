import { AmapError } from "../../base/index.ts";
import type { Certificates } from "../../ports/index.ts";
import { readCertificate } from "./read-certificate.ts";
import { checkAuthority, checkNames, checkValidity } from "./requested.ts";

/**
 * Makes and reads certificates of P-256 keys, without any program of the machine.
 *
 * @throws {AmapError} on use: USAGE (no name, no address, times in the wrong order), CERTIFICATE_INVALID
 * @see RFC 5280 §4
 * @example
 * ```ts
 * import { createCertificates } from "./index.ts";
 * const certificates = createCertificates();
 * const validity = { notBefore: Date.UTC(2026, 0, 1), notAfter: Date.UTC(2027, 0, 1) };
 * const authority = await certificates.createAuthority({ commonName: "amap", ...validity });
 * certificates.read(authority.certificatePem).notAfter; // "2027-01-01T00:00:00Z"
 * ```
 */
export function createCertificates(): Certificates {
  return {
    async createAuthority({ commonName, notBefore, notAfter }) {
      checkCommonName(commonName);
      checkValidity(notBefore, notAfter);
      // pkijs costs start-up time, which only a controller that makes certificates should pay.
      const { issueCertificate } = await import("./issue-certificate.ts");
      return issueCertificate({ commonName, notBefore, notAfter });
    },
    async createServing(authority, { commonName, dnsNames, ipAddresses, notBefore, notAfter }) {
      checkCommonName(commonName);
      checkNames({ dnsNames, ipAddresses });
      checkValidity(notBefore, notAfter);
      checkAuthority(authority);
      const { issueCertificate } = await import("./issue-certificate.ts");
      return issueCertificate({ commonName, notBefore, notAfter, serving: { authority, dnsNames, ipAddresses } });
    },
    read: readCertificate,
  };
}

function checkCommonName(commonName: string): void {
  // RFC 5280 appendix A: ub-common-name.
  if (commonName === "" || commonName.length > 64) {
    throw new AmapError("USAGE", `expected a common name of 1 to 64 characters, found ${commonName.length}`);
  }
}
