import type { Value } from "../../../../base/index.ts";

/**
 * Whose grammar an expression has: Kyverno's own fork, which has no more than JMESPath had at first, or the JMESPath
 * Community's, in which assertion trees are written: arithmetic, `let`, variables, slices of texts.
 */
export type JmesDialect = "kyverno" | "community";

/** Community only. A minus sign and its typographic form are one. */
export type ArithmeticOperator = "tPlus" | "tMinus" | "tMultiply" | "tDivide" | "tModulo" | "tDiv";

export type ComparisonOperator = "tEQ" | "tNE" | "tLT" | "tLTE" | "tGT" | "tGTE";

interface Place {
  /** UTF-16 units from the source's start. */
  readonly start: number;
  /** Levels of nodes from here down, this one included. */
  readonly depth: number;
}

interface Binary extends Place {
  readonly left: JmesNode;
  readonly right: JmesNode;
}

export interface BinaryNode extends Binary {
  readonly kind: BinaryKind;
}

/** A node of the tree that Kyverno's parser makes: the same nodes in the same order. */
export type JmesNode =
  | (Place & { readonly kind: "field"; readonly name: string })
  | (Place & { readonly kind: "current" })
  /** What stands for "the value itself" where nothing is written. */
  | (Place & { readonly kind: "identity" })
  | (Place & { readonly kind: "literal"; readonly value: Value })
  | (Place & { readonly kind: "index"; readonly index: number })
  | (Place & SliceBounds & { readonly kind: "slice" })
  | (Place & { readonly kind: "flatten"; readonly operand: JmesNode })
  | (Place & { readonly kind: "not"; readonly operand: JmesNode })
  | (Place & { readonly kind: "expression-reference"; readonly operand: JmesNode })
  | (Place & { readonly kind: "function"; readonly name: string; readonly args: readonly JmesNode[] })
  | (Place & { readonly kind: "multi-select-list"; readonly items: readonly JmesNode[] })
  | (Place & { readonly kind: "multi-select-hash"; readonly entries: readonly HashEntry[] })
  | BinaryNode
  | (Binary & { readonly kind: "comparator"; readonly operator: ComparisonOperator })
  /** From here on: community only. */
  | (Place & { readonly kind: "variable"; readonly name: string })
  | (Place & { readonly kind: "let"; readonly bindings: readonly HashEntry[]; readonly operand: JmesNode })
  | (Binary & { readonly kind: "arithmetic"; readonly operator: ArithmeticOperator })
  | (Place & { readonly kind: "sign"; readonly isMinus: boolean; readonly operand: JmesNode })
  | (Binary & { readonly kind: "filter-projection"; readonly condition: JmesNode });

export type BinaryKind =
  | "subexpression"
  | "index-expression"
  | "pipe"
  | "or"
  | "and"
  | "projection"
  | "value-projection";

export interface SliceBounds {
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly step: number | undefined;
}

export interface HashEntry {
  readonly key: string;
  readonly value: JmesNode;
}

/** The nodes directly below one. */
export function childrenOf(node: JmesNode): readonly JmesNode[] {
  switch (node.kind) {
    case "field":
    case "current":
    case "identity":
    case "literal":
    case "index":
    case "slice":
    case "variable":
      return [];
    case "let":
      return [...node.bindings.map(({ value }) => value), node.operand];
    case "flatten":
    case "not":
    case "sign":
    case "expression-reference":
      return [node.operand];
    case "function":
      return node.args;
    case "multi-select-list":
      return node.items;
    case "multi-select-hash":
      return node.entries.map((entry) => entry.value);
    case "filter-projection":
      return [node.left, node.right, node.condition];
    default:
      return [node.left, node.right];
  }
}
