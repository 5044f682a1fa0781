import { equalValues, isValueObject, memberOf, type Value, type ValueObject } from "../../../base/index.ts";
import { type DocumentStream, wholeDocument } from "../document-stream.ts";
import { KEPT_OF_DOCUMENT, keepFields } from "../kept-fields.ts";
import { Losses } from "../losses.ts";
import { PROPERTIES, UNNAMED_SUBJECT, uuidOf } from "../names.ts";
import { readSubjectDigest } from "../package-url-reading.ts";
import {
  asProperty,
  CHANGED_SINCE,
  type ObjectRemainder,
  type Restored,
  remainderIn,
  remaindersAsProperties,
  withRemainder,
} from "../remainder.ts";
import type { Component, EncodedSbom, Party, Property, Remainder, Sbom } from "../sbom.ts";
import { DocumentReader, finishDependencies, listOrNothing, toObject } from "../value-reading.ts";
import { readDocument, readEdges } from "./read-document.ts";
import { type CycloneDxVersion, type DocumentPart, fitsVersion, hasMember, isSince } from "./versions.ts";
import {
  toLicenseChoices,
  type WriteContext,
  writeComponent,
  writeOrganization,
  writePerson,
} from "./write-component.ts";
import { EXTENSION_MEMBER } from "./xml/extensions.ts";

/** The version that is written where none is asked for. */
const DEFAULT_VERSION: CycloneDxVersion = "1.6";

export interface CycloneDxOptions {
  /** 1.6 when left out. */
  readonly version?: CycloneDxVersion;
  /** Whether what an XML document says in other namespaces stays under `$xml`, for the XML form alone. */
  readonly keepsXml?: boolean;
}

/**
 * Writes an SBOM as a CycloneDX JSON document, 1.6 when no version is asked for. What the version has no field for stands
 * in properties whose names begin with `amap:`.
 * @see https://cyclonedx.org/docs/1.6/json/
 * @example
 * ```ts
 * import { catalogFiles, createSbom, describeImage, encodeCycloneDx } from "../../index.ts";
 * import { memberOf } from "../../../base/index.ts";
 * const document = encodeCycloneDx(createSbom({
 *   catalog: catalogFiles(new Map()),
 *   subject: describeImage({ name: "storefront", digest: `sha256:${"0".repeat(64)}` }),
 *   createdAt: "2026-11-22T12:00:00Z",
 *   serialNumber: "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
 *   tools: [{ name: "amap", version: "0.1.0" }],
 * }));
 * memberOf(document, "specVersion"); // "1.6"
 * ```
 */
export function encodeCycloneDx(sbom: Sbom, options: CycloneDxOptions = {}): Value {
  return convertToCycloneDx(sbom, options).document;
}

/** {@link encodeCycloneDx} with what the written document does not say. */
export function convertToCycloneDx(sbom: Sbom, options: CycloneDxOptions = {}): EncodedSbom {
  return wholeDocument(streamCycloneDx(sbom, options));
}

/** {@link convertToCycloneDx}, component by component. */
export function streamCycloneDx(sbom: Sbom, options: CycloneDxOptions = {}): DocumentStream {
  const version = options.version ?? DEFAULT_VERSION;
  const ofDocument = new Losses();
  const context: WriteContext = { version, losses: ofDocument };
  const { kept, whole, metadata } = splitRemainder(sbom, context);
  const written = writeDocument(sbom, context, kept);
  const hasEdges = rememberEdges(sbom);
  const isStill = (object: ValueObject): boolean => hasEdges(object) && saysTheSame(object, written, sbom);
  const outer = withRemainder(written, whole, isStill);
  const inner = withMetadata(outer.object, metadata, isStill);
  const refused = [...outer.refused, ...inner.refused.map((key) => `metadata.${key}`)];
  for (const key of refused) ofDocument.add(`remainder.${key}`, "dropped", CHANGED_SINCE);
  const isJson = options.keepsXml !== true;
  const plain = (value: ValueObject, losses: Losses): ValueObject =>
    isJson ? (withoutExtensions(value, losses) as ValueObject) : value;
  const tree = new ComponentTree(sbom);
  const { components: _, ...own } = inner.object;
  const head = plain(withSubject(own, sbom, tree, context), ofDocument);
  let ofComponents = new Losses();
  return {
    head,
    list: "components",
    *items() {
      ofComponents = new Losses();
      const each: WriteContext = { version, losses: ofComponents };
      for (const component of tree.roots()) yield plain(tree.write(component, each), ofComponents);
    },
    tail: () => ({}),
    losses: () => ofDocument.finish(ofComponents),
  };
}

