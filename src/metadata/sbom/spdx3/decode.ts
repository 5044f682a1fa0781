import {
  compareText,
  type Decoded,
  isValueObject,
  LIMITS,
  memberOf,
  type Value,
  type ValueObject,
} from "../../../base/index.ts";
import type { DecodeOptions } from "../decode-options.ts";
import { KEPT_OF_COMPONENT, KEPT_OF_DOCUMENT, restoreFields } from "../kept-fields.ts";
import { readLicenses } from "../licenses.ts";
import { findProperty, isOwnProperty, layersOf, PROPERTIES, valuesOfProperty } from "../names.ts";
import { canonicalPackageUrl, readSubjectDigest } from "../package-url-reading.ts";
import { plainSupplierOf } from "../parties.ts";
import { remaindersOf } from "../remainder.ts";
import type { Component, ComponentHash, DecodedSbom, ExternalReference, Party, Property, Sbom } from "../sbom.ts";
import { DOCUMENT_REF, withContainer } from "../spdx/document-subject.ts";
import { toTool } from "../spdx/read-document.ts";
import { asserted, decodeName, readForeignProperties, readSourcePackage, toScope } from "../spdx/read-package.ts";
import { addEdges, DocumentReader, finishDependencies, stated, toComponentHash } from "../value-reading.ts";
import { type Graph, idOf, idsIn, listIn, readGraph, textIn, typeOf } from "./graph.ts";
import { type Relations, readRelations } from "./relations.ts";
import { kindOfPurpose, readAlgorithm, readReferenceKind, SPDX3_VERSIONS } from "./words.ts";

/**
 * Reads an SPDX 3.0 document in its JSON-LD form: its packages and how they relate. Names without the prefixes of their
 * profiles, as early tools write them, are read too. Files and snippets are no components.
 * @see https://spdx.github.io/spdx-spec/v3.0.1/
 */
export function decodeSpdx3(document: ValueObject, options: DecodeOptions = {}): Decoded<DecodedSbom> {
  const graph = readGraph(document);
  if (graph === undefined) return refuse("DOCUMENT_INVALID", "@graph", "expected the list of elements");
  const creation = graph.elements.find((element) => typeOf(element) === "CreationInfo");
  const specVersion = versionOf(document, creation);
  if (!(SPDX3_VERSIONS as readonly string[]).includes(specVersion)) {
    const message = `SPDX ${specVersion.slice(0, 20) || "3 without a version"}; amap reads ${SPDX3_VERSIONS.join(", ")}`;
    return refuse("NOT_SUPPORTED", "specVersion", message);
  }
  const reader = new DocumentReader();
  const relations = readRelations(graph);
  const annotations = readAnnotations(graph);
  const packages = readPackages(graph, relations, annotations, reader);
  const subject = findSubject(graph, packages, relations);
  const components = [...packages.values()]
    .filter(({ ref }) => ref !== subject.ref)
    .map((component) => withContainer(component, subject, packages, relations))
    .sort((a, b) => compareText(a.ref, b.ref));
  const sbom = readDocument({ graph, creation, annotations, subject, components, relations });
  if (reader.issues.length > 0) return { ok: false, issues: reader.issues };
  const whole = options.keepsRemainders === true ? withRemainders(sbom, document, graph, specVersion) : sbom;
  return { ok: true, value: { format: "SPDX", specVersion, sbom: whole, problems: reader.problems } };
}

function refuse(code: "NOT_SUPPORTED" | "DOCUMENT_INVALID", path: string, message: string): Decoded<DecodedSbom> {
  return { ok: false, issues: [{ code, path, message }] };
}

function versionOf(document: ValueObject, creation: ValueObject | undefined): string {
  const stated = textIn(creation, "specVersion");
  if (stated !== undefined) return stated;
  const context = listIn(document, "@context").find((each) => typeof each === "string");
  return /\/rdf\/(3\.[0-9.]+)\//.exec(context ?? "")?.[1] ?? "";
}

/** amap's own annotations, by the element that they are of. */
function readAnnotations(graph: Graph): ReadonlyMap<string, readonly Property[]> {
  const found = new Map<string, Property[]>();
  for (const element of graph.elements) {
    const statement = typeOf(element) === "Annotation" ? (textIn(element, "statement") ?? "") : "";
    const equals = statement.indexOf("=");
    if (!statement.startsWith("amap:") || equals === -1) continue;
    const subject = textIn(element, "subject") ?? "";
    const list = found.get(subject) ?? [];
    found.set(subject, list);
    list.push({ name: statement.slice(0, equals), value: statement.slice(equals + 1) });
  }
  return found;
}

