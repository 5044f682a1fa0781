import { AmapError, type Value, type ValueObject } from "../../../base/index.ts";
import { PROPERTIES } from "../names.ts";
import type { Component, ComponentHash, Sbom } from "../sbom.ts";
import { listOrNothing, toObject } from "../value-reading.ts";
import { LicenseReferences } from "./license-references.ts";

const DOCUMENT_ID = "SPDXRef-DOCUMENT";
const NOASSERTION = "NOASSERTION";

const PURPOSES: Readonly<Record<Component["kind"], string>> = {
  application: "APPLICATION",
  framework: "FRAMEWORK",
  library: "LIBRARY",
  platform: "OTHER",
  device: "DEVICE",
  "device-driver": "FIRMWARE",
  firmware: "FIRMWARE",
  "machine-learning-model": "OTHER",
  data: "FILE",
  "cryptographic-asset": "OTHER",
  archive: "ARCHIVE",
  source: "SOURCE",
  install: "INSTALL",
  other: "OTHER",
  // The specification's text writes a hyphen here, its JSON schema does not.
  "operating-system": "OPERATING_SYSTEM",
  container: "CONTAINER",
  file: "FILE",
};

/**
 * Writes an SBOM as an SPDX 2.3 JSON document. What SPDX has no field for stands in annotations `amap:…=…`.
 * @throws {AmapError} VALUE_INVALID when the SBOM has no time or no serial number, which SPDX demands
 * @see https://spdx.github.io/spdx-spec/v2.3/
 * @example
 * ```ts
 * import { catalogFiles, createSbom, describeImage, encodeSpdx } from "../../index.ts";
 * import { memberOf } from "../../../base/index.ts";
 * const document = encodeSpdx(createSbom({
 *   catalog: catalogFiles(new Map()),
 *   subject: describeImage({ name: "storefront", digest: `sha256:${"0".repeat(64)}` }),
 *   createdAt: "2026-11-22T12:00:00Z",
 *   serialNumber: "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
 *   tools: [{ name: "amap", version: "0.1.0" }],
 * }));
 * memberOf(document, "spdxVersion"); // "SPDX-2.3"
 * ```
 */
export function encodeSpdx(sbom: Sbom): Value {
  const created = toCreated(sbom.createdAt);
  const annotate = annotatorOf(sbom, created);
  const licenses = new LicenseReferences();
  const ids = assignIds(sbom);
  const name = sbom.subject.name || "unnamed";
  const packages = [sbom.subject, ...sbom.components].map((component) =>
    encodePackage({ component, id: ids.get(component.ref) ?? "", licenses, annotate }),
  );
  return toObject({
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: DOCUMENT_ID,
    name,
    documentNamespace: toNamespace(sbom.serialNumber, name),
    creationInfo: {
      created,
      creators: toCreators(sbom),
    },
    packages,
    relationships: encodeRelationships(sbom, ids),
    hasExtractedLicensingInfos: listOrNothing(licenses.toExtracted()),
    annotations: listOrNothing([
      ...(sbom.subjectDigest === undefined ? [] : [annotate(PROPERTIES.subjectDigest, sbom.subjectDigest)]),
      ...sbom.notLookedAt.map(({ path, reason }) =>
        annotate(`${PROPERTIES.notLookedAt}${path.replace(/[%=\n]/g, encodeURIComponent)}`, reason),
      ),
    ]),
  });
}

type Annotate = (name: string, value: string) => ValueObject;

/** SPDX knows whole seconds in UTC only (2.3 §6.9). */
function toCreated(createdAt: string): string {
  if (createdAt === "") throw new AmapError("VALUE_INVALID", "an SPDX document needs the time it was created at");
  return createdAt.replace(/\.\d+(?=Z$)/, "");
}

/** At least one is demanded (§6.8); a document read from another format may name none. */
function toCreators({ tools, authors }: Sbom): readonly string[] {
  const creators = [
    ...tools.map((tool) => toToolName(tool)),
    ...authors.map((author) => (/^(?:Person|Organization): /.test(author) ? author : `Person: ${author}`)),
  ];
  return creators.length > 0 ? creators : ["Tool: amap"];
}

function toToolName({ name, version }: Sbom["tools"][number]): string {
  return version === "" ? `Tool: ${name}` : `Tool: ${name}-${version}`;
}

function annotatorOf(sbom: Sbom, created: string): Annotate {
  const [tool] = sbom.tools;
  const annotator = tool === undefined ? "Tool: amap" : toToolName(tool);
  return (name, value) => ({
    annotationDate: created,
    annotationType: "OTHER",
    annotator,
    comment: `${name}=${value}`,
  });
}

