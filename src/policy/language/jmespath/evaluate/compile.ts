import { Double, type Value } from "../../../../base/index.ts";
import type { JmesFunction } from "../function.ts";
import { failed } from "../functions/failure.ts";
import { type JmesContext, JmesRoot } from "../program.ts";
import type { BinaryNode, ComparisonOperator, HashEntry, JmesDialect, JmesNode, SliceBounds } from "../syntax/ast.ts";
import { type Argument, compileCall } from "./call.ts";
import { compileArithmetic, compileLet, compileSign, compileVariable } from "./community.ts";
import { isCallFailure } from "./failure.ts";
import type { Part, Run } from "./part.ts";
import { compileSlice } from "./slice.ts";
import {
  chargedValues,
  ExpressionReference,
  equalJmes,
  type Flowing,
  isFalse,
  isList,
  NotFound,
  numberOf,
  settle,
} from "./values.ts";

/** A part whose missing keys have become null, and roots data. */
type Settled = (value: Value | JmesRoot, context: JmesContext) => Value;

/** What a whole expression is compiled against. */
export interface CompileScope {
  readonly functions: ReadonlyMap<string, JmesFunction>;
  readonly dialect: JmesDialect;
}

/** A missing key is passed on: for what the operator hands over as it is. */
export function compileNode(node: JmesNode, scope: CompileScope): Part {
  switch (node.kind) {
    case "field":
    case "subexpression":
    case "index-expression":
      return compilePath(node, scope);
    case "identity":
    case "current":
      return { run: (value) => value, cost: 1 };
    case "literal": {
      const { value: literal } = node;
      return { run: () => literal, cost: 1 };
    }
    case "index":
      return { run: indexOf(node.index), cost: 1 };
    case "slice":
      return compileSliceNode(node, scope);
    case "pipe":
      return compilePipe(node, scope);
    case "or":
    case "and":
      return compileLogic(node, scope);
    case "not":
      return compileNot(node.operand, scope);
    case "comparator":
      return compileComparator(node, scope);
    case "function":
      return compileFunction(node, scope);
    case "expression-reference":
      return { run: refuseReference, cost: 1 };
    case "multi-select-list":
      return compileList(node.items, scope);
    case "multi-select-hash":
      return compileHash(node.entries, scope);
    case "flatten":
      return compileFlatten(node.operand, scope);
    case "projection":
      return compileProjection(node, scope);
    case "filter-projection":
      return compileFilter(node, scope);
    case "variable":
      return compileVariable(node.name);
    case "let": {
      const bindings = node.bindings.map(({ key, value }) => ({ name: key, ...compileSettled(value, scope) }));
      return compileLet(bindings, compileNode(node.operand, scope));
    }
    case "arithmetic":
      return compileArithmetic(node.operator, compileSettled(node.left, scope), compileSettled(node.right, scope));
    case "sign":
      return compileSign(node.isMinus, compileSettled(node.operand, scope));
    default:
      return compileValueProjection(node, scope);
  }
}

/** As {@link compileNode}, settled. */
function compileSettled(node: JmesNode, scope: CompileScope): { readonly run: Settled; readonly cost: number } {
  if (node.kind === "literal") {
    const { value: literal } = node;
    return { run: () => literal, cost: 1 };
  }
  const { run, cost } = compileNode(node, scope);
  return { run: (value, context) => settle(run(value, context)), cost };
}

function refuseReference(): never {
  throw failed("an expression reference (&…) stands only as an argument of a function that takes one");
}

/** Paths of fields and indexes run in one loop; `left` of a subexpression is `value` of its right part. */
function compilePath(node: JmesNode, scope: CompileScope): Part {
  const steps: JmesNode[] = [];
  let first = node;
  while (first.kind === "subexpression" || first.kind === "index-expression") {
    steps.unshift(first.right);
    first = first.left;
  }
  if (first.kind !== "identity" && first.kind !== "current") steps.unshift(first);
  const isCommunity = scope.dialect === "community";
  const runs = steps.map((step) =>
    step.kind === "field" ? compileField(step.name, isCommunity) : compileNode(step, scope),
  );
  const cost = runs.reduce((sum, part) => sum + part.cost, 1);
  const parts = runs.map((part) => part.run);
  const isOfCurrent = first.kind === "identity" || first.kind === "current";
  return { run: isCommunity ? chainWithNull(parts, isOfCurrent) : chain(parts), cost };
}

