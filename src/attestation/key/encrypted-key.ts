import { xsalsa20poly1305 } from "@noble/ciphers/salsa.js";
import {
  AmapError,
  decodeBase64,
  deriveScryptKey,
  encodeBase64,
  encodeUtf8,
  isAmapError,
  LIMITS,
  memberOf,
  type PemBlock,
  readJson,
  readPemBlock,
  type ScryptParameters,
  type Value,
  writeJson,
  writePemBlock,
} from "../../base/index.ts";
import { quoteText } from "../quote-text.ts";

/** Bytes of the salt and nonce of one encrypted key. */
export const ENCRYPTED_KEY_SALT_BYTES = 32;
export const ENCRYPTED_KEY_NONCE_BYTES = 24;

const SECRETBOX_KEY_BYTES = 32;
const SECRETBOX_TAG_BYTES = 16;
const WRITTEN_TYPE = "ENCRYPTED SIGSTORE PRIVATE KEY";
const READ_TYPES = new Set([WRITTEN_TYPE, "ENCRYPTED COSIGN PRIVATE KEY"]);
const STANDARD: ScryptParameters = { N: 65_536, r: 8, p: 1 };
/** Others are refused before any work is done: the file could ask for all memory (cosign accepts the same three). */
const ACCEPTED_N = [32_768, STANDARD.N, 131_072];

/**
 * A private key as a PEM block `ENCRYPTED SIGSTORE PRIVATE KEY`, byte for byte as cosign writes it: scrypt (N 65536, r 8,
 * p 1) and NaCl secretbox. `salt` is 32 and `nonce` 24 unpredictable bytes, never used twice. Takes about 0.1 s.
 *
 * @throws {AmapError} VALUE_INVALID when salt or nonce have another length
 * @example
 * ```ts
 * import { decryptPrivateKey, encryptPrivateKey } from "../index.ts";
 * const pem = encryptPrivateKey(new Uint8Array(138), "secret", { salt: new Uint8Array(32), nonce: new Uint8Array(24) });
 * decryptPrivateKey(pem, "secret").length; // 138
 * ```
 */
export function encryptPrivateKey(
  pkcs8: Uint8Array,
  password: string,
  random: { readonly salt: Uint8Array; readonly nonce: Uint8Array },
): string {
  const { salt, nonce } = random;
  if (salt.length !== ENCRYPTED_KEY_SALT_BYTES || nonce.length !== ENCRYPTED_KEY_NONCE_BYTES) {
    throw new AmapError("VALUE_INVALID", "expected a salt of 32 bytes and a nonce of 24 bytes");
  }
  const key = deriveScryptKey(password, salt, STANDARD, SECRETBOX_KEY_BYTES);
  const document = writeJson({
    kdf: { name: "scrypt", params: { N: STANDARD.N, r: STANDARD.r, p: STANDARD.p }, salt: encodeBase64(salt) },
    cipher: { name: "nacl/secretbox", nonce: encodeBase64(nonce) },
    ciphertext: encodeBase64(xsalsa20poly1305(key, nonce).encrypt(pkcs8)),
  });
  return writePemBlock(WRITTEN_TYPE, encodeUtf8(document));
}

/**
 * The private key (PKCS #8 DER) in a PEM block that cosign or `encryptPrivateKey` wrote, also under the older name
 * `ENCRYPTED COSIGN PRIVATE KEY`.
 *
 * @throws {AmapError} KEY_INVALID when it is not such a block, KEY_UNSUPPORTED for other parameters than scrypt N 32768,
 * 65536 or 131072 with r 8 and p 1, KEY_PASSWORD when the password does not open it
 * @example
 * ```ts
 * import { decryptPrivateKey, encryptPrivateKey } from "../index.ts";
 * const pem = encryptPrivateKey(new Uint8Array(138), "", { salt: new Uint8Array(32), nonce: new Uint8Array(24) });
 * decryptPrivateKey(pem, "").length; // 138
 * ```
 */
