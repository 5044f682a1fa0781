import { withoutUndefined } from "../document-reader.ts";
import { judgeApprovals, namesOfPerson } from "./approvals.ts";
import type { ForgeChange, ForgeData, ForgePerson } from "./change.ts";
import {
  type CodeReview,
  type ReviewAuthor,
  type ReviewedCommit,
  type Reviewer,
  type SignatureStatus,
  summariseReview,
} from "./code-review.ts";
import type { Commit, CommitPerson } from "./commit.ts";
import { createIdentities, type Identities, type PersonNames } from "./identities.ts";
import { type CoveredCommits, coveredBy, reachFrom } from "./review-coverage.ts";

/** A commit with what it changes itself. */
export interface ReviewInputCommit extends Commit {
  /** Files in which it differs from every parent. */
  readonly changedPaths: readonly string[];
}

/** What is known of a commit's signature, and whose it is. */
export interface SignatureFact {
  readonly status: SignatureStatus;
  readonly key?: string;
  /** Why it is not verified, in a sentence. */
  readonly reason?: string;
  /** Whether the signature is one of the owner of a name; false unless it is verified. */
  readonly isSigner: (name: string) => boolean;
}

/** What a review is made of. */
export interface CreateReviewInput {
  readonly repository: string;
  readonly revision: string;
  readonly base?: string;
  readonly branch: string;
  readonly holdsRevision?: boolean;
  /** Every commit of the range. */
  readonly commits: readonly ReviewInputCommit[];
  /** By commit; a commit that is not in it is not signed. */
  readonly signatures: ReadonlyMap<string, SignatureFact>;
  readonly forge: ForgeData;
  readonly identities?: Identities;
  /** Approvals of earlier commits of a change count, too. */
  readonly countStale?: boolean;
  /** RFC 3339. */
  readonly createdAt: string;
}

/** Trailers by which somebody says that he, or another, looked at a change. */
const REVIEW_TRAILERS = ["reviewed-by", "acked-by", "approved-by"];
/** Says who passed it on, which is no review; listed, since teams use it as one. */
const PASSED_ON = "signed-off-by";
/** The address by which GitHub commits what people do on its pages. */
const FORGE_ADDRESS = "noreply@github.com";

/**
 * Tells of every commit of a range who wrote it, who reviewed it, and by what that is known. A commit is reviewed when a
 * review counts: an approval by the forge's data of the change that brought it to the branch (`judgeApprovals`), or a
 * trailer in a merge that its reviewer signed, over a commit that its author signed. Trailers alone are listed and never
 * count: whoever commits writes what he likes.
 * @example
 * ```ts
 * import { createCodeReview } from "../index.ts";
 * const review = createCodeReview({
 *   repository: "git+https://forge.example/team/shop", revision: "a".repeat(40), branch: "main", commits: [],
 *   signatures: new Map(), forge: { changes: [], protections: [], notes: [] }, createdAt: "2026-01-01T00:00:00Z",
 * });
 * review.summary.commits; // 0
 * ```
 */
export function createCodeReview(input: CreateReviewInput): CodeReview {
  const { commits, forge, branch, identities = createIdentities() } = input;
  const notes = [...forge.notes];
  const reviewers = new Map<string, Reviewer[]>(commits.map(({ id }) => [id, []]));
  const requests = new Map<string, ForgeChange>();
  for (const change of forge.changes) {
    const covered = coveredBy(change, branch, commits);
    if (covered.note !== undefined) notes.push(covered.note);
    const found = covered.commits.length === 0 ? [] : forgeReviewers(change, covered, input, identities);
    for (const { id } of covered.commits) {
      reviewers.get(id)?.push(...found);
      if (!requests.has(id)) requests.set(id, change);
    }
  }
  addSignedReviews(input, identities, reviewers);
  const changes = commits.map((commit): ReviewedCommit => {
    const all = [...(reviewers.get(commit.id) ?? []), ...statedReviewers(commit)];
    const request = requests.get(commit.id);
    const fact = input.signatures.get(commit.id);
    return withoutUndefined({
      commit: commit.id,
      authors: authorsOf(commit),
      reviewers: all,
      reviewed: all.some(({ flaws }) => flaws.length === 0),
      pullRequest: request === undefined ? undefined : requestOf(request),
      signature: withoutUndefined({
        status: fact?.status ?? ("unsigned" as const),
        key: fact?.key,
        reason: fact?.reason,
      }),
    });
  });
  return withoutUndefined({
    repository: input.repository,
    revision: input.revision,
    base: input.base,
    branch: withoutUndefined({
      name: branch,
      holdsRevision: input.holdsRevision,
      protections: forge.protections,
    }),
    createdAt: input.createdAt,
    countsStale: input.countStale === true,
    summary: summariseReview(changes),
    changes,
    notes,
  });
}

function requestOf(change: ForgeChange): ReviewedCommit["pullRequest"] & object {
  return withoutUndefined({
    number: change.number,
    url: change.url,
    author: identityOf(change, change.author),
    mergedBy: change.mergedBy === undefined ? undefined : identityOf(change, change.mergedBy),
    mergedAt: change.mergedAt,
  });
}

