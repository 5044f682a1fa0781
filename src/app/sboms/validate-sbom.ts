import { checkSbom, type SbomFinding } from "../../metadata/index.ts";
import type { SchemaValidation } from "../../ports/index.ts";

/** What is wrong with an SBOM. */
export interface SbomValidation {
  /** A form of SBOM_FORMS, such as `cyclonedx-json`; undefined for bytes that are no SBOM that amap knows. */
  readonly form: string | undefined;
  /** The version that the document states: `1.6`, `SPDX-2.3`; empty where it states none. */
  readonly version: string;
  /** Whether an official schema was applied beside amap's own rules: there is none for SPDX in this program. */
  readonly hasSchema: boolean;
  /** Of the official schema first, then of the rules beyond it, each in the document's order. */
  readonly issues: readonly SbomFinding[];
}

/**
 * Holds the bytes of an SBOM against the official schema of its form and version, and against rules that no schema can
 * say: references that point nowhere, package URLs, licences. The document is valid when no issue is an error.
 * @throws {AmapError} LIMIT_EXCEEDED above LIMITS.documentBytes, or LIMITS.schemaDocumentBytes where there is a schema
 */
export async function validateSbom(bytes: Uint8Array, schemas: SchemaValidation): Promise<SbomValidation> {
  const { form, version, findings } = checkSbom(bytes);
  const found = form === undefined ? undefined : await schemas.validate(form, version, bytes);
  const ofSchema = (found ?? []).map(({ path, message }): SbomFinding => {
    const fix = "write it as the official schema of this version of the format says";
    return { rule: "schema", severity: "error", path, message, fix };
  });
  return { form, version, hasSchema: found !== undefined, issues: [...ofSchema, ...findings] };
}
