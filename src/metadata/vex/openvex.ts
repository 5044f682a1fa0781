import { AmapError, type Decoded, Double, parseTime, type Value, type ValueObject } from "../../base/index.ts";
import { DocumentReader, describe, join, member, withoutUndefined } from "../document-reader.ts";
import { nameByDigest } from "./document-name.ts";
import {
  statementProblem,
  VEX_JUSTIFICATIONS,
  VEX_STATUSES,
  type VexComponent,
  type VexDocument,
  type VexProduct,
  type VexStatement,
} from "./vex.ts";
import type { VexNotes } from "./vex-notes.ts";

export const OPENVEX_CONTEXT = "https://openvex.dev/ns/v0.2.0";
/** Contexts of documents whose products may be plain texts, as may be their version. */
const EARLY_CONTEXTS = ["https://openvex.dev/ns", "https://openvex.dev/ns/v0.0.1"];
/** Members of statements that narrow what they speak of, and that nobody reads there. */
const LOST_IN_STATEMENTS = ["product", "subcomponent", "subcomponents"];
const CONTEXTS = [OPENVEX_CONTEXT, "https://openvex.dev/ns/v0.0.2", ...EARLY_CONTEXTS];

interface Frame {
  readonly isEarly: boolean;
  /** The document's own timestamp, which statements without one take over. */
  readonly timestamp: string | undefined;
  /** With it what is lacking and misleads nobody is noted, not refused. */
  readonly notes: VexNotes | undefined;
}

/**
 * Reads an OpenVEX document of 0.0.1 to 0.2.0. Every statement gets its timestamp (its own, else the document's). All
 * that breaks the specification is listed: a missing author, timestamp or version, a not_affected without reason, an
 * affected without action. Taken as well, since widely used tools write it: a document without `@id` is named by the
 * digest of its canonical JSON, and 0.0.1 may write its version as text or leave it out (0).
 * @see https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md
 * @example
 * ```ts
 * import { decodeOpenVex } from "../index.ts";
 * const decoded = decodeOpenVex({
 *   "@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://example.com/vex-1", author: "security@example.com",
 *   timestamp: "2026-01-01T00:00:00Z", version: 1,
 *   statements: [{
 *     vulnerability: { name: "CVE-2021-23337" }, products: [{ "@id": "pkg:npm/lodash@4.17.20" }],
 *     status: "not_affected", justification: "vulnerable_code_not_in_execute_path",
 *   }],
 * });
 * decoded.ok && decoded.value.statements[0]?.timestamp; // "2026-01-01T00:00:00Z"
 * ```
 */
export function decodeOpenVex(value: Value): Decoded<VexDocument> {
  return readOpenVex(value, undefined);
}

/**
 * The same for a document that somebody gives by hand. Noted instead of refused: an affected without action, no version,
 * and no timestamp where every statement has one; widely used tools write such documents.
 */
export function readOpenVex(value: Value, notes: VexNotes | undefined): Decoded<VexDocument> {
  const reader = new DocumentReader();
  const root = reader.object(value, "");
  if (root === undefined) return reader.finish<VexDocument>(undefined);
  const context = member(root, "@context");
  if (typeof context !== "string" || !CONTEXTS.includes(context)) {
    reader.refuse("@context", `expected one of ${CONTEXTS.join(", ")}`, "NOT_SUPPORTED");
    return reader.finish<VexDocument>(undefined);
  }
  const isEarly = EARLY_CONTEXTS.includes(context);
  const stated = reader.optionalTime(root, "timestamp", "");
  const statements = reader.objects(root, "statements", "", (item, path) =>
    readStatement(reader, item, path, { isEarly, timestamp: stated, notes }),
  );
  const timestamp = stated ?? (isEarly || notes !== undefined ? newest(statements) : undefined);
  if (timestamp === undefined) reader.refuse("timestamp", "expected an RFC 3339 time, found nothing");
  else if (stated === undefined) notes?.add("timestamp", "it has none: that of its newest statement is taken");
  if (member(root, "statements") === undefined) reader.refuse("statements", "expected a list, found nothing");
  return reader.finish<VexDocument>(
    withoutUndefined({
      id: reader.optionalString(root, "@id", "") ?? nameByDigest(reader, value, "@id"),
      author: reader.string(root, "author", ""),
      role: reader.optionalString(root, "role", ""),
      tooling: reader.optionalString(root, "tooling", ""),
      timestamp: timestamp ?? "",
      lastUpdated: readLastUpdated(reader, root, notes),
      version: readVersion(reader, root, isEarly, notes),
      statements,
    }),
  );
}

