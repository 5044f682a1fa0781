import { AmapError, decodeBase64, decodeUtf8, LIMITS, memberOf, type Value } from "../../base/index.ts";
import { type HttpClient, SECRETS } from "../../ports/index.ts";
import type { World } from "../world.ts";

/** A Secret that holds a key pair as cosign writes it. */
export interface KeySecretName {
  readonly namespace: string;
  readonly name: string;
}

/** The text of a key, and the password that lies beside it, if any does. */
export interface KeyText {
  readonly text: string;
  /** A Secret brings its key's password along. */
  readonly password?: string;
}

/** The entries of a Secret with a key pair, as cosign names them. */
export const KEY_SECRET_ENTRIES = {
  privateKey: "cosign.key",
  publicKey: "cosign.pub",
  password: "cosign.password",
} as const;

const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//;
const REDIRECTS = 5;
const REDIRECT_STATUS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * Reads the text of a key by its reference, as cosign's `--key` takes it: a path, `env://NAME`, `k8s://NAMESPACE/NAME`,
 * `https://…` or `http://…`. Of a Secret, the public or the private half. At most LIMITS.privateKeyCharacters bytes.
 * @throws {AmapError} NOT_SUPPORTED for a KMS, a token or a CI system; USAGE, FILE_NOT_FOUND, KEY_INVALID, CLUSTER_…,
 * OFFLINE and what the HTTP client throws
 */
export async function readKeyText(world: World, reference: string, half: "public" | "private"): Promise<KeyText> {
  const scheme = reference.startsWith("pkcs11:") ? "pkcs11" : SCHEME.exec(reference)?.[1];
  switch (scheme) {
    case undefined:
      return { text: toText(await world.files.read(reference, LIMITS.privateKeyCharacters), "a PEM file") };
    case "env":
      return { text: readEnvironment(world, reference.slice("env://".length)) };
    case "k8s":
      return readSecret(world, parseKeySecret(reference), half);
    case "http":
    case "https":
      return { text: await readAddress(world, reference) };
    default:
      throw refuseScheme(scheme);
  }
}

/** A reference for messages and reports: of an address neither a login nor a query, which may hold a token. */
export function shownReference(reference: string): string {
  if (!/^https?:\/\//i.test(reference)) return reference;
  const url = URL.parse(reference);
  return url === null ? "the key's address" : `${url.origin}${url.pathname}`;
}

/**
 * The Secret that `k8s://NAMESPACE/NAME` names; other providers are refused.
 * @throws {AmapError} USAGE, NOT_SUPPORTED
 */
export function parseKeySecret(reference: string): KeySecretName {
  const scheme = SCHEME.exec(reference)?.[1];
  if (scheme !== undefined && scheme !== "k8s") throw refuseScheme(scheme);
  const [namespace = "", name = "", ...others] = reference.replace(SCHEME, "").split("/");
  if (scheme === undefined || namespace === "" || name === "" || others.length > 0) {
    throw new AmapError("USAGE", `expected k8s://NAMESPACE/NAME, found "${reference}"`);
  }
  return { namespace, name };
}

function refuseScheme(scheme: string): AmapError {
  const message = `keys at ${scheme}: are not supported yet; expected a file, k8s://, env:// or https://`;
  if (scheme === "github" || scheme === "gitlab") {
    return new AmapError("NOT_SUPPORTED", message, {
      hint: "Make the pair in files, and keep PREFIX.key and its password as secrets of the project: --key env://NAME.",
    });
  }
  return new AmapError("NOT_SUPPORTED", message, {
    hint: "Export the key or its public half to a file, and pass the file.",
  });
}

function readEnvironment(world: World, name: string): string {
  const text = world.environment(name);
  if (text !== undefined) return text;
  throw new AmapError("USAGE", `the environment variable ${name} is not set`, {
    hint: "Set it to the text of the key's PEM file.",
  });
}

async function readSecret(world: World, secret: KeySecretName, half: "public" | "private"): Promise<KeyText> {
  const cluster = await world.openCluster({});
  let found: Value | undefined;
  try {
    found = await cluster.get(SECRETS, secret);
  } finally {
    await cluster.close();
  }
  if (found === undefined) {
    throw new AmapError("CLUSTER_NOT_FOUND", "there is no such Secret", {
      hint: "Make one with `amap generate-key-pair k8s://NAMESPACE/NAME`.",
    });
  }
  const entry = half === "public" ? KEY_SECRET_ENTRIES.publicKey : KEY_SECRET_ENTRIES.privateKey;
  const text = entryOf(found, entry);
  if (text === undefined) throw new AmapError("KEY_INVALID", `expected the entry ${entry} in the Secret, found none`);
  return half === "public" ? { text } : { text, password: entryOf(found, KEY_SECRET_ENTRIES.password) ?? "" };
}

function entryOf(secret: Value, entry: string): string | undefined {
  const value = memberOf(memberOf(secret, "data"), entry);
  if (value === undefined || value === null) return undefined;
  const bytes = typeof value === "string" ? decodeBase64(value) : undefined;
  if (bytes === undefined) throw new AmapError("KEY_INVALID", `the Secret's entry ${entry} is not base64`);
  return toText(bytes, `text in the Secret's entry ${entry}`);
}

async function readAddress(world: World, address: string): Promise<string> {
  const url = URL.parse(address);
  if (url === null) throw new AmapError("USAGE", "expected an address of a key");
  if (url.username !== "" || url.password !== "") {
    throw new AmapError("USAGE", "expected an address of a key without a user name and a password");
  }
  const http = await world.openHttp({});
  try {
    return await followTo(http, url);
  } finally {
    await http.close();
  }
}

/** What lies at an address, through a few redirects; never from https to http. */
async function followTo(http: HttpClient, first: URL): Promise<string> {
  let url = first;
  for (let hop = 0; hop <= REDIRECTS; hop++) {
    const answer = await http.send({ method: "GET", url: url.href, maxBytes: LIMITS.privateKeyCharacters });
    if (answer.status >= 200 && answer.status < 300) return toText(answer.body, "a PEM file at the address");
    const { location } = answer.headers;
    if (!REDIRECT_STATUS.has(answer.status) || location === undefined) {
      throw new AmapError("KEY_INVALID", `expected a key at the address, found the answer ${answer.status}`);
    }
    const next = URL.parse(location, url.href);
    if (next === null)
      throw new AmapError("KEY_INVALID", "expected a redirect to an address, found one to something else");
    if (url.protocol === "https:" && next.protocol !== "https:") {
      throw new AmapError("KEY_INVALID", `expected a redirect to https, found one to ${next.protocol}//${next.host}`);
    }
    url = next;
  }
  throw new AmapError("KEY_INVALID", `expected at most ${REDIRECTS} redirects to a key, found more`);
}

function toText(bytes: Uint8Array, expected: string): string {
  const text = decodeUtf8(bytes);
  if (text === undefined) throw new AmapError("KEY_INVALID", `expected ${expected}, found bytes that are not text`);
  return text;
}
