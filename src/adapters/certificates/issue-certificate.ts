import { createHash, createPrivateKey, randomBytes, webcrypto, X509Certificate } from "node:crypto";
import { isIPv4 } from "node:net";
import { BitString, Integer, OctetString, Utf8String } from "asn1js";
import {
  AttributeTypeAndValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  CryptoEngine,
  Extension,
  ExtKeyUsage,
  GeneralName,
  GeneralNames,
  Time,
} from "pkijs";
import { formatTime } from "../../base/index.ts";
import type { CertifiedKey, ServingNames } from "../../ports/index.ts";

/** What is asked for. Without `serving`, an authority that signs itself. Times are epoch milliseconds. */
interface CertificateOrder {
  readonly commonName: string;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly serving?: ServingNames & { readonly authority: CertifiedKey };
}

const OID = {
  commonName: "2.5.4.3",
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extKeyUsage: "2.5.29.37",
  serverAuth: "1.3.6.1.5.5.7.3.1",
} as const;
const P256 = { name: "ECDSA", namedCurve: "P-256" } as const;
/** RFC 5280 §4.2.1.3: bit 0 is digitalSignature, bit 5 keyCertSign; the first byte says how many bits are unused. */
const DIGITAL_SIGNATURE = Uint8Array.of(0x80);
const KEY_CERT_SIGN = Uint8Array.of(0x04);

/** Makes a key and its certificate, signed by `serving.authority` or by itself. The order has been checked. */
export async function issueCertificate(order: CertificateOrder): Promise<CertifiedKey> {
  const engine = new CryptoEngine({ name: "node", crypto: webcrypto as never });
  const keys = await webcrypto.subtle.generateKey(P256, true, ["sign", "verify"]);
  const certificate = new Certificate();
  certificate.version = 2;
  certificate.serialNumber = new Integer({ valueHex: serialNumber() });
  certificate.notBefore = toTime(order.notBefore);
  certificate.notAfter = toTime(order.notAfter);
  addCommonName(certificate.subject, order.commonName);
  await certificate.subjectPublicKeyInfo.importKey(keys.publicKey, engine);
  const keyId = keyIdentifier(certificate);
  if (order.serving === undefined) {
    certificate.issuer = certificate.subject;
    certificate.extensions = authorityExtensions(keyId);
    await certificate.sign(keys.privateKey, "SHA-256", engine);
  } else {
    const authority = readAuthority(order.serving.authority.certificatePem);
    certificate.issuer = authority.subject;
    certificate.extensions = servingExtensions(order.serving, keyId, keyIdentifier(authority));
    await certificate.sign(await importKey(order.serving.authority.privateKeyPem), "SHA-256", engine);
  }
  return {
    certificatePem: toPem("CERTIFICATE", certificate.toSchema(true).toBER()),
    privateKeyPem: toPem("PRIVATE KEY", await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)),
    notBefore: formatTime(wholeSeconds(order.notBefore)),
    notAfter: formatTime(wholeSeconds(order.notAfter)),
  };
}

function authorityExtensions(keyId: ArrayBuffer): Extension[] {
  return [
    extension(OID.basicConstraints, new BasicConstraints({ cA: true, pathLenConstraint: 0 }).toSchema(), "critical"),
    extension(OID.keyUsage, keyUsage(KEY_CERT_SIGN, 2), "critical"),
    extension(OID.subjectKeyIdentifier, new OctetString({ valueHex: keyId })),
  ];
}

function servingExtensions(names: ServingNames, keyId: ArrayBuffer, authorityKeyId: ArrayBuffer): Extension[] {
  const issuer = new AuthorityKeyIdentifier({ keyIdentifier: new OctetString({ valueHex: authorityKeyId }) });
  const altNames = [
    ...names.dnsNames.map((value) => new GeneralName({ type: 2, value })),
    ...names.ipAddresses.map(
      (address) => new GeneralName({ type: 7, value: new OctetString({ valueHex: addressBytes(address) }) }),
    ),
  ];
  return [
    extension(OID.basicConstraints, new BasicConstraints({ cA: false }).toSchema(), "critical"),
    extension(OID.keyUsage, keyUsage(DIGITAL_SIGNATURE, 7), "critical"),
    extension(OID.extKeyUsage, new ExtKeyUsage({ keyPurposes: [OID.serverAuth] }).toSchema()),
    extension(OID.subjectAltName, new GeneralNames({ names: altNames }).toSchema()),
    extension(OID.subjectKeyIdentifier, new OctetString({ valueHex: keyId })),
    extension(OID.authorityKeyIdentifier, issuer.toSchema()),
  ];
}

function extension(extnID: string, value: { toBER(): ArrayBuffer }, critical?: "critical"): Extension {
  return new Extension({ extnID, critical: critical !== undefined, extnValue: value.toBER() });
}

function keyUsage(bits: Uint8Array<ArrayBuffer>, unusedBits: number): BitString {
  return new BitString({ valueHex: bits.buffer, unusedBits });
}

/** RFC 5280 §4.1.2.2: positive and at most 20 bytes. 126 random bits; the second one set keeps the first byte from 0. */
function serialNumber(): ArrayBuffer {
  const bytes = new Uint8Array(randomBytes(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.buffer;
}

/** RFC 5280 §4.1.2.5: UTCTime through the year 2049, GeneralizedTime from 2050, neither with a fraction. */
function toTime(ms: number): Time {
  const value = new Date(wholeSeconds(ms));
  return new Time({ type: value.getUTCFullYear() < 2050 ? 0 : 1, value });
}

function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

function addCommonName(name: Certificate["subject"], commonName: string): void {
  name.typesAndValues.push(
    new AttributeTypeAndValue({ type: OID.commonName, value: new Utf8String({ value: commonName }) }),
  );
}

/** RFC 5280 §4.2.1.2, method 1: SHA-1 of the public key's bits. It names a key and protects nothing. */
function keyIdentifier(certificate: Certificate): ArrayBuffer {
  const bits = certificate.subjectPublicKeyInfo.subjectPublicKey.valueBlock.valueHexView;
  return new Uint8Array(createHash("sha1").update(bits).digest()).buffer;
}

function readAuthority(pem: string): Certificate {
  return Certificate.fromBER(new Uint8Array(new X509Certificate(pem).raw));
}

async function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(pem).export({ type: "pkcs8", format: "der" });
  return webcrypto.subtle.importKey("pkcs8", der, P256, false, ["sign"]);
}

function addressBytes(address: string): ArrayBuffer {
  if (isIPv4(address)) return Uint8Array.from(address.split(".").map(Number)).buffer;
  // The URL reader gives every spelling of an IPv6 address in one: hexadecimal groups, the longest run of zeros as `::`.
  const [before = "", after] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split("::");
  const head = groupsOf(before);
  const tail = groupsOf(after ?? "");
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => 0);
  return Uint8Array.from([...head, ...zeros, ...tail].flatMap((group) => [group >> 8, group & 0xff])).buffer;
}

function groupsOf(text: string): number[] {
  return text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
}

function toPem(label: string, der: ArrayBuffer): string {
  const lines = Buffer.from(der)
    .toString("base64")
    .replace(/.{64}(?=.)/g, "$&\n");
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}