export function decryptPrivateKey(pem: string, password: string): Uint8Array {
  const document = readKeyDocument(readPem(pem));
  const parameters = readParameters(memberOf(memberOf(document, "kdf"), "params"));
  const salt = readBytes(memberOf(memberOf(document, "kdf"), "salt"), "kdf.salt");
  const nonce = readBytes(memberOf(memberOf(document, "cipher"), "nonce"), "cipher.nonce");
  const ciphertext = readBytes(memberOf(document, "ciphertext"), "ciphertext");
  if (nonce.length !== ENCRYPTED_KEY_NONCE_BYTES || ciphertext.length <= SECRETBOX_TAG_BYTES) {
    throw new AmapError("KEY_INVALID", `expected a nonce of ${ENCRYPTED_KEY_NONCE_BYTES} bytes and a ciphertext`);
  }
  const key = deriveScryptKey(password, salt, parameters, SECRETBOX_KEY_BYTES);
  try {
    return xsalsa20poly1305(key, nonce).decrypt(ciphertext);
  } catch {
    // The tag covers everything: a wrong password and a changed byte cannot be told apart.
    throw new AmapError("KEY_PASSWORD", "the password does not open the key, or the key file was changed");
  }
}

function readKeyDocument(bytes: Uint8Array): Value {
  let document: Value;
  try {
    document = readJson(bytes);
  } catch (cause) {
    if (!isAmapError(cause)) throw cause;
    throw new AmapError("KEY_INVALID", "expected a JSON document in the PEM block; the file is damaged", { cause });
  }
  expectName(memberOf(memberOf(document, "kdf"), "name"), "kdf.name", "scrypt");
  expectName(memberOf(memberOf(document, "cipher"), "name"), "cipher.name", "nacl/secretbox");
  return document;
}

function expectName(found: Value | undefined, path: string, expected: string): void {
  if (typeof found !== "string") {
    throw new AmapError("KEY_INVALID", `${path}: expected "${expected}", found ${quoteText(found)}`);
  }
  if (found !== expected) {
    throw new AmapError("KEY_UNSUPPORTED", `${path}: expected "${expected}", found ${quoteText(found)}`);
  }
}

function readParameters(value: Value | undefined): ScryptParameters {
  const [N, r, p] = ["N", "r", "p"].map((name) => memberOf(value, name));
  if (typeof N === "number" && ACCEPTED_N.includes(N) && r === STANDARD.r && p === STANDARD.p) {
    return { N, r: STANDARD.r, p: STANDARD.p };
  }
  const found = [N, r, p].map(quoteText).join(", ");
  throw new AmapError(
    "KEY_UNSUPPORTED",
    `expected scrypt with N of ${ACCEPTED_N.join(", ")} and r 8, p 1, found N, r, p of ${found}`,
  );
}

function readBytes(value: Value | undefined, path: string): Uint8Array {
  const bytes = typeof value === "string" ? decodeBase64(value) : undefined;
  if (bytes === undefined) throw new AmapError("KEY_INVALID", `${path}: expected base64`);
  return bytes;
}

function readPem(pem: string): Uint8Array {
  if (pem.length > LIMITS.privateKeyCharacters) {
    throw new AmapError("KEY_INVALID", "expected a key file, found a larger file");
  }
  const block = readPemBlock(pem);
  if (block === undefined || !isWholeText(pem, block)) {
    throw new AmapError("KEY_INVALID", `expected one PEM block ${WRITTEN_TYPE}`);
  }
  const { label, bytes } = block;
  if (!READ_TYPES.has(label)) throw new AmapError("KEY_INVALID", notEncrypted(label), { hint: hintFor(label) });
  if (bytes === undefined) {
    throw new AmapError("KEY_INVALID", "the PEM block does not hold base64; the file is damaged");
  }
  return bytes;
}

function isWholeText(pem: string, { start, end }: PemBlock): boolean {
  return pem.slice(0, start).trim() === "" && pem.slice(end).trim() === "";
}

function notEncrypted(type: string): string {
  return `expected a PEM block ${WRITTEN_TYPE}, found ${type.slice(0, 60)}`;
}

function hintFor(type: string): string {
  if (type === "PUBLIC KEY") return "This is the public key; signing needs the .key file.";
  if (!type.endsWith("PRIVATE KEY")) return "Expected a key file as `amap generate-key-pair` or cosign writes it.";
  return "The key is not encrypted; import it with `amap import-key-pair --key FILE`.";
}
