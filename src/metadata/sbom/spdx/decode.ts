import { compareText, type Decoded, LIMITS, memberOf, type Value, type ValueObject } from "../../../base/index.ts";
import { readLicenses } from "../licenses.ts";
import { findProperty, PROPERTIES } from "../names.ts";
import { canonicalPackageUrl, readSubjectDigest, sourceFromPackageUrl } from "../package-url-reading.ts";
import type { Component, ComponentHash, DecodedSbom, NotLookedAt, Property, Sbom } from "../sbom.ts";
import { addEdges, DocumentReader, finishDependencies, toComponentHash } from "../value-reading.ts";

const VERSIONS = new Map([
  ["SPDX-2.2", "2.2"],
  ["SPDX-2.3", "2.3"],
]);
const DOCUMENT_REF = "DOCUMENT";

/** Purposes that the model has no word for, by the nearest that it has (§7.24). */
const KINDS = new Map<string, Component["kind"]>([
  ["APPLICATION", "application"],
  ["INSTALL", "application"],
  ["FIRMWARE", "application"],
  ["LIBRARY", "library"],
  ["FRAMEWORK", "library"],
  ["OPERATING-SYSTEM", "operating-system"],
  ["OPERATING_SYSTEM", "operating-system"],
  ["CONTAINER", "container"],
  ["FILE", "file"],
  ["ARCHIVE", "file"],
  ["DEVICE", "file"],
]);

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

/** Reads an SPDX 2.2 or 2.3 JSON document: its packages and how they relate. Files and snippets are skipped. */
export function decodeSpdx(document: ValueObject): Decoded<DecodedSbom> {
  const reader = new DocumentReader();
  const stated = reader.text(document, "spdxVersion", "") ?? "";
  const specVersion = VERSIONS.get(stated);
  if (specVersion === undefined) {
    const message = `${stated.slice(0, 20) || "a document without spdxVersion"} as JSON; amap reads SPDX-2.2 and SPDX-2.3`;
    return { ok: false, issues: [{ code: "NOT_SUPPORTED", path: "spdxVersion", message }] };
  }
  const relations = readRelations(document, reader);
  const packages = readPackages(document, relations, reader);
  const properties = readAnnotations(document, "", reader);
  const subject = findSubject(document, packages, relations, reader);
  const components = [...packages.values()].filter(({ ref }) => ref !== subject.ref);
  const digest = readSubjectDigest(findProperty(properties, PROPERTIES.subjectDigest), subject);
  const creation = memberOf(document, "creationInfo");
  const sbom: Sbom = {
    serialNumber: toSerialNumber(reader.text(document, "documentNamespace", "") ?? ""),
    createdAt: reader.text(creation, "created", "creationInfo") ?? "",
    ...readCreators(reader.texts(creation, "creators", "creationInfo")),
    subject,
    ...(digest === undefined ? {} : { subjectDigest: digest }),
    components: components.sort((a, b) => compareText(a.ref, b.ref)),
    dependencies: finishDependencies(relations.edges, [subject, ...components]),
    notLookedAt: readNotLookedAt(properties),
  };
  return reader.issues.length > 0
    ? { ok: false, issues: reader.issues }
    : { ok: true, value: { format: "SPDX", specVersion, sbom } };
}

interface Relations {
  readonly edges: Map<string, Set<string>>;
  /** What the document is about. */
  readonly described: Set<string>;
  readonly scopes: Map<string, Component["scope"]>;
}

function readRelations(document: ValueObject, reader: DocumentReader): Relations {
  const relations: Relations = { edges: new Map(), described: new Set(), scopes: new Map() };
  for (const [item, at] of reader.objects(document, "relationships", "")) {
    const from = toRef(reader.text(item, "spdxElementId", at));
    const to = toRef(reader.text(item, "relatedSpdxElement", at));
    const type = reader.text(item, "relationshipType", at) ?? "";
    if (from === undefined || to === undefined) reader.refuse(at, "a relationship needs both of its elements");
    else addRelation(relations, from, type, to);
  }
  // SPDX 2.2 has it also as a list of its own.
  for (const id of reader.texts(document, "documentDescribes", "")) relations.described.add(toRef(id) ?? id);
  return relations;
}

