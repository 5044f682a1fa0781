/** A version of semver.org 2.0.0. */
export interface SemanticVersion {
  readonly numbers: readonly [major: bigint, minor: bigint, patch: bigint];
  /** Identifiers of the pre-release: numbers and texts. Empty for a release. */
  readonly prerelease: readonly (bigint | string)[];
  /** The same as it is written. */
  readonly suffix: string;
}

const NUMBER = /^(?:0|[1-9][0-9]{0,19})$/;
const IDENTIFIER = /^[0-9A-Za-z-]+$/;
const DIGITS = /^[0-9]+$/;
const MAX_NUMBER = 2n ** 64n - 1n;

/**
 * Reads a version, or gives undefined. Numbers, also those of the pre-release, are of 64 bits without leading zeros; the
 * build metadata is checked and dropped, since it has no part in the order.
 * @see https://semver.org/spec/v2.0.0.html
 */
export function readVersion(text: string): SemanticVersion | undefined {
  const [major, minor, rest] = splitThree(text);
  if (major === undefined || minor === undefined || rest === undefined) return undefined;
  const [release, build] = cut(rest, "+");
  const [patch, prerelease] = cut(release, "-");
  if (build !== undefined && !build.split(".").every((part) => IDENTIFIER.test(part))) return undefined;
  const numbers = [major, minor, patch].map(readNumber);
  const identifiers = prerelease === undefined ? [] : prerelease.split(".").map(readIdentifier);
  if (numbers.includes(undefined) || identifiers.includes(undefined)) return undefined;
  return {
    numbers: numbers as [bigint, bigint, bigint],
    prerelease: identifiers as (bigint | string)[],
    suffix: prerelease ?? "",
  };
}

/**
 * A loosely written version as one to read: a leading `v` is dropped, missing minor and patch are 0, leading zeros are
 * dropped. Undefined for a short one with pre-release or build metadata.
 */
export function normalizeVersion(text: string): string | undefined {
  const parts = splitThree(text.startsWith("v") ? text.slice(1) : text).map(withoutLeadingZeros);
  if (parts.length < 3 && /[+-]/.test(parts.at(-1) as string)) return undefined;
  while (parts.length < 3) parts.push("0");
  return parts.join(".");
}

/** -1, 0 or 1 in the order of semver.org: a pre-release is before its release, numbers are before texts. */
export function compareVersions(a: SemanticVersion, b: SemanticVersion): -1 | 0 | 1 {
  for (const [index, number] of a.numbers.entries()) {
    const order = compare(number, b.numbers[index] as bigint);
    if (order !== 0) return order;
  }
  if (a.prerelease.length === 0) return b.prerelease.length === 0 ? 0 : 1;
  if (b.prerelease.length === 0) return -1;
  for (const [index, identifier] of a.prerelease.entries()) {
    const other = b.prerelease[index];
    if (other === undefined) return 1;
    const order = compareIdentifiers(identifier, other);
    if (order !== 0) return order;
  }
  return a.prerelease.length < b.prerelease.length ? -1 : 0;
}

/** Whether neither version is before the other. */
export function sameVersion(a: SemanticVersion, b: SemanticVersion): boolean {
  return a.suffix === b.suffix && a.numbers.every((number, index) => number === b.numbers[index]);
}

function compareIdentifiers(a: bigint | string, b: bigint | string): -1 | 0 | 1 {
  if (typeof a === typeof b) return compare(a, b);
  return typeof a === "bigint" ? -1 : 1;
}

function compare<T extends bigint | string>(a: T, b: T): -1 | 0 | 1 {
  return a < b ? -1 : a > b ? 1 : 0;
}

function readNumber(text: string): bigint | undefined {
  if (!NUMBER.test(text)) return undefined;
  const number = BigInt(text);
  return number <= MAX_NUMBER ? number : undefined;
}

function readIdentifier(text: string): bigint | string | undefined {
  if (DIGITS.test(text)) return readNumber(text);
  return IDENTIFIER.test(text) ? text : undefined;
}

function cut(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function splitThree(text: string): string[] {
  const [first, rest] = cut(text, ".");
  if (rest === undefined) return [first];
  const [second, third] = cut(rest, ".");
  return third === undefined ? [first, second] : [first, second, third];
}

function withoutLeadingZeros(part: string): string {
  if (part.length < 2) return part;
  const rest = part.replace(/^0+/, "");
  return /^[0-9]/.test(rest) ? rest : `0${rest}`;
}
