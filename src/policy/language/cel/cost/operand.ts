import type { AstNode } from "../syntax/ast.ts";
import type { CelType } from "../types.ts";
import type { CelValue } from "../values/value.ts";
import { type CostRange, ONE, UNKNOWN_SIZE, uniteRanges } from "./range.ts";

/** Sizes of a list's indices and elements, or of a map's keys and values. */
export interface EntrySizes {
  readonly container: "list" | "map";
  readonly key: CostRange;
  readonly value: CostRange;
}

/** What is known of a part of an expression. */
export interface Operand {
  /** Of the part itself, with everything in it. */
  readonly cost: CostRange;
  readonly type: CelType;
  readonly size: CostRange | undefined;
  readonly entries?: EntrySizes | undefined;
  /** The way to it from a variable: field names, `@items`, `@indices`, `@keys`, `@values`. */
  readonly path?: readonly string[] | undefined;
  /** Of literals. */
  readonly literal?: CelValue;
}

/** A name that a macro defines, the innermost first. */
export interface LocalScope {
  readonly name: string;
  readonly path: readonly string[] | undefined;
  readonly size: CostRange | undefined;
  readonly entries: EntrySizes | undefined;
  readonly outer: LocalScope | undefined;
}

/** What walks the tree, for the macros. */
export interface CostWalker {
  typeOf(id: number): CelType;
  visit(node: AstNode, scope: LocalScope | undefined): Operand;
  /** A name that is no declared variable's: a macro's. */
  variable(name: string, type: CelType, scope: LocalScope | undefined): Operand;
}

export function findLocal(scope: LocalScope | undefined, name: string): LocalScope | undefined {
  let at = scope;
  while (at !== undefined && at.name !== name) at = at.outer;
  return at;
}

export const sizeOrUnknown = (operand: Operand): CostRange => operand.size ?? UNKNOWN_SIZE;

const SCALARS: ReadonlySet<string> = new Set([
  "bool",
  "int",
  "uint",
  "double",
  "google.protobuf.Timestamp",
  "google.protobuf.Duration",
]);

/** Values whose type alone tells their size have size 1. */
export function sizeOfType(type: CelType): CostRange | undefined {
  let at = type;
  while (at.kind === "optional") at = at.value;
  return at.kind === "simple" && SCALARS.has(at.name) ? ONE : undefined;
}

export function uniteEntries(left: EntrySizes | undefined, right: EntrySizes | undefined): EntrySizes | undefined {
  if (left === undefined || right === undefined) return undefined;
  return {
    container: left.container,
    key: uniteRanges(left.key, right.key),
    value: uniteRanges(left.value, right.value),
  };
}

/** Whether a type is one simple type, or may turn out to be it. */
export function mayBe(type: CelType, name: string): boolean {
  return type.kind === "simple" && (type.name === name || type.name === "dyn");
}

/** Whether nothing is known of a type. */
export const isDyn = (type: CelType): boolean => type.kind === "simple" && type.name === "dyn";