function addRelation({ edges, described, scopes }: Relations, from: string, type: string, to: string): void {
  if (type === "DESCRIBES" && from === DOCUMENT_REF) described.add(to);
  if (type === "DESCRIBED_BY" && to === DOCUMENT_REF) described.add(from);
  if (DEPENDS.has(type)) addEdges(edges, from, to === "NONE" || to === "NOASSERTION" ? [] : [to]);
  if (DEPENDED_ON.has(type)) addEdges(edges, to, [from]);
  const scope = SCOPE_OF_RELATIONSHIP.get(type);
  if (scope !== undefined) scopes.set(from, scope);
}

function toRef(id: string | undefined): string | undefined {
  return id?.replace(/^SPDXRef-/, "");
}

function readPackages(
  document: ValueObject,
  relations: Relations,
  reader: DocumentReader,
): ReadonlyMap<string, Component> {
  const extracted = readExtractedLicenses(document, reader);
  const packages = new Map<string, Component>();
  for (const [item, at] of reader.objects(document, "packages", "")) {
    if (packages.size >= LIMITS.components) {
      reader.refuse("packages", `more than ${LIMITS.components} packages`);
      break;
    }
    const ref = toRef(reader.text(item, "SPDXID", at));
    const name = reader.text(item, "name", at);
    if (ref === undefined || ref === "") reader.refuse(`${at}.SPDXID`, "a package needs an id");
    else if (packages.has(ref)) reader.refuse(`${at}.SPDXID`, `the id "${ref.slice(0, 200)}" is another package's too`);
    else if (name === undefined) reader.refuse(`${at}.name`, "a package needs a name");
    else packages.set(ref, readPackage({ item, at, ref, name, relations, extracted, reader }));
  }
  return packages;
}

interface PackageInput {
  readonly item: ValueObject;
  readonly at: string;
  readonly ref: string;
  readonly name: string;
  readonly relations: Relations;
  readonly extracted: ReadonlyMap<string, string>;
  readonly reader: DocumentReader;
}

function readPackage(input: PackageInput): Component {
  const { item, at, ref, name, relations, reader } = input;
  const version = reader.text(item, "versionInfo", at);
  const purl = canonicalPackageUrl(readPackageUrl(item, at, reader));
  const properties = readAnnotations(item, at, reader);
  const supplier = toSupplier(reader.text(item, "supplier", at));
  const source = readSourcePackage(properties, purl, version);
  return {
    ref,
    kind: KINDS.get(reader.text(item, "primaryPackagePurpose", at) ?? "") ?? "library",
    name,
    ...(version ? { version } : {}),
    ...(purl === undefined ? {} : { purl }),
    licenses: readPackageLicenses(input),
    hashes: readChecksums(item, at, reader),
    ...(supplier === undefined ? {} : { supplier }),
    locations: readLocations(reader.text(item, "sourceInfo", at)),
    ...(source === undefined ? {} : { sourcePackage: source }),
    scope: toScope(findProperty(properties, PROPERTIES.scope)) ?? relations.scopes.get(ref) ?? "production",
  };
}

function readPackageUrl(item: ValueObject, at: string, reader: DocumentReader): string | undefined {
  for (const [reference, place] of reader.objects(item, "externalRefs", at)) {
    if (reader.text(reference, "referenceType", place) !== "purl") continue;
    return reader.text(reference, "referenceLocator", place);
  }
  return undefined;
}

/** What the source states; where it states nothing, what the document's author concluded. */
function readPackageLicenses({ item, at, extracted, reader }: PackageInput): readonly string[] {
  for (const key of ["licenseDeclared", "licenseConcluded"]) {
    const text = reader.text(item, key, at);
    if (text === undefined || text === "" || text === "NOASSERTION" || text === "NONE") continue;
    const licenses = readLicenses(text);
    return [...new Set(licenses.flatMap((license) => readLicenses(extracted.get(license) ?? license)))];
  }
  return [];
}

/** Longer extracted texts are whole licences, not the words that name one. */
const MAX_WORDS = 200;

function readExtractedLicenses(document: ValueObject, reader: DocumentReader): ReadonlyMap<string, string> {
  const extracted = new Map<string, string>();
  for (const [item, at] of reader.objects(document, "hasExtractedLicensingInfos", "")) {
    const id = reader.text(item, "licenseId", at);
    const text = reader.text(item, "extractedText", at) ?? "";
    const words = reader.text(item, "name", at) ?? (text.length > MAX_WORDS ? "" : text);
    if (id !== undefined && words !== "" && words !== "NOASSERTION") extracted.set(id, words);
  }
  return extracted;
}

