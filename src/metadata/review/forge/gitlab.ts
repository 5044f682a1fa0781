import { isValueObject, parseTime, type Value, type ValueObject } from "../../../base/index.ts";
import { join, member, withoutUndefined } from "../../document-reader.ts";
import type { BranchProtection, ForgeChange, ForgePerson, ForgeReview } from "../change.ts";
import { trailersOf } from "../commit.ts";
import {
  byTime,
  type ForgePiece,
  type ForgePush,
  type PieceDocument,
  type PieceReader,
  personOfAddress,
} from "./forge-pieces.ts";

/**
 * What GitLab gives by REST: a merge request, its approvals, its versions (when which commits were pushed) and commits
 * (`/projects/ID/merge_requests/IID…`), and protected branches.
 * @see https://docs.gitlab.com/api/merge_requests/
 */
export const GITLAB_PIECES: readonly PieceReader[] = [
  {
    what: "a GitLab merge request",
    recognises: (object) => "iid" in object && "target_branch" in object && "sha" in object,
    read: readMergeRequest,
  },
  {
    what: "approvals of a GitLab merge request",
    recognises: (object) => "iid" in object && "approved_by" in object,
    read: readApprovals,
  },
  {
    what: "the approval state of a GitLab merge request",
    recognises: (object) => "approval_rules_overwritten" in object && "rules" in object,
    read: () => ({
      kind: "note",
      note: "an approval state names neither its merge request nor times: give the approvals (…/approvals)",
    }),
  },
  {
    what: "a protected branch of GitLab",
    recognises: (object) => "push_access_levels" in object && "merge_access_levels" in object,
    read: readProtectedBranch,
  },
];

/** Lists: each member is of the kind that the first one is. */
export const GITLAB_LISTS: readonly PieceReader[] = [
  {
    what: "versions of a GitLab merge request",
    recognises: (object) => "head_commit_sha" in object && "created_at" in object,
    read: (reader, object, path) => ({
      kind: "pushes",
      pushes: [{ head: reader.commit(object, "head_commit_sha", path), at: reader.time(object, "created_at", path) }],
    }),
  },
  {
    what: "commits of a GitLab merge request",
    recognises: (object) => "short_id" in object && "author_email" in object && "id" in object,
    read: readCommit,
  },
];

function personOf(value: Value | undefined): ForgePerson {
  const user = isValueObject(value) ? value : {};
  const [login, email] = [member(user, "username"), member(user, "public_email")];
  const name = typeof login === "string" && login !== "" ? login : undefined;
  return withoutUndefined({
    login: name,
    emails: typeof email === "string" && email !== "" ? [email] : [],
    isBot: member(user, "bot") === true || /^(?:project|group)_\d+_bot/.test(name ?? ""),
  });
}

const STATES: ReadonlyMap<string, ForgeChange["state"]> = new Map([
  ["opened", "open"],
  ["locked", "open"],
  ["closed", "closed"],
  ["merged", "merged"],
]);

function keyOf(reader: PieceDocument, object: ValueObject, path: string): string {
  return `gitlab:${reader.number(object, "project_id", path)}:${reader.number(object, "iid", path)}`;
}

function readMergeRequest(reader: PieceDocument, object: ValueObject, path: string): ForgePiece {
  const url = reader.optionalString(object, "web_url", path);
  const state = STATES.get(reader.string(object, "state", path));
  if (state === undefined) reader.refuse(join(path, "state"), `expected ${[...STATES.keys()].join(", ")}`);
  const merger = member(object, "merge_user") ?? member(object, "merged_by");
  const change: ForgeChange = withoutUndefined({
    forge: "gitlab" as const,
    repository: url === undefined ? undefined : /^(.+?)\/-\/merge_requests\/\d+$/.exec(url)?.[1],
    number: reader.number(object, "iid", path),
    url,
    author: personOf(member(object, "author")),
    state: state ?? "closed",
    targetBranch: reader.string(object, "target_branch", path),
    head: reader.commit(object, "sha", path),
    mergeCommit: reader.optionalCommit(object, "merge_commit_sha", path),
    squashCommit: reader.optionalCommit(object, "squash_commit_sha", path),
    mergedBy: merger === undefined ? undefined : personOf(merger),
    mergedAt: reader.optionalTime(object, "merged_at", path),
  });
  return { kind: "change", key: keyOf(reader, object, path), change };
}

/** GitLab lists who approves at the end: what was taken back is not there. The commit follows from the versions. */
function readApprovals(reader: PieceDocument, object: ValueObject, path: string): ForgePiece {
  const reviews = reader.objects(object, "approved_by", path, (item, at): ForgeReview => {
    const reviewer = personOf(reader.object(member(item, "user"), join(at, "user")));
    return withoutUndefined({ reviewer, state: "approved" as const, at: reader.optionalTime(item, "approved_at", at) });
  });
  return { kind: "reviews", key: keyOf(reader, object, path), reviews: byTime(reviews) };
}

function readCommit(reader: PieceDocument, object: ValueObject, path: string): ForgePiece {
  const message = reader.optionalString(object, "message", path) ?? "";
  const people = [
    personOfAddress(reader.optionalString(object, "author_email", path)),
    personOfAddress(reader.optionalString(object, "committer_email", path)),
    ...trailersOf(message)
      .filter(({ key }) => key.toLowerCase() === "co-authored-by")
      .map(({ value }) => personOfAddress(/<([^<>]+)>/.exec(value)?.[1] ?? value)),
  ];
  return { kind: "commits", commits: [{ id: reader.commit(object, "id", path), people }] };
}

/** GitLab's number for a role that nobody has. */
const NO_ONE = 0;

function readProtectedBranch(reader: PieceDocument, object: ValueObject, path: string): ForgePiece {
  const levels = reader.list(object, "push_access_levels", path);
  const isNoOne = (level: Value): boolean =>
    isValueObject(level) &&
    member(level, "access_level") === NO_ONE &&
    ["user_id", "group_id", "deploy_key_id"].every((key) => member(level, key) === undefined);
  const protection: BranchProtection = withoutUndefined({
    forge: "gitlab" as const,
    branch: reader.string(object, "name", path),
    forbidsForcePush:
      member(object, "allow_force_push") === undefined ? undefined : member(object, "allow_force_push") === false,
    requiresChangeRequest: levels.length > 0 && levels.every(isNoOne),
    requiresCodeOwners: reader.optionalBoolean(object, "code_owner_approval_required", path),
  });
  return { kind: "protection", protection };
}

/**
 * An approval with the commit that it is of, where the data do not say: the one that the last push before it brought.
 * Nothing where a push is of the same time, or the change's head is not what the last push brought.
 */
export function withCommit(review: ForgeReview, head: string, pushes: readonly ForgePush[]): ForgeReview {
  const approvedAt = parseTime(review.at ?? "");
  if (review.commit !== undefined || approvedAt === undefined || byTime(pushes).at(-1)?.head !== head) return review;
  const times = pushes.map(({ at }) => parseTime(at));
  const seen = byTime(pushes.filter((_, index) => (times[index] ?? approvedAt) < approvedAt)).at(-1)?.head;
  return seen === undefined || times.includes(approvedAt) ? review : { ...review, commit: seen };
}
