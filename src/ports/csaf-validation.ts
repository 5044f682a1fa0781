import type { Issue } from "../base/index.ts";

/** Versions of CSAF that documents are checked in. */
export type CsafVersion = "2.0" | "2.1";

/** What a failed test means: a document that breaks its schema or a mandatory test is invalid, any other one is valid. */
export type CsafTestGroup = "schema" | "mandatory" | "recommended" | "informative";

/** Something that a test of the specification finds. */
export interface CsafFinding extends Issue {
  /** Its section, `6.1.27.9`; `schema` for the schema. Recommended tests are CSAF 2.0's optional ones. */
  readonly test: string;
  readonly group: CsafTestGroup;
}

/** A test that nothing was said of. */
export interface UnrunCsafTest {
  readonly test: string;
  readonly group: CsafTestGroup;
  readonly reason: string;
}

/** What was found in a document, and what was not looked at. */
export interface CsafCheck {
  /** In the order of the tests; at most LIMITS.csafFindings of one test. */
  readonly findings: readonly CsafFinding[];
  readonly notRun: readonly UnrunCsafTest[];
}

/** The schema and the tests of CSAF, which are part of the program: nothing is fetched, no other program is run. */
export interface CsafValidation {
  /**
   * Holds a CSAF document against its schema and, if that holds, all tests of its version. A document that breaks the
   * schema is held to no test that reads it otherwise; all of those are in `notRun`. Paths are `vulnerabilities[0].cve`.
   *
   * @param hasStrictSchema whether members that the schema does not name are refused, as 2.1 always does
   * @throws {AmapError} LIMIT_EXCEEDED for a document above LIMITS.csafDocumentBytes or with more products or
   *   vulnerabilities than LIMITS say; JSON_INVALID
   * @see https://docs.oasis-open.org/csaf/csaf/v2.0/os/csaf-v2.0-os.html#6-tests
   */
  check(version: CsafVersion, bytes: Uint8Array, options: { readonly hasStrictSchema: boolean }): Promise<CsafCheck>;
}
