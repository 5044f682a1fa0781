import { parseTime } from "../../base/index.ts";
import { statementProblem, type VexSubject } from "../vex/vex.ts";
import type { Finding } from "../vulnerability/vulnerability.ts";
import { otherCveOf } from "../vulnerability/vulnerability-names.ts";
import type { Decision } from "./decision.ts";
import { findOverlaps } from "./decision-overlaps.ts";
import { arePlatformsApart, patternsOf, speaksOfPart } from "./decision-scope.ts";
import { mayBeSamePerson } from "./people.ts";
import { parsePurl } from "./purl-patterns.ts";
import { type Approver, CLOCK_SKEW_MS } from "./risk-acceptance.ts";

/** Whether a decision is approved, and by whom or why not. */
export type ApprovalVerdict =
  | { readonly approved: true; readonly by: readonly Approver[] }
  | { readonly approved: false; readonly reason: string };

/**
 * What comes of a decision. Only one that `counts` says anything of a finding. `incomplete`: it lacks what its status needs;
 * `not_yet`: it is dated in the future; `expired`: its end is reached; `unapproved`: it would close a finding, and nobody but
 * the author stands for it; `unused`: it speaks of another product, or of no finding that there is; `conflicting`: another
 * one that counts speaks of the same, so that neither does.
 */
export type DecisionState = "counts" | "incomplete" | "not_yet" | "expired" | "unapproved" | "unused" | "conflicting";

/** A decision with what comes of it. */
export interface JudgedDecision {
  readonly decision: Decision;
  /** Its place in the file, from 0. */
  readonly index: number;
  readonly state: DecisionState;
  /** Why it does not count, each in a sentence of its own; empty where it counts. */
  readonly reasons: readonly string[];
  /** Who approved; empty where nobody did or approval was not asked for. */
  readonly approvers: readonly Approver[];
}

/** What decisions are judged by. */
export interface JudgeDecisionsInput {
  readonly decisions: readonly Decision[];
  /** One for each decision, in their order. */
  readonly approvals: readonly ApprovalVerdict[];
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Left out: decisions about every product are looked at. */
  readonly product?: VexSubject;
  /** Left out: no decision is unused for want of a finding. */
  readonly findings?: readonly Finding[];
}

/** Statuses that leave a finding open: nobody has to approve caution. */
const LEAVES_OPEN: ReadonlySet<Decision["status"]> = new Set<Decision["status"]>(["affected", "under_investigation"]);

/**
 * What comes of each decision, in their order. What leaves a finding open counts without approval; two that count and may
 * speak of the same finding in the same component are in conflict, and neither counts: no order between them is assumed.
 * @example
 * ```ts
 * import { judgeDecisions } from "../index.ts";
 * judgeDecisions({ decisions: [], approvals: [], now: 0 }); // []
 * ```
 */
export function judgeDecisions(input: JudgeDecisionsInput): readonly JudgedDecision[] {
  const fits = input.findings === undefined ? undefined : findingsByDecision(input.decisions, input.findings);
  const judged = input.decisions.map((decision, index) => judgeAlone(input, decision, index, fits?.get(index)));
  const counting = judged.filter(({ state }) => state === "counts").map(({ decision, index }) => ({ decision, index }));
  const { product } = input;
  const areApart = (a: number, b: number): boolean =>
    product?.platforms !== undefined &&
    arePlatformsApart(input.decisions[a] as Decision, input.decisions[b] as Decision, product);
  const conflicts = findOverlaps(counting, { findings: fits, isOneProduct: product !== undefined, areApart });
  return judged.map((each) => {
    const other = conflicts.get(each.index);
    if (other === undefined) return each;
    const { status, author } = input.decisions[other] as Decision;
    const reason = `decisions[${other}] (${status}, by ${author}) speaks of the same, so that neither counts`;
    return { ...each, state: "conflicting", reasons: [reason] };
  });
}

function judgeAlone(
  input: JudgeDecisionsInput,
  decision: Decision,
  index: number,
  fitting: readonly number[] | undefined,
): JudgedDecision {
  const verdict = input.approvals[index];
  const found: [DecisionState, string][] = [];
  for (const problem of problemsOf(decision)) found.push(["incomplete", problem]);
  const time = timeProblem(decision, input.now);
  if (time !== undefined) found.push(time);
  if (verdict?.approved !== true && !LEAVES_OPEN.has(decision.status))
    found.push(["unapproved", verdict?.reason ?? "nobody looked whether it is approved"]);
  if (input.product !== undefined && !speaksOfPart(decision, input.product))
    found.push(["unused", otherProduct(decision, input.product)]);
  else if (fitting?.length === 0) found.push(["unused", "it fits no finding"]);
  return {
    decision,
    index,
    state: found[0]?.[0] ?? "counts",
    reasons: found.map(([, reason]) => reason),
    approvers: verdict?.approved === true ? verdict.by : [],
  };
}

