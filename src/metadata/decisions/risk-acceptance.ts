import { type Decoded, LIMITS, parseTime, type Value, type ValueObject } from "../../base/index.ts";
import { DocumentReader, member, withoutUndefined } from "../document-reader.ts";
import type { DecisionScope } from "./decision.ts";

/** amap's own predicate about risks that are taken: OpenVEX has no status for them, and not_affected would be untrue. */
export const RISK_ACCEPTANCE_PREDICATE_TYPE = "urn:amap:predicate:risk-acceptance:v1";

/**
 * How somebody's approval is known: the decision file says so; he signed the commit that brought the decision; or a forge's
 * data say that he approved the change that brought it.
 */
export type ApprovalProof = "stated" | "signed_commit" | "review";

/** The proofs, the weakest first. */
const APPROVAL_PROOFS: readonly ApprovalProof[] = ["stated", "signed_commit", "review"];

/** One who approved a decision. */
export interface Approver {
  /** As the decision names him. */
  readonly identity: string;
  readonly proof: ApprovalProof;
  /** The commit that is signed or was reviewed. */
  readonly commit?: string;
}

/** A risk that somebody takes until a day: no statement about the software. */
export interface RiskAcceptance {
  /** CVE-…, GHSA-…: any of its names. */
  readonly finding: string;
  readonly scope: DecisionScope;
  /** Whose risk it is. */
  readonly owner: string;
  readonly reason: string;
  readonly author: string;
  /** Empty where approval was not asked for. */
  readonly approvers: readonly Approver[];
  /** RFC 3339. */
  readonly decidedAt: string;
  /** RFC 3339: from then on it does not count. */
  readonly until: string;
}

/**
 * The predicate `urn:amap:predicate:risk-acceptance:v1`: `acceptances`, a list of {@link RiskAcceptance}.
 * @see docs/adr/0030-decisions.md
 * @example
 * ```ts
 * import { decodeRiskAcceptances, encodeRiskAcceptances } from "../index.ts";
 * decodeRiskAcceptances(encodeRiskAcceptances([])); // { ok: true, value: [] }
 * ```
 */
export function encodeRiskAcceptances(acceptances: readonly RiskAcceptance[]): Value {
  return {
    acceptances: acceptances.map(({ scope, approvers, ...rest }) => ({
      ...rest,
      scope: { products: scope.products, components: scope.components },
      approvers: approvers.map((approver) => withoutUndefined({ ...approver })),
    })),
  };
}

/**
 * Reads the predicate. Members that are not known are left aside, as in-toto asks; what is missing or of another kind is an
 * issue. At most LIMITS.decisions acceptances.
 */
export function decodeRiskAcceptances(predicate: Value): Decoded<readonly RiskAcceptance[]> {
  const reader = new DocumentReader();
  const root = reader.object(predicate, "");
  if (root === undefined) return reader.finish<readonly RiskAcceptance[]>(undefined);
  if (!Object.hasOwn(root, "acceptances")) reader.refuse("acceptances", "expected a list, found nothing");
  const count = reader.list(root, "acceptances", "").length;
  if (count > LIMITS.decisions) {
    reader.refuse("acceptances", `expected at most ${LIMITS.decisions}, found ${count}`, "LIMIT_EXCEEDED");
    return reader.finish<readonly RiskAcceptance[]>(undefined);
  }
  return reader.finish(reader.objects(root, "acceptances", "", (entry, path) => readAcceptance(reader, entry, path)));
}

/**
 * The acceptances that count at a time: decided by then, and not yet at their end.
 * @param now milliseconds since 1970
 * @example
 * ```ts
 * import { acceptancesAt } from "../index.ts";
 * acceptancesAt([], 0); // []
 * ```
 */
export function acceptancesAt(acceptances: readonly RiskAcceptance[], now: number): readonly RiskAcceptance[] {
  return acceptances.filter(({ decidedAt, until }) => {
    const [start, end] = [parseTime(decidedAt), parseTime(until)];
    return start !== undefined && end !== undefined && start <= now + CLOCK_SKEW_MS && now < end;
  });
}

/** How far the clock of an author may be ahead. */
export const CLOCK_SKEW_MS = 5 * 60_000;

function readAcceptance(reader: DocumentReader, entry: ValueObject, path: string): RiskAcceptance {
  const scope = reader.optionalObject(entry, "scope", path);
  // A list that is missing would mean everything, so it is asked for, also where it is empty.
  const strings = (field: string): readonly string[] => {
    if (scope !== undefined && member(scope, field) !== undefined) return reader.strings(scope, field, `${path}.scope`);
    reader.refuse(`${path}.scope.${field}`, "expected a list, found nothing");
    return [];
  };
  return {
    finding: reader.string(entry, "finding", path),
    scope: { products: strings("products"), components: strings("components") },
    owner: reader.string(entry, "owner", path),
    reason: reader.string(entry, "reason", path),
    author: reader.string(entry, "author", path),
    approvers: reader.objects(entry, "approvers", path, (approver, at) => readApprover(reader, approver, at)),
    decidedAt: reader.time(entry, "decidedAt", path),
    until: reader.time(entry, "until", path),
  };
}

function readApprover(reader: DocumentReader, entry: ValueObject, path: string): Approver {
  const word = reader.string(entry, "proof", path);
  const proof = APPROVAL_PROOFS.find((each) => each === word);
  if (proof === undefined && word !== "")
    reader.refuse(`${path}.proof`, `expected one of ${APPROVAL_PROOFS.join(", ")}, found "${word.slice(0, 60)}"`);
  return withoutUndefined({
    identity: reader.string(entry, "identity", path),
    proof: proof ?? "stated",
    commit: reader.optionalString(entry, "commit", path),
  });
}
