import { memberOf, type ValueObject } from "../../../base/index.ts";
import { KEPT_OF_DOCUMENT, restoreFields } from "../kept-fields.ts";
import { findProperty, PROPERTIES, valuesOfProperty } from "../names.ts";
import { readSpdxParty } from "../parties.ts";
import { remaindersOf } from "../remainder.ts";
import type { Component, NotLookedAt, Party, Remainder, Sbom } from "../sbom.ts";
import { addEdges, breakCircles, type DocumentReader } from "../value-reading.ts";
import { DOCUMENT_REF } from "./document-subject.ts";
import { decodeName, readForeignProperties, readOwnAnnotations, toSupplier } from "./read-package.ts";

/** What a document says of itself, without its packages and how they relate. */
export interface ReadDocument
  extends Pick<
    Sbom,
    | "serialNumber"
    | "version"
    | "createdAt"
    | "authors"
    | "tools"
    | "parties"
    | "lifecycles"
    | "dataLicense"
    | "properties"
  > {
  readonly name: string;
  readonly notLookedAt: readonly NotLookedAt[];
  readonly statedDigest?: string;
  readonly remainders: readonly Remainder[];
}

/** Reads the document's own members. */
export function readDocument(document: ValueObject, reader: DocumentReader): ReadDocument {
  const creation = memberOf(document, "creationInfo");
  const annotations = readOwnAnnotations(document, "", reader);
  const properties = readForeignProperties(annotations);
  const lifecycles = valuesOfProperty(annotations, PROPERTIES.phase);
  const statedDigest = findProperty(annotations, PROPERTIES.subjectDigest);
  const edition = Number(findProperty(annotations, PROPERTIES.edition) ?? "1");
  const dataLicense = reader.text(document, "dataLicense", "");
  const read: ReadDocument = {
    name: reader.text(document, "name", "") ?? "",
    serialNumber: toSerialNumber(reader.text(document, "documentNamespace", "") ?? ""),
    ...(Number.isSafeInteger(edition) && edition > 1 ? { version: edition } : {}),
    createdAt: reader.text(creation, "created", "creationInfo") ?? "",
    ...readCreators(reader.texts(creation, "creators", "creationInfo")),
    ...(lifecycles.length === 0 ? {} : { lifecycles }),
    // What SPDX demands of every document says nothing of this one.
    ...(dataLicense === undefined || dataLicense === "CC0-1.0" ? {} : { dataLicense }),
    ...(properties.length === 0 ? {} : { properties }),
    notLookedAt: annotations
      .filter(({ name }) => name.startsWith(PROPERTIES.notLookedAt))
      .map(({ name, value }) => ({ path: decodeName(name.slice(PROPERTIES.notLookedAt.length)), reason: value })),
    ...(statedDigest === undefined ? {} : { statedDigest }),
    remainders: remaindersOf(annotations),
  };
  return restoreFields(read, annotations, KEPT_OF_DOCUMENT);
}

/** `amap-0.1.0`; the version begins at the first hyphen before a digit. */
export function toTool(text: string): Sbom["tools"][number] {
  const parts = /^(.+?)-(v?\d.*)$/.exec(text);
  return { name: parts?.[1] ?? text, version: parts?.[2] ?? "" };
}

/** Tools, `Tool: amap-0.1.0`, and people. */
function readCreators(creators: readonly string[]): Pick<Sbom, "tools" | "authors" | "parties"> {
  const tools: Sbom["tools"][number][] = [];
  const authors: string[] = [];
  const parties: Party[] = [];
  for (const creator of creators) {
    const tool = /^Tool:\s*(.*)$/.exec(creator)?.[1];
    if (tool === undefined) {
      const author = toSupplier(creator);
      if (author === undefined) continue;
      authors.push(author);
      const party = readSpdxParty("author", creator);
      if (party !== undefined) parties.push(party);
      continue;
    }
    tools.push(toTool(tool));
  }
  const isPlain = parties.every(({ kind }) => kind === "person" || kind === undefined);
  return { tools, authors, ...(isPlain ? {} : { parties }) };
}

function toSerialNumber(namespace: string): string {
  const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.exec(namespace)?.[0];
  return uuid === undefined ? namespace : `urn:uuid:${uuid.toLowerCase()}`;
}

