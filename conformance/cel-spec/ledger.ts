import { writeFileSync } from "node:fs";
import type { CaseResult, LedgerEntry } from "../../src/testing/conformance.ts";

/**
 * The smallest ledger for how a run went: a file or section of which every case fails is one group, other failing cases
 * are named. An entry keeps its reason and date while it stays.
 */
export function makeLedger(
  results: readonly CaseResult[],
  former: readonly LedgerEntry[],
  fallback: { readonly reason: string; readonly since: string },
): readonly LedgerEntry[] {
  const known = new Map(former.map((entry) => [entry.case, entry]));
  const entries = groupFailures(results, 1).map(({ name, cases }) => {
    const { reason, since } = known.get(name) ?? fallback;
    return { case: name, ...(cases === undefined ? {} : { cases }), reason, since };
  });
  return entries.sort((left, right) => (left.case < right.case ? -1 : 1));
}

/** Writes a ledger for a person to review. */
export function writeLedger(path: string, entries: readonly LedgerEntry[]): void {
  writeFileSync(path, `${JSON.stringify(entries, null, 2)}\n`);
}

interface Group {
  readonly name: string;
  readonly cases?: number;
}

/** Groups by the first `depth` parts of the names, and deeper where some of a group pass. */
function groupFailures(results: readonly CaseResult[], depth: number): readonly Group[] {
  const groups = Map.groupBy(results, (result) => result.case.split("/").slice(0, depth).join("/"));
  return [...groups].flatMap(([prefix, members]): readonly Group[] => {
    if (members.every((member) => member.passed)) return [];
    const [first] = members;
    if (members.length === 1 || first?.case === prefix) return failing(members);
    if (members.every((member) => !member.passed)) return [{ name: `${prefix}/*`, cases: members.length }];
    return groupFailures(members, depth + 1);
  });
}

const failing = (results: readonly CaseResult[]): readonly Group[] =>
  results.filter((result) => !result.passed).map((result) => ({ name: result.case }));
