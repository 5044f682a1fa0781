import {
  AmapError,
  canonicalJson,
  decodeBase64,
  decodeUtf8,
  isAmapError,
  isValueObject,
  LIMITS,
  memberOf,
  readJson,
  textOf,
  type Value,
} from "../../base/index.ts";
import { extractPullSecrets, type Fact, type PolicyInput, pullSecretNames } from "../../policy/index.ts";
import { type Clock, type Cluster, type ClusterKind, SECRETS, SERVICE_ACCOUNTS } from "../../ports/index.ts";
import { loginsOf } from "../attestors/policy-logins.ts";
import type { LoginDocument } from "../world.ts";
import { settleWithin } from "./deadline.ts";

/** With what registries are asked for one object. */
export interface PullAccess {
  /** Before all other logins; none where the object names no Secret that can be used. */
  readonly logins: readonly LoginDocument[];
  /** Who shares what is found with these logins: the same Secrets of one namespace. Empty without logins. */
  readonly scope: string;
  /** Why Secrets that are named were not used, a sentence each. */
  readonly problems: readonly string[];
}

/** Finds out with what registries are asked for an object, within `timeoutMs`; it never throws for what a cluster holds. */
export type ReadPullAccess = (input: PolicyInput, timeoutMs: number) => Promise<PullAccess>;

const NO_ACCESS: PullAccess = Object.freeze({ logins: [], scope: "", problems: [] });

/** Secrets may take this long, and at most a quarter of the time: evidence needs the rest. */
const MAX_READ_MS = 2_000;
/** A Secret is read anew after this: a rollout of a hundred Pods asks once, a rotated login is soon used. */
const KEPT_MS = 10_000;
const MAX_KEPT = 1_000;

/**
 * Reads the pull secrets that a Pod names, or where it names none those of its ServiceAccount, as the kubelet does; of the
 * Pod's own namespace alone. Without a cluster there are none.
 */
export function createPullAccess(clock: Clock, cluster: Pick<Cluster, "get"> | undefined): ReadPullAccess {
  if (cluster === undefined) return async () => NO_ACCESS;
  const read = keepObjects(clock, cluster);
  return async (input, timeoutMs) => {
    const subject = isValueObject(input.object) ? input.object : (input.oldObject ?? null);
    const named = extractPullSecrets(subject);
    const namespace = input.requested?.namespace || textOf(memberOf(subject, "metadata"), "namespace");
    if (named === undefined || namespace === "") return NO_ACCESS;
    const until = clock.now() + Math.min(MAX_READ_MS, timeoutMs / 4);
    const readInTime: ReadObject = async (kind, place) => {
      const settled = await settleWithin(clock, until - clock.now(), read(kind, place));
      if (settled.status === "done") return settled.value;
      throw new AmapError("CLUSTER_UNAVAILABLE", "the API server was too slow");
    };
    return accessOf(readInTime, namespace, named);
  };
}

type ReadObject = (kind: ClusterKind, place: { readonly namespace: string; readonly name: string }) => Promise<Value>;

async function accessOf(
  read: ReadObject,
  namespace: string,
  named: NonNullable<ReturnType<typeof extractPullSecrets>>,
): Promise<PullAccess> {
  const problems: string[] = [];
  const attempt = async <T>(what: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (!isAmapError(error) || error.code === "BUG") throw error;
      problems.push(`${what} was not used: ${error.code}: ${error.message}`);
      return undefined;
    }
  };
  const account = named.serviceAccount;
  const names =
    named.names.length > 0
      ? named.names
      : pullSecretNames(
          await attempt(`the ServiceAccount ${namespace}/${account}`, () =>
            read(SERVICE_ACCOUNTS, { namespace, name: account }),
          ),
        );
  if (names.length > LIMITS.pullSecrets) {
    problems.push(
      `expected at most ${LIMITS.pullSecrets} pull secrets, found ${names.length}: the others were not used`,
    );
  }
  const used = await Promise.all(
    names.slice(0, LIMITS.pullSecrets).map((name) => {
      const shown = `the Secret ${namespace}/${name}`;
      return attempt(shown, async () => readLogin(await read(SECRETS, { namespace, name }), shown));
    }),
  );
  const found = used.filter((each) => each !== undefined);
  if (found.length === 0) return problems.length === 0 ? NO_ACCESS : { ...NO_ACCESS, problems };
  const scope = canonicalJson([namespace, ...found.map(({ version }) => version)]);
  return { logins: found.map(({ login }) => login), scope, problems };
}

interface FoundLogin {
  readonly login: LoginDocument;
  /** Which state of which Secret: never of what is in it. */
  readonly version: readonly string[];
}

/** How deep the objects of a login document lie in one another at most. */
const LOGIN_DEPTH = 32;

