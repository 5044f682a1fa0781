import { decodeHex, encodeUtf8, LIMITS, type PublicKey, type SignatureScheme, startHash } from "../base/index.ts";
import { type Envelope, preAuthEncoding } from "./envelope.ts";
import type { SignedDigestAlgorithm } from "./signed-artifact.ts";

/**
 * The schemes that are tried for a key, the usual one first. Old clients signed with SHA-256 whatever the curve, and
 * Ed25519 keys sign digests (Ed25519ph) where a log holds nothing else.
 */
const SCHEMES: Readonly<Record<PublicKey["algorithm"], readonly SignatureScheme[]>> = {
  "ecdsa-p256": ["ecdsa-sha256"],
  "ecdsa-p384": ["ecdsa-sha384", "ecdsa-sha256"],
  "ecdsa-p521": ["ecdsa-sha512", "ecdsa-sha256"],
  rsa: ["rsa-pkcs1-sha256"],
  ed25519: ["ed25519", "ed25519ph"],
};

/** Which digest a scheme signs; undefined for plain Ed25519, which signs the bytes themselves. */
const DIGESTS: Readonly<Record<SignatureScheme, SignedDigestAlgorithm | undefined>> = {
  "ecdsa-sha256": "sha256",
  "ecdsa-sha384": "sha384",
  "ecdsa-sha512": "sha512",
  "rsa-pkcs1-sha256": "sha256",
  "rsa-pkcs1-sha384": "sha384",
  "rsa-pkcs1-sha512": "sha512",
  "rsa-pss-sha256": "sha256",
  "rsa-pss-sha384": "sha384",
  "rsa-pss-sha512": "sha512",
  ed25519: undefined,
  ed25519ph: "sha512",
};

/** Whether a key signed a message, by any scheme that Sigstore's clients use with such a key. */
export function isSignedByKey(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  return SCHEMES[key.algorithm].some((scheme) => key.verifies(message, signature, scheme));
}

/**
 * Whether a key signed the message with these digests; `digestOf` gives one by its algorithm, or undefined where it is
 * not known.
 */
function isDigestSignedByKey(
  key: PublicKey,
  digestOf: (algorithm: SignedDigestAlgorithm) => Uint8Array | undefined,
  signature: Uint8Array,
): boolean {
  return SCHEMES[key.algorithm].some((scheme) => {
    const algorithm = DIGESTS[scheme];
    const digest = algorithm === undefined ? undefined : digestOf(algorithm);
    return digest !== undefined && key.verifiesDigest(digest, signature, scheme);
  });
}

/** How signatures of one message are checked. */
export interface SignatureCheck {
  /** Whether a key made a signature of the message. */
  isSignedBy(key: PublicKey, signature: Uint8Array): boolean;
  /** The bytes that one more check with this key hashes at most; what all checks share is not counted. */
  bytesHashed(key: PublicKey): number;
}

/** The check for a message that is in memory, and small enough to be hashed for each key. */
export function checkOfMessage(message: Uint8Array): SignatureCheck {
  return {
    isSignedBy: (key, signature) => isSignedByKey(key, message, signature),
    bytesHashed: (key) => message.length * SCHEMES[key.algorithm].length,
  };
}

/** The check for an envelope's signatures. A large payload is hashed where it is: what is signed would be a copy of it. */
export function checkOfEnvelope({ payloadType, payload }: Envelope): SignatureCheck {
  if (payload.length <= LIMITS.copiedPayloadBytes) return checkOfMessage(preAuthEncoding(payloadType, payload));
  return checkOfLargeMessage(
    payload.length,
    (algorithm) => hashPreAuthEncoding(algorithm, payloadType, payload),
    () => preAuthEncoding(payloadType, payload),
  );
}

/** The check for the signature of a blob; `digestOf` keeps what it computed. */
export function checkOfBlob(
  bytes: Uint8Array,
  digestOf: (algorithm: SignedDigestAlgorithm) => Uint8Array | undefined,
): SignatureCheck {
  if (bytes.length <= LIMITS.copiedPayloadBytes) return checkOfMessage(bytes);
  return checkOfLargeMessage(bytes.length, digestOf, () => bytes);
}

/** The check where only digests are known. */
export function checkOfDigests(digestOf: (algorithm: SignedDigestAlgorithm) => Uint8Array | undefined): SignatureCheck {
  return { isSignedBy: (key, signature) => isDigestSignedByKey(key, digestOf, signature), bytesHashed: () => 0 };
}

/**
 * A large message is hashed once for each hash that keys ask for. Only plain Ed25519 needs all of it in one piece, and
 * hashes it for every signature.
 */
function checkOfLargeMessage(
  length: number,
  hash: (algorithm: SignedDigestAlgorithm) => Uint8Array | undefined,
  wholeOf: () => Uint8Array,
): SignatureCheck {
  const digests = new Map<SignedDigestAlgorithm, Uint8Array | undefined>();
  const digestOf = (algorithm: SignedDigestAlgorithm): Uint8Array | undefined => {
    if (!digests.has(algorithm)) digests.set(algorithm, hash(algorithm));
    return digests.get(algorithm);
  };
  let whole: Uint8Array | undefined;
  return {
    isSignedBy: (key, signature) => {
      if (isDigestSignedByKey(key, digestOf, signature)) return true;
      if (key.algorithm !== "ed25519") return false;
      whole ??= wholeOf();
      return key.verifies(whole, signature, "ed25519");
    },
    bytesHashed: (key) => (key.algorithm === "ed25519" ? length : 0),
  };
}

function hashPreAuthEncoding(algorithm: SignedDigestAlgorithm, payloadType: string, payload: Uint8Array): Uint8Array {
  const type = encodeUtf8(payloadType);
  const hash = startHash(algorithm);
  for (const part of [encodeUtf8(`DSSEv1 ${type.length} `), type, encodeUtf8(` ${payload.length} `), payload]) {
    hash.update(part);
  }
  return decodeHex(hash.digestHex()) ?? new Uint8Array();
}
