import type { CheckedExpression } from "../check/check.ts";
import { INDEX, OPTIONAL_INDEX } from "../check/operator-types.ts";
import type { AstNode, CallNode, ChainNode, ConditionalNode, ListNode, MapNode } from "../syntax/ast.ts";
import { type CelType, celTypes } from "../types.ts";
import { textLength } from "../values/text.ts";
import type { CelValue } from "../values/value.ts";
import { bindCost, blockCost, comprehensionCost, optionalMapCost } from "./macros.ts";
import { type CostWalker, findLocal, type LocalScope, type Operand, sizeOfType, sizeOrUnknown } from "./operand.ts";
import { chooseCost, fittingSignatures, operatorCosts, uniteCosts } from "./operators.ts";
import { addRanges, type CostRange, exactly, MAX_UINT64, ONE, UNKNOWN_SIZE, uniteRanges, ZERO } from "./range.ts";
import { callCosts, LIST_BASE, MAP_BASE, MESSAGE_BASE } from "./rules.ts";

/** What evaluating an expression costs at least and at most, in units of Kubernetes: unsigned 64-bit. */
export type CostEstimate = CostRange;

/** What {@link estimateCost} takes beside the expression. */
export interface EstimateOptions {
  /**
   * The size of what a path leads to (a text's characters, a list's elements, a map's entries), where it is known from a
   * schema; undefined where it is not. A path is a variable's name, then fields, `@items` for a list's elements, `@keys`
   * and `@values` for a map's. Without it sizes are known of literals only.
   */
  readonly sizeOf?: (path: readonly string[]) => CostRange | undefined;
}

/**
 * What an expression costs at least and at most, as Kubernetes 1.36 estimates it: one unit for each name, field and call,
 * ten for each list made and thirty for each map, one for ten characters read, and each step of a macro times the size of
 * what it goes over. A size that is not known may be anything up to 2^64-1, and nothing grows over that.
 *
 * The expression must have been checked; one without types costs less here than it may.
 *
 * @see https://kubernetes.io/docs/reference/using-api/cel/#resource-constraints
 * @example
 * ```ts
 * import { compileExpression, createEnvironment, estimateCost } from "../../../index.ts";
 * estimateCost(compileExpression("[1, 2].all(x, x > 0)", createEnvironment()).checked).max; // 21n
 * ```
 */
export function estimateCost(expression: CheckedExpression, options: EstimateOptions = {}): CostEstimate {
  return new Estimator(expression, options).visit(expression.ast.root, undefined).cost;
}

class Estimator implements CostWalker {
  readonly #expression: CheckedExpression;
  readonly #options: EstimateOptions;

  constructor(expression: CheckedExpression, options: EstimateOptions) {
    this.#expression = expression;
    this.#options = options;
  }

  typeOf(id: number): CelType {
    return this.#expression.types[id] ?? celTypes.dyn;
  }

  /** A size where nothing better is known: by the path, else by the type. */
  sized(type: CelType, path: readonly string[] | undefined): CostRange | undefined {
    return (path === undefined ? undefined : this.#options.sizeOf?.(path)) ?? sizeOfType(type);
  }

  visit(node: AstNode, scope: LocalScope | undefined): Operand {
    const type = this.typeOf(node.id);
    switch (node.kind) {
      case "literal":
        return { cost: ZERO, type, size: exactly(literalSize(node.value)), literal: node.value };
      case "identifier":
      case "select":
      case "presence":
        return this.#named(node, type, scope);
      case "index":
        return this.#index(node, type, scope);
      case "call":
        return this.#call(node, type, scope);
      case "logical": {
        const costs = node.operands.map((operand) => this.visit(operand, scope).cost);
        // The first may decide it.
        return { cost: { min: costs[0]?.min ?? 0n, max: addRanges(...costs).max }, type, size: ONE };
      }
      case "chain":
        return this.#chain(node, scope);
      case "unary":
        return { cost: addRanges(ONE, this.visit(node.operand, scope).cost), type, size: sizeOfType(type) };
      case "conditional":
        return this.#conditional(node, type, scope);
      case "list":
        return this.#list(node, type, scope);
      case "map":
        return this.#map(node, type, scope);
      case "message": {
        const fields = node.fields.map(({ value }) => this.visit(value, scope).cost);
        return { cost: addRanges(MESSAGE_BASE, ...fields), type, size: ONE };
      }
      case "comprehension":
        return comprehensionCost(this, node, scope);
      case "bind":
        return bindCost(this, node, scope);
      case "block":
        return blockCost(this, node, scope);
      default:
        return optionalMapCost(this, node, scope);
    }
  }

  /** A name that is no declared variable's: a macro's. */
  variable(name: string, type: CelType, scope: LocalScope | undefined): Operand {
    const local = findLocal(scope, name);
    const path = local === undefined ? [name] : local.path;
    return { cost: ONE, type, size: this.sized(type, path) ?? local?.size, entries: local?.entries, path };
  }

  #named(
    node: AstNode & { readonly kind: "identifier" | "select" | "presence" },
    type: CelType,
    scope: LocalScope | undefined,
  ): Operand {
    const reference = this.#expression.names.get(node.id);
    if (reference !== undefined) {
      const path = [reference.kind === "variable" ? reference.variable.name : reference.name];
      return { cost: ONE, type, size: this.sized(type, path), path };
    }
    if (node.kind === "identifier") {
      return this.variable(node.name, type, scope);
    }
    const operand = this.visit(node.operand, scope);
    if (node.kind === "presence") return { cost: operand.cost, type, size: ONE };
    if (node.optional) return { cost: addRanges(ONE, operand.cost), type, size: sizeOfType(type) };
    // Fields of values of unknown type are counted with the value.
    const isCounted = operand.type.kind === "map" || operand.type.kind === "object";
    const path = [...(operand.path ?? []), node.field];
    return { cost: isCounted ? addRanges(ONE, operand.cost) : operand.cost, type, size: this.sized(type, path), path };
  }

