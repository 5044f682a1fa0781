import { constants, createPublicKey, type KeyObject, scryptSync, verify } from "node:crypto";
import { AmapError } from "../errors/amap-error.ts";
import { LIMITS } from "../limits.ts";
import { hashBytes } from "./hash.ts";
import { readPemBlock } from "./pem.ts";
import { verifyEcdsaDigest, verifyEd25519Digest, verifyRsaDigest } from "./signature-digest.ts";
import {
  ALGORITHMS,
  DIGEST_BYTES,
  type PublicKeyAlgorithm,
  SCHEMES,
  type SignatureScheme,
} from "./signature-scheme.ts";
import { bufferOf, encodeHex } from "./text.ts";

/** A public key that is ready to verify with. */
export interface PublicKey {
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
  /** SHA-256 of the SPKI, the key's id in Sigstore bundles (there in base64). */
  readonly keyId: Uint8Array;
  readonly algorithm: PublicKeyAlgorithm;
  /** Of an RSA modulus. */
  readonly bits?: number;
  /** The scheme that Sigstore takes when nothing says otherwise: the curve's own hash, PKCS #1 with SHA-256 for RSA. */
  readonly defaultScheme: SignatureScheme;
  /**
   * Whether `signature` over `message` was made by this key: ECDSA signatures in DER, RSA and Ed25519 raw. Never
   * throws; false for a scheme of another kind of key.
   */
  readonly verifies: (message: Uint8Array, signature: Uint8Array, scheme?: SignatureScheme) => boolean;
  /**
   * The same where only the scheme's hash of the message is known. Never throws; false for a digest of another length
   * and for plain Ed25519, which has no digest.
   */
  readonly verifiesDigest: (digest: Uint8Array, signature: Uint8Array, scheme?: SignatureScheme) => boolean;
}

/**
 * Reads a key from the first PEM block of a text: `PUBLIC KEY` (SubjectPublicKeyInfo, RFC 7468 §13) or
 * `RSA PUBLIC KEY` (PKCS #1). ECDSA on P-256, P-384 and P-521, RSA of 2048 to 8192 bits, Ed25519.
 * @throws {AmapError} KEY_INVALID, KEY_UNSUPPORTED
 * @example
 * ```ts
 * import { readPublicKey } from "../index.ts";
 * const key = readPublicKey(`-----BEGIN PUBLIC KEY-----
 * MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEuVdM3qATj9dk7yw0yjjtL23C6/eI
 * Y5YvWtL7WsNJmIyIQb6KpjlQ2G9DfMq4Tfxkcxs5ifag6lVEiniq4Ti1cg==
 * -----END PUBLIC KEY-----`);
 * key.verifies(new Uint8Array(), new Uint8Array()); // false
 * ```
 */
export function readPublicKey(pem: string): PublicKey {
  if (pem.includes("PRIVATE KEY")) {
    throw new AmapError("KEY_INVALID", "expected a public key, found a private key", {
      hint: "Pass the .pub file; `amap public-key --key FILE` makes it from the private key.",
    });
  }
  // Base64 and its line ends take less than twice the bytes; the text around the block is small too.
  const block = pem.length > 4 * LIMITS.publicKeyBytes ? undefined : readPemBlock(pem);
  if (block?.bytes !== undefined) {
    if (block.label === "PUBLIC KEY") return readPublicKeyInfo(block.bytes);
    if (block.label === "RSA PUBLIC KEY") return readPublicKeyInfo(toPublicKeyInfo(block.bytes));
  }
  const found = block?.bytes === undefined ? "no whole block" : `a block ${block.label}`;
  throw new AmapError("KEY_INVALID", `expected a PEM block PUBLIC KEY, found ${found}`);
}

/**
 * Reads a key from its SubjectPublicKeyInfo in DER (RFC 5280 §4.1.2.7), as certificates, logs and trust roots hold
 * it. Points of curves must be uncompressed and curves named, as Go's programs want them.
 * @throws {AmapError} KEY_INVALID, KEY_UNSUPPORTED
 * @example
 * ```ts
 * import { decodeHex, readPublicKeyInfo } from "../index.ts";
 * const spki = decodeHex(`302a300506032b6570032100${"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"}`);
 * readPublicKeyInfo(spki ?? new Uint8Array()).algorithm; // "ed25519"
 * ```
 */
export function readPublicKeyInfo(spki: Uint8Array): PublicKey {
  if (spki.length > LIMITS.publicKeyBytes) {
    throw new AmapError(
      "KEY_INVALID",
      `expected a key of ${LIMITS.publicKeyBytes} bytes or less, found ${spki.length}`,
    );
  }
  // A copy: what the caller does with its bytes later must not change what is verified with.
  const own = spki.slice();
  let key: KeyObject;
  try {
    key = createPublicKey({ key: bufferOf(own), format: "der", type: "spki" });
  } catch (cause) {
    throw new AmapError("KEY_INVALID", "expected a SubjectPublicKeyInfo with a valid key, found other bytes", {
      cause,
    });
  }
  for (const [algorithm, bytes, prefix] of FIXED_FORMS) {
    if (own.length === bytes && encodeHex(own.subarray(0, prefix.length / 2)) === prefix) {
      return createVerifyingKey(own, key, algorithm);
    }
  }
  // The key's id is the hash of these bytes, so one key must not have two of them.
  if (encodeHex(own) !== encodeHex(new Uint8Array(key.export({ type: "spki", format: "der" })))) {
    throw new AmapError("KEY_INVALID", "expected a key in DER's one form, found other bytes that mean the same key");
  }
  if (key.asymmetricKeyType === "rsa") return createVerifyingKey(own, key, "rsa", checkRsa(key));
  const name = [key.asymmetricKeyType ?? "unknown", key.asymmetricKeyDetails?.namedCurve].filter(Boolean).join(" ");
  throw new AmapError(
    "KEY_UNSUPPORTED",
    `expected ECDSA on P-256, P-384 or P-521 (named curve, uncompressed point), RSA or Ed25519, found ${name}`,
  );
}