/** Nothing is decided by it, so that a document is not refused for it. */
function readLastUpdated(reader: DocumentReader, root: ValueObject, notes: VexNotes | undefined): string | undefined {
  const stated = reader.optionalString(root, "last_updated", "");
  if (stated === undefined || parseTime(stated) !== undefined) return stated;
  notes?.add("last_updated", "it is no RFC 3339 time, and is not read");
  return undefined;
}

function newest(statements: readonly VexStatement[]): string | undefined {
  const sorted = statements.map((statement) => statement.timestamp).filter((text) => parseTime(text) !== undefined);
  return sorted.sort((a, b) => (parseTime(a) ?? 0) - (parseTime(b) ?? 0)).at(-1);
}

function readVersion(reader: DocumentReader, root: ValueObject, isEarly: boolean, notes: VexNotes | undefined): number {
  const value = member(root, "version");
  if (value === undefined && (isEarly || notes !== undefined)) {
    notes?.add("version", "it has none: 0 is taken");
    return 0;
  }
  const version = isEarly && typeof value === "string" && /^\d{1,9}$/.test(value) ? Number(value) : value;
  const integer = version instanceof Double ? version.value : version;
  if (typeof integer === "number" && Number.isSafeInteger(integer) && integer >= 0) return integer;
  reader.refuse("version", `expected an integer, found ${describe(value)}`);
  return 0;
}

function readStatement(
  reader: DocumentReader,
  item: ValueObject,
  path: string,
  frame: Frame,
): VexStatement | undefined {
  const vulnerability = readVulnerability(reader, item, path);
  const status = readLabel(reader, item, path, "status", VEX_STATUSES);
  const timestamp = reader.optionalTime(item, "timestamp", path) ?? frame.timestamp;
  if (timestamp === undefined && (frame.isEarly || frame.notes !== undefined))
    reader.refuse(join(path, "timestamp"), "expected an RFC 3339 time");
  const products = readProducts(reader, item, path, frame);
  if (status === undefined || vulnerability === undefined) return undefined;
  const justification =
    member(item, "justification") === undefined || member(item, "justification") === ""
      ? undefined
      : readLabel(reader, item, path, "justification", VEX_JUSTIFICATIONS);
  const statement: VexStatement = withoutUndefined({
    ...vulnerability,
    products,
    status,
    justification,
    impactStatement: reader.optionalString(item, "impact_statement", path),
    actionStatement: reader.optionalString(item, "action_statement", path),
    statusNotes: reader.optionalString(item, "status_notes", path),
    timestamp: timestamp ?? "",
  });
  const problem = statementProblem(statement);
  if (problem !== undefined && status === "affected" && justification === undefined && frame.notes !== undefined) {
    frame.notes.add(path, "an affected statement without an action_statement");
    return statement;
  }
  return problem === undefined ? statement : reader.refuse(path, problem);
}

function readLabel<T extends string>(
  reader: DocumentReader,
  item: ValueObject,
  path: string,
  key: string,
  labels: readonly T[],
): T | undefined {
  const value = member(item, key);
  const label = labels.find((known) => known === value);
  return label ?? reader.refuse(join(path, key), `expected one of ${labels.join(", ")}, found ${describe(value)}`);
}

function readVulnerability(
  reader: DocumentReader,
  item: ValueObject,
  path: string,
): Pick<VexStatement, "vulnerability" | "aliases"> | undefined {
  const at = join(path, "vulnerability");
  const value = member(item, "vulnerability");
  if (typeof value === "string" && value !== "") {
    return { vulnerability: value, aliases: reader.strings(item, "aliases", path) };
  }
  const object = reader.object(value, at);
  if (object === undefined) return undefined;
  // Some tools write the name into the identifying IRI alone: …/vuln/detail/CVE-2019-17571.
  const identifier = reader.optionalString(object, "@id", at)?.split("/").at(-1);
  const name = reader.optionalString(object, "name", at) ?? identifier ?? reader.string(object, "name", at);
  return { vulnerability: name, aliases: reader.strings(object, "aliases", at).filter((alias) => alias !== name) };
}

