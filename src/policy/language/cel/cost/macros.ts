import type { BindNode, BlockNode, ComprehensionNode, OptionalMapNode } from "../syntax/ast.ts";
import { type CelType, celTypes } from "../types.ts";
import {
  type CostWalker,
  type EntrySizes,
  type LocalScope,
  type Operand,
  sizeOfType,
  sizeOrUnknown,
} from "./operand.ts";
import { chooseCost, uniteCosts } from "./operators.ts";
import { addRanges, type CostRange, exactly, multiplyRanges, ONE, uniteRanges, ZERO } from "./range.ts";
import { LIST_BASE, MAP_BASE, sortCosts } from "./rules.ts";

/** A macro's loop as Kubernetes expands it: what its parts cost. */
interface Loop {
  readonly start: CostRange;
  readonly condition: CostRange;
  readonly step: CostRange;
  readonly result: CostRange;
}

const TWO = exactly(2n);
const THREE = exactly(3n);

/** `all`, `map`…: one step for each of the range's elements, however early it may end. */
export function comprehensionCost(walker: CostWalker, node: ComprehensionNode, scope: LocalScope | undefined): Operand {
  if (node.macro === "sortBy") return sortByCost(walker, node, scope);
  return loopCost(walker, node, walker.visit(node.range, scope), scope);
}

function loopCost(walker: CostWalker, node: ComprehensionNode, range: Operand, scope: LocalScope | undefined): Operand {
  const type = walker.typeOf(node.id);
  const inner = enterLoop(node.variables, range, scope);
  const predicate = node.predicate === undefined ? undefined : walker.visit(node.predicate, inner).cost;
  const projection = node.projection === undefined ? undefined : walker.visit(node.projection, inner);
  // What `filter` keeps is its variable.
  const kept = projection ?? walker.variable(node.variables[0], itemType(range.type), inner);
  const loop = describeLoop(node.macro, predicate, kept.cost);
  const count = sizeOrUnknown(range);
  const cost = addRanges(
    range.cost,
    loop.start,
    loop.result,
    multiplyRanges(count, addRanges(loop.condition, loop.step)),
  );
  if (sizeOfType(type) !== undefined) return { cost, type, size: ONE };
  return { cost, type, size: count, entries: keptEntries(node, kept) };
}

/** Of `map` and `filter`: what the list was empty of when it started, up to what was added to it. */
function keptEntries(node: ComprehensionNode, kept: Operand): EntrySizes | undefined {
  if (node.macro === "transformMap" || node.macro === "transformMapEntry") return undefined;
  return { container: "list", key: ONE, value: { min: 0n, max: sizeOrUnknown(kept).max } };
}

function describeLoop(macro: ComprehensionNode["macro"], predicate: CostRange | undefined, kept: CostRange): Loop {
  const tested = predicate ?? ZERO;
  switch (macro) {
    case "all":
      return { start: ZERO, condition: TWO, step: { min: 1n, max: addRanges(ONE, tested).max }, result: ONE };
    case "exists":
      return { start: ZERO, condition: THREE, step: { min: 1n, max: addRanges(ONE, tested).max }, result: ONE };
    case "exists_one":
      return { start: ZERO, condition: ZERO, step: addRanges(tested, { min: 1n, max: 2n }), result: TWO };
    case "transformMap":
      return { start: MAP_BASE, condition: ZERO, step: stepCost(addRanges(THREE, kept), predicate), result: ONE };
    case "transformMapEntry":
      return { start: MAP_BASE, condition: ZERO, step: stepCost(addRanges(TWO, kept), predicate), result: ONE };
    default: {
      const step = stepCost(addRanges(LIST_BASE, TWO, kept), predicate);
      return { start: LIST_BASE, condition: ZERO, step, result: ONE };
    }
  }
}

/** A step that is made only of what a predicate takes. */
function stepCost(step: CostRange, predicate: CostRange | undefined): CostRange {
  return predicate === undefined ? step : addRanges(predicate, uniteRanges(step, ONE));
}

function itemType(type: CelType): CelType {
  if (type.kind === "list") return type.element;
  return type.kind === "map" ? type.key : celTypes.dyn;
}

/** The variables of a loop: an element or key; or index and element, key and value. */
function enterLoop(
  [first, second]: ComprehensionNode["variables"],
  range: Operand,
  outer: LocalScope | undefined,
): LocalScope {
  const { entries, path = [] } = range;
  const isList = (entries?.container ?? range.type.kind) === "list";
  const value = { path: [...path, isList ? "@items" : "@values"], size: entries?.value, entries: undefined };
  const key = { path: [...path, isList ? "@indices" : "@keys"], size: entries?.key, entries: undefined };
  if (second === undefined) return { name: first, ...(isList ? value : key), outer };
  return { name: second, ...value, outer: { name: first, ...key, outer } };
}

/** A name for a value: the value is counted once, whether or not it is used. */
export function bindCost(walker: CostWalker, node: BindNode, scope: LocalScope | undefined): Operand {
  const value = walker.visit(node.value, scope);
  const { path, size, entries } = value;
  const body = walker.visit(node.body, { name: node.variable, path, size, entries, outer: scope });
  return boundCost(value.cost, body);
}

/** Kubernetes counts the list that a name's loop goes over, too, though it is empty. */
function boundCost(value: CostRange, body: Operand): Operand {
  const { type, size, entries } = body;
  return { cost: addRanges(LIST_BASE, value, body.cost), type, size, entries };
}

/** `@index0`… are plain names, and the values are a list's elements. */
export function blockCost(walker: CostWalker, node: BlockNode, scope: LocalScope | undefined): Operand {
  const values = node.values.map((value) => walker.visit(value, scope).cost);
  const body = walker.visit(node.body, scope);
  return { cost: addRanges(ONE, LIST_BASE, ...values, body.cost), type: body.type, size: sizeOfType(body.type) };
}

/** The list under a name, a list of its keys, and a sort by these. */
function sortByCost(walker: CostWalker, node: ComprehensionNode, scope: LocalScope | undefined): Operand {
  const range = walker.visit(node.range, scope);
  const named: Operand = { ...range, cost: ONE };
  const keys = loopCost(walker, { ...node, macro: "map" }, named, scope);
  const key = node.projection === undefined ? celTypes.dyn : walker.typeOf(node.projection.id);
  const { cost, size } = uniteCosts(sortCosts(sizeOrUnknown(keys), key));
  const sorted = { cost: addRanges(ONE, cost, keys.cost), type: walker.typeOf(node.id), size };
  return boundCost(range.cost, sorted);
}

/** `target.hasValue() ? optional.of(body) : optional.none()`, the body with the target's value under a name. */
export function optionalMapCost(walker: CostWalker, node: OptionalMapNode, scope: LocalScope | undefined): Operand {
  const type = walker.typeOf(node.id);
  const target = walker.visit(node.target, scope);
  const called = addRanges(ONE, target.cost);
  const held = target.type.kind === "optional" ? target.type.value : celTypes.dyn;
  const local = { name: node.variable, path: undefined, size: sizeOfType(held), entries: undefined, outer: scope };
  const bound = boundCost(called, walker.visit(node.body, local));
  const none: Operand = { cost: ONE, type, size: sizeOfType(type) };
  if (node.flat) return chooseCost(called, bound, none, type);
  return chooseCost(called, { ...none, cost: addRanges(ONE, bound.cost) }, none, type);
}
