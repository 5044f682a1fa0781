import { type Digest, isDigest } from "../../base/index.ts";
import type { Property } from "./sbom.ts";

/**
 * Names of what the formats have no field for: CycloneDX properties, SPDX annotations `name=value`. `notLookedAt:` is
 * followed by the path.
 */
export const PROPERTIES = {
  subjectDigest: "amap:subjectDigest",
  notLookedAt: "amap:notLookedAt:",
  sourceName: "amap:sourcePackage:name",
  sourceVersion: "amap:sourcePackage:version",
  scope: "amap:scope",
  kind: "amap:kind",
  cpe: "amap:cpe",
  location: "amap:location",
  layer: "amap:layer",
  concludedLicense: "amap:concludedLicense",

  group: "amap:group",
  hash: "amap:hash",

  foreign: "amap:property:",
  phase: "amap:lifecycle",
  edition: "amap:version",
} as const;

/** The ref of the subject of a document that does not say what it describes. */
export const UNNAMED_SUBJECT = "amap:unnamed-subject";

/** Followed by the name of the format whose members the property holds as JSON. */
export const REMAINDER_PROPERTY = "amap:remainder:";

/** Followed by the name of a field of the model that the format has no exact words for. */
export const FIELD_PROPERTY = "amap:field:";

/** Whether a property is one by which amap says what a format has no field for. */
export function isOwnProperty({ name }: Property): boolean {
  return name.startsWith("amap:");
}

/** The values of all properties of a name, in their order. */
export function valuesOfProperty(properties: readonly Property[], name: string): readonly string[] {
  return properties.filter((property) => property.name === name).map(({ value }) => value);
}

/** The value of the first property of a name. */
export function findProperty(properties: readonly Property[], name: string): string | undefined {
  return properties.find((property) => property.name === name)?.value;
}

/** The layers that properties name. */
export function layersOf(properties: readonly Property[]): readonly Digest[] {
  return valuesOfProperty(properties, PROPERTIES.layer).filter((layer): layer is Digest => isDigest(layer));
}

const UUID = /^urn:uuid:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** The UUID of a serial number that is one; undefined for any other name that a document has for itself. */
export function uuidOf(serialNumber: string): string | undefined {
  return UUID.exec(serialNumber)?.[1];
}

/** An absolute address without fragment for a document; undefined where it has no name for itself. */
export function addressOf(serialNumber: string, name: string): string | undefined {
  if (serialNumber === "") return undefined;
  if (/^[a-z][a-z0-9+.-]*:[^#\s]+$/i.test(serialNumber) && uuidOf(serialNumber) === undefined) return serialNumber;
  // The form that the specification recommends to those without a site of their own.
  return `https://spdx.org/spdxdocs/${encodeURIComponent(name)}-${encodeURIComponent(uuidOf(serialNumber) ?? serialNumber)}`;
}
