import { AmapError, isAmapError, isValueObject, LIMITS, type Value } from "../../../../base/index.ts";
import { nearestName } from "../../../resource/nearest-name.ts";
import { compileNode } from "../evaluate/compile.ts";
import { type Flowing, isList, NotFound, settle } from "../evaluate/values.ts";
import type { JmesFunction } from "../function.ts";
import { JMES_FUNCTIONS } from "../functions/table.ts";
import { type JmesContext, JmesRoot } from "../program.ts";
import { childrenOf, type JmesNode } from "../syntax/ast.ts";
import { parseJmesPath } from "../syntax/parser.ts";
import { explainCall } from "./explain-call.ts";
import { describeValue, type JmesExplanation, listKeys } from "./explanation.ts";
import type { Fault } from "./fault.ts";

/** Items of a list that are looked at for the one that fails. */
const MAX_ITEMS = 1_000;

/**
 * Why an expression has no value for an input: which part of it fails, what it met there, what to do. It evaluates the
 * parts again, so it is for those who asked for an explanation; with its own budget, so that the rule's is not touched.
 * Undefined when no part of it fails this time.
 * @example
 * ```ts
 * import { explainJmesFailure } from "./explain-failure.ts";
 * explainJmesFailure("spec.nam", { spec: { name: "web" } }, 0)?.column; // 6
 * ```
 */
export function explainJmesFailure(
  expression: string,
  input: Value | JmesRoot,
  now: number,
): JmesExplanation | undefined {
  try {
    const tree = parseJmesPath(expression);
    const fault = new FaultFinder(expression, contextOf(now)).find(tree, input);
    if (fault === undefined) return undefined;
    return { expression, column: columnOf(expression, fault.offset), reason: fault.reason, hint: fault.hint };
  } catch (error) {
    // Too much work for an explanation, or a member that cannot be made: the failure itself has been reported.
    if (!isAmapError(error) || error.code === "BUG") throw error;
    return undefined;
  }
}

function contextOf(now: number): JmesContext {
  let left = LIMITS.explanationSteps;
  return {
    now,
    charge(steps) {
      left -= steps;
      if (left < 0) throw new AmapError("BUDGET_EXCEEDED", "the explanation takes too many steps");
    },
    entropy: () => new Uint8Array(32),
  };
}

function columnOf(expression: string, offset: number): number {
  return Array.from(expression.slice(0, offset)).length + 1;
}

type Input = Value | JmesRoot;

/** What evaluating a part came to. */
type Tried = { readonly ok: true; readonly value: Flowing } | { readonly ok: false; readonly error: AmapError };

/** Goes down an expression to the part that fails. */
class FaultFinder {
  readonly #source: string;
  readonly #context: JmesContext;
  readonly #functions: ReadonlyMap<string, JmesFunction> = JMES_FUNCTIONS;

  constructor(source: string, context: JmesContext) {
    this.#source = source;
    this.#context = context;
  }

  /** The fault of a part, which is one also when it is a missing key; `from` is where the path that it ends begins. */
  find(node: JmesNode, input: Input, from = startOf(node)): Fault | undefined {
    const tried = this.#try(node, input);
    if (tried.ok && !(tried.value instanceof NotFound)) return undefined;
    switch (node.kind) {
      case "field":
        return this.#missingKey(node, input, from);
      case "subexpression":
      case "index-expression":
      case "pipe":
        return this.#chain(node, input, from);
      case "function":
        return this.#call(node, input, tried);
      case "projection":
      case "value-projection":
      case "filter-projection":
        return this.#projection(node, input, tried);
      default:
        return this.#anyOf(childrenOf(node), input) ?? this.#failure(node, tried);
    }
  }

