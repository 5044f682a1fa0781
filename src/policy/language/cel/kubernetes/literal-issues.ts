import { NO_FACTS } from "../../../evaluate/fact-reader.ts";
import type { CheckedExpression } from "../check/check.ts";
import { compileExpression } from "../compile/compile.ts";
import type { CelEnvironment } from "../environment.ts";
import { CelError } from "../error.ts";
import { parseFormat } from "../functions/format.ts";
import { compilePattern } from "../patterns/pattern.ts";
import type { AstNode, CallNode, ListNode, MapNode } from "../syntax/ast.ts";
import { printExpression } from "../syntax/print.ts";
import type { SourceIssue } from "../syntax/source.ts";
import { type CelType, formatType } from "../types.ts";
import { formatTakes } from "./format-clauses.ts";
import { childrenOf } from "./tree.ts";

/** Conversions that cel-go runs while it builds the program when their argument is a constant. */
const CONVERSIONS: ReadonlySet<string> = new Set([
  "bool",
  "bytes",
  "double",
  "duration",
  "dyn",
  "int",
  "string",
  "timestamp",
  "type",
  "uint",
]);

const CONSTANT_STEPS = 10_000;

/**
 * What Kubernetes refuses in a well-typed expression because of its literals: lists and maps whose members differ in
 * type (outside `format`), conversions of constants that fail, patterns that are malformed, and format texts that do
 * not fit the list behind them.
 */
export function findLiteralIssues(checked: CheckedExpression, environment: CelEnvironment): readonly SourceIssue[] {
  return new LiteralChecker(checked, environment).find();
}

class LiteralChecker {
  readonly #checked: CheckedExpression;
  readonly #environment: CelEnvironment;
  readonly #issues: SourceIssue[] = [];

  constructor(checked: CheckedExpression, environment: CelEnvironment) {
    this.#checked = checked;
    this.#environment = environment;
  }

  find(): readonly SourceIssue[] {
    this.#visit(this.#checked.ast.root, false);
    return this.#issues;
  }

  #visit(node: AstNode, isInFormat: boolean): void {
    if (node.kind === "list" && !isInFormat) this.#members(node);
    if (node.kind === "map" && !isInFormat) this.#entries(node);
    if ((node.kind === "select" || node.kind === "presence") && node.quoted) {
      this.#issues.push({ offset: node.offset, message: "Kubernetes has no fields in backticks: write x['a-b']" });
    }
    if (node.kind === "message" && node.fields.some(({ quoted }) => quoted)) {
      this.#issues.push({ offset: node.offset, message: "Kubernetes has no fields in backticks: write {'a-b': x}" });
    }
    if (node.kind === "call") this.#call(node);
    const inFormat = isInFormat || (node.kind === "call" && node.name === "format");
    for (const child of childrenOf(node)) this.#visit(child, inFormat);
  }

  #typeOf(node: AstNode, isOptional = false): CelType {
    const type = this.#checked.types[node.id] as CelType;
    return isOptional && type.kind === "optional" ? type.value : type;
  }

  #members(node: ListNode): void {
    this.#same(node.elements, "a list's elements");
  }

  #entries(node: MapNode): void {
    this.#same(
      node.entries.map(({ key }) => ({ value: key, optional: false })),
      "a map's keys",
    );
    this.#same(node.entries, "a map's values");
  }

  #same(members: readonly { readonly value: AstNode; readonly optional: boolean }[], what: string): void {
    const [first, ...rest] = members.map(({ value, optional }) => ({
      value,
      type: formatType(this.#typeOf(value, optional)),
    }));
    const other = rest.find(({ type }) => type !== first?.type);
    if (first === undefined || other === undefined) return;
    const message = `${what} must be of one type: expected ${first.type}, found ${other.type}; write dyn(x) for each`;
    this.#issues.push({ offset: other.value.offset, message });
  }

  #call(node: CallNode): void {
    const [argument] = node.args;
    if (node.target === undefined && node.args.length === 1 && CONVERSIONS.has(node.name)) this.#conversion(node);
    if (node.name === "matches" && argument?.kind === "literal" && typeof argument.value === "string") {
      this.#guard(argument, () => compilePattern(argument.value as string));
    }
    if (node.name === "format" && node.target?.kind === "literal" && argument?.kind === "list") {
      this.#format(node, node.target.value, argument);
    }
  }

  /** Notes the error of a constant part, if it has one. */
  #guard(node: AstNode, run: () => unknown): void {
    try {
      run();
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      // An evaluated constant names its place in its own small source.
      const [message = ""] = error.message.split("\n");
      this.#issues.push({ offset: node.offset, message: message.replace(/^\d+:\d+: /, "") });
    }
  }

  #conversion(node: CallNode): void {
    if (!isConstant(node.args[0])) return;
    const program = compileExpression(printExpression(node), this.#environment);
    const activation = {
      variables: this.#environment.bind({}),
      now: 0,
      facts: NO_FACTS,
      budget: { steps: CONSTANT_STEPS },
    };
    this.#guard(node.args[0] as AstNode, () => program.evaluate(activation));
  }

  #format(node: CallNode, format: unknown, { elements }: ListNode): void {
    let clauses: readonly { readonly verb: string }[] = [];
    this.#guard(node, () => {
      clauses = parseFormat(String(format)).filter((piece) => typeof piece !== "string");
      if (clauses.length === elements.length) return;
      const counts = `${elements.length} elements for ${clauses.length} clauses of the format text`;
      throw new CelError("invalid_argument", counts);
    });
    clauses.forEach(({ verb }, index) => {
      const element = elements[index];
      if (element !== undefined) this.#formatted(verb, element.value);
    });
  }

  #formatted(verb: string, node: AstNode): void {
    const type = this.#typeOf(node);
    const { fits, takes } = formatTakes(verb, type);
    if (!fits) {
      this.#issues.push({ offset: node.offset, message: `%${verb} takes ${takes}, found ${formatType(type)}` });
      return;
    }
    // What is written out within a list or map is looked at too.
    if (verb === "s" && (node.kind === "list" || node.kind === "map")) {
      for (const child of childrenOf(node)) this.#formatted(verb, child);
    }
  }
}

/** Whether cel-go sees a constant: a literal, a list or map of them, or a conversion of one. */
function isConstant(node: AstNode | undefined): boolean {
  switch (node?.kind) {
    case "literal":
      return true;
    case "list":
      return node.elements.every(({ value, optional }) => !optional && isConstant(value));
    case "map":
      return node.entries.every(({ key, value, optional }) => !optional && isConstant(key) && isConstant(value));
    case "call":
      return (
        node.target === undefined && node.args.length === 1 && CONVERSIONS.has(node.name) && isConstant(node.args[0])
      );
    default:
      return false;
  }
}
