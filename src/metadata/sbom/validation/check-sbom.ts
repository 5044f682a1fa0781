import { isAmapError } from "../../../base/index.ts";
import { readSbom } from "../formats.ts";
import { checkCycloneDx } from "./cyclonedx-rules.ts";
import { type DocumentForm, readDocumentForm } from "./document-form.ts";
import type { CheckedSbom } from "./finding.ts";
import { Findings } from "./findings.ts";
import { checkSpdx } from "./spdx-rules.ts";

/**
 * Holds the bytes of an SBOM, in any form of SBOM_FORMS, against rules that no schema can say: references that point
 * nowhere, ids that occur twice, package URLs, CPE names, hashes, times and licences. Malformed bytes are findings of the
 * rule `readable`. At most LIMITS.sbomFindings are told.
 * @throws {AmapError} LIMIT_EXCEEDED above LIMITS.documentBytes
 * @example
 * ```ts
 * import { encodeUtf8 } from "../../../base/index.ts";
 * import { checkSbom } from "../../index.ts";
 * const sbom = { bomFormat: "CycloneDX", specVersion: "1.6", version: 1, dependencies: [{ ref: "gone" }] };
 * checkSbom(encodeUtf8(JSON.stringify(sbom))).findings.some(({ rule }) => rule === "dependencies-found"); // true
 * ```
 */
export function checkSbom(bytes: Uint8Array): CheckedSbom {
  const findings = new Findings();
  const form = readForm(bytes, findings);
  if (form === undefined) return { form: undefined, version: "", findings: findings.all() };
  checkReadable(bytes, findings);
  const { id, version, document } = form;
  if (id.startsWith("cyclonedx")) checkCycloneDx(document, findings);
  else if (SPDX2_FORMS.has(id)) checkSpdx(document, findings);
  return { form: id, version, findings: findings.all() };
}

/** The forms of SPDX 2. */
const SPDX2_FORMS: ReadonlySet<string> = new Set(["spdx-json", "spdx-yaml", "spdx-tag-value"]);

const FIX = "correct the document where the message says";

function readForm(bytes: Uint8Array, findings: Findings): DocumentForm | undefined {
  try {
    const form = readDocumentForm(bytes);
    if (form === undefined) checkReadable(bytes, findings);
    return form;
  } catch (error) {
    noteError(error, findings);
    return undefined;
  }
}

/** What keeps amap from reading the document, and what it read over. */
function checkReadable(bytes: Uint8Array, findings: Findings): void {
  try {
    const decoded = readSbom(bytes);
    const issues = decoded.ok ? decoded.value.problems : decoded.issues;
    for (const { path, message } of issues) {
      // Ids that occur twice have a rule of their own.
      if (decoded.ok && /\.(?:bom-ref|SPDXID)$/.test(path)) continue;
      if (decoded.ok) findings.warn("readable", path, message, FIX);
      else findings.error("readable", path, message, FIX);
    }
  } catch (error) {
    noteError(error, findings);
  }
}

/** An error of the document; any other is thrown again. */
function noteError(error: unknown, findings: Findings): void {
  if (!isAmapError(error)) throw error;
  if (error.code === "LIMIT_EXCEEDED") throw error;
  findings.error("readable", "", error.message, error.hint ?? FIX);
}
