import { memberOf, type Value, type ValueObject } from "../../../base/index.ts";
import { KEPT_OF_COMPONENT, restoreFields } from "../kept-fields.ts";
import { readAllLicenses } from "../licenses.ts";
import { findProperty, isOwnProperty, layersOf, PROPERTIES, valuesOfProperty } from "../names.ts";
import { canonicalPackageUrl, sourceFromPackageUrl } from "../package-url-reading.ts";
import { plainSupplierOf, readParty } from "../parties.ts";
import { remaindersOf } from "../remainder.ts";
import type { Component, ComponentHash, ComponentKind, ExternalReference, Party, Property } from "../sbom.ts";
import { type DocumentReader, orNone, stated, toComponentHash } from "../value-reading.ts";
import { SCOPES } from "./scopes.ts";
import { toComponentKind } from "./versions.ts";

/** What one component object says, without those nested in it. */
export interface ReadComponent {
  /** As stated; the list of components gives one to those without. */
  readonly statedRef?: string;
  readonly component: Omit<Component, "ref">;
}

/** Reads a component object; what is malformed is refused at the reader. */
export function readComponent(value: ValueObject, path: string, reader: DocumentReader): ReadComponent {
  const name = reader.text(value, "name", path);
  if (name === undefined) reader.refuse(`${path}.name`, "a component needs a name");
  const statedRef = reader.text(value, "bom-ref", path);
  const purl = canonicalPackageUrl(reader.text(value, "purl", path));
  const version = reader.text(value, "version", path);
  const properties = readProperties(value, path, reader);
  const parties = readParties(value, path, reader);
  const source = readSourcePackage(properties, purl, version);
  const { licenses, concluded } = readLicenseChoice(value, path, reader, properties);
  const cpe = reader.text(value, "cpe", path);
  const cpes = [...(cpe === undefined ? [] : [cpe]), ...valuesOfProperty(properties, PROPERTIES.cpe)];
  const references = readReferences(value, path, reader);
  const own = properties.filter((property) => !isOwnProperty(property));
  const remainders = remaindersOf(properties);
  const layers = layersOf(properties);
  const description = reader.text(value, "description", path);
  const copyright = reader.text(value, "copyright", path);
  const plain = plainSupplierOf(parties);
  const named = parties.find(({ role }) => role === "supplier") ?? parties.find(({ role }) => role === "manufacturer");
  const supplier = plain ?? named?.name;
  const component: ReadComponent["component"] = {
    kind: readKind(value, path, reader, properties),
    ...readName(name ?? "", reader.text(value, "group", path), purl),
    licenses,
    hashes: readHashes(value, path, reader),
    locations: readLocations(value, path, reader, properties),
    scope: readScope(reader.text(value, "scope", path)),
    ...stated({
      version: version || undefined,
      purl,
      cpes,
      description,
      copyright,
      concludedLicenses: concluded,
      supplier: supplier || undefined,
      parties: plain === undefined ? parties : undefined,
      references,
      properties: own,
      layers,
      sourcePackage: source,
      remainders,
    }),
  };
  return {
    ...(statedRef === undefined ? {} : { statedRef }),
    component: restoreFields(component, properties, KEPT_OF_COMPONENT),
  };
}

function readKind(
  value: ValueObject,
  path: string,
  reader: DocumentReader,
  properties: readonly Property[],
): ComponentKind {
  const stated = findProperty(properties, PROPERTIES.kind);
  if (stated === "archive" || stated === "source" || stated === "install" || stated === "other") return stated;
  return (
    toComponentKind(stated ?? "") ??
    toComponentKind(reader.text(value, "type", path) ?? "") ??
    // Words of versions to come, and of documents that state none.
    "library"
  );
}

/** An npm scope is a part of the name, whatever member holds it. */
function readName(
  name: string,
  group: string | undefined,
  purl: string | undefined,
): { readonly name: string; readonly group?: string } {
  if (!group) return { name };
  if (purl?.startsWith("pkg:npm/") === true && !name.includes("/")) return { name: `${group}/${name}` };
  return { name, group };
}

/** An organisation or a person with addresses (`organizationalEntity`, `organizationalContact`). */
export function readContact(
  value: Value | undefined,
  path: string,
  role: Party["role"],
  kind: Party["kind"],
  reader: DocumentReader,
): Party | undefined {
  if (typeof value === "string") return value === "" ? undefined : readParty(role, value);
  const name = reader.text(value, "name", path) ?? "";
  const own = reader.text(value, "email", path);
  const contacts = reader
    .objects(value, "contact", path)
    .flatMap(([contact, at]) => reader.text(contact, "email", at) ?? []);
  const emails = [...(own === undefined ? [] : [own]), ...contacts];
  const urls = reader.texts(value, "url", path);
  if (name === "" && emails.length === 0 && urls.length === 0) return undefined;
  return { role, ...(kind === undefined ? {} : { kind }), name, emails, urls };
}

