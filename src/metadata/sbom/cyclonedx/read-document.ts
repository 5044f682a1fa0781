import { memberOf, type Value, type ValueObject } from "../../../base/index.ts";
import { KEPT_OF_DOCUMENT, restoreFields } from "../kept-fields.ts";
import { joinLicenses, readAllLicenses } from "../licenses.ts";
import { findProperty, isOwnProperty, PROPERTIES } from "../names.ts";
import { areNamedAuthors } from "../parties.ts";
import { remaindersOf } from "../remainder.ts";
import type { NotLookedAt, Party, Property, Remainder, Sbom } from "../sbom.ts";
import { addEdges, type DocumentReader } from "../value-reading.ts";
import { readContact, readProperties } from "./read-component.ts";

/** What a document says of itself, without its components and what they depend on. */
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
  readonly notLookedAt: readonly NotLookedAt[];
  readonly statedDigest?: string;
  readonly remainders: readonly Remainder[];
}

/** Reads the document's own members. */
export function readDocument(document: ValueObject, reader: DocumentReader): ReadDocument {
  const metadata = memberOf(document, "metadata");
  const properties = readProperties(metadata, "metadata", reader);
  const own = properties.filter((property) => !isOwnProperty(property));
  const parties = readDocumentParties(metadata, reader);
  const lifecycles = reader
    .objects(metadata, "lifecycles", "metadata")
    .flatMap(([item, at]) => reader.text(item, "phase", at) ?? []);
  const licenses = readDataLicenses(metadata, reader);
  const version = memberOf(document, "version");
  const statedDigest = findProperty(properties, PROPERTIES.subjectDigest);
  const read: ReadDocument = {
    serialNumber: reader.text(document, "serialNumber", "") ?? "",
    ...(typeof version === "number" && Number.isSafeInteger(version) && version !== 1 ? { version } : {}),
    createdAt: reader.text(metadata, "timestamp", "metadata") ?? "",
    authors: parties.filter(({ role }) => role === "author").map(({ name, emails }) => name || (emails[0] ?? "")),
    tools: readTools(metadata, reader),
    ...(areNamedAuthors(parties) ? {} : { parties }),
    ...(lifecycles.length === 0 ? {} : { lifecycles }),
    ...(licenses.length === 0 ? {} : { dataLicense: joinLicenses(licenses, (words) => words) }),
    ...(own.length === 0 ? {} : { properties: own }),
    notLookedAt: readNotLookedAt(properties),
    ...(statedDigest === undefined ? {} : { statedDigest }),
    remainders: remaindersOf(properties),
  };
  return restoreFields(read, properties, KEPT_OF_DOCUMENT);
}

function readNotLookedAt(properties: readonly Property[]): readonly NotLookedAt[] {
  return properties
    .filter(({ name }) => name.startsWith(PROPERTIES.notLookedAt))
    .map(({ name, value }) => ({ path: name.slice(PROPERTIES.notLookedAt.length), reason: value }));
}

function readDocumentParties(metadata: Value | undefined, reader: DocumentReader): readonly Party[] {
  const organization = (key: string, role: "supplier" | "manufacturer"): Party | undefined =>
    readContact(memberOf(metadata, key), `metadata.${key}`, role, "organization", reader);
  const authors = reader
    .objects(metadata, "authors", "metadata")
    .map(([item, at]) => readContact(item, at, "author", "person", reader));
  const manufacturer = organization("manufacturer", "manufacturer") ?? organization("manufacture", "manufacturer");
  return [...authors, organization("supplier", "supplier"), manufacturer].filter((party) => party !== undefined);
}

/** One licence, or words of which the document itself may be used: only what one expression can say is taken. */
function readDataLicenses(metadata: Value | undefined, reader: DocumentReader): readonly string[] {
  const texts = reader.objects(metadata, "licenses", "metadata").map(([item, at]) => {
    const license = memberOf(item, "license");
    return reader.text(item, "expression", at) ?? reader.text(license, "id", `${at}.license`);
  });
  return texts.some((text) => text === undefined) ? [] : readAllLicenses(texts.filter((text) => text !== undefined));
}

/** 1.5 and later name tools as components; before, and still allowed, they are a list of their own. */
function readTools(metadata: Value | undefined, reader: DocumentReader): Sbom["tools"] {
  const tools = memberOf(metadata, "tools");
  const list =
    typeof tools === "object" && tools !== null && !Array.isArray(tools)
      ? reader.objects(tools, "components", "metadata.tools")
      : reader.objects(metadata, "tools", "metadata");
  return list.map(([item, at]) => ({
    name: reader.text(item, "name", at) ?? "",
    version: reader.text(item, "version", at) ?? "",
  }));
}

/** What depends on what, as stated: also services and other documents. `share` gives one text for refs that are alike. */
export function readEdges(
  document: ValueObject,
  reader: DocumentReader,
  share: (ref: string) => string = (ref) => ref,
): Map<string, Set<string>> {
  const edges = new Map<string, Set<string>>();
  for (const [item, at] of reader.eachObject(document, "dependencies", "")) {
    const ref = reader.text(item, "ref", at);
    if (ref === undefined) reader.refuse(`${at}.ref`, "a dependency needs the ref that it is of");
    else addEdges(edges, share(ref), reader.texts(item, "dependsOn", at).map(share));
  }
  return edges;
}
