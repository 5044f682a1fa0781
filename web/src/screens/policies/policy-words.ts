import type { RouteResponse } from "../../../../src/api/index.ts";

export type Policy = RouteResponse<"GET /api/v1/policies">["items"][number];
export type ResultCounts = Policy["results"];

/** Statuses as results are ordered: the worst first. */
export const RESULT_STATUSES = [
  "fail",
  "error",
  "warn",
  "pass",
  "skip",
] as const satisfies readonly (keyof ResultCounts)[];

/** Filters of the list of policies: all are here at once, so the page filters. */
export interface PolicyFilter {
  readonly search?: string | undefined;
  readonly state?: Policy["state"] | undefined;
}

/** The policies that fit, refused ones first, then by name. */
export function filterPolicies(policies: readonly Policy[], { search = "", state }: PolicyFilter): readonly Policy[] {
  const wanted = search.toLowerCase();
  return policies
    .filter((policy) => state === undefined || policy.state === state)
    .filter(({ name, kind, rules }) => [name, kind, ...rules].some((text) => text.toLowerCase().includes(wanted)))
    .toSorted((a, b) => Number(b.state === "refused") - Number(a.state === "refused") || compare(a.name, b.name));
}

/** What happens where a rule does not hold. */
export function actionWords({ validationActions, failurePolicy }: Policy): string {
  const actions = validationActions.length === 0 ? "no action" : validationActions.join(", ");
  return `${actions}; when it cannot decide: ${failurePolicy}`;
}

/** When the policy is looked at. */
export function whenWords({ admission, background }: Pick<Policy, "admission" | "background">): string {
  if (admission && background) return "at admission and in the background";
  if (admission) return "at admission only";
  return background ? "in the background only" : "never: both admission and background are off";
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
