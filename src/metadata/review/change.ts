/** The forges whose data are read. */
export type ForgeKind = "github" | "gitlab";

/** A person as a forge knows it. */
export interface ForgePerson {
  /** The account's name; left out where the forge knows none for an address. */
  readonly login?: string;
  /** Addresses that the forge's data give the person. */
  readonly emails: readonly string[];
  /** A program's account. */
  readonly isBot: boolean;
}

/** What a reviewer said of a change, at one time. */
export interface ForgeReview {
  readonly reviewer: ForgePerson;
  /** `approved` and `changes_requested` hold until the same person says the other, or the review is dismissed. */
  readonly state: "approved" | "changes_requested" | "commented" | "dismissed";
  /** The commit that the reviewer saw; left out where the data do not say. */
  readonly commit?: string;
  /** RFC 3339. */
  readonly at?: string;
  /**
   * What the forge says of the reviewer's part in the repository, where it is too little: `outsider`, none at all, so that
   * anybody could make such an account; `unknown`, not even whether it is a person's.
   */
  readonly standing?: "outsider" | "unknown";
}

/** A commit of a change, and who the forge says made it. */
export interface ForgeCommit {
  readonly id: string;
  /** Author, committer and co-authors; accounts by which forges themselves commit are left out. */
  readonly people: readonly ForgePerson[];
}

/** A pull request or merge request, as exported from a forge. */
export interface ForgeChange {
  readonly forge: ForgeKind;
  /** Of the repository on the forge: `https://github.com/acme/shop`. */
  readonly repository?: string;
  readonly number: number;
  /** Its page. */
  readonly url?: string;
  readonly author: ForgePerson;
  readonly state: "open" | "merged" | "closed";
  /** The branch that it is to go to. */
  readonly targetBranch: string;
  /** The last commit of the change: what was, or is to be, merged. */
  readonly head: string;
  /** The commit by which it came to the branch: a merge, or one that holds all of it. */
  readonly mergeCommit?: string;
  /** The commit that holds all of the change, where that is what `mergeCommit` merges (GitLab's squashing). */
  readonly squashCommit?: string;
  readonly mergedBy?: ForgePerson;
  /** RFC 3339. */
  readonly mergedAt?: string;
  /** Undefined: the data do not hold them, or not all of them. */
  readonly commits?: readonly ForgeCommit[];
  /** Oldest first. Undefined: the data do not hold them. */
  readonly reviews?: readonly ForgeReview[];
}

/** One thing that a branch is protected by: undefined where the data do not say. */
export interface BranchProtection {
  readonly forge: ForgeKind;
  /** The branch, or a pattern of branches. */
  readonly branch: string;
  /** Nobody can rewrite or go back. */
  readonly forbidsForcePush?: boolean;
  readonly forbidsDeletion?: boolean;
  /** Every change goes through a pull request or merge request. */
  readonly requiresChangeRequest?: boolean;
  /** Approvals that a change needs. */
  readonly requiredApprovals?: number;
  /** A push to a change takes its approvals back. */
  readonly dismissesStaleApprovals?: boolean;
  readonly requiresCodeOwners?: boolean;
  readonly requiresSignedCommits?: boolean;
  /** Checks that must pass. */
  readonly requiredChecks?: readonly string[];
  /** Administrators are held to it, too, and nobody may go around it. */
  readonly hasNoBypass?: boolean;
  /** RFC 3339: it holds at least since then. */
  readonly since?: string;
}

/** What is read of exported files of a forge. */
export interface ForgeData {
  readonly changes: readonly ForgeChange[];
  readonly protections: readonly BranchProtection[];
  /** What is odd about the data, in sentences for people: parts that join nothing, lists that look cut off. */
  readonly notes: readonly string[];
}

/** A file of a forge's data. */
export interface ForgeFile {
  /** For messages. */
  readonly name: string;
  readonly bytes: Uint8Array;
}
