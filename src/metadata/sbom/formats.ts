import { type Decoded, isValueObject, memberOf, type Value, type ValueObject } from "../../base/index.ts";
import { decodeCycloneDx } from "./cyclonedx/decode.ts";
import { encodeCycloneDx } from "./cyclonedx/encode.ts";
import type { DecodedSbom, Sbom, SbomFormat } from "./sbom.ts";
import { decodeSpdx } from "./spdx/decode.ts";
import { encodeSpdx } from "./spdx/encode.ts";

/** A document format of SBOMs. */
export interface SbomFormatRow {
  readonly format: SbomFormat;
  /** Versions that are read. */
  readonly reads: readonly string[];
  /** The version that is written. */
  readonly writes: string;
  /** The media type of the document. */
  readonly mediaType: string;
  /** Whether a document calls itself one of this format. */
  readonly recognises: (document: ValueObject) => boolean;
  readonly decode: (document: ValueObject) => Decoded<DecodedSbom>;
  readonly encode: (sbom: Sbom) => Value;
}

/** Every format of SBOMs that amap reads and writes. */
export const SBOM_FORMATS: readonly SbomFormatRow[] = [
  {
    format: "CycloneDX",
    reads: ["1.2", "1.3", "1.4", "1.5", "1.6", "1.7"],
    writes: "1.6",
    mediaType: "application/vnd.cyclonedx+json",
    recognises: (document) => memberOf(document, "bomFormat") === "CycloneDX",
    decode: decodeCycloneDx,
    encode: encodeCycloneDx,
  },
  {
    format: "SPDX",
    reads: ["2.2", "2.3"],
    writes: "2.3",
    mediaType: "application/spdx+json",
    recognises: (document) => memberOf(document, "spdxVersion") !== undefined,
    decode: decodeSpdx,
    encode: encodeSpdx,
  },
];

/**
 * Reads an SBOM of any format that amap knows, told apart by what the document says of itself. A malformed one is data:
 * all of its issues (DOCUMENT_INVALID), or one NOT_SUPPORTED for SPDX 3, XML and other versions.
 * @example
 * ```ts
 * import { decodeSbom } from "../index.ts";
 * const decoded = decodeSbom({ bomFormat: "CycloneDX", specVersion: "1.6", version: 1, components: [] });
 * decoded.ok && decoded.value.specVersion; // "1.6"
 * ```
 */
export function decodeSbom(document: Value): Decoded<DecodedSbom> {
  if (isValueObject(document)) {
    const row = SBOM_FORMATS.find((format) => format.recognises(document));
    if (row !== undefined) return row.decode(document);
    if (isSpdx3(document)) return refuse("NOT_SUPPORTED", "SPDX 3 (JSON-LD); amap reads SPDX 2.2 and 2.3");
  } else if (typeof document === "string" && document.trimStart().startsWith("<")) {
    return refuse("NOT_SUPPORTED", "an XML document; amap reads SBOMs as JSON");
  } else if (typeof document === "string" && /^SPDXVersion:/m.test(document)) {
    return refuse("NOT_SUPPORTED", "an SPDX tag-value document; amap reads SBOMs as JSON");
  }
  return refuse("DOCUMENT_INVALID", "expected a CycloneDX (bomFormat) or SPDX (spdxVersion) document");
}

function isSpdx3(document: ValueObject): boolean {
  const context = memberOf(document, "@context");
  return (
    memberOf(document, "@graph") !== undefined || (typeof context === "string" && context.includes("spdx.org/rdf/3"))
  );
}

function refuse(code: "NOT_SUPPORTED" | "DOCUMENT_INVALID", message: string): Decoded<DecodedSbom> {
  return { ok: false, issues: [{ code, path: "", message }] };
}
