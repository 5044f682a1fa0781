import type { Finding } from "../vulnerability/vulnerability.ts";
import type { Candidate } from "./prepared-statements.ts";
import { decidingOf } from "./statement-index.ts";
import { VEX_STATUSES, type VexStatus } from "./vex.ts";

/** What the statements say about a finding, or about it on some platforms. */
export interface StatedOf {
  readonly deciding: Candidate | undefined;
  /** Those that speak of it beside the `whole` of its group, which do so too. */
  readonly matching: readonly Candidate[];
  /** Those about components in between that do not count: together they leave a path open. */
  readonly between: readonly Candidate[];
  /** That path, from the top down. */
  readonly openPath?: readonly string[];
}

/** What statements say of one finding on some platforms, by their places in the subject's list. */
export interface PlatformMatch extends StatedOf {
  readonly platforms: readonly number[];
}

const ANSWERS: ReadonlySet<VexStatus> = new Set<VexStatus>(["not_affected", "fixed"]);

/** Whether a statement answers a finding. */
export function isAnswer(deciding: Candidate | undefined): boolean {
  return deciding !== undefined && ANSWERS.has(deciding.statement.status);
}

/**
 * The platforms that a finding is on, by their places in a list: all of them where nobody knows which, or where one that it
 * is said to be on is not there.
 */
export function platformsWith(
  { platforms: stated }: Pick<Finding, "platforms">,
  platforms: readonly { readonly digest: string }[],
): readonly number[] {
  const all = platforms.map((_, index) => index);
  if (stated === undefined || stated.length === 0) return all;
  const digests = new Set(stated.map((digest) => digest.toLowerCase()));
  const own = all.filter((index) => digests.has(platforms[index]?.digest.toLowerCase() ?? ""));
  const found = new Set(own.map((index) => platforms[index]?.digest.toLowerCase()));
  return found.size === digests.size ? own : all;
}

/** Platforms on which the same statement decides, or none does, as one; in the order of the platforms. */
export function groupPlatforms(parts: readonly PlatformMatch[]): readonly PlatformMatch[] {
  const groups = Map.groupBy(parts, ({ deciding }) => deciding);
  return Array.from(groups.values(), (group) => ({
    ...joinStated(group, group[0]?.deciding),
    platforms: group.flatMap(({ platforms }) => platforms).toSorted((a, b) => a - b),
  })).sort((a, b) => (a.platforms[0] ?? 0) - (b.platforms[0] ?? 0));
}

/**
 * What is said of a finding on all of its platforms together. One that is open on any of them is open: then what leaves it
 * open decides, a statement before none, the least favourable of several.
 */
export function joinPlatforms(parts: readonly PlatformMatch[]): StatedOf {
  const open = parts.filter(({ deciding }) => !isAnswer(deciding));
  const saying = (open.length === 0 ? parts : open).flatMap(({ deciding }) => deciding ?? []);
  const least = VEX_STATUSES.find((status) => saying.some(({ statement }) => statement.status === status));
  return joinStated(parts, decidingOf(saying.filter(({ statement }) => statement.status === least)));
}

function joinStated(parts: readonly StatedOf[], deciding: Candidate | undefined): StatedOf {
  const openPath = parts.find((part) => part.openPath !== undefined)?.openPath;
  return {
    deciding,
    matching: [...new Set(parts.flatMap(({ matching }) => matching))],
    between: [...new Set(parts.flatMap(({ between }) => between))],
    ...(openPath === undefined ? {} : { openPath }),
  };
}
