import { AmapError, equalValues, isValueObject, textOf, type Value, type ValueObject } from "../../../base/index.ts";
import { type DocumentStream, wholeDocument } from "../document-stream.ts";
import { KEPT_OF_DOCUMENT, keepFields } from "../kept-fields.ts";
import { Losses } from "../losses.ts";
import { addressOf, PROPERTIES, UNNAMED_SUBJECT, uuidOf } from "../names.ts";
import { readSubjectDigest } from "../package-url-reading.ts";
import { partiesOf, writeSpdxParty } from "../parties.ts";
import {
  CHANGED_SINCE,
  type ObjectRemainder,
  remainderIn,
  remaindersAsProperties,
  withRemainder,
} from "../remainder.ts";
import type { Component, EncodedSbom, Loss, Party, Property, Sbom } from "../sbom.ts";
import { DocumentReader, finishDependencies, listOrNothing, toObject } from "../value-reading.ts";
import { DOCUMENT_REF, isDocument } from "./document-subject.ts";
import { LicenseReferences } from "./license-references.ts";
import { type Relations, readDocument, readExtractedLicenses, readRelations } from "./read-document.ts";
import { encodeName, type PackageInput, readPackage } from "./read-package.ts";
import type { Spdx2Version } from "./versions.ts";
import { type Annotate, toSpdxContact, type WriteContext, writePackage } from "./write-package.ts";

const DOCUMENT_ID = "SPDXRef-DOCUMENT";
const DEFAULT_VERSION = "2.3";

export interface SpdxOptions {
  /** 2.3 when left out. */
  readonly version?: "2.2" | "2.3";
}

/**
 * Writes an SBOM as an SPDX 2 document in its JSON form, 2.3 when no version is asked for. What SPDX has no field for
 * stands in annotations `amap:…=…`.
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
export function encodeSpdx(sbom: Sbom, options: SpdxOptions = {}): Value {
  return convertToSpdx(sbom, options).document;
}

/**
 * {@link encodeSpdx} with what the written document does not say.
 * @throws {AmapError} VALUE_INVALID when the SBOM has no time or no serial number, which SPDX demands
 */
export function convertToSpdx(sbom: Sbom, options: SpdxOptions = {}): EncodedSbom {
  return wholeDocument(streamSpdx(sbom, options));
}

/**
 * {@link convertToSpdx}, package by package.
 * @throws {AmapError} VALUE_INVALID when the SBOM has no time or no serial number, which SPDX demands
 */
export function streamSpdx(sbom: Sbom, options: SpdxOptions = {}): DocumentStream {
  const version = options.version ?? DEFAULT_VERSION;
  const ofDocument = new Losses();
  const ids = assignIds(sbom);
  const remainder: ObjectRemainder = remainderIn(sbom.remainders, "SPDX") ?? { members: {} };
  const written = writeDocument(sbom, ids, contextOf(sbom, version, ofDocument));
  const restored = withRemainder(written, remainder, (object) => saysTheSame(object, written, sbom));
  for (const key of restored.refused) ofDocument.add(`remainder.${key}`, "dropped", CHANGED_SINCE);
  const { packages: _, ...rest } = restored.object;
  if (!isRead(sbom)) checkDemanded(rest);
  let packages = new PackageStream(sbom, ids, contextOf(sbom, version, new Losses()));
  const items = (): Iterable<ValueObject> => {
    packages = new PackageStream(sbom, ids, contextOf(sbom, version, new Losses()));
    return packages.items();
  };
  const stated = rest["hasExtractedLicensingInfos"];
  const losses = (): readonly Loss[] => ofDocument.finish(packages.losses);
  if (stated === undefined) {
    return { head: rest, list: "packages", items, tail: () => withLicenses({}, packages.licenses([])), losses };
  }
  // The licences stand before the packages that need them, which are therefore gone through twice.
  for (const _ of items()) continue;
  const known = Array.isArray(stated) ? (stated as readonly Value[]) : [];
  return { head: withLicenses(rest, packages.licenses(known)), list: "packages", items, tail: () => ({}), losses };
}

/** The packages of one document, one after the other. */
class PackageStream {
  readonly #sbom: Sbom;
  readonly #ids: ReadonlyMap<string, string>;
  readonly #context: WriteContext;
  /** The ids of licences that their expressions refer to. */
  readonly #used = new Set<string>();