/** `github:bob`, or an address where the forge has no account for a person. */
function identityOf(change: ForgeChange, person: ForgePerson): string | undefined {
  const { accounts, emails } = namesOfPerson(change, person);
  return accounts[0] ?? emails[0];
}

function forgeReviewers(
  change: ForgeChange,
  covered: CoveredCommits,
  input: CreateReviewInput,
  identities: Identities,
): readonly Reviewer[] {
  // Where the change's own commits are not at hand, only the forge's data say who made them.
  const isKnown = covered.holdsHead || change.commits !== undefined;
  const authors = isKnown ? covered.commits.flatMap((commit) => makersOf(commit, change)) : [];
  const rules = { identities, authors, countStale: input.countStale === true };
  return judgeApprovals(change, rules).map(({ person, at, commit, flaws }) =>
    withoutUndefined({ identity: identityOf(change, person) ?? "unknown", how: "forge" as const, at, commit, flaws }),
  );
}

/**
 * The people who made what a commit changes, as far as its own lines say. In commits by which the forge brought a change
 * to the branch the committer is who pressed the button, and a merge without changes of its own has no author.
 */
function makersOf(commit: ReviewInputCommit, change: ForgeChange): readonly PersonNames[] {
  const isForges = commit.id === change.mergeCommit || commit.id === change.squashCommit;
  if (isForges && commit.id !== change.head && commit.parents.length > 1) return [];
  return authorsOf(commit)
    .filter(({ role, email }) => role !== "committer" || (!isForges && email !== FORGE_ADDRESS))
    .map(({ email }) => ({ accounts: [], emails: email === undefined ? [] : [email] }));
}

function authorsOf(commit: Commit): readonly ReviewAuthor[] {
  const { author, committer, trailers } = commit;
  const isSame = author.name === committer.name && author.email === committer.email;
  const others = trailers.filter(({ key }) => key.toLowerCase() === "co-authored-by").map(({ value }) => value);
  return [
    toAuthor("author", author),
    ...(isSame ? [] : [toAuthor("committer", committer)]),
    ...others.map((value) => toAuthor("co-author", personOfLine(value))),
  ];
}

function toAuthor(role: ReviewAuthor["role"], { name, email }: Pick<CommitPerson, "name" | "email">): ReviewAuthor {
  return { role, ...(name === "" ? {} : { name }), ...(email === "" ? {} : { email }) };
}

/** `Bob <bob@example.com>`, as far as it is one. */
function personOfLine(line: string): { readonly name: string; readonly email: string } {
  const match = /^([^<>]*)<([^<>]+)>/.exec(line);
  return match === null ? { name: line.trim(), email: "" } : { name: (match[1] ?? "").trim(), email: match[2] ?? "" };
}

function statedReviewers(commit: Commit): readonly Reviewer[] {
  return commit.trailers
    .filter(({ key }) => [...REVIEW_TRAILERS, PASSED_ON].includes(key.toLowerCase()))
    .map(({ key, value }) => ({ identity: value, how: "trailer", trailer: key, flaws: ["stated"] }));
}

/** Trailers of commits that their reviewers signed: of the commit itself, and of what a merge brings in. */
function addSignedReviews(input: CreateReviewInput, identities: Identities, reviewers: Map<string, Reviewer[]>): void {
  const byId = new Map(input.commits.map((commit) => [commit.id, commit]));
  for (const signed of input.commits) {
    const fact = input.signatures.get(signed.id);
    if (fact?.status !== "verified") continue;
    const lines = signed.trailers.filter(
      ({ key, value }) => REVIEW_TRAILERS.includes(key.toLowerCase()) && fact.isSigner(personOfLine(value).email),
    );
    if (lines.length === 0) continue;
    const [first, ...others] = signed.parents;
    const before = reachFrom(first === undefined ? [] : [first], byId);
    const brought = [...reachFrom(others, byId)].filter((id) => !before.has(id));
    for (const { key, value } of lines) {
      for (const id of [signed.id, ...brought]) {
        const commit = byId.get(id);
        if (commit === undefined) continue;
        const flaws = flawsOfSigned(commit, { line: value, fact }, input.signatures.get(id), identities);
        const at = signed.committer.at;
        reviewers.get(id)?.push(
          withoutUndefined({
            identity: value,
            how: "signature" as const,
            at,
            commit: signed.id,
            trailer: key,
            flaws,
          }),
        );
      }
    }
  }
}

/**
 * The reviewer is proven. That the author is somebody else is shown by a signature of his own, and by nothing less: a key
 * that both may use shows one person.
 */
function flawsOfSigned(
  commit: Commit,
  reviewer: { readonly line: string; readonly fact: SignatureFact },
  fact: SignatureFact | undefined,
  identities: Identities,
): Reviewer["flaws"] {
  const { email: address } = personOfLine(reviewer.line);
  const person = identities.personOf(address);
  const makers = authorsOf(commit).map(({ email, name }) => identities.personOf(email ?? name ?? ""));
  if (makers.includes(person)) return ["self"];
  const isShared = reviewer.fact.isSigner(commit.author.email) || fact?.isSigner(address) === true;
  return fact?.isSigner(commit.author.email) === true && !isShared ? [] : ["author_unknown"];
}
