import { memberOf, type Value, type ValueObject } from "../../../base/index.ts";
import { KEPT_OF_COMPONENT, restoreFields } from "../kept-fields.ts";
import { readLicenses } from "../licenses.ts";
import { findProperty, layersOf, PROPERTIES, REMAINDER_PROPERTY, valuesOfProperty } from "../names.ts";
import { canonicalPackageUrl, sourceFromPackageUrl } from "../package-url-reading.ts";
import { plainSupplierOf, readSpdxParty } from "../parties.ts";
import { remaindersOf } from "../remainder.ts";
import type { Component, ComponentHash, ComponentKind, ExternalReference, Party, Property } from "../sbom.ts";
import { DocumentReader, NONE, orNone, toComponentHash } from "../value-reading.ts";
import { toKind } from "./versions.ts";

/** A package object of a document. */
export interface PackageInput {
  readonly item: ValueObject;
  readonly at: string;
  readonly name: string;
  /** Words of the document's own licences, by their ids. */
  readonly extracted: Pick<ReadonlyMap<string, string>, "get">;
  readonly reader: DocumentReader;
}

/** What a package object says; its id, and what relationships say of it, are its document's to add. */
export interface ReadPackage extends Omit<Component, "ref"> {
  readonly statedScope?: Component["scope"];
}

/** Reads a package object; what is malformed is refused at the reader. */
export function readPackage(input: PackageInput): ReadPackage {
  const { item, at, name, reader } = input;
  const version = reader.text(item, "versionInfo", at);
  const references = reader.objects(item, "externalRefs", at).map(([reference, place]) => ({
    category: reader.text(reference, "referenceCategory", place) ?? "",
    type: reader.text(reference, "referenceType", place) ?? "",
    locator: reader.text(reference, "referenceLocator", place) ?? "",
  }));
  const purl = canonicalPackageUrl(references.find(({ type }) => type === "purl")?.locator);
  const cpes = references
    .filter(({ type }) => type === "cpe22Type" || type === "cpe23Type")
    .map(({ locator }) => locator);
  const properties = readOwnAnnotations(item, at, reader);
  const supplier = toSupplier(reader.text(item, "supplier", at));
  const parties = readParties(input);
  const source = readSourcePackage(properties, purl, version);
  const { licenses, concluded } = readPackageLicenses(input);
  const own = readForeignProperties(properties, reader);
  const remainders = remaindersOf(properties);
  const layers = layersOf(properties);
  const statedScope = toScope(findProperty(properties, PROPERTIES.scope));
  const description = reader.text(item, "description", at);
  const copyright = asserted(reader.text(item, "copyrightText", at));
  const links = readReferences(input);
  const group = findProperty(properties, PROPERTIES.group);
  const component: ReadPackage = {
    kind: readKind(reader.text(item, "primaryPackagePurpose", at), properties),
    name,
    ...(group === undefined ? {} : { group }),
    ...(version ? { version } : {}),
    ...(purl === undefined ? {} : { purl }),
    ...(cpes.length === 0 ? {} : { cpes }),
    ...(description === undefined ? {} : { description }),
    ...(copyright === undefined ? {} : { copyright }),
    licenses,
    ...(concluded.length === 0 ? {} : { concludedLicenses: concluded }),
    hashes: orNone([...readChecksums(item, at, reader), ...readKeptHashes(properties)]),
    ...(supplier === undefined ? {} : { supplier }),
    ...(parties === undefined ? {} : { parties }),
    ...(links.length === 0 ? {} : { references: links }),
    ...(own.length === 0 ? {} : { properties: own }),
    locations: readLocations(reader.text(item, "sourceInfo", at)),
    ...(layers.length === 0 ? {} : { layers }),
    ...(source === undefined ? {} : { sourcePackage: source }),
    scope: statedScope ?? "production",
    ...(statedScope === undefined ? {} : { statedScope }),
    ...(remainders.length === 0 ? {} : { remainders }),
  };
  return restoreFields(component, properties, KEPT_OF_COMPONENT);
}

/** A text that says something. */
export function asserted(text: string | undefined): string | undefined {
  return text === undefined || text === "" || text === "NOASSERTION" || text === "NONE" ? undefined : text;
}

function readKind(purpose: string | undefined, properties: readonly Property[]): ComponentKind {
  const stated = findProperty(properties, PROPERTIES.kind);
  if (stated === "platform" || stated === "device-driver" || stated === "data") return stated;
  if (stated === "machine-learning-model" || stated === "cryptographic-asset") return stated;
  return toKind(purpose) ?? toKind(stated?.toUpperCase()) ?? "library";
}

/** Undefined where the supplier's name, or no name, is all that there is. */
function readParties({ item, at, reader }: PackageInput): readonly Party[] | undefined {
  const supplier = readSpdxParty("supplier", reader.text(item, "supplier", at) ?? "");
  const originator = readSpdxParty("originator", reader.text(item, "originator", at) ?? "");
  const all = [supplier, originator].filter((party) => party !== undefined);
  return all.length === 0 || plainSupplierOf(all) !== undefined ? undefined : all;
}

