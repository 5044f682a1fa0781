import { isValueObject, type Value, type ValueObject } from "../../../base/index.ts";
import { join, member, withoutUndefined } from "../../document-reader.ts";
import type { BranchProtection, ForgeChange, ForgePerson, ForgeReview } from "../change.ts";
import { trailersOf } from "../commit.ts";
import {
  byTime,
  type ForgePiece,
  missingNodes,
  nodesOf,
  type PieceDocument,
  type PieceReader,
  personOfAddress,
} from "./forge-pieces.ts";

const STATES: ReadonlyMap<string, ForgeReview["state"] | undefined> = new Map([
  ["APPROVED", "approved"],
  ["CHANGES_REQUESTED", "changes_requested"],
  ["COMMENTED", "commented"],
  ["DISMISSED", "dismissed"],
  // Written, but not sent: nobody else sees it.
  ["PENDING", undefined],
]);

/** The account by which GitHub commits what people do on its pages. */
const OWN_ACCOUNT = "web-flow";
const OWN_ADDRESS = "noreply@github.com";

/**
 * What GitHub gives: by REST a pull request, its reviews and its commits (`/repos/O/R/pulls/N…`), a branch's protection and
 * rulesets; by GraphQL, or `gh pr view --json`, a pull request with reviews and commits in it.
 * @see https://docs.github.com/rest/pulls
 */
export const GITHUB_PIECES: readonly PieceReader[] = [
  {
    what: "a GitHub pull request (REST)",
    recognises: (object) =>
      isValueObject(object["head"]) && isValueObject(object["base"]) && "merge_commit_sha" in object,
    read: readPullRequest,
  },
  {
    what: "a GitHub pull request (GraphQL, gh)",
    recognises: (object) => "headRefOid" in object && "baseRefName" in object,
    read: readGraphPullRequest,
  },
  {
    what: "a branch protection of GitHub",
    recognises: (object) => "enforce_admins" in object && "allow_force_pushes" in object,
    read: readProtection,
  },
  {
    what: "a ruleset of GitHub",
    recognises: (object) => "enforcement" in object && "rules" in object && "target" in object,
    read: readRuleset,
  },
];

/** Lists: each member is of the kind that the first one is. */
export const GITHUB_LISTS: readonly PieceReader[] = [
  {
    what: "reviews of a GitHub pull request",
    recognises: (object) => "pull_request_url" in object && "commit_id" in object && "state" in object,
    read: (reader, object, path) => {
      const review = readReview(reader, object, path);
      const key = reader.string(object, "pull_request_url", path);
      return { kind: "reviews", key, reviews: review === undefined ? [] : [review] };
    },
  },
  {
    what: "commits of a GitHub pull request",
    recognises: (object) => typeof object["sha"] === "string" && isValueObject(object["commit"]),
    read: readCommit,
  },
];

/** A user object, or null for an account that is gone. */
function personOf(value: Value | undefined, ...emails: readonly (Value | undefined)[]): ForgePerson {
  const user = isValueObject(value) ? value : {};
  const login = member(user, "login");
  const name = typeof login === "string" && login !== "" ? login : undefined;
  const isBot =
    member(user, "type") === "Bot" ||
    member(user, "__typename") === "Bot" ||
    member(user, "is_bot") === true ||
    /\[bot\]$|^app\//i.test(name ?? "");
  return withoutUndefined({
    login: name,
    emails: [...emails, member(user, "email")].filter((email) => typeof email === "string" && email !== "") as string[],
    isBot,
  });
}

/** Roles that people alone are given. `CONTRIBUTOR` is said of programs too, and of members whose membership is private. */
const ROLES: ReadonlySet<string> = new Set(["OWNER", "MEMBER", "COLLABORATOR"]);
const NO_PART: ReadonlySet<string> = new Set(["NONE", "FIRST_TIMER", "FIRST_TIME_CONTRIBUTOR", "MANNEQUIN"]);

/** gh, and GraphQL where nobody asks for `__typename`, name programs as they name people. */
function standingOf(user: Value | undefined, association: Value | undefined): ForgeReview["standing"] {
  const role = typeof association === "string" ? association : "";
  if (NO_PART.has(role)) return "outsider";
  const isMarked =
    isValueObject(user) && ["type", "__typename", "is_bot"].some((key) => member(user, key) !== undefined);
  return isMarked || ROLES.has(role) ? undefined : "unknown";
}

