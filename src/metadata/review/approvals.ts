import { parseTime } from "../../base/index.ts";
import { withoutUndefined } from "../document-reader.ts";
import type { ForgeChange, ForgePerson, ForgeReview } from "./change.ts";
import type { Identities, PersonNames } from "./identities.ts";

/** Why an approval does not count. */
export type ApprovalFlaw =
  /** The same person asked for changes later, or the approval was dismissed. */
  | "withdrawn"
  /** It is of another commit than the one that is asked about: something was pushed afterwards. */
  | "stale"
  /** The data do not say which commit it is of. */
  | "commit_unknown"
  /** It came when the change was merged already. */
  | "after_merge"
  /** By the change's author, or somebody who wrote, committed or co-authored a commit of it. */
  | "self"
  /** By a program. */
  | "bot"
  /** By an account that the forge says has no part in the repository: anybody can make one, the author too. */
  | "outsider"
  /** The data do not say whether the account is a person's or a program's. */
  | "person_unknown"
  /** Somebody who made the change has no known account at the forge: nothing shows that the approver is another person. */
  | "author_unknown";

/** One person's approval of a change. */
export interface Approval {
  readonly person: ForgePerson;
  /** RFC 3339. */
  readonly at?: string;
  readonly commit?: string;
  /** Empty: it counts. */
  readonly flaws: readonly ApprovalFlaw[];
}

/** How approvals are judged. */
export interface ApprovalRules {
  /** Who is whom. */
  readonly identities: Identities;
  /** The commit that must have been approved; the change's head when left out. */
  readonly commit?: string;
  /** Authors besides those that the forge's data name: of the commits in git. */
  readonly authors?: readonly PersonNames[];
  /** Approvals of an earlier commit count, and those of an unknown one. */
  readonly countStale?: boolean;
}

/**
 * Every approval of a change, and why it does not count where it does not. An approval counts when its person took nothing
 * of it back, is no program, approved the commit that is asked about before it was merged, and is shown to be another
 * person than everybody who made the change: by accounts of the forge, since one person has many addresses. Data without
 * reviews have no approvals.
 * @example
 * ```ts
 * import { createIdentities, judgeApprovals } from "../index.ts";
 * const alice = { login: "alice", emails: [], isBot: false };
 * const change = {
 *   forge: "github", number: 1, author: alice, state: "merged", targetBranch: "main", head: "a".repeat(40),
 *   commits: [], reviews: [{ reviewer: alice, state: "approved", commit: "a".repeat(40) }],
 * } as const;
 * judgeApprovals(change, { identities: createIdentities() })[0]?.flaws; // ["self"]
 * ```
 */
export function judgeApprovals(change: ForgeChange, rules: ApprovalRules): readonly Approval[] {
  const authors = authorsOf(change, rules);
  return lastWords(change.reviews ?? [], (person) => personsOf(change, person, rules)).map(({ review, withdrawn }) => {
    const { reviewer, commit, at } = review;
    const flaws: (ApprovalFlaw | undefined)[] = [
      withdrawn ? "withdrawn" : undefined,
      staleness(change, review, rules),
      isAfter(at, change.mergedAt) ? "after_merge" : undefined,
      relation(personsOf(change, reviewer, rules), authors, reviewer.login),
      reviewer.isBot ? "bot" : STANDINGS[review.standing ?? "known"],
    ];
    return withoutUndefined({ person: reviewer, at, commit, flaws: flaws.filter((flaw) => flaw !== undefined) });
  });
}

/** The names of a person on a forge: `github:alice`, and addresses. */
export function namesOfPerson(change: Pick<ForgeChange, "forge">, person: ForgePerson): PersonNames {
  return { accounts: person.login === undefined ? [] : [`${change.forge}:${person.login}`], emails: person.emails };
}

const STANDINGS = { outsider: "outsider", unknown: "person_unknown", known: undefined } as const;

interface Author {
  readonly persons: ReadonlySet<string>;
  readonly hasAccount: boolean;
}

function authorsOf(change: ForgeChange, { identities, authors = [] }: ApprovalRules): readonly Author[] | undefined {
  if (change.commits === undefined && authors.length === 0) return undefined;
  const people = [change.author, ...(change.commits ?? []).flatMap((commit) => commit.people)];
  return [...people.map((person) => namesOfPerson(change, person)), ...authors].map(({ accounts, emails }) => {
    const names = [...accounts, ...emails];
    const known = names.flatMap((name) => identities.namesOf(name));
    return {
      persons: new Set(names.flatMap((name) => identities.personOf(name) ?? [])),
      hasAccount: known.some((name) => name.startsWith(`${change.forge}:`)),
    };
  });
}

function personsOf(change: ForgeChange, person: ForgePerson, { identities }: ApprovalRules): ReadonlySet<string> {
  const { accounts, emails } = namesOfPerson(change, person);
  return new Set([...accounts, ...emails].flatMap((name) => identities.personOf(name) ?? []));
}

/** Whether an approver made the change himself, or may have. */
function relation(
  approver: ReadonlySet<string>,
  authors: readonly Author[] | undefined,
  login: string | undefined,
): "self" | "author_unknown" | undefined {
  if (authors?.some(({ persons }) => [...persons].some((person) => approver.has(person)))) return "self";
  const isShown = login !== undefined && authors?.every(({ hasAccount }) => hasAccount) === true;
  return isShown ? undefined : "author_unknown";
}

function staleness(
  change: ForgeChange,
  { commit }: ForgeReview,
  rules: ApprovalRules,
): "stale" | "commit_unknown" | undefined {
  if (rules.countStale === true || commit === (rules.commit ?? change.head)) return undefined;
  return commit === undefined ? "commit_unknown" : "stale";
}

function isAfter(at: string | undefined, end: string | undefined): boolean {
  const [time, limit] = [parseTime(at ?? ""), parseTime(end ?? "")];
  return time !== undefined && limit !== undefined && time > limit;
}

/** Each person's newest approval, and whether that person's last word is another one. Comments are no words. */
function lastWords(
  reviews: readonly ForgeReview[],
  personsOfReviewer: (person: ForgePerson) => ReadonlySet<string>,
): readonly { readonly review: ForgeReview; readonly withdrawn: boolean }[] {
  const words = new Map<string, { review: ForgeReview; withdrawn: boolean }>();
  for (const review of reviews) {
    if (review.state === "commented") continue;
    const key = [...personsOfReviewer(review.reviewer)].sort().join("\n");
    const before = words.get(key);
    if (review.state === "approved") words.set(key, { review, withdrawn: false });
    else if (review.state === "dismissed" && before === undefined) words.set(key, { review, withdrawn: true });
    else if (before !== undefined) words.set(key, { review: before.review, withdrawn: true });
  }
  return [...words.values()];
}