function readProducts(reader: DocumentReader, item: ValueObject, path: string, frame: Frame): readonly VexProduct[] {
  refuseLostScope(reader, item, path, frame.isEarly ? ["product", "subcomponent"] : LOST_IN_STATEMENTS);
  const shared = frame.isEarly
    ? reader.strings(item, "subcomponents", path).map((id) => ({ id, identifiers: {}, hashes: {} }))
    : [];
  const products: VexProduct[] = [];
  reader.list(item, "products", path).forEach((value, index) => {
    const at = `${join(path, "products")}[${index}]`;
    if (frame.isEarly && typeof value === "string") {
      products.push({ id: value, identifiers: {}, hashes: {}, subcomponents: shared });
      return;
    }
    const object = reader.object(value, at);
    const component = object === undefined ? undefined : readComponent(reader, object, at);
    if (object === undefined || component === undefined) return;
    refuseLostScope(reader, object, at, ["subcomponent"]);
    const subcomponents = reader.objects(object, "subcomponents", at, (sub, place) =>
      readComponent(reader, sub, place),
    );
    products.push({ ...component, subcomponents: subcomponents.length === 0 ? shared : subcomponents });
  });
  return products;
}

/** A statement that names what it is about in the wrong place would speak of more than its author meant. */
function refuseLostScope(reader: DocumentReader, item: ValueObject, path: string, keys: readonly string[]): void {
  for (const key of keys) {
    if (member(item, key) === undefined) continue;
    const place = key.startsWith("product") ? "the statement's products" : "subcomponents of a product";
    reader.refuse(join(path, key), `expected ${place}, found "${key}", which OpenVEX does not have here`);
  }
}

function readComponent(reader: DocumentReader, item: ValueObject, path: string): VexComponent | undefined {
  const identifiers = Object.fromEntries(reader.stringMap(item, "identifiers", path));
  const hashes = Object.fromEntries(reader.stringMap(item, "hashes", path));
  const id = reader.optionalString(item, "@id", path) ?? identifiers["purl"] ?? Object.values(identifiers)[0] ?? "";
  if (id === "" && Object.keys(hashes).length === 0) {
    return reader.refuse(path, "expected an @id, identifiers or hashes, found none");
  }
  return { id, identifiers, hashes };
}

/**
 * Writes an OpenVEX 0.2.0 document.
 * @throws {AmapError} DOCUMENT_INVALID for a statement that lacks what its status needs
 */
export function encodeOpenVex(document: VexDocument): Value {
  return withoutUndefined({
    "@context": OPENVEX_CONTEXT,
    "@id": document.id,
    author: document.author,
    role: document.role,
    timestamp: document.timestamp,
    last_updated: document.lastUpdated,
    version: document.version,
    tooling: document.tooling,
    statements: document.statements.map((statement, index) => encodeStatement(statement, index)),
  });
}

/** One statement of OpenVEX 0.2.0; `index` is its place, for the error. */
export function encodeStatement(statement: VexStatement, index: number): ValueObject {
  const problem = statementProblem(statement);
  if (problem !== undefined) throw new AmapError("DOCUMENT_INVALID", `statements[${index}]: ${problem}`);
  return withoutUndefined({
    vulnerability: {
      name: statement.vulnerability,
      ...(statement.aliases.length === 0 ? {} : { aliases: statement.aliases }),
    },
    timestamp: statement.timestamp,
    products: statement.products.length === 0 ? undefined : statement.products.map(encodeProduct),
    status: statement.status,
    status_notes: statement.statusNotes,
    justification: statement.justification,
    impact_statement: statement.impactStatement,
    action_statement: statement.actionStatement,
  });
}

function encodeProduct(product: VexProduct): ValueObject {
  if (product.subcomponents.length === 0) return encodeComponent(product);
  return { ...encodeComponent(product), subcomponents: product.subcomponents.map(encodeComponent) };
}

function encodeComponent({ id, identifiers, hashes }: VexComponent): ValueObject {
  return {
    ...(id === "" ? {} : { "@id": id }),
    ...(Object.keys(identifiers).length === 0 ? {} : { identifiers }),
    ...(Object.keys(hashes).length === 0 ? {} : { hashes }),
  };
}
