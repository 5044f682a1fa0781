import { type Decoded, equalValues, LIMITS, type Value, type ValueObject } from "../../base/index.ts";
import { DocumentReader, describe, join, member, withoutUndefined } from "../document-reader.ts";
import type { BranchProtection, ForgeKind } from "./change.ts";
import {
  type CodeReview,
  REVIEW_FLAWS,
  REVIEW_PROOFS,
  type ReviewAuthor,
  type ReviewedCommit,
  type Reviewer,
  type ReviewFlaw,
  SIGNATURE_STATUSES,
  summariseReview,
} from "./code-review.ts";

const COMMIT_ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const ROLES = ["author", "committer", "co-author"] as const;
const FORGES = ["github", "gitlab"] as const satisfies readonly ForgeKind[];

/** Writes the predicate `urn:amap:predicate:code-review:v1`: the model's own fields. */
export function encodeCodeReview(review: CodeReview): Value {
  return review as unknown as Value;
}

/**
 * Reads the predicate `urn:amap:predicate:code-review:v1`. Counts that do not follow from the commits are refused, and a
 * commit that is said to be reviewed where no reviewer counts; a trailer never counts.
 * @example
 * ```ts
 * import { decodeCodeReview } from "../index.ts";
 * decodeCodeReview({ repository: "git+https://forge.example/team/shop" }).ok; // false
 * ```
 */
export function decodeCodeReview(value: Value): Decoded<CodeReview> {
  const reader = new DocumentReader();
  const root = reader.object(value, "");
  if (root === undefined) return reader.finish<CodeReview>(undefined);
  const branch = reader.object(member(root, "branch"), "branch") ?? {};
  if (reader.list(root, "changes", "").length > LIMITS.gitCommits)
    return { ok: false, issues: [{ code: "LIMIT_EXCEEDED", path: "changes", message: "too many commits" }] };
  const changes = reader.objects(root, "changes", "", (item, path) => readCommit(reader, item, path));
  const summary = summariseReview(changes);
  const stated = reader.object(member(root, "summary"), "summary") ?? {};
  for (const [key, count] of Object.entries(summary)) {
    if (!equalValues(member(stated, key) ?? null, count))
      reader.refuse(join("summary", key), `expected ${count}, as its commits say`);
  }
  return reader.finish<CodeReview>(
    withoutUndefined({
      repository: reader.string(root, "repository", ""),
      revision: readCommitId(reader, root, "revision", "") ?? "",
      base: member(root, "base") === undefined ? undefined : readCommitId(reader, root, "base", ""),
      branch: withoutUndefined({
        name: reader.string(branch, "name", "branch"),
        holdsRevision: readBoolean(reader, branch, "holdsRevision", "branch"),
        protections: reader.objects(branch, "protections", "branch", (item, path) =>
          readProtection(reader, item, path),
        ),
      }),
      createdAt: reader.time(root, "createdAt", ""),
      countsStale: readBoolean(reader, root, "countsStale", "") ?? reader.refuse("countsStale", "expected it") ?? true,
      summary,
      changes,
      notes: reader.strings(root, "notes", ""),
    }),
  );
}

function readCommit(reader: DocumentReader, item: ValueObject, path: string): ReviewedCommit {
  const reviewers = reader.objects(item, "reviewers", path, (each, at) => readReviewer(reader, each, at));
  const reviewed = reviewers.some(({ flaws }) => flaws.length === 0);
  if (member(item, "reviewed") !== reviewed)
    reader.refuse(join(path, "reviewed"), `expected ${reviewed}, as its reviewers say`);
  const request = reader.optionalObject(item, "pullRequest", path);
  const signature = reader.object(member(item, "signature"), join(path, "signature")) ?? {};
  return withoutUndefined({
    commit: readCommitId(reader, item, "commit", path) ?? "",
    authors: reader.objects(
      item,
      "authors",
      path,
      (each, at): ReviewAuthor =>
        withoutUndefined({
          role: readWord(reader, each, "role", at, ROLES) ?? "author",
          name: reader.optionalString(each, "name", at),
          email: reader.optionalString(each, "email", at),
        }),
    ),
    reviewers,
    reviewed,
    pullRequest: request === undefined ? undefined : readRequest(reader, request, join(path, "pullRequest")),
    signature: withoutUndefined({
      status: readWord(reader, signature, "status", join(path, "signature"), SIGNATURE_STATUSES) ?? "unjudged",
      key: reader.optionalString(signature, "key", join(path, "signature")),
      reason: reader.optionalString(signature, "reason", join(path, "signature")),
    }),
  });
}

