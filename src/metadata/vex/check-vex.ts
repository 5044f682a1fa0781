import { parsePackageUrl } from "../../artifact/index.ts";
import { Double, isValueObject, parseTime, type Value, type ValueObject } from "../../base/index.ts";
import { describe, join, member } from "../document-reader.ts";
import { decodeOpenVex } from "./openvex.ts";
import { readVexDocument } from "./read-vex.ts";
import { atomsOf } from "./statement-atoms.ts";
import type { VexStatement } from "./vex.ts";

/** One thing that is wrong with a VEX document, or that a reader should know. */
export interface VexFinding {
  /** The rule that finds it: `openvex-timestamp`, `schema`; of CSAF the test's number, `6.1.27.9`. */
  readonly rule: string;
  /** An `error` breaks the format's rules; a `warning` or `note` makes the document less useful or may be meant so. */
  readonly severity: "error" | "warning" | "note";
  /** Where in the document: `statements[3].status`; empty for the whole document. */
  readonly path: string;
  readonly message: string;
  /** What to do. */
  readonly fix: string;
}

/** Names of hash algorithms in OpenVEX, with the digits that a value of each has. */
const HASHES: ReadonlyMap<string, number> = new Map([
  ["md5", 32],
  ["sha1", 40],
  ["sha-1", 40],
  ["sha-224", 56],
  ["sha-256", 64],
  ["sha-384", 96],
  ["sha-512", 128],
  ["sha3-224", 56],
  ["sha3-256", 64],
  ["sha3-384", 96],
  ["sha3-512", 128],
  ["blake2s-256", 64],
  ["blake2b-256", 64],
  ["blake2b-512", 128],
]);
const IDENTIFIERS = ["purl", "cpe22", "cpe23"];
const DOCUMENT_MEMBERS = `
  @context @id author role timestamp
  last_updated version tooling statements supplier
`
  .trim()
  .split(/\s+/);
const STATEMENT_MEMBERS = `
  @id vulnerability timestamp last_updated version products status
  supplier status_notes justification impact_statement action_statement action_statement_timestamp subcomponents aliases
`
  .trim()
  .split(/\s+/);
const PRODUCT_MEMBERS = ["@id", "identifiers", "hashes", "subcomponents"];
const IRI = /^[a-z][a-z0-9+.-]*:\S+$/i;
const FIVE_MINUTES = 5 * 60 * 1000;

/**
 * What rules beyond a schema find in a VEX document of any format that amap reads, in the document's order: of OpenVEX all
 * that its specification demands; of CSAF and CycloneDX what keeps amap from reading a statement (error) and what makes one
 * match nothing or say nothing (warning). Schemas, and the tests of CSAF, are somebody else's.
 * @param now milliseconds since 1970: a time after it is told
 * @see https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md
 * @example
 * ```ts
 * import { checkVex } from "../index.ts";
 * const document = { "@context": "https://openvex.dev/ns/v0.2.0", statements: [] };
 * checkVex(document, Date.UTC(2026, 0, 1)).findings[0]?.path; // "timestamp"
 * ```
 */
export function checkVex(
  document: Value,
  now: number,
): { readonly format: string; readonly specVersion: string; readonly findings: readonly VexFinding[] } {
  const context = isValueObject(document) ? member(document, "@context") : undefined;
  if (isValueObject(document) && typeof context === "string")
    return { format: "OpenVEX", specVersion: context, findings: [...checkOpenVex(document, now)] };
  const read = readVexDocument(document);
  if (!read.ok) {
    const { format, specVersion } = statedFormat(document);
    return { format, specVersion, findings: read.issues.map(({ path, message }) => unread(path, message)) };
  }
  const { format, specVersion, notes } = read.value;
  const told = notes.map(({ path, message, count }): VexFinding => {
    const more = count > 1 ? ` (${count} times)` : "";
    return {
      rule: "meaning",
      severity: "warning",
      path,
      message: `${message}${more}`,
      fix: "say it in another way, if it is to be read",
    };
  });
  return { format, specVersion, findings: [...told, ...checkContradictions(read.value.document.statements)] };
}

function unread(path: string, message: string): VexFinding {
  return { rule: "unreadable", severity: "error", path, message, fix: "write it as the format's specification says" };
}

