import { type AmapError, LIMITS } from "../../../../base/index.ts";
import {
  type ArithmeticOperator,
  type BinaryKind,
  type ComparisonOperator,
  childrenOf,
  type HashEntry,
  type JmesDialect,
  type JmesNode,
} from "./ast.ts";
import { syntaxError } from "./error.ts";
import { readTokens, type Token, type TokenKind } from "./lexer.ts";

const PIPE_POWER = 1;
const OR_POWER = 2;
const AND_POWER = 3;
const COMPARISON_POWER = 5;
const SUM_POWER = 6;
const PRODUCT_POWER = 7;
const FLATTEN_POWER = 9;
const STAR_POWER = 20;
const FILTER_POWER = 21;
const DOT_POWER = 40;
const NOT_POWER = 45;

/** How tightly a token binds to what stands before it; a token that is not here binds nothing. */
const BINDING_POWERS: ReadonlyMap<TokenKind, number> = new Map<TokenKind, number>([
  ["tPipe", PIPE_POWER],
  ["tOr", OR_POWER],
  ["tAnd", AND_POWER],
  ["tEQ", COMPARISON_POWER],
  ["tLT", COMPARISON_POWER],
  ["tLTE", COMPARISON_POWER],
  ["tGT", COMPARISON_POWER],
  ["tGTE", COMPARISON_POWER],
  ["tNE", COMPARISON_POWER],
  // These are tokens of the community's grammar alone.
  ["tAssign", PIPE_POWER],
  ["tPlus", SUM_POWER],
  ["tMinus", SUM_POWER],
  ["tMultiply", PRODUCT_POWER],
  ["tDivide", PRODUCT_POWER],
  ["tModulo", PRODUCT_POWER],
  ["tDiv", PRODUCT_POWER],
  ["tFlatten", FLATTEN_POWER],
  ["tStar", STAR_POWER],
  ["tFilter", FILTER_POWER],
  ["tDot", DOT_POWER],
  ["tNot", NOT_POWER],
  ["tLbrace", 50],
  ["tLbracket", 55],
  ["tLparen", 60],
]);
/** What binds more loosely ends a projection. */
const PROJECTION_STOP = 10;

/** Go's int, in which an index is read. */
const INT_MAX = 2n ** 63n - 1n;

/**
 * The tree of an expression, with Kyverno's grammar: that of JMESPath without arithmetic and `let`, where a comma
 * between arguments or entries may be missing, and the last argument may be followed by one. The community's dialect has
 * arithmetic, variables and `let` as well; `$` alone is null, as Kyverno gives expressions no root.
 * @throws {AmapError} EXPRESSION_INVALID with the column and, where Kyverno refuses it too, its words; LIMIT_EXCEEDED
 * (LIMITS.expressionBytes, expressionDepth, expressionChain)
 */
export function parseJmesPath(source: string, dialect: JmesDialect = "kyverno"): JmesNode {
  const parser = new Parser(source, dialect);
  const tree = parser.expression(0);
  if (parser.current !== "tEOF") {
    throw parser.error(`Unexpected token at the end of the expression: ${parser.current}`, endHint(parser));
  }
  return tree;
}

function endHint(parser: Parser): string | undefined {
  const { kind, text } = parser.token;
  if (kind === "tNumber" && text.startsWith("-")) return 'A name with "-" is written in double quotes: "my-name".';
  if (kind === "tUnknown") return "Equality is written ==.";
  if (kind === "tRparen" || kind === "tRbracket" || kind === "tRbrace") return "It closes nothing that was opened.";
  return undefined;
}

class Parser {
  readonly #source: string;
  readonly #tokens: readonly Token[];
  #index = 0;
  readonly #isCommunity: boolean;
  #nesting = 0;

  constructor(source: string, dialect: JmesDialect) {
    this.#source = source;
    this.#isCommunity = dialect === "community";
    this.#tokens = readTokens(source, dialect);
  }

  get token(): Token {
    return this.#ahead(0);
  }

  get current(): TokenKind {
    return this.token.kind;
  }

