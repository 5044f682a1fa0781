import { readFile, stat } from "node:fs/promises";
import {
  AmapError,
  decodeBase64,
  decodeUtf8,
  isAmapError,
  isValueObject,
  memberOf,
  readJson,
  type Value,
} from "../../base/index.ts";
import type { RegistryCredentials } from "../../ports/index.ts";
import { placeOfKey, registryOfKey } from "./registry-names.ts";

const CONFIG_BYTES = 4 * 1024 * 1024;
const CONFIG_DEPTH = 32;

/** What one configuration file says about a registry: ask a helper, or the credentials that it holds itself. */
export interface ConfigFile {
  readonly helperFor: (registry: string) => string | undefined;
  /** Of a repository: the login for it, or for the nearest path above it, or for its registry. */
  readonly storedFor: (registry: string, repository?: string) => RegistryCredentials;
}

/**
 * Reads docker's config.json or containers' auth.json; undefined when there is no such file.
 * @throws {AmapError} JSON_INVALID, FILE_UNREADABLE
 */
export async function loadConfigFile(path: string): Promise<ConfigFile | undefined> {
  const bytes = await readConfig(path);
  if (bytes === undefined) return undefined;
  return readConfigDocument(bytes, path);
}

/**
 * Reads such a document; `name` stands for it in messages.
 * @throws {AmapError} JSON_INVALID
 */
export function readConfigDocument(bytes: Uint8Array, name: string): ConfigFile {
  const document = parseConfig(bytes, name);
  return {
    helperFor: (registry) => {
      const own = valueFor(memberOf(document, "credHelpers"), registry);
      const helper = own ?? memberOf(document, "credsStore");
      return typeof helper === "string" && helper !== "" ? helper : undefined;
    },
    storedFor: (registry, repository) => {
      const auths = memberOf(document, "auths");
      const login = repository === undefined ? undefined : loginFor(auths, registry, repository);
      if (login === undefined) return decodeEntry(valueFor(auths, registry), name);
      const credentials = decodeEntry(login.entry, name);
      return credentials.kind === "basic" ? { ...credentials, path: login.path } : credentials;
    },
  };
}

/** A file's bytes; undefined when there is none. @throws {AmapError} FILE_UNREADABLE */
export async function readConfig(path: string): Promise<Uint8Array | undefined> {
  try {
    const { size } = await stat(path);
    if (size > CONFIG_BYTES) {
      throw new AmapError("FILE_UNREADABLE", `${path}: expected at most ${CONFIG_BYTES} bytes, found ${size}`);
    }
    return await readFile(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    if (isAmapError(cause)) throw cause;
    throw new AmapError("FILE_UNREADABLE", `${path} could not be read (${code ?? "unknown"})`, { cause });
  }
}

/** The document of such a file. @throws {AmapError} JSON_INVALID, which quotes nothing of it */
export function parseConfig(bytes: Uint8Array, path: string): Value {
  try {
    return readJson(bytes, { maxBytes: CONFIG_BYTES, maxDepth: CONFIG_DEPTH });
  } catch (cause) {
    if (!isAmapError(cause)) throw cause;
    // Without the cause's message: a reader may quote the place it stopped at, and that may be a password.
    throw new AmapError("JSON_INVALID", `${path} is not valid JSON`, {
      hint: "Repair the file, or log in again with `docker login`.",
    });
  }
}

/** The member whose key means this registry; the exact key first, then docker's other spellings of it. */
function valueFor(table: Value | undefined, registry: string): Value | undefined {
  if (!isValueObject(table)) return undefined;
  const exact = memberOf(table, registry);
  if (exact !== undefined) return exact;
  const wanted = registryOfKey(registry);
  const key = Object.keys(table).find((candidate) => registryOfKey(candidate) === wanted);
  return key === undefined ? undefined : memberOf(table, key);
}

/** The entry of the longest path, as containers' auth.json and the kubelet choose it. */
function loginFor(
  table: Value | undefined,
  registry: string,
  repository: string,
): { readonly entry: Value; readonly path: string } | undefined {
  if (!isValueObject(table)) return undefined;
  const wanted = registryOfKey(registry);
  let found: { readonly entry: Value; readonly path: string } | undefined;
  for (const [key, entry] of Object.entries(table)) {
    const place = placeOfKey(key);
    if (place === undefined || place.path === "" || place.registry !== wanted) continue;
    const holds = repository === place.path || repository.startsWith(`${place.path}/`);
    if (holds && place.path.length > (found?.path.length ?? 0)) found = { entry, path: place.path };
  }
  return found;
}

function decodeEntry(entry: Value | undefined, path: string): RegistryCredentials {
  const text = (name: string): string => {
    const value = memberOf(entry, name);
    return typeof value === "string" ? value : "";
  };
  if (text("registrytoken") !== "") return { kind: "bearer", token: text("registrytoken") };
  if (text("identitytoken") !== "") return { kind: "identityToken", token: text("identitytoken") };
  if (text("auth") !== "") return decodeAuth(text("auth"), path);
  if (text("username") !== "") return { kind: "basic", username: text("username"), password: text("password") };
  return { kind: "anonymous" };
}

function decodeAuth(auth: string, path: string): RegistryCredentials {
  const bytes = decodeBase64(auth);
  const pair = bytes === undefined ? undefined : decodeUtf8(bytes);
  const colon = pair?.indexOf(":") ?? -1;
  if (pair === undefined || colon < 1) {
    throw new AmapError("JSON_INVALID", `${path}: expected an auth entry to be base64 of username:password`, {
      hint: "Log in again with `docker login`.",
    });
  }
  // Old docker versions padded the password with NUL bytes.
  const password = pair.slice(colon + 1).replace(/\0+$/, "");
  return { kind: "basic", username: pair.slice(0, colon), password };
}
