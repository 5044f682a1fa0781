import { AmapError, equalValues, isValueObject, listOf, type Value, type ValueObject } from "../../../base/index.ts";
import type { DocumentStream } from "../document-stream.ts";
import { KEPT_OF_COMPONENT, KEPT_OF_DOCUMENT, keepFields } from "../kept-fields.ts";
import { joinLicenses } from "../licenses.ts";
import { Losses } from "../losses.ts";
import { addressOf, PROPERTIES } from "../names.ts";
import { partiesOf } from "../parties.ts";
import { remainderIn, remaindersAsProperties } from "../remainder.ts";
import type { Component, EncodedSbom, Party, Property, Sbom } from "../sbom.ts";
import { isDocument } from "../spdx/document-subject.ts";
import { encodeName } from "../spdx/read-package.ts";
import { listOrNothing, toObject } from "../value-reading.ts";
import { decodeSpdx3 } from "./decode.ts";
import { NONE, PURPOSE_OF_KIND, SPDX3_CONTEXT, SPDX3_VERSION, writeAlgorithm, writeReferenceType } from "./words.ts";

const CREATION = "_:creationinfo";

/**
 * Writes an SBOM as an SPDX 3.0.1 document in its JSON-LD form, with what it does not say. What SPDX 3 has no property
 * for stands in annotations `amap:…=…`. A document of SPDX 3 that was read with its remainders is written as it was, as
 * long as it still says what the SBOM says.
 * @throws {AmapError} VALUE_INVALID when the SBOM has no time or no serial number, which SPDX demands
 * @see https://spdx.github.io/spdx-spec/v3.0.1/
 * @example
 * ```ts
 * import { catalogFiles, convertToSpdx3, createSbom, describeImage } from "../../index.ts";
 * import { memberOf } from "../../../base/index.ts";
 * const { document } = convertToSpdx3(createSbom({
 *   catalog: catalogFiles(new Map()),
 *   subject: describeImage({ name: "storefront", digest: `sha256:${"0".repeat(64)}` }),
 *   createdAt: "2026-11-22T12:00:00Z",
 *   serialNumber: "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
 *   tools: [{ name: "amap", version: "0.1.0" }],
 * }));
 * memberOf(document, "@context"); // "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
 * ```
 */
export function convertToSpdx3(sbom: Sbom): EncodedSbom {
  const losses = new Losses();
  const kept = asItWas(sbom);
  if (kept !== undefined) return { document: kept, losses: losses.finish() };
  if (remainderIn(sbom.remainders, "SPDX3") !== undefined) {
    losses.add("remainder", "dropped", "what the SBOM says was changed since it was read");
  }
  return { document: new GraphWriter(sbom, losses).write(), losses: losses.finish() };
}

/**
 * {@link convertToSpdx3}, whose elements are made before the first is written: the document's own stand before them.
 * @throws {AmapError} VALUE_INVALID when the SBOM has no time or no serial number, which SPDX demands
 */
export function streamSpdx3(sbom: Sbom): DocumentStream {
  const { document, losses } = convertToSpdx3(sbom);
  const { "@graph": _, ...head } = document as ValueObject;
  const items = listOf(document, "@graph").filter((element) => isValueObject(element));
  return { head, list: "@graph", items: () => items, tail: () => ({}), losses: () => losses };
}

/** The document that was read; undefined where there is none, or the SBOM says something else by now. */
function asItWas(sbom: Sbom): ValueObject | undefined {
  const remainder = remainderIn(sbom.remainders, "SPDX3");
  const others = remainder?.members["@graph"];
  if (remainder === undefined || !Array.isArray(others)) return undefined;
  const packages = [sbom.subject, ...sbom.components].flatMap(
    (component) => remainderIn(component.remainders, "SPDX3")?.members ?? [],
  );
  const graph: Value = [...(others as readonly Value[]), ...packages];
  const context = remainder.members["@context"] ?? null;
  const document: ValueObject = context === null ? { "@graph": graph } : { "@context": context, "@graph": graph };
  const again = decodeSpdx3(document);
  if (!again.ok) return undefined;
  return equalValues(comparable(again.value.sbom), comparable(sbom)) ? document : undefined;
}

