import { formatTime } from "../../../base/index.ts";
import type { Claim, ReadClaim } from "./claims.ts";
import { supersedes } from "./supersedes.ts";

/** One attachment as it was verified: what each trusted signer claims by it, or why it stays whatever else there is. */
export type StoredEvidence =
  | { readonly claims: readonly ReadClaim[]; readonly refusal?: undefined }
  | { readonly refusal: string };

/** What becomes of one attachment, and why. */
export interface Verdict {
  readonly isKept: boolean;
  readonly reason: string;
}

/**
 * Decides which attachments are superseded, in the order of the attachments. One goes only when everything that trusted
 * signers claim by it is superseded by claims that stay, so that the newest of each kind is there afterwards.
 */
export function judgeSuperseded(attachments: readonly StoredEvidence[]): readonly Verdict[] {
  const groups = Map.groupBy(attachments.flatMap(claimsOf), ({ group }) => group);
  const newest = new Map<string, readonly Claim[]>();
  for (const [group, claims] of groups) {
    // The newest first: it is the one that supersedes most.
    const ordered = claims.toSorted((a, b) => timeOf(b) - timeOf(a));
    newest.set(
      group,
      ordered.filter((claim) => !ordered.some((other) => supersedes(other, claim))),
    );
  }
  return attachments.map((attachment) => judgeOne(attachment, newest, groups));
}

function claimsOf(attachment: StoredEvidence): readonly Claim[] {
  if (attachment.refusal !== undefined) return [];
  return attachment.claims.flatMap((read) => ("claim" in read ? [read.claim] : []));
}

function judgeOne(
  attachment: StoredEvidence,
  newest: ReadonlyMap<string, readonly Claim[]>,
  groups: ReadonlyMap<string, readonly Claim[]>,
): Verdict {
  if (attachment.refusal !== undefined) return kept(attachment.refusal);
  const unclear = attachment.claims.find((read) => "unclear" in read);
  if (unclear !== undefined) return kept(unclear.unclear);
  const claims = claimsOf(attachment);
  const reasons: string[] = [];
  for (const claim of claims) {
    const by = newest.get(claim.group)?.find((each) => supersedes(each, claim));
    if (by === undefined) return kept(whyKept(claim, groups.get(claim.group) ?? []));
    reasons.push(whyRemoved(claim, by));
  }
  const [reason] = reasons;
  return reason === undefined ? kept("nothing in it is signed") : { isKept: false, reason };
}

/** Milliseconds; claims without any time come last. */
function timeOf({ statedAt, provenAt }: Claim): number {
  return statedAt ?? provenAt ?? 0;
}

function kept(reason: string): Verdict {
  return { isKept: true, reason };
}

function whyKept(claim: Claim, group: readonly Claim[]): string {
  if (!claim.isReplaceable) return "what replaces this type is not known";
  if (group.length === 1) return "the only one of its kind";
  if (!group.some((other) => timeOf(other) > timeOf(claim))) return "the newest of its kind";
  return claim.statements === undefined
    ? "no later one proves as much and is newer by every clock"
    : "no newer document states all that it states";
}

function whyRemoved(claim: Claim, by: Claim): string {
  const time = by.statedAt ?? by.provenAt;
  const when = time === undefined ? "" : ` of ${formatTime(time)}`;
  return claim.text === by.text ? `the one${when} says the same` : `superseded by the one${when}`;
}
