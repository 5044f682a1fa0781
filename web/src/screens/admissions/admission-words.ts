import type { RouteResponse } from "../../../../src/api/index.ts";

/** A decision as the list gives it. */
export type Admission = RouteResponse<"GET /api/v1/admissions">["items"][number];

/** The object's name as kubectl writes it, with its namespace before: "shop/Deployment/web". */
export function objectName({ kind, namespace, name }: Pick<Admission, "kind" | "namespace" | "name">): string {
  return [...(namespace === undefined ? [] : [namespace]), kind, name === "" ? "(no name yet)" : name].join("/");
}

/** A duration as people read it: "850 µs", "12 ms", "1.5 s". */
export function durationInWords(durationMs: number): string {
  if (durationMs < 1) return `${String(Math.round(durationMs * 1_000))} µs`;
  if (durationMs < 1_000) return `${String(Math.round(durationMs))} ms`;
  return `${(durationMs / 1_000).toFixed(1)} s`;
}