/** What a document that cannot be read says that it is; empty where it says nothing. */
function statedFormat(document: Value): { readonly format: string; readonly specVersion: string } {
  if (!isValueObject(document)) return { format: "", specVersion: "" };
  const text = (value: Value | undefined): string => (typeof value === "string" ? value : "");
  const inner = member(document, "document");
  const csaf = isValueObject(inner) ? text(member(inner, "csaf_version")) : "";
  if (csaf !== "") return { format: "CSAF", specVersion: csaf };
  if (member(document, "bomFormat") === "CycloneDX")
    return { format: "CycloneDX", specVersion: text(member(document, "specVersion")) };
  return { format: "", specVersion: "" };
}

function* checkOpenVex(root: ValueObject, now: number): Iterable<VexFinding> {
  const decoded = decodeOpenVex(root);
  if (!decoded.ok) {
    for (const { path, message } of decoded.issues) yield { ...unread(path, message), rule: ruleOf(path) };
  }
  const id = member(root, "@id");
  if (id === undefined)
    yield finding("openvex-id", "@id", "expected an IRI, found nothing", "give the document an IRI of its own");
  else if (typeof id !== "string" || !IRI.test(id))
    yield finding("openvex-id", "@id", "it is no IRI", "write an IRI: https://… or urn:uuid:…");
  yield* checkUnknown(root, DOCUMENT_MEMBERS, "");
  yield* checkFuture(root, ["timestamp", "last_updated"], "", now);
  const version = member(root, "version");
  const number = version instanceof Double ? version.value : version;
  if (number === 0) yield finding("openvex-version", "version", "versions begin with 1", "write 1");
  const statements = member(root, "statements");
  if (!Array.isArray(statements)) return;
  if (statements.length === 0)
    yield { ...finding("openvex-statements", "statements", "it says nothing", "add statements"), severity: "warning" };
  for (const [index, statement] of (statements as readonly Value[]).entries()) {
    if (isValueObject(statement)) yield* checkStatement(statement, `statements[${index}]`, now);
  }
  if (decoded.ok) yield* checkContradictions(decoded.value.statements);
}

/** `statements[3].products[1].hashes` → `openvex-products`. */
function ruleOf(path: string): string {
  const names = path.replace(/\[\d+\]/g, "").split(".");
  const name = names[0] === "statements" ? (names[1] ?? "statement") : (names[0] ?? "");
  return `openvex-${name.replace(/[^a-z]+/gi, "-").replace(/^-/, "") || "document"}`;
}

function finding(rule: string, path: string, message: string, fix: string): VexFinding {
  return { rule, severity: "error", path, message, fix };
}

function* checkStatement(statement: ValueObject, path: string, now: number): Iterable<VexFinding> {
  yield* checkUnknown(statement, STATEMENT_MEMBERS, path);
  yield* checkFuture(statement, ["timestamp", "last_updated", "action_statement_timestamp"], path, now);
  const products = member(statement, "products");
  if (products === undefined || (Array.isArray(products) && products.length === 0)) {
    const message = "it names no product: it speaks of what an attestation is about, and else of nothing";
    yield { ...finding("openvex-products", join(path, "products"), message, "name the product"), severity: "warning" };
  }
  if (!Array.isArray(products)) return;
  for (const [index, product] of (products as readonly Value[]).entries()) {
    const at = `${join(path, "products")}[${index}]`;
    if (!isValueObject(product)) continue;
    yield* checkComponent(product, at);
    const inside = member(product, "subcomponents");
    if (!Array.isArray(inside)) continue;
    for (const [place, component] of (inside as readonly Value[]).entries()) {
      if (isValueObject(component)) yield* checkComponent(component, `${at}.subcomponents[${place}]`);
    }
  }
}

function* checkComponent(component: ValueObject, path: string): Iterable<VexFinding> {
  yield* checkUnknown(component, PRODUCT_MEMBERS, path);
  const id = member(component, "@id");
  if (typeof id === "string" && !IRI.test(id))
    yield finding("openvex-product-id", join(path, "@id"), "it is no IRI", "write a package URL or another IRI");
  if (typeof id === "string" && id.startsWith("pkg:") && !parsePackageUrl(id).ok)
    yield finding("openvex-product-id", join(path, "@id"), "it is no well-formed package URL", "correct it");
  const identifiers = member(component, "identifiers");
  if (isValueObject(identifiers)) {
    for (const [kind, value] of Object.entries(identifiers))
      yield* checkIdentifier(kind, value, join(join(path, "identifiers"), kind));
  }
  const hashes = member(component, "hashes");
  if (!isValueObject(hashes)) return;
  for (const [name, value] of Object.entries(hashes)) {
    const at = join(join(path, "hashes"), name);
    const digits = HASHES.get(name);
    if (digits === undefined)
      yield finding(
        "openvex-hash",
        at,
        "no hash algorithm of that name",
        `write one of ${[...HASHES.keys()].join(", ")}`,
      );
    else if (typeof value !== "string" || value.length !== digits || !/^[0-9a-f]+$/i.test(value))
      yield finding("openvex-hash", at, `expected ${digits} hexadecimal digits`, "write the hash in full");
  }
}

