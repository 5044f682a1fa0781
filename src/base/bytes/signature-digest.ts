import { constants, type KeyObject, publicDecrypt } from "node:crypto";
import { hashBytes } from "./hash.ts";
import { ecdsaOn, type NistAlgorithm, prehashedEd25519 } from "./signature-curves.ts";
import type { PublicKeyAlgorithm, SchemeParts, SignatureHash } from "./signature-scheme.ts";
import { concatBytes, encodeHex } from "./text.ts";

/**
 * Signatures over a digest that the caller holds without its message: node:crypto hashes every message itself.
 * All functions may throw for junk; the caller turns that into false.
 */

/** The bytes of a key's point, with the leading 4 that says uncompressed. */
const POINT_BYTES: Readonly<Record<NistAlgorithm, number>> = { "ecdsa-p256": 65, "ecdsa-p384": 97, "ecdsa-p521": 133 };

/** ECDSA, the signature in DER. */
export function verifyEcdsaDigest(
  spki: Uint8Array,
  algorithm: PublicKeyAlgorithm,
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (algorithm === "rsa" || algorithm === "ed25519") return false;
  // Signers of this field do not choose the lower of the two values of s, so neither one is refused.
  const options = { prehash: false, lowS: false, format: "der" } as const;
  return ecdsaOn(algorithm).verify(signature, digest, spki.subarray(-POINT_BYTES[algorithm]), options);
}

const ED25519_KEY_BYTES = 32;

/** Ed25519ph over the SHA-512 of the message. */
export function verifyEd25519Digest(spki: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean {
  return prehashedEd25519().verify(signature, digest, spki.subarray(-ED25519_KEY_BYTES), { zip215: false });
}

/** DigestInfo of PKCS #1 up to the digest (RFC 8017 §9.2, note 1). */
const DIGEST_INFO: Readonly<Record<SignatureHash, string>> = {
  sha256: "3031300d060960864801650304020105000420",
  sha384: "3041300d060960864801650304020205000430",
  sha512: "3051300d060960864801650304020305000440",
};

/** RSA, PKCS #1 v1.5 or PSS. */
export function verifyRsaDigest(
  key: KeyObject,
  bits: number,
  { family, hash }: { readonly family: SchemeParts["family"]; readonly hash: SignatureHash },
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  // OpenSSL would also take a signature without its leading zeros.
  if (signature.length !== Math.ceil(bits / 8)) return false;
  if (family === "rsa-pss") {
    return matchesPss(publicDecrypt({ key, padding: constants.RSA_NO_PADDING }, signature), bits, hash, digest);
  }
  const encoded = publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature);
  // Compared whole, so nothing can hide behind the digest.
  return encodeHex(new Uint8Array(encoded)) === DIGEST_INFO[hash] + encodeHex(digest);
}

/** EMSA-PSS-VERIFY with MGF1 by the same hash and a salt of any length (RFC 8017 §9.1.2). */
function matchesPss(padded: Uint8Array, bits: number, hash: SignatureHash, digest: Uint8Array): boolean {
  const encodedBits = bits - 1;
  const length = Math.ceil(encodedBits / 8);
  // Where the modulus has one bit more than whole bytes, the encoded message is a byte shorter than it.
  if (padded.subarray(0, padded.length - length).some((byte) => byte !== 0)) return false;
  const encoded = padded.subarray(padded.length - length);
  const maskedEnd = length - digest.length - 1;
  if (maskedEnd < 1 || encoded[length - 1] !== 0xbc) return false;
  const hashed = encoded.subarray(maskedEnd, length - 1);
  const mask = generateMask(hash, hashed, maskedEnd);
  const block = Uint8Array.from(encoded.subarray(0, maskedEnd), (byte, index) => byte ^ (mask[index] ?? 0));
  const topBits = 8 * length - encodedBits;
  const allowed = 0xff >> topBits;
  if (((encoded[0] ?? 0) & ~allowed) !== 0) return false;
  block[0] = (block[0] ?? 0) & allowed;
  const one = block.findIndex((byte) => byte !== 0);
  if (one < 0 || block[one] !== 1) return false;
  const salt = block.subarray(one + 1);
  return encodeHex(hashBytes(hash, concatBytes([new Uint8Array(8), digest, salt]))) === encodeHex(hashed);
}

/** MGF1 (RFC 8017 §B.2.1). */
function generateMask(hash: SignatureHash, seed: Uint8Array, length: number): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let counter = 0, made = 0; made < length; counter++) {
    const part = hashBytes(hash, concatBytes([seed, Uint8Array.of(0, 0, counter >> 8, counter & 0xff)]));
    parts.push(part);
    made += part.length;
  }
  return concatBytes(parts).subarray(0, length);
}