/** To the community a missing key is null, and what stands behind a null is not looked at. */
function chainWithNull(runs: readonly Run[], isOfCurrent: boolean): Run {
  return (value, context) => {
    let current: Value | JmesRoot = value;
    for (let index = 0; index < runs.length; index++) {
      if (current === null && (index > 0 || isOfCurrent)) return null;
      current = settle((runs[index] as Run)(current, context));
    }
    return current;
  };
}

function chain(runs: readonly Run[]): Run {
  const [first, second, third] = runs;
  if (first === undefined) return (value) => value;
  if (second === undefined) return first;
  if (third === undefined) {
    return (value, context) => {
      const left = first(value, context);
      return left instanceof NotFound ? left : second(left, context);
    };
  }
  return (value, context) => {
    let current: Flowing = value;
    for (let index = 0; index < runs.length; index++) {
      current = (runs[index] as Run)(current, context);
      if (current instanceof NotFound) return current;
    }
    return current;
  };
}

function compileField(name: string, isCommunity: boolean): Part {
  const notFound = isCommunity ? null : new NotFound(name);
  const run: Run = (value) => {
    if (typeof value !== "object" || value === null || isList(value as Value) || value instanceof Double) return null;
    if (value instanceof JmesRoot) {
      const member = value.member(name);
      return member === undefined ? notFound : member;
    }
    const found = (value as { readonly [key: string]: Value })[name];
    return found !== undefined && Object.hasOwn(value, name) ? found : notFound;
  };
  return { run, cost: 1 };
}

function indexOf(index: number): Run {
  return (value) => {
    if (!isList(value as Value)) return null;
    const list = value as readonly Value[];
    return list[index < 0 ? index + list.length : index] ?? null;
  };
}

function compileSliceNode(node: SliceBounds, { dialect }: CompileScope): Part {
  const slice = compileSlice(node);
  const run: Run = (value, context) => {
    if (isList(value as Value)) return slice(value as readonly Value[], context);
    if (dialect === "kyverno" || typeof value !== "string") return null;
    const characters = Array.from(value);
    context.charge(characters.length);
    return (slice(characters, context) as readonly string[]).join("");
  };
  return { run, cost: 1 };
}

/** Each stage reads a missing key as null, the last one too. */
function compilePipe(node: JmesNode, scope: CompileScope): Part {
  const stages: Part[] = [];
  let first = node;
  while (first.kind === "pipe") {
    stages.unshift(compileNode(first.right, scope));
    first = first.left;
  }
  stages.unshift(compileNode(first, scope));
  const runs = stages.map((stage) => stage.run);
  const run: Run = (value, context) => {
    let current: Value | JmesRoot = value;
    for (let index = 0; index < runs.length; index++) {
      const next: Flowing = (runs[index] as Run)(current, context);
      current = next instanceof NotFound ? null : next;
    }
    return current;
  };
  return { run, cost: sumOf(stages) };
}

/** `a || b` is never a missing key; `a && b` is one where b is. */
function compileLogic(node: BinaryNode, scope: CompileScope): Part {
  const operands: JmesNode[] = [];
  let first: JmesNode = node;
  while (first.kind === node.kind && (first.kind === "or" || first.kind === "and")) {
    operands.unshift(first.right);
    first = first.left;
  }
  operands.unshift(first);
  const isOr = node.kind === "or";
  const last = compileNode(operands.at(-1) as JmesNode, scope);
  const before = operands.slice(0, -1).map((operand) => compileSettled(operand, scope));
  const runs = before.map((part) => part.run);
  const { run: runLast } = last;
  const run: Run = (value, context) => {
    for (let index = 0; index < runs.length; index++) {
      const result = (runs[index] as Settled)(value, context);
      if (isFalse(result) !== isOr) return result;
    }
    const result = runLast(value, context);
    return isOr ? settle(result) : result;
  };
  return { run, cost: sumOf([...before, last]) };
}

