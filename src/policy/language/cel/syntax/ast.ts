import type { ArithmeticOperator } from "../values/arithmetic.ts";
import type { CelValue } from "../values/value.ts";

/** What every node has. */
interface NodeHead {
  /** Unique within one expression, counted from 0: the type checker keeps its findings by it. */
  readonly id: number;
  /** Where the node's own token is (an operator, a dot, a name), in UTF-16 units from the source's start. */
  readonly offset: number;
}

export interface LiteralNode extends NodeHead {
  readonly kind: "literal";
  readonly value: CelValue;
}

export interface IdentifierNode extends NodeHead {
  readonly kind: "identifier";
  readonly name: string;
  /** Written with a leading dot: never a variable of a macro. */
  readonly absolute: boolean;
}

export interface SelectNode extends NodeHead {
  readonly kind: "select";
  readonly operand: AstNode;
  readonly field: string;
  /** `.?` */
  readonly optional: boolean;
  /** `` .`field` ``: never part of a dotted name. */
  readonly quoted: boolean;
}

/** `has(operand.field)` */
export interface PresenceNode extends NodeHead {
  readonly kind: "presence";
  readonly operand: AstNode;
  readonly field: string;
  /** As in {@link SelectNode}. */
  readonly quoted: boolean;
}

export interface IndexNode extends NodeHead {
  readonly kind: "index";
  readonly operand: AstNode;
  readonly index: AstNode;
  /** `[?` */
  readonly optional: boolean;
}

export interface CallNode extends NodeHead {
  readonly kind: "call";
  readonly name: string;
  readonly target?: AstNode;
  readonly args: readonly AstNode[];
}

/** `a && b && c` as one node, however long: nothing that walks the tree needs a stack for a chain. */
export interface LogicalNode extends NodeHead {
  readonly kind: "logical";
  readonly operator: "&&" | "||";
  readonly operands: readonly AstNode[];
}

export type RelationOperator = "==" | "!=" | "<" | "<=" | ">" | ">=" | "in";
export type BinaryOperator = RelationOperator | ArithmeticOperator;

export interface ChainStep {
  readonly id: number;
  readonly offset: number;
  readonly operator: BinaryOperator;
  readonly operand: AstNode;
}

/** `a - b + c`: operators of one precedence, applied from left to right. At least one step. */
export interface ChainNode extends NodeHead {
  readonly kind: "chain";
  readonly first: AstNode;
  readonly steps: readonly ChainStep[];
}

export interface UnaryNode extends NodeHead {
  readonly kind: "unary";
  readonly operator: "!" | "-";
  readonly operand: AstNode;
}

/** `test ? value : test ? value : otherwise`, the first branch whose test is true. At least one branch. */
export interface ConditionalNode extends NodeHead {
  readonly kind: "conditional";
  readonly branches: readonly { readonly test: AstNode; readonly value: AstNode }[];
  readonly otherwise: AstNode;
}

export interface ListNode extends NodeHead {
  readonly kind: "list";
  readonly elements: readonly { readonly value: AstNode; readonly optional: boolean }[];
}

export interface MapNode extends NodeHead {
  readonly kind: "map";
  readonly entries: readonly { readonly key: AstNode; readonly value: AstNode; readonly optional: boolean }[];
}

/** A field that a message literal sets. */
export interface MessageField {
  readonly name: string;
  readonly value: AstNode;
  readonly optional: boolean;
  /** `` `field`: value `` */
  readonly quoted: boolean;
}

/** `Name{field: value}`: the name may be dotted, with a leading dot when it is absolute. */
export interface MessageNode extends NodeHead {
  readonly kind: "message";
  readonly typeName: string;
  readonly fields: readonly MessageField[];
}

export type ComprehensionMacro =
  | "all"
  | "exists"
  | "exists_one"
  | "filter"
  | "map"
  | "sortBy"
  | "transformList"
  | "transformMap"
  | "transformMapEntry";

/** A macro over a list's elements or a map's keys; with two variables over index and element, or key and value. */
export interface ComprehensionNode extends NodeHead {
  readonly kind: "comprehension";
  readonly macro: ComprehensionMacro;
  readonly range: AstNode;
  /** One name or two different ones. */
  readonly variables: readonly [string] | readonly [string, string];
  /** What is asked of each element; `map` and the transform macros may have none. */
  readonly predicate?: AstNode;
  /** What `map` and the transform macros make of each element; the key that `sortBy` orders by. */
  readonly projection?: AstNode;
}

/** `cel.bind(variable, value, body)`: the value is made when it is first used, and then kept. */
export interface BindNode extends NodeHead {
  readonly kind: "bind";
  readonly variable: string;
  readonly value: AstNode;
  readonly body: AstNode;
}

/**
 * `cel.block([value, …], body)`: later values and the body name earlier ones as `@index0`, `@index1`… (written
 * `cel.index(0)`). Each is made when it is first used, and then kept.
 */
export interface BlockNode extends NodeHead {
  readonly kind: "block";
  readonly values: readonly AstNode[];
  readonly body: AstNode;
}

/** `target.optMap(variable, body)`, with `flat` optFlatMap. */
export interface OptionalMapNode extends NodeHead {
  readonly kind: "optionalMap";
  readonly target: AstNode;
  readonly variable: string;
  readonly body: AstNode;
  readonly flat: boolean;
}

export type AstNode =
  | LiteralNode
  | IdentifierNode
  | SelectNode
  | PresenceNode
  | IndexNode
  | CallNode
  | LogicalNode
  | ChainNode
  | UnaryNode
  | ConditionalNode
  | ListNode
  | MapNode
  | MessageNode
  | ComprehensionNode
  | BindNode
  | BlockNode
  | OptionalMapNode;

/** A parsed expression: what the parser gives to the type checker, and that to the compiler. */
export interface Ast {
  readonly source: string;
  readonly root: AstNode;
  /** One more than the highest id. */
  readonly nodeCount: number;
}

/** A node without its id, for {@link NodeMaker}. */
export type NewNode = AstNode extends infer N ? (N extends AstNode ? Omit<N, "id"> : never) : never;

/** What macros use to build nodes: numbers them and holds the depth limit. */
export interface NodeMaker {
  make(node: NewNode, children: readonly AstNode[]): AstNode;
  /** Refuses the expression at a place. */
  fail(offset: number, message: string): never;
}
