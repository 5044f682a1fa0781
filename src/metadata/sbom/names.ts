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
} as const;

/** A property of a document or component. */
export interface Property {
  readonly name: string;
  readonly value: string;
}

/** The value of the first property of a name. */
export function findProperty(properties: readonly Property[], name: string): string | undefined {
  return properties.find((property) => property.name === name)?.value;
}
