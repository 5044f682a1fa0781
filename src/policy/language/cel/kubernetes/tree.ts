import type { AstNode } from "../syntax/ast.ts";

/** The parts of a node, in the order in which they are written. */
export function childrenOf(node: AstNode): readonly AstNode[] {
  switch (node.kind) {
    case "literal":
    case "identifier":
      return [];
    case "select":
    case "presence":
    case "unary":
      return [node.operand];
    case "index":
      return [node.operand, node.index];
    case "call":
      return node.target === undefined ? node.args : [node.target, ...node.args];
    case "logical":
      return node.operands;
    case "chain":
      return [node.first, ...node.steps.map(({ operand }) => operand)];
    case "conditional":
      return [...node.branches.flatMap(({ test, value }) => [test, value]), node.otherwise];
    case "list":
      return node.elements.map(({ value }) => value);
    case "map":
      return node.entries.flatMap(({ key, value }) => [key, value]);
    case "message":
      return node.fields.map(({ value }) => value);
    case "comprehension":
      return [node.range, node.predicate, node.projection].filter((part) => part !== undefined);
    case "bind":
      return [node.value, node.body];
    case "block":
      return [...node.values, node.body];
    default:
      return [node.target, node.body];
  }
}