  /** The first of these parts that fails; the last one may also be a missing key. */
  #anyOf(nodes: readonly JmesNode[], input: Input): Fault | undefined {
    for (const [index, node] of nodes.entries()) {
      const tried = this.#try(node, input);
      const isMissing = tried.ok && tried.value instanceof NotFound && index === nodes.length - 1;
      if (!tried.ok || isMissing) return this.find(node, input);
    }
    return undefined;
  }

  #try(node: JmesNode, input: Input): Tried {
    try {
      const { run, cost } = compileNode(node, { functions: this.#functions, dialect: "kyverno" });
      this.#context.charge(cost);
      return { ok: true, value: run(input, this.#context) };
    } catch (error) {
      if (!isAmapError(error) || error.code === "BUDGET_EXCEEDED" || error.code === "BUG") throw error;
      return { ok: false, error };
    }
  }

  #chain(
    node: JmesNode & { readonly left: JmesNode; readonly right: JmesNode },
    input: Input,
    from: number,
  ): Fault | undefined {
    const left = this.#try(node.left, input);
    const isPipe = node.kind === "pipe";
    if (!left.ok || (left.value instanceof NotFound && !isPipe)) return this.find(node.left, input, from);
    const next = left.value instanceof NotFound ? null : left.value;
    return this.find(node.right, next, isPipe ? startOf(node.right) : from);
  }

  #projection(
    node: JmesNode & { readonly left: JmesNode; readonly right: JmesNode },
    input: Input,
    tried: Tried,
  ): Fault | undefined {
    const left = this.#try(node.left, input);
    if (!left.ok || left.value instanceof NotFound) return this.find(node.left, input);
    const whole = settle(left.value);
    const items = isList(whole) ? whole : isValueObject(whole) ? Object.values(whole) : [];
    const parts = node.kind === "filter-projection" ? [node.condition, node.right] : [node.right];
    for (const [index, item] of items.slice(0, MAX_ITEMS).entries()) {
      for (const part of parts) {
        if (this.#try(part, item).ok) continue;
        const fault = this.find(part, item);
        if (fault !== undefined) return { ...fault, reason: `${fault.reason} (of item ${index}, counted from 0)` };
      }
    }
    return this.#failure(node, tried);
  }

  #call(node: JmesNode & { readonly kind: "function" }, input: Input, tried: Tried): Fault | undefined {
    const args: { readonly value: Value | undefined; readonly offset: number; readonly why: string }[] = [];
    for (const arg of node.args) {
      if (arg.kind === "expression-reference") {
        args.push({ value: undefined, offset: startOf(arg), why: "" });
        continue;
      }
      const found = this.#try(arg, input);
      if (!found.ok) return this.find(arg, input);
      const why = found.value instanceof NotFound ? (this.find(arg, input)?.reason ?? "") : "";
      args.push({ value: settle(found.value), offset: startOf(arg), why });
    }
    const inner = tried.ok ? undefined : this.#referenced(node.args, args[0]?.value);
    if (inner !== undefined) return inner;
    const message = tried.ok ? "" : tried.error.message;
    return explainCall({ name: node.name, offset: node.start, args, message }, this.#functions);
  }

  /** The fault of an `&expression` for one of the items that its function applies it to. */
  #referenced(args: readonly JmesNode[], items: Value | undefined): Fault | undefined {
    if (!isList(items)) return undefined;
    for (const arg of args) {
      if (arg.kind !== "expression-reference") continue;
      for (const item of items.slice(0, MAX_ITEMS)) {
        if (!this.#try(arg.operand, item).ok) return this.find(arg.operand, item);
      }
    }
    return undefined;
  }

  #failure(node: JmesNode, tried: Tried): Fault | undefined {
    if (tried.ok) return undefined;
    return { offset: startOf(node), reason: tried.error.message, hint: tried.error.hint };
  }

  #missingKey(node: JmesNode & { readonly kind: "field" }, input: Input, from: number): Fault {
    const holder = input instanceof JmesRoot ? input.whole() : input;
    const keys = isValueObject(holder) ? Object.keys(holder) : [];
    const { start: offset, name } = node;
    const near = nearestName(name, keys);
    const guess = near === undefined ? "" : `Did you mean "${near}"? `;
    if (input instanceof JmesRoot || from >= offset) {
      const where = input instanceof JmesRoot ? "variable" : "member";
      const others = keys.length === 0 ? "there are none" : `there are ${listKeys(keys)}`;
      const hint =
        input instanceof JmesRoot && near === undefined
          ? "Name a variable that is there, or declare this one in the rule's context. A text stands in single quotes."
          : `${guess}A text stands in single quotes, and a member that may be missing gets a default: ${name} || ''`;
      return { offset, reason: `there is no ${where} "${name}": ${others}`, hint };
    }
    const parent = this.#source.slice(from, offset).replace(/[.\s]+$/, "");
    const reason = `"${name}" is not there: ${parent} is ${describeValue(holder)}`;
    const dotted = keys.find((key) => key.startsWith(`${name}.`));
    if (dotted !== undefined) {
      return { offset, reason, hint: `A key with points in it stands in double quotes: ${parent}."${dotted}"` };
    }
    return { offset, reason, hint: `${guess}Where it may be missing, give a default: ${parent}.${quoted(name)} || ''` };
  }
}

function quoted(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
}

/** Where a part begins: at its leftmost word. */
function startOf(node: JmesNode): number {
  let start = node.start;
  for (const child of childrenOf(node)) {
    if (child.kind !== "identity" && child.kind !== "current") start = Math.min(start, startOf(child));
  }
  return start;
}
