import type { RouteResponse } from "../../../../src/api/index.ts";

export type Finding = RouteResponse<"GET /api/v1/findings">["items"][number];

const STATUSES: ReadonlyMap<string, { readonly word: string; readonly meaning: string }> = new Map([
  ["not_affected", { word: "Not affected", meaning: "Nothing needs to be done about it here." }],
  ["affected", { word: "Affected", meaning: "Something should be done about it." }],
  ["fixed", { word: "Fixed", meaning: "This product has the fix." }],
  ["under_investigation", { word: "Under investigation", meaning: "Nobody knows yet whether it matters here." }],
]);

const JUSTIFICATIONS: ReadonlyMap<string, string> = new Map([
  ["component_not_present", "the vulnerable component is not in the product"],
  ["vulnerable_code_not_present", "the component is there, the vulnerable code is not"],
  ["vulnerable_code_not_in_execute_path", "the vulnerable code is never run"],
  ["vulnerable_code_cannot_be_controlled_by_adversary", "an attacker cannot reach or steer the vulnerable code"],
  ["inline_mitigations_already_exist", "built-in protection already stops it"],
]);

/** A VEX status in words; one that OpenVEX does not know stays as it is and is marked. */
export function statusWords(status: string): { readonly word: string; readonly meaning: string } {
  return STATUSES.get(status) ?? { word: status, meaning: "Not a status of OpenVEX." };
}

/** A justification in words; one that OpenVEX does not know stays as it is. */
export function justificationWords(justification: string): string {
  return JUSTIFICATIONS.get(justification) ?? justification;
}

/** How the state of a finding is said, and how it is shown. */
export interface FindingState {
  readonly word: string;
  readonly tone: "good" | "bad" | "neutral";
  readonly because: string;
}

/** Open or answered, and by what. */
export function findingState({ answered, statement, unmatched }: Finding): FindingState {
  if (statement === undefined) {
    const others = unmatched === 0 ? "" : `; ${unmatchedWords(unmatched)}`;
    return { word: "Open", tone: "bad", because: `no statement decides it${others}` };
  }
  const { word } = statusWords(statement.status);
  const reason = statement.justification === undefined ? "" : `: ${justificationWords(statement.justification)}`;
  if (answered) return { word, tone: "good", because: `answered${reason}` };
  return { word, tone: statement.status === "affected" ? "bad" : "neutral", because: `stays open${reason}` };
}

/** How many statements speak of the vulnerability and of something else than this component. */
export function unmatchedWords(count: number): string {
  if (count === 0) return "";
  return count === 1
    ? "1 statement about it speaks of another product or component"
    : `${count} statements about it speak of other products or components`;
}

/** What would have to happen for an open finding to be answered: only ways that exist today. */
export function waysToAnswer(finding: Finding): readonly string[] {
  if (finding.answered) return [];
  const fixed = finding.fixedVersions.slice(0, 3).join(", ");
  const ways = [
    finding.fixedVersions.length > 0
      ? `Build the image with ${finding.component} ${fixed}, then scan and attest it again.`
      : `No fixed version of ${finding.component} is known.`,
  ];
  const statement =
    "Where it does not matter here: a VEX statement not_affected with its justification, signed by somebody " +
    "whom the policies trust and attached to the image.";
  return [...ways, statement];
}
