import type { CelOutcome } from "./cel-outcome.ts";

/** What counts more, first. */
const SEVERITY: readonly CelOutcome["status"][] = ["fail", "error", "warn", "pass", "skip"];

/**
 * One outcome of a binding that was evaluated for each of its params: what denies is told before what does not, the first
 * of several, and what denies whatever the actions are beside it. What each of them wants done is done.
 */
export function mergeOutcomes(each: readonly (readonly CelOutcome[])[]): readonly CelOutcome[] {
  const all = each.flat();
  const worst = SEVERITY.map((status) => all.find((outcome) => outcome.status === status)).find(
    (outcome) => outcome !== undefined,
  );
  if (worst === undefined || all.length === 1) return all;
  const object = all.findLast((outcome) => outcome.object !== undefined)?.object;
  const effects = all.flatMap((outcome) => outcome.effects ?? []);
  const auditAnnotations = mergeAnnotations(all);
  // What denies by itself is told beside what only the actions of a binding could make a denial.
  const denies = worst.denies === true ? undefined : all.find((outcome) => outcome.denies === true);
  return [
    {
      ...worst,
      ...(object === undefined ? {} : { object }),
      ...(effects.length === 0 ? {} : { effects }),
      ...(auditAnnotations === undefined ? {} : { auditAnnotations }),
    },
    ...(denies === undefined ? [] : [denies]),
  ];
}

/** Different values of one key stand beside each other, as in the API server. */
function mergeAnnotations(all: readonly CelOutcome[]): CelOutcome["auditAnnotations"] {
  const merged = new Map<string, Set<string>>();
  for (const { auditAnnotations = {} } of all) {
    for (const [key, value] of Object.entries(auditAnnotations)) {
      merged.set(key, (merged.get(key) ?? new Set()).add(value));
    }
  }
  if (merged.size === 0) return undefined;
  return Object.fromEntries([...merged].map(([key, values]) => [key, [...values].join(", ")]));
}