/** An SBOM as a value, without its remainders. */
function comparable(sbom: Sbom): Value {
  const { remainders: _, dependencies, ...rest } = sbom;
  const bare = ({ remainders: __, ...component }: Component): Value => component as unknown as Value;
  return {
    ...(rest as unknown as ValueObject),
    subject: bare(sbom.subject),
    components: sbom.components.map((component) => bare(component)),
    dependencies: [...dependencies].map(([ref, targets]) => [ref, [...targets]]),
  };
}

/** Puts the elements together. */
class GraphWriter {
  readonly #sbom: Sbom;
  readonly #losses: Losses;
  readonly #base: string;
  readonly #elements: ValueObject[] = [];
  /** People, organisations and tools, by their ids. */
  readonly #people = new Map<string, ValueObject>();
  readonly #agents = new Map<string, string>();
  readonly #licenses = new Map<string, string>();
  readonly #ids = new Map<string, string>();
  #annotations = 0;
  #relationships = 0;

  constructor(sbom: Sbom, losses: Losses) {
    this.#sbom = sbom;
    this.#losses = losses;
    this.#base = toBase(sbom);
  }

  write(): Value {
    const { subject, components } = this.#sbom;
    const isAboutItself = isDocument(subject);
    const packages = isAboutItself ? components : [subject, ...components];
    this.#assignIds(packages);
    for (const component of packages) this.#addPackage(component);
    this.#relate(isAboutItself);
    const roots = isAboutItself
      ? (this.#sbom.dependencies.get(subject.ref) ?? []).flatMap((ref) => this.#ids.get(ref) ?? [])
      : [this.#ids.get(subject.ref) ?? ""];
    const creation = this.#creation();
    const own = this.#document(roots, creation);
    return { "@context": SPDX3_CONTEXT, "@graph": [creation, ...own, ...this.#elements] };
  }

  #assignIds(packages: readonly Component[]): void {
    const taken = new Set<string>();
    // The first number behind an id that may be free: without it, many alike would each try all before.
    const freeNumbers = new Map<string, number>();
    for (const { ref } of packages) {
      const isIri = /^https?:\/\/[^\s<>"{}|\\^`]+$/.test(ref);
      const readable = /^[A-Za-z0-9._-]+$/.test(ref)
        ? ref
        : ref.replace(/^pkg:/, "Package-").replace(/[^A-Za-z0-9.-]+/g, "-");
      const wanted = isIri ? ref : `${this.#base}#${readable}`;
      let id = wanted;
      let number = freeNumbers.get(wanted) ?? 2;
      for (; taken.has(id); number++) id = `${wanted}-${number}`;
      freeNumbers.set(wanted, number);
      taken.add(id);
      this.#ids.set(ref, id);
    }
  }

  #creation(): ValueObject {
    const { createdAt, parties = [], authors, tools } = this.#sbom;
    if (createdAt === "") throw new AmapError("VALUE_INVALID", "an SPDX document needs the time it was created at");
    const people = parties.filter(({ role }) => role === "author");
    const named = authors.map((text): Party => {
      const [, name = text, email] = /^(.*) <([^<>]*)>$/.exec(text) ?? [];
      return { role: "author", kind: "person", name, emails: email === undefined ? [] : [email], urls: [] };
    });
    const by = (people.length > 0 ? people : named).map((party) => this.#agent(party));
    const using = tools.map(({ name, version }) => this.#tool(version === "" ? name : `${name}-${version}`));
    return toObject({
      type: "CreationInfo",
      "@id": CREATION,
      specVersion: SPDX3_VERSION,
      created: createdAt.replace(/\.\d+(?=Z$)/, ""),
      // Somebody must have made it; where nobody is named, it was a program.
      createdBy:
        by.length > 0 ? by : [this.#agent({ role: "author", kind: "tool", name: "amap", emails: [], urls: [] })],
      createdUsing: listOrNothing(using),
    });
  }

  #agent({ kind, name, emails, urls }: Party): string {
    const type = kind === "person" ? "Person" : kind === "tool" ? "SoftwareAgent" : "Organization";
    const key = JSON.stringify([type, name, emails, urls]);
    const known = this.#agents.get(key);
    if (known !== undefined) return known;
    const id = `${this.#base}#Agent-${this.#agents.size + 1}`;
    this.#agents.set(key, id);
    const identifiers = [
      ...emails.map((identifier) => ({ type: "ExternalIdentifier", externalIdentifierType: "email", identifier })),
      ...urls.map((identifier) => ({ type: "ExternalIdentifier", externalIdentifierType: "urlScheme", identifier })),
    ];
    this.#people.set(id, this.#add(type, id, { name, externalIdentifier: listOrNothing(identifiers) }));
    return id;
  }

  #tool(name: string): string {
    const id = `${this.#base}#Tool-${this.#agents.size + 1}`;
    this.#agents.set(`tool ${name} ${this.#agents.size}`, id);
    this.#people.set(id, this.#add("Tool", id, { name }));
    return id;
  }

  #add(type: string, spdxId: string, members: Readonly<Record<string, Value | undefined>>): ValueObject {
    const element = toObject({ type, spdxId, creationInfo: CREATION, ...members });
    this.#elements.push(element);
    return element;
  }

  #addPackage(component: Component): void {
    const id = this.#ids.get(component.ref) ?? "";
    if (component.name === "") this.#losses.add("components[].name", "changed", "SPDX demands a name", component.ref);
    const parties = partiesOf(component);
    const of = (role: Party["role"]): readonly string[] =>
      parties.filter((party) => party.role === role).map((party) => this.#agent(party));
    const { cpes = [], references = [] } = component;
    const isPlain = (index: number): boolean => references[index]?.comment === undefined;
    const download = references.findIndex(({ kind }, index) => kind === "distribution" && isPlain(index));
    const homepage = references.findIndex(({ kind }, index) => kind === "website" && isPlain(index));
    const element = this.#add("software_Package", id, {
      name: component.name || "unnamed",
      description: component.description,
      software_packageVersion: component.version,
      software_packageUrl: component.purl,
      software_primaryPurpose: PURPOSE_OF_KIND[component.kind],
      software_copyrightText: component.copyright,
      software_downloadLocation: references[download]?.url,
      software_homePage: references[homepage]?.url,
      suppliedBy: of("supplier")[0],
      originatedBy: listOrNothing(of("originator")),
      verifiedUsing: listOrNothing(
        component.hashes.map(({ algorithm, value }) => ({
          type: "Hash",
          algorithm: writeAlgorithm(algorithm),
          hashValue: value,
        })),
      ),
      externalIdentifier: listOrNothing(
        cpes.map((identifier) => ({
          type: "ExternalIdentifier",
          externalIdentifierType: identifier.startsWith("cpe:/") ? "cpe22" : "cpe23",
          identifier,
        })),
      ),
      externalRef: listOrNothing(
        references
          .filter((_, index) => index !== download && index !== homepage)
          .map(({ kind, url }) => ({ type: "ExternalRef", externalRefType: writeReferenceType(kind), locator: [url] })),
      ),
    });
    this.#license(id, "hasDeclaredLicense", component.licenses);
    this.#license(id, "hasConcludedLicense", component.concludedLicenses ?? []);
    for (const property of this.#propertiesOf(component, element)) {
      const reason = "SPDX 3 has no property for it; an annotation has";
      this.#losses.add(`components[].${nameOf(property)}`, "kept", reason, component.ref);
      this.#annotate(id, property);
    }
  }

  /** What no property of a package says. */
  #propertiesOf(component: Component, element: ValueObject): readonly Property[] {
    const { group, scope, sourcePackage, layers = [], properties = [], locations, kind, remainders } = component;
    const one = (name: string, value: string): Property => ({ name, value });
    const source = sourcePackage;
    const written = this.#readBack(component, element);
    return [
      ...(kind === "cryptographic-asset" ? [one(PROPERTIES.kind, kind)] : []),
      ...(group === undefined ? [] : [one(PROPERTIES.group, group)]),
      ...(scope === "production" ? [] : [one(PROPERTIES.scope, scope)]),
      ...(source === undefined
        ? []
        : [one(PROPERTIES.sourceName, source.name), one(PROPERTIES.sourceVersion, source.version)]),
      ...locations.map((location) => one(PROPERTIES.location, location)),
      ...layers.map((layer) => one(PROPERTIES.layer, layer)),
      ...properties.map(({ name, value }) => one(`${PROPERTIES.foreign}${encodeName(name)}`, value)),
      ...remaindersAsProperties(remainders, "SPDX3"),
      ...(written === undefined ? [] : keepFields(component, written, KEPT_OF_COMPONENT)),
    ];
  }

