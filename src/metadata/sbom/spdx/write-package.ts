import type { ValueObject } from "../../../base/index.ts";
import type { Losses } from "../losses.ts";
import { PROPERTIES } from "../names.ts";
import { partiesOf, writeSpdxParty } from "../parties.ts";
import { remainderIn, remaindersAsProperties } from "../remainder.ts";
import type { Component, ComponentHash, ExternalReference, Property } from "../sbom.ts";
import { listOrNothing, toObject } from "../value-reading.ts";
import type { LicenseReferences } from "./license-references.ts";
import { encodeName, isUri } from "./read-package.ts";
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
  const supplier = writeSupplier(component, extra);
  const originator = component.parties?.find(({ role }) => role === "originator");
  const links = writeReferences(component, extra);
  const hashes = component.hashes.filter((hash) => hasAlgorithm(hash.algorithm, version));
  for (const hash of component.hashes) {
    if (!hashes.includes(hash)) extra.add("hashes", PROPERTIES.hash, `${hash.algorithm} ${hash.value}`);
  }
  const purpose = PURPOSES[component.kind];
  const isSaid = version === "2.3" ? toKind(purpose) === component.kind : component.kind === "library";
  if (!isSaid) extra.add("kind", PROPERTIES.kind, component.kind);
  return toObject({
    SPDXID: id,
    name: component.name || (remainderIn(component.remainders, "SPDX") === undefined ? "unnamed" : ""),
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
    sourceInfo:
      component.locations.length === 0
        ? undefined
        : `found in:\n${component.locations.map((path) => path.replace(/[%\n]/g, encodeURIComponent)).join("\n")}`,
    externalRefs: listOrNothing([...writeIdentifiers(component, version), ...links.advisories]),
    primaryPackagePurpose: version === "2.3" ? purpose : undefined,
    annotations: listOrNothing(extra.finish().map((property) => annotate(property))),
  });
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

  note(member: string, outcome: "kept" | "dropped", reason: string): void {
    this.#context.losses.add(`components[].${member}`, outcome, reason, this.#component.ref);
  }

  add(member: string, name: string, value: string): void {
    this.note(member, "kept", `SPDX ${this.#context.version} has no field for it; an annotation has`);
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

function writeSupplier(component: Component, extra: ExtraProperties): string | undefined {
  const [supplier, ...others] = partiesOf(component).filter(({ role }) => role === "supplier");
  const unwritten = partiesOf(component).filter(({ role }) => role !== "supplier" && role !== "originator");
  for (const party of [...others, ...unwritten]) {
    extra.add("parties", PROPERTIES.party, `${party.role} ${writeSpdxParty(party)}`);
  }
  for (const { urls, emails } of partiesOf(component)) {
    if (urls.length > 0)
      extra.note("parties.urls", "dropped", "SPDX 2 has one address of mail for a party, and no others");
    if (emails.length > 1) extra.note("parties.emails", "dropped", "SPDX 2 has one address of mail for a party");
  }
  if (component.parties !== undefined || component.supplier === undefined) {
    return supplier === undefined ? undefined : writeSpdxParty(supplier);
  }
  return `Organization: ${toSpdxContact(component.supplier)}`;
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

/** SPDX has fields for one download location and one homepage; all others are kept in annotations. */
function writeReferences({ references = [] }: Component, extra: ExtraProperties): WrittenReferences {
  const isPlain = ({ comment, hashes }: ExternalReference): boolean => comment === undefined && hashes.length === 0;
  const isDownload = ({ kind, url }: ExternalReference): boolean =>
    kind === "distribution" ? !/^(?:git|hg|svn|bzr)\+/.test(url) : kind === "vcs" && /^(?:git|hg|svn|bzr)\+/.test(url);
  const download = references.find((reference) => isPlain(reference) && isDownload(reference) && isUri(reference.url));
  const homepage = references.find((reference) => isPlain(reference) && reference.kind === "website");
  const advisories = references.filter((reference) => isPlain(reference) && reference.kind === "advisories");
  for (const reference of references) {
    if (reference === download || reference === homepage || advisories.includes(reference)) continue;
    extra.add("references", PROPERTIES.reference, `${reference.kind} ${reference.url}`);
    if (!isPlain(reference)) extra.note("references.comment", "dropped", "an annotation holds kind and address only");
  }
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
