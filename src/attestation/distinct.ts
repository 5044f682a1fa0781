import { encodeHex, hashHex } from "../base/index.ts";
import type { LogEntry } from "./tlog/log-entry.ts";
import type { CertificateAuthority, TransparencyLog } from "./trust-root.ts";

/** Two logs, or two authorities, of one operator vouch once (sigstore_trustroot.proto, `operator`). */
export function operatorOfLog({ operator, keyId }: TransparencyLog): string {
  return operator === undefined || operator === "" ? `key ${encodeHex(keyId)}` : `operator ${operator}`;
}

/** As {@link operatorOfLog}, of an authority. */
export function operatorOfAuthority({ operator, uri, chain }: CertificateAuthority): string {
  if (operator !== undefined && operator !== "") return `operator ${operator}`;
  return uri === "" ? `root ${hashHex("sha256", chain.at(-1)?.spki ?? new Uint8Array())}` : `at ${uri}`;
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
