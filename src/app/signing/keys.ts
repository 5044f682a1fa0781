import { decryptPrivateKey, encryptPrivateKey, readPlainPrivateKey, type TrustedKey } from "../../attestation/index.ts";
import {
  AmapError,
  encodeBase64,
  encodeUtf8,
  isAmapError,
  isValueObject,
  memberOf,
  readPublicKey,
  type Value,
  type ValueObject,
} from "../../base/index.ts";
import { type Cluster, SECRETS, type Signer } from "../../ports/index.ts";
import type { World } from "../world.ts";
import {
  KEY_SECRET_ENTRIES,
  type KeySecretName,
  parseKeySecret,
  readKeyText,
  shownReference,
} from "./key-reference.ts";

/** Where a key pair was written. */
export interface KeyPairFiles {
  readonly privateKeyPath: string;
  readonly publicKeyPath: string;
  readonly publicKeyPem: string;
}

/** A password, or what asks for it when a key needs one. */
export type KeyPassword = string | (() => string | Promise<string>);

/** Whether files that are there are overwritten, or what asks for one that is. */
export type Overwriting = boolean | ((path: string) => Promise<boolean>);

/** A key pair in memory, its private half encrypted. */
interface KeyPair {
  readonly privateKeyPem: string;
  readonly publicKeyPem: string;
  readonly password: string;
}

const OWNER_ONLY = 0o600;
const READABLE = 0o644;

/**
 * Makes a P-256 key pair in cosign's encrypted format: `PREFIX.key` (readable by the owner only) and `PREFIX.pub`.
 * Existing files are kept and the call fails, unless they may be overwritten.
 * @throws {AmapError} USAGE, FILE_UNREADABLE, KEY_PASSWORD
 */
export async function generateKeyPair(
  world: World,
  prefix: string,
  password: KeyPassword,
  options: { readonly overwrite: Overwriting } = { overwrite: false },
): Promise<KeyPairFiles> {
  const overwrites = await mayOverwrite(world, prefix, options.overwrite);
  const pair = await encryptPair(world, await world.keys.generate(), password);
  return writePair(world, prefix, pair, overwrites);
}

/**
 * Encrypts a private key of another tool (PKCS #1, SEC 1 or PKCS #8 in PEM) as `generateKeyPair` does, into `PREFIX.key`
 * and `PREFIX.pub`. With `overwrite: false` existing files are kept and the call fails.
 * @throws {AmapError} FILE_NOT_FOUND, KEY_INVALID, KEY_UNSUPPORTED, each with the file's name; USAGE, FILE_UNREADABLE
 */
export async function importKeyPair(
  world: World,
  path: string,
  prefix: string,
  password: KeyPassword,
  options: { readonly overwrite: Overwriting },
): Promise<KeyPairFiles> {
  const pkcs8 = await naming(path, async () => {
    const { text } = await readKeyText(world, path, "private");
    return world.keys.importKey(readPlainPrivateKey(text));
  });
  const overwrites = await mayOverwrite(world, prefix, options.overwrite);
  return writePair(world, prefix, await encryptPair(world, pkcs8, password), overwrites);
}

/**
 * Makes a P-256 key pair in a Secret, named `k8s://NAMESPACE/NAME`, with the entries that cosign writes (the key, its
 * password and the public half) and immutable, and the public half in `PREFIX.pub`. A Secret that holds a key is kept
 * and the call fails; one that holds other entries keeps them.
 * @throws {AmapError} USAGE, NOT_SUPPORTED, CLUSTER_…, FILE_UNREADABLE, KEY_PASSWORD
 */
export async function generateKeyPairSecret(
  world: World,
  target: string,
  prefix: string,
  password: KeyPassword,
): Promise<{ readonly secret: KeySecretName; readonly publicKeyPath: string }> {
  const secret = parseKeySecret(target);
  const publicKeyPath = `${prefix}.pub`;
  await refuseExisting(world, [publicKeyPath], "Choose another --output-key-prefix");
  const pair = await encryptPair(world, await world.keys.generate(), password);
  await naming(target, async () => {
    const cluster = await world.openCluster({});
    try {
      await storePair(cluster, secret, pair);
    } finally {
      await cluster.close();
    }
  });
  try {
    await world.files.write(publicKeyPath, encodeUtf8(pair.publicKeyPem), { mode: READABLE, overwrite: false });
  } catch (error) {
    if (!isAmapError(error)) throw error;
    throw new AmapError(
      error.code,
      `the Secret has the key pair, but its public half is in no file: ${error.message}`,
      {
        hint: `Read it with \`amap public-key --key ${target}\`.`,
        details: error.details,
        cause: error,
      },
    );
  }
  return { secret, publicKeyPath };
}

async function storePair(cluster: Cluster, secret: KeySecretName, pair: KeyPair): Promise<void> {
  const found = await cluster.get(SECRETS, secret);
  const entries = memberOf(found, "data");
  const existing: ValueObject = isValueObject(entries) ? entries : {};
  if (Object.hasOwn(existing, KEY_SECRET_ENTRIES.privateKey) || memberOf(found, "immutable") === true) {
    throw new AmapError("USAGE", "the Secret exists already, and its key would be lost", {
      hint: "Choose another name, or delete the Secret first.",
    });
  }
  const object = secretOf(found, secret, existing, pair);
  await (found === undefined ? cluster.create(SECRETS, object) : cluster.update(SECRETS, object));
}

