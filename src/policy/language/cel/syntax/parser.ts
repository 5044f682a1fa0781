import { LIMITS } from "../../../../base/index.ts";
import { STANDARD_MACRO_TABLE } from "../functions/table.ts";
import type { MacroTable } from "../library.ts";
import { negate } from "../values/arithmetic.ts";
import type { Ast, AstNode, BinaryOperator, ChainStep, MessageField, NewNode, NodeMaker } from "./ast.ts";
import { dottedName } from "./dotted-name.ts";
import { readTokens, type Token } from "./lexer.ts";
import { type SourceIssue, sourceError, sourceErrors } from "./source.ts";

const RESERVED: ReadonlySet<string> = new Set(
  "as break const continue else for function if import let loop namespace package return var void while".split(" "),
);
const RELATIONS: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">=", "in"]);
const SUMS: ReadonlySet<string> = new Set(["+", "-"]);
const PRODUCTS: ReadonlySet<string> = new Set(["*", "/", "%"]);
/** From loose to tight, below `&&`. */
const CHAIN_LEVELS = [RELATIONS, SUMS, PRODUCTS] as const;

/** Issues of one expression that are reported together. */
const MAX_ISSUES = 10;

/** Thrown to leave what cannot be read; its issue has been noted. */
class Unreadable extends Error {}

/**
 * The tree of an expression, macros expanded. Chains of `&&`, `||`, `?:` and of operators of one precedence are one
 * node each, so their length is bounded by the source's size alone; nesting is bounded by LIMITS.expressionDepth. What
 * is wrong between brackets does not hide what is wrong behind them: up to ten issues are reported together.
 *
 * @throws {AmapError} EXPRESSION_INVALID with line, column and excerpt; LIMIT_EXCEEDED for a source over
 *   LIMITS.expressionBytes
 */
export function parseExpression(source: string, macros: MacroTable = STANDARD_MACRO_TABLE): Ast {
  return new Parser(source, macros).whole();
}

class Parser implements NodeMaker {
  nodeCount = 0;
  readonly #source: string;
  readonly #tokens: readonly Token[];
  readonly #macros: MacroTable;
  readonly #issues: SourceIssue[] = [];
  #at = 0;
  #nesting = 0;
  /** By node id: the nodes on the longest way down. */
  readonly #depths: number[] = [];

  constructor(source: string, macros: MacroTable) {
    this.#source = source;
    this.#macros = macros;
    this.#tokens = readTokens(source);
  }