/** Kinds of keys whose DER is always the same up to the key itself: length, and all that stands before the key in hex. */
const FIXED_FORMS: readonly (readonly [PublicKeyAlgorithm, number, string])[] = [
  ["ecdsa-p256", 91, "3059301306072a8648ce3d020106082a8648ce3d03010703420004"],
  ["ecdsa-p384", 120, "3076301006072a8648ce3d020106052b8104002203620004"],
  ["ecdsa-p521", 158, "30819b301006072a8648ce3d020106052b810400230381860004"],
  ["ed25519", 44, "302a300506032b6570032100"],
];

/** The size of the modulus of an RSA key that may be trusted. */
function checkRsa(key: KeyObject): number {
  const { modulusLength: bits = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (bits < LIMITS.rsaKeyBitsMin || bits > LIMITS.rsaKeyBits) {
    const allowed = `${LIMITS.rsaKeyBitsMin} to ${LIMITS.rsaKeyBits} bits`;
    throw new AmapError("KEY_UNSUPPORTED", `expected an RSA key of ${allowed}, found ${bits}`);
  }
  // With 1 everybody signs; Go's programs hold exponents in 31 bits.
  if (publicExponent < 3n || publicExponent >= 1n << 31n || publicExponent % 2n === 0n) {
    throw new AmapError("KEY_UNSUPPORTED", `expected an odd RSA exponent from 3 to 2^31, found ${publicExponent}`);
  }
  return bits;
}

/** SubjectPublicKeyInfo of a key in PKCS #1. */
function toPublicKeyInfo(pkcs1: Uint8Array): Uint8Array {
  try {
    const key = createPublicKey({ key: bufferOf(pkcs1), format: "der", type: "pkcs1" });
    return new Uint8Array(key.export({ type: "spki", format: "der" }));
  } catch (cause) {
    throw new AmapError("KEY_INVALID", "expected an RSA public key in PKCS #1, found other bytes", { cause });
  }
}

function createVerifyingKey(spki: Uint8Array, key: KeyObject, algorithm: PublicKeyAlgorithm, bits?: number): PublicKey {
  const { defaultScheme, families } = ALGORITHMS[algorithm];

  function verifies(message: Uint8Array, signature: Uint8Array, scheme: SignatureScheme = defaultScheme): boolean {
    const parts = SCHEMES[scheme];
    if (!families.includes(parts.family)) return false;
    try {
      if (parts.family === "ed25519") return verify(null, message, key, signature);
      const { family, hash } = parts;
      if (family === "ed25519ph") return verifyEd25519Digest(spki, hashBytes(hash, message), signature);
      if (family !== "rsa-pss") return verify(hash, message, key, signature);
      return verify(hash, message, { key, padding: constants.RSA_PKCS1_PSS_PADDING }, signature);
    } catch {
      return false;
    }
  }

  function verifiesDigest(digest: Uint8Array, signature: Uint8Array, scheme: SignatureScheme = defaultScheme): boolean {
    const parts = SCHEMES[scheme];
    if (!families.includes(parts.family) || parts.family === "ed25519") return false;
    const { family, hash } = parts;
    if (digest.length !== DIGEST_BYTES[hash]) return false;
    try {
      if (family === "ed25519ph") return verifyEd25519Digest(spki, digest, signature);
      if (family === "ecdsa") return verifyEcdsaDigest(spki, algorithm, digest, signature);
      return verifyRsaDigest(key, bits ?? 0, parts, digest, signature);
    } catch {
      return false;
    }
  }

  return Object.freeze({
    spki,
    keyId: hashBytes("sha256", spki),
    algorithm,
    ...(bits === undefined ? {} : { bits }),
    defaultScheme,
    verifies,
    verifiesDigest,
  });
}

/** Parameters of scrypt (RFC 7914) that amap accepts; the caller checks them first, since the cost is N·r·128 bytes. */
export interface ScryptParameters {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/**
 * Derives a key of `length` bytes from a password by scrypt (RFC 7914). Costs about N·r·128 bytes of memory.
 * @example
 * ```ts
 * import { deriveScryptKey, encodeUtf8 } from "../index.ts";
 * deriveScryptKey("password", encodeUtf8("salt"), { N: 16, r: 1, p: 1 }, 32).length; // 32
 * ```
 */
export function deriveScryptKey(
  password: string,
  salt: Uint8Array,
  parameters: ScryptParameters,
  length: number,
): Uint8Array {
  const { N, r, p } = parameters;
  return new Uint8Array(scryptSync(password, salt, length, { N, r, p, maxmem: N * r * 128 * 2 }));
}
