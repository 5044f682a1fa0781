/** One thing that is wrong with an SBOM. */
export interface SbomFinding {
  /** The rule that finds it, such as `unique-refs`; `schema` for those of an official schema. */
  readonly rule: string;
  /** An `error` breaks the format's rules; a `warning` makes the document less useful or may be meant so. */
  readonly severity: "error" | "warning";
  /** Where in the document: `components[3].purl`; empty for the whole document. */
  readonly path: string;
  /** What was expected and what was found, in one sentence. */
  readonly message: string;
  /** What to do. */
  readonly fix: string;
}

/** What the rules beyond the schemas find in a document. */
export interface CheckedSbom {
  /** A form of SBOM_FORMS; undefined for bytes that are no SBOM that amap knows. */
  readonly form: string | undefined;
  /** The version that the document states; empty where it states none. */
  readonly version: string;
  /** In the document's order. */
  readonly findings: readonly SbomFinding[];
}
