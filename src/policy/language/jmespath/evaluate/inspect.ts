import type { JmesFunction } from "../function.ts";
import { childrenOf, type JmesNode } from "../syntax/ast.ts";

/** What is known of an expression before it runs. */
export interface Inspection {
  readonly names: readonly string[];
  readonly readsWhole: boolean;
  readonly unknownFunctions: readonly string[];
  /** It has an operator that reads a failed call as null. */
  readonly isForgiving: boolean;
  /** Its result may hold values inside new lists or objects, so it is measured. */
  readonly isNesting: boolean;
}

/** Looks an expression through. */
export function inspectTree(tree: JmesNode, functions: ReadonlyMap<string, JmesFunction>): Inspection {
  const inspector = new Inspector(functions);
  if (inspector.visit(tree, true)) inspector.readsWhole = true;
  return {
    names: [...inspector.names],
    readsWhole: inspector.readsWhole,
    unknownFunctions: [...inspector.unknownFunctions],
    isForgiving: inspector.isForgiving,
    isNesting: inspector.isNesting,
  };
}

class Inspector {
  readonly #functions: ReadonlyMap<string, JmesFunction>;
  readonly names = new Set<string>();
  readonly unknownFunctions = new Set<string>();
  readsWhole = false;
  isForgiving = false;
  isNesting = false;

  constructor(functions: ReadonlyMap<string, JmesFunction>) {
    this.#functions = functions;
  }

  /** Visits a node whose current value is the root, or is not; whether the node's own value is the root. */
  visit(node: JmesNode, isRoot: boolean): boolean {
    this.#note(node);
    switch (node.kind) {
      case "field":
        if (isRoot) this.names.add(node.name);
        return false;
      case "current":
      case "identity":
        return isRoot;
      case "subexpression":
      case "index-expression":
      case "pipe":
        return this.visit(node.right, this.visit(node.left, isRoot));
      case "projection":
      case "value-projection":
        this.#readsAll(node.left, isRoot);
        this.visit(node.right, false);
        return false;
      case "filter-projection":
        this.#readsAll(node.left, isRoot);
        this.visit(node.condition, false);
        this.visit(node.right, false);
        return false;
      case "expression-reference":
        this.visit(node.operand, false);
        return false;
      case "and":
        // The right part's value is handed on as it is.
        this.#readsAll(node.left, isRoot);
        return this.visit(node.right, isRoot);
      default:
        for (const child of childrenOf(node)) this.#readsAll(child, isRoot);
        return false;
    }
  }

  /** A part whose value is used as data. */
  #readsAll(node: JmesNode, isRoot: boolean): void {
    if (this.visit(node, isRoot)) this.readsWhole = true;
  }

  #note(node: JmesNode): void {
    if (node.kind === "multi-select-hash" || node.kind === "multi-select-list") this.isNesting = true;
    if (node.kind === "flatten" || node.kind === "filter-projection" || node.kind === "value-projection") {
      this.isForgiving = true;
    }
    if (node.kind !== "function") return;
    const row = this.#functions.get(node.name);
    if (row === undefined) this.unknownFunctions.add(node.name);
    else if (row.isNesting || row.result === "number") this.isNesting = true;
  }
}
