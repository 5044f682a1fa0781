import {
  decodeUtf8,
  decodeXml,
  isValueObject,
  LIMITS,
  memberOf,
  readJsonFast,
  type Value,
  type ValueObject,
} from "../../../base/index.ts";
import { cycloneDxVersionOf, toJsonForm } from "../cyclonedx/xml/cyclonedx-xml.ts";
import { readTagValue } from "../spdx/tag-value/read.ts";
import { readSpdxYaml } from "../spdx/yaml.ts";
import { isSwidTag, SWID_VERSION } from "../swid/swid.ts";
import { textIn } from "./findings.ts";

/** A document with the values of its JSON form. */
export interface DocumentForm {
  /** A form of SBOM_FORMS. */
  readonly id: string;
  /** As the document states it. */
  readonly version: string;
  readonly document: ValueObject;
}

/**
 * The form of bytes; undefined for what is no SBOM that amap knows.
 * @throws {AmapError} JSON_INVALID, YAML_INVALID, LIMIT_EXCEEDED
 */
export function readDocumentForm(bytes: Uint8Array): DocumentForm | undefined {
  const text = decodeUtf8(bytes);
  const first = text?.trimStart().charAt(0);
  if (text === undefined || first === "<") return readXmlForm(bytes);
  const maxBytes = LIMITS.documentBytes;
  if (first === "{" || first === "[") return formOfJson(readJsonFast(bytes, { maxBytes }));
  if (/^\uFEFF?[ \t]*SPDXVersion[ \t]*:/m.test(text)) {
    const read = readTagValue(text);
    return read.ok ? formOfSpdx(read.value.document, "spdx-tag-value") : undefined;
  }
  return formOfSpdx(readSpdxYaml(bytes, maxBytes), "spdx-yaml");
}

function readXmlForm(bytes: Uint8Array): DocumentForm | undefined {
  const read = decodeXml(bytes);
  if (!read.ok) return undefined;
  if (isSwidTag(read.value)) return { id: "swid-xml", version: SWID_VERSION, document: {} };
  const version = cycloneDxVersionOf(read.value);
  if (version === undefined) return undefined;
  return { id: "cyclonedx-xml", version, document: toJsonForm(read.value, version) };
}

function formOfJson(document: Value): DocumentForm | undefined {
  if (!isValueObject(document)) return undefined;
  if (textIn(document, "bomFormat") === "CycloneDX") {
    return { id: "cyclonedx-json", version: textIn(document, "specVersion") ?? "", document };
  }
  if (memberOf(document, "@graph") !== undefined)
    return { id: "spdx3-json", version: spdx3VersionOf(document), document };
  return formOfSpdx(document, "spdx-json");
}

function formOfSpdx(document: Value, id: string): DocumentForm | undefined {
  const version = textIn(document, "spdxVersion");
  if (version === undefined || !isValueObject(document)) return undefined;
  return { id, version: version.replace(/^SPDX-/, ""), document };
}

function spdx3VersionOf(document: ValueObject): string {
  const graph = memberOf(document, "@graph");
  const elements = Array.isArray(graph) ? (graph as readonly Value[]) : [];
  return elements.map((element) => textIn(element, "specVersion")).find((version) => version !== undefined) ?? "";
}
