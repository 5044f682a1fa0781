import type { ForgeChange } from "./change.ts";
import type { Commit } from "./commit.ts";

/** The commits of a range that came to a branch by one change. */
export interface CoveredCommits {
  readonly commits: readonly CoverableCommit[];
  /** Whether the commit that was reviewed is itself in the range, and not another one that holds the same. */
  readonly holdsHead: boolean;
  /** Why a merged change covers less than it seems to, or nothing. */
  readonly note?: string;
}

interface CoverableCommit extends Commit {
  readonly changedPaths: readonly string[];
}

const NOTHING: CoveredCommits = { commits: [], holdsHead: false };

/**
 * The commits of a range that a merged change brought to `branch`: what a merge of its head brings in and the merge, as far
 * as it changes nothing itself; the one commit into which it was squashed; or, where the branch was moved forward to its
 * head, those that the forge lists. A change that was merged by rebasing covers its last commit alone: nothing in the data
 * names the others.
 */
export function coveredBy(change: ForgeChange, branch: string, commits: readonly CoverableCommit[]): CoveredCommits {
  const byId = new Map(commits.map((commit) => [commit.id, commit]));
  const name = change.url ?? `${change.forge} ${change.number}`;
  const landing = byId.get(change.mergeCommit ?? "");
  const squashed = byId.get(change.squashCommit ?? "");
  const head = byId.get(change.head);
  if (change.state !== "merged" || (landing ?? squashed ?? head) === undefined) return NOTHING;
  if (change.targetBranch !== branch)
    return { ...NOTHING, note: `${name} was merged into ${change.targetBranch}, not ${branch}: it does not count` };
  const tip = landing?.parents.find((id, index) => index > 0 && (id === change.head || id === change.squashCommit));
  if (landing !== undefined && tip !== undefined) {
    const { commits: brought, ...note } = broughtBy(landing, tip, name, byId);
    return { commits: brought, holdsHead: tip === change.head && head !== undefined, ...note };
  }
  const whole = landing ?? squashed;
  if (whole !== undefined && whole.parents.length > 1)
    return { ...NOTHING, note: `${name}: its merge ${whole.id} does not merge the head that was reviewed` };
  const below = reachFrom(head === undefined ? [] : [head.id], byId);
  const listed = (change.commits ?? []).map(({ id }) => id).filter((id) => below.has(id));
  const ids = [whole?.id, head?.id, ...listed].filter((id) => id !== undefined);
  return { commits: pick(ids, byId), holdsHead: head !== undefined };
}

/** What a merge brings in with one of its parents, and itself, as far as it changes nothing. */
function broughtBy(
  landing: CoverableCommit,
  tip: string,
  name: string,
  byId: ReadonlyMap<string, CoverableCommit>,
): Pick<CoveredCommits, "commits" | "note"> {
  const before = reachFrom(landing.parents.slice(0, 1), byId);
  const brought = [...reachFrom([tip], byId)].filter((id) => !before.has(id));
  if (landing.changedPaths.length === 0) return { commits: pick([landing.id, ...brought], byId) };
  const note = `${name}: its merge ${landing.id} has changes of its own, which nobody reviewed`;
  return { commits: pick(brought, byId), note };
}

/** All commits of a range that some stand on, those included. */
export function reachFrom(starts: readonly string[], byId: ReadonlyMap<string, Commit>): ReadonlySet<string> {
  const seen = new Set<string>();
  const open = [...starts];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const commit = byId.get(id);
    if (commit === undefined || seen.has(id)) continue;
    seen.add(id);
    open.push(...commit.parents);
  }
  return seen;
}

function pick(ids: readonly string[], byId: ReadonlyMap<string, CoverableCommit>): readonly CoverableCommit[] {
  return [...new Set(ids)].flatMap((id) => byId.get(id) ?? []);
}
