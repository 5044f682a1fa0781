import { encodeBase64, encodeHex, type PublicKey, readPublicKey } from "../base/index.ts";
import type { KeySigner } from "./evidence.ts";
import type { ValidityPeriod } from "./trust-root.ts";
import type { TrustedKey } from "./verifier-options.ts";

/** A trusted key, parsed once, under all the names that the caller gives it. */
export interface ParsedKey {
  readonly key: PublicKey;
  readonly signer: KeySigner;
  /** The ways in which a hint or keyid may name this key. */
  readonly ids: ReadonlySet<string>;
  /** When it was in use, where the caller says so. */
  readonly validFor?: ValidityPeriod;
  readonly acceptsUnprovenTime?: boolean;
}

/**
 * Parses trusted keys; the same key under two names becomes one entry, so that it is tried once. Where the caller states
 * different validities for it, each is an entry.
 * @throws {AmapError} KEY_INVALID, KEY_UNSUPPORTED
 */
export function parseTrustedKeys(keys: readonly TrustedKey[]): readonly ParsedKey[] {
  const parsed = new Map<string, { readonly key: PublicKey; readonly names: string[]; readonly trusted: TrustedKey }>();
  for (const trusted of keys) {
    const { name, validFor, acceptsUnprovenTime = false } = trusted;
    const key = readKept(trusted);
    const id = `${encodeBase64(key.keyId)} ${validFor?.start ?? ""} ${validFor?.end ?? ""} ${acceptsUnprovenTime}`;
    const known = parsed.get(id);
    if (known === undefined) parsed.set(id, { key, names: [name], trusted });
    else if (!known.names.includes(name)) known.names.push(name);
  }
  return [...parsed.values()].map(({ key, names, trusted: { validFor, acceptsUnprovenTime = false } }) => {
    const hasPeriod = validFor?.start !== undefined || validFor?.end !== undefined;
    const signer = toSigner(encodeBase64(key.keyId), names);
    return { key, signer, ids: idsOf(key), ...(hasPeriod ? { validFor, acceptsUnprovenTime } : {}) };
  });
}

/** Keys as they were read before: one who verifies image after image by thousands of keys reads each of them once. */
const READ = new WeakMap<TrustedKey, { readonly pem: string; readonly key: PublicKey }>();

function readKept(trusted: TrustedKey): PublicKey {
  const { pem } = trusted;
  const kept = READ.get(trusted);
  if (kept?.pem === pem) return kept.key;
  const key = readPublicKey(pem);
  READ.set(trusted, { pem, key });
  return key;
}

function toSigner(keyId: string, names: readonly string[]): KeySigner {
  const [name = "", ...otherNames] = names;
  return { kind: "key", keyId, name, ...(otherNames.length === 0 ? {} : { otherNames }) };
}

/** base64 as in a bundle's hint, hex, and go-securesystemslib's `SHA256:` with unpadded base64. */
function idsOf(key: PublicKey): ReadonlySet<string> {
  const base64 = encodeBase64(key.keyId);
  return new Set([base64, encodeHex(key.keyId), `SHA256:${base64.replace(/=+$/, "")}`]);
}