/** §6.5: a unique absolute URI; the form that the specification recommends to those without a site of their own. */
function toNamespace(serialNumber: string, name: string): string {
  if (serialNumber.startsWith("urn:uuid:")) {
    const uuid = serialNumber.slice("urn:uuid:".length);
    return `https://spdx.org/spdxdocs/${encodeURIComponent(name)}-${uuid}`;
  }
  if (/^[a-z][a-z0-9+.-]*:[^#]+$/i.test(serialNumber)) return serialNumber;
  throw new AmapError("VALUE_INVALID", "an SPDX document needs a serial number or namespace");
}

/** Element ids hold letters, digits, `.` and `-` only (§7.2); two refs that become alike are told apart by a number. */
function assignIds(sbom: Sbom): ReadonlyMap<string, string> {
  const ids = new Map<string, string>();
  const taken = new Set([DOCUMENT_ID]);
  for (const { ref } of [sbom.subject, ...sbom.components]) {
    const readable = ref.replace(/^pkg:/, "Package-").replace(/[^A-Za-z0-9.-]+/g, "-");
    const wanted = `SPDXRef-${readable}`;
    let id = wanted;
    for (let number = 2; taken.has(id); number++) id = `${wanted}-${number}`;
    taken.add(id);
    ids.set(ref, id);
  }
  return ids;
}

interface PackageInput {
  readonly component: Component;
  readonly id: string;
  readonly licenses: LicenseReferences;
  readonly annotate: Annotate;
}

function encodePackage({ component, id, licenses, annotate }: PackageInput): ValueObject {
  const source = component.sourcePackage;
  return toObject({
    SPDXID: id,
    name: component.name || "unnamed",
    versionInfo: component.version,
    supplier: component.supplier === undefined ? NOASSERTION : `Organization: ${toSpdxContact(component.supplier)}`,
    downloadLocation: NOASSERTION,
    filesAnalyzed: false,
    checksums: listOrNothing(component.hashes.map((hash) => encodeChecksum(hash))),
    // Declared is what the source states; concluded would be amap's own judgement, and it makes none.
    licenseConcluded: NOASSERTION,
    licenseDeclared: component.licenses.length === 0 ? NOASSERTION : licenses.toExpression(component.licenses),
    copyrightText: NOASSERTION,
    sourceInfo:
      component.locations.length === 0
        ? undefined
        : `found in:\n${component.locations.map((path) => path.replace(/[%\n]/g, encodeURIComponent)).join("\n")}`,
    externalRefs:
      component.purl === undefined
        ? undefined
        : [{ referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: component.purl }],
    primaryPackagePurpose: PURPOSES[component.kind],
    annotations: listOrNothing([
      ...(component.scope === "production" ? [] : [annotate(PROPERTIES.scope, component.scope)]),
      ...(source === undefined
        ? []
        : [annotate(PROPERTIES.sourceName, source.name), annotate(PROPERTIES.sourceVersion, source.version)]),
    ]),
  });
}

/** §7.5: an address stands in parentheses, where Debian and Alpine write `<…>`. */
function toSpdxContact(supplier: string): string {
  return supplier.replace(/ <([^<>]*)>$/, " ($1)");
}

function encodeChecksum({ algorithm, value }: ComponentHash): ValueObject {
  return { algorithm: algorithm.replace(/^SHA-/, "SHA"), checksumValue: value };
}

function relate(from: string, relationshipType: string, to: string): ValueObject {
  return { spdxElementId: from, relationshipType, relatedSpdxElement: to };
}

function encodeRelationships(sbom: Sbom, ids: ReadonlyMap<string, string>): readonly Value[] {
  const subjectId = ids.get(sbom.subject.ref) ?? "";
  const relationships: ValueObject[] = [relate(DOCUMENT_ID, "DESCRIBES", subjectId)];
  for (const { ref } of sbom.components) relationships.push(relate(subjectId, "CONTAINS", ids.get(ref) ?? ""));
  for (const [ref, targets] of sbom.dependencies) {
    const from = ids.get(ref);
    if (from === undefined) continue;
    // NONE says that it depends on nothing; saying nothing would mean that nobody knows (§11.1).
    if (targets.length === 0) relationships.push(relate(from, "DEPENDS_ON", "NONE"));
    for (const target of targets) {
      const to = ids.get(target);
      if (to !== undefined) relationships.push(relate(from, "DEPENDS_ON", to));
    }
  }
  return relationships;
}
