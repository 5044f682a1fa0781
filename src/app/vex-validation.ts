import { AmapError, LIMITS, readJson, type Value } from "../base/index.ts";
import { checkVex, type VexFinding } from "../metadata/index.ts";
import type { CsafTestGroup, CsafValidation, CsafVersion, SchemaValidation, UnrunCsafTest } from "../ports/index.ts";

/** What is wrong with a VEX document. */
export interface VexValidation {
  /** `OpenVEX`, `CSAF` or `CycloneDX`; empty for a document that is none of them. */
  readonly format: string;
  readonly specVersion: string;
  /** Of the schema first, then of the rules beyond it. */
  readonly findings: readonly VexFinding[];
  /** Tests of CSAF that nothing was said of. */
  readonly notRun: readonly UnrunCsafTest[];
}

const SEVERITIES: { readonly [group in CsafTestGroup]: VexFinding["severity"] } = {
  schema: "error",
  mandatory: "error",
  recommended: "warning",
  informative: "note",
};

/**
 * Holds the bytes of a VEX document against all that its format demands: OpenVEX against the rules of its specification,
 * CSAF 2.0 and 2.1 against their schema and tests (those that open no connection), CycloneDX against its official schema;
 * and each against what amap needs to read its statements. It is valid when no finding is an error.
 * @param options isStrict: of CSAF 2.0 members that the schema does not name are errors, too
 * @throws {AmapError} JSON_INVALID; LIMIT_EXCEEDED above LIMITS.documentBytes, LIMITS.csafDocumentBytes of CSAF, and for
 *   CSAF of more products or vulnerabilities than LIMITS say
 */
export async function validateVex(
  bytes: Uint8Array,
  checkers: { readonly schemas: SchemaValidation; readonly csaf: CsafValidation },
  options: { readonly now: number; readonly isStrict: boolean },
): Promise<VexValidation> {
  if (bytes.length > LIMITS.documentBytes)
    throw new AmapError(
      "LIMIT_EXCEEDED",
      `the document has ${bytes.length} bytes; at most ${LIMITS.documentBytes} are read`,
    );
  const document: Value = readJson(bytes);
  const { format, specVersion, findings } = checkVex(document, options.now);
  if (format === "CSAF" && (specVersion === "2.0" || specVersion === "2.1"))
    return { ...(await checkCsaf(bytes, specVersion, checkers.csaf, options.isStrict, findings)), format, specVersion };
  if (format !== "CycloneDX") return { format, specVersion, findings, notRun: [] };
  const ofSchema = await checkers.schemas.validate("cyclonedx-json", specVersion, bytes);
  const broken = (ofSchema ?? []).map(({ path, message }): VexFinding => {
    const fix = "write it as the official schema of this version of the format says";
    return { rule: "schema", severity: "error", path, message, fix };
  });
  return { format, specVersion, findings: [...broken, ...findings], notRun: [] };
}

async function checkCsaf(
  bytes: Uint8Array,
  version: CsafVersion,
  csaf: CsafValidation,
  hasStrictSchema: boolean,
  read: readonly VexFinding[],
): Promise<Pick<VexValidation, "findings" | "notRun">> {
  const { findings, notRun } = await csaf.check(version, bytes, { hasStrictSchema });
  const found = findings.map(({ test, group, path, message }): VexFinding => {
    const fix =
      test === "schema"
        ? "write it as the schema of CSAF says"
        : `see section ${test} of the CSAF ${version} specification`;
    return { rule: test, severity: SEVERITIES[group], path, message, fix };
  });
  // What the tests say of a place in their words need not be said twice.
  const places = new Set(found.filter(({ severity }) => severity === "error").map(({ path }) => path));
  return {
    findings: [...found, ...read.filter(({ severity, path }) => severity !== "error" || !places.has(path))],
    notRun,
  };
}

/** `valid as far as tested`: nothing is wrong with it, and a mandatory test could not be run. */
export type VexVerdict = "valid" | "valid as far as tested" | "invalid";

/**
 * What may be said of a document: one that a mandatory test could not be run on is not called valid.
 * @param isStrict whether a warning is an error, too
 * @example
 * ```ts
 * import { judgeVexValidation } from "./index.ts";
 * const reason = "an extension's schema would have to be fetched";
 * judgeVexValidation({ findings: [], notRun: [{ test: "6.1.60.2", group: "mandatory", reason }] }, false);
 * // "valid as far as tested"
 * ```
 */
export function judgeVexValidation(
  validation: Pick<VexValidation, "findings" | "notRun">,
  isStrict: boolean,
): VexVerdict {
  const isWrong = ({ severity }: VexFinding): boolean => severity === "error" || (severity === "warning" && isStrict);
  if (validation.findings.some(isWrong)) return "invalid";
  return mandatoryNotRun(validation).length > 0 ? "valid as far as tested" : "valid";
}

/** The mandatory tests that nothing was said of. */
export function mandatoryNotRun({ notRun }: Pick<VexValidation, "notRun">): readonly UnrunCsafTest[] {
  return notRun.filter(({ group }) => group === "mandatory");
}
