/** The kinds of keys that sign in the software supply chain. */
export type PublicKeyAlgorithm = "ecdsa-p256" | "ecdsa-p384" | "ecdsa-p521" | "rsa" | "ed25519";

/** How a message becomes a signature: the algorithm, and the hash that runs before it. */
export type SignatureScheme =
  | "ecdsa-sha256"
  | "ecdsa-sha384"
  | "ecdsa-sha512"
  | "rsa-pkcs1-sha256"
  | "rsa-pkcs1-sha384"
  | "rsa-pkcs1-sha512"
  | "rsa-pss-sha256"
  | "rsa-pss-sha384"
  | "rsa-pss-sha512"
  | "ed25519"
  | "ed25519ph";

/** The hashes that signatures of this field are made over, with the bytes of their digests. */
export const DIGEST_BYTES = { sha256: 32, sha384: 48, sha512: 64 } as const;

export type SignatureHash = keyof typeof DIGEST_BYTES;

/** Ed25519 takes the message itself; every other scheme its hash. */
export type SchemeParts =
  | { readonly family: "ed25519" }
  | { readonly family: "ecdsa" | "rsa-pkcs1" | "rsa-pss" | "ed25519ph"; readonly hash: SignatureHash };

/** Every scheme by its parts. */
export const SCHEMES: Readonly<Record<SignatureScheme, SchemeParts>> = {
  "ecdsa-sha256": { family: "ecdsa", hash: "sha256" },
  "ecdsa-sha384": { family: "ecdsa", hash: "sha384" },
  "ecdsa-sha512": { family: "ecdsa", hash: "sha512" },
  "rsa-pkcs1-sha256": { family: "rsa-pkcs1", hash: "sha256" },
  "rsa-pkcs1-sha384": { family: "rsa-pkcs1", hash: "sha384" },
  "rsa-pkcs1-sha512": { family: "rsa-pkcs1", hash: "sha512" },
  "rsa-pss-sha256": { family: "rsa-pss", hash: "sha256" },
  "rsa-pss-sha384": { family: "rsa-pss", hash: "sha384" },
  "rsa-pss-sha512": { family: "rsa-pss", hash: "sha512" },
  ed25519: { family: "ed25519" },
  ed25519ph: { family: "ed25519ph", hash: "sha512" },
};

export interface AlgorithmRow {
  /** What Sigstore takes when nothing says otherwise. */
  readonly defaultScheme: SignatureScheme;
  readonly families: readonly SchemeParts["family"][];
}

/** Every kind of key with the schemes it can verify. */
export const ALGORITHMS: Readonly<Record<PublicKeyAlgorithm, AlgorithmRow>> = {
  "ecdsa-p256": { defaultScheme: "ecdsa-sha256", families: ["ecdsa"] },
  "ecdsa-p384": { defaultScheme: "ecdsa-sha384", families: ["ecdsa"] },
  "ecdsa-p521": { defaultScheme: "ecdsa-sha512", families: ["ecdsa"] },
  rsa: { defaultScheme: "rsa-pkcs1-sha256", families: ["rsa-pkcs1", "rsa-pss"] },
  ed25519: { defaultScheme: "ed25519", families: ["ed25519", "ed25519ph"] },
};
