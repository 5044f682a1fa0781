import type { AstNode } from "./ast.ts";

/** The dotted name a node spells (`a.b.c`, with a leading dot when absolute), or undefined when it is more than that. */
export function dottedName(node: AstNode): string | undefined {
  const fields: string[] = [];
  let at = node;
  while (at.kind === "select" && !at.optional && !at.quoted) {
    fields.push(at.field);
    at = at.operand;
  }
  if (at.kind !== "identifier") return undefined;
  return [at.absolute ? `.${at.name}` : at.name, ...fields.toReversed()].join(".");
}
