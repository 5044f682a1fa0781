import { createHash } from "node:crypto";
import type { TestExtension } from "../rsa-certificate.ts";
import {
  bitString,
  certificateTime,
  explicit,
  implicit,
  integer,
  objectId,
  octets,
  sequence,
  TRUE,
  tlv,
  utf8,
} from "./der-values.ts";
import type { TestKey } from "./keys.ts";

export type { TestExtension } from "../rsa-certificate.ts";

/** What a certificate says. Times are milliseconds since 1970. */
export interface CertificateInput {
  readonly serial: Uint8Array;
  readonly issuer: Buffer;
  readonly subject: Buffer;
  readonly spki: Buffer;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly extensions: readonly TestExtension[];
}

/** A certificate with the key that it is about, able to sign others. */
export interface TestAuthority {
  readonly key: TestKey;
  readonly name: Buffer;
  readonly certificate: Buffer;
}

/** The DER of a TBSCertificate, version 3 (RFC 5280 §4.1). */
export function tbsCertificate(input: CertificateInput, signer: TestKey): Buffer {
  return sequence(
    explicit(0, integer(2)),
    integer(input.serial),
    signer.signatureAlgorithm,
    input.issuer,
    sequence(certificateTime(input.notBefore), certificateTime(input.notAfter)),
    input.subject,
    input.spki,
    explicit(3, sequence(...input.extensions.map(extension))),
  );
}

/** The DER of a certificate. */
export function signCertificate(tbs: Buffer, signer: TestKey): Buffer {
  return sequence(tbs, signer.signatureAlgorithm, bitString(signer.sign(tbs)));
}

function extension([id, critical, content]: TestExtension): Buffer {
  return sequence(objectId(id), ...(critical ? [TRUE] : []), octets(content));
}

/** A Name of organization and common name; without both the empty name that Fulcio's leaves have. */
export function distinguishedName(organization?: string, commonName?: string): Buffer {
  const attribute = (id: string, value: string | undefined): readonly Buffer[] =>
    value === undefined ? [] : [tlv(0x31, sequence(objectId(id), utf8(value)))];
  return sequence(...attribute("2.5.4.10", organization), ...attribute("2.5.4.3", commonName));
}

/** A key's id of 20 bytes; RFC 5280 §4.2.1.2 leaves free how it is made, and this takes SHA-1 over the SPKI. */
export function subjectKeyId(spki: Buffer): Buffer {
  return createHash("sha1").update(spki).digest();
}

export const CODE_SIGNING = "1.3.6.1.5.5.7.3.3";
export const TIME_STAMPING = "1.3.6.1.5.5.7.3.8";

/** digitalSignature for leaves, certSign and cRLSign for authorities. */
export const keyUsage = (isAuthority: boolean): TestExtension => [
  "2.5.29.15",
  true,
  isAuthority ? bitString(Buffer.from([0x06]), 1) : bitString(Buffer.from([0x80]), 7),
];
export const extendedKeyUsage = (critical: boolean, ...purposes: readonly string[]): TestExtension => [
  "2.5.29.37",
  critical,
  sequence(...purposes.map(objectId)),
];
export const basicConstraints = (pathLength?: number): TestExtension => [
  "2.5.29.19",
  true,
  sequence(TRUE, ...(pathLength === undefined ? [] : [integer(pathLength)])),
];
export const subjectKeyIdentifier = (spki: Buffer): TestExtension => ["2.5.29.14", false, octets(subjectKeyId(spki))];
export const authorityKeyIdentifier = (spki: Buffer): TestExtension => [
  "2.5.29.35",
  false,
  sequence(implicit(0, subjectKeyId(spki))),
];

/** What an authority of the tests may say otherwise than usual. */
export interface AuthorityOptions {
  readonly organization?: string;
  readonly commonName: string;
  readonly key: TestKey;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly pathLength?: number;
  /** Of an intermediate, which Fulcio's and the timestamp authority's have. */
  readonly purpose?: string;
  /** Extensions beside or in place of the usual ones. */
  readonly extensions?: (usual: readonly TestExtension[]) => readonly TestExtension[];
}

let serials = 0;

/** A serial number of 16 bytes that no other certificate of this process has. */
export function nextSerial(): Buffer {
  serials += 1;
  return createHash("sha256").update(`serial ${serials}`).digest().fill(0x51, 0, 1).subarray(0, 16);
}

/** A root, or with `issuer` an intermediate. */
export function createAuthority(options: AuthorityOptions, issuer?: TestAuthority): TestAuthority {
  const name = distinguishedName(options.organization ?? "local.sigstore.test", options.commonName);
  const { key } = options;
  const usual: readonly TestExtension[] = [
    keyUsage(true),
    ...(options.purpose === undefined ? [] : [extendedKeyUsage(false, options.purpose)]),
    basicConstraints(options.pathLength),
    subjectKeyIdentifier(key.spki),
    ...(issuer === undefined ? [] : [authorityKeyIdentifier(issuer.key.spki)]),
  ];
  const signer = issuer?.key ?? key;
  const tbs = tbsCertificate(
    {
      serial: nextSerial(),
      issuer: issuer?.name ?? name,
      subject: name,
      spki: key.spki,
      notBefore: options.notBefore,
      notAfter: options.notAfter,
      extensions: options.extensions?.(usual) ?? usual,
    },
    signer,
  );
  return { key, name, certificate: signCertificate(tbs, signer) };
}