/** The document without what only its XML form can say. */
function withoutExtensions(value: Value, losses: Losses): Value {
  if (Array.isArray(value)) {
    const items = (value as readonly Value[]).map((item) => withoutExtensions(item, losses));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  if (!isValueObject(value)) return value;
  const changed: Record<string, Value> = {};
  for (const [key, member] of Object.entries(value)) {
    const inner = withoutExtensions(member, losses);
    if (inner !== member) changed[key] = inner;
  }
  const whole = Object.keys(changed).length === 0 ? value : { ...value, ...changed };
  if (!Object.hasOwn(whole, EXTENSION_MEMBER)) return whole;
  losses.add(EXTENSION_MEMBER, "dropped", "the JSON form has no place for elements of other namespaces");
  const { [EXTENSION_MEMBER]: _, ...rest } = whole;
  return rest;
}

/** The metadata's members stand again one by one, so that one that was changed since does not take the others with it. */
function withMetadata(
  object: ValueObject,
  remainder: ObjectRemainder,
  isStill: (object: ValueObject) => boolean,
): Restored {
  const put = (metadata: ValueObject): ValueObject => ({ ...object, metadata });
  const restored = withRemainder(object["metadata"] as ValueObject, remainder, (metadata) => isStill(put(metadata)));
  return { object: put(restored.object), refused: restored.refused };
}

/** The document's remainder: what may stand again in this version, and what only a property can hold. */
function splitRemainder(
  sbom: Sbom,
  context: WriteContext,
): { readonly kept: readonly Property[]; readonly whole: ObjectRemainder; readonly metadata: ObjectRemainder } {
  const remainder = remainderIn(sbom.remainders, "CycloneDX");
  if (remainder === undefined) return { kept: [], whole: { members: {} }, metadata: { members: {} } };
  const { metadata, ...members } = remainder.members;
  const root = split("document", { ...remainder, members }, context);
  const inner = memberOf(metadata, "members");
  const ofMetadata = split("metadata", { ...remainder, members: isValueObject(inner) ? inner : {} }, context);
  const left = memberOf(metadata, "absent");
  const absent = Array.isArray(left) ? (left as readonly Value[]).filter((key) => typeof key === "string") : [];
  const hasOthers = Object.keys(ofMetadata.others).length > 0;
  const others: ValueObject = { ...root.others, ...(hasOthers ? { metadata: { members: ofMetadata.others } } : {}) };
  const kept = Object.keys(others).length === 0 ? [] : [asProperty({ ...remainder, members: others })];
  return {
    kept,
    whole: { ...remainder, members: root.fitting },
    metadata: { members: ofMetadata.fitting, absent },
  };
}

function split(
  part: DocumentPart,
  remainder: Remainder,
  context: WriteContext,
): { readonly fitting: ValueObject; readonly others: ValueObject } {
  const [fitting, others]: [Record<string, Value>, Record<string, Value>] = [{}, {}];
  for (const [key, value] of Object.entries(remainder.members)) {
    const fits = fitsVersion(part, key, remainder, context.version);
    (fits ? fitting : others)[key] = value;
    if (!fits) noteKept(`remainder.${part === "document" ? "" : `${part}.`}${key}`, context);
  }
  return { fitting, others };
}

function noteKept(path: string, { version, losses }: WriteContext): void {
  if (isSince(version, "1.3")) losses.add(path, "kept", `CycloneDX ${version} has no member for it; a property has`);
  else losses.add(path, "dropped", `CycloneDX ${version} has neither a member for it nor properties`);
}

/** Whether an object without its components is read as the same document as another one. */
function saysTheSame(object: ValueObject, written: ValueObject, sbom: Sbom): boolean {
  const [a, b] = [object, written].map((each) => {
    const reader = new DocumentReader();
    const { statedDigest, ...read } = readDocument(each, reader);
    const same = { ...read, digest: readSubjectDigest(statedDigest, sbom.subject) ?? "" };
    return reader.issues.length > 0 ? undefined : same;
  });
  return a !== undefined && b !== undefined && equalValues(a as unknown as Value, b as unknown as Value);
}

/** Answers once for each list of edges: objects are looked at several times, and most of them have the same. */
function rememberEdges(sbom: Sbom): (object: ValueObject) => boolean {
  const answers = new Map<Value | undefined, boolean>();
  return (object) => {
    const list = object["dependencies"];
    const answer = answers.get(list) ?? hasEdgesOf(object, sbom);
    answers.set(list, answer);
    return answer;
  };
}

/** Whether the edges between the SBOM's components are those that it states. */
function hasEdgesOf(object: ValueObject, { subject, components, dependencies }: Sbom): boolean {
  const found = finishDependencies(readEdges(object, new DocumentReader()), [subject, ...components]);
  return (
    found.size === dependencies.size &&
    [...found].every(([ref, targets]) => equalValues(targets, dependencies.get(ref) ?? null))
  );
}

/** The document without its components, which make the most of it. */
export function writeDocument(sbom: Sbom, context: WriteContext, kept: readonly Property[]): ValueObject {
  const { version } = context;
  const dependencies = [...sbom.dependencies].map(([ref, dependsOn]) => ({ ref, dependsOn }));
  return toObject({
    $schema: isSince(version, "1.4") ? `http://cyclonedx.org/schema/bom-${version}.schema.json` : undefined,
    bomFormat: "CycloneDX",
    specVersion: version,
    serialNumber: serialNumberOf(sbom),
    version: sbom.version ?? 1,
    metadata: writeMetadata(sbom, context, kept),
    dependencies,
  });
}

/** The schema allows UUIDs only. */
function serialNumberOf({ serialNumber }: Sbom): string | undefined {
  return uuidOf(serialNumber) === undefined ? undefined : serialNumber;
}

function writeMetadata(sbom: Sbom, context: WriteContext, kept: readonly Property[]): ValueObject {
  const { version, losses } = context;
  const parties = sbom.parties ?? [];
  const of = (role: Party["role"]): readonly Party[] => parties.filter((party) => party.role === role);
  const people = of("author");
  const authors =
    people.length > 0
      ? people
      : sbom.authors.map((name): Party => ({ role: "author", kind: "person", name, emails: [], urls: [] }));
  const [supplier] = of("supplier");
  const [manufacturer] = of("manufacturer");
  const tools = sbom.tools.map((tool) => ({ name: tool.name, version: tool.version }));
  const hasToolComponents = isSince(version, "1.5");
  const lifecycles = sbom.lifecycles ?? [];
  if (lifecycles.length > 0 && !hasMember("metadata", "lifecycles", version)) {
    losses.add("lifecycles", "dropped", `CycloneDX ${version} has none`);
  }
  const metadata = toObject({
    timestamp: sbom.createdAt === "" ? undefined : sbom.createdAt,
    lifecycles: hasMember("metadata", "lifecycles", version)
      ? listOrNothing(lifecycles.map((phase) => ({ phase })))
      : undefined,
    tools: hasToolComponents
      ? tools.length === 0
        ? undefined
        : { components: tools.map((tool) => ({ type: "application", ...tool })) }
      : listOrNothing(tools),
    authors: listOrNothing(authors.map((party) => writePerson(party))),
    [isSince(version, "1.6") ? "manufacturer" : "manufacture"]:
      manufacturer === undefined ? undefined : writeOrganization(manufacturer),
    supplier: supplier === undefined ? undefined : writeOrganization(supplier),
    licenses: writeDataLicense(sbom, context),
  });
  const read = readDocument(toObject({ serialNumber: serialNumberOf(sbom), metadata }), new DocumentReader());
  const fields = keepFields(sbom, read, KEPT_OF_DOCUMENT);
  return toObject({ ...metadata, properties: listOrNothing(writeProperties(sbom, context, [...fields, ...kept])) });
}

function writeDataLicense({ dataLicense }: Sbom, { version, losses }: WriteContext): readonly Value[] | undefined {
  if (dataLicense === undefined) return undefined;
  if (hasMember("metadata", "licenses", version)) return toLicenseChoices([dataLicense]);
  losses.add("dataLicense", "dropped", `CycloneDX ${version} has none`);
  return undefined;
}

function writeProperties(sbom: Sbom, context: WriteContext, kept: readonly Property[]): readonly Value[] {
  const own = sbom.properties ?? [];
  const extra: readonly Property[] = [
    ...(sbom.subjectDigest === undefined ? [] : [{ name: PROPERTIES.subjectDigest, value: sbom.subjectDigest }]),
    ...sbom.notLookedAt.map(({ path, reason }) => ({ name: `${PROPERTIES.notLookedAt}${path}`, value: reason })),
    ...remaindersAsProperties(sbom.remainders, "CycloneDX"),
    ...kept,
  ];
  for (const { name } of extra) noteKept(name.replace(/^amap:/, ""), context);
  if (hasMember("metadata", "properties", context.version)) {
    return [...own, ...extra].map(({ name, value }) => ({ name, value }));
  }
  for (const _ of own) context.losses.add("properties", "dropped", `CycloneDX ${context.version} has none`);
  return [];
}

/** How deep components are written in one another: what lies deeper could not be read again. */
const DEEPEST_PARTS = 100;

/** The components of an SBOM, each inside the one that it is a part of. */
class ComponentTree {
  readonly #roots: Component[];
  readonly #parts: Map<string | undefined, Component[]>;
  /** Components that are written beside the one that they are a part of. */
  readonly #moved = new Set<Component>();

  constructor({ subject, components }: Sbom) {
    const refs = new Set([subject.ref, ...components.map(({ ref }) => ref)]);
    const isPart = ({ partOf }: Component): boolean => partOf !== undefined && refs.has(partOf);
    this.#roots = components.filter((component) => !isPart(component));
    this.#parts = Map.groupBy(components.filter(isPart), ({ partOf }) => partOf);
    if (this.#parts.size === 0) return;
    const reached = new Set<Component>();
    if (isUnnamed(subject)) this.#move(this.#parts.get(subject.ref) ?? []);
    else this.#reach(subject, reached);
    for (const root of this.#roots) this.#reach(root, reached);
    // What is left are circles, and what hangs on them.
    const byRef = new Map(components.map((component) => [component.ref, component] as const));
    for (const component of components) {
      if (reached.has(component)) continue;
      const passed = new Set<Component>();
      let top = component;
      while (!passed.has(top)) {
        passed.add(top);
        top = byRef.get(top.partOf ?? "") ?? top;
      }
      this.#move([top]);
      this.#reach(top, reached);
    }
  }

  /** Goes through a component's parts, and moves those that lie too deep. */
  #reach(from: Component, reached: Set<Component>): void {
    const queue = [{ component: from, depth: 1 }];
    for (const { component, depth } of queue) {
      if (reached.has(component)) continue;
      reached.add(component);
      const parts = this.#parts.get(component.ref) ?? [];
      const isDeepest = depth === DEEPEST_PARTS;
      for (const part of parts) queue.push({ component: part, depth: isDeepest ? 1 : depth + 1 });
      if (isDeepest) this.#move(parts);
    }
  }

  #move(components: readonly Component[]): void {
    for (const component of components) {
      this.#roots.push(component);
      this.#moved.add(component);
    }
    for (const ref of new Set(components.map(({ partOf }) => partOf))) {
      const left = (this.#parts.get(ref) ?? []).filter((part) => !this.#moved.has(part));
      if (left.length === 0) this.#parts.delete(ref);
      else this.#parts.set(ref, left);
    }
  }

  roots(): readonly Component[] {
    return this.#roots;
  }

  write(component: Component, context: WriteContext): ValueObject {
    if (this.#moved.has(component)) {
      const reason = `parts of parts are written ${DEEPEST_PARTS} deep, and none in itself`;
      context.losses.add("components[].partOf", "changed", reason, component.ref);
    }
    const parts = this.#parts.get(component.ref);
    const written = writeComponent(component, context);
    return parts === undefined ? written : { ...written, components: parts.map((each) => this.write(each, context)) };
  }
}

function withSubject(object: ValueObject, { subject }: Sbom, tree: ComponentTree, context: WriteContext): ValueObject {
  const metadata = object["metadata"] as ValueObject;
  const component = isUnnamed(subject) ? {} : { component: tree.write(subject, context) };
  return { ...object, metadata: { ...metadata, ...component } };
}

/** The subject of a document that describes nothing by itself. */
function isUnnamed({ ref, name }: Component): boolean {
  return name === "" && ref === UNNAMED_SUBJECT;
}
