import { AmapError, parseTime, type Value, type ValueObject } from "../../base/index.ts";
import { withoutUndefined } from "../document-reader.ts";
import type { Loss } from "../sbom/sbom.ts";
import { type CsafEdition, encodeCsafProducts } from "./encode-csaf-products.ts";
import { namingSystemOf, VexLosses } from "./encode-losses.ts";
import { statementProblem, VEX_STATUSES, type VexDocument, type VexStatement, type VexStatus } from "./vex.ts";

/** What CSAF asks for and a VEX document does not hold. */
export interface CsafOptions {
  readonly version: CsafEdition;
  /** A URL that the publisher is known by: ids of documents are unique below it. */
  readonly publisherNamespace: string;
  /** The document's author where left out. */
  readonly publisherName?: string;
  /** The document's role where that is one of the categories, else `other`. */
  readonly publisherCategory?: string;
  /** The document's id where left out, without the namespace that it begins with. */
  readonly trackingId?: string;
  readonly title?: string;
  /** Who may read it; CSAF 2.1 demands it. */
  readonly tlp?: string;
  /** BCP 47. */
  readonly language?: string;
}

/** A VEX document in another format. */
export interface EncodedVex {
  readonly value: Value;
  /** What it does not say as the document did, sorted by path. */
  readonly losses: readonly Loss[];
}

/** Categories of publishers of CSAF 2.0; 2.1 has one more. */
export const PUBLISHER_CATEGORIES: readonly string[] = [
  "coordinator",
  "discoverer",
  "other",
  "translator",
  "user",
  "vendor",
];
/** Labels of the Traffic Light Protocol: those of CSAF 2.0 and of 2.1. */
export const TLP_LABELS: { readonly [version in CsafEdition]: readonly string[] } = {
  "2.0": ["WHITE", "GREEN", "AMBER", "RED"],
  "2.1": ["CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"],
};

const GROUPS: { readonly [status in VexStatus]: string } = {
  affected: "known_affected",
  under_investigation: "under_investigation",
  not_affected: "known_not_affected",
  fixed: "fixed",
};
const SCHEMA_2_1 = "https://docs.oasis-open.org/csaf/csaf/v2.1/schema/csaf.json";
const CVE = /^CVE-\d{4}-\d{4,}$/;

/** What one vulnerability's statements say of single products, by product id. */
interface SaidOfProduct {
  readonly id: string;
  readonly statement: VexStatement;
}

/**
 * Writes a document as CSAF 2.0 or 2.1 of the profile VEX. Statements about the same vulnerability stand together; of two
 * about one product the newer is written, of two as new the less favourable. Actions become remediations of the category
 * `mitigation`, notes on a status threats of the category `impact`, which amap reads as notes again. The version is 1: CSAF
 * demands the history of all earlier ones, which a VEX document does not hold.
 * @throws {AmapError} DOCUMENT_INVALID for a statement without product, or that lacks what its status needs; LIMIT_EXCEEDED
 * @see https://docs.oasis-open.org/csaf/csaf/v2.0/os/csaf-v2.0-os.html#45-profile-5-vex
 * @example
 * ```ts
 * import { encodeCsafVex } from "../index.ts";
 * const statement = {
 *   vulnerability: "CVE-2021-23337", aliases: [], status: "fixed", timestamp: "2026-01-01T00:00:00Z",
 *   products: [{ id: "pkg:npm/lodash@4.17.21", identifiers: {}, hashes: {}, subcomponents: [] }],
 * } as const;
 * const document = {
 *   id: "https://example.com/vex-1", author: "Zoe", timestamp: statement.timestamp, version: 1, statements: [statement],
 * };
 * encodeCsafVex(document, { version: "2.0", publisherNamespace: "https://example.com" }).losses; // []
 * ```
 */
export function encodeCsafVex(document: VexDocument, options: CsafOptions): EncodedVex {
  const losses = new VexLosses();
  const chosen = groupByVulnerability(document, losses);
  const products = encodeCsafProducts(options.version, losses);
  const vulnerabilities = chosen.map((statements) => encodeVulnerability(statements, products.idOf, losses));
  const value: Value = withoutUndefined({
    $schema: options.version === "2.1" ? SCHEMA_2_1 : undefined,
    document: encodeHead(document, options, losses),
    product_tree: products.tree(),
    vulnerabilities,
  });
  return { value, losses: losses.list() };
}

