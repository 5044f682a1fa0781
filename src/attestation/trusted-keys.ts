import { encodeBase64, encodeHex, type PublicKey, readPublicKey } from "../base/index.ts";
import type { SignerIdentity, TrustedKey } from "./evidence.ts";

/** A trusted key, parsed once, under all the names that the caller gives it. */
export interface ParsedKey {
  readonly key: PublicKey;
  readonly signer: SignerIdentity;
  /** The ways in which a hint or keyid may name this key. */
  readonly ids: ReadonlySet<string>;
}

/**
 * Parses trusted keys; the same key under two names becomes one entry, so that it is tried once.
 * @throws {AmapError} KEY_INVALID, KEY_UNSUPPORTED
 */
export function parseTrustedKeys(keys: readonly TrustedKey[]): readonly ParsedKey[] {
  const parsed = new Map<string, { readonly key: PublicKey; readonly names: string[] }>();
  for (const { name, pem } of keys) {
    const key = readPublicKey(pem);
    const keyId = encodeBase64(key.keyId);
    const known = parsed.get(keyId);
    if (known === undefined) parsed.set(keyId, { key, names: [name] });
    else if (!known.names.includes(name)) known.names.push(name);
  }
  return [...parsed].map(([keyId, { key, names }]) => ({ key, signer: toSigner(keyId, names), ids: idsOf(key) }));
}

function toSigner(keyId: string, names: readonly string[]): SignerIdentity {
  const [name = "", ...otherNames] = names;
  return { kind: "key", keyId, name, ...(otherNames.length === 0 ? {} : { otherNames }) };
}

/** base64 as in a bundle's hint, hex, and go-securesystemslib's `SHA256:` with unpadded base64. */
function idsOf(key: PublicKey): ReadonlySet<string> {
  const base64 = encodeBase64(key.keyId);
  return new Set([base64, encodeHex(key.keyId), `SHA256:${base64.replace(/=+$/, "")}`]);
}