function compileNot(operand: JmesNode, scope: CompileScope): Part {
  const { run, cost } = compileSettled(operand, scope);
  return { run: (value, context) => isFalse(run(value, context)), cost: cost + 1 };
}

function compileComparator(node: JmesNode & { readonly kind: "comparator" }, scope: CompileScope): Part {
  const left = compileSettled(node.left, scope);
  const right = compileSettled(node.right, scope);
  const compare = COMPARISONS[node.operator];
  const run: Run = (value, context) => compare(left.run(value, context), right.run(value, context), context);
  return { run, cost: left.cost + right.cost + 1 };
}

type Comparison = (left: Value, right: Value, context: JmesContext) => Value;

const COMPARISONS: Readonly<Record<ComparisonOperator, Comparison>> = {
  tEQ: equalJmes,
  tNE: (left, right, context) => !equalJmes(left, right, context),
  tLT: ordered((left, right) => left < right),
  tLTE: ordered((left, right) => left <= right),
  tGT: ordered((left, right) => left > right),
  tGTE: ordered((left, right) => left >= right),
};

/** Only numbers have an order; of anything else it is null. */
function ordered(compare: (left: number | bigint, right: number | bigint) => boolean): Comparison {
  return (leftValue, rightValue) => {
    const left = numberOf(leftValue);
    const right = numberOf(rightValue);
    return left === undefined || right === undefined ? null : compare(left, right);
  };
}

function compileFunction(node: JmesNode & { readonly kind: "function" }, scope: CompileScope): Part {
  const args: Argument[] = node.args.map((argument) => {
    if (argument.kind !== "expression-reference") return compileSettled(argument, scope);
    const { run, cost } = compileNode(argument.operand, scope);
    const reference = new ExpressionReference(run, cost);
    return { run: () => reference, cost: 1 };
  });
  return { run: compileCall(node.name, args, scope.functions), cost: sumOf(args) + 1 };
}

function compileList(nodes: readonly JmesNode[], scope: CompileScope): Part {
  const items = nodes.map((item) => compileSettled(item, scope));
  const runs = items.map((item) => item.run);
  const isKyverno = scope.dialect === "kyverno";
  const run: Run = (value, context) => {
    if (value === null && isKyverno) return null;
    const list: Value[] = [];
    for (let index = 0; index < runs.length; index++) list.push((runs[index] as Settled)(value, context));
    return list;
  };
  return { run, cost: sumOf(items) + 1 };
}

function compileHash(entries: readonly HashEntry[], scope: CompileScope): Part {
  const values = entries.map((entry) => compileSettled(entry.value, scope));
  const members = entries.map((entry, index) => [entry.key, (values[index] as (typeof values)[0]).run] as const);
  const isKyverno = scope.dialect === "kyverno";
  const run: Run = (value, context) => {
    if (value === null && isKyverno) return null;
    const object: Record<string, Value> = {};
    for (const [key, member] of members) object[key] = member(value, context);
    return object;
  };
  return { run, cost: sumOf(values) + 1 };
}

function compileFlatten(operand: JmesNode, scope: CompileScope): Part {
  const { run: left, cost } = compileForgiving(operand, scope);
  const run: Run = (value, context) => {
    const list = left(value, context);
    if (!isList(list)) return null;
    context.charge(list.length);
    const flat: Value[] = [];
    for (const item of list) {
      if (isList(item)) {
        context.charge(item.length);
        for (const inner of item) flat.push(inner);
      } else {
        flat.push(item);
      }
    }
    return flat;
  };
  return { run, cost };
}

