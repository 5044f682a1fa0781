import { AmapError, Double } from "../../../../base/index.ts";
import { type CelValue, Uint } from "../values/value.ts";
import type { Ast, AstNode, BinaryOperator, ComprehensionNode, MapNode, MessageNode } from "./ast.ts";

/** How tightly a node's text holds together; a looser one within a tighter one is put in parentheses. */
const BINDING = {
  conditional: 0,
  or: 1,
  and: 2,
  relation: 3,
  sum: 4,
  product: 5,
  unary: 6,
  member: 7,
} as const;

type Binding = (typeof BINDING)[keyof typeof BINDING];

const SUMS: ReadonlySet<BinaryOperator> = new Set<BinaryOperator>(["+", "-"]);
const PRODUCTS: ReadonlySet<BinaryOperator> = new Set<BinaryOperator>(["*", "/", "%"]);

/**
 * An expression as CEL source, on one line, with no parentheses but those that are needed: parsed again, it gives the
 * same tree (apart from node ids and offsets). Macros are written as macros, characters that cannot be seen as escapes.
 * The text may be longer than the one that was parsed: literals lose their raw and triple-quoted forms.
 *
 * @throws {AmapError} NOT_SUPPORTED for what no source spells and the parser never makes: a literal NaN, infinity or
 *   value that is no literal, a name with other characters than names have
 * @see https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax
 * @example
 * ```ts
 * import { parseExpression, printExpression } from "../../../index.ts";
 * printExpression(parseExpression("((a.b)) * (1+2)")); // "a.b * (1 + 2)"
 * ```
 */
export function printExpression(expression: Ast | AstNode): string {
  return print("root" in expression ? expression.root : expression, BINDING.conditional);
}

/** A node's text, in parentheses where it holds together less tightly than its place asks. */
function print(node: AstNode, place: Binding): string {
  const text = printBare(node);
  return bindingOf(node) < place ? `(${text})` : text;
}

function bindingOf(node: AstNode): Binding {
  switch (node.kind) {
    case "conditional":
      return BINDING.conditional;
    case "logical":
      return node.operator === "||" ? BINDING.or : BINDING.and;
    case "chain":
      return bindingOfOperator(node.steps[0]?.operator);
    case "unary":
      return BINDING.unary;
    case "literal":
      return isNegative(node.value) ? BINDING.unary : BINDING.member;
    default:
      return BINDING.member;
  }
}

function bindingOfOperator(operator: BinaryOperator | undefined): Binding {
  if (operator === undefined) throw unprintable("an operator chain without an operator");
  if (SUMS.has(operator)) return BINDING.sum;
  return PRODUCTS.has(operator) ? BINDING.product : BINDING.relation;
}

/** The next tighter place: what stands beside an operator, so that nested nodes stay apart from their parents. */
function tighter(node: AstNode): Binding {
  return (bindingOf(node) + 1) as Binding;
}

function printBare(node: AstNode): string {
  switch (node.kind) {
    case "literal":
      return printLiteral(node.value);
    case "identifier":
      return node.absolute ? `.${printName(node.name)}` : printVariable(node.name);
    case "select":
      return `${member(node.operand)}.${node.optional ? "?" : ""}${printField(node.field, node.quoted)}`;
    case "presence":
      return `has(${member(node.operand)}.${printField(node.field, node.quoted)})`;
    case "index":
      return `${member(node.operand)}[${node.optional ? "?" : ""}${whole(node.index)}]`;
    case "call":
      return `${node.target === undefined ? "" : `${member(node.target)}.`}${printName(node.name)}(${list(node.args)})`;
    case "logical":
      return node.operands.map((operand) => print(operand, tighter(node))).join(` ${node.operator} `);
    case "chain": {
      const steps = node.steps.map((step) => `${step.operator} ${print(step.operand, tighter(node))}`);
      return [print(node.first, tighter(node)), ...steps].join(" ");
    }
    case "unary":
      return `${node.operator}${printOperand(node.operator, node.operand)}`;
    case "conditional": {
      const branches = node.branches.map(({ test, value }) => `${branch(test)} ? ${branch(value)} : `);
      return `${branches.join("")}${branch(node.otherwise)}`;
    }
    case "list":
      return `[${node.elements.map(({ value, optional }) => `${optional ? "?" : ""}${whole(value)}`).join(", ")}]`;
    case "map":
      return printMap(node);
    case "message":
      return printMessage(node);
    case "comprehension":
      return printComprehension(node);
    case "bind":
      return `cel.bind(${printVariable(node.variable)}, ${list([node.value, node.body])})`;
    case "block":
      return `cel.block([${list(node.values)}], ${whole(node.body)})`;
    default: {
      const macro = node.flat ? "optFlatMap" : "optMap";
      return `${member(node.target)}.${macro}(${printVariable(node.variable)}, ${whole(node.body)})`;
    }
  }
}