function* checkIdentifier(kind: string, value: Value, path: string): Iterable<VexFinding> {
  if (!IDENTIFIERS.includes(kind))
    yield finding("openvex-identifier", path, "no identifier of that kind", `write one of ${IDENTIFIERS.join(", ")}`);
  else if (kind === "purl" && typeof value === "string" && !parsePackageUrl(value).ok)
    yield finding("openvex-identifier", path, "it is no well-formed package URL", "correct it");
  else if (kind === "cpe23" && typeof value === "string" && !value.startsWith("cpe:2.3:"))
    yield finding("openvex-identifier", path, "it is no CPE 2.3 name", "begin it with cpe:2.3:");
  else if (kind === "cpe22" && typeof value === "string" && !value.startsWith("cpe:/"))
    yield finding("openvex-identifier", path, "it is no CPE 2.2 name", "begin it with cpe:/");
}

function* checkUnknown(object: ValueObject, known: readonly string[], path: string): Iterable<VexFinding> {
  for (const key of Object.keys(object)) {
    if (known.includes(key) || key.startsWith("$")) continue;
    const message = "OpenVEX has no such member, and nobody reads it";
    yield {
      ...finding("openvex-unknown", join(path, key.slice(0, 60)), message, "leave it out, or correct its name"),
      severity: "warning",
    };
  }
}

function* checkFuture(object: ValueObject, keys: readonly string[], path: string, now: number): Iterable<VexFinding> {
  for (const key of keys) {
    const value = member(object, key);
    if (typeof value !== "string") {
      if (value !== undefined)
        yield finding(
          "openvex-time",
          join(path, key),
          `expected an RFC 3339 time, found ${describe(value)}`,
          "write a text",
        );
      continue;
    }
    const time = parseTime(value);
    // Of the document's and the statements' own times the reader tells.
    if (time === undefined && key !== "timestamp")
      yield finding("openvex-time", join(path, key), "it is no RFC 3339 time", "write it as 2026-01-31T12:00:00Z");
    if (time !== undefined && time > now + FIVE_MINUTES) {
      const fix = "correct it, or the clock of the machine that wrote it";
      yield {
        ...finding(
          "openvex-future",
          join(path, key),
          "it is in the future: the statements decide nothing until then",
          fix,
        ),
        severity: "warning",
      };
    }
  }
}

/**
 * Statements of the same time about the very same: an error where they give it another status, since nobody can tell which
 * one counts; else one of them says nothing new, or another reason.
 */
function* checkContradictions(statements: readonly VexStatement[]): Iterable<VexFinding> {
  const seen = new Map<string, number>();
  for (const [index, statement] of statements.entries()) {
    for (const { key, product } of atomsOf(statement)) {
      const place = `${key} ${parseTime(statement.timestamp) ?? ""}`;
      const first = seen.get(place);
      const other = first === undefined ? undefined : statements[first];
      if (first === undefined || other === undefined) seen.set(place, index);
      else if (first !== index) {
        yield contradiction(statement, other, { index, first, product });
        break;
      }
    }
  }
}

function contradiction(
  statement: VexStatement,
  other: VexStatement,
  { index, first, product }: { readonly index: number; readonly first: number; readonly product: string },
): VexFinding {
  const hasOtherStatus = statement.status !== other.status;
  const isSame = !hasOtherStatus && statement.justification === other.justification;
  const says = isSame ? "the same" : hasOtherStatus ? "another status" : "another reason";
  return {
    rule: isSame ? "repeated" : "contradiction",
    severity: hasOtherStatus ? "error" : isSame ? "note" : "warning",
    path: `statements[${index}]`,
    message: `statement ${first} gives ${statement.vulnerability} in ${product.slice(0, 100)} ${says} at the same time`,
    fix: isSame ? "leave one of them out" : "leave one of them out, or give the later one its time",
  };
}
