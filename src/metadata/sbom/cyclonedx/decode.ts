import {
  compareText,
  type Decoded,
  isValueObject,
  LIMITS,
  memberOf,
  type Value,
  type ValueObject,
} from "../../../base/index.ts";
import { readAllLicenses } from "../licenses.ts";
import { findProperty, PROPERTIES, type Property } from "../names.ts";
import { canonicalPackageUrl, readSubjectDigest, sourceFromPackageUrl } from "../package-url-reading.ts";
import type { Component, ComponentHash, DecodedSbom, NotLookedAt, Sbom } from "../sbom.ts";
import { addEdges, DocumentReader, finishDependencies, toComponentHash } from "../value-reading.ts";
import { SCOPES } from "./scopes.ts";

const SPEC_VERSIONS = ["1.2", "1.3", "1.4", "1.5", "1.6", "1.7"];

/** Component types that the model has no word for, by the nearest that it has. */
const KINDS = new Map<string, Component["kind"]>([
  ["application", "application"],
  ["platform", "application"],
  ["firmware", "application"],
  ["device-driver", "application"],
  ["library", "library"],
  ["framework", "library"],
  ["operating-system", "operating-system"],
  ["container", "container"],
  ["file", "file"],
  ["data", "file"],
  ["device", "file"],
  ["machine-learning-model", "file"],
  ["cryptographic-asset", "file"],
]);

/**
 * Reads a CycloneDX 1.2 to 1.7 JSON document. Members that the model has no place for are skipped; nested components
 * become part of the list; a component without bom-ref gets one.
 */
export function decodeCycloneDx(document: ValueObject): Decoded<DecodedSbom> {
  const reader = new DocumentReader();
  const specVersion = reader.text(document, "specVersion", "") ?? "";
  if (!SPEC_VERSIONS.includes(specVersion)) {
    const message = `CycloneDX ${specVersion.slice(0, 20) || "without specVersion"} as JSON; amap reads ${SPEC_VERSIONS.join(", ")}`;
    return { ok: false, issues: [{ code: "NOT_SUPPORTED", path: "specVersion", message }] };
  }
  const metadata = memberOf(document, "metadata");
  const components = new ComponentList(reader);
  const subject = components.readSubject(memberOf(metadata, "component"));
  components.readAll(document, "");
  const properties = readProperties(metadata, "metadata", reader);
  const edges = readEdges(document, reader);
  const all = components.finish();
  const digest = readSubjectDigest(findProperty(properties, PROPERTIES.subjectDigest), subject);
  const sbom: Sbom = {
    serialNumber: reader.text(document, "serialNumber", "") ?? "",
    createdAt: reader.text(metadata, "timestamp", "metadata") ?? "",
    authors: readAuthors(metadata, reader),
    tools: readTools(metadata, reader),
    subject,
    ...(digest === undefined ? {} : { subjectDigest: digest }),
    components: all,
    dependencies: finishDependencies(edges, [subject, ...all]),
    notLookedAt: readNotLookedAt(properties),
  };
  return reader.issues.length > 0
    ? { ok: false, issues: reader.issues }
    : { ok: true, value: { format: "CycloneDX", specVersion, sbom } };
}

/** The components of a document as one list, with a ref each. */
class ComponentList {
  readonly #reader: DocumentReader;
  readonly #components: Component[] = [];
  readonly #refs = new Set<string>();

  constructor(reader: DocumentReader) {
    this.#reader = reader;
  }

  readSubject(value: Value | undefined): Component {
    if (isValueObject(value)) {
      const subject = this.#read(value, "metadata.component");
      this.readAll(value, "metadata.component");
      return subject;
    }
    if (value !== undefined && value !== null) this.#reader.refuse("metadata.component", "expected an object");
    const ref = "amap:unnamed-subject";
    this.#refs.add(ref);
    return { ref, kind: "application", name: "", licenses: [], hashes: [], locations: [], scope: "production" };
  }

  readAll(parent: Value, path: string): void {
    for (const [item, at] of this.#reader.objects(parent, "components", path)) {
      this.#components.push(this.#read(item, at));
      if (this.#components.length > LIMITS.components) {
        this.#reader.refuse("components", `more than ${LIMITS.components} components`);
        return;
      }
      this.readAll(item, at);
    }
  }

  finish(): readonly Component[] {
    return this.#components.sort((a, b) => compareText(a.ref, b.ref));
  }