  error(reason: string, hint?: string, at: Token = this.token): AmapError {
    return syntaxError(this.#source, at.start, `SyntaxError: ${reason}`, hint === undefined ? {} : { hint });
  }

  expression(power: number): JmesNode {
    if (++this.#nesting > LIMITS.expressionDepth) throw this.#tooDeep(LIMITS.expressionDepth);
    let left = this.#prefix(this.#take());
    for (;;) {
      const { token } = this;
      if (power >= (BINDING_POWERS.get(token.kind) ?? 0)) break;
      this.#take();
      left = this.#infix(token, left);
    }
    this.#nesting--;
    return left;
  }

  #ahead(count: number): Token {
    // The last token is the end, and nothing is read behind it.
    return this.#tokens[Math.min(this.#index + count, this.#tokens.length - 1)] as Token;
  }

  #take(): Token {
    const { token } = this;
    this.#index++;
    return token;
  }

  #match(kind: TokenKind): Token {
    if (this.current === kind) return this.#take();
    throw this.error(`Expected ${kind}, received: ${this.current}`);
  }

  #tooDeep(limit: number): AmapError {
    const message = `the expression is nested deeper than ${limit} levels`;
    return syntaxError(this.#source, this.token.start, message, { code: "LIMIT_EXCEEDED" });
  }

  #node(start: number, node: NewNode): JmesNode {
    const children = childrenOf({ ...node, start, depth: 0 });
    const depth = 1 + children.reduce((deepest, child) => Math.max(deepest, child.depth), 0);
    if (depth > LIMITS.expressionChain) throw this.#tooDeep(LIMITS.expressionChain);
    return { ...node, start, depth };
  }

  #identity(): JmesNode {
    return this.#node(this.token.start, { kind: "identity" });
  }

  #prefix(token: Token): JmesNode {
    const { start } = token;
    switch (token.kind) {
      case "tJSONLiteral":
        return this.#node(start, { kind: "literal", value: token.value ?? null });
      case "tStringLiteral":
        return this.#node(start, { kind: "literal", value: token.text });
      case "tUnquotedIdentifier":
        if (token.text === "let" && this.current === "tVariable") return this.#let(start);
        return this.#node(start, { kind: "field", name: token.text });
      case "tVariable":
        return this.#node(start, { kind: "variable", name: token.text.slice(1) });
      case "tRoot":
        return this.#node(start, { kind: "literal", value: null });
      case "tPlus":
      case "tMinus":
        return this.#node(start, {
          kind: "sign",
          isMinus: token.kind === "tMinus",
          operand: this.expression(SUM_POWER),
        });
      case "tQuotedIdentifier":
        if (this.current === "tLparen") {
          throw this.error("Can't have quoted identifier as function Name.", undefined, token);
        }
        return this.#node(start, { kind: "field", name: token.text });
      case "tStar":
        return this.#binary("value-projection", this.#identityAt(start), this.#starRight());
      case "tFilter":
        return this.#filter(this.#identityAt(start));
      case "tLbrace":
        return this.#multiSelectHash(start);
      case "tFlatten":
        return this.#flatten(this.#identityAt(start));
      case "tLbracket":
        return this.#prefixBracket(start);
      case "tCurrent":
        return this.#node(start, { kind: "current" });
      case "tExpref":
        return this.#node(start, { kind: "expression-reference", operand: this.expression(0) });
      case "tNot":
        return this.#node(start, { kind: "not", operand: this.expression(NOT_POWER) });
      case "tLparen": {
        const inner = this.expression(0);
        this.#match("tRparen");
        return inner;
      }
      case "tEOF":
        throw this.error("Incomplete expression", undefined, token);
      default:
        throw this.error(`Invalid token: ${token.kind}`, prefixHint(token), token);
    }
  }

  /** `let $a = …, $b = … in …`; what is bound sees what was bound outside. */
  #let(start: number): JmesNode {
    const bindings: HashEntry[] = [];
    while (!(this.current === "tUnquotedIdentifier" && this.token.text === "in")) {
      const { text } = this.#match("tVariable");
      this.#match("tAssign");
      bindings.push({ key: text.slice(1), value: this.expression(0) });
      if (this.current === "tComma") this.#take();
    }
    this.#take();
    return this.#node(start, { kind: "let", bindings, operand: this.expression(0) });
  }

  #identityAt(start: number): JmesNode {
    return this.#node(start, { kind: "identity" });
  }

  #starRight(): JmesNode {
    return this.current === "tRbracket" ? this.#identity() : this.#projectionRight(STAR_POWER);
  }

  #prefixBracket(start: number): JmesNode {
    if (this.current === "tNumber" || this.current === "tColon") return this.#indexOrSlice(this.#identityAt(start));
    if (this.current === "tStar" && this.#ahead(1).kind === "tRbracket") {
      this.#take();
      this.#take();
      const right = this.#projectionRight(STAR_POWER);
      return this.#binary("projection", this.#identityAt(start), right);
    }
    return this.#multiSelectList(start);
  }

  #infix(token: Token, left: JmesNode): JmesNode {
    switch (token.kind) {
      case "tDot":
        if (this.current !== "tStar") return this.#binary("subexpression", left, this.#dotRight(DOT_POWER));
        this.#take();
        return this.#binary("value-projection", left, this.#projectionRight(DOT_POWER));
      case "tPipe":
        return this.#binary("pipe", left, this.expression(PIPE_POWER));
      case "tOr":
        return this.#binary("or", left, this.expression(OR_POWER));
      case "tAnd":
        return this.#binary("and", left, this.expression(AND_POWER));
      case "tLparen":
        return this.#call(token, left);
      case "tFilter":
        return this.#filter(left);
      case "tFlatten":
        return this.#flatten(left);
      case "tLbracket":
        return this.#infixBracket(left);
      case "tEQ":
      case "tNE":
      case "tLT":
      case "tLTE":
      case "tGT":
      case "tGTE":
        return this.#comparator(token.kind, left);
      case "tPlus":
      case "tMinus":
        return this.#arithmetic(token.kind, left, SUM_POWER);
      case "tMultiply":
      case "tDivide":
      case "tModulo":
      case "tDiv":
        return this.#arithmetic(token.kind, left, PRODUCT_POWER);
      case "tStar":
        if (this.#isCommunity) return this.#arithmetic("tMultiply", left, STAR_POWER);
        throw this.error(`Unexpected token: ${token.kind}`, undefined, token);
      default:
        throw this.error(`Unexpected token: ${token.kind}`, undefined, token);
    }
  }

  #comparator(operator: ComparisonOperator, left: JmesNode): JmesNode {
    const right = this.expression(COMPARISON_POWER);
    return this.#node(left.start, { kind: "comparator", operator, left, right });
  }

  #arithmetic(operator: ArithmeticOperator, left: JmesNode, power: number): JmesNode {
    const right = this.expression(power);
    return this.#node(left.start, { kind: "arithmetic", operator, left, right });
  }

  #binary(kind: BinaryKind, left: JmesNode, right: JmesNode): JmesNode {
    return this.#node(left.start, { kind, left, right });
  }

  #call(token: Token, callee: JmesNode): JmesNode {
    if (callee.kind !== "field")
      throw this.error(`Unexpected token: ${token.kind}`, "Only a name can be called.", token);
    const args: JmesNode[] = [];
    while (this.current !== "tRparen") {
      args.push(this.expression(0));
      if (this.current === "tComma") this.#take();
    }
    this.#match("tRparen");
    return this.#node(callee.start, { kind: "function", name: callee.name, args });
  }

  #flatten(operand: JmesNode): JmesNode {
    const left = this.#node(operand.start, { kind: "flatten", operand });
    return this.#binary("projection", left, this.#projectionRight(FLATTEN_POWER));
  }

  #filter(left: JmesNode): JmesNode {
    const condition = this.expression(0);
    this.#match("tRbracket");
    const right = this.current === "tFlatten" ? this.#identity() : this.#projectionRight(FILTER_POWER);
    return this.#node(left.start, { kind: "filter-projection", left, right, condition });
  }

  #infixBracket(left: JmesNode): JmesNode {
    if (this.current === "tNumber" || this.current === "tColon") return this.#indexOrSlice(left);
    this.#match("tStar");
    this.#match("tRbracket");
    return this.#binary("projection", left, this.#projectionRight(STAR_POWER));
  }

  /** `[1]` or `[1:2:3]` behind its opening bracket. */
  #indexOrSlice(left: JmesNode): JmesNode {
    const { start } = this.token;
    if (this.current === "tColon" || this.#ahead(1).kind === "tColon") {
      const sliced = this.#binary("index-expression", left, this.#slice(start));
      return this.#binary("projection", sliced, this.#projectionRight(STAR_POWER));
    }
    const index = this.#integer();
    this.#match("tRbracket");
    return this.#binary("index-expression", left, this.#node(start, { kind: "index", index }));
  }

  #slice(start: number): JmesNode {
    const parts: (number | undefined)[] = [undefined, undefined, undefined];
    let part = 0;
    while (this.current !== "tRbracket" && part < 3) {
      if (this.current === "tColon") {
        part++;
        this.#take();
      } else if (this.current === "tNumber") {
        parts[part] = this.#integer();
      } else {
        throw this.error(`Expected tColon or tNumber, received: ${this.current}`);
      }
    }
    this.#match("tRbracket");
    const [from, to, step] = parts;
    return this.#node(start, { kind: "slice", from, to, step });
  }

  /** Beyond a safe integer no list has an index, so such a number may be rounded. */
  #integer(): number {
    const { text } = this.token;
    const value = text === "-" ? undefined : BigInt(text);
    if (value === undefined || value > INT_MAX || value < -INT_MAX - 1n) {
      throw this.error(`${text} is no index`);
    }
    this.#take();
    return Number(value);
  }

  #multiSelectList(start: number): JmesNode {
    const items = [this.expression(0)];
    while (this.current !== "tRbracket") {
      this.#match("tComma");
      items.push(this.expression(0));
    }
    this.#take();
    return this.#node(start, { kind: "multi-select-list", items });
  }

  #multiSelectHash(start: number): JmesNode {
    const entries = [this.#hashEntry()];
    for (;;) {
      // Kyverno takes entries without a comma between them.
      if (this.current === "tComma") this.#take();
      else if (this.current === "tRbrace") break;
      entries.push(this.#hashEntry());
    }
    this.#take();
    return this.#node(start, { kind: "multi-select-hash", entries });
  }

  #hashEntry(): HashEntry {
    const { token } = this;
    if (token.kind !== "tUnquotedIdentifier" && token.kind !== "tQuotedIdentifier") {
      throw this.error("Expected tQuotedIdentifier or tUnquotedIdentifier");
    }
    if (token.text === "__proto__") throw this.error("the key __proto__ is not accepted");
    this.#take();
    this.#match("tColon");
    return { key: token.text, value: this.expression(0) };
  }

  #dotRight(power: number): JmesNode {
    const { start } = this.token;
    switch (this.current) {
      case "tQuotedIdentifier":
      case "tUnquotedIdentifier":
      case "tStar":
        return this.expression(power);
      case "tLbracket":
        this.#take();
        return this.#multiSelectList(start);
      case "tLbrace":
        this.#take();
        return this.#multiSelectHash(start);
      default:
        throw this.error("Expected identifier, lbracket, or lbrace", dotHint(this.token));
    }
  }

  #projectionRight(power: number): JmesNode {
    if ((BINDING_POWERS.get(this.current) ?? 0) < PROJECTION_STOP) return this.#identity();
    switch (this.current) {
      case "tLbracket":
      case "tFilter":
        return this.expression(power);
      case "tDot":
        this.#take();
        return this.#dotRight(power);
      default:
        throw this.error(`Unexpected token: ${this.current}`);
    }
  }
}

type NewNode = JmesNode extends infer N ? (N extends JmesNode ? Omit<N, "start" | "depth"> : never) : never;

function prefixHint(token: Token): string | undefined {
  if (token.kind === "tNumber") return "A number is written between backticks: `1`.";
  return token.kind === "tUnknown" ? "Equality is written ==." : undefined;
}

function dotHint(token: Token): string | undefined {
  return token.kind === "tNumber" ? 'A name that begins with a digit is written in double quotes: "1st".' : undefined;
}