function isOwnAccount({ login, emails }: ForgePerson): boolean {
  return login?.toLowerCase() === OWN_ACCOUNT || (login === undefined && emails.join() === OWN_ADDRESS);
}

function readPullRequest(reader: PieceDocument, object: ValueObject, path: string): ForgePiece {
  const head = reader.object(member(object, "head"), join(path, "head")) ?? {};
  const base = reader.object(member(object, "base"), join(path, "base")) ?? {};
  const repository = reader.optionalObject(base, "repo", join(path, "base"));
  const isMerged = member(object, "merged_at") !== undefined;
  const state = reader.string(object, "state", path);
  const change: ForgeChange = withoutUndefined({
    forge: "github" as const,
    repository:
      repository === undefined ? undefined : reader.optionalString(repository, "html_url", join(path, "base.repo")),
    number: reader.number(object, "number", path),
    url: reader.optionalString(object, "html_url", path),
    author: personOf(member(object, "user")),
    state: isMerged ? ("merged" as const) : state === "open" ? ("open" as const) : ("closed" as const),
    targetBranch: reader.string(base, "ref", join(path, "base")),
    head: reader.commit(head, "sha", join(path, "head")),
    // Of an open pull request it is a trial, which is on no branch.
    mergeCommit: isMerged ? reader.optionalCommit(object, "merge_commit_sha", path) : undefined,
    mergedBy: member(object, "merged_by") === undefined ? undefined : personOf(member(object, "merged_by")),
    mergedAt: reader.optionalTime(object, "merged_at", path),
  });
  const commitCount = reader.optionalCount(object, "commits", path);
  const key = reader.string(object, "url", path);
  return { kind: "change", key, change, ...(commitCount === undefined ? {} : { commitCount }) };
}

function readReview(reader: PieceDocument, object: ValueObject, path: string): ForgeReview | undefined {
  const state = reader.string(object, "state", path);
  if (state !== "" && !STATES.has(state)) reader.refuse(join(path, "state"), `unknown state "${state.slice(0, 40)}"`);
  const known = STATES.get(state);
  if (known === undefined) return undefined;
  return withoutUndefined({
    reviewer: personOf(member(object, "user")),
    state: known,
    commit: reader.optionalCommit(object, "commit_id", path),
    at: reader.optionalTime(object, "submitted_at", path),
    standing: standingOf(member(object, "user"), member(object, "author_association")),
  });
}

function readCommit(reader: PieceDocument, object: ValueObject, path: string): ForgePiece {
  const commit = reader.object(member(object, "commit"), join(path, "commit")) ?? {};
  const emailOf = (role: string): Value | undefined => {
    const person = member(commit, role);
    return isValueObject(person) ? member(person, "email") : undefined;
  };
  const message = member(commit, "message");
  const people = [
    personOf(member(object, "author"), emailOf("author")),
    personOf(member(object, "committer"), emailOf("committer")),
    ...coAuthorsOf(typeof message === "string" ? message : ""),
  ].filter((person) => !isOwnAccount(person));
  return { kind: "commits", commits: [{ id: reader.commit(object, "sha", path), people }] };
}

function coAuthorsOf(message: string): readonly ForgePerson[] {
  return trailersOf(message)
    .filter(({ key }) => key.toLowerCase() === "co-authored-by")
    .map(({ value }) => personOfAddress(/<([^<>]+)>/.exec(value)?.[1] ?? value));
}