/** The Secret with the pair in it; `found` keeps its metadata, whose resourceVersion guards against another writer. */
function secretOf(found: Value | undefined, name: KeySecretName, existing: ValueObject, pair: KeyPair): Value {
  const base = isValueObject(found)
    ? found
    : { apiVersion: "v1", kind: "Secret", metadata: { namespace: name.namespace, name: name.name }, type: "Opaque" };
  const entry = (text: string): string => encodeBase64(encodeUtf8(text));
  return {
    ...base,
    data: {
      ...existing,
      [KEY_SECRET_ENTRIES.privateKey]: entry(pair.privateKeyPem),
      [KEY_SECRET_ENTRIES.publicKey]: entry(pair.publicKeyPem),
      [KEY_SECRET_ENTRIES.password]: entry(pair.password),
    },
    immutable: true,
  };
}

/**
 * Opens a private key for signing, by a reference as cosign's `--key` takes it: a file, `k8s://NAMESPACE/NAME` (whose
 * Secret holds the password too), `env://NAME` or an address.
 * @throws {AmapError} FILE_NOT_FOUND, KEY_INVALID, KEY_UNSUPPORTED, KEY_PASSWORD, NOT_SUPPORTED, CLUSTER_…
 */
export async function openSigner(world: World, reference: string, password: KeyPassword): Promise<Signer> {
  return naming(reference, async () => {
    const key = await readKeyText(world, reference, "private");
    return world.keys.open(decryptPrivateKey(key.text, key.password ?? (await toPassword(password))));
  });
}

/**
 * Reads a public key to verify with, by a reference as cosign's `--key` takes it; the reference is the name under which
 * it is trusted, an address without its query.
 * @throws {AmapError} FILE_NOT_FOUND, KEY_INVALID, KEY_UNSUPPORTED, NOT_SUPPORTED, CLUSTER_…, each with the key's name
 */
export async function readTrustedKey(world: World, reference: string): Promise<TrustedKey> {
  return naming(reference, async () => {
    const { text } = await readKeyText(world, reference, "public");
    // Parsed here for its error alone: a wrong file must show before anything is asked of a registry.
    readPublicKey(text);
    return { name: shownReference(reference), pem: text };
  });
}

async function encryptPair(world: World, pkcs8: Uint8Array, source: KeyPassword): Promise<KeyPair> {
  const password = await toPassword(source);
  const { publicKeyPem } = await world.keys.open(pkcs8);
  const random = { salt: world.entropy.bytes(32), nonce: world.entropy.bytes(24) };
  return { privateKeyPem: encryptPrivateKey(pkcs8, password, random), publicKeyPem, password };
}

async function writePair(world: World, prefix: string, pair: KeyPair, overwrite: boolean): Promise<KeyPairFiles> {
  const privateKeyPath = `${prefix}.key`;
  const publicKeyPath = `${prefix}.pub`;
  await world.files.write(privateKeyPath, encodeUtf8(pair.privateKeyPem), { mode: OWNER_ONLY, overwrite });
  await world.files.write(publicKeyPath, encodeUtf8(pair.publicKeyPem), { mode: READABLE, overwrite });
  return { privateKeyPath, publicKeyPath, publicKeyPem: pair.publicKeyPem };
}

/** Whether files of a pair are overwritten; a pair that is there and may not be is an error. */
async function mayOverwrite(world: World, prefix: string, overwriting: Overwriting): Promise<boolean> {
  if (overwriting === true) return true;
  const paths = [`${prefix}.key`, `${prefix}.pub`];
  if (overwriting === false) {
    await refuseExisting(world, paths, "Pass --yes to overwrite it, choose another --output-key-prefix");
    return false;
  }
  let overwrites = false;
  for (const path of paths) {
    if ((await world.files.kindOf(path)) === undefined) continue;
    overwrites = await overwriting(path);
    if (!overwrites) throw new AmapError("USAGE", `${path} was kept`, { hint: "Choose another --output-key-prefix." });
  }
  return overwrites;
}

async function refuseExisting(world: World, paths: readonly string[], hint: string): Promise<void> {
  for (const path of paths) {
    if ((await world.files.kindOf(path)) !== undefined) {
      throw new AmapError("USAGE", `${path} exists already`, { hint: `${hint}, or move the old key away.` });
    }
  }
}

async function toPassword(password: KeyPassword): Promise<string> {
  return typeof password === "string" ? password : password();
}

/** Runs a step on a key; an error of it names the key. */
async function naming<T>(reference: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    const shown = shownReference(reference);
    if (!isAmapError(error) || error.message.includes(shown)) throw error;
    throw new AmapError(error.code, `${shown}: ${error.message}`, {
      hint: error.hint,
      details: error.details,
      cause: error,
    });
  }
}