  /** The component as its element is read; undefined where it has nothing that could be read otherwise. */
  #readBack(component: Component, element: ValueObject): Component | undefined {
    const { parties, references, supplier } = component;
    if (parties === undefined && references === undefined && supplier === undefined) return undefined;
    const named = [element["suppliedBy"], ...((element["originatedBy"] ?? []) as readonly Value[])];
    const people = named.flatMap((id) => (typeof id === "string" ? (this.#people.get(id) ?? []) : []));
    const creation = { type: "CreationInfo", "@id": CREATION, specVersion: SPDX3_VERSION };
    const document: ValueObject = { type: "SpdxDocument", spdxId: "d", rootElement: [element["spdxId"] ?? null] };
    const read = decodeSpdx3({ "@graph": [creation, document, element, ...people] });
    return read.ok ? read.value.sbom.subject : undefined;
  }

  #annotate(subject: string, { name, value }: Property): void {
    const id = `${this.#base}#Annotation-${++this.#annotations}`;
    this.#add("Annotation", id, { annotationType: "other", subject, statement: `${name}=${value}` });
  }

  #license(from: string, type: string, licenses: readonly string[]): void {
    if (licenses.length === 0) return;
    const isExpression =
      joinLicenses(licenses, () => "").trim() !== "" && !joinLicenses(licenses, () => "\0").includes("\0");
    const texts = isExpression ? [joinLicenses(licenses, (words) => words)] : licenses;
    this.#relationship(
      from,
      type,
      texts.map((text) => this.#licenseId(text)),
    );
  }

