import { isAmapError } from "../../../base/index.ts";
import type { AstNode } from "../../language/cel/syntax/ast.ts";
import { parseExpression } from "../../language/cel/syntax/parser.ts";

/**
 * Which of `names` an expression uses, in any place, as Kyverno finds them: by the syntax alone. An expression that cannot
 * be read uses none; what is wrong with it is told when it is compiled.
 */
export function namesUsed(expression: string, names: readonly string[]): ReadonlySet<string> {
  const used = new Set<string>();
  if (!names.some((name) => expression.includes(name))) return used;
  // A stack of its own: how deep a tree is depends on who wrote it.
  const open: unknown[] = [rootOf(expression)];
  while (open.length > 0) {
    const node = open.pop();
    if (typeof node !== "object" || node === null || isLiteral(node)) continue;
    if (isIdentifier(node) && names.includes(node.name)) used.add(node.name);
    for (const inner of Object.values(node)) open.push(inner);
  }
  return used;
}

/**
 * The expressions between `((` and `))` of a template. Parentheses and texts inside them count: the end is the first `))`
 * that closes nothing of the expression's own. What has no end is none.
 */
export function expressionsInTemplate(template: string): readonly string[] {
  const found: string[] = [];
  let from = template.indexOf("((");
  while (from >= 0) {
    const end = endOfPlaceholder(template, from + 2);
    if (end < 0) break;
    found.push(template.slice(from + 2, end));
    from = template.indexOf("((", end + 2);
  }
  return found;
}

function endOfPlaceholder(template: string, start: number): number {
  let depth = 0;
  let quote = "";
  for (let at = start; at < template.length; at++) {
    const character = template.charAt(at);
    if (quote !== "") {
      if (character === "\\") at++;
      else if (character === quote) quote = "";
    } else if (character === '"' || character === "'") quote = character;
    else if (character === "(") depth++;
    else if (character === ")" && depth > 0) depth--;
    else if (template.startsWith("))", at)) return at;
  }
  return -1;
}

function rootOf(expression: string): AstNode | undefined {
  try {
    return parseExpression(expression).root;
  } catch (error) {
    if (isAmapError(error)) return undefined;
    throw error;
  }
}

const isLiteral = (node: object): boolean => (node as Partial<AstNode>).kind === "literal";
const isIdentifier = (node: object): node is Extract<AstNode, { kind: "identifier" }> =>
  (node as Partial<AstNode>).kind === "identifier";
