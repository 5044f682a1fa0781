import type { ApprovalFlaw } from "./approvals.ts";
import type { BranchProtection } from "./change.ts";

/** amap's own predicate about the review of source code: no vetted one exists. */
export const CODE_REVIEW_PREDICATE_TYPE = "urn:amap:predicate:code-review:v1";

/** What is known of a commit's signature. */
export const SIGNATURE_STATUSES = ["verified", "refused", "unjudged", "unsigned"] as const;

/** `verified`: by an allowed signer. `refused`: it is wrong, or of nobody who is allowed. `unjudged`: of a kind that is not supported, or nobody said whom to trust. */
export type SignatureStatus = (typeof SIGNATURE_STATUSES)[number];

/** What vouches for a reviewer: the forge's data, a verified signature of his own, or only a line that somebody wrote. */
export const REVIEW_PROOFS = ["forge", "signature", "trailer"] as const;

export type ReviewProof = (typeof REVIEW_PROOFS)[number];

/** Why a reviewer does not count; `stated` is said of lines alone. */
export const REVIEW_FLAWS = [
  "withdrawn",
  "stale",
  "commit_unknown",
  "after_merge",
  "self",
  "bot",
  "outsider",
  "person_unknown",
  "author_unknown",
  "stated",
] as const satisfies readonly (ApprovalFlaw | "stated")[];

export type ReviewFlaw = (typeof REVIEW_FLAWS)[number];

/** Somebody who took part in making a commit. */
export interface ReviewAuthor {
  readonly role: "author" | "committer" | "co-author";
  readonly name?: string;
  readonly email?: string;
}

/** Somebody who reviewed a commit, or is said to have. */
export interface Reviewer {
  /** `github:bob`, or `Bob <bob@example.com>`. */
  readonly identity: string;
  readonly how: ReviewProof;
  /** RFC 3339. */
  readonly at?: string;
  /** The commit that was looked at, or whose signature proves it. */
  readonly commit?: string;
  /** The trailer's key, where it is one: `Reviewed-by`. */
  readonly trailer?: string;
  /** Empty: the review counts as one by another person. */
  readonly flaws: readonly ReviewFlaw[];
}

/** The pull request or merge request by which a commit came to the branch. */
export interface ReviewedPullRequest {
  readonly number: number;
  readonly url?: string;
  readonly author?: string;
  readonly mergedBy?: string;
  /** RFC 3339. */
  readonly mergedAt?: string;
}

/** One commit, and what is known of its review. */
export interface ReviewedCommit {
  readonly commit: string;
  readonly authors: readonly ReviewAuthor[];
  readonly reviewers: readonly Reviewer[];
  /** Whether a review by another person counts. */
  readonly reviewed: boolean;
  readonly pullRequest?: ReviewedPullRequest;
  readonly signature: { readonly status: SignatureStatus; readonly key?: string; readonly reason?: string };
}

/** Counts for policies. */
export interface CodeReviewSummary {
  readonly commits: number;
  readonly reviewedByOther: number;
  readonly unreviewed: number;
  /** Of the unreviewed ones: approved, but by their own authors alone. */
  readonly selfApproved: number;
  /** Commits that came by a pull request or merge request to the branch. */
  readonly byPullRequest: number;
  readonly signed: number;
  readonly refusedSignatures: number;
}

/** What a predicate about the review of source code states. */
export interface CodeReview {
  /** `git+https://forge.example/team/shop`. */
  readonly repository: string;
  /** The commit's id, in hex. */
  readonly revision: string;
  /** Commits that this one stands on are not looked at, and itself. Left out: the whole history is. */
  readonly base?: string;
  readonly branch: {
    readonly name: string;
    /** Whether the revision is on it, as the repository at hand has it; undefined where that has no such branch. */
    readonly holdsRevision?: boolean;
    readonly protections: readonly BranchProtection[];
  };
  /** RFC 3339. */
  readonly createdAt: string;
  /** Approvals of earlier commits than the merged one count. */
  readonly countsStale: boolean;
  readonly summary: CodeReviewSummary;
  /** Newest first. */
  readonly changes: readonly ReviewedCommit[];
  /** What is odd about the data that this was made of. */
  readonly notes: readonly string[];
}

/** The counts of commits. */
export function summariseReview(changes: readonly ReviewedCommit[]): CodeReviewSummary {
  const count = (is: (change: ReviewedCommit) => boolean): number => changes.filter(is).length;
  const reviewedByOther = count(({ reviewed }) => reviewed);
  const isOwn = ({ reviewers }: ReviewedCommit): boolean => reviewers.some(({ flaws }) => flaws.includes("self"));
  return {
    commits: changes.length,
    reviewedByOther,
    unreviewed: changes.length - reviewedByOther,
    selfApproved: count((change) => !change.reviewed && isOwn(change)),
    byPullRequest: count(({ pullRequest }) => pullRequest !== undefined),
    signed: count(({ signature }) => signature.status === "verified"),
    refusedSignatures: count(({ signature }) => signature.status === "refused"),
  };
}
