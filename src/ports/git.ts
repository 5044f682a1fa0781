import type { Commit } from "../metadata/index.ts";

/** Repositories of git, as far as they are read: the files of one commit, and the history of repositories on this machine. */
export interface Git {
  /**
   * Opens a checkout of a branch or tag in a new temporary folder: its files, without git's own folder, hooks or
   * submodules. Symbolic links to files of the checkout are those files; others are files that hold their target's name.
   * The scheme of the URL (https, http or file) is the only one that is spoken, also where the server sends elsewhere.
   * Credentials are shown to the host of the URL alone, and never in messages.
   * @throws {AmapError} USAGE (a URL or name that git could take for something else), GIT_NOT_FOUND (no such repository,
   * branch or tag), GIT_UNAUTHORIZED, GIT_FAILED, LIMIT_EXCEEDED (LIMITS.gitBytes, gitFiles), TIMEOUT (LIMITS.gitMs)
   */
  checkOut(request: CheckoutRequest): Promise<Checkout>;
  /**
   * Opens a commit of a repository on this machine in a new temporary folder, as `checkOut` does. The repository and its
   * own checkout stay as they are, and none of its hooks or filters run.
   * @throws {AmapError} USAGE (a revision that git could take for something else), GIT_NOT_FOUND (no such repository or
   * revision), GIT_FAILED, LIMIT_EXCEEDED (LIMITS.gitBytes, gitFiles), TIMEOUT (LIMITS.gitMs)
   */
  checkOutRevision(request: RevisionRequest): Promise<Checkout>;
  /**
   * The commits that a revision stands on, newest first: every commit before its parents, times play no part. Commits are
   * as they are stored: no replacements, grafts or notes. The repository stays as it is, and none of its hooks, filters or
   * configured programs run.
   * @throws {AmapError} USAGE, GIT_NOT_FOUND (no such repository or revision), GIT_FAILED (a history that is not whole, as
   * of a shallow clone; a commit that is not what its id says), LIMIT_EXCEEDED (more commits than `limit`;
   * LIMITS.gitHistoryBytes, gitHistoryPaths), TIMEOUT (LIMITS.gitMs)
   */
  history(request: HistoryRequest): Promise<History>;
  /**
   * The bytes of a file as it is committed, or undefined where the commit has no such file (also for a folder, a symbolic
   * link or a submodule).
   * @throws {AmapError} as `history`; LIMIT_EXCEEDED for a file larger than LIMITS.gitBlobBytes
   */
  readBlob(request: BlobRequest): Promise<Uint8Array | undefined>;
  /**
   * What stands in a working tree on this machine. Nothing in it changes, and none of its hooks or filters run.
   * @throws {AmapError} GIT_NOT_FOUND (no commit there), GIT_FAILED, TIMEOUT (LIMITS.gitMs)
   */
  workTree(directory: string): Promise<WorkTree>;
}

/** A working tree, as git sees it. */
export interface WorkTree {
  /** The commit that is checked out. */
  readonly commit: string;
  /** `refs/heads/main`; absent where a commit is checked out by itself. */
  readonly ref?: string;
  /** The address of `origin`, as it is configured: it may hold a password. */
  readonly remote?: string;
  /** Tags of the commit, without `refs/tags/`. */
  readonly tags: readonly string[];
  /** Files that are not as the commit has them, or not in it and not ignored. */
  readonly changedFiles: number;
}

/** Which part of a repository's history. */
export interface HistoryRequest extends RevisionRequest {
  /** Commits that this branch, tag or commit stands on are left out, and itself. */
  readonly since?: string;
  /** Only commits that change one of these files or folders, of all lines of history. Paths, not patterns. */
  readonly paths?: readonly string[];
  /** With paths: merges that take one of them from a parent as it is, and so drop what the others have, are there too. */
  readonly withMerges?: boolean;
  /** More commits than that are refused, never left out. At most, and when left out, LIMITS.gitCommits. */
  readonly limit?: number;
}

/** A part of a repository's history. */
export interface History {
  /** What the revision is. */
  readonly head: string;
  /** What `since` is. */
  readonly base?: string;
  readonly commits: readonly HistoryCommit[];
}

/** A commit with what it changes. */
export interface HistoryCommit extends Commit {
  /**
   * Files in which it differs from every parent, sorted: those that a merge brings together are not among them, those in
   * which a merge itself changes something are. All of its files for a commit without parents.
   */
  readonly changedPaths: readonly string[];
}

/** Which file of which commit. */
export interface BlobRequest extends RevisionRequest {
  /** From the repository's root, with `/`. */
  readonly path: string;
}

/** A commit of a repository on this machine. */
export interface RevisionRequest {
  /** The folder of a checkout, or of a repository without one. */
  readonly directory: string;
  /** A branch, a tag, a commit's id or its beginning; with steps back behind it: `HEAD~3`, `v1^2`. */
  readonly revision: string;
}

/** Which commit of which repository. */
export interface CheckoutRequest {
  /** `https://git.example/team/policies`, without a user and a password in it. */
  readonly url: string;
  /** The name of a branch or a tag. */
  readonly branch: string;
  readonly credentials?: GitCredentials;
}

/** Who asks for a repository. */
export interface GitCredentials {
  readonly username: string;
  readonly password: string;
}

/** The files of one commit. */
export interface Checkout {
  /** The folder that holds them. */
  readonly path: string;
  /** The commit's id, in hex. */
  readonly commit: string;
  /** Removes the folder; a second call does nothing. */
  close(): Promise<void>;
}
