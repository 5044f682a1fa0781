import {
  AmapError,
  isDigest,
  isValueObject,
  listOf,
  parseTime,
  type Value,
  type ValueObject,
} from "../../base/index.ts";
import { withoutUndefined } from "../document-reader.ts";
import { encodeStatement, OPENVEX_CONTEXT } from "./openvex.ts";
import { matchesPackage } from "./purl-matching.ts";
import { atomsOf } from "./statement-atoms.ts";
import {
  statementProblem,
  type VexComponent,
  type VexDocument,
  type VexJustification,
  type VexStatement,
  type VexStatus,
} from "./vex.ts";
import { entriesOf, isOpenVexOfToday, type VexEntry, type VexSource } from "./vex-entries.ts";

/** Which statements are kept: those that fit every list that is not empty. */
export interface VexQuery {
  /** Any of a statement's names, without case. */
  readonly vulnerabilities: readonly string[];
  /** A product's id, or a package URL as a pattern for it. */
  readonly products: readonly string[];
  /** The same for subcomponents. */
  readonly components: readonly string[];
  readonly statuses: readonly VexStatus[];
  /** Of the document. */
  readonly authors: readonly string[];
  /** Milliseconds since 1970, both included. */
  readonly since?: number;
  readonly until?: number;
}

/** Whether a statement is one that is asked for. A statement is kept or left out as a whole; see `filterVex`. */
export function fitsQuery({ statement, origin, time }: VexEntry, query: VexQuery): boolean {
  const names = new Set([statement.vulnerability, ...statement.aliases].map((name) => name.toUpperCase()));
  const isAsked = (asked: readonly string[], fits: (text: string) => boolean): boolean =>
    asked.length === 0 || asked.some(fits);
  return (
    isAsked(query.vulnerabilities, (name) => names.has(name.toUpperCase())) &&
    isAsked(query.products, (text) => statement.products.some((product) => isNamed(product, text))) &&
    isAsked(query.components, (text) =>
      statement.products.some(({ subcomponents }) => subcomponents.some((each) => isNamed(each, text))),
    ) &&
    isAsked(query.statuses, (status) => status === statement.status) &&
    isAsked(query.authors, (author) => author === origin.document.author) &&
    time >= (query.since ?? Number.NEGATIVE_INFINITY) &&
    time <= (query.until ?? Number.POSITIVE_INFINITY)
  );
}

function isNamed({ id, identifiers, hashes }: VexComponent, text: string): boolean {
  if ([id, ...Object.values(identifiers)].some((own) => own === text || matchesPackage(text, own))) return true;
  return Object.entries(hashes).some(([algorithm, hex]) => `${algorithm.replace("-", "")}:${hex}` === text);
}

/** A document with fewer statements. */
export interface FilteredVex {
  /** OpenVEX: the document itself with its version counted up, or one made of CSAF or CycloneDX. */
  readonly value: ValueObject;
  readonly kept: number;
  readonly removed: number;
  readonly losses: readonly string[];
}

/**
 * The statements of a document that are asked for, each as it is. It keeps its id, and counts as the next edition.
 * @param timestamp RFC 3339, now
 * @example
 * ```ts
 * import { filterVex, readVexDocument } from "../index.ts";
 * const value = {
 *   "@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://example.com/vex-1", author: "me", version: 1,
 *   timestamp: "2026-01-01T00:00:00Z",
 *   statements: [{ vulnerability: { name: "CVE-2026-1000" }, products: [{ "@id": "pkg:npm/left" }], status: "fixed" }],
 * };
 * const read = readVexDocument(value);
 * const query = { vulnerabilities: ["CVE-2026-2000"], products: [], components: [], statuses: [], authors: [] };
 * read.ok && filterVex({ ...read.value, value, source: "vex.json" }, query, "2026-02-01T00:00:00Z").removed; // 1
 * ```
 */
export function filterVex(source: VexSource, query: VexQuery, timestamp: string): FilteredVex {
  const losses: string[] =
    source.format === "OpenVEX" ? [] : [`${source.source}: ${source.format} is written as OpenVEX`];
  const entries = entriesOf(source, (lack) => losses.push(lack));
  const kept = entries.filter((entry) => fitsQuery(entry, query));
  return {
    value: nextEdition(
      source,
      kept.map(({ written }) => written),
      timestamp,
    ),
    kept: kept.length,
    removed: entries.length - kept.length,
    losses,
  };
}

function nextEdition(source: VexSource, statements: readonly Value[], timestamp: string): ValueObject {
  const { document, value } = source;
  const own = isOpenVexOfToday(source) && isValueObject(value) ? value : headOf(document);
  return {
    ...own,
    "@context": OPENVEX_CONTEXT,
    "@id": document.id,
    timestamp: document.timestamp,
    version: document.version + 1,
    last_updated: timestamp,
    statements,
  };
}