function readGraphPullRequest(reader: PieceDocument, object: ValueObject, path: string): ForgePiece {
  const url = reader.optionalString(object, "url", path);
  const state = reader.string(object, "state", path);
  const merge = reader.optionalObject(object, "mergeCommit", path);
  const reviews = member(object, "reviews");
  const commits = member(object, "commits");
  const change: ForgeChange = withoutUndefined({
    forge: "github" as const,
    repository: url === undefined ? undefined : /^(.+)\/pull\/\d+$/.exec(url)?.[1],
    number: reader.number(object, "number", path),
    url,
    author: personOf(member(object, "author")),
    state: state === "MERGED" ? ("merged" as const) : state === "OPEN" ? ("open" as const) : ("closed" as const),
    targetBranch: reader.string(object, "baseRefName", path),
    head: reader.commit(object, "headRefOid", path),
    mergeCommit: merge === undefined ? undefined : reader.commit(merge, "oid", join(path, "mergeCommit")),
    mergedBy: member(object, "mergedBy") === undefined ? undefined : personOf(member(object, "mergedBy")),
    mergedAt: reader.optionalTime(object, "mergedAt", path),
    reviews: reviews === undefined ? undefined : readGraphReviews(reader, reviews, join(path, "reviews")),
    commits: commits === undefined ? undefined : readGraphCommits(reader, commits, join(path, "commits")),
  });
  return {
    kind: "change",
    key: url ?? `github:${change.number}:${change.head}`,
    change,
    ...(commits === undefined ? {} : { commitCount: nodesOf(commits).length + missingNodes(commits) }),
    lacksReviews: missingNodes(reviews) > 0,
  };
}

function readGraphReviews(reader: PieceDocument, value: Value, path: string): readonly ForgeReview[] {
  const reviews = nodesOf(value).flatMap((node, index) => {
    const at = `${path}[${index}]`;
    const item = reader.object(node, at);
    if (item === undefined) return [];
    const state = reader.string(item, "state", at);
    if (state !== "" && !STATES.has(state)) reader.refuse(join(at, "state"), `unknown state "${state.slice(0, 40)}"`);
    const known = STATES.get(state);
    if (known === undefined) return [];
    const commit = reader.optionalObject(item, "commit", at);
    return withoutUndefined({
      reviewer: personOf(member(item, "author")),
      state: known,
      commit: commit === undefined ? undefined : reader.optionalCommit(commit, "oid", join(at, "commit")),
      at: reader.optionalTime(item, "submittedAt", at),
      standing: standingOf(member(item, "author"), member(item, "authorAssociation")),
    });
  });
  return byTime(reviews);
}

function readGraphCommits(reader: PieceDocument, value: Value, path: string): NonNullable<ForgeChange["commits"]> {
  return nodesOf(value).map((node, index) => {
    const at = `${path}[${index}]`;
    const outer = reader.object(node, at) ?? {};
    const inner = member(outer, "commit");
    const commit = isValueObject(inner) ? inner : outer;
    const people = nodesOf(member(commit, "authors")).map((author) => {
      const person = isValueObject(author) ? author : {};
      // GraphQL has the account in `user`, gh beside the address.
      const user = member(person, "user");
      return personOf(isValueObject(user) ? user : author, member(person, "email"));
    });
    return { id: reader.commit(commit, "oid", at), people: people.filter((person) => !isOwnAccount(person)) };
  });
}

/** `{enabled: true}` of a branch protection. */
function isEnabled(reader: PieceDocument, object: ValueObject, key: string, path: string): boolean | undefined {
  const value = reader.optionalObject(object, key, path);
  return value === undefined ? undefined : reader.optionalBoolean(value, "enabled", join(path, key));
}

function not(value: boolean | undefined): boolean | undefined {
  return value === undefined ? undefined : !value;
}

function readProtection(reader: PieceDocument, object: ValueObject, path: string): ForgePiece | undefined {
  const url = reader.string(object, "url", path);
  const branch = /\/branches\/([^/]+)\/protection$/.exec(url)?.[1];
  if (branch === undefined) {
    return reader.refuse(join(path, "url"), "expected the address of a branch's protection, which names the branch");
  }
  const reviews = reader.optionalObject(object, "required_pull_request_reviews", path);
  const at = join(path, "required_pull_request_reviews");
  const enforced = isEnabled(reader, object, "enforce_admins", path);
  const hasAllowance = reviews !== undefined && hasMembers(member(reviews, "bypass_pull_request_allowances"));
  const protection: BranchProtection = withoutUndefined({
    forge: "github" as const,
    branch: decodeBranch(branch),
    forbidsForcePush: not(isEnabled(reader, object, "allow_force_pushes", path)),
    forbidsDeletion: not(isEnabled(reader, object, "allow_deletions", path)),
    requiresChangeRequest: reviews !== undefined,
    requiredApprovals:
      reviews === undefined ? 0 : (reader.optionalCount(reviews, "required_approving_review_count", at) ?? 0),
    dismissesStaleApprovals:
      reviews === undefined ? false : reader.optionalBoolean(reviews, "dismiss_stale_reviews", at),
    requiresCodeOwners:
      reviews === undefined ? false : reader.optionalBoolean(reviews, "require_code_owner_reviews", at),
    requiresSignedCommits: isEnabled(reader, object, "required_signatures", path),
    requiredChecks: checksOf(reader, object, path),
    hasNoBypass: enforced === undefined ? undefined : enforced && !hasAllowance,
  });
  return { kind: "protection", protection };
}

