import { isAmapError, LIMITS } from "../../base/index.ts";
import { type Decision, decisionKey, decodeDecisions } from "../../metadata/index.ts";
import type { History, HistoryCommit } from "../../ports/index.ts";
import type { World } from "../world.ts";

/** Where a file of decisions is committed. */
export interface CommittedFile {
  /** The folder of the repository's checkout. */
  readonly directory: string;
  /** From there to the file, with `/`. */
  readonly path: string;
  readonly revision: string;
}

/** The commit that brought an entry, or why none can be named. */
export type Introduction = { readonly commit: HistoryCommit } | { readonly reason: string };

/** What an entry is known by in two ways: in all that it says, and in all but its approvers. */
interface Entries {
  readonly whole: ReadonlySet<string>;
  readonly drafts: ReadonlySet<string>;
  /** A file is there, and nobody knows what it says. */
  readonly isUnread?: true;
}

type EntryKind = "whole" | "drafts";

/** An entry's key: equal for entries that say the same. */
function entryKey(decision: Decision, kind: EntryKind): string {
  return decisionKey(kind === "whole" ? decision : { ...decision, approvers: [] });
}

const NOTHING: Entries = { whole: new Set(), drafts: new Set() };

/** The history of a file of decisions, read as far as it is asked about. */
export class EntryHistory {
  readonly #world: World;
  readonly #file: CommittedFile;
  readonly #history: History;
  readonly #read = new Map<string, Promise<Entries>>();

  private constructor(world: World, file: CommittedFile, history: History) {
    this.#world = world;
    this.#file = file;
    this.#history = history;
  }

  /** @throws {AmapError} those of `Git.history` */
  static async open(world: World, file: CommittedFile): Promise<EntryHistory> {
    const { directory, path, revision } = file;
    const paths = { paths: [path], withMerges: true };
    const history = await world.git.history({ directory, revision, ...paths, limit: LIMITS.decisionCommits });
    return new EntryHistory(world, file, history);
  }

  /**
   * The last commit that brought an entry (`drafts`: in whatever approvers it has): it has it, and none of its parents
   * does. Commits come before their parents, so that one which takes the entry out is met first where a merge brought it
   * back past that.
   */
  async introductionOf(decision: Decision, kind: EntryKind): Promise<Introduction> {
    const key = entryKey(decision, kind);
    if (!(await this.#entriesAt(this.#history.head))[kind].has(key))
      return { reason: `it is not committed in this form (${this.#file.revision}, ${this.#file.path})` };
    for (const commit of this.#history.commits) {
      const isThere = (await this.#entriesAt(commit.id))[kind].has(key);
      const before = await Promise.all(commit.parents.map((parent) => this.#entriesAt(parent)));
      const wasThere = before.some((entries) => entries[kind].has(key));
      if (isThere && !wasThere) {
        // Whoever repairs a file did not bring what stood in it before.
        const unread = commit.parents[before.findIndex(({ isUnread }) => isUnread === true)];
        if (unread === undefined) return { commit };
        return { reason: `commit ${commit.id} has it, and the file of ${unread} before that cannot be read` };
      }
      if (!isThere && wasThere) return { reason: `commit ${commit.id} took it out, and a merge brought it back` };
    }
    return { reason: "no commit in the file's history brought it" };
  }

  /**
   * Whether a commit, one that need not be in the file's history, has an entry as it stands; false for a commit that this
   * repository does not hold.
   */
  async has(commit: string, decision: Decision): Promise<boolean> {
    try {
      return (await this.#entriesAt(commit)).whole.has(entryKey(decision, "whole"));
    } catch (error) {
      if (!isAmapError(error, "GIT_NOT_FOUND")) throw error;
      return false;
    }
  }

  #entriesAt(commit: string): Promise<Entries> {
    const known = this.#read.get(commit);
    if (known !== undefined) return known;
    const reading = this.#readAt(commit);
    this.#read.set(commit, reading);
    return reading;
  }

  /** A commit whose file is not there has no entries; of one that cannot be read none is known. */
  async #readAt(commit: string): Promise<Entries> {
    const { directory, path } = this.#file;
    const bytes = await this.#world.git.readBlob({ directory, path, revision: commit });
    if (bytes === undefined) return NOTHING;
    const decoded = decodeDecisions(bytes);
    if (!decoded.ok) return { ...NOTHING, isUnread: true };
    const keysOf = (kind: EntryKind): ReadonlySet<string> =>
      new Set(decoded.value.map((entry) => entryKey(entry, kind)));
    return { whole: keysOf("whole"), drafts: keysOf("drafts") };
  }
}
