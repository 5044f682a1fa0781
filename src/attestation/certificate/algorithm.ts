import type { HashAlgorithm, SignatureScheme } from "../../base/index.ts";
import { contextTag, DER_TAGS, DerFields, type DerNode, expectTag, onlyChildOf } from "../der/der.ts";
import { readInteger, readOid } from "../der/der-values.ts";

/** Hashes that signatures and timestamps are trusted by. SHA-1 and MD5 are no longer among them. */
const HASHES: ReadonlyMap<string, TrustedHash> = new Map([
  ["2.16.840.1.101.3.4.2.1", "sha256"],
  ["2.16.840.1.101.3.4.2.2", "sha384"],
  ["2.16.840.1.101.3.4.2.3", "sha512"],
]);

const HASH_BYTES = { sha256: 32, sha384: 48, sha512: 64 } as const;

/** Signature algorithms that need no parameters (RFC 5758, RFC 4055, RFC 8410). */
const SCHEMES: ReadonlyMap<string, SignatureScheme> = new Map([
  ["1.2.840.10045.4.3.2", "ecdsa-sha256"],
  ["1.2.840.10045.4.3.3", "ecdsa-sha384"],
  ["1.2.840.10045.4.3.4", "ecdsa-sha512"],
  ["1.2.840.113549.1.1.11", "rsa-pkcs1-sha256"],
  ["1.2.840.113549.1.1.12", "rsa-pkcs1-sha384"],
  ["1.2.840.113549.1.1.13", "rsa-pkcs1-sha512"],
  ["1.3.101.112", "ed25519"],
]);

const RSA_PSS = "1.2.840.113549.1.1.10";
const MASK_GENERATION_1 = "1.2.840.113549.1.1.8";

/** A hash of the list above, by the name that `hashBytes` takes. */
export type TrustedHash = HashAlgorithm & ("sha256" | "sha384" | "sha512");

/** An AlgorithmIdentifier: its object identifier, and the parameters unless they are absent or NULL. */
export interface AlgorithmIdentifier {
  readonly oid: string;
  readonly parameters?: DerNode;
}

/**
 * An AlgorithmIdentifier (RFC 5280 §4.1.1.2).
 * @throws {AmapError} DER_INVALID
 */
export function readAlgorithm(node: DerNode): AlgorithmIdentifier {
  expectTag(node, DER_TAGS.sequence, "an algorithm");
  const fields = new DerFields(node);
  const oid = readOid(fields.take("an algorithm's identifier"));
  if (fields.takeIf(DER_TAGS.null) !== undefined || fields.isAtEnd()) {
    fields.end("an algorithm");
    return { oid };
  }
  const parameters = fields.take("an algorithm's parameters");
  fields.end("an algorithm");
  return { oid, parameters };
}

/** The hash that an algorithm names, or undefined for one that nothing is trusted by. */
export function hashOf(algorithm: AlgorithmIdentifier): TrustedHash | undefined {
  return algorithm.parameters === undefined ? HASHES.get(algorithm.oid) : undefined;
}

/**
 * The scheme that a signature algorithm names, or undefined for one that nothing is trusted by. RSA-PSS as everybody
 * uses it: one hash for message and mask, a salt of the hash's length.
 * @throws {AmapError} DER_INVALID
 */
export function schemeOf(algorithm: AlgorithmIdentifier): SignatureScheme | undefined {
  if (algorithm.oid !== RSA_PSS) {
    return algorithm.parameters === undefined ? SCHEMES.get(algorithm.oid) : undefined;
  }
  if (algorithm.parameters === undefined) return undefined;
  const fields = new DerFields(algorithm.parameters);
  const hashField = fields.takeIf(contextTag(0));
  const maskField = fields.takeIf(contextTag(1));
  const saltField = fields.takeIf(contextTag(2));
  const trailerField = fields.takeIf(contextTag(3));
  fields.end("RSA-PSS parameters");
  // Each left out means SHA-1, or a salt of 20 bytes.
  if (hashField === undefined || maskField === undefined || saltField === undefined) return undefined;
  const hash = hashOf(readAlgorithm(onlyChildOf(hashField, "a hash algorithm")));
  const mask = readAlgorithm(onlyChildOf(maskField, "a mask algorithm"));
  const salt = readInteger(onlyChildOf(saltField, "a salt length"));
  const trailer = trailerField === undefined ? 1n : readInteger(onlyChildOf(trailerField, "a trailer"));
  if (hash === undefined || mask.oid !== MASK_GENERATION_1 || mask.parameters === undefined) return undefined;
  if (hashOf(readAlgorithm(mask.parameters)) !== hash) return undefined;
  return salt === BigInt(HASH_BYTES[hash]) && trailer === 1n ? `rsa-pss-${hash}` : undefined;
}
