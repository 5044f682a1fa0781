import type { AnsweredFinding } from "../metadata/index.ts";

/** Platforms that are named. */
const SHOWN = 4;

/**
 * What VEX says of a finding on which platforms of an index, those where it is open first; empty where it is the same on
 * all of them.
 * @example
 * ```ts
 * import { describePlatformAnswers } from "./index.ts";
 * describePlatformAnswers({ byPlatform: [{ platforms: ["linux/arm64"], statement: null, answered: false }] });
 * // "open on linux/arm64: no statement"
 * ```
 */
export function describePlatformAnswers({ byPlatform = [] }: Pick<AnsweredFinding, "byPlatform">): string {
  return byPlatform
    .toSorted((a, b) => Number(a.answered) - Number(b.answered))
    .map(({ platforms, statement, answered }) => {
      const more = platforms.length > SHOWN ? ` and ${platforms.length - SHOWN} more` : "";
      const said = [statement?.status ?? "no statement", statement?.justification].filter((part) => part !== undefined);
      return `${answered ? "answered" : "open"} on ${platforms.slice(0, SHOWN).join(", ")}${more}: ${said.join(": ")}`;
    })
    .join("; ");
}