function readParties(value: ValueObject, path: string, reader: DocumentReader): readonly Party[] {
  const organization = (role: "supplier" | "manufacturer"): Party | undefined =>
    readContact(memberOf(value, role), `${path}.${role}`, role, "organization", reader);
  const authors = reader
    .objects(value, "authors", path)
    .map(([item, at]) => readContact(item, at, "author", "person", reader));
  const words = (["author", "publisher"] as const).map((role) => {
    const text = reader.text(value, role, path);
    return text ? readParty(role, text) : undefined;
  });
  const all = [organization("supplier"), organization("manufacturer"), ...authors, ...words];
  return all.filter((party) => party !== undefined);
}

export function readHashes(value: ValueObject, path: string, reader: DocumentReader): readonly ComponentHash[] {
  const hashes = reader.objects(value, "hashes", path).flatMap(([item, at]) => {
    const hash = toComponentHash(reader.text(item, "alg", at), reader.text(item, "content", at));
    return hash === undefined ? [] : [hash];
  });
  return orNone(hashes);
}

function readReferences(value: ValueObject, path: string, reader: DocumentReader): readonly ExternalReference[] {
  return reader.objects(value, "externalReferences", path).map(([item, at]) => {
    const comment = reader.text(item, "comment", at);
    return {
      kind: reader.text(item, "type", at) ?? "other",
      url: reader.text(item, "url", at) ?? "",
      ...(comment === undefined ? {} : { comment }),
      hashes: readHashes(item, at, reader),
    };
  });
}

function readLicenseChoice(
  value: ValueObject,
  path: string,
  reader: DocumentReader,
  properties: readonly Property[],
): { readonly licenses: readonly string[]; readonly concluded: readonly string[] } {
  const stated: string[] = [];
  const concluded: string[] = [...valuesOfProperty(properties, PROPERTIES.concludedLicense)];
  for (const [item, at] of reader.objects(value, "licenses", path)) {
    const license = memberOf(item, "license");
    const text =
      reader.text(item, "expression", at) ??
      reader.text(license, "id", `${at}.license`) ??
      reader.text(license, "name", `${at}.license`);
    const isConcluded = [item, license].some((each) => memberOf(each, "acknowledgement") === "concluded");
    if (text !== undefined) (isConcluded ? concluded : stated).push(text);
  }
  return {
    licenses: reader.sharedList(readAllLicenses(stated)),
    concluded: reader.sharedList(readAllLicenses(concluded)),
  };
}

function readLocations(
  value: ValueObject,
  path: string,
  reader: DocumentReader,
  properties: readonly Property[],
): readonly string[] {
  const at = `${path}.evidence`;
  const occurrences = reader.objects(memberOf(value, "evidence"), "occurrences", at);
  const locations = occurrences.flatMap(([item, place]) => reader.text(item, "location", place) ?? []);
  const all = [...locations, ...valuesOfProperty(properties, PROPERTIES.location)];
  return orNone([...new Set(all)].sort());
}

function readScope(text: string | undefined): Component["scope"] {
  if (text === SCOPES.development) return "development";
  return text === SCOPES.optional ? "optional" : "production";
}

/** All properties of an object, amap's own included. */
export function readProperties(value: Value | undefined, path: string, reader: DocumentReader): readonly Property[] {
  return reader.objects(value, "properties", path).map(([item, at]) => ({
    name: reader.shared(reader.text(item, "name", at) ?? ""),
    value: reader.text(item, "value", at) ?? "",
  }));
}

function readSourcePackage(
  properties: readonly Property[],
  purl: string | undefined,
  version: string | undefined,
): Component["sourcePackage"] {
  const name = findProperty(properties, PROPERTIES.sourceName);
  const stated = findProperty(properties, PROPERTIES.sourceVersion);
  if (name !== undefined && stated !== undefined) return { name, version: stated };
  const trivyName = findProperty(properties, "aquasecurity:trivy:SrcName");
  const trivyVersion = findProperty(properties, "aquasecurity:trivy:SrcVersion");
  if (trivyName !== undefined && trivyVersion !== undefined) {
    const epoch = findProperty(properties, "aquasecurity:trivy:SrcEpoch");
    const release = findProperty(properties, "aquasecurity:trivy:SrcRelease");
    return { name: trivyName, version: `${epoch ? `${epoch}:` : ""}${trivyVersion}${release ? `-${release}` : ""}` };
  }
  return sourceFromPackageUrl(purl, version);
}
