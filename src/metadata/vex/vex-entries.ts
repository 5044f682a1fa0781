import {
  canonicalJson,
  isValueObject,
  listOf,
  memberOf,
  parseTime,
  type Value,
  type ValueObject,
} from "../../base/index.ts";
import { encodeStatement } from "./openvex.ts";
import { atomsOf, type StatementAtom } from "./statement-atoms.ts";
import { statementProblem, type VexStatement } from "./vex.ts";
import type { ReadVex } from "./vex-notes.ts";

/** A VEX document, read and as it is written. */
export interface VexSource extends Omit<ReadVex, "notes"> {
  readonly value: Value;
  /** Its file's name. */
  readonly source: string;
}

/** One statement of a document, and its form in OpenVEX 0.2.0. */
export interface VexEntry {
  readonly statement: VexStatement;
  /** With every member that the document has, where it is OpenVEX of that form already. */
  readonly written: ValueObject;
  readonly origin: VexSource;
  /** Its place in the document's list, from 0. */
  readonly index: number;
  /** Milliseconds. */
  readonly time: number;
}

/** The OpenVEX contexts whose statements have the form of 0.2.0. */
const CONTEXTS_OF_TODAY = new Set(["https://openvex.dev/ns/v0.2.0", "https://openvex.dev/ns/v0.0.2"]);
/** Members that are left out where they are empty. */
const TEXTS = new Set(["status_notes", "justification", "impact_statement", "action_statement"]);

/** Whether a document is OpenVEX in the form that is written today. */
export function isOpenVexOfToday({ format, specVersion }: Pick<VexSource, "format" | "specVersion">): boolean {
  return format === "OpenVEX" && CONTEXTS_OF_TODAY.has(specVersion);
}

/**
 * The statements of a document, in its order.
 * @param note told what OpenVEX demands and a statement lacks, so that words stand in for it
 */
export function entriesOf(origin: VexSource, note: (message: string) => void): readonly VexEntry[] {
  const raw = isOpenVexOfToday(origin) ? listOf(origin.value, "statements") : [];
  return origin.document.statements.map((stated, index) => {
    const statement = completed(stated, (lack) => note(`${origin.source}: statement ${index + 1}: ${lack}`));
    return {
      statement,
      written: writtenAs(encodeStatement(statement, index), raw[index]),
      origin,
      index,
      time: parseTime(statement.timestamp) ?? Number.NEGATIVE_INFINITY,
    };
  });
}

/** A statement with what its status needs. Formats that do not demand it are read without. */
function completed(statement: VexStatement, note: (message: string) => void): VexStatement {
  const problem = statementProblem(statement);
  if (problem === undefined) return statement;
  const { justification: _, ...rest } = statement;
  if (statement.status === "affected") {
    note(`${problem}: it is written as "No action is stated."`);
    return { ...rest, actionStatement: statement.actionStatement ?? "No action is stated." };
  }
  if (statement.status === "not_affected") {
    note(`${problem}: it is written as "No reason is stated."`);
    return { ...statement, impactStatement: "No reason is stated." };
  }
  note(`${problem}: it is left out`);
  return rest;
}

/** What the document says beyond the model stays: the vulnerability's IRI and description, a product's supplier. */
function writtenAs(encoded: ValueObject, raw: Value | undefined): ValueObject {
  if (!isValueObject(raw)) return encoded;
  const kept = Object.entries(raw).filter(([key]) => !TEXTS.has(key) || memberOf(encoded, key) !== undefined);
  const vulnerability = memberOf(raw, "vulnerability");
  const products = listOf(raw, "products");
  return {
    ...Object.fromEntries(kept),
    ...encoded,
    ...(isValueObject(vulnerability)
      ? { vulnerability: { ...vulnerability, ...(memberOf(encoded, "vulnerability") as ValueObject) } }
      : {}),
    ...(products.length > 0 && products.every(isValueObject) ? { products } : {}),
  };
}

/**
 * The entry without some of what it speaks of; undefined where nothing is left. It never speaks of more: a product whose
 * subcomponents all go, goes with them, since one without any would speak of all.
 */
export function withoutAtoms(entry: VexEntry, isGone: (atom: StatementAtom) => boolean): VexEntry | undefined {
  const { statement, written } = entry;
  const atoms = atomsOf(statement);
  const kept = atoms.filter((atom) => !isGone(atom));
  if (kept.length === atoms.length) return entry;
  if (kept.length === 0) return undefined;
  const products = listOf(written, "products");
  const left = statement.products.flatMap((product, productIndex) => {
    const own = kept.filter((atom) => atom.productIndex === productIndex);
    if (own.length === 0) return [];
    const stays = new Set(own.map(({ subcomponentIndex }) => subcomponentIndex));
    const raw = products[productIndex] as ValueObject;
    const subcomponents = listOf(raw, "subcomponents").filter((_, index) => stays.has(index));
    return [
      {
        product: { ...product, subcomponents: product.subcomponents.filter((_, index) => stays.has(index)) },
        raw: subcomponents.length === 0 ? raw : { ...raw, subcomponents },
      },
    ];
  });
  return {
    ...entry,
    statement: { ...statement, products: left.map(({ product }) => product) },
    written: { ...written, products: left.map(({ raw }) => raw) },
  };
}

/** The same text for entries that say the same in the same words at the same time. */
export function textOfEntry({ written }: VexEntry): string {
  return canonicalJson(written);
}