  #read(value: ValueObject, path: string): Component {
    const reader = this.#reader;
    const name = reader.text(value, "name", path);
    if (name === undefined) reader.refuse(`${path}.name`, "a component needs a name");
    const purl = canonicalPackageUrl(reader.text(value, "purl", path));
    const version = reader.text(value, "version", path);
    const properties = readProperties(value, path, reader);
    const supplier = readOrganization(value, "supplier") ?? readOrganization(value, "manufacturer");
    const source = readSourcePackage(properties, purl, version);
    return {
      ref: this.#takeRef(reader.text(value, "bom-ref", path), purl, path),
      kind: KINDS.get(reader.text(value, "type", path) ?? "") ?? "library",
      name: qualifiedName(name ?? "", reader.text(value, "group", path), purl),
      ...(version ? { version } : {}),
      ...(purl === undefined ? {} : { purl }),
      licenses: readLicenseChoice(value, path, reader),
      hashes: readHashes(value, path, reader),
      ...(supplier === undefined ? {} : { supplier }),
      locations: readLocations(value, path, reader),
      ...(source === undefined ? {} : { sourcePackage: source }),
      scope: readScope(reader.text(value, "scope", path)),
    };
  }

  #takeRef(stated: string | undefined, purl: string | undefined, path: string): string {
    if (stated !== undefined && this.#refs.has(stated)) {
      this.#reader.refuse(`${path}.bom-ref`, `the bom-ref "${stated.slice(0, 200)}" is another component's too`);
    }
    const free = [stated, purl, path].find((ref) => ref !== undefined && ref !== "" && !this.#refs.has(ref)) ?? path;
    this.#refs.add(free);
    return free;
  }
}

/** `group` is part of the name in ecosystems that write it so: `@angular/core`. */
function qualifiedName(name: string, group: string | undefined, purl: string | undefined): string {
  return group && purl?.startsWith("pkg:npm/") === true && !name.includes("/") ? `${group}/${name}` : name;
}

function readOrganization(value: ValueObject, key: string): string | undefined {
  const organization = memberOf(value, key);
  const name = typeof organization === "string" ? organization : memberOf(organization, "name");
  return typeof name === "string" && name !== "" ? name : undefined;
}

function readHashes(value: ValueObject, path: string, reader: DocumentReader): readonly ComponentHash[] {
  return reader.objects(value, "hashes", path).flatMap(([item, at]) => {
    const hash = toComponentHash(reader.text(item, "alg", at), reader.text(item, "content", at));
    return hash === undefined ? [] : [hash];
  });
}

function readLicenseChoice(value: ValueObject, path: string, reader: DocumentReader): readonly string[] {
  const statements = reader.objects(value, "licenses", path).flatMap(([item, at]) => {
    const license = memberOf(item, "license");
    const text =
      reader.text(item, "expression", at) ??
      reader.text(license, "id", `${at}.license`) ??
      reader.text(license, "name", `${at}.license`);
    return text === undefined ? [] : [text];
  });
  return readAllLicenses(statements);
}

function readLocations(value: ValueObject, path: string, reader: DocumentReader): readonly string[] {
  const at = `${path}.evidence`;
  const occurrences = reader.objects(memberOf(value, "evidence"), "occurrences", at);
  const locations = occurrences.flatMap(([item, place]) => reader.text(item, "location", place) ?? []);
  return [...new Set(locations)].sort();
}

function readScope(text: string | undefined): Component["scope"] {
  if (text === SCOPES.development) return "development";
  return text === SCOPES.optional ? "optional" : "production";
}

function readProperties(value: Value | undefined, path: string, reader: DocumentReader): readonly Property[] {
  return reader.objects(value, "properties", path).map(([item, at]) => ({
    name: reader.text(item, "name", at) ?? "",
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

function readNotLookedAt(properties: readonly Property[]): readonly NotLookedAt[] {
  return properties
    .filter(({ name }) => name.startsWith(PROPERTIES.notLookedAt))
    .map(({ name, value }) => ({ path: name.slice(PROPERTIES.notLookedAt.length), reason: value }));
}

function readAuthors(metadata: Value | undefined, reader: DocumentReader): readonly string[] {
  return reader
    .objects(metadata, "authors", "metadata")
    .flatMap(([item, at]) => reader.text(item, "name", at) ?? reader.text(item, "email", at) ?? []);
}

/** 1.5 and later name tools as components; before, and still allowed, they are a list of their own. */
function readTools(metadata: Value | undefined, reader: DocumentReader): Sbom["tools"] {
  const tools = memberOf(metadata, "tools");
  const list = isValueObject(tools)
    ? reader.objects(tools, "components", "metadata.tools")
    : reader.objects(metadata, "tools", "metadata");
  return list.map(([item, at]) => ({
    name: reader.text(item, "name", at) ?? "",
    version: reader.text(item, "version", at) ?? "",
  }));
}

function readEdges(document: ValueObject, reader: DocumentReader): Map<string, Set<string>> {
  const edges = new Map<string, Set<string>>();
  for (const [item, at] of reader.objects(document, "dependencies", "")) {
    const ref = reader.text(item, "ref", at);
    if (ref === undefined) reader.refuse(`${at}.ref`, "a dependency needs the ref that it is of");
    else addEdges(edges, ref, reader.texts(item, "dependsOn", at));
  }
  return edges;
}
