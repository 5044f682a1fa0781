/**
 * A file of each format of package lists, made by hand, with what it states. In `states` each line is a package:
 * `name@version`, or `name (requirement)` where it has no version; `project` before the project's own; then its scope
 * where that is not production, the type of its package URL, and behind `->` what it needs.
 */
export interface PackageListSample {
  readonly format: string;
  readonly path: string;
  readonly text: string;
  readonly states: readonly string[];
  /** Other files beside it. */
  readonly others?: Readonly<Record<string, string>>;
}

export const HASH = "0123456789abcdef".repeat(4);
export const SHA_1 = "0123456789abcdef0123456789abcdef01234567";
export const INTEGRITY = `sha512-${"A".repeat(86)}==`;
