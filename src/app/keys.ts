import { decryptPrivateKey, encryptPrivateKey, type TrustedKey } from "../attestation/index.ts";
import { AmapError, decodeUtf8, encodeUtf8, isAmapError, readPublicKey } from "../base/index.ts";
import type { Signer } from "../ports/index.ts";
import type { World } from "./world.ts";

const MAX_KEY_BYTES = 64 * 1024;

/** Where a new key pair was written. */
export interface KeyPairFiles {
  readonly privateKeyPath: string;
  readonly publicKeyPath: string;
  readonly publicKeyPem: string;
}

/**
 * Makes a P-256 key pair in cosign's encrypted format: `PREFIX.key` (readable by the owner only) and `PREFIX.pub`.
 * Existing files are kept and the call fails.
 * @throws {AmapError} FILE_UNREADABLE
 */
export async function generateKeyPair(world: World, prefix: string, password: string): Promise<KeyPairFiles> {
  const pkcs8 = await world.keys.generate();
  const { publicKeyPem } = await world.keys.open(pkcs8);
  const pem = encryptPrivateKey(pkcs8, password, { salt: world.entropy.bytes(32), nonce: world.entropy.bytes(24) });
  const privateKeyPath = `${prefix}.key`;
  const publicKeyPath = `${prefix}.pub`;
  for (const path of [privateKeyPath, publicKeyPath]) {
    if ((await world.files.kindOf(path)) !== undefined) {
      throw new AmapError("USAGE", `${path} exists already`, {
        hint: "Choose another --output-key-prefix, or move the old key away.",
      });
    }
  }
  await world.files.write(privateKeyPath, encodeUtf8(pem), { mode: 0o600, overwrite: false });
  await world.files.write(publicKeyPath, encodeUtf8(publicKeyPem), { mode: 0o644, overwrite: false });
  return { privateKeyPath, publicKeyPath, publicKeyPem };
}

/**
 * Opens a private key file for signing.
 * @throws {AmapError} FILE_NOT_FOUND, KEY_INVALID, KEY_UNSUPPORTED, KEY_PASSWORD
 */
export async function openSigner(world: World, path: string, password: string): Promise<Signer> {
  refuseRemoteKey(path);
  const pem = await readText(world, path);
  return naming(path, async () => world.keys.open(decryptPrivateKey(pem, password)));
}

/**
 * Reads a public key file to verify with; its path is the name under which it is trusted.
 * @throws {AmapError} FILE_NOT_FOUND, KEY_INVALID, KEY_UNSUPPORTED, each with the file's name
 */
export async function readTrustedKey(world: World, path: string): Promise<TrustedKey> {
  refuseRemoteKey(path);
  const pem = await readText(world, path);
  // Parsed here for its error alone: a wrong file must show before anything is asked of a registry.
  await naming(path, async () => readPublicKey(pem));
  return { name: path, pem };
}

/** Runs a step on a key file; an error of it names the file. */
async function naming<T>(path: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (!isAmapError(error)) throw error;
    throw new AmapError(error.code, `${path}: ${error.message}`, {
      hint: error.hint,
      details: error.details,
      cause: error,
    });
  }
}

async function readText(world: World, path: string): Promise<string> {
  const text = decodeUtf8(await world.files.read(path, MAX_KEY_BYTES));
  if (text === undefined)
    throw new AmapError("KEY_INVALID", `${path}: expected a PEM file, found bytes that are not text`);
  return text;
}

/** Keys in a KMS, a Kubernetes Secret, on a token or in a CI system are named by a URI; those come later. */
function refuseRemoteKey(path: string): void {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//.exec(path)?.[1];
  if (scheme !== undefined)
    throw new AmapError("NOT_SUPPORTED", `keys at ${scheme}:// are not supported yet; expected a file`);
}