  constructor(sbom: Sbom, ids: ReadonlyMap<string, string>, context: WriteContext) {
    this.#sbom = sbom;
    this.#ids = ids;
    this.#context = context;
  }

  get losses(): Losses {
    return this.#context.losses;
  }

  *items(): Generator<ValueObject> {
    const remainder: ObjectRemainder = remainderIn(this.#sbom.remainders, "SPDX") ?? { members: {} };
    const extracted = readExtractedLicenses(remainder.members, new DocumentReader());
    for (const component of packagesOf(this.#sbom)) {
      const item = writeWhole(component, this.#ids.get(component.ref) ?? "", extracted, this.#context);
      const text = `${textOf(item, "licenseConcluded")} ${textOf(item, "licenseDeclared")}`;
      for (const [id] of text.matchAll(/LicenseRef-[A-Za-z0-9.-]+/g)) this.#used.add(id);
      yield item;
    }
  }

  /** The licences that the packages' expressions refer to, without those that the document has already. */
  licenses(known: readonly Value[]): readonly Value[] {
    const { licenses } = this.#context;
    const ids = new Set(known.map((item) => (isValueObject(item) ? item["licenseId"] : undefined)));
    const isOwn = isRead(this.#sbom);
    // An id that a document of SPDX itself leaves unexplained stays so.
    const isWanted = (id: Value | undefined): boolean =>
      typeof id === "string" && this.#used.has(id) && !ids.has(id) && (licenses.wordsById().has(id) || !isOwn);
    return licenses.toExtracted().filter((item) => isValueObject(item) && isWanted(item["licenseId"]));
  }
}

/** What SPDX demands may be missing only where the document that was read lacks it too. */
function checkDemanded(document: ValueObject): void {
  if (document["documentNamespace"] === undefined) {
    throw new AmapError("VALUE_INVALID", "an SPDX document needs a serial number or namespace");
  }
  const created = isValueObject(document["creationInfo"]) ? document["creationInfo"]["created"] : undefined;
  if (created === undefined) {
    throw new AmapError("VALUE_INVALID", "an SPDX document needs the time it was created at");
  }
}

/** What is needed to write. */
export function contextOf(sbom: Sbom, version: Spdx2Version, losses: Losses): WriteContext {
  return { version, licenses: new LicenseReferences(), annotate: annotatorOf(sbom), losses };
}

/** A document that is about itself has no package for that. */
function packagesOf({ subject, components }: Sbom): readonly Component[] {
  return isDocument(subject) ? components : [subject, ...components];
}

function writeWhole(
  component: Component,
  id: string,
  extracted: ReadonlyMap<string, string>,
  context: WriteContext,
): ValueObject {
  const written = writePackage(component, id, context);
  const remainder = remainderIn(component.remainders, "SPDX");
  if (remainder === undefined) return written;
  const made = context.licenses.wordsById();
  const words = { get: (licenseId: string) => made.get(licenseId) ?? extracted.get(licenseId) };
  const { object, refused } = withRemainder(written, remainder, (each) => isSamePackage(each, written, words));
  for (const key of refused)
    context.losses.add(`components[].remainder.${key}`, "dropped", CHANGED_SINCE, component.ref);
  return object;
}

/** Whether two packages are read as the same component; `extracted` has the words of licences by their ids. */
function isSamePackage(object: ValueObject, written: ValueObject, extracted: PackageInput["extracted"]): boolean {
  const [a, b] = [object, written].map((item) => {
    const reader = new DocumentReader();
    const name = reader.text(item, "name", "") ?? "";
    const { supplier, parties, ...read } = readPackage({ item, at: "", name, extracted, reader });
    const named = partiesOf({
      ...(supplier === undefined ? {} : { supplier }),
      ...(parties === undefined ? {} : { parties }),
    });
    const same = { ...read, id: reader.text(item, "SPDXID", "") ?? "", parties: withKinds(named) };
    return reader.issues.length > 0 ? undefined : same;
  });
  return a !== undefined && b !== undefined && equalValues(a as unknown as Value, b as unknown as Value);
}

/** Parties of whom a document does not say what they are, as they are written. */
function withKinds(parties: readonly Party[] = []): readonly Party[] {
  return parties.map((party) => ({ kind: "organization", ...party }));
}

/** Whether relationships say of every component that it is a part of what the SBOM says. */
function arePartsOf({ containers }: Relations, { subject, components }: Sbom): boolean {
  const refs = new Set(components.map(({ ref }) => ref));
  return components.every(({ ref, partOf }) => {
    const container = containers.get(ref);
    const isPart = container !== undefined && container !== subject.ref && container !== ref && refs.has(container);
    return (isPart ? container : undefined) === partOf;
  });
}

/** Whether an object without its packages is read as the same document as another one. */
function saysTheSame(object: ValueObject, written: ValueObject, sbom: Sbom): boolean {
  const [a, b] = [object, written].map((each) => {
    const reader = new DocumentReader();
    const { statedDigest, ...read } = readDocument(each, reader);
    const parties = withKinds(read.parties);
    // SPDX has whole seconds only, and a name of its own for the document.
    const same = {
      ...read,
      name: "",
      createdAt: read.createdAt.replace(/\.\d+(?=Z$)/, ""),
      parties,
      digest: readSubjectDigest(statedDigest, sbom.subject) ?? "",
    };
    return reader.issues.length > 0 ? undefined : same;
  });
  if (a === undefined || b === undefined || !equalValues(a as unknown as Value, b as unknown as Value)) return false;
  const reader = new DocumentReader();
  const relations = readRelations(object, reader);
  if (reader.issues.length > 0) return false;
  const all = [sbom.subject, ...sbom.components];
  const packages = packagesOf(sbom);
  const refs = new Set(packages.map(({ ref }) => ref));
  const described = [...relations.described].filter((ref) => refs.has(ref));
  const isAbout = isDocument(sbom.subject) ? described.length !== 1 : described.join() === sbom.subject.ref;
  const edges = new Map([...relations.edges].filter(([ref]) => ref !== DOCUMENT_REF && ref !== UNNAMED_SUBJECT));
  const found = finishDependencies(edges, all);
  const stated = [...sbom.dependencies].filter(([ref]) => ref !== DOCUMENT_REF && ref !== UNNAMED_SUBJECT);
  return (
    isAbout &&
    arePartsOf(relations, sbom) &&
    found.size === stated.length &&
    stated.every(([ref, targets]) => equalValues(targets, found.get(ref) ?? null))
  );
}

/** The document without its packages, which make the most of it. */
export function writeDocument(sbom: Sbom, ids: ReadonlyMap<string, string>, context: WriteContext): ValueObject {
  const { version, annotate, losses } = context;
  const name = sbom.subject.name || "unnamed";
  const object = toObject({
    spdxVersion: `SPDX-${version}`,
    dataLicense: sbom.dataLicense ?? "CC0-1.0",
    SPDXID: DOCUMENT_ID,
    name,
    documentNamespace: toNamespace(sbom.serialNumber, name, isRead(sbom)),
    creationInfo: toObject({ created: toCreated(sbom.createdAt), creators: toCreators(sbom) }),
    relationships: writeRelationships(sbom, ids),
  });
  const fields = keepFields(sbom, readDocument(object, new DocumentReader()), KEPT_OF_DOCUMENT);
  const own = [...ownProperties(sbom), ...fields];
  for (const { name: kept } of own) {
    losses.add(kept.replace(/^amap:/, ""), "kept", `SPDX ${version} has no field for it; an annotation has`);
  }
  return toObject({ ...object, annotations: listOrNothing(own.map((property) => annotate(property))) });
}

/** What SPDX has no field for. */
function ownProperties(sbom: Sbom): readonly Property[] {
  const { subjectDigest, notLookedAt, lifecycles = [], properties = [] } = sbom;
  return [
    ...(subjectDigest === undefined ? [] : [{ name: PROPERTIES.subjectDigest, value: subjectDigest }]),
    ...(sbom.version === undefined ? [] : [{ name: PROPERTIES.edition, value: String(sbom.version) }]),
    ...lifecycles.map((value) => ({ name: PROPERTIES.phase, value })),
    ...notLookedAt.map(({ path, reason }) => ({ name: `${PROPERTIES.notLookedAt}${encodeName(path)}`, value: reason })),
    ...properties.map(({ name, value }) => ({ name: `${PROPERTIES.foreign}${encodeName(name)}`, value })),
    ...remaindersAsProperties(sbom.remainders, "SPDX"),
  ];
}

function withLicenses(document: ValueObject, added: readonly Value[]): ValueObject {
  const stated = document["hasExtractedLicensingInfos"];
  const known = Array.isArray(stated) ? (stated as readonly Value[]) : [];
  return added.length === 0 ? document : { ...document, hasExtractedLicensingInfos: [...known, ...added] };
}

/** Whether an SBOM was read from a document of SPDX, with all that it says. */
function isRead(sbom: Sbom): boolean {
  return remainderIn(sbom.remainders, "SPDX") !== undefined;
}

/** SPDX knows whole seconds in UTC only (2.3 §6.9). */
function toCreated(createdAt: string): string | undefined {
  return createdAt === "" ? undefined : createdAt.replace(/\.\d+(?=Z$)/, "");
}

/** At least one is demanded (§6.8); a document read from another format may name none. */
function toCreators(sbom: Sbom): readonly string[] {
  const { tools, authors, parties = [] } = sbom;
  const people = parties.filter(({ role }) => role === "author");
  const creators = [
    ...tools.map((tool) => toToolName(tool)),
    ...(people.length > 0
      ? people.map((party) => writeSpdxParty(party))
      : authors.map((author) =>
          /^(?:Person|Organization): /.test(author) ? author : `Person: ${toSpdxContact(author)}`,
        )),
  ];
  return creators.length > 0 || isRead(sbom) ? creators : ["Tool: amap"];
}

function toToolName({ name, version }: Sbom["tools"][number]): string {
  return version === "" ? `Tool: ${name}` : `Tool: ${name}-${version}`;
}

function annotatorOf(sbom: Sbom): Annotate {
  const [tool] = sbom.tools;
  const annotator = tool === undefined ? "Tool: amap" : toToolName(tool);
  const annotationDate = toCreated(sbom.createdAt);
  return ({ name, value }) =>
    toObject({ annotationDate, annotationType: "OTHER", annotator, comment: `${name}=${value}` });
}

/** §6.5: a unique absolute URI without fragment. */
function toNamespace(serialNumber: string, name: string, isRead: boolean): string | undefined {
  return isRead && serialNumber !== "" && uuidOf(serialNumber) === undefined
    ? serialNumber
    : addressOf(serialNumber, name);
}

/**
 * Element ids hold letters, digits, `.` and `-` only (§7.2); two refs that become alike are told apart by a number. Those
 * of a document of SPDX stay as they were: what remained of it refers to them.
 */
export function assignIds(sbom: Sbom): ReadonlyMap<string, string> {
  const isOwn = isRead(sbom);
  const ids = new Map<string, string>();
  const taken = new Set([DOCUMENT_ID]);
  // The first number behind an id that may be free: without it, many alike would each try all before.
  const freeNumbers = new Map<string, number>();
  for (const { ref } of packagesOf(sbom)) {
    const readable = isOwn ? ref : ref.replace(/^pkg:/, "Package-").replace(/[^A-Za-z0-9.-]+/g, "-");
    const wanted = `SPDXRef-${readable}`;
    let id = wanted;
    let number = freeNumbers.get(wanted) ?? 2;
    for (; taken.has(id); number++) id = `${wanted}-${number}`;
    freeNumbers.set(wanted, number);
    taken.add(id);
    ids.set(ref, id);
  }
  return ids;
}

function relate(from: string, relationshipType: string, to: string): ValueObject {
  return { spdxElementId: from, relationshipType, relatedSpdxElement: to };
}

function writeRelationships(sbom: Sbom, ids: ReadonlyMap<string, string>): readonly Value[] {
  const subjectId = ids.get(sbom.subject.ref);
  const relationships: ValueObject[] = [];
  if (subjectId === undefined) {
    for (const target of sbom.dependencies.get(sbom.subject.ref) ?? []) {
      const to = ids.get(target);
      if (to !== undefined) relationships.push(relate(DOCUMENT_ID, "DESCRIBES", to));
    }
  } else relationships.push(relate(DOCUMENT_ID, "DESCRIBES", subjectId));
  for (const { ref, partOf } of sbom.components) {
    const container = (partOf === undefined ? undefined : ids.get(partOf)) ?? subjectId;
    if (container !== undefined) relationships.push(relate(container, "CONTAINS", ids.get(ref) ?? ""));
  }
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
