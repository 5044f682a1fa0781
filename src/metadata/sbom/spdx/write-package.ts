import type { ValueObject } from "../../../base/index.ts";
import { KEPT_OF_COMPONENT, keepFields } from "../kept-fields.ts";
import type { Losses } from "../losses.ts";
import { PROPERTIES } from "../names.ts";
import { writeSpdxParty } from "../parties.ts";
import { remainderIn, remaindersAsProperties } from "../remainder.ts";
import type { Component, ComponentHash, ExternalReference, Property } from "../sbom.ts";
import { DocumentReader, listOrNothing, toObject } from "../value-reading.ts";
import type { LicenseReferences } from "./license-references.ts";
import { encodeName, isUri, readPackage } from "./read-package.ts";
import { hasAlgorithm, PURPOSES, type Spdx2Version, toKind } from "./versions.ts";

const NOASSERTION = "NOASSERTION";

/** Writes one of amap's own annotations. */
export type Annotate = (property: Property) => ValueObject;

/** How to write. */
export interface WriteContext {
  readonly version: Spdx2Version;
  readonly licenses: LicenseReferences;
  readonly annotate: Annotate;
  readonly losses: Losses;
}

/** A package object. */
export function writePackage(component: Component, id: string, context: WriteContext): ValueObject {
  const { version, licenses, annotate } = context;
  const extra = new ExtraProperties(component, context);
  const concluded = component.concludedLicenses ?? [];
  const isRead = remainderIn(component.remainders, "SPDX") !== undefined;
  noteChanges(component, isRead, context);
  const supplier = writeSupplier(component);
  const originator = component.parties?.find(({ role }) => role === "originator");
  const links = writeReferences(component);
  const hashes = component.hashes.filter((hash) => hasAlgorithm(hash.algorithm, version));
  for (const hash of component.hashes) {
    if (!hashes.includes(hash)) extra.add("hashes", PROPERTIES.hash, `${hash.algorithm} ${hash.value}`);
  }
  const purpose = PURPOSES[component.kind];
  const isSaid = version === "2.3" ? toKind(purpose) === component.kind : component.kind === "library";
  if (!isSaid) extra.add("kind", PROPERTIES.kind, component.kind);
  const object = toObject({
    SPDXID: id,
    name: component.name || (isRead ? "" : "unnamed"),
    versionInfo: component.version,
    supplier: supplier ?? NOASSERTION,
    originator: originator === undefined ? undefined : writeSpdxParty(originator),
    downloadLocation: links.download ?? NOASSERTION,
    homepage: links.homepage,
    filesAnalyzed: false,
    checksums: listOrNothing(hashes.map((hash) => writeChecksum(hash))),
    // Declared is what the source states; concluded is somebody's judgement, and amap makes none of its own.
    licenseConcluded: concluded.length === 0 ? NOASSERTION : licenses.toExpression(concluded),
    licenseDeclared: component.licenses.length === 0 ? NOASSERTION : licenses.toExpression(component.licenses),
    copyrightText: component.copyright ?? NOASSERTION,
    description: component.description,
    sourceInfo: writeLocations(component.locations),
    externalRefs: listOrNothing([...writeIdentifiers(component, version), ...links.advisories]),
    primaryPackagePurpose: version === "2.3" ? purpose : undefined,
  });
  for (const property of keepFieldsOf(component, object))
    extra.add("parties and references", property.name, property.value);
  return toObject({ ...object, annotations: listOrNothing(extra.finish().map((property) => annotate(property))) });
}

/** What is read otherwise than it is meant. */
function noteChanges(
  { ref, name, licenses, concludedLicenses = [] }: Component,
  isRead: boolean,
  { losses }: WriteContext,
): void {
  if (concludedLicenses.length > 0 && licenses.length === 0) {
    const reason = "where nothing is declared, what was concluded is read as declared too";
    losses.add("components[].licenses", "changed", reason, ref);
  }
  if (name === "" && !isRead) losses.add("components[].name", "changed", "SPDX demands a name", ref);
}

function writeLocations(locations: readonly string[]): string | undefined {
  if (locations.length === 0) return undefined;
  return `found in:\n${locations.map((path) => path.replace(/[%\n]/g, encodeURIComponent)).join("\n")}`;
}

