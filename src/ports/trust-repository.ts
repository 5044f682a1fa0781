/**
 * A repository of The Update Framework, which hands out what a Sigstore is trusted by, with a copy on this machine.
 * Everything that comes out of it was signed by the keys of the repository's root; what is older than its metadata allows
 * comes with a warning, and only where nothing newer can be had.
 */
export interface TrustRepository {
  /**
   * Starts afresh: from this root, or from the one that amap carries for the public repository; the copy of before is
   * replaced once all of the new one is verified. The mirror is remembered for `read`.
   * @throws {AmapError} USAGE (no root is known for the mirror), NOT_SUPPORTED (no trusted root in it), OFFLINE,
   * TRUST_REPOSITORY_UNREACHABLE, TRUST_REPOSITORY_INVALID, FILE_UNREADABLE (no copy can be kept)
   */
  initialize(request: { readonly mirror?: string; readonly root?: Uint8Array }): Promise<TrustRepositoryState>;
  /**
   * A file by its name, such as `trusted_root.json`. Newer metadata is asked for once a day, and when the copy has
   * expired; where the repository does not answer, the copy counts.
   * @throws {AmapError} USAGE (no root is known for the mirror), NOT_SUPPORTED (no such file), and where there is no copy
   * OFFLINE or TRUST_REPOSITORY_UNREACHABLE; TRUST_REPOSITORY_INVALID, which is never answered from the copy
   */
  read(name: string): Promise<TrustTarget>;
}

/** A file that a repository vouches for. */
export interface TrustTarget {
  readonly bytes: Uint8Array;
  /** Where it came from, for messages: the mirror's address. */
  readonly source: string;
  /** What the user should know of its age, a sentence each; empty when it is as new as it should be. */
  readonly warnings: readonly string[];
}

/** What a repository was found to be. */
export interface TrustRepositoryState {
  readonly mirror: string;
  /** Where the copy is kept. */
  readonly directory: string;
  readonly metadata: readonly {
    readonly role: "root" | "timestamp" | "snapshot" | "targets";
    readonly version: number;
    /** RFC 3339. */
    readonly expires: string;
  }[];
  /** The files that are now in the copy. */
  readonly targets: readonly string[];
  readonly warnings: readonly string[];
}
