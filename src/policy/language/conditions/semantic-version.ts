/** A semantic version as numeric comparisons of conditions see it: semver 2.0 without a leading `v`. */
export interface SemanticVersion {
  readonly numbers: readonly bigint[];
  readonly prerelease: readonly (bigint | string)[];
}

const VERSION = /^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?$/;
const MAX_LENGTH = 1_024;
const UINT64_MAX = 2n ** 64n - 1n;

/** Reads a version of exactly three numbers, or undefined. @see https://semver.org/#semantic-versioning-200 */
export function parseSemanticVersion(text: string): SemanticVersion | undefined {
  const match = text.length > MAX_LENGTH ? null : VERSION.exec(text);
  if (match === null) return undefined;
  const [, major = "", minor = "", patch = "", prereleaseText, build] = match;
  const numbers = [major, minor, patch].map(BigInt);
  const prerelease = prereleaseText?.split(".") ?? [];
  const isValid =
    numbers.every((number) => number <= UINT64_MAX) &&
    prerelease.every((part) => part !== "" && !/^0[0-9]+$/.test(part)) &&
    (build === undefined || build.split(".").every((part) => part !== ""));
  if (!isValid) return undefined;
  return { numbers, prerelease: prerelease.map((part) => (/^[0-9]+$/.test(part) ? BigInt(part) : part)) };
}

/** -1, 0 or 1 by precedence: a prerelease is before its release, build metadata does not count (§10, §11). */
export function compareSemanticVersions(a: SemanticVersion, b: SemanticVersion): number {
  const byNumbers = compareParts(a.numbers, b.numbers);
  if (byNumbers !== 0) return byNumbers;
  if (a.prerelease.length === 0 || b.prerelease.length === 0) {
    return Math.sign(b.prerelease.length - a.prerelease.length);
  }
  return compareParts(a.prerelease, b.prerelease);
}

function compareParts(a: readonly (bigint | string)[], b: readonly (bigint | string)[]): number {
  for (const [index, left] of a.entries()) {
    const right = b[index];
    if (right === undefined) return 1;
    if (typeof left !== typeof right) return typeof left === "bigint" ? -1 : 1;
    if (left !== right) return left < right ? -1 : 1;
  }
  return a.length === b.length ? 0 : -1;
}
