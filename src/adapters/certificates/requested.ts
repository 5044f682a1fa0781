import { createPrivateKey, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { AmapError } from "../../base/index.ts";
import type { CertifiedKey, ServingNames } from "../../ports/index.ts";

const DNS_NAME = /^(?:\*\.)?(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;
/** GeneralizedTime has four digits of the year. */
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59);

/** Refuses names that no client could ask for. @throws {AmapError} USAGE */
export function checkNames({ dnsNames, ipAddresses }: ServingNames): void {
  if (dnsNames.length + ipAddresses.length === 0) {
    throw new AmapError("USAGE", "expected at least one DNS name or IP address for a serving certificate, found none");
  }
  for (const name of dnsNames) {
    if (name.length > 253 || !DNS_NAME.test(name) || isIP(name) !== 0) {
      throw new AmapError("USAGE", `expected a DNS name, found ${JSON.stringify(name.slice(0, 100))}`);
    }
  }
  for (const address of ipAddresses) {
    if (isIP(address) === 0 || address.includes("%")) {
      throw new AmapError("USAGE", `expected an IP address, found ${JSON.stringify(address.slice(0, 100))}`);
    }
  }
}

/** @throws {AmapError} USAGE when a certificate would never be valid, or its times cannot be written. */
export function checkValidity(notBefore: number, notAfter: number): void {
  const inRange = [notBefore, notAfter].every((ms) => Number.isSafeInteger(ms) && ms >= 0 && ms <= LAST_MS);
  if (!inRange || Math.floor(notBefore / 1000) >= Math.floor(notAfter / 1000)) {
    throw new AmapError("USAGE", `expected notBefore before notAfter, found ${notBefore} and ${notAfter} ms`);
  }
}

/** @throws {AmapError} CERTIFICATE_INVALID when the pair cannot sign a certificate that clients would accept. */
export function checkAuthority(authority: CertifiedKey): void {
  const certificate = readX509(authority.certificatePem, "the authority's certificate");
  if (!certificate.ca) throw new AmapError("CERTIFICATE_INVALID", "the authority's certificate is not a CA's");
  if (!isKeyOf(certificate, authority.privateKeyPem)) {
    throw new AmapError("CERTIFICATE_INVALID", "the authority's key does not belong to its certificate");
  }
}

/** @throws {AmapError} CERTIFICATE_INVALID; the message never holds the text. */
export function readX509(pem: string, what: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new AmapError("CERTIFICATE_INVALID", `${what} is not X.509 in PEM`, { cause });
  }
}

/** Whether a private key belongs to a certificate; a key that cannot be read belongs to none. */
export function isKeyOf(certificate: X509Certificate, privateKeyPem: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(privateKeyPem));
  } catch {
    return false;
  }
}
