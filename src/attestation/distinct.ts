import { encodeHex, hashHex } from "../base/index.ts";
import type { Certificate } from "./certificate/certificate.ts";
import type { LogEntry } from "./tlog/log-entry.ts";
import type { CertificateAuthority, TransparencyLog } from "./trust-root.ts";

/** All that a log or an authority is known by. Two that share one of them are one. */
export type ServiceNames = readonly string[];

/**
 * What a log is known by: its operator (sigstore_trustroot.proto, `operator`) and its key. The key's own hash, not the
 * id that a trust root gives it: two roots may name one log differently.
 */
export function namesOfLog({ operator, publicKey }: TransparencyLog): ServiceNames {
  return [`log key ${encodeHex(publicKey.keyId)}`, ...(isNamed(operator) ? [`log operator ${operator}`] : [])];
}

/** What an authority is known by: its operator, else its address or root, and the key that signed. */
export function namesOfAuthority({ operator, uri, chain }: CertificateAuthority, signer: Certificate): ServiceNames {
  const hashOf = (certificate: Certificate | undefined): string =>
    hashHex("sha256", certificate?.spki ?? new Uint8Array());
  const own = isNamed(operator) ? `operator ${operator}` : isNamed(uri) ? `at ${uri}` : `root ${hashOf(chain.at(-1))}`;
  return [`authority key ${hashOf(signer)}`, `authority ${own}`];
}

function isNamed(name: string | undefined): name is string {
  return name !== undefined && name !== "";
}

/** How many vouch: those that have a name in common, directly or by way of others, count once. */
export function countDistinct(services: readonly ServiceNames[]): number {
  let groups: readonly ReadonlySet<string>[] = [];
  for (const names of services) {
    const isSame = (group: ReadonlySet<string>): boolean => names.some((name) => group.has(name));
    const joined = new Set([...names, ...groups.filter(isSame).flatMap((group) => [...group])]);
    groups = [...groups.filter((group) => !isSame(group)), joined];
  }
  return groups.length;
}

/** The place of an entry that another one before it repeats: by what the log holds, or by where it holds it. */
export function findRepeatedEntry(entries: readonly LogEntry[]): number | undefined {
  if (entries.length < 2) return undefined;
  const ids = entries.map(({ logId }) => encodeHex(logId));
  return (
    findRepeated(entries.map(({ logIndex }, index) => `${ids[index]} ${logIndex}`)) ??
    findRepeated(entries.map(({ canonicalizedBody }, index) => `${ids[index]} ${hashHex("sha256", canonicalizedBody)}`))
  );
}

/** The place of a key that stands before it already. */
export function findRepeated(keys: readonly string[]): number | undefined {
  const seen = new Set<string>();
  const index = keys.findIndex((key) => seen.has(key) || !seen.add(key));
  return index === -1 ? undefined : index;
}
