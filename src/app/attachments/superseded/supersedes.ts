import type { Claim } from "./claims.ts";

/**
 * Whether one claim supersedes another: it is of the same group, proves at least as much, and is newer by every clock
 * that both have, or says exactly the same. A proven time comes first; what the signer alone says of the time counts
 * between two signatures of one key. VEX is newer only when it states again all that the older one states.
 * @example
 * ```ts
 * import { supersedes } from "./supersedes.ts";
 * const scan = { group: "scan", isReplaceable: true, proofs: new Set<"log">(), isKey: true, order: "" };
 * supersedes({ ...scan, text: "b", statedAt: 2 }, { ...scan, text: "a", statedAt: 1 }); // true
 * ```
 */
export function supersedes(newer: Claim, older: Claim): boolean {
  if (newer.group !== older.group || [...older.proofs].some((proof) => !newer.proofs.has(proof))) return false;
  const proven = compareTimes(newer.provenAt, older.provenAt);
  if (!older.isKey && proven === undefined) return false;
  return newer.text === older.text ? saysAgain(newer, older, proven) : replaces(newer, older, proven);
}

/** Positive when the first is later; undefined when one of them has no time. */
function compareTimes(newer: number | undefined, older: number | undefined): number | undefined {
  return newer === undefined || older === undefined ? undefined : newer - older;
}

/** Of two that say the same the one with the later proven time stays, then the one that proves more, then the last. */
function saysAgain(newer: Claim, older: Claim, proven: number | undefined): boolean {
  if (proven !== undefined && proven !== 0) return proven > 0;
  if (newer.proofs.size !== older.proofs.size) return newer.proofs.size > older.proofs.size;
  return newer.order > older.order;
}

function replaces(newer: Claim, older: Claim, proven: number | undefined): boolean {
  if (!newer.isReplaceable || !older.isReplaceable) return false;
  const stated = compareTimes(newer.statedAt, older.statedAt);
  // Two clocks that contradict each other say nothing.
  if ((proven ?? 0) < 0 || (stated ?? 0) < 0) return false;
  // The document's own date is what evidence goes by: of two scans of one moment neither supersedes the other.
  return (stated ?? proven ?? 0) > 0 && statesAll(newer, older);
}

function statesAll(newer: Claim, { statements }: Claim): boolean {
  if (statements === undefined) return true;
  return [...statements].every(([key, before]) => {
    const after = newer.statements?.get(key);
    // A statement counts no later than its signature.
    const at = Math.min(after?.at ?? Number.NEGATIVE_INFINITY, newer.provenAt ?? Number.POSITIVE_INFINITY);
    return after !== undefined && (at > before.at || (at === before.at && after.text === before.text));
  });
}