function readReviewer(reader: DocumentReader, item: ValueObject, path: string): Reviewer {
  const how = readWord(reader, item, "how", path, REVIEW_PROOFS) ?? "trailer";
  if (member(item, "flaws") === undefined) reader.refuse(join(path, "flaws"), "expected a list, found nothing");
  const flaws = reader.strings(item, "flaws", path);
  const unknown = flaws.find((flaw) => !REVIEW_FLAWS.includes(flaw as ReviewFlaw));
  if (unknown !== undefined) reader.refuse(join(path, "flaws"), `expected one of ${REVIEW_FLAWS.join(", ")}`);
  if (how === "trailer" && !flaws.includes("stated"))
    reader.refuse(join(path, "flaws"), 'expected "stated": a trailer alone proves nothing');
  return withoutUndefined({
    identity: reader.string(item, "identity", path),
    how,
    at: reader.optionalTime(item, "at", path),
    commit: member(item, "commit") === undefined ? undefined : readCommitId(reader, item, "commit", path),
    trailer: reader.optionalString(item, "trailer", path),
    flaws: flaws as readonly ReviewFlaw[],
  });
}

function readRequest(
  reader: DocumentReader,
  item: ValueObject,
  path: string,
): NonNullable<ReviewedCommit["pullRequest"]> {
  return withoutUndefined({
    number: readCount(reader, item, "number", path) ?? reader.refuse(join(path, "number"), "expected it") ?? 0,
    url: reader.optionalString(item, "url", path),
    author: reader.optionalString(item, "author", path),
    mergedBy: reader.optionalString(item, "mergedBy", path),
    mergedAt: reader.optionalTime(item, "mergedAt", path),
  });
}

function readProtection(reader: DocumentReader, item: ValueObject, path: string): BranchProtection {
  const flag = (key: keyof BranchProtection): boolean | undefined => readBoolean(reader, item, key, path);
  return withoutUndefined({
    forge: readWord(reader, item, "forge", path, FORGES) ?? "github",
    branch: reader.string(item, "branch", path),
    forbidsForcePush: flag("forbidsForcePush"),
    forbidsDeletion: flag("forbidsDeletion"),
    requiresChangeRequest: flag("requiresChangeRequest"),
    requiredApprovals: readCount(reader, item, "requiredApprovals", path),
    dismissesStaleApprovals: flag("dismissesStaleApprovals"),
    requiresCodeOwners: flag("requiresCodeOwners"),
    requiresSignedCommits: flag("requiresSignedCommits"),
    requiredChecks:
      member(item, "requiredChecks") === undefined ? undefined : reader.strings(item, "requiredChecks", path),
    hasNoBypass: flag("hasNoBypass"),
    since: reader.optionalTime(item, "since", path),
  });
}

function readCommitId(reader: DocumentReader, parent: ValueObject, key: string, path: string): string | undefined {
  const text = reader.string(parent, key, path);
  return text === "" || COMMIT_ID.test(text) ? text : reader.refuse(join(path, key), "expected a commit's id");
}

function readBoolean(reader: DocumentReader, parent: ValueObject, key: string, path: string): boolean | undefined {
  const value = member(parent, key);
  if (value === undefined || typeof value === "boolean") return value;
  return reader.refuse(join(path, key), `expected true or false, found ${describe(value)}`);
}

function readCount(reader: DocumentReader, parent: ValueObject, key: string, path: string): number | undefined {
  const value = member(parent, key);
  if (value === undefined || (typeof value === "number" && Number.isSafeInteger(value) && value >= 0)) return value;
  return reader.refuse(join(path, key), `expected a count, found ${describe(value)}`);
}

function readWord<T extends string>(
  reader: DocumentReader,
  parent: ValueObject,
  key: string,
  path: string,
  words: readonly T[],
): T | undefined {
  const value = member(parent, key);
  const found = words.find((word) => word === value);
  return found ?? reader.refuse(join(path, key), `expected one of ${words.join(", ")}, found ${describe(value)}`);
}
