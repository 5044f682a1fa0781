import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { ed25519ph } from "@noble/curves/ed25519.js";
import { NULL, objectId, pem, sequence } from "./der-values.ts";

export type TestHash = "sha256" | "sha384" | "sha512";
export type TestKeyKind = "ecdsa-p256" | "ecdsa-p384" | "ecdsa-p521" | "rsa-2048" | "ed25519" | "ed25519ph";

/** A fresh key pair and how Sigstore names and uses it. */
export interface TestKey {
  readonly kind: TestKeyKind;
  readonly privateKey: KeyObject;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Buffer;
  /** The same in PEM. */
  readonly pem: string;
  /** SHA-256 of the SPKI. */
  readonly keyId: Buffer;
  /** The name in protobuf-specs' PublicKeyDetails. */
  readonly keyDetails: string;
  /** What is hashed before signing; for plain Ed25519 what a log would hash. */
  readonly hash: TestHash;
  /** AlgorithmIdentifier of its signatures. */
  readonly signatureAlgorithm: Buffer;
  sign(message: Uint8Array, hash?: TestHash): Buffer;
}

interface KindRow {
  readonly make: () => { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
  readonly keyDetails: string;
  readonly hash: TestHash;
}

const ec = (namedCurve: string) => () => generateKeyPairSync("ec", { namedCurve });

const KINDS: Readonly<Record<TestKeyKind, KindRow>> = {
  "ecdsa-p256": { make: ec("P-256"), keyDetails: "PKIX_ECDSA_P256_SHA_256", hash: "sha256" },
  "ecdsa-p384": { make: ec("P-384"), keyDetails: "PKIX_ECDSA_P384_SHA_384", hash: "sha384" },
  "ecdsa-p521": { make: ec("P-521"), keyDetails: "PKIX_ECDSA_P521_SHA_512", hash: "sha512" },
  "rsa-2048": {
    make: () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
    keyDetails: "PKIX_RSA_PKCS1V15_2048_SHA256",
    hash: "sha256",
  },
  ed25519: { make: () => generateKeyPairSync("ed25519"), keyDetails: "PKIX_ED25519", hash: "sha256" },
  ed25519ph: { make: () => generateKeyPairSync("ed25519"), keyDetails: "PKIX_ED25519_PH", hash: "sha512" },
};

/** Makes a key; an RSA key takes about a tenth of a second, the others under a millisecond. */
export function createTestKey(kind: TestKeyKind = "ecdsa-p256"): TestKey {
  const { make, keyDetails, hash } = KINDS[kind];
  const { publicKey, privateKey } = make();
  const spki = publicKey.export({ type: "spki", format: "der" });
  return {
    kind,
    privateKey,
    spki,
    pem: pem("PUBLIC KEY", spki),
    keyId: createHash("sha256").update(spki).digest(),
    keyDetails,
    hash,
    signatureAlgorithm: signatureAlgorithm(kind, hash),
    sign: (message, chosen = hash) => {
      if (kind === "ed25519ph") return Buffer.from(ed25519ph.sign(message, secretOf(privateKey)));
      return sign(kind === "ed25519" ? null : chosen, message, privateKey);
    },
  };
}

/** The 32 bytes of an Ed25519 key. */
function secretOf(key: KeyObject): Uint8Array {
  return new Uint8Array(key.export({ type: "pkcs8", format: "der" }).subarray(-32));
}

const ECDSA: Readonly<Record<TestHash, string>> = {
  sha256: "1.2.840.10045.4.3.2",
  sha384: "1.2.840.10045.4.3.3",
  sha512: "1.2.840.10045.4.3.4",
};
const RSA: Readonly<Record<TestHash, string>> = {
  sha256: "1.2.840.113549.1.1.11",
  sha384: "1.2.840.113549.1.1.12",
  sha512: "1.2.840.113549.1.1.13",
};

/** AlgorithmIdentifier of a kind's signatures under a hash. */
export function signatureAlgorithm(kind: TestKeyKind, hash: TestHash): Buffer {
  if (kind.startsWith("ecdsa")) return sequence(objectId(ECDSA[hash]));
  return kind === "rsa-2048" ? sequence(objectId(RSA[hash]), NULL) : sequence(objectId("1.3.101.112"));
}
