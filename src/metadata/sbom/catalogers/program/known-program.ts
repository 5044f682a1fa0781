/** A program or library that tells its version in words of its own. */
export interface KnownProgram {
  readonly name: string;
  /** What its files are called; a group holds the beginning of the version where the name does. */
  readonly fileName: RegExp;
  /**
   * What stands in the file around the version, which a group holds: of several forms each has a group of its own. With
   * the flag `g`. Nothing in it may repeat without a bound.
   */
  readonly version: RegExp;
  /** `vendor:product` of its CPE, where it is known by one. */
  readonly cpe?: string;
}