function readPackages(
  graph: Graph,
  relations: Relations,
  annotations: ReadonlyMap<string, readonly Property[]>,
  reader: DocumentReader,
): ReadonlyMap<string, Component> {
  const packages = new Map<string, Component>();
  for (const [index, element] of graph.elements.entries()) {
    if (!typeOf(element).endsWith("Package")) continue;
    if (packages.size >= LIMITS.components) {
      reader.refuse("@graph", `more than ${LIMITS.components} packages`);
      break;
    }
    const at = `@graph[${index}]`;
    const id = idOf(element);
    const stated = graph.toRef(id);
    if (stated === "") reader.note(`${at}.spdxId`, "a package needs an id");
    else if (packages.has(stated)) reader.note(`${at}.spdxId`, `the id "${stated.slice(0, 200)}" is another one's too`);
    const ref = stated !== "" && !packages.has(stated) ? stated : at;
    if (textIn(element, "name") === undefined) reader.note(`${at}.name`, "a package needs a name");
    const properties = annotations.get(id) ?? [];
    packages.set(ref, readPackage(ref, element, properties, graph, relations));
  }
  return packages;
}

/** What a package says, and what licences and scope its relationships give it. */
function readPackage(
  ref: string,
  element: ValueObject,
  properties: readonly Property[],
  graph: Graph,
  relations: Relations,
): Component {
  const version = textIn(element, "software_packageVersion", "packageVersion");
  const identifiers = readIdentifiers(element);
  const address = textIn(element, "software_packageUrl", "packageUrl");
  const purl = canonicalPackageUrl(address ?? identifiers.find(({ type }) => type === "packageUrl")?.value);
  const cpes = identifiers.filter(({ type }) => type === "cpe22" || type === "cpe23").map(({ value }) => value);
  const parties = [
    ...idsIn(element, "suppliedBy").flatMap((id) => readAgent(graph, id, "supplier") ?? []),
    ...idsIn(element, "originatedBy").flatMap((id) => readAgent(graph, id, "originator") ?? []),
  ];
  const plain = plainSupplierOf(parties);
  const supplier = plain ?? parties.find(({ role }) => role === "supplier")?.name;
  const references = readReferences(element);
  const source = readSourcePackage(properties, purl, version);
  const licenses = licensesOf(graph, relations.declared.get(ref));
  const concluded = licensesOf(graph, relations.concluded.get(ref));
  const own = readForeignProperties(properties);
  const remainders = remaindersOf(properties);
  const layers = layersOf(properties);
  const group = findProperty(properties, PROPERTIES.group);
  const description = textIn(element, "description");
  const copyright = asserted(textIn(element, "software_copyrightText", "copyrightText"));
  const component: Component = {
    ref,
    kind: readKind(element, properties),
    name: textIn(element, "name") ?? "",
    licenses,
    hashes: readHashes(element),
    locations: valuesOfProperty(properties, PROPERTIES.location).toSorted(),
    scope: toScope(findProperty(properties, PROPERTIES.scope)) ?? relations.scopes.get(ref) ?? "production",
    ...stated({
      group,
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
  return restoreFields(component, properties, KEPT_OF_COMPONENT);
}

function readKind(element: ValueObject, properties: readonly Property[]): Component["kind"] {
  if (findProperty(properties, PROPERTIES.kind) === "cryptographic-asset") return "cryptographic-asset";
  const purpose = kindOfPurpose(textIn(element, "software_primaryPurpose", "primaryPurpose"));
  const byType = { AIPackage: "machine-learning-model", DatasetPackage: "data" } as const;
  const type = typeOf(element);
  return purpose ?? (Object.hasOwn(byType, type) ? byType[type as keyof typeof byType] : "library");
}

function readIdentifiers(element: ValueObject): readonly { readonly type: string; readonly value: string }[] {
  return listIn(element, "externalIdentifier", "externalIdentifiers").flatMap((each) => {
    if (!isValueObject(each)) return [];
    const [type, value] = [textIn(each, "externalIdentifierType"), textIn(each, "identifier")];
    return type === undefined || value === undefined ? [] : [{ type, value }];
  });
}

/** A person, organisation or tool that an element names. */
function readAgent(graph: Graph, id: string, role: Party["role"]): Party | undefined {
  const element = graph.byId.get(id);
  const name = textIn(element, "name") ?? "";
  if (element === undefined || name === "" || name === "NOASSERTION") return undefined;
  const kinds = { Person: "person", Organization: "organization", SoftwareAgent: "tool", Tool: "tool" } as const;
  const type = typeOf(element);
  const kind = Object.hasOwn(kinds, type) ? kinds[type as keyof typeof kinds] : undefined;
  const identifiers = readIdentifiers(element);
  const of = (wanted: string): readonly string[] =>
    identifiers.filter(({ type: each }) => each === wanted).map(({ value }) => value);
  return { role, ...(kind === undefined ? {} : { kind }), name, emails: of("email"), urls: of("urlScheme") };
}

function readHashes(element: ValueObject): readonly ComponentHash[] {
  return listIn(element, "verifiedUsing").flatMap((each) => {
    if (!isValueObject(each) || typeOf(each) !== "Hash") return [];
    return toComponentHash(readAlgorithm(textIn(each, "algorithm")), textIn(each, "hashValue")) ?? [];
  });
}

function readReferences(element: ValueObject): readonly ExternalReference[] {
  const link = (kind: string, url: string | undefined): readonly ExternalReference[] =>
    asserted(url) === undefined ? [] : [{ kind, url: url ?? "", hashes: [] }];
  return [
    ...link("distribution", textIn(element, "software_downloadLocation", "downloadLocation")),
    ...link("website", textIn(element, "software_homePage", "homePage")),
    ...listIn(element, "externalRef", "externalRefs").flatMap((each) => {
      if (!isValueObject(each)) return [];
      const kind = readReferenceKind(textIn(each, "externalRefType"));
      return listIn(each, "locator").flatMap((locator) => (typeof locator === "string" ? link(kind, locator) : []));
    }),
  ];
}

/** Licences that relationships lead to: expressions, listed licences by their names, and texts. */
function licensesOf(graph: Graph, ids: ReadonlySet<string> | undefined): readonly string[] {
  const texts = [...(ids ?? [])].flatMap((id) => {
    const element = graph.byId.get(id);
    const expression = textIn(element, "simplelicensing_licenseExpression", "licenseExpression");
    const listed = /^https?:\/\/spdx\.org\/licenses\/(.+?)(?:\.html)?$/.exec(id)?.[1];
    if (expression !== undefined) return asserted(expression) ?? [];
    return textIn(element, "name") ?? listed ?? [];
  });
  return [...new Set(texts.flatMap((text) => readLicenses(text)))];
}

/** The one package that the document, or its SBOM, is about; the document itself where it is about several, or none. */
function findSubject(graph: Graph, packages: ReadonlyMap<string, Component>, relations: Relations): Component {
  const documents = graph.elements.filter((element) => typeOf(element) === "SpdxDocument");
  const sboms = graph.elements.filter((element) => ["Sbom", "Bom"].includes(typeOf(element)));
  const roots = [...sboms, ...documents].flatMap((element) => [
    ...idsIn(element, "rootElement").map((id) => graph.toRef(id)),
    ...(relations.described.get(graph.toRef(idOf(element))) ?? []),
  ]);
  const found = [...new Set(roots)].flatMap((id) => packages.get(id) ?? []);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const refs = found.map(({ ref }) => ref);
  if (refs.length > 0) addEdges(relations.edges, DOCUMENT_REF, refs);
  const name = textIn(documents[0], "name") ?? "";
  return {
    ref: DOCUMENT_REF,
    kind: "application",
    name: name === "unnamed" ? "" : name,
    licenses: [],
    hashes: [],
    locations: [],
    scope: "production",
  };
}

interface DocumentInput {
  readonly graph: Graph;
  readonly creation: ValueObject | undefined;
  readonly annotations: ReadonlyMap<string, readonly Property[]>;
  readonly subject: Component;
  readonly components: readonly Component[];
  readonly relations: Relations;
}

function readDocument({ graph, creation, annotations, subject, components, relations }: DocumentInput): Sbom {
  const document = graph.elements.find((element) => typeOf(element) === "SpdxDocument");
  const properties = document === undefined ? [] : (annotations.get(idOf(document)) ?? []);
  const people = idsIn(creation, "createdBy").flatMap((id) => readAgent(graph, id, "author") ?? []);
  const tools = idsIn(creation, "createdUsing").flatMap((id) => toolsOf(textIn(graph.byId.get(id), "name")));
  const digest = readSubjectDigest(findProperty(properties, PROPERTIES.subjectDigest), subject);
  const license = licensesOf(graph, new Set(idsIn(document, "dataLicense"))).join(" AND ");
  const sboms = graph.elements.filter((element) => typeOf(element) === "Sbom");
  const types = sboms.flatMap((element) => listIn(element, "software_sbomType", "sbomType"));
  const lifecycles = types.flatMap((type) => (typeof type === "string" ? [toLifecycle(type)] : []));
  const own = readForeignProperties(properties);
  const isPlain = people.every(({ kind, emails }) => (kind === "person" || kind === undefined) && emails.length === 0);
  const remainders = remaindersOf(properties);
  const edition = Number(findProperty(properties, PROPERTIES.edition) ?? "1");
  const sbom: Sbom = {
    serialNumber: toSerialNumber(document === undefined ? "" : idOf(document)),
    ...(Number.isSafeInteger(edition) && edition > 1 ? { version: edition } : {}),
    createdAt: textIn(creation, "created") ?? "",
    authors: people.map(({ name, emails }) => (emails[0] === undefined ? name : `${name} <${emails[0]}>`)),
    tools,
    ...(isPlain ? {} : { parties: people }),
    ...(lifecycles.length === 0 ? {} : { lifecycles }),
    ...(license === "" || license === "CC0-1.0" ? {} : { dataLicense: license }),
    subject,
    ...(digest === undefined ? {} : { subjectDigest: digest }),
    components,
    dependencies: finishDependencies(relations.edges, [subject, ...components]),
    ...(own.length === 0 ? {} : { properties: own }),
    notLookedAt: properties
      .filter(({ name }) => name.startsWith(PROPERTIES.notLookedAt))
      .map((each) => ({ path: decodeName(each.name.slice(PROPERTIES.notLookedAt.length)), reason: each.value })),
    ...(remainders.length === 0 ? {} : { remainders }),
  };
  return restoreFields(sbom, properties.filter(isOwnProperty), KEPT_OF_DOCUMENT);
}

/** `software_sbomType` in CycloneDX's words for when in its life software is looked at. */
const LIFECYCLES: Readonly<Record<string, string>> = {
  design: "design",
  source: "pre-build",
  build: "build",
  analyzed: "post-build",
  deployed: "operations",
  runtime: "operations",
};

function toLifecycle(type: string): string {
  return Object.hasOwn(LIFECYCLES, type) ? (LIFECYCLES[type] ?? type) : type;
}

function toolsOf(name: string | undefined): Sbom["tools"] {
  return name === undefined || name === "" ? [] : [toTool(name)];
}

function toSerialNumber(id: string): string {
  const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?=#|\/|$)/i.exec(id)?.[0];
  return uuid === undefined ? id : `urn:uuid:${uuid.toLowerCase()}`;
}

/** The elements as they are: what SPDX 3 says by elements of their own cannot be told apart member by member. */
function withRemainders(sbom: Sbom, document: ValueObject, graph: Graph, specVersion: string): Sbom {
  const isPackage = (element: ValueObject): boolean => typeOf(element).endsWith("Package");
  const packages = new Map(
    graph.elements.filter(isPackage).map((element) => [graph.toRef(idOf(element)), element] as const),
  );
  const marker = { format: "SPDX3", specVersion } as const;
  const withOwn = (component: Component): Component => {
    const members = packages.get(component.ref);
    if (members === undefined) return component;
    return { ...component, remainders: [...(component.remainders ?? []), { ...marker, members }] };
  };
  const others: readonly Value[] = graph.elements.filter((element) => !isPackage(element));
  const context = memberOf(document, "@context") ?? null;
  const members = { "@context": context, "@graph": others };
  return {
    ...sbom,
    subject: withOwn(sbom.subject),
    components: sbom.components.map((component) => withOwn(component)),
    remainders: [...(sbom.remainders ?? []), { ...marker, members }],
  };
}
