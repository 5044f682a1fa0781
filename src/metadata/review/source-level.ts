import { matchesWildcard, parseTime } from "../../base/index.ts";
import type { BranchProtection } from "./change.ts";
import type { CodeReview } from "./code-review.ts";

/** One thing that SLSA's source track asks for, and whether the data show it. */
export interface SourceRequirement {
  readonly level: 1 | 2 | 3 | 4;
  readonly name: string;
  readonly met: boolean;
  /** By which evidence it is met, or what is not shown. */
  readonly reason: string;
}

/** The level of SLSA's source track that the data of a review show. */
export interface SourceLevel {
  readonly level: 0 | 1 | 2 | 3 | 4;
  readonly requirements: readonly SourceRequirement[];
}

/**
 * Judges a review by the source track of SLSA 1.2. The level is the highest one of which all requirements, and all of lower
 * levels, are shown by the data. What the data do not show is not met; what a forge's export says counts as the forge's word,
 * for which whoever signs the summary vouches.
 * @see https://slsa.dev/spec/v1.2/source-requirements
 */
export function judgeSourceLevel(review: CodeReview): SourceLevel {
  const { branch, summary } = review;
  const first = firstMerge(review);
  const protections = branch.protections.filter((each) => matchesWildcard(each.branch, branch.name));
  const requirements: readonly SourceRequirement[] = [
    judge(1, "version control", /^git\+\S+$/.test(review.repository), {
      met: `commit ${review.revision} of ${review.repository}`,
      unmet: "the repository's address is not known",
    }),
    judge(2, "revision on the branch", branch.holdsRevision === true, {
      met: `${branch.name} holds the revision`,
      unmet: `that ${branch.name} holds the revision is not shown`,
    }),
    judgeProtection(2, "continuity of the branch", protections, keepsHistory, "forbids forced pushes and deletion"),
    judge(
      2,
      "recorded changes",
      summary.commits > 0 && summary.byPullRequest === summary.commits && hasPeople(review),
      {
        met: `the forge's data name the change, the account and the time of all ${summary.commits} commits`,
        unmet: `the forge's data tell of ${summary.byPullRequest} of ${summary.commits} commits by whom and when they came to the branch`,
      },
    ),
    judgeProtection(
      3,
      "controls that nobody goes around",
      protections,
      holdsForAll,
      "lets nothing in but by a pull request, with no bypass",
    ),
    judgeProtection(
      3,
      "controls since before the first change",
      protections,
      // The one that somebody may go around is no control, however old it is.
      (each) => holdsForAll(each) && isSince(each, first),
      "lets nobody around it, and was in force before the first change of the range was merged",
    ),
    judge(
      4,
      "two-party review",
      summary.commits > 0 && summary.unreviewed === 0 && !review.countsStale && hasTwoPeople(review),
      {
        met: `another person approved what was merged, for all ${summary.commits} commits`,
        unmet: review.countsStale
          ? "approvals of earlier commits were let count"
          : `of ${summary.commits} commits ${summary.unreviewed} were not reviewed by another person, or a program's change by one alone`,
      },
    ),
    judgeProtection(
      4,
      "review required",
      protections,
      (each) =>
        (each.requiredApprovals ?? 0) > 0 &&
        each.dismissesStaleApprovals === true &&
        each.hasNoBypass === true &&
        isSince(each, first),
      "asked everybody for an approval since before the first change, and takes it back on a push",
    ),
  ];
  const unmet = requirements.find(({ met }) => !met);
  return { level: (unmet === undefined ? 4 : unmet.level - 1) as SourceLevel["level"], requirements };
}

function judge(
  level: SourceRequirement["level"],
  name: string,
  met: boolean,
  reasons: { readonly met: string; readonly unmet: string },
): SourceRequirement {
  return { level, name, met, reason: met ? reasons.met : reasons.unmet };
}

function judgeProtection(
  level: SourceRequirement["level"],
  name: string,
  protections: readonly BranchProtection[],
  isMet: (protection: BranchProtection) => boolean,
  what: string,
): SourceRequirement {
  const found = protections.find(isMet);
  return judge(level, name, found !== undefined, {
    met: `the protection of ${found?.branch} by ${found?.forge} ${what}`,
    unmet: `no protection of the branch in the data shows that it ${what}`,
  });
}

function keepsHistory({ forbidsForcePush, forbidsDeletion }: BranchProtection): boolean {
  return forbidsForcePush === true && forbidsDeletion === true;
}

function holdsForAll(protection: BranchProtection): boolean {
  return keepsHistory(protection) && protection.requiresChangeRequest === true && protection.hasNoBypass === true;
}

function hasPeople({ changes }: CodeReview): boolean {
  return changes.every(({ pullRequest }) => pullRequest?.author !== undefined && pullRequest.mergedAt !== undefined);
}

/** The first merge of the range; undefined where one has no time. */
function firstMerge({ changes }: CodeReview): number | undefined {
  const times = changes.map(({ pullRequest }) => parseTime(pullRequest?.mergedAt ?? ""));
  return times.length === 0 || times.includes(undefined) ? undefined : Math.min(...(times as readonly number[]));
}

function isSince({ since }: BranchProtection, first: number | undefined): boolean {
  const start = parseTime(since ?? "");
  return start !== undefined && first !== undefined && start <= first;
}

/** What a program wrote needs two people, what a person wrote one more. */
function hasTwoPeople({ changes }: CodeReview): boolean {
  return changes.every(({ pullRequest, reviewers }) => {
    const counted = reviewers.filter(({ flaws }) => flaws.length === 0);
    if (!/\[bot\]$|:app\/|_bot/i.test(pullRequest?.author ?? "")) return counted.length > 0;
    // An account and a name in a signed line may be one person: accounts alone are told apart.
    return new Set(counted.filter(({ how }) => how === "forge").map(({ identity }) => identity)).size >= 2;
  });
}
