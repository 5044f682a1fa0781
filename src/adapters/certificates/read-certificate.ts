import type { X509Certificate } from "node:crypto";
import { SocketAddress } from "node:net";
import { AmapError, formatTime, readJson } from "../../base/index.ts";
import type { Certificates, ServingNames } from "../../ports/index.ts";
import { isKeyOf, readX509 } from "./requested.ts";

/** What a certificate says; see the port. @throws {AmapError} CERTIFICATE_INVALID */
export const readCertificate: Certificates["read"] = (certificatePem, authorityPem) => {
  const certificate = readX509(certificatePem, "the certificate");
  const authority = authorityPem === undefined ? undefined : readX509(authorityPem, "the authority's certificate");
  return {
    ...readNames(certificate.subjectAltName ?? ""),
    notBefore: toRfc3339(certificate.validFromDate),
    notAfter: toRfc3339(certificate.validToDate),
    ...(authority === undefined ? {} : { signedByAuthority: isSignedBy(certificate, authority) }),
    matches: (privateKeyPem) => isKeyOf(certificate, privateKeyPem),
  };
};

function isSignedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  try {
    return authority.ca && certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
  } catch {
    // A key of an algorithm that cannot verify this signature has not made it.
    return false;
  }
}

function toRfc3339(date: Date): string {
  return formatTime(date.getTime());
}

/**
 * Node gives the names as one text: `DNS:a.example, IP Address:127.0.0.1`. A name with a comma, a quote or a control
 * character in it is written as a JSON string, so that it cannot look like two names (CVE-2021-44532).
 */
function readNames(text: string): ServingNames {
  const dnsNames: string[] = [];
  const ipAddresses: string[] = [];
  for (const [, kind, quoted, plain = ""] of text.matchAll(/([^:,]+):(?:("(?:[^"\\]|\\.)*")|([^,]*))(?:, |$)/g)) {
    const name = quoted === undefined ? plain : unquote(quoted);
    if (kind === "DNS") dnsNames.push(name);
    else if (kind === "IP Address") ipAddresses.push(shortAddress(name));
  }
  return { dnsNames, ipAddresses };
}

function unquote(quoted: string): string {
  const name = readJson(quoted);
  if (typeof name !== "string") throw new AmapError("CERTIFICATE_INVALID", "a name of the certificate is not text");
  return name;
}

/** OpenSSL writes IPv6 addresses in full; this is the short form (RFC 5952). */
function shortAddress(address: string): string {
  return address.includes(":") ? new SocketAddress({ address, family: "ipv6" }).address : address;
}
