import { AmapError, decodeBase64, decodeUtf8, encodeUtf8, memberOf, textOf, type Value } from "../../base/index.ts";
import type { LoginDocument, World } from "../world.ts";
import type { ReadSecret } from "./attestor-key.ts";

/** Where Kyverno looks for Secrets that a policy names without a namespace: where it runs itself. */
const KYVERNO_NAMESPACE = "kyverno";

/**
 * The logins of the Secrets that a policy names (`NAME` or `NAMESPACE/NAME`), as far as they are there: without a cluster
 * docker's logins are used, as by Kyverno's command line.
 * @throws {AmapError} POLICY_INVALID for another name, JSON_INVALID for a Secret without logins; those of reading it
 */
export async function readPolicyLogins(
  names: readonly string[],
  readSecret: ReadSecret,
): Promise<readonly LoginDocument[]> {
  const logins: LoginDocument[] = [];
  for (const text of names) {
    const [name = "", namespace = KYVERNO_NAMESPACE, ...others] = text.split("/").reverse();
    if (name === "" || namespace === "" || others.length > 0) {
      const message = `imageRegistryCredentials.secrets: expected NAME or NAMESPACE/NAME, found "${text.slice(0, 200)}"`;
      throw new AmapError("POLICY_INVALID", message);
    }
    const secret = await readSecret({ namespace, name });
    if (secret !== null) logins.push({ name: `the Secret ${namespace}/${name}`, bytes: loginsOf(secret, text) });
  }
  return logins;
}

/**
 * The logins in a Secret of either type that the kubelet reads, as docker's configuration has them.
 * @throws {AmapError} JSON_INVALID for a Secret without logins
 */
export function loginsOf(secret: Value, name: string): Uint8Array {
  const data = memberOf(secret, "data");
  const document = decodeBase64(textOf(data, ".dockerconfigjson"));
  if (document !== undefined && document.length > 0) return document;
  const table = decodeUtf8(decodeBase64(textOf(data, ".dockercfg")) ?? new Uint8Array());
  // The older type holds what is `auths` in the newer one.
  if (table !== undefined && table !== "") return encodeUtf8(`{"auths":${table}}`);
  const message = `the Secret ${name}: expected .dockerconfigjson or .dockercfg in it, found neither`;
  throw new AmapError("JSON_INVALID", message, {
    hint: "A pull secret is made by `kubectl create secret docker-registry`.",
  });
}

/** The world with logins for registries; a repository is opened once. */
export function withLogins(world: World, logins: readonly LoginDocument[]): World {
  if (logins.length === 0) return world;
  const opened = new Map<string, ReturnType<World["openStorage"]>>();
  return {
    ...world,
    openStorage: (target, options) => {
      if (target.kind === "layout") return world.openStorage(target, options);
      const key = `${target.image.registry}/${target.image.repository}`;
      const storage = opened.get(key) ?? world.openStorage(target, { ...options, logins });
      opened.set(key, storage);
      return storage;
    },
  };
}
