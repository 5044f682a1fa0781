import { encodeUtf8 } from "../base/index.ts";
import type { ForgeFile } from "../metadata/index.ts";

/** A change of a forge in its parts, in the order in which things happened. */
export interface ToldChange {
  readonly number?: number;
  readonly author?: string;
  readonly target?: string;
  readonly head: string;
  readonly mergeCommit?: string;
  /** Not merged yet. */
  readonly isOpen?: true;
  readonly mergedAt?: string;
  readonly mergedBy?: string;
  readonly repository?: string;
  readonly commits?: readonly {
    readonly id: string;
    readonly login?: string;
    readonly email: string;
    readonly message?: string;
  }[];
  readonly reviews?: readonly {
    readonly login?: string;
    readonly state?: "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | "DISMISSED";
    readonly commit?: string;
    readonly at?: string;
    /** What GitHub says of the account's part in the repository; MEMBER when left out, null: nothing. */
    readonly association?: string | null;
  }[];
}

const MERGED_AT = "2026-03-02T00:00:00Z";
const REVIEWED_AT = "2026-03-01T00:00:00Z";

const association = (told: string | null | undefined): string | null => (told === undefined ? "MEMBER" : told);

/** A file of JSON. */
export function forgeFile(name: string, value: unknown): ForgeFile {
  return { name, bytes: encodeUtf8(JSON.stringify(value)) };
}

/** A merged pull request as GitHub's REST gives it: three files. */
export function githubFiles(told: ToldChange): readonly ForgeFile[] {
  const { number = 7, author = "alice", target = "main", head, mergeCommit, repository = "acme/shop" } = told;
  const url = `https://api.github.com/repos/${repository}/pulls/${number}`;
  const user = (login: string | undefined): object | null =>
    login === undefined ? null : { login, type: login.endsWith("[bot]") ? "Bot" : "User" };
  const files = [
    forgeFile(`pull-${number}.json`, {
      url,
      html_url: `https://github.com/${repository}/pull/${number}`,
      number,
      state: told.isOpen ? "open" : "closed",
      user: user(author),
      head: { sha: head },
      base: { ref: target, repo: { html_url: `https://github.com/${repository}` } },
      merge_commit_sha: mergeCommit ?? null,
      merged_at: told.isOpen ? null : (told.mergedAt ?? MERGED_AT),
      merged_by: told.isOpen ? null : user(told.mergedBy ?? "carol"),
      ...(told.commits === undefined ? {} : { commits: told.commits.length }),
    }),
  ];
  if (told.reviews !== undefined)
    files.push(
      forgeFile(
        `reviews-${number}.json`,
        told.reviews.map((review) => ({
          user: user(review.login ?? "bob"),
          state: review.state ?? "APPROVED",
          commit_id: review.commit ?? head,
          submitted_at: review.at ?? REVIEWED_AT,
          author_association: association(review.association),
          pull_request_url: url,
        })),
      ),
    );
  if (told.commits !== undefined)
    files.push(
      forgeFile(
        `commits-${number}.json`,
        told.commits.map(({ id, login, email, message = "change" }) => ({
          sha: id,
          commit: { message, author: { email }, committer: { email: "noreply@github.com" } },
          author: user(login),
          committer: user("web-flow"),
        })),
      ),
    );
  return files;
}

/** The same as `gh pr view --json …` gives it: one file. */
export function ghFile(told: ToldChange): ForgeFile {
  const { number = 7, author = "alice", target = "main", head, repository = "acme/shop" } = told;
  return forgeFile("gh.json", {
    number,
    url: `https://github.com/${repository}/pull/${number}`,
    state: "MERGED",
    author: { login: author, is_bot: author.startsWith("app/") },
    baseRefName: target,
    headRefOid: head,
    mergeCommit: told.mergeCommit === undefined ? null : { oid: told.mergeCommit },
    mergedAt: told.mergedAt ?? MERGED_AT,
    mergedBy: { login: told.mergedBy ?? "carol" },
    reviews: (told.reviews ?? []).map((review) => ({
      author: { login: review.login ?? "bob" },
      state: review.state ?? "APPROVED",
      submittedAt: review.at ?? REVIEWED_AT,
      authorAssociation: association(review.association),
      commit: { oid: review.commit ?? head },
    })),
    commits: (told.commits ?? []).map(({ id, login, email }) => ({
      oid: id,
      authors: [{ ...(login === undefined ? {} : { login }), email }],
    })),
  });
}

/** A merged merge request as GitLab's REST gives it; approvals have times in the place of commits, pushes have versions. */
export function gitlabFiles(
  told: ToldChange & {
    readonly squashCommit?: string;
    readonly pushes?: readonly { readonly head: string; readonly at: string }[];
  },
): readonly ForgeFile[] {
  const { number = 7, author = "alice", target = "main", head } = told;
  const keys = { project_id: 3, iid: number };
  const request = {
    ...keys,
    web_url: `https://gitlab.com/acme/shop/-/merge_requests/${number}`,
    state: "merged",
    author: { username: author },
    target_branch: target,
    sha: head,
    merge_commit_sha: told.mergeCommit ?? null,
    squash_commit_sha: told.squashCommit ?? null,
    merge_user: { username: told.mergedBy ?? "carol" },
    merged_at: told.mergedAt ?? MERGED_AT,
  };
  const approvals = (told.reviews ?? []).map(({ login = "bob", at = REVIEWED_AT }) => ({
    user: { username: login },
    approved_at: at,
  }));
  const versions = (told.pushes ?? []).map((push) => ({ head_commit_sha: push.head, created_at: push.at }));
  const commits = (told.commits ?? []).map(({ id, email, message = "change" }) => ({
    id,
    short_id: id.slice(0, 8),
    author_email: email,
    committer_email: email,
    message,
  }));
  return [
    forgeFile("request.json", request),
    forgeFile("approvals.json", { ...keys, approved_by: approvals }),
    ...(versions.length === 0 ? [] : [forgeFile("versions.json", [...versions].reverse())]),
    ...(commits.length === 0 ? [] : [forgeFile("commits.json", [...commits].reverse())]),
  ];
}

/** A ruleset of GitHub that asks for all that SLSA's source level 4 does. */
export function githubRuleset(more: object = {}): ForgeFile {
  return forgeFile("ruleset.json", {
    id: 1,
    name: "main",
    target: "branch",
    enforcement: "active",
    conditions: { ref_name: { include: ["refs/heads/main"], exclude: [] } },
    rules: [
      { type: "deletion" },
      { type: "non_fast_forward" },
      {
        type: "pull_request",
        parameters: { required_approving_review_count: 1, dismiss_stale_reviews_on_push: true },
      },
    ],
    bypass_actors: [],
    updated_at: "2026-01-01T00:00:00Z",
    ...more,
  });
}
