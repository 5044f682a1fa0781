import { contextTag, DerReader, oidOf, smallIntegerOf, TAG } from "./der.ts";

/** Go's constants for signatures with RSA keys. */
const SIGNATURES: ReadonlyMap<string, number> = new Map([
  ["1.2.840.113549.1.1.4", 2],
  ["1.2.840.113549.1.1.5", 3],
  ["1.2.840.113549.1.1.11", 4],
  ["1.2.840.113549.1.1.12", 5],
  ["1.2.840.113549.1.1.13", 6],
]);
const PSS = "1.2.840.113549.1.1.10";
/** By the hash: Go's constant, and the only length of the salt for which it is used. */
const PSS_HASHES: ReadonlyMap<string, readonly [constant: number, saltBytes: number]> = new Map([
  ["2.16.840.1.101.3.4.2.1", [13, 32]],
  ["2.16.840.1.101.3.4.2.2", [14, 48]],
  ["2.16.840.1.101.3.4.2.3", [15, 64]],
]);
const UNKNOWN = 0;

/**
 * An AlgorithmIdentifier as Go's x509.SignatureAlgorithm; 0 for what is no signature with an RSA key.
 * @throws {CelError} invalid_argument
 */
export function readSignatureAlgorithm(content: Uint8Array): number {
  const reader = new DerReader(content);
  const id = firstOid(reader);
  return id === PSS ? readPss(reader.read(TAG.sequence).content) : (SIGNATURES.get(id) ?? UNKNOWN);
}

function readPss(content: Uint8Array): number {
  const reader = new DerReader(content);
  const hash = reader.readOptional(contextTag(0, true));
  const mask = reader.readOptional(contextTag(1, true));
  const salt = reader.readOptional(contextTag(2, true));
  if (hash === undefined || mask === undefined || salt === undefined) return UNKNOWN;
  const hashId = firstOid(insideOf(hash.content));
  const maskReader = insideOf(mask.content);
  firstOid(maskReader);
  const known = PSS_HASHES.get(hashId);
  const saltBytes = smallIntegerOf(new DerReader(salt.content).read(TAG.integer).content);
  const maskHash = firstOid(new DerReader(maskReader.read(TAG.sequence).content));
  return known !== undefined && maskHash === hashId && saltBytes === known[1] ? known[0] : UNKNOWN;
}

function insideOf(content: Uint8Array): DerReader {
  return new DerReader(new DerReader(content).read(TAG.sequence).content);
}

function firstOid(reader: DerReader): string {
  return oidOf(reader.read(TAG.oid).content).join(".");
}