function encodeHead(document: VexDocument, options: CsafOptions, losses: VexLosses): ValueObject {
  const { version, language, tlp } = options;
  const namespace = options.publisherNamespace.replace(/\/$/, "");
  const trackingId = options.trackingId ?? trackingIdOf(document.id, namespace);
  if (`${namespace}/${trackingId}` !== document.id)
    losses.add("changed", "id", "the document is known by its publisher and an id of the publisher's");
  if (document.version !== 1)
    losses.add("changed", "version", "it is written as 1: the history of earlier editions is not known");
  const name = options.publisherName ?? document.author;
  if (name !== document.author) losses.add("changed", "author", "another publisher was asked for");
  const category = categoryOf(document, options);
  if (document.role !== undefined && document.role !== category)
    losses.add("changed", "role", `the publisher's category is ${category}`);
  if (document.lastUpdated !== undefined)
    losses.add("dropped", "lastUpdated", "the document's own time is that of its only edition");
  const released = releasedAt(document);
  return withoutUndefined({
    category: "csaf_vex",
    csaf_version: version,
    distribution: tlp === undefined ? undefined : { tlp: { label: tlp } },
    lang: language,
    publisher: { category, name, namespace },
    title: options.title ?? `VEX statements of ${name}`,
    tracking: withoutUndefined({
      current_release_date: released,
      generator: document.tooling === undefined ? undefined : { engine: { name: document.tooling } },
      id: trackingId,
      initial_release_date: released,
      revision_history: [{ date: released, number: "1", summary: "First edition as CSAF" }],
      status: "final",
      version: "1",
    }),
  });
}

/** A text without line breaks and blanks around it, as CSAF demands. */
function trackingIdOf(id: string, namespace: string): string {
  const own = id.startsWith(`${namespace}/`) ? id.slice(namespace.length + 1) : id;
  return own.replace(/\s+/g, " ").trim() || "vex";
}

function categoryOf({ role }: VexDocument, { publisherCategory }: CsafOptions): string {
  if (publisherCategory !== undefined) return publisherCategory;
  return PUBLISHER_CATEGORIES.find((each) => each === role) ?? "other";
}

/** When anything in it was last said: older than what it says, the document would count less than it does. */
function releasedAt({ timestamp, statements }: VexDocument): string {
  const times = [timestamp, ...statements.map((statement) => statement.timestamp)];
  return timeOf(times.reduce((newest, time) => ((parseTime(time) ?? 0) > (parseTime(newest) ?? 0) ? time : newest)));
}

/** RFC 3339 allows small letters, CSAF does not. */
function timeOf(timestamp: string): string {
  return timestamp.toUpperCase();
}

/** Statements about one vulnerability: CSAF names each CVE once. */
function groupByVulnerability(document: VexDocument, losses: VexLosses): readonly (readonly VexStatement[])[] {
  const released = releasedAt(document);
  const groups = new Map<string, VexStatement[]>();
  for (const [index, statement] of document.statements.entries()) {
    const problem = statementProblem(statement);
    if (problem !== undefined) throw new AmapError("DOCUMENT_INVALID", `statements[${index}]: ${problem}`);
    if (statement.products.length === 0)
      throw new AmapError("DOCUMENT_INVALID", `statements[${index}]: names no product, which CSAF demands`);
    const names = [statement.vulnerability, ...statement.aliases];
    const key = names.find((name) => CVE.test(name)) ?? statement.vulnerability;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [statement]);
    else group.push(statement);
    if (key !== statement.vulnerability)
      losses.add("changed", "statements[].vulnerability", "the CVE among its aliases is its name");
    if (timeOf(statement.timestamp) !== released)
      losses.add("changed", "statements[].timestamp", "a document has one time, which is read for all its statements");
  }
  return [...groups.values()];
}

