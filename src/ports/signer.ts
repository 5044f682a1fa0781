import type { PlainPrivateKey } from "../attestation/index.ts";
import type { PublicKey, SignatureScheme } from "../base/index.ts";

/** Something that signs: a key that was opened; a KMS or Fulcio later. */
export interface Signer {
  /** The key that verifies what `sign` returns. */
  readonly publicKey: PublicKey;
  /** PEM block `PUBLIC KEY`. */
  readonly publicKeyPem: string;
  /**
   * The signature over a message by the key's default scheme or by another one that fits it; ECDSA as DER.
   * @throws {AmapError} KEY_UNSUPPORTED for a scheme of another kind of key
   */
  sign(message: Uint8Array, scheme?: SignatureScheme): Promise<Uint8Array>;
}

/** Makes and opens software keys. */
export interface SigningKeys {
  /** A fresh P-256 key: PKCS #8 DER, unencrypted, in memory only. */
  generate(): Promise<Uint8Array>;
  /**
   * A signer for a PKCS #8 DER key: ECDSA on P-256, P-384 or P-521, RSA of 2048, 3072 or 4096 bits, Ed25519.
   * @throws {AmapError} KEY_INVALID, KEY_UNSUPPORTED
   */
  open(pkcs8: Uint8Array): Promise<Signer>;
  /**
   * PKCS #8 DER of a key that `open` takes, from the form in which another tool wrote it.
   * @throws {AmapError} KEY_INVALID, also for a private key that does not fit the public key beside it; KEY_UNSUPPORTED
   */
  importKey(key: PlainPrivateKey): Promise<Uint8Array>;
}
