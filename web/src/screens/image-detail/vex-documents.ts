import type { RouteResponse } from "../../../../src/api/index.ts";
import type { Finding } from "../findings/vex-words.ts";

export type ImageDocument = RouteResponse<"GET /api/v1/images/:image">["documents"][number];
export type DocumentContent = RouteResponse<"GET /api/v1/images/:image/document">;

/** One statement of an OpenVEX document with the findings that it decides. */
export interface StatementRow {
  readonly vulnerability: string;
  readonly status: string;
  readonly justification?: string;
  readonly impactStatement?: string;
  readonly actionStatement?: string;
  /** The products' subcomponents; empty where it speaks of the whole product. */
  readonly components: readonly string[];
  readonly decides: readonly Finding[];
}

/** A VEX document with its statements. */
export interface VexGroup {
  /** The name that the document gives itself; absent where it could not be read. */
  readonly documentId?: string;
  readonly author?: string;
  readonly document?: ImageDocument;
  /** Absent where the content is not here or is not OpenVEX. */
  readonly statements?: readonly StatementRow[];
  /** Statements beyond those listed. */
  readonly more: number;
  readonly decides: readonly Finding[];
}

const MAX_STATEMENTS = 500;

/**
 * Groups what is said about an image by document: those attached, with their statements where `contents` has them, then
 * documents that only the findings name. Contents are outside data: what has another shape than OpenVEX is left out.
 */
export function groupVex(
  documents: readonly ImageDocument[],
  contents: ReadonlyMap<string, DocumentContent>,
  findings: readonly Finding[],
): readonly VexGroup[] {
  const byDocument = new Map<string, Finding[]>();
  for (const finding of findings) {
    const id = finding.statement?.documentId;
    if (id !== undefined) byDocument.set(id, [...(byDocument.get(id) ?? []), finding]);
  }
  const named = new Set<string>();
  const groups = documents
    .filter((document) => document.kind === "vex")
    .map((document): VexGroup => {
      const predicate = contents.get(document.id)?.predicate;
      const documentId = textAt(predicate, "@id");
      if (documentId === undefined) return { document, more: 0, decides: [] };
      named.add(documentId);
      const decides = document.status === "verified" ? (byDocument.get(documentId) ?? []) : [];
      const author = textAt(predicate, "author");
      const all = listAt(predicate, "statements");
      return {
        documentId,
        document,
        decides,
        statements: all.slice(0, MAX_STATEMENTS).map((statement) => readStatement(statement, decides)),
        more: Math.max(0, all.length - MAX_STATEMENTS),
        ...(author === undefined ? {} : { author }),
      };
    });
  const others = [...byDocument]
    .filter(([id]) => !named.has(id))
    .map(([documentId, decides]): VexGroup => {
      const author = decides[0]?.statement?.author;
      return { documentId, decides, more: 0, ...(author === undefined ? {} : { author }) };
    });
  return [...groups, ...others];
}

function readStatement(statement: unknown, findings: readonly Finding[]): StatementRow {
  const vulnerability = nameOf(valueAt(statement, "vulnerability"));
  const status = textAt(statement, "status") ?? "";
  const components = listAt(statement, "products")
    .flatMap((product) => listAt(product, "subcomponents"))
    .flatMap((component) => textAt(component, "@id") ?? []);
  const names = new Set([vulnerability, ...listAt(valueAt(statement, "vulnerability"), "aliases")]);
  const decides = findings.filter(
    (finding) =>
      finding.statement?.status === status &&
      [finding.vulnerability, ...finding.aliases].some((name) => names.has(name)) &&
      (components.length === 0 || components.some((component) => namesPackage(component, finding.purl))),
  );
  const optional = {
    justification: textAt(statement, "justification"),
    impactStatement: textAt(statement, "impact_statement"),
    actionStatement: textAt(statement, "action_statement"),
  };
  const given = Object.fromEntries(Object.entries(optional).filter(([, text]) => text !== undefined && text !== ""));
  return { vulnerability, status, components, decides, ...given };
}

/** Whether a purl names the same package; one without version or qualifiers names all of them. */
function namesPackage(named: string, purl: string): boolean {
  return named === purl || purl.startsWith(`${named}@`) || purl.startsWith(`${named}?`);
}

function nameOf(vulnerability: unknown): string {
  if (typeof vulnerability === "string") return vulnerability;
  return textAt(vulnerability, "name") ?? textAt(vulnerability, "@id") ?? "(no name)";
}

function valueAt(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string, unknown>)[key];
}

function textAt(value: unknown, key: string): string | undefined {
  const member = valueAt(value, key);
  return typeof member === "string" ? member : undefined;
}

function listAt(value: unknown, key: string): readonly unknown[] {
  const member = valueAt(value, key);
  return Array.isArray(member) ? member : [];
}
