import type { RouteResponse } from "../../../../src/api/index.ts";

export type ImageDetail = RouteResponse<"GET /api/v1/images/:image">;
export type ResultRow = RouteResponse<"GET /api/v1/results">["items"][number];

/** What the box at the top of an image says. */
export interface Verdict {
  readonly tone: "good" | "bad" | "neutral";
  readonly title: string;
  /** Why, one line a reason. */
  readonly reasons: readonly string[];
  /** Reasons that are not listed. */
  readonly more: number;
}

const MAX_REASONS = 5;

/**
 * Whether the image is let in, from the decisions about the resources that run it, and why not from their results.
 * Every rule with its message is said once, however many resources it concerns.
 */
export function verdictOf(image: Pick<ImageDetail, "verdict" | "uses">, results: readonly ResultRow[]): Verdict {
  const reasons = reasonsOf(results);
  const denied = image.uses.filter((use) => !use.allowed).length;
  const uses = `${image.uses.length} ${image.uses.length === 1 ? "resource runs" : "resources run"} it`;
  if (image.verdict === "denied") {
    const because =
      reasons.length > 0 ? reasons : [`${denied} of its resources denied at the last check; the rule is not stored`];
    return { tone: "bad", title: "WOULD BE DENIED because", ...cut(because) };
  }
  if (image.verdict === "allowed") {
    const others = reasons.length === 0 ? [] : ["Rules that do not deny have found:", ...reasons];
    return { tone: "good", title: "ADMITTED", ...cut([`${uses}; no policy denies it`, ...others]) };
  }
  return {
    tone: "neutral",
    title: "UNKNOWN",
    reasons: ["No resource that names this digest has been checked yet"],
    more: 0,
  };
}

function reasonsOf(results: readonly ResultRow[]): readonly string[] {
  const lines = results
    .filter((result) => result.status === "fail" || result.status === "error")
    .map(({ policy, rule, status, message }) => {
      const said = message ?? (status === "error" ? "the rule could not be evaluated" : "the rule does not hold");
      return `${policy} / ${rule}: ${status === "error" ? `could not decide: ${said}` : said}`;
    });
  return [...new Set(lines)];
}

function cut(lines: readonly string[]): { readonly reasons: readonly string[]; readonly more: number } {
  return { reasons: lines.slice(0, MAX_REASONS), more: Math.max(0, lines.length - MAX_REASONS) };
}
