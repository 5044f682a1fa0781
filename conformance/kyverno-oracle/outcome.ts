import { equalValues, memberOf, textOf, type Value } from "../../src/base/index.ts";

/** What a rule said. */
export interface RuleResult {
  readonly rule: string;
  readonly result: string;
  readonly message: string;
}

/** What a program made of a pair. */
export type Outcome =
  | {
      readonly status: "applied";
      readonly results: readonly RuleResult[];
      /** Null where a mutate rule ended in an error and no object is written; Kyverno writes an empty one. */
      readonly patched: Value;
      /** Targets that were changed, and objects that were generated. */
      readonly others: readonly Value[];
    }
  | { readonly status: "refused"; readonly reason: string }
  | { readonly status: "crashed"; readonly reason: string };

/** How amap's outcome differs from Kyverno's; undefined where it does not. A policy may be refused by both. */
export function compareOutcomes(amap: Outcome, kyverno: Outcome): string | undefined {
  if (amap.status === "refused" && kyverno.status === "refused") return undefined;
  if (amap.status !== "applied" || kyverno.status !== "applied") {
    return `amap ${describe(amap)}; Kyverno ${describe(kyverno)}`;
  }
  const [own, theirs] = [inOrder(amap.results), inOrder(kyverno.results)];
  if (own.join("\n") !== theirs.join("\n")) {
    const at = own.findIndex((line, index) => line !== theirs[index]);
    const index = at < 0 ? own.length : at;
    return `amap: ${own[index] ?? "(no result)"}\n      Kyverno: ${theirs[index] ?? "(no result)"}`;
  }
  if (!equalValues(amap.patched, kyverno.patched)) {
    return `amap left: ${JSON.stringify(amap.patched)}\n      Kyverno left: ${JSON.stringify(kyverno.patched)}`;
  }
  const [made, theirMade] = [byKey(amap.others), byKey(kyverno.others)];
  if (equalValues(made, theirMade)) return undefined;
  return `amap made: ${JSON.stringify(made)}\n      Kyverno made: ${JSON.stringify(theirMade)}`;
}

function byKey(objects: readonly Value[]): readonly Value[] {
  return objects.toSorted((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1));
}

/** Kind, namespace and name. */
export function keyOf(object: Value): string {
  const metadata = memberOf(object, "metadata") ?? null;
  return [textOf(object, "kind"), textOf(metadata, "namespace"), textOf(metadata, "name")].join("/");
}

/** By rule: what mutates and what validates are two reports of Kyverno's, which it prints in the order of a Go map. */
function inOrder(results: readonly RuleResult[]): readonly string[] {
  return results.toSorted((left, right) => (left.rule < right.rule ? -1 : left.rule > right.rule ? 1 : 0)).map(show);
}

/** Kyverno names whichever unknown variable it comes to first in the order of Go maps. */
const UNKNOWN_VARIABLE = /(variable substitution failed: ).*/s;

/** Kyverno lists the checks of pod security in the order of a Go map where controls are excluded. */
const POD_SECURITY = /^(.*It violates PodSecurity "[^"]*": )(.*)$/s;

/** A result as it is compared. */
export function show({ rule, result, message: text }: RuleResult): string {
  const message = result === "error" ? text.replace(UNKNOWN_VARIABLE, "$1…") : text.replace(POD_SECURITY, inOneOrder);
  return `${rule} ${result} ${JSON.stringify(message)}`;
}

function inOneOrder(_: string, head: string, checks: string): string {
  return `${head}${checks.split("(Forbidden reason: ").toSorted().join("(Forbidden reason: ")}`;
}

function describe(outcome: Outcome): string {
  if (outcome.status === "refused") return `refused it (${outcome.reason})`;
  return outcome.status === "crashed"
    ? `crashed (${outcome.reason})`
    : `applied it (${outcome.results.map(show).join(", ")})`;
}
