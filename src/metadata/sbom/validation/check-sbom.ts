import type { CheckedSbom } from "./finding.ts";

/** Holds the bytes of an SBOM against the rules that no schema can say. */
export function checkSbom(_bytes: Uint8Array): CheckedSbom {
  return { form: undefined, version: "", findings: [] };
}
