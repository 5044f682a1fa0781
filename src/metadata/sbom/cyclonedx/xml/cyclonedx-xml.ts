import type { Decoded, ValueObject, XmlElement } from "../../../../base/index.ts";
import type { DecodeOptions } from "../../decode-options.ts";
import type { DocumentStream } from "../../document-stream.ts";
import type { Losses } from "../../losses.ts";
import type { DecodedSbom } from "../../sbom.ts";
import { decodeCycloneDx } from "../decode.ts";
import { readBom } from "./read-xml.ts";
import { writeBom } from "./write-xml.ts";

/** Versions that have an XML form. */
export const CYCLONEDX_XML_VERSIONS = ["1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7"] as const;

const NAMESPACE = /^http:\/\/cyclonedx\.org\/schema\/bom\/(.{0,40})$/;

/** The version that a root element says; undefined where it is not CycloneDX's. */
export function cycloneDxVersionOf({ name, namespace }: XmlElement): string | undefined {
  return name === "bom" ? NAMESPACE.exec(namespace)?.[1] : undefined;
}

/** The JSON form of a document in XML. Up to 1.1 there is none: that of 1.2, which says the same in the same words. */
export function toJsonForm(root: XmlElement, version: string): ValueObject {
  const specVersion = version === "1.0" || version === "1.1" ? "1.2" : version;
  return { bomFormat: "CycloneDX", specVersion, ...readBom(root, version) };
}

/** Reads a CycloneDX 1.0 to 1.7 document in XML. */
export function decodeCycloneDxXml(root: XmlElement, options: DecodeOptions): Decoded<DecodedSbom> {
  const version = cycloneDxVersionOf(root) ?? "";
  if (!(CYCLONEDX_XML_VERSIONS as readonly string[]).includes(version)) {
    const message = `CycloneDX ${version || "without a version"} as XML; amap reads ${CYCLONEDX_XML_VERSIONS.join(", ")}`;
    return { ok: false, issues: [{ code: "NOT_SUPPORTED", path: "", message }] };
  }
  const decoded = decodeCycloneDx(toJsonForm(root, version), options);
  return decoded.ok ? { ok: true, value: { ...decoded.value, specVersion: version } } : decoded;
}

/** Writes a document in its JSON form as XML of the same version, in pieces. */
export function encodeCycloneDxXml(stream: DocumentStream, version: string, losses: Losses): Iterable<string> {
  return writeBom(stream, version, losses);
}