  whole(): Ast {
    const root = this.#recovering(() => {
      const result = this.expression();
      const rest = this.peek();
      if (rest.kind !== "end") this.unexpected(rest, "an operator or the end");
      return result;
    });
    if (this.#issues.length > 0) throw sourceErrors(this.#source, this.#issues);
    return { source: this.#source, root, nodeCount: this.nodeCount };
  }

  /** A part that may be wrong: its issue is kept and reading goes on behind it, at the delimiter that ends it. */
  #recovering(read: () => AstNode): AstNode {
    const nesting = this.#nesting;
    const { start } = this.peek();
    try {
      return read();
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      this.#nesting = nesting;
      this.#skipToDelimiter();
      return this.make({ kind: "literal", offset: start, value: null }, []);
    }
  }

  /** To the comma, colon or closing bracket that belongs to the bracket around. */
  #skipToDelimiter(): void {
    let open = 0;
    for (let token = this.peek(); token.kind !== "end"; token = this.peek()) {
      if (token.kind === "operator") {
        if (open === 0 && /^[,)\]}]$/.test(token.text)) return;
        if (/^[([{]$/.test(token.text)) open++;
        else if (/^[)\]}]$/.test(token.text)) open--;
      }
      this.#next();
    }
  }

  peek(): Token {
    return this.#tokens[this.#at] as Token;
  }

  #next(): Token {
    const token = this.peek();
    if (token.kind !== "end") this.#at++;
    return token;
  }

  #has(operator: string): boolean {
    const token = this.peek();
    return token.kind === "operator" && token.text === operator;
  }

  #take(operator: string): Token | undefined {
    return this.#has(operator) ? this.#next() : undefined;
  }

  #expect(operator: string, purpose: string): Token {
    return this.#take(operator) ?? this.unexpected(this.peek(), `${operator} ${purpose}`);
  }

  unexpected(token: Token, expected: string): never {
    const found = token.kind === "end" ? token.text : JSON.stringify(token.text.slice(0, 40));
    return this.fail(token.start, `expected ${expected}, found ${found}`);
  }

  fail(offset: number, message: string): never {
    this.#issues.push({ offset, message });
    if (this.#issues.length >= MAX_ISSUES) throw sourceErrors(this.#source, this.#issues);
    throw new Unreadable();
  }

  make(node: NewNode, children: readonly AstNode[]): AstNode {
    let depth = 1;
    for (const child of children) depth = Math.max(depth, (this.#depths[child.id] as number) + 1);
    if (depth > LIMITS.expressionDepth) this.#tooDeep(node.offset);
    const made: AstNode = { ...node, id: this.nodeCount++ };
    this.#depths.push(depth);
    return made;
  }

  #tooDeep(offset: number): never {
    throw sourceError(this.#source, offset, `the expression is nested deeper than ${LIMITS.expressionDepth} levels`);
  }

  expression(): AstNode {
    // Parentheses make no node, so the parser's own stack has a limit too.
    if (++this.#nesting > LIMITS.expressionDepth) this.#tooDeep(this.peek().start);
    const result = this.#conditional();
    this.#nesting--;
    return result;
  }

  #conditional(): AstNode {
    const offset = this.peek().start;
    let last = this.#logical("||");
    const branches: { test: AstNode; value: AstNode }[] = [];
    while (this.#take("?") !== undefined) {
      const value = this.#logical("||");
      this.#expect(":", "of ?:");
      branches.push({ test: last, value });
      last = this.#logical("||");
    }
    if (branches.length === 0) return last;
    const children = branches.flatMap((branch) => [branch.test, branch.value]);
    return this.make({ kind: "conditional", offset, branches, otherwise: last }, [...children, last]);
  }

  #logical(operator: "&&" | "||"): AstNode {
    const operand = (): AstNode => (operator === "||" ? this.#logical("&&") : this.#chain(0));
    const first = operand();
    if (!this.#has(operator)) return first;
    const { start } = this.peek();
    const operands = [first];
    while (this.#take(operator) !== undefined) operands.push(operand());
    return this.make({ kind: "logical", offset: start, operator, operands }, operands);
  }

  #chain(level: number): AstNode {
    const operators = CHAIN_LEVELS[level];
    if (operators === undefined) return this.#unary();
    const first = this.#chain(level + 1);
    const steps: ChainStep[] = [];
    while (this.peek().kind === "operator" && operators.has(this.peek().text)) {
      const token = this.#next();
      const operand = this.#chain(level + 1);
      this.#depths.push(1);
      steps.push({ id: this.nodeCount++, offset: token.start, operator: token.text as BinaryOperator, operand });
    }
    const [step] = steps;
    if (step === undefined) return first;
    const operands = steps.map((each) => each.operand);
    return this.make({ kind: "chain", offset: step.offset, first, steps }, [first, ...operands]);
  }

  #unary(): AstNode {
    const first = this.peek();
    if (this.#has("!")) {
      const count = this.#count("!");
      const operand = this.#member();
      return count % 2 === 0
        ? operand
        : this.make({ kind: "unary", offset: first.start, operator: "!", operand }, [operand]);
    }
    if (this.#has("-")) {
      let count = this.#count("-");
      // The last minus belongs to a number, so that the smallest int can be written.
      const isNumber = this.peek().kind === "number";
      if (isNumber) count--;
      const operand = this.#member(isNumber);
      return count % 2 === 0
        ? operand
        : this.make({ kind: "unary", offset: first.start, operator: "-", operand }, [operand]);
    }
    return this.#member();
  }

  #count(operator: string): number {
    let count = 0;
    while (this.#take(operator) !== undefined) count++;
    return count;
  }

  #member(isNegative = false): AstNode {
    let node = this.#primary(isNegative);
    for (;;) {
      if (this.#has(".")) node = this.#selection(node);
      else if (this.#has("[")) node = this.#index(node);
      else {
        const typeName = this.#has("{") ? dottedName(node) : undefined;
        if (typeName === undefined) return node;
        node = this.#message(typeName);
      }
    }
  }

  #selection(operand: AstNode): AstNode {
    const { start } = this.#next();
    const optional = this.#take("?") !== undefined;
    const name = this.#next();
    if (name.kind === "quoted-field") {
      const field = name.text;
      return this.make({ kind: "select", offset: start, operand, field, optional, quoted: true }, [operand]);
    }
    if (name.kind !== "identifier") this.unexpected(name, "a field's name");
    if (!optional && this.#has("(")) return this.#call(name.text, name.start, operand);
    return this.make({ kind: "select", offset: start, operand, field: name.text, optional, quoted: false }, [operand]);
  }

  #index(operand: AstNode): AstNode {
    const { start } = this.#next();
    const optional = this.#take("?") !== undefined;
    const index = this.#recovering(() => this.expression());
    this.#expect("]", "to close the index");
    return this.make({ kind: "index", offset: start, operand, index, optional }, [operand, index]);
  }

  #call(name: string, offset: number, target: AstNode | undefined): AstNode {
    this.#expect("(", "of the call");
    const args: AstNode[] = [];
    if (this.#take(")") === undefined) {
      do args.push(this.#recovering(() => this.expression()));
      while (this.#take(",") !== undefined);
      this.#expect(")", "to close the call");
    }
    const call = target === undefined ? { name, offset, args } : { name, offset, args, target };
    const macro = this.#macros.find(call, target?.kind === "identifier" ? target.name : undefined);
    if (macro !== undefined) return macro.expand(call, this);
    return this.make({ kind: "call", ...call }, target === undefined ? args : [target, ...args]);
  }

  #primary(isNegative: boolean): AstNode {
    const token = this.peek();
    const isStart = token.kind !== "operator" || /^[([{.]$/.test(token.text);
    if (!isStart) return this.unexpected(token, "an expression");
    this.#next();
    if (token.kind === "number" || token.kind === "literal") return this.#literal(token, isNegative);
    if (token.kind === "identifier") return this.#name(token, false);
    if (token.kind === "operator") {
      if (token.text === "(") return this.#parenthesis();
      if (token.text === "[") return this.#list(token.start);
      if (token.text === "{") return this.#map(token.start);
      if (token.text === "." && this.peek().kind === "identifier") return this.#name(this.#next(), true);
    }
    return this.unexpected(token, "an expression");
  }

  #literal(token: Token, isNegative: boolean): AstNode {
    const written = token.value ?? null;
    if (isNegative && token.kind === "number" && /[uU]$/.test(token.text)) {
      this.fail(token.start, "a uint cannot be negative");
    }
    const value = isNegative ? negate(written) : written;
    if (typeof value === "bigint" && value > 9_223_372_036_854_775_807n) {
      this.fail(token.start, "the int is outside 64 bits");
    }
    return this.make({ kind: "literal", offset: token.start, value }, []);
  }

  #name(token: Token, absolute: boolean): AstNode {
    if (RESERVED.has(token.text)) this.fail(token.start, `${token.text} is a reserved word`);
    if (this.#has("(")) return this.#call(token.text, token.start, undefined);
    return this.make({ kind: "identifier", offset: token.start, name: token.text, absolute }, []);
  }

  #parenthesis(): AstNode {
    const inner = this.#recovering(() => this.expression());
    this.#expect(")", "to close the parenthesis");
    return inner;
  }

  #list(offset: number): AstNode {
    const elements: { value: AstNode; optional: boolean }[] = [];
    while (!this.#has("]")) {
      const optional = this.#take("?") !== undefined;
      elements.push({ value: this.#recovering(() => this.expression()), optional });
      if (this.#take(",") === undefined) break;
    }
    this.#expect("]", "to close the list");
    const children = elements.map((element) => element.value);
    return this.make({ kind: "list", offset, elements }, children);
  }

  #map(offset: number): AstNode {
    const entries: { key: AstNode; value: AstNode; optional: boolean }[] = [];
    while (!this.#has("}")) {
      const optional = this.#take("?") !== undefined;
      const key = this.expression();
      this.#expect(":", "behind a map's key");
      entries.push({ key, value: this.#recovering(() => this.expression()), optional });
      if (this.#take(",") === undefined) break;
    }
    this.#expect("}", "to close the map");
    const children = entries.flatMap((entry) => [entry.key, entry.value]);
    return this.make({ kind: "map", offset, entries }, children);
  }

  #message(typeName: string): AstNode {
    const { start: offset } = this.#next();
    const fields: MessageField[] = [];
    while (!this.#has("}")) {
      const optional = this.#take("?") !== undefined;
      const { kind, text: name } = this.#fieldName();
      this.#expect(":", "behind a field's name");
      const value = this.#recovering(() => this.expression());
      fields.push({ name, value, optional, quoted: kind === "quoted-field" });
      if (this.#take(",") === undefined) break;
    }
    this.#expect("}", "to close the message");
    const children = fields.map((field) => field.value);
    return this.make({ kind: "message", offset, typeName, fields }, children);
  }

  #fieldName(): Token {
    const field = this.#next();
    if (field.kind === "identifier" || field.kind === "quoted-field") return field;
    return this.unexpected(field, "a field's name or }");
  }
}