/**
 * What an entry lacks by the rules of its status, each in a sentence; empty where it is complete.
 * @example
 * ```ts
 * import { problemsOf } from "../index.ts";
 * const decision = {
 *   finding: "CVE-2026-1", scope: { products: [], components: [] }, status: "affected",
 *   author: "a@example.com", approvers: [], decidedAt: "2026-01-01T00:00:00Z",
 * } as const;
 * problemsOf(decision); // ["an affected statement needs an action_statement"]
 * ```
 */
export function problemsOf(decision: Decision): readonly string[] {
  const { status, justification, reason, owner, until, decidedAt } = decision;
  const problems: string[] = [];
  if (status === "risk_accepted") {
    if (reason === undefined) problems.push("risk_accepted needs a reason");
    if (owner === undefined) problems.push("risk_accepted needs an owner");
    if (until === undefined) problems.push("risk_accepted needs an end (until)");
    if (justification !== undefined) problems.push("a justification belongs to not_affected, not to risk_accepted");
  } else {
    const problem = statementProblem({ ...decision, status });
    if (problem !== undefined) problems.push(problem);
  }
  const [start, end] = [parseTime(decidedAt), until === undefined ? undefined : parseTime(until)];
  if (start === undefined) problems.push("decidedAt is no RFC 3339 time");
  if (until !== undefined && end === undefined) problems.push("until is no RFC 3339 time");
  if (start !== undefined && end !== undefined && end <= start) problems.push("until is not after decidedAt");
  return problems;
}

function timeProblem({ decidedAt, until }: Decision, now: number): [DecisionState, string] | undefined {
  const end = until === undefined ? undefined : parseTime(until);
  if (end !== undefined && end <= now) return ["expired", `it counted until ${until}`];
  if ((parseTime(decidedAt) ?? 0) > now + CLOCK_SKEW_MS) return ["not_yet", `it is dated ${decidedAt}, in the future`];
  return undefined;
}

/**
 * Approval by what the entry states: an approver who is not the author.
 * @example
 * ```ts
 * import { judgeStatedApproval } from "../index.ts";
 * const decision = {
 *   finding: "CVE-2026-1", scope: { products: [], components: [] }, status: "fixed",
 *   author: "a@example.com", approvers: ["A@example.com"], decidedAt: "2026-01-01T00:00:00Z",
 * } as const;
 * judgeStatedApproval(decision).approved; // false
 * ```
 */
export function judgeStatedApproval(decision: Decision): ApprovalVerdict {
  const others = othersThanAuthor(decision);
  if (others.length > 0) return { approved: true, by: others.map((identity) => ({ identity, proof: "stated" })) };
  return {
    approved: false,
    reason:
      decision.approvers.length === 0
        ? "it names no approver"
        : `its approver ${decision.approvers.join(", ")} may be its author ${decision.author}`,
  };
}

/** The approvers that an entry names, without those who may be its author. */
function othersThanAuthor({ author, approvers }: Decision): readonly string[] {
  return approvers.filter((approver) => approver.trim() !== "" && !mayBeSamePerson(approver, author));
}

/** Whether a decision, or a risk that is taken, speaks of this finding: by any of its names, in its component. */
export function fitsFinding({ finding: name, scope }: Pick<Decision, "finding" | "scope">, finding: Finding): boolean {
  if (!hasName(finding, name)) return false;
  if (scope.components.length === 0) return true;
  const purl = parsePurl(finding.purl);
  return purl !== undefined && patternsOf(scope).components.matches(purl);
}

function otherProduct({ scope }: Decision, product: VexSubject): string {
  const found = [...product.purls, ...product.digests].join(", ") || "an artifact without package URL and digest";
  const more = scope.products.length > 3 ? " …" : "";
  return `it speaks of ${scope.products.slice(0, 3).join(", ")}${more}, and this is ${found}`;
}

/** The indexes of the findings that each decision fits. */
function findingsByDecision(
  decisions: readonly Decision[],
  findings: readonly Finding[],
): ReadonlyMap<number, readonly number[]> {
  const byName = new Map<string, number[]>();
  findings.forEach(({ vulnerability, aliases }, index) => {
    for (const name of new Set([vulnerability, ...aliases].map(nameKey))) {
      const listed = byName.get(name);
      if (listed === undefined) byName.set(name, [index]);
      else listed.push(index);
    }
  });
  return new Map(
    decisions.map((decision, at) => [
      at,
      (byName.get(nameKey(decision.finding)) ?? []).filter((index) =>
        fitsFinding(decision, findings[index] as Finding),
      ),
    ]),
  );
}

function hasName(finding: Finding, name: string): boolean {
  const key = nameKey(name);
  const isNamed = [finding.vulnerability, ...finding.aliases].some((each) => nameKey(each) === key);
  return isNamed && otherCveOf(finding, [name]) === undefined;
}

/** Names of vulnerabilities do not differ by case. */
const nameKey = (name: string): string => name.toUpperCase();
