import assert from "node:assert/strict";
import { type Certificate, decodeCertificate } from "../attestation/index.ts";
import {
  type AuthorityOptions,
  authorityKeyIdentifier,
  CODE_SIGNING,
  createAuthority,
  distinguishedName,
  extendedKeyUsage,
  keyUsage,
  nextSerial,
  signCertificate,
  subjectKeyIdentifier,
  type TestAuthority,
  type TestExtension,
  tbsCertificate,
} from "./sigstore/certificates.ts";
import { implicit, sequence } from "./sigstore/der-values.ts";
import { createTestKey, type TestKey } from "./sigstore/keys.ts";

/** The moment that the tests of chains judge. */
export const CHAIN_TIME: number = Date.UTC(2026, 5, 1, 12);
export const HOUR = 3_600_000;

/** What a signer's certificate may say otherwise than usual. */
export interface LeafInput {
  readonly subject?: Buffer;
  readonly issuerName?: Buffer;
  readonly key?: TestKey;
  readonly notBefore?: number;
  readonly notAfter?: number;
  /** GeneralNames; by default one address. */
  readonly names?: readonly Buffer[];
  readonly extensions?: (usual: readonly TestExtension[]) => readonly TestExtension[];
}

/** Names of subjectAltName. */
export const emailName = (text: string): Buffer => implicit(1, Buffer.from(text));
export const dnsName = (text: string): Buffer => implicit(2, Buffer.from(text));
export const uriName = (text: string): Buffer => implicit(6, Buffer.from(text));
export const ipName = (...bytes: readonly number[]): Buffer => implicit(7, Buffer.from(bytes));

export const alternativeNames = (critical: boolean, ...names: readonly Buffer[]): TestExtension => [
  "2.5.29.17",
  critical,
  sequence(...names),
];

/** Replaces the extension of the same identifier, or adds one. */
export const withExtension =
  (extension: TestExtension) =>
  (usual: readonly TestExtension[]): readonly TestExtension[] => [
    ...usual.filter(([id]) => id !== extension[0]),
    extension,
  ];

export const withoutExtension =
  (oid: string) =>
  (usual: readonly TestExtension[]): readonly TestExtension[] =>
    usual.filter(([id]) => id !== oid);

/** DER of a signer's certificate as Fulcio issues it. */
export function issueLeaf(issuer: TestAuthority, input: LeafInput = {}): Uint8Array {
  const { key = createTestKey(), names = [emailName("dev@example.com")] } = input;
  const usual: readonly TestExtension[] = [
    keyUsage(false),
    extendedKeyUsage(false, CODE_SIGNING),
    subjectKeyIdentifier(key.spki),
    authorityKeyIdentifier(issuer.key.spki),
    alternativeNames(true, ...names),
  ];
  const tbs = tbsCertificate(
    {
      serial: nextSerial(),
      issuer: input.issuerName ?? issuer.name,
      subject: input.subject ?? distinguishedName(),
      spki: key.spki,
      notBefore: input.notBefore ?? CHAIN_TIME - HOUR,
      notAfter: input.notAfter ?? CHAIN_TIME + HOUR,
      extensions: input.extensions?.(usual) ?? usual,
    },
    issuer.key,
  );
  return new Uint8Array(signCertificate(tbs, issuer.key));
}

/** An authority that is valid for a day around the moment of the tests. */
export function issueAuthority(options: Partial<AuthorityOptions> = {}, issuer?: TestAuthority): TestAuthority {
  const usual = { commonName: "authority", notBefore: CHAIN_TIME - 12 * HOUR, notAfter: CHAIN_TIME + 12 * HOUR };
  return createAuthority({ ...usual, key: options.key ?? createTestKey(), ...options }, issuer);
}

/** A certificate that must be well-formed. */
export function readCertificate(der: Uint8Array): Certificate {
  const decoded = decodeCertificate(new Uint8Array(der));
  assert.ok(decoded.ok, JSON.stringify(decoded));
  return decoded.value;
}