function encodeVulnerability(
  statements: readonly VexStatement[],
  idOf: (product: VexStatement["products"][number]) => readonly string[],
  losses: VexLosses,
): ValueObject {
  const names = [...new Set(statements.flatMap(({ vulnerability, aliases }) => [vulnerability, ...aliases]))];
  if (statements.some(({ aliases }) => aliases.length + 1 < names.length))
    losses.add("changed", "statements[].aliases", "statements about one CVE share their aliases");
  const cve = names.find((name) => CVE.test(name));
  const ids = names.filter((name) => name !== cve);
  const said = chooseStatements(statements, idOf, losses);
  const status = new Map<string, string[]>();
  for (const { id, statement } of said) {
    const group = GROUPS[statement.status];
    const listed = status.get(group);
    if (listed === undefined) status.set(group, [id]);
    else listed.push(id);
  }
  const threats = said.flatMap(({ id, statement }) => {
    const details = impactOf(statement, losses);
    return details === undefined ? [] : [{ category: "impact", details, id, statement }];
  });
  return withoutUndefined({
    cve,
    ids: ids.length === 0 ? undefined : ids.map((text) => ({ system_name: namingSystemOf(text), text })),
    notes: notesOn(statements, cve ?? names[0] ?? "", losses),
    flags: flagsOf(said),
    product_status: Object.fromEntries([...status].sort(([a], [b]) => (a < b ? -1 : 1))),
    remediations: remarks(
      said.flatMap(({ id, statement }) => {
        const { status: label, actionStatement } = statement;
        if (actionStatement === undefined) return [];
        if (label !== "affected")
          losses.add("dropped", "statements[].actionStatement", "an action for what is not affected");
        return label === "affected" ? [{ category: "mitigation", details: actionStatement, id, statement }] : [];
      }),
    ),
    threats: remarks(threats),
  });
}

/** One statement for each product: the newest, of two as new the less favourable. */
function chooseStatements(
  statements: readonly VexStatement[],
  idOf: (product: VexStatement["products"][number]) => readonly string[],
  losses: VexLosses,
): readonly SaidOfProduct[] {
  const chosen = new Map<string, VexStatement>();
  for (const statement of statements) {
    for (const id of new Set(statement.products.flatMap(idOf))) {
      const other = chosen.get(id);
      if (other !== undefined)
        losses.add("dropped", "statements[]", "an older statement about the same vulnerability in the same product");
      if (other === undefined || isStronger(statement, other)) chosen.set(id, statement);
    }
  }
  return [...chosen].map(([id, statement]) => ({ id, statement }));
}

function isStronger(a: VexStatement, b: VexStatement): boolean {
  const [left, right] = [parseTime(a.timestamp) ?? 0, parseTime(b.timestamp) ?? 0];
  if (left !== right) return left > right;
  return VEX_STATUSES.indexOf(a.status) < VEX_STATUSES.indexOf(b.status);
}

/** What is said as a threat: the impact, and on another status than not_affected the notes. */
function impactOf(statement: VexStatement, losses: VexLosses): string | undefined {
  const { status, impactStatement, statusNotes } = statement;
  if (status === "not_affected") return impactStatement;
  if (impactStatement !== undefined)
    losses.add("changed", "statements[].impactStatement", `an impact of what is ${status} is read as a note on it`);
  const texts = [statusNotes, impactStatement].filter((text) => text !== undefined);
  return texts.length === 0 ? undefined : texts.join("\n");
}

/** The profile demands notes; those on not_affected are kept as such. */
function notesOn(statements: readonly VexStatement[], name: string, losses: VexLosses): Value {
  const kept = statements.flatMap(({ status, statusNotes }) =>
    status === "not_affected" && statusNotes !== undefined ? [statusNotes] : [],
  );
  if (kept.length > 0)
    losses.add(
      "dropped",
      "statements[].statusNotes",
      "a note on not_affected is a note on the vulnerability, and not read",
    );
  return [
    { category: "general", text: `Statements about ${name}`, title: "VEX" },
    ...[...new Set(kept)].map((text) => ({ category: "other", text, title: "Status notes" })),
  ];
}

function flagsOf(said: readonly SaidOfProduct[]): Value | undefined {
  const flags = new Map<string, { readonly label: string; readonly date: string; product_ids: string[] }>();
  for (const { id, statement } of said) {
    if (statement.justification === undefined) continue;
    const date = timeOf(statement.timestamp);
    const key = JSON.stringify([statement.justification, date]);
    const flag = flags.get(key) ?? { label: statement.justification, date, product_ids: [] };
    flag.product_ids.push(id);
    flags.set(key, flag);
  }
  return flags.size === 0 ? undefined : [...flags.values()];
}

/** Remediations or threats: those with the same words as one. */
function remarks(
  all: readonly {
    readonly category: string;
    readonly details: string;
    readonly id: string;
    readonly statement: VexStatement;
  }[],
): Value | undefined {
  const groups = new Map<string, { category: string; date: string; details: string; product_ids: string[] }>();
  for (const { category, details, id, statement } of all) {
    const date = timeOf(statement.timestamp);
    const key = JSON.stringify([details, date]);
    const group = groups.get(key) ?? { category, date, details, product_ids: [] };
    group.product_ids.push(id);
    groups.set(key, group);
  }
  return groups.size === 0 ? undefined : [...groups.values()];
}