function readChecksums(item: ValueObject, at: string, reader: DocumentReader): readonly ComponentHash[] {
  return reader.objects(item, "checksums", at).flatMap(([checksum, place]) => {
    const algorithm = reader.text(checksum, "algorithm", place)?.replace(/^SHA(?=\d+$)/, "SHA-");
    const hash = toComponentHash(algorithm, reader.text(checksum, "checksumValue", place));
    return hash === undefined ? [] : [hash];
  });
}

function toSupplier(text: string | undefined): string | undefined {
  if (text === undefined || text === "" || text === "NOASSERTION") return undefined;
  const name = text.replace(/^(?:Organization|Person):\s*/, "").replace(/\s*\(\)$/, "");
  return name.replace(/ \(([^()]*@[^()]*)\)$/, " <$1>");
}

function readLocations(sourceInfo: string | undefined): readonly string[] {
  const [title, ...paths] = (sourceInfo ?? "").split("\n");
  if (title !== "found in:") return [];
  return paths.map((path) => path.replaceAll("%0A", "\n").replaceAll("%25", "%")).sort();
}

function toScope(text: string | undefined): Component["scope"] | undefined {
  return text === "development" || text === "optional" || text === "production" ? text : undefined;
}

function readSourcePackage(
  properties: readonly Property[],
  purl: string | undefined,
  version: string | undefined,
): Component["sourcePackage"] {
  const name = findProperty(properties, PROPERTIES.sourceName);
  const stated = findProperty(properties, PROPERTIES.sourceVersion);
  return name === undefined || stated === undefined ? sourceFromPackageUrl(purl, version) : { name, version: stated };
}

/** amap's own annotations; what others wrote is for people. */
function readAnnotations(item: Value, at: string, reader: DocumentReader): readonly Property[] {
  return reader.objects(item, "annotations", at).flatMap(([annotation, place]) => {
    const comment = reader.text(annotation, "comment", place) ?? "";
    const equals = comment.indexOf("=");
    if (!comment.startsWith("amap:") || equals === -1) return [];
    return [{ name: comment.slice(0, equals), value: comment.slice(equals + 1) }];
  });
}

function readNotLookedAt(properties: readonly Property[]): readonly NotLookedAt[] {
  return properties
    .filter(({ name }) => name.startsWith(PROPERTIES.notLookedAt))
    .map(({ name, value }) => ({ path: decodePath(name.slice(PROPERTIES.notLookedAt.length)), reason: value }));
}

function decodePath(path: string): string {
  return path.replace(/%(?:25|3D|0A)/g, decodeURIComponent);
}

/** A document that describes one package is about that package; one that describes several, or none, is about itself. */
function findSubject(
  document: ValueObject,
  packages: ReadonlyMap<string, Component>,
  { described, edges }: Relations,
  reader: DocumentReader,
): Component {
  const found = [...described].flatMap((ref) => packages.get(ref) ?? []);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (found.length > 0) {
    addEdges(
      edges,
      DOCUMENT_REF,
      found.map(({ ref }) => ref),
    );
  }
  return {
    ref: DOCUMENT_REF,
    kind: "application",
    name: reader.text(document, "name", "") ?? "",
    licenses: [],
    hashes: [],
    locations: [],
    scope: "production",
  };
}

/** `Tool: amap-0.1.0`; the version begins at the first hyphen before a digit. */
function readCreators(creators: readonly string[]): Pick<Sbom, "tools" | "authors"> {
  const tools: Sbom["tools"][number][] = [];
  const authors: string[] = [];
  for (const creator of creators) {
    const tool = /^Tool:\s*(.*)$/.exec(creator)?.[1];
    if (tool === undefined) {
      authors.push(toSupplier(creator) ?? creator);
      continue;
    }
    const parts = /^(.+?)-(v?\d.*)$/.exec(tool);
    tools.push({ name: parts?.[1] ?? tool, version: parts?.[2] ?? "" });
  }
  return { tools, authors };
}

function toSerialNumber(namespace: string): string {
  const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.exec(namespace)?.[0];
  return uuid === undefined ? namespace : `urn:uuid:${uuid.toLowerCase()}`;
}
