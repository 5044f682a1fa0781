import { AmapError, LIMITS, type PemBlock, readPemBlock } from "../../base/index.ts";

/** A private key that is not encrypted, in the form in which its PEM block holds it. */
export interface PlainPrivateKey {
  /** RSA alone (RFC 8017 §A.1.2), ECDSA alone (RFC 5915), or any kind (RFC 5208). */
  readonly form: "pkcs1" | "sec1" | "pkcs8";
  readonly der: Uint8Array;
}

const FORMS: ReadonlyMap<string, PlainPrivateKey["form"]> = new Map([
  ["RSA PRIVATE KEY", "pkcs1"],
  ["EC PRIVATE KEY", "sec1"],
  ["PRIVATE KEY", "pkcs8"],
]);

/** Written by OpenSSL before an EC key; the key names its curve again. */
const SKIPPED = "EC PARAMETERS";

/** Why a block of another kind is not taken, and what to do. */
const REFUSED: ReadonlyMap<string, readonly [message: string, hint: string]> = new Map([
  [
    "ENCRYPTED PRIVATE KEY",
    ["found one that is encrypted", "Decrypt it first: `openssl pkey -in FILE -out plain.pem`."],
  ],
  [
    "OPENSSH PRIVATE KEY",
    [
      "found an OpenSSH key",
      "Convert a copy first: `ssh-keygen -p -m PEM -f COPY`; Ed25519 keys cannot be converted so.",
    ],
  ],
  ["ENCRYPTED SIGSTORE PRIVATE KEY", ["found one in cosign's form", "Sign with it as it is."]],
  ["ENCRYPTED COSIGN PRIVATE KEY", ["found one in cosign's form", "Sign with it as it is."]],
  ["PUBLIC KEY", ["found a public key", "Importing needs the private key."]],
]);

/**
 * The private key in the first PEM block of a text: `RSA PRIVATE KEY` (PKCS #1), `EC PRIVATE KEY` (SEC 1) or
 * `PRIVATE KEY` (PKCS #8), not encrypted, at most LIMITS.privateKeyCharacters. Its content is not looked at.
 *
 * @throws {AmapError} KEY_INVALID when there is no such block; KEY_UNSUPPORTED for keys that are encrypted or OpenSSH's
 * @example
 * ```ts
 * import { readPlainPrivateKey } from "../index.ts";
 * readPlainPrivateKey("-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n").form; // "pkcs8"
 * ```
 */
export function readPlainPrivateKey(pem: string): PlainPrivateKey {
  if (pem.length > LIMITS.privateKeyCharacters) {
    throw new AmapError("KEY_INVALID", "expected a key file, found a larger file");
  }
  let block = readPemBlock(pem);
  if (block?.label === SKIPPED) block = readPemBlock(pem, block.end);
  if (block === undefined) {
    throw new AmapError("KEY_INVALID", `expected a PEM block ${[...FORMS.keys()].join(", ")}, found none`);
  }
  const form = FORMS.get(block.label);
  if (form === undefined || block.hasHeaders) throw refusalOf(block);
  if (block.bytes === undefined || block.bytes.length === 0) {
    throw new AmapError("KEY_INVALID", "the PEM block does not hold base64; the file is damaged");
  }
  return { form, der: block.bytes };
}

function refusalOf({ label, hasHeaders }: PemBlock): AmapError {
  // Header lines stand in OpenSSL's older form of an encrypted key.
  const row = REFUSED.get(hasHeaders ? "ENCRYPTED PRIVATE KEY" : label);
  if (row === undefined) {
    return new AmapError("KEY_INVALID", `expected a private key in PEM, found a block ${label}`, {
      hint: `Expected one of ${[...FORMS.keys()].join(", ")}.`,
    });
  }
  const [message, hint] = row;
  const code = label.startsWith("OPENSSH") || message.endsWith("encrypted") ? "KEY_UNSUPPORTED" : "KEY_INVALID";
  return new AmapError(code, `expected a private key that is not encrypted, ${message}`, { hint });
}