function headOf({ id, author, role, tooling, timestamp }: VexDocument): ValueObject {
  return withoutUndefined({ "@id": id, author, role, timestamp, tooling });
}

/** A statement as a person gives it. */
export interface GivenStatement {
  readonly vulnerability: string;
  readonly aliases: readonly string[];
  /** Package URLs, digests, or other IRIs. */
  readonly products: readonly string[];
  readonly subcomponents: readonly string[];
  readonly status: VexStatus;
  readonly justification?: VexJustification;
  readonly impactStatement?: string;
  readonly actionStatement?: string;
  readonly statusNotes?: string;
}

/** A document with one statement more. */
export interface ExtendedVex {
  readonly value: ValueObject;
  readonly version: number;
  /** Whether the document has a statement about the same that is dated later, which goes on deciding. */
  readonly isOutdated: boolean;
}

/**
 * Adds a statement to an OpenVEX document, whose version counts up and whose other statements stay as they are.
 * @param timestamp RFC 3339, now: the statement's time
 * @throws {AmapError} NOT_SUPPORTED for CSAF, CycloneDX and early OpenVEX; DOCUMENT_INVALID where the statement lacks
 * what its status needs
 * @example
 * ```ts
 * import { addStatement, type GivenStatement, readVexDocument } from "../index.ts";
 * const value = {
 *   "@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://example.com/vex-1", author: "me", version: 1,
 *   timestamp: "2026-01-01T00:00:00Z",
 *   statements: [{ vulnerability: { name: "CVE-2026-1000" }, products: [{ "@id": "pkg:npm/left" }], status: "fixed" }],
 * };
 * const read = readVexDocument(value);
 * const given: GivenStatement = {
 *   vulnerability: "CVE-2026-2000", aliases: [], products: ["pkg:npm/left"], subcomponents: [], status: "fixed",
 * };
 * read.ok && addStatement({ ...read.value, value, source: "vex.json" }, given, "2026-02-01T00:00:00Z").version; // 2
 * ```
 */
export function addStatement(source: VexSource, given: GivenStatement, timestamp: string): ExtendedVex {
  if (!isOpenVexOfToday(source)) {
    throw new AmapError("NOT_SUPPORTED", `${source.source}: statements are added to OpenVEX 0.2.0 alone`, {
      hint: "Write it as OpenVEX first: `amap vex filter FILE --file OUT` does so.",
    });
  }
  const statement = toStatement(given, timestamp);
  const keys = new Set(atomsOf(statement).map(({ key }) => key));
  const now = parseTime(timestamp) ?? 0;
  const later = source.document.statements.filter(({ timestamp: time }) => (parseTime(time) ?? 0) > now);
  const raw = listOf(source.value, "statements");
  return {
    value: nextEdition(source, [...raw, encodeStatement(statement, raw.length)], timestamp),
    version: source.document.version + 1,
    isOutdated: later.some((other) => atomsOf(other).some(({ key }) => keys.has(key))),
  };
}

/**
 * An OpenVEX document with one statement.
 * @param timestamp RFC 3339, now: the document's time, and the statement's
 * @throws {AmapError} DOCUMENT_INVALID where the statement lacks what its status needs
 * @example
 * ```ts
 * import { startVex } from "../index.ts";
 * const given = {
 *   vulnerability: "CVE-2026-2000", aliases: [], products: ["pkg:npm/left"], subcomponents: [], status: "fixed",
 * } as const;
 * startVex({ id: "https://example.com/vex-1", author: "me" }, given, "2026-02-01T00:00:00Z")["version"]; // 1
 * ```
 */
export function startVex(
  head: { readonly id: string; readonly author: string; readonly role?: string; readonly tooling?: string },
  given: GivenStatement,
  timestamp: string,
): ValueObject {
  const { id, author, role, tooling } = head;
  return withoutUndefined({
    "@context": OPENVEX_CONTEXT,
    "@id": id,
    author,
    role,
    timestamp,
    version: 1,
    tooling,
    statements: [encodeStatement(toStatement(given, timestamp), 0)],
  });
}

function toStatement(given: GivenStatement, timestamp: string): VexStatement {
  const problem = statementProblem(given);
  if (problem !== undefined) throw new AmapError("DOCUMENT_INVALID", problem);
  const { products, subcomponents, ...said } = given;
  if (products.length === 0) throw new AmapError("DOCUMENT_INVALID", "a statement needs a product");
  return {
    ...said,
    products: products.map((product) => ({
      ...toComponent(product),
      subcomponents: subcomponents.map(toComponent),
    })),
    timestamp,
  };
}

function toComponent(id: string): VexComponent {
  if (!isDigest(id)) return { id, identifiers: {}, hashes: {} };
  const [algorithm = "", hex = ""] = id.split(":");
  return { id, identifiers: {}, hashes: { [algorithm.replace(/^sha(\d)/, "sha-$1")]: hex } };
}