  #index(node: AstNode & { readonly kind: "index" }, type: CelType, scope: LocalScope | undefined): Operand {
    const operand = this.visit(node.operand, scope);
    const index = this.visit(node.index, scope);
    const cost = addRanges(ONE, operand.cost, index.cost);
    const forms = fittingSignatures(node.optional ? OPTIONAL_INDEX : INDEX, [operand.type, index.type]);
    const containers = new Set(forms.map((form) => form.args[0]?.kind));
    if (node.optional || !(containers.has("list") || containers.has("map"))) {
      return { cost, type, size: sizeOfType(type) };
    }
    // What may be either is taken for a list, as in Kubernetes.
    const path = [...(operand.path ?? []), containers.has("list") ? "@items" : "@values"];
    return { cost, type, size: operand.entries?.value ?? this.sized(type, path), path };
  }

  #call(node: CallNode, type: CelType, scope: LocalScope | undefined): Operand {
    const reference = this.#expression.calls.get(node.id);
    const rows = reference?.rows ?? [];
    const operands = (reference?.args ?? node.args).map((arg) => this.visit(arg, scope));
    const [row] = rows;
    const name = row?.name ?? node.name;
    const isMethod = row?.receiver === true;
    const argumentCost = addRanges(...operands.map((operand) => operand.cost));
    if (name === "dyn" && operands[0] !== undefined) {
      const { size, entries } = operands[0];
      return { cost: addRanges(ONE, argumentCost), type, size, entries };
    }
    const { cost, size } = uniteCosts(
      callCosts(name, {
        target: isMethod ? operands[0] : undefined,
        args: isMethod ? operands.slice(1) : operands,
        rows,
        size: sizeOrUnknown,
        element: (operand) => this.#element(operand),
      }),
    );
    return { cost: addRanges(cost, argumentCost), type, size: size ?? sizeOfType(type) };
  }

  /** What a list's elements are like; a map's keys where one stands for a list. */
  #element({ type, path }: Operand): { readonly isText: boolean; readonly size: CostRange } | undefined {
    const element =
      type.kind === "list"
        ? type.element
        : type.kind === "map"
          ? type.key
          : type.kind === "optional"
            ? type.value
            : undefined;
    if (element === undefined) return undefined;
    const isText = element.kind === "simple" && (element.name === "string" || element.name === "bytes");
    const known = path === undefined ? undefined : this.#options.sizeOf?.([...path, "@items"]);
    return { isText, size: known ?? UNKNOWN_SIZE };
  }

  #chain(node: ChainNode, scope: LocalScope | undefined): Operand {
    let left = this.visit(node.first, scope);
    for (const step of node.steps) {
      const right = this.visit(step.operand, scope);
      const type = this.typeOf(step.id);
      const { costs, entries } = operatorCosts(step.operator, left, right);
      const { cost, size } = uniteCosts(costs);
      left = {
        cost: addRanges(cost, left.cost, right.cost),
        type,
        size: size ?? sizeOfType(type),
        entries,
      };
    }
    return left;
  }

  #conditional(node: ConditionalNode, type: CelType, scope: LocalScope | undefined): Operand {
    return node.branches.reduceRight<Operand>(
      (otherwise, branch) => {
        const test = this.visit(branch.test, scope);
        return chooseCost(test.cost, this.visit(branch.value, scope), otherwise, type);
      },
      this.visit(node.otherwise, scope),
    );
  }

  #list(node: ListNode, type: CelType, scope: LocalScope | undefined): Operand {
    const elements = node.elements.map(({ value }) => this.visit(value, scope));
    return {
      cost: addRanges(LIST_BASE, ...elements.map((element) => element.cost)),
      type,
      size: exactly(BigInt(elements.length)),
      entries: { container: "list", key: ONE, value: uniteSizes(elements) },
    };
  }

  #map(node: MapNode, type: CelType, scope: LocalScope | undefined): Operand {
    const keys = node.entries.map(({ key }) => this.visit(key, scope));
    const values = node.entries.map(({ value }) => this.visit(value, scope));
    return {
      cost: addRanges(MAP_BASE, ...[...keys, ...values].map((each) => each.cost)),
      type,
      size: exactly(BigInt(keys.length)),
      entries: { container: "map", key: uniteSizes(keys), value: uniteSizes(values) },
    };
  }
}

/** The range of sizes of a literal's members; of none, zero. */
function uniteSizes(operands: readonly Operand[]): CostRange {
  const none = { min: operands.length === 0 ? 0n : MAX_UINT64, max: 0n };
  return operands.reduce<CostRange>((size, operand) => uniteRanges(size, sizeOrUnknown(operand)), none);
}

function literalSize(value: CelValue): bigint {
  if (typeof value === "string") return BigInt(textLength(value));
  return value instanceof Uint8Array ? BigInt(value.length) : 1n;
}