const whole = (node: AstNode): string => print(node, BINDING.conditional);
const branch = (node: AstNode): string => print(node, BINDING.or);
const member = (node: AstNode): string => print(node, BINDING.member);
const list = (nodes: readonly AstNode[]): string => nodes.map(whole).join(", ");

/** A minus directly before a number would become the number's own. */
function printOperand(operator: "!" | "-", operand: AstNode): string {
  const text = member(operand);
  return operator === "-" && /^[0-9]/.test(text) ? `(${text})` : text;
}

function printMap(node: MapNode): string {
  const entries = node.entries.map(
    ({ key, value, optional }) => `${optional ? "?" : ""}${whole(key)}: ${whole(value)}`,
  );
  return `{${entries.join(", ")}}`;
}

function printMessage({ typeName, fields }: MessageNode): string {
  const written = fields.map(
    ({ name, value, optional, quoted }) => `${optional ? "?" : ""}${printField(name, quoted)}: ${whole(value)}`,
  );
  return `${typeName}{${written.join(", ")}}`;
}

function printComprehension(node: ComprehensionNode): string {
  const parts = [node.predicate, node.projection].filter((part) => part !== undefined);
  // The form over pairs is documented under its other name.
  const macro = node.macro === "exists_one" && node.variables.length === 2 ? "existsOne" : node.macro;
  return `${member(node.range)}.${macro}(${node.variables.map(printVariable).join(", ")}, ${list(parts)})`;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const QUOTABLE = /^[A-Za-z0-9_.\-/ ]+$/;
const KEYWORDS: ReadonlySet<string> = new Set(["true", "false", "null", "in"]);
/** Names that macros make: what `cel.index(0)`, `cel.iterVar(0, 1)` and `cel.accuVar(0, 1)` stand for. */
const NUMBERED = /^@(index|it:|ac:)([0-9]+(?::[0-9]+)?)$/;
const NUMBERED_MACROS: Readonly<Record<string, string>> = { index: "index", "it:": "iterVar", "ac:": "accuVar" };

function isName(text: string): boolean {
  return NAME.test(text) && !KEYWORDS.has(text);
}

function printName(name: string): string {
  if (isName(name)) return name;
  throw unprintable(`the name ${JSON.stringify(name)}`);
}

function printVariable(name: string): string {
  const [, prefix = "", numbers = ""] = NUMBERED.exec(name) ?? [];
  const macro = NUMBERED_MACROS[prefix];
  return macro === undefined ? printName(name) : `cel.${macro}(${numbers.replace(":", ", ")})`;
}

function printField(field: string, quoted: boolean): string {
  if (!quoted) return printName(field);
  if (QUOTABLE.test(field)) return `\`${field}\``;
  throw unprintable(`the field ${JSON.stringify(field)}`);
}

function unprintable(what: string): AmapError {
  return new AmapError("NOT_SUPPORTED", `CEL source cannot spell ${what}`);
}

function isNegative(value: CelValue): boolean {
  const number = value instanceof Double ? value.value : value;
  return (typeof number === "number" || typeof number === "bigint") && (number < 0 || Object.is(number, -0));
}

function printLiteral(value: CelValue): string {
  if (typeof value === "string") return printText(value);
  if (typeof value === "number") return printNumber(value);
  if (value === null || typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (value instanceof Double) return printNumber(value.value, ".0");
  if (value instanceof Uint) return `${value.value}u`;
  if (value instanceof Uint8Array) return printBytes(value);
  throw unprintable("a value that is no literal");
}

/** `suffix` marks an integral double that is not written with an exponent. */
function printNumber(value: number, suffix = ""): string {
  if (!Number.isFinite(value)) throw unprintable(`the number ${value}`);
  const text = Object.is(value, -0) ? "-0" : String(value);
  return text.includes("e") ? text : `${text}${suffix}`;
}

const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
  ["\\", "\\\\"],
]);
/** Controls, formats (marks that reorder text among them), private and unassigned characters, and line separators. */
const UNSEEN = /[\\\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;

function printText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(UNSEEN, escapeCharacter).replaceAll(quote, `\\${quote}`);
  return `${quote}${escaped}${quote}`;
}

function escapeCharacter(character: string): string {
  const short = SHORT_ESCAPES.get(character);
  if (short !== undefined) return short;
  const code = (character.codePointAt(0) as number).toString(16);
  return code.length <= 4 ? `\\u${code.padStart(4, "0")}` : `\\U${code.padStart(8, "0")}`;
}

function printBytes(bytes: Uint8Array): string {
  const parts = Array.from(bytes, (byte) => {
    const character = String.fromCharCode(byte);
    if (character === "'" || character === "\\") return `\\${character}`;
    return byte >= 0x20 && byte < 0x7f ? character : `\\x${byte.toString(16).padStart(2, "0")}`;
  });
  return `b'${parts.join("")}'`;
}
