import { AmapError, decodeBase64, decodeUtf8, memberOf, type Value } from "../../base/index.ts";
import { checkAttestorKey } from "../../policy/index.ts";
import { parseKeySecret } from "../signing/key-reference.ts";
import type { KeyHash } from "./attestor-terms.ts";

/** Reads a Secret of the cluster, or of the objects that stand for it; null where there is none. */
export type ReadSecret = (name: { readonly namespace: string; readonly name: string }) => Promise<Value>;

/** The entry of a Secret that holds a public key, as cosign writes it. */
const SECRET_ENTRY = "cosign.pub";
const PEM_BEGIN = "-----BEGIN ";

/**
 * The PEM of a key that a policy names: itself, or in a Secret (`k8s://NAMESPACE/NAME`). A policy's files, variables and
 * addresses are not read: they would be those of whoever runs amap.
 * @throws {AmapError} NOT_SUPPORTED, USAGE, KEY_INVALID, KEY_UNSUPPORTED, CLUSTER_NOT_FOUND, those of reading the Secret
 */
export async function readPolicyKey(key: string, hash: KeyHash, readSecret: ReadSecret): Promise<string> {
  const pem = key.startsWith(PEM_BEGIN) ? key : await readKeyOfSecret(key, readSecret);
  checkAttestorKey({ pem, hashAlgorithm: hash });
  const count = pem.split(PEM_BEGIN).length - 1;
  if (count === 1) return pem;
  // Kyverno takes the first and says nothing of the others.
  throw new AmapError("KEY_INVALID", `expected one public key, found ${count}`, {
    hint: "Write an attestor for each key.",
  });
}

async function readKeyOfSecret(key: string, readSecret: ReadSecret): Promise<string> {
  if (!key.startsWith("k8s://")) throw refuseReference(key);
  const name = parseKeySecret(key);
  const secret = await readSecret(name);
  if (secret === null) {
    throw new AmapError("CLUSTER_NOT_FOUND", `there is no Secret ${name.namespace}/${name.name}`, {
      hint: "Pass --cluster to read it there, or name its file among the resources.",
    });
  }
  const stated = memberOf(memberOf(secret, "stringData"), SECRET_ENTRY);
  const encoded = memberOf(memberOf(secret, "data"), SECRET_ENTRY);
  const bytes = typeof encoded === "string" ? decodeBase64(encoded) : undefined;
  const text = typeof stated === "string" ? stated : bytes && decodeUtf8(bytes);
  if (text !== undefined) return text;
  throw new AmapError("KEY_INVALID", `${key}: expected a key in the Secret's entry ${SECRET_ENTRY}, found none`);
}

function refuseReference(key: string): AmapError {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(key)?.[1];
  const found = scheme === undefined ? "something else" : `a reference of the kind ${scheme}`;
  const message = `expected a public key in PEM, or k8s://NAMESPACE/NAME, found ${found}, which is not read from a policy`;
  return new AmapError("NOT_SUPPORTED", message, {
    hint: "Write the key's PEM into the policy, or put it into a Secret.",
  });
}
