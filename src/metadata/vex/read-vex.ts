import { type Decoded, isValueObject, memberOf, readJson, type Value } from "../../base/index.ts";
import { describe } from "../document-reader.ts";
import { decodeCsafVex } from "./csaf.ts";
import { decodeCycloneDxVex } from "./cyclonedx-vex.ts";
import { readOpenVex } from "./openvex.ts";
import { type ReadVex, VexNotes } from "./vex-notes.ts";

/**
 * Reads a VEX document, told by what it holds: OpenVEX 0.0.1 to 0.2.0 (`@context`), CSAF 2.0 and 2.1 of the profile VEX or
 * security advisory (`document.csaf_version`), CycloneDX JSON 1.4 to 1.7 whose vulnerabilities have an analysis
 * (`bomFormat`). Anything else is refused with NOT_SUPPORTED. What is not wrong and yet not read is in `notes`.
 * @param document its bytes as JSON, or their value
 * @throws {AmapError} JSON_INVALID
 * @see https://docs.oasis-open.org/csaf/csaf/v2.0/os/csaf-v2.0-os.html#45-profile-5-vex
 * @example
 * ```ts
 * import { readVexDocument } from "../index.ts";
 * const read = readVexDocument({
 *   bomFormat: "CycloneDX", specVersion: "1.6", serialNumber: "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
 *   metadata: { timestamp: "2026-01-01T00:00:00Z", authors: [{ name: "Zoe" }] },
 *   components: [{ type: "library", name: "lodash", "bom-ref": "a", purl: "pkg:npm/lodash@4.17.20" }],
 *   vulnerabilities: [{ id: "CVE-2021-23337", analysis: { state: "resolved" }, affects: [{ ref: "a" }] }],
 * });
 * read.ok && read.value.document.statements[0]?.status; // "fixed"
 * ```
 */
export function readVexDocument(document: Value | Uint8Array): Decoded<ReadVex> {
  const value = document instanceof Uint8Array ? readJson(document) : document;
  if (!isValueObject(value)) return refused(`found ${describe(value)}`);
  if (memberOf(value, "bomFormat") === "CycloneDX") return decodeCycloneDxVex(value);
  if (memberOf(memberOf(value, "document"), "csaf_version") !== undefined) return decodeCsafVex(value);
  const context = memberOf(value, "@context");
  if (typeof context !== "string") return refused("found none of them");
  const notes = new VexNotes();
  const decoded = readOpenVex(value, notes);
  if (!decoded.ok) return decoded;
  return {
    ok: true,
    value: { format: "OpenVEX", specVersion: context, document: decoded.value, notes: notes.list() },
  };
}

function refused(found: string): Decoded<ReadVex> {
  const expected =
    "expected OpenVEX (@context), CSAF (document.csaf_version) or CycloneDX (bomFormat) with vulnerabilities";
  return { ok: false, issues: [{ code: "NOT_SUPPORTED", path: "", message: `${expected}, ${found}` }] };
}