/** The types of Secrets that the kubelet reads, with the entry of each. */
const LOGIN_ENTRIES: ReadonlyMap<string, string> = new Map([
  ["kubernetes.io/dockerconfigjson", ".dockerconfigjson"],
  ["kubernetes.io/dockercfg", ".dockercfg"],
]);

/** @throws {AmapError} JSON_INVALID, LIMIT_EXCEEDED */
function readLogin(secret: Value, shown: string): FoundLogin {
  const type = textOf(secret, "type");
  const entry = LOGIN_ENTRIES.get(type);
  if (entry === undefined) {
    const expected = [...LOGIN_ENTRIES.keys()].join(" or ");
    throw new AmapError("JSON_INVALID", `expected the type ${expected}, found "${type.slice(0, 100)}"`);
  }
  const metadata = memberOf(secret, "metadata");
  const content = { data: { [entry]: memberOf(memberOf(secret, "data"), entry) ?? null } };
  const bytes = loginsOf(content, shown.replace(/^the Secret /, ""));
  if (bytes.length > LIMITS.pullSecretBytes) {
    throw new AmapError("LIMIT_EXCEEDED", `expected at most ${LIMITS.pullSecretBytes} bytes, found ${bytes.length}`);
  }
  checkLogins(bytes);
  const version = [textOf(metadata, "name"), textOf(metadata, "uid"), textOf(metadata, "resourceVersion")];
  return { login: { name: shown, bytes }, version };
}

/** As strict as what reads it when a registry is asked. What it holds is never told. @throws {AmapError} JSON_INVALID */
function checkLogins(bytes: Uint8Array): void {
  let table: Value | undefined;
  try {
    table = memberOf(readJson(bytes, { maxBytes: LIMITS.pullSecretBytes, maxDepth: LOGIN_DEPTH }), "auths");
  } catch (error) {
    if (!isAmapError(error)) throw error;
    table = undefined;
  }
  if (isValueObject(table) && Object.values(table).every(isLogin)) return;
  throw new AmapError("JSON_INVALID", "expected JSON with an object of logins under auths, found something else");
}

/** Where it holds a name and a password in one text, that can be read. */
function isLogin(entry: Value): boolean {
  if (!isValueObject(entry)) return false;
  const auth = textOf(entry, "auth");
  if (auth === "" || textOf(entry, "registrytoken") !== "" || textOf(entry, "identitytoken") !== "") return true;
  const bytes = decodeBase64(auth);
  return bytes !== undefined && (decodeUtf8(bytes) ?? "").indexOf(":") > 0;
}

interface Kept {
  readonly at: number;
  readonly object: Promise<Value>;
}

/** Reads objects, each once for all who ask within a short time. What cannot be read is read anew. */
function keepObjects(clock: Clock, cluster: Pick<Cluster, "get">): ReadObject {
  const kept = new Map<string, Kept>();
  return (kind, place) => {
    const key = `${kind.resource}/${place.namespace}/${place.name}`;
    const now = clock.now();
    const known = kept.get(key);
    if (known !== undefined && now >= known.at && now - known.at < KEPT_MS) return known.object;
    const object = readObject(cluster, kind, place);
    const entry: Kept = { at: now, object };
    kept.delete(key);
    kept.set(key, entry);
    object.catch(() => {
      if (kept.get(key) === entry) kept.delete(key);
    });
    const [oldest] = kept.keys();
    if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
    return object;
  };
}

async function readObject(
  cluster: Pick<Cluster, "get">,
  kind: ClusterKind,
  place: { readonly namespace: string; readonly name: string },
): Promise<Value> {
  const object = await cluster.get(kind, place);
  if (object !== undefined) return object;
  throw new AmapError("CLUSTER_NOT_FOUND", "it is not there");
}

/** A failed fact with the pull secrets that might have helped: they are why a registry refused, or seems to hold nothing. */
export function withPullNote(fact: Fact, access: PullAccess): Fact {
  if (fact.ok) return fact;
  return { ...fact, message: notedMessage(fact.code, fact.message, access) };
}

/** As {@link withPullNote}, of what was thrown. */
export function withPullNoteOnError(error: unknown, access: PullAccess): unknown {
  if (!isAmapError(error)) return error;
  const message = notedMessage(error.code, error.message, access);
  if (message === error.message) return error;
  return new AmapError(error.code, message, { hint: error.hint, details: error.details, cause: error });
}

/** Registries say of what they hide that it is not there. */
function notedMessage(code: string, message: string, { problems }: PullAccess): string {
  const isOfRegistry = code.startsWith("REGISTRY_") || code === "MANIFEST_NOT_FOUND" || code === "BLOB_NOT_FOUND";
  return isOfRegistry && problems.length > 0 ? `${message}; ${problems.join("; ")}` : message;
}
