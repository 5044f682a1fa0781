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
import { registryOfKey } from "./registry-names.ts";

const CONFIG_BYTES = 4 * 1024 * 1024;
const CONFIG_DEPTH = 32;

/** What one configuration file says about a registry: ask a helper, or the credentials that it holds itself. */
export interface ConfigFile {
  readonly helperFor: (registry: string) => string | undefined;
  readonly storedFor: (registry: string) => RegistryCredentials;
}

/**
 * Reads docker's config.json or containers' auth.json; undefined when there is no such file.
 * @throws {AmapError} JSON_INVALID, FILE_UNREADABLE
 */
export async function loadConfigFile(path: string): Promise<ConfigFile | undefined> {
  const bytes = await readConfig(path);
  if (bytes === undefined) return undefined;
  const document = parseConfig(bytes, path);
  return {
    helperFor: (registry) => {
      const own = valueFor(memberOf(document, "credHelpers"), registry);
      const helper = own ?? memberOf(document, "credsStore");
      return typeof helper === "string" && helper !== "" ? helper : undefined;
    },
    storedFor: (registry) => decodeEntry(valueFor(memberOf(document, "auths"), registry), path),
  };
}

async function readConfig(path: string): Promise<Uint8Array | undefined> {
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

function parseConfig(bytes: Uint8Array, path: string): Value {
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