/** A party as its name with an address behind it; undefined where nobody is named. */
export function toSupplier(text: string | undefined): string | undefined {
  if (text === undefined || text === "" || text === "NOASSERTION") return undefined;
  const name = text.replace(/^(?:Organization|Person):\s*/, "").replace(/\s*\(\)$/, "");
  return name === "" ? undefined : name.replace(/ \(([^()]*@[^()]*)\)$/, " <$1>");
}

/** Where more is found: the homepage, where it was taken from, and advisories. */
function readReferences({ item, at, reader }: PackageInput): readonly ExternalReference[] {
  const location = asserted(reader.text(item, "downloadLocation", at));
  const download = location !== undefined && isUri(location) ? location : undefined;
  const homepage = asserted(reader.text(item, "homepage", at));
  const advisories = reader
    .objects(item, "externalRefs", at)
    .filter(([reference]) => memberOf(reference, "referenceType") === "advisory")
    .flatMap(([reference, place]) => reader.text(reference, "referenceLocator", place) ?? []);
  const link = (kind: string, url: string): ExternalReference => ({ kind, url, hashes: NONE });
  return [
    ...(download === undefined
      ? []
      : [link(/^(?:git|hg|svn|bzr)\+/.test(download) ? "vcs" : "distribution", download)]),
    ...(homepage === undefined ? [] : [link("website", homepage)]),
    ...advisories.map((url) => link("advisories", url)),
  ];
}

/** What the source states, and what the document's author concluded. Where it states nothing, that is taken for both. */
function readPackageLicenses({ item, at, extracted, reader }: PackageInput): {
  readonly licenses: readonly string[];
  readonly concluded: readonly string[];
} {
  const read = (key: string): readonly string[] => {
    const licenses = readLicenses(asserted(reader.text(item, key, at)) ?? "");
    const all = licenses.flatMap((license) => readLicenses(extracted.get(license) ?? license));
    return reader.sharedList([...new Set(all)]);
  };
  const declared = read("licenseDeclared");
  const concluded = read("licenseConcluded");
  return declared.length === 0 ? { licenses: concluded, concluded } : { licenses: declared, concluded };
}

function readChecksums(item: ValueObject, at: string, reader: DocumentReader): readonly ComponentHash[] {
  return reader.objects(item, "checksums", at).flatMap(([checksum, place]) => {
    const algorithm = reader.text(checksum, "algorithm", place)?.replace(/^SHA(?=\d+$)/, "SHA-");
    const hash = toComponentHash(algorithm, reader.text(checksum, "checksumValue", place));
    return hash === undefined ? [] : [hash];
  });
}

/** Hashes of algorithms that the document's version does not know. */
function readKeptHashes(properties: readonly Property[]): readonly ComponentHash[] {
  return valuesOfProperty(properties, PROPERTIES.hash).flatMap((text) => {
    const [algorithm, value] = text.split(" ");
    return toComponentHash(algorithm, value) ?? [];
  });
}

function readLocations(sourceInfo: string | undefined): readonly string[] {
  const [title, ...paths] = (sourceInfo ?? "").split("\n");
  if (title !== "found in:") return NONE;
  return paths.map((path) => path.replaceAll("%0A", "\n").replaceAll("%25", "%")).sort();
}

/** The scope that amap wrote down. */
export function toScope(text: string | undefined): Component["scope"] | undefined {
  return text === "development" || text === "optional" || text === "production" ? text : undefined;
}

/** The source package that amap wrote down, or else the one that the package URL names. */
export function readSourcePackage(
  properties: readonly Property[],
  purl: string | undefined,
  version: string | undefined,
): Component["sourcePackage"] {
  const name = findProperty(properties, PROPERTIES.sourceName);
  const stated = findProperty(properties, PROPERTIES.sourceVersion);
  return name === undefined || stated === undefined ? sourceFromPackageUrl(purl, version) : { name, version: stated };
}

/** amap's own annotations; what others wrote is for people. */
export function readOwnAnnotations(item: Value, at: string, reader: DocumentReader): readonly Property[] {
  return reader.objects(item, "annotations", at).flatMap(([annotation, place]) => {
    const comment = reader.text(annotation, "comment", place) ?? "";
    const equals = comment.indexOf("=");
    if (!comment.startsWith("amap:") || equals === -1) return [];
    return [{ name: reader.shared(comment.slice(0, equals)), value: comment.slice(equals + 1) }];
  });
}

/** Properties of other tools that annotations of amap hold: `amap:property:NAME=VALUE`. */
export function readForeignProperties(
  properties: readonly Property[],
  reader: DocumentReader = new DocumentReader(),
): readonly Property[] {
  return properties
    .filter(({ name }) => name.startsWith(PROPERTIES.foreign) && !name.startsWith(REMAINDER_PROPERTY))
    .map(({ name, value }) => ({ name: reader.shared(decodeName(name.slice(PROPERTIES.foreign.length))), value }));
}

/** Names stand before the first `=`, so that one in the name itself is written another way. */
export function encodeName(name: string): string {
  return name.replace(/[%=\n]/g, encodeURIComponent);
}

/** The name that {@link encodeName} wrote. */
export function decodeName(text: string): string {
  return text.replace(/%(?:25|3D|0A)/g, decodeURIComponent);
}

/** Whether text is an absolute address. */
export function isUri(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\S+$/i.test(text);
}