function compileProjection(node: BinaryNode, scope: CompileScope): Part {
  // A slice of a text is a text, and nothing is projected.
  const isSlice = node.left.kind === "index-expression" && node.left.right.kind === "slice";
  const left = compileSettled(node.left, scope);
  const right = compileElement(node.right, scope);
  const run: Run = (value, context) => {
    const list = left.run(value, context);
    if (isSlice && typeof list === "string") return list;
    return isList(list) ? project(list, right, context) : null;
  };
  return { run, cost: left.cost + 1 };
}

/** The right part of a projection; undefined where the elements stay as they are. */
interface ElementPart {
  readonly run: Run | undefined;
  readonly cost: number;
}

function compileElement(node: JmesNode, scope: CompileScope): ElementPart {
  return node.kind === "identity" ? { run: undefined, cost: 1 } : compileNode(node, scope);
}

/** What the right part makes of each element, without nulls and missing keys. */
function project(list: readonly Value[], { run, cost }: ElementPart, context: JmesContext): Value {
  context.charge(list.length * cost);
  const results: Value[] = [];
  for (let index = 0; index < list.length; index++) {
    const item = list[index] as Value;
    const result = run === undefined ? item : settle(run(item, context));
    if (result !== null) results.push(result);
  }
  return results;
}

function compileFilter(node: JmesNode & { readonly kind: "filter-projection" }, scope: CompileScope): Part {
  const left = compileForgiving(node.left, scope);
  const condition = compileSettled(node.condition, scope);
  const right = compileElement(node.right, scope);
  const { run: holds } = condition;
  const cost = condition.cost + 1;
  const run: Run = (value, context) => {
    const list = left.run(value, context);
    if (!isList(list)) return null;
    context.charge(list.length * cost);
    // One element's condition and result come before the next element's: the first failure is the one that is met.
    const results: Value[] = [];
    for (let index = 0; index < list.length; index++) {
      const item = list[index] as Value;
      if (isFalse(holds(item, context))) continue;
      context.charge(right.cost);
      const result = right.run === undefined ? item : settle(right.run(item, context));
      if (result !== null) results.push(result);
    }
    return results;
  };
  return { run, cost: left.cost + 1 };
}

/**
 * The values of an object. Kyverno's own list of them begins with as many nulls as there are values, so that a right
 * part which makes something of null adds results, and one that fails for null (`labels.*.length(@)`) always fails.
 */
function compileValueProjection(node: BinaryNode, scope: CompileScope): Part {
  const left = compileForgiving(node.left, scope);
  const right = compileElement(node.right, scope);
  const keepsNull = scope.dialect === "community" || mapsNullToNull(node.right);
  const run: Run = (value, context) => {
    const object = left.run(value, context);
    if (typeof object !== "object" || object === null || isList(object) || object instanceof Double) return null;
    const values = chargedValues(object, context);
    return project(keepsNull ? values : [...values.map(() => null), ...values], right, context);
  };
  return { run, cost: left.cost + 1 };
}

/** Whether a part is surely null, or a missing key, where the current value is null. */
function mapsNullToNull(node: JmesNode): boolean {
  switch (node.kind) {
    case "field":
    case "current":
    case "identity":
    case "index":
    case "slice":
    case "multi-select-list":
    case "multi-select-hash":
      return true;
    case "flatten":
      return mapsNullToNull(node.operand);
    case "subexpression":
    case "index-expression":
      return mapsNullToNull(node.left) && mapsNullToNull(node.right);
    case "projection":
    case "filter-projection":
    case "value-projection":
      return mapsNullToNull(node.left);
    default:
      return false;
  }
}

/** Settled, with the failure of a call as null: what Kyverno does to the left of `[]`, `[?…]` and `.*`. */
function compileForgiving(node: JmesNode, scope: CompileScope): { readonly run: Settled; readonly cost: number } {
  const part = compileSettled(node, scope);
  const run: Settled = (value, context) => {
    try {
      return part.run(value, context);
    } catch (error) {
      if (!isCallFailure(error)) throw error;
      return null;
    }
  };
  return { run, cost: part.cost };
}

function sumOf(parts: readonly { readonly cost: number }[]): number {
  return parts.reduce((sum, part) => sum + part.cost, 0);
}
