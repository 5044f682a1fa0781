import {
  compareText,
  type Decoded,
  equalValues,
  isValueObject,
  LIMITS,
  memberOf,
  textOf,
  type Value,
  type ValueObject,
} from "../../../base/index.ts";
import type { DecodeOptions } from "../decode-options.ts";
import { Losses } from "../losses.ts";
import { UNNAMED_SUBJECT } from "../names.ts";
import { readSubjectDigest } from "../package-url-reading.ts";
import { type RemainderOptions, remainderOf, withObjectRemainder } from "../remainder.ts";
import type { Component, DecodedSbom, Sbom } from "../sbom.ts";
import { TextPool } from "../text-pool.ts";
import { DocumentReader, finishDependencies } from "../value-reading.ts";
import { writeDocument } from "./encode.ts";
import { readComponent } from "./read-component.ts";
import { readDocument, readEdges } from "./read-document.ts";
import { CYCLONEDX_VERSIONS, type CycloneDxVersion, isCycloneDxVersion } from "./versions.ts";
import { type WriteContext, writeComponent } from "./write-component.ts";

/**
 * Reads a CycloneDX 1.2 to 1.7 JSON document. Nested components become part of the list; a component without bom-ref
 * gets one.
 */
export function decodeCycloneDx(document: ValueObject, options: DecodeOptions = {}): Decoded<DecodedSbom> {
  const pool = new TextPool();
  const reader = new DocumentReader(pool);
  const specVersion = reader.text(document, "specVersion", "") ?? "";
  if (!isCycloneDxVersion(specVersion)) {
    const message = `CycloneDX ${specVersion.slice(0, 20) || "without specVersion"} as JSON; amap reads ${CYCLONEDX_VERSIONS.join(", ")}`;
    return { ok: false, issues: [{ code: "NOT_SUPPORTED", path: "specVersion", message }] };
  }
  const keeps = options.keepsRemainders === true;
  const components = new ComponentList(reader, pool, keeps ? specVersion : undefined);
  const subject = components.readSubject(memberOf(memberOf(document, "metadata"), "component"));
  components.readAll(document, "", undefined);
  const { remainders, statedDigest, ...stated } = readDocument(document, reader);
  const edges = readEdges(document, reader, (ref) => components.shared(ref));
  const all = components.finish();
  const digest = readSubjectDigest(statedDigest, subject);
  const sbom: Sbom = {
    ...stated,
    subject,
    ...(digest === undefined ? {} : { subjectDigest: digest }),
    components: all,
    dependencies: finishDependencies(edges, [subject, ...all]),
    ...(remainders.length === 0 ? {} : { remainders }),
  };
  if (reader.issues.length > 0) return { ok: false, issues: reader.issues };
  const whole = keeps ? withDocumentRemainder(sbom, document, specVersion, pool) : sbom;
  return { ok: true, value: { format: "CycloneDX", specVersion, sbom: whole, problems: reader.problems } };
}

/** Members that are never kept: components stand in the list, and the rest says what the document is. */
const NEVER_KEPT: ReadonlySet<string> = new Set(["$schema", "bomFormat", "specVersion", "components", "metadata"]);
const NEVER_KEPT_OF_METADATA: ReadonlySet<string> = new Set(["component"]);
const COMPONENT: RemainderOptions = {
  left: new Set(["components"]),
  // Made of the place where there is none, and then other components refer to it.
  added: new Set(["bom-ref"]),
};

function withDocumentRemainder(sbom: Sbom, document: ValueObject, version: CycloneDxVersion, pool: TextPool): Sbom {
  const context: WriteContext = { version, losses: new Losses() };
  const written = writeDocument(sbom, context, []);
  const members = remainderOf(document, written, { left: NEVER_KEPT, sameness: { dependencies: areSameEdges } }, pool);
  const metadata = memberOf(document, "metadata");
  const inner = isValueObject(metadata)
    ? remainderOf(metadata, written["metadata"] as ValueObject, { left: NEVER_KEPT_OF_METADATA }, pool)
    : undefined;
  const metadataMembers = inner === undefined ? {} : { metadata: { ...inner } as unknown as ValueObject };
  const all =
    members === undefined && inner === undefined
      ? undefined
      : { ...members, members: { ...members?.members, ...metadataMembers } };
  const remainders = withObjectRemainder(sbom.remainders, { format: "CycloneDX", specVersion: version }, all);
  const { remainders: _, ...rest } = sbom;
  return remainders === undefined ? rest : { ...rest, remainders };
}

