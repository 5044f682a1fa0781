import type { RouteResponse } from "../../../src/api/index.ts";

/** Findings by severity, as the API counts them. */
export type Counts = RouteResponse<"GET /api/v1/images">["items"][number]["open"];
/** A severity of a finding. */
export type Severity = RouteResponse<"GET /api/v1/findings">["items"][number]["severity"];

/** Worst first. */
export const SEVERITIES: readonly Severity[] = ["critical", "high", "medium", "low", "none", "unknown"];

/** The counts in words: "1 critical, 2 low"; "none" when there are none. */
export function countsInWords(counts: Counts): string {
  const parts = SEVERITIES.filter((each) => (counts[each] ?? 0) > 0).map((each) => `${String(counts[each])} ${each}`);
  return parts.length === 0 ? "none" : parts.join(", ");
}
