import type { Value, ValueObject } from "../../../base/index.ts";
import { isLicenseExpression, isLicenseId, joinLicenses } from "../licenses.ts";
import { PROPERTIES } from "../names.ts";
import type { Component, Sbom } from "../sbom.ts";
import { listOrNothing, toObject } from "../value-reading.ts";
import { SCOPES } from "./scopes.ts";

/**
 * Writes an SBOM as a CycloneDX 1.6 JSON document. What CycloneDX has no field for stands in properties whose names
 * begin with `amap:`.
 * @see https://cyclonedx.org/docs/1.6/json/
 * @example
 * ```ts
 * import { catalogFiles, createSbom, describeImage, encodeCycloneDx } from "../../index.ts";
 * import { memberOf } from "../../../base/index.ts";
 * const document = encodeCycloneDx(createSbom({
 *   catalog: catalogFiles(new Map()),
 *   subject: describeImage({ name: "storefront", digest: `sha256:${"0".repeat(64)}` }),
 *   createdAt: "2026-11-22T12:00:00Z",
 *   serialNumber: "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
 *   tools: [{ name: "amap", version: "0.1.0" }],
 * }));
 * memberOf(document, "specVersion"); // "1.6"
 * ```
 */
export function encodeCycloneDx(sbom: Sbom): Value {
  const refs = [...sbom.dependencies.keys()];
  return toObject({
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: sbom.serialNumber === "" ? undefined : sbom.serialNumber,
    version: 1,
    metadata: toObject({
      timestamp: sbom.createdAt === "" ? undefined : sbom.createdAt,
      tools: {
        components: sbom.tools.map(({ name, version }) => ({ type: "application", name, version })),
      },
      authors: listOrNothing(sbom.authors.map((name) => ({ name }))),
      component: encodeComponent(sbom.subject),
      properties: listOrNothing([
        ...(sbom.subjectDigest === undefined ? [] : [property(PROPERTIES.subjectDigest, sbom.subjectDigest)]),
        ...sbom.notLookedAt.map(({ path, reason }) => property(`${PROPERTIES.notLookedAt}${path}`, reason)),
      ]),
    }),
    components: sbom.components.map((component) => encodeComponent(component)),
    dependencies: refs.map((ref) => ({ ref, dependsOn: sbom.dependencies.get(ref) ?? [] })),
  });
}

function encodeComponent(component: Component): ValueObject {
  const source = component.sourcePackage;
  return toObject({
    "bom-ref": component.ref,
    type: component.kind,
    supplier: component.supplier === undefined ? undefined : { name: component.supplier },
    name: component.name,
    version: component.version,
    scope: component.scope === "production" ? undefined : SCOPES[component.scope],
    hashes: listOrNothing(component.hashes.map(({ algorithm, value }) => ({ alg: algorithm, content: value }))),
    licenses: encodeLicenses(component.licenses),
    purl: component.purl,
    evidence:
      component.locations.length === 0
        ? undefined
        : { occurrences: component.locations.map((location) => ({ location })) },
    properties:
      source === undefined
        ? undefined
        : [property(PROPERTIES.sourceName, source.name), property(PROPERTIES.sourceVersion, source.version)],
  });
}

/** A list of ids and names, or exactly one expression: the schema allows no mixture of the two. */
function encodeLicenses(licenses: readonly string[]): readonly Value[] | undefined {
  if (licenses.length === 0) return undefined;
  const needsExpression = licenses.some((license) => isLicenseExpression(license) && !isLicenseId(license));
  if (needsExpression && licenses.every((license) => isLicenseExpression(license))) {
    return [{ expression: joinLicenses(licenses, (words) => words) }];
  }
  return licenses.map((license) => ({ license: isLicenseId(license) ? { id: license } : { name: license } }));
}

function property(name: string, value: string): ValueObject {
  return { name, value };
}
