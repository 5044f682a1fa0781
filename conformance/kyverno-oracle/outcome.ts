import { equalValues, type Value } from "../../src/base/index.ts";

/** What a rule said. */
export interface RuleResult {
  readonly rule: string;
  readonly result: string;
  readonly message: string;
}

/** What a program made of a pair. */
export type Outcome =
  | { readonly status: "applied"; readonly results: readonly RuleResult[]; readonly patched: Value }
  | { readonly status: "refused"; readonly reason: string }
  | { readonly status: "crashed"; readonly reason: string };

/**
 * How amap's outcome differs from Kyverno's; undefined where it does not. Both must have applied the policy: one that is
 * refused says nothing of how policies are evaluated.
 */
export function compareOutcomes(amap: Outcome, kyverno: Outcome): string | undefined {
  if (amap.status !== "applied" || kyverno.status !== "applied") {
    return `amap ${describe(amap)}; Kyverno ${describe(kyverno)}`;
  }
  const [own, theirs] = [inOrder(amap.results), inOrder(kyverno.results)];
  if (own.join("\n") !== theirs.join("\n")) {
    const at = own.findIndex((line, index) => line !== theirs[index]);
    const index = at < 0 ? own.length : at;
    return `amap: ${own[index] ?? "(no result)"}\n      Kyverno: ${theirs[index] ?? "(no result)"}`;
  }
  if (equalValues(amap.patched, kyverno.patched)) return undefined;
  return `amap left: ${JSON.stringify(amap.patched)}\n      Kyverno left: ${JSON.stringify(kyverno.patched)}`;
}

/** By rule: what mutates and what validates are two reports of Kyverno's, which it prints in the order of a Go map. */
function inOrder(results: readonly RuleResult[]): readonly string[] {
  return results.toSorted((left, right) => (left.rule < right.rule ? -1 : left.rule > right.rule ? 1 : 0)).map(show);
}

/** Kyverno names whichever unknown variable it comes to first in the order of Go maps. */
const UNKNOWN_VARIABLE = /(variable substitution failed: ).*/s;

/** A result as it is compared. */
export function show({ rule, result, message: text }: RuleResult): string {
  const message = result === "error" ? text.replace(UNKNOWN_VARIABLE, "$1…") : text;
  return `${rule} ${result} ${JSON.stringify(message)}`;
}

function describe(outcome: Outcome): string {
  if (outcome.status === "refused") return `refused it (${outcome.reason})`;
  return outcome.status === "crashed"
    ? `crashed (${outcome.reason})`
    : `applied it (${outcome.results.map(show).join(", ")})`;
}
