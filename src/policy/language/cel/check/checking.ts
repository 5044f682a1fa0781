import type { AstNode } from "../syntax/ast.ts";
import type { CelType } from "../types.ts";
import type { Substitution } from "./substitution.ts";

/** A macro's variable around a node, the innermost first. */
export interface Scope {
  readonly name: string;
  readonly type: CelType;
  readonly outer: Scope | undefined;
}

/** What checking one kind of node needs of the rest. */
export interface Checking {
  readonly substitution: Substitution;
  /** The type of a part, with what is known of it so far. */
  visit(node: AstNode, scope: Scope | undefined): CelType;
  /** A part that must be true or false; `of` is what it stands in. */
  condition(node: AstNode, of: string, scope: Scope | undefined): void;
  /** Notes an issue; what is wrong is dyn from here on, so that it causes no others. */
  fail(offset: number, message: string): CelType;
  /** A type for a message. */
  show(type: CelType): string;
}

/** The innermost variable of a macro with this name. */
export function findScope(scope: Scope | undefined, name: string): Scope | undefined {
  let at = scope;
  while (at !== undefined && at.name !== name) at = at.outer;
  return at;
}
