/** Repositories of git, as far as they are read: one commit, without history. */
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
}

/** A commit of a repository on this machine. */
export interface RevisionRequest {
  /** The folder of a checkout, or of a repository without one. */
  readonly directory: string;
  /** A branch, a tag, a commit's id or its beginning. */
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