  /** An element for an expression; for other words one of text, whose name they are. */
  #licenseId(text: string): string {
    const known = this.#licenses.get(text);
    if (known !== undefined) return known;
    const id = `${this.#base}#License-${this.#licenses.size + 1}`;
    this.#licenses.set(text, id);
    const isExpression = !joinLicenses([text], () => "\0").includes("\0");
    if (isExpression) {
      this.#add("simplelicensing_LicenseExpression", id, { simplelicensing_licenseExpression: text });
    } else this.#add("simplelicensing_SimpleLicensingText", id, { name: text, simplelicensing_licenseText: text });
    return id;
  }

  #relationship(from: string, relationshipType: string, to: readonly string[], completeness?: string): void {
    const id = `${this.#base}#Relationship-${++this.#relationships}`;
    this.#add("Relationship", id, { from, relationshipType, to, completeness });
  }

  #relate(isAboutItself: boolean): void {
    const { subject, components, dependencies } = this.#sbom;
    const subjectId = isAboutItself ? undefined : this.#ids.get(subject.ref);
    const contained = Map.groupBy(components, ({ partOf }) =>
      partOf !== undefined && this.#ids.has(partOf) ? this.#ids.get(partOf) : subjectId,
    );
    for (const [from, parts] of contained) {
      if (from !== undefined)
        this.#relationship(
          from,
          "contains",
          parts.map(({ ref }) => this.#ids.get(ref) ?? ""),
        );
    }
    for (const [ref, targets] of dependencies) {
      const from = this.#ids.get(ref);
      if (from === undefined) continue;
      const to = targets.flatMap((target) => this.#ids.get(target) ?? []);
      // NoneElement says that it depends on nothing; saying nothing would mean that nobody knows.
      this.#relationship(from, "dependsOn", targets.length === 0 ? [NONE] : to, "complete");
    }
  }

  /** The document and its SBOM; what they say is annotated at the document. */
  #document(roots: readonly string[], creation: ValueObject): readonly ValueObject[] {
    const { lifecycles = [], dataLicense, subject } = this.#sbom;
    const bom = `${this.#base}#SBOM`;
    const document = toObject({
      type: "SpdxDocument",
      spdxId: this.#base,
      creationInfo: CREATION,
      name: subject.name || "unnamed",
      dataLicense: this.#licenseId(dataLicense ?? "CC0-1.0"),
      profileConformance: ["core", "software", "simpleLicensing"],
      rootElement: [bom],
    });
    const types = [...new Set(lifecycles.flatMap((phase) => TYPES.get(phase) ?? []))];
    const sbom = toObject({
      type: "software_Sbom",
      spdxId: bom,
      creationInfo: CREATION,
      profileConformance: ["core", "software", "simpleLicensing"],
      rootElement: roots,
      software_sbomType: listOrNothing(types),
    });
    const read = decodeSpdx3({ "@graph": [creation, document, ...this.#people.values()] });
    const fields = read.ok ? keepFields(this.#sbom, read.value.sbom, KEPT_OF_DOCUMENT) : [];
    for (const property of [...this.#ownProperties(), ...fields]) {
      this.#losses.add(nameOf(property), "kept", "SPDX 3 has no property for it; an annotation has");
      this.#annotate(this.#base, property);
    }
    return [document, sbom];
  }

  #ownProperties(): readonly Property[] {
    const { subjectDigest, version, notLookedAt, properties = [], remainders, lifecycles = [] } = this.#sbom;
    for (const phase of lifecycles.filter((each) => !TYPES.has(each))) {
      this.#losses.add("lifecycles", "dropped", `SPDX 3 has no word for ${phase}`);
    }
    return [
      ...(subjectDigest === undefined ? [] : [{ name: PROPERTIES.subjectDigest, value: subjectDigest }]),
      ...(version === undefined ? [] : [{ name: PROPERTIES.edition, value: String(version) }]),
      ...notLookedAt.map(({ path, reason }) => ({
        name: `${PROPERTIES.notLookedAt}${encodeName(path)}`,
        value: reason,
      })),
      ...properties.map(({ name, value }) => ({ name: `${PROPERTIES.foreign}${encodeName(name)}`, value })),
      ...remaindersAsProperties(remainders, "SPDX3"),
    ];
  }
}

/** CycloneDX's phases in SPDX 3's types of SBOMs. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ["design", "design"],
  ["pre-build", "source"],
  ["build", "build"],
  ["post-build", "analyzed"],
  ["operations", "deployed"],
]);

function nameOf({ name }: Property): string {
  return name.replace(/^amap:/, "").replace(/:.*$/, "");
}

/** The document's own address, of which its elements' are parts. */
function toBase({ serialNumber, subject }: Sbom): string {
  const address = addressOf(serialNumber, subject.name || "unnamed");
  if (address !== undefined) return address;
  throw new AmapError("VALUE_INVALID", "an SPDX document needs a serial number or namespace");
}
