import type { RouteResponse } from "../../../../src/api/index.ts";

export type Result = RouteResponse<"GET /api/v1/results">["items"][number];
export type ResultChange = RouteResponse<"GET /api/v1/results/history">["items"][number];
type Resource = Pick<Result["resource"], "cluster" | "kind" | "namespace" | "name">;

/** A resource as people write it: `namespace/Kind/name`. */
export function resourceWords({ kind, namespace, name }: Resource): string {
  return [...(namespace === undefined ? [] : [namespace]), kind, name].join("/");
}

/** What a list's key is made of. */
export function resourceKey({ cluster, kind, namespace, name }: Resource): string {
  return JSON.stringify([cluster, kind, namespace ?? "", name]);
}

/** The query of the results of one resource. */
export function resultsOf({ cluster, kind, namespace, name }: Resource) {
  return { cluster, kind, search: name.slice(0, 200), ...(namespace === undefined ? {} : { namespace }) };
}

/** The query of the history of one resource. */
export function historyOf({ kind, namespace, name }: Resource) {
  return { tab: "history" as const, kind, name, ...(namespace === undefined ? {} : { namespace }) };
}

/** A change in words: both ends may be absent. */
export function changeWords({ from, to }: Pick<ResultChange, "from" | "to">): string {
  if (from === undefined && to === undefined) return "no result";
  if (from === undefined) return `first result: ${to ?? ""}`;
  return to === undefined ? `${from}, then gone` : `${from}, then ${to}`;
}
