import type { PublicKey } from "../base/index.ts";

/** Something that signs: a key file today; a KMS, a Kubernetes Secret or Fulcio later. */
export interface Signer {
  /** The key that verifies what `sign` returns. */
  readonly publicKey: PublicKey;
  /** PEM block `PUBLIC KEY`. */
  readonly publicKeyPem: string;
  /** The signature over a message; ECDSA as DER. */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** Makes and opens software keys. */
export interface SigningKeys {
  /** A fresh P-256 key: PKCS #8 DER, unencrypted, in memory only. */
  generate(): Promise<Uint8Array>;
  /**
   * A signer for a PKCS #8 DER key.
   * @throws {AmapError} KEY_INVALID, KEY_UNSUPPORTED
   */
  open(pkcs8: Uint8Array): Promise<Signer>;
}
