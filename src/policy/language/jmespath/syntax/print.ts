import { isValueObject, type Value } from "../../../../base/index.ts";
import { floatText } from "../../pattern/go-text.ts";
import { sortedKeys } from "../go-json.ts";
import { childrenOf, type JmesNode } from "./ast.ts";
import { parseJmesPath } from "./parser.ts";

const NAMES: Readonly<Record<JmesNode["kind"], string>> = {
  and: "ASTAndExpression",
  arithmetic: "ASTArithmeticExpression",
  comparator: "ASTComparator",
  current: "ASTCurrentNode",
  "expression-reference": "ASTExpRef",
  field: "ASTField",
  "filter-projection": "ASTFilterProjection",
  flatten: "ASTFlatten",
  function: "ASTFunctionExpression",
  identity: "ASTIdentity",
  index: "ASTIndex",
  "index-expression": "ASTIndexExpression",
  let: "ASTLetExpression",
  literal: "ASTLiteral",
  "multi-select-hash": "ASTMultiSelectHash",
  "multi-select-list": "ASTMultiSelectList",
  not: "ASTNotExpression",
  or: "ASTOrExpression",
  pipe: "ASTPipe",
  projection: "ASTProjection",
  sign: "ASTArithmeticUnaryExpression",
  slice: "ASTSlice",
  subexpression: "ASTSubexpression",
  "value-projection": "ASTValueProjection",
  variable: "ASTVariable",
};

/**
 * The tree of an expression in the form in which `kyverno jp parse` prints it, with a final newline. The bounds of a
 * slice are printed as numbers, where Kyverno prints addresses.
 * @throws {AmapError} EXPRESSION_INVALID, LIMIT_EXCEEDED
 * @see https://kyverno.io/docs/kyverno-cli/usage/jp/
 * @example
 * ```ts
 * import { formatJmesTree } from "../../../index.ts";
 * formatJmesTree("a"); // 'ASTField {\n  value: "a"\n}\n'
 * ```
 */
export function formatJmesTree(source: string): string {
  const lines: string[] = [];
  print(parseJmesPath(source), 0, lines);
  return `${lines.join("\n")}\n`;
}

function print(node: JmesNode, indent: number, lines: string[]): void {
  printNode(NAMES[node.kind], valueOf(node), indent, lines, () => {
    if (node.kind !== "multi-select-hash")
      return childrenOf(node).map((child) => () => print(child, indent + 4, lines));
    return node.entries.map(({ key, value }) => () => {
      printNode("ASTKeyValPair", quoteGo(key), indent + 4, lines, () => [() => print(value, indent + 8, lines)]);
    });
  });
}

function printNode(
  name: string,
  value: string | undefined,
  indent: number,
  lines: string[],
  children: () => readonly (() => void)[],
): void {
  const [outer, inner] = [" ".repeat(indent), " ".repeat(indent + 2)];
  lines.push(`${outer}${name} {`);
  if (value !== undefined) lines.push(`${inner}value: ${value}`);
  const parts = children();
  if (parts.length > 0) lines.push(`${inner}children: {`);
  for (const part of parts) part();
  lines.push(`${outer}}`);
}

function valueOf(node: JmesNode): string | undefined {
  switch (node.kind) {
    case "field":
    case "function":
      return quoteGo(node.name);
    case "index":
      return String(node.index);
    case "slice":
      return `[]*int{${[node.from, node.to, node.step].map((part) => part ?? "(*int)(nil)").join(", ")}}`;
    case "comparator":
      return node.operator;
    case "literal":
      return node.value === null ? undefined : goSyntax(node.value);
    default:
      return undefined;
  }
}

/** A value as Go's `%#v` prints it. */
function goSyntax(value: Value): string {
  if (value === null) return "interface {}(nil)";
  if (typeof value === "string") return quoteGo(value);
  if (typeof value === "boolean") return String(value);
  if (isValueObject(value)) {
    const members = sortedKeys(value).map((key) => `${quoteGo(key)}:${goSyntax(value[key] as Value)}`);
    return `map[string]interface {}{${members.join(", ")}}`;
  }
  if (isList(value)) return `[]interface {}{${value.map(goSyntax).join(", ")}}`;
  return floatText(Number(value));
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

const GO_ESCAPES: Readonly<Record<string, string>> = {
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  '"': '\\"',
  "\\": "\\\\",
};
/** What Go's quoting escapes: what is no letter, mark, number, punctuation or symbol, except the plain space. */
const GO_UNPRINTABLE = /["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;

function quoteGo(text: string): string {
  const inner = text.replace(GO_UNPRINTABLE, (character) => {
    const short = GO_ESCAPES[character];
    if (short !== undefined) return short;
    const code = character.codePointAt(0) as number;
    const hex = code.toString(16);
    if (code < 0x80) return `\\x${hex.padStart(2, "0")}`;
    return code > 0xffff ? `\\U${hex.padStart(8, "0")}` : `\\u${hex.padStart(4, "0")}`;
  });
  return `"${inner}"`;
}