/** A branch's name in an address. */
function decodeBranch(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function hasMembers(value: Value | undefined): boolean {
  return isValueObject(value) && Object.values(value).some((list) => Array.isArray(list) && list.length > 0);
}

function checksOf(reader: PieceDocument, object: ValueObject, path: string): readonly string[] {
  const checks = reader.optionalObject(object, "required_status_checks", path);
  return checks === undefined ? [] : reader.strings(checks, "contexts", join(path, "required_status_checks"));
}

function readRuleset(reader: PieceDocument, object: ValueObject, path: string): ForgePiece | undefined {
  const name = reader.optionalString(object, "name", path) ?? "";
  const enforcement = reader.string(object, "enforcement", path);
  if (enforcement !== "active" || member(object, "target") !== "branch")
    return { kind: "note", note: `the ruleset "${name}" is not an active one of branches: it does not count` };
  const conditions = reader.optionalObject(object, "conditions", path) ?? {};
  const names = reader.optionalObject(conditions, "ref_name", join(path, "conditions")) ?? {};
  const at = join(path, "conditions.ref_name");
  const included = reader.strings(names, "include", at);
  const excluded = reader.strings(names, "exclude", at);
  const [only] = included;
  const branch = only === undefined ? undefined : /^refs\/heads\/([^*?[\]]+)$/.exec(only)?.[1];
  if (included.length !== 1 || branch === undefined || excluded.length > 0) {
    return { kind: "note", note: `the ruleset "${name}" does not name one branch (refs/heads/…): it does not count` };
  }
  const rules = new Map<string, ValueObject>();
  for (const [index, value] of reader.list(object, "rules", path).entries()) {
    const rule = reader.object(value, `${join(path, "rules")}[${index}]`) ?? {};
    const parameters = member(rule, "parameters");
    rules.set(
      reader.string(rule, "type", `${join(path, "rules")}[${index}]`),
      isValueObject(parameters) ? parameters : {},
    );
  }
  const pull = rules.get("pull_request");
  const where = `${join(path, "rules")}.pull_request`;
  const actors = member(object, "bypass_actors");
  const protection: BranchProtection = withoutUndefined({
    forge: "github" as const,
    branch,
    forbidsForcePush: rules.has("non_fast_forward"),
    forbidsDeletion: rules.has("deletion"),
    requiresChangeRequest: pull !== undefined,
    requiredApprovals:
      pull === undefined ? 0 : (reader.optionalCount(pull, "required_approving_review_count", where) ?? 0),
    dismissesStaleApprovals:
      pull === undefined ? false : reader.optionalBoolean(pull, "dismiss_stale_reviews_on_push", where),
    requiresCodeOwners: pull === undefined ? false : reader.optionalBoolean(pull, "require_code_owner_review", where),
    requiresSignedCommits: rules.has("required_signatures"),
    requiredChecks: nodesOf(member(rules.get("required_status_checks") ?? {}, "required_status_checks")).flatMap(
      (check) => (isValueObject(check) && typeof check["context"] === "string" ? [check["context"]] : []),
    ),
    // Shown only to those who may change the ruleset.
    hasNoBypass: Array.isArray(actors) ? actors.length === 0 : undefined,
    since: reader.optionalTime(object, "updated_at", path),
  });
  return { kind: "protection", protection };
}
