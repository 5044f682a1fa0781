import { compareText } from "../../base/index.ts";
import type { Candidate, TrustedVexDocument } from "./prepared-statements.ts";
import { atomsOf, nameOfComponent } from "./statement-atoms.ts";
import type { VexStatement, VexStatus } from "./vex.ts";

/** One statement, named by where it stands. */
export interface StatementName {
  readonly documentId: string;
  readonly source: string;
  readonly author: string;
  /** Its place in the document's list, from 0. */
  readonly index: number;
  readonly vulnerability: string;
  readonly status: VexStatus;
  /** RFC 3339. */
  readonly timestamp: string;
}

/** Statements that say different things about one vulnerability in one product. */
export interface VexConflict {
  readonly vulnerability: string;
  /** Empty where they name none. */
  readonly product: string;
  readonly subcomponent?: string;
  /** The newest first, at most twenty. */
  readonly statements: readonly StatementName[];
  /** How many there are. */
  readonly count: number;
  /** Whether time does not tell them apart, so that the least favourable one counts. */
  readonly isTie: boolean;
}

/** What a conflict asks of a statement. */
type Placed = Pick<Candidate, "statement" | "origin" | "index" | "time">;

const MAX_STATEMENTS = 20;

/**
 * Where statements contradict: another status about the same vulnerability in the same product, at the same time or in
 * another document. A document that changes its mind later is its history, and no conflict.
 */
export function findConflicts(statements: readonly Placed[]): readonly VexConflict[] {
  const byAtom = new Map<string, { readonly product: string; readonly subcomponent?: string; said: Placed[] }>();
  for (const placed of statements) {
    for (const { key, product, subcomponent } of atomsOf(placed.statement)) {
      const atom = byAtom.get(key);
      if (atom === undefined)
        byAtom.set(key, { product, ...(subcomponent === undefined ? {} : { subcomponent }), said: [placed] });
      else if (atom.said.at(-1) !== placed) atom.said.push(placed);
    }
  }
  return [...byAtom.values()]
    .flatMap(({ said, ...names }) => {
      const conflict = conflictOf(said);
      return conflict === undefined ? [] : [{ ...names, ...conflict }];
    })
    .sort(
      (a, b) =>
        compareText(a.vulnerability, b.vulnerability) ||
        compareText(a.product, b.product) ||
        compareText(a.subcomponent ?? "", b.subcomponent ?? ""),
    );
}

function conflictOf(said: readonly Placed[]): Omit<VexConflict, "product" | "subcomponent"> | undefined {
  const sorted = [...said].sort(compareNewest);
  const [newest] = sorted;
  if (newest === undefined) return undefined;
  const differs = (other: Placed): boolean => other.statement.status !== newest.statement.status;
  const isTie = sorted.some((other) => differs(other) && other.time === newest.time);
  if (!isTie && !sorted.some((other) => differs(other) && !isSameDocument(other.origin, newest.origin)))
    return undefined;
  return {
    vulnerability: newest.statement.vulnerability,
    statements: sorted.slice(0, MAX_STATEMENTS).map(nameStatement),
    count: sorted.length,
    isTie,
  };
}

function isSameDocument(a: TrustedVexDocument, b: TrustedVexDocument): boolean {
  return a.document.id === b.document.id && a.document.author === b.document.author;
}

function compareNewest(a: Placed, b: Placed): number {
  return (
    b.time - a.time ||
    compareText(a.origin.document.id, b.origin.document.id) ||
    compareText(a.origin.source, b.origin.source) ||
    a.index - b.index
  );
}

/** A statement by where it stands. */
export function nameStatement({ statement, origin, index }: Placed): StatementName {
  return {
    documentId: origin.document.id,
    source: origin.source,
    author: origin.document.author,
    index,
    vulnerability: statement.vulnerability,
    status: statement.status,
    timestamp: statement.timestamp,
  };
}

/** What a statement names, for people: at most `max` products, each with how many subcomponents it has. */
export function productNames({ products }: VexStatement, max: number): readonly string[] {
  const names = products.slice(0, max).map((product) => {
    const { length } = product.subcomponents;
    const [first] = product.subcomponents;
    const inside =
      first === undefined ? "" : ` (${nameOfComponent(first)}${length > 1 ? ` and ${length - 1} more` : ""})`;
    return `${nameOfComponent(product)}${inside}`;
  });
  return products.length > max ? [...names, `and ${products.length - max} more`] : names;
}