/** Edges have no order. */
function areSameEdges(a: Value, b: Value): boolean {
  if (!isList(a) || !isList(b) || a.length !== b.length) return false;
  const [left, right] = [sortedPlaces(a), sortedPlaces(b)];
  return left.every((place, index) => equalValues(sortedEdge(a[place]), sortedEdge(b[right[index] ?? 0])));
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** The places of a list's edges in the order of their refs. */
function sortedPlaces(edges: readonly Value[]): readonly number[] {
  const refs = edges.map((edge) => textOf(edge, "ref"));
  return [...refs.keys()].sort((a, b) => compareText(refs[a] ?? "", refs[b] ?? ""));
}

const shown = (value: Value): string => (typeof value === "string" ? value : "");

function sortedEdge(edge: Value = null): Value {
  const targets = memberOf(edge, "dependsOn");
  if (!isValueObject(edge) || targets === undefined || !isList(targets)) return edge;
  return { ...edge, dependsOn: targets.toSorted((a, b) => compareText(shown(a), shown(b))) };
}

/** The components of a document as one list, with a ref each. */
class ComponentList {
  readonly #reader: DocumentReader;
  /** Where what the model does not hold is kept. */
  readonly #context: WriteContext | undefined;
  readonly #components: Component[] = [];
  /** Each with itself: one text for all that refer to a component. */
  readonly #refs = new Map<string, string>();
  readonly #pool: TextPool;

  constructor(reader: DocumentReader, pool: TextPool, keptVersion: CycloneDxVersion | undefined) {
    this.#reader = reader;
    this.#pool = pool;
    this.#context = keptVersion === undefined ? undefined : { version: keptVersion, losses: new Losses() };
  }

  readSubject(value: Value | undefined): Component {
    if (isValueObject(value)) {
      const subject = this.#read(value, "metadata.component", undefined);
      this.readAll(value, "metadata.component", subject.ref);
      return subject;
    }
    if (value !== undefined && value !== null) this.#reader.refuse("metadata.component", "expected an object");
    const ref = UNNAMED_SUBJECT;
    this.#refs.set(ref, ref);
    return { ref, kind: "application", name: "", licenses: [], hashes: [], locations: [], scope: "production" };
  }

  readAll(parent: Value, path: string, partOf: string | undefined): void {
    for (const [item, at] of this.#reader.eachObject(parent, "components", path)) {
      const component = this.#read(item, at, partOf);
      this.#components.push(component);
      if (this.#components.length > LIMITS.components) {
        this.#reader.refuse("components", `more than ${LIMITS.components} components`);
        return;
      }
      this.readAll(item, at, component.ref);
    }
  }

  /** The text of a component's ref that is like a text, or else that text. */
  shared(ref: string): string {
    return this.#refs.get(ref) ?? ref;
  }

  finish(): readonly Component[] {
    return this.#components.sort((a, b) => compareText(a.ref, b.ref));
  }

  #read(value: ValueObject, path: string, partOf: string | undefined): Component {
    const { statedRef, component: read } = readComponent(value, path, this.#reader);
    const ref = this.#takeRef(statedRef, read.purl, path);
    // A package URL is often the ref too: then both are one text.
    const component: Component = {
      ref: ref === read.purl ? read.purl : ref,
      ...read,
      ...(partOf === undefined ? {} : { partOf }),
    };
    if (this.#context === undefined) return component;
    const kept = remainderOf(value, writeComponent(component, this.#context), COMPONENT, this.#pool);
    if (kept === undefined) return component;
    const { version: specVersion } = this.#context;
    const remainders = withObjectRemainder(component.remainders, { format: "CycloneDX", specVersion }, kept);
    return remainders === undefined ? component : { ...component, remainders };
  }

  #takeRef(stated: string | undefined, purl: string | undefined, path: string): string {
    if (stated !== undefined && this.#refs.has(stated)) {
      const message = `the bom-ref "${stated.slice(0, 200)}" is another component's too; what refers to it means the first`;
      this.#reader.note(`${path}.bom-ref`, message);
    }
    const free = [stated, purl, path].find((ref) => ref !== undefined && ref !== "" && !this.#refs.has(ref)) ?? path;
    this.#refs.set(free, free);
    return free;
  }
}
