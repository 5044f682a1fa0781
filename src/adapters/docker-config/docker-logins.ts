import { mkdir, open, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  AmapError,
  encodeBase64,
  encodeUtf8,
  isAmapError,
  isValueObject,
  memberOf,
  type Value,
  type ValueObject,
  writeJson,
} from "../../base/index.ts";
import type { RegistryLogins } from "../../ports/index.ts";
import { parseConfig, readConfig, readConfigDocument } from "./config-file.ts";
import { eraseWithHelper, storeWithHelper } from "./credential-helper.ts";
import { dockerFolderOf } from "./docker-credentials.ts";
import { helperQuestion, registryOfKey } from "./registry-names.ts";

/** The part of the port that keeps logins; whether one is right only the registry knows. */
export type DockerLogins = Pick<RegistryLogins, "store" | "erase">;

type Environment = Readonly<Record<string, string | undefined>>;

/** Only the owner may read what holds passwords. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
/** How long another program may hold the file, and from when on it is taken for dead. */
const LOCK_WAIT_MS = 50;
const LOCK_ATTEMPTS = 200;
const LOCK_STALE_MS = 5_000;

/**
 * Writes logins as `docker login` does: with the helper program that config.json names for the registry or for all, else
 * into `auths` of config.json. The file is replaced as a whole, readable by its owner alone; nothing else in it changes,
 * and of two writers at once none loses its entry.
 *
 * @throws {AmapError} on use: CREDENTIAL_HELPER_FAILED, JSON_INVALID, FILE_UNREADABLE, STORAGE_CONFLICT, USAGE
 * @see https://docs.docker.com/reference/cli/docker/login/ (credential stores and helpers)
 * @example
 * ```ts
 * import { createDockerLogins } from "./index.ts";
 * const logins = createDockerLogins({ DOCKER_CONFIG: "/home/user/.docker" });
 * const login = () => logins.store("ghcr.io", { username: "user", password: "secret" });
 * ```
 */
export function createDockerLogins(env: Environment): DockerLogins {
  return {
    async store(registry, { username, password }) {
      const { path, helper } = await findPlace(registry, env);
      const server = helperQuestion(registry);
      if (helper === undefined) {
        const auth = encodeBase64(encodeUtf8(`${username}:${password}`));
        await changeFile(path, (document) => withEntry(document, server, { auth }, path));
        return path;
      }
      await storeWithHelper(helper, { server, username, password }, env);
      // As docker does: the entry says that there is a login, and the helper has it.
      await changeFile(path, (document) => withEntry(document, server, {}, path));
      return `docker-credential-${helper}`;
    },
    async erase(registry) {
      const { path, helper } = await findPlace(registry, env);
      const isErasedByHelper = helper !== undefined && (await eraseWithHelper(helper, helperQuestion(registry), env));
      const isChanged = await changeFile(path, (document) => withoutEntries(document, registry));
      const place = helper === undefined ? path : `docker-credential-${helper}`;
      return { place, isErased: isErasedByHelper || isChanged };
    },
  };
}

/** The file of all logins, and the helper that keeps this registry's. */
async function findPlace(
  registry: string,
  env: Environment,
): Promise<{ readonly path: string; readonly helper: string | undefined }> {
  const folder = dockerFolderOf(env);
  if (folder === undefined) {
    throw new AmapError("USAGE", "there is no place for logins: HOME is not set", {
      hint: "Set DOCKER_CONFIG to the folder of docker's config.json.",
    });
  }
  const named = join(folder, "config.json");
  // A link is followed: the file that it leads to is the one that others read, too.
  const path = await realpath(named).catch(() => named);
  const bytes = await readConfig(path);
  return { path, helper: bytes === undefined ? undefined : readConfigDocument(bytes, path).helperFor(registry) };
}

/** Replaces the file by what `change` makes of it, while no other writer does. Whether it was changed. */
async function changeFile(path: string, change: (document: ValueObject) => ValueObject): Promise<boolean> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: FOLDER_MODE });
    const unlock = await lock(path);
    try {
      const document = await readDocument(path);
      const changed = change(document);
      if (changed === document) return false;
      await replaceFile(path, encodeUtf8(`${writeJson(changed, { indent: 2 })}\n`));
      return true;
    } finally {
      await unlock();
    }
  } catch (cause) {
    if (isAmapError(cause)) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    throw new AmapError("FILE_UNREADABLE", `${path} could not be written (${code ?? "unknown"})`, { cause });
  }
}

async function readDocument(path: string): Promise<ValueObject> {
  const bytes = await readConfig(path);
  const document = bytes === undefined ? {} : parseConfig(bytes, path);
  if (isValueObject(document)) return document;
  throw new AmapError("JSON_INVALID", `${path}: expected a JSON object`);
}

/** Writes beside the file, flushes, then renames: a reader sees the old file or the new one. */
async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const beside = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(beside, "w", FILE_MODE);
    try {
      // One that was left behind may be open to others.
      await file.chmod(FILE_MODE);
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

/** Makes the lock's file, waiting for whoever has it; what gives it back. */
async function lock(path: string): Promise<() => Promise<void>> {
  const name = `${path}.lock`;
  for (let attempt = 1; attempt <= LOCK_ATTEMPTS; attempt += 1) {
    try {
      await (await open(name, "wx", FILE_MODE)).close();
      return () => rm(name, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const held = await stat(name).catch(() => undefined);
    // A writer needs milliseconds: one that has it for so long has died.
    if (held !== undefined && Date.now() - held.mtimeMs > LOCK_STALE_MS) await rm(name, { force: true });
    else await sleep(LOCK_WAIT_MS);
  }
  throw new AmapError("STORAGE_CONFLICT", `${path} is being written by another program`, {
    hint: `Try again; if no other program runs, remove ${name}.`,
  });
}

function withEntry(document: ValueObject, server: string, entry: ValueObject, path: string): ValueObject {
  const auths = memberOf(document, "auths") ?? null;
  if (auths !== null && !isValueObject(auths))
    throw new AmapError("JSON_INVALID", `${path}: auths: expected an object`);
  return { ...document, auths: { ...auths, [server]: entry } };
}

/** Without the registry's entries, however their keys are spelled; the document itself where it has none. */
function withoutEntries(document: ValueObject, registry: string): ValueObject {
  const auths: Value = memberOf(document, "auths") ?? null;
  if (!isValueObject(auths)) return document;
  const wanted = registryOfKey(registry);
  const kept = Object.entries(auths).filter(([key]) => registryOfKey(key) !== wanted);
  if (kept.length === Object.keys(auths).length) return document;
  return { ...document, auths: Object.fromEntries(kept) };
}