/** What the written package is not read as. */
function keepFieldsOf(component: Component, item: ValueObject): readonly Property[] {
  if (component.parties === undefined && component.references === undefined && component.supplier === undefined)
    return [];
  const reader = new DocumentReader();
  const read = readPackage({ item, at: "", name: component.name, extracted: new Map(), reader });
  return keepFields(component, read, KEPT_OF_COMPONENT);
}

/** Annotations of a package: what SPDX has no field for. */
class ExtraProperties {
  readonly #component: Component;
  readonly #context: WriteContext;
  readonly #properties: Property[] = [];

  constructor(component: Component, context: WriteContext) {
    this.#component = component;
    this.#context = context;
  }

  add(member: string, name: string, value: string): void {
    const { version, losses } = this.#context;
    const reason = `SPDX ${version} has no field for it; an annotation has`;
    losses.add(`components[].${member}`, "kept", reason, this.#component.ref);
    this.#properties.push({ name, value });
  }

  finish(): readonly Property[] {
    const { group, scope, sourcePackage, layers = [], properties = [], remainders } = this.#component;
    if (group !== undefined) this.add("group", PROPERTIES.group, group);
    if (scope !== "production") this.add("scope", PROPERTIES.scope, scope);
    if (sourcePackage !== undefined) {
      this.add("sourcePackage", PROPERTIES.sourceName, sourcePackage.name);
      this.add("sourcePackage", PROPERTIES.sourceVersion, sourcePackage.version);
    }
    for (const layer of layers) this.add("layers", PROPERTIES.layer, layer);
    for (const { name, value } of properties) this.add("properties", `${PROPERTIES.foreign}${encodeName(name)}`, value);
    for (const { name, value } of remaindersAsProperties(remainders, "SPDX")) this.add("remainder", name, value);
    return this.#properties;
  }
}

function writeSupplier(component: Component): string | undefined {
  if (component.parties === undefined && component.supplier !== undefined) {
    return `Organization: ${toSpdxContact(component.supplier)}`;
  }
  const supplier = component.parties?.find(({ role }) => role === "supplier");
  return supplier === undefined ? undefined : writeSpdxParty(supplier);
}

/** §7.5: an address stands in parentheses, where Debian and Alpine write `<…>`. */
export function toSpdxContact(supplier: string): string {
  return supplier.replace(/ <([^<>]*)>$/, " ($1)");
}

function writeChecksum({ algorithm, value }: ComponentHash): ValueObject {
  return { algorithm: algorithm.replace(/^SHA-/, "SHA"), checksumValue: value };
}

function writeIdentifiers({ purl, cpes = [] }: Component, version: Spdx2Version): readonly ValueObject[] {
  const category = version === "2.3" ? "PACKAGE-MANAGER" : "PACKAGE_MANAGER";
  return [
    ...(purl === undefined ? [] : [{ referenceCategory: category, referenceType: "purl", referenceLocator: purl }]),
    ...cpes.map((cpe) => ({
      referenceCategory: "SECURITY",
      referenceType: cpe.startsWith("cpe:/") ? "cpe22Type" : "cpe23Type",
      referenceLocator: cpe,
    })),
  ];
}

interface WrittenReferences {
  readonly download?: string;
  readonly homepage?: string;
  readonly advisories: readonly ValueObject[];
}

/** SPDX has fields for one download location and one homepage, and for advisories. */
function writeReferences({ references = [] }: Component): WrittenReferences {
  const isPlain = ({ comment, hashes }: ExternalReference): boolean => comment === undefined && hashes.length === 0;
  const isDownload = ({ kind, url }: ExternalReference): boolean =>
    kind === "distribution" ? !/^(?:git|hg|svn|bzr)\+/.test(url) : kind === "vcs" && /^(?:git|hg|svn|bzr)\+/.test(url);
  const download = references.find((reference) => isPlain(reference) && isDownload(reference) && isUri(reference.url));
  const homepage = references.find((reference) => isPlain(reference) && reference.kind === "website");
  const advisories = references.filter((reference) => isPlain(reference) && reference.kind === "advisories");
  return {
    ...(download === undefined ? {} : { download: download.url }),
    ...(homepage === undefined ? {} : { homepage: homepage.url }),
    advisories: advisories.map(({ url }) => ({
      referenceCategory: "SECURITY",
      referenceType: "advisory",
      referenceLocator: url,
    })),
  };
}