/** Relationships that say "from depends on to", and those that say it the other way round (§11.1). */
const DEPENDS = new Set(["DEPENDS_ON", "HAS_PREREQUISITE", "STATIC_LINK", "DYNAMIC_LINK"]);
const DEPENDED_ON = new Set([
  "DEPENDENCY_OF",
  "RUNTIME_DEPENDENCY_OF",
  "DEV_DEPENDENCY_OF",
  "BUILD_DEPENDENCY_OF",
  "TEST_DEPENDENCY_OF",
  "OPTIONAL_DEPENDENCY_OF",
  "PROVIDED_DEPENDENCY_OF",
  "PREREQUISITE_FOR",
]);
const SCOPE_OF_RELATIONSHIP = new Map<string, Component["scope"]>([
  ["DEV_DEPENDENCY_OF", "development"],
  ["TEST_DEPENDENCY_OF", "development"],
  ["OPTIONAL_DEPENDENCY_OF", "optional"],
]);

/** How the elements of a document relate. */
export interface Relations {
  readonly edges: Map<string, Set<string>>;
  /** What the document is about. */
  readonly described: Set<string>;
  readonly scopes: Map<string, Component["scope"]>;
  /** From an element to the first that contains it. */
  readonly containers: Map<string, string>;
}

/** Reads the relationships. */
export function readRelations(document: ValueObject, reader: DocumentReader): Relations {
  const relations: Relations = { edges: new Map(), described: new Set(), scopes: new Map(), containers: new Map() };
  for (const [item, at] of reader.eachObject(document, "relationships", "")) {
    const from = sharedRef(reader.text(item, "spdxElementId", at), reader);
    const to = sharedRef(reader.text(item, "relatedSpdxElement", at), reader);
    const type = reader.text(item, "relationshipType", at) ?? "";
    if (from === undefined || to === undefined) reader.refuse(at, "a relationship needs both of its elements");
    else addRelation(relations, from, type, to);
  }
  breakCircles(relations.containers);
  // SPDX 2.2 has it also as a list of its own.
  for (const id of reader.texts(document, "documentDescribes", "")) relations.described.add(toRef(id) ?? id);
  return relations;
}

/** Relationships name the same elements again and again. */
function sharedRef(id: string | undefined, reader: DocumentReader): string | undefined {
  const ref = toRef(id);
  return ref === undefined ? undefined : reader.shared(ref);
}

function addRelation(relations: Relations, from: string, type: string, to: string): void {
  const { edges, described, scopes, containers } = relations;
  if (type === "DESCRIBES" && from === DOCUMENT_REF) described.add(to);
  if (type === "DESCRIBED_BY" && to === DOCUMENT_REF) described.add(from);
  if (type === "CONTAINS" && !containers.has(to)) containers.set(to, from);
  if (type === "CONTAINED_BY" && !containers.has(from)) containers.set(from, to);
  if (DEPENDS.has(type)) addEdges(edges, from, to === "NONE" || to === "NOASSERTION" ? [] : [to]);
  if (DEPENDED_ON.has(type)) addEdges(edges, to, [from]);
  const scope = SCOPE_OF_RELATIONSHIP.get(type);
  if (scope !== undefined) scopes.set(from, scope);
}

/** An element's id without the prefix that all have. */
export function toRef(id: string | undefined): string | undefined {
  return id?.replace(/^SPDXRef-/, "");
}

/** Longer extracted texts are whole licences, not the words that name one. */
const MAX_WORDS = 200;

/** The words of the document's own licences, by their ids. */
export function readExtractedLicenses(document: ValueObject, reader: DocumentReader): ReadonlyMap<string, string> {
  const extracted = new Map<string, string>();
  for (const [item, at] of reader.eachObject(document, "hasExtractedLicensingInfos", "")) {
    const id = reader.text(item, "licenseId", at);
    const text = reader.text(item, "extractedText", at) ?? "";
    const words = reader.text(item, "name", at) ?? (text.length > MAX_WORDS ? "" : text);
    if (id !== undefined && words !== "" && words !== "NOASSERTION") extracted.set(id, words);
  }
  return extracted;
}
