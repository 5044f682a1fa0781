import type { CelFunction } from "../function.ts";
import type { CelType } from "../types.ts";
import { isDyn, mayBe, type Operand } from "./operand.ts";
import { addRanges, type CostRange, exactly, MAX_UINT64, multiplyRanges, ONE, scaleRange } from "./range.ts";
import { estimateReplacement } from "./replacement.ts";

/** Units for each character of a text, or byte, that is read once. */
export const TRAVERSAL = 0.1;
/** Units for each character of a pattern, for each unit that its text costs. */
const PATTERN = 0.25;
/** Making a list. */
export const LIST_BASE: CostRange = exactly(10n);
/** Making a map. */
export const MAP_BASE: CostRange = exactly(30n);
/** Making a message. */
export const MESSAGE_BASE: CostRange = exactly(40n);

/** What a rule sees of a call. */
export interface CostedCall {
  /** Of methods. */
  readonly target: Operand | undefined;
  readonly args: readonly Operand[];
  /** The rows it resolved to. */
  readonly rows: readonly CelFunction[];
  /** A size; unknown when nothing is known of it. */
  readonly size: (operand: Operand) => CostRange;
  /** The size of each element of a list, or undefined for what has no elements; the type tells whether it is text. */
  readonly element: (operand: Operand) => { readonly isText: boolean; readonly size: CostRange } | undefined;
}

/** What one overload of a function costs, without its arguments; and how large its result is, where that is known. */
export interface CallCost {
  readonly cost: CostRange;
  readonly size?: CostRange;
}

/** How calls of some functions are costed. */
interface CostRule {
  readonly names: readonly string[];
  /** Only methods, or only functions; both when left out. */
  readonly form?: "method" | "function";
  /** The fewest arguments, beside a method's target; none when left out. */
  readonly atLeast?: number;
  /** One for each overload that it may turn out to be. */
  readonly cost: (call: CostedCall) => CallCost | readonly CallCost[];
}

/** What calls cost that have no rule. */
export const PLAIN_CALL: CallCost = { cost: ONE };

const first = (call: CostedCall): Operand => call.args[0] as Operand;
const target = (call: CostedCall): Operand => call.target as Operand;
const plain = (): CallCost => PLAIN_CALL;

/** Reading the first argument `times` times; the result is as large where `keeps`. */
const readsArgument =
  (times: number, keeps = false) =>
  (call: CostedCall): CallCost => {
    const size = call.size(first(call));
    const cost = scaleRange(size, times * TRAVERSAL);
    return keeps ? { cost, size } : { cost };
  };

/** `matches`, `find`: the pattern's length times the text's. */
function patternCost(call: CostedCall): CostRange {
  const text = scaleRange(addRanges(call.size(target(call)), ONE), TRAVERSAL);
  return multiplyRanges(text, scaleRange(call.size(first(call)), PATTERN));
}

function elementsCost(call: CostedCall): CallCost {
  const size = call.size(target(call));
  const element = call.element(target(call));
  if (element === undefined) return { cost: scaleRange(size, TRAVERSAL) };
  const each = element.isText ? addRanges(ONE, scaleRange(element.size, TRAVERSAL)) : ONE;
  return { cost: multiplyRanges(size, each) };
}

function splitCost(call: CostedCall): CallCost {
  const size = call.size(target(call));
  const limit = call.args[1]?.literal;
  const isCount = typeof limit === "number" || typeof limit === "bigint";
  // Below zero it wraps around, as in Kubernetes: no limit.
  const max = isCount ? BigInt.asUintN(64, BigInt(limit)) : size.max;
  return { cost: scaleRange(size, 2 * TRAVERSAL), size: { min: 0n, max } };
}

function joinCost(call: CostedCall): CallCost {
  const list = call.size(target(call));
  const element = call.element(target(call));
  const items = element === undefined ? exactly(0n) : multiplyRanges(list, element.size);
  const [separator] = call.args;
  const gaps = { min: list.min > 0n ? list.min - 1n : 0n, max: list.max > 0n ? list.max - 1n : 0n };
  const size = separator === undefined ? items : addRanges(items, multiplyRanges(call.size(separator), gaps));
  return { cost: scaleRange(size, TRAVERSAL), size };
}

/** One that costs a comparison of two addresses (4 or 16 bytes), and the reading of an address given as text. */
function rangeContains(call: CostedCall, base: CostRange): readonly CallCost[] {
  const { type } = first(call);
  const read = scaleRange(call.size(first(call)), TRAVERSAL);
  const parsed: CallCost = { cost: addRanges(base, read) };
  if (isDyn(type)) return [parsed, { cost: base }];
  return [mayBe(type, "string") ? parsed : { cost: base }];
}

const ADDRESS_BYTES: CostRange = { min: 4n, max: 16n };
const COMPARED = scaleRange(addRanges(ADDRESS_BYTES, ADDRESS_BYTES), TRAVERSAL);
const MASKED = addRanges(COMPARED, scaleRange(ADDRESS_BYTES, TRAVERSAL), ONE);

/** A selector of labels or fields: read, then held as at most one requirement for two characters. */
function selectorCost(call: CostedCall): CallCost {
  const size = call.size(first(call));
  const requirements = scaleRange(scaleRange(size, 0.5), 50);
  return { cost: addRanges(LIST_BASE, scaleRange(size, TRAVERSAL), requirements) };
}

/** Work for each element, and a new list. */
function listCost(size: CostRange, factor: number): CallCost {
  return { cost: addRanges(scaleRange(size, factor), ONE, LIST_BASE), size };
}

/** Each element compared with each. */
function sortCost(size: CostRange, isText: boolean): CallCost {
  return listCost(multiplyRanges(size, size), isText ? 2 + TRAVERSAL : 2);
}

/** The number that an argument states, or another. */
function literalCount(operand: Operand | undefined, otherwise: bigint): bigint {
  const value = operand?.literal;
  if (typeof value !== "bigint" && !(typeof value === "number" && Number.isInteger(value))) return otherwise;
  return value < 0 ? 0n : BigInt(value);
}

const setCost =
  (times: number) =>
  (call: CostedCall): CallCost => {
    const [left, right] = call.args as [Operand, Operand];
    return { cost: addRanges(scaleRange(multiplyRanges(call.size(left), call.size(right)), times), ONE) };
  };

/** Of a conversion that may be between text and bytes. */
const conversionCost =
  (from: string, convert: (size: CostRange) => CostRange) =>
  (call: CostedCall): readonly CallCost[] => {
    const { type } = first(call);
    const size = call.size(first(call));
    const reading: CallCost = { cost: scaleRange(size, TRAVERSAL), size: convert(size) };
    if (!mayBe(type, from)) return [PLAIN_CALL];
    return isDyn(type) ? [PLAIN_CALL, reading] : [reading];
  };

/** Kubernetes' arithmetic of sizes wraps around here instead of stopping at the end, and its figures show that. */
const wrap = (value: bigint): bigint => BigInt.asUintN(64, value);

function ipCost(call: CostedCall): CallCost {
  return call.target === undefined ? readsArgument(1)(call) : PLAIN_CALL;
}

function reverseCost(call: CostedCall): readonly CallCost[] {
  const lists = listCost(call.size(target(call)), 1);
  const texts = call.rows.filter((row) => row.args[0]?.kind === "simple").length;
  if (texts === 0) return [lists];
  return texts === call.rows.length ? [PLAIN_CALL] : [PLAIN_CALL, lists];
}

/** Ordering a list of some size by keys of a type. */
export function sortCosts(size: CostRange, key: CelType): readonly CallCost[] {
  if (isDyn(key)) return [sortCost(size, false), sortCost(size, true)];
  return [sortCost(size, mayBe(key, "string") || mayBe(key, "bytes"))];
}

function sortedCost(call: CostedCall): readonly CallCost[] {
  const { type } = target(call);
  return sortCosts(call.size(target(call)), type.kind === "list" ? type.element : type);
}

/**
 * What functions cost beside their arguments, after Kubernetes 1.36 (which adds its figures to cel-go 0.26's). The first
 * rule that fits a call's name, form and number of arguments counts; a call without a rule costs one unit. To cost a
 * function by the size of what it reads, add a rule here.
 */
const COST_RULES: readonly CostRule[] = [
  // Authorization: a check costs so much that an expression has room for two.
  { names: ["check"], cost: () => ({ cost: exactly(350_000n) }) },
  { names: ["fieldSelector", "labelSelector"], atLeast: 1, cost: selectorCost },
  // Texts
  { names: ["lowerAscii", "upperAscii", "substring", "trim"], form: "method", cost: keepsTarget },
  { names: ["replace"], form: "method", atLeast: 2, cost: replaceCost },
  { names: ["split"], form: "method", cost: splitCost },
  { names: ["join"], form: "method", cost: joinCost },
  { names: ["format"], form: "method", cost: (call) => ({ cost: scaleRange(call.size(target(call)), TRAVERSAL) }) },
  { names: ["strings.quote"], cost: quoteCost },
  { names: ["startsWith", "endsWith"], form: "method", cost: readsArgument(1) },
  { names: ["contains"], form: "method", cost: containsCost },
  { names: ["matches"], form: "method", cost: (call) => ({ cost: patternCost(call) }) },
  { names: ["find", "findAll"], form: "method", atLeast: 1, cost: findCost },
  // Conversions
  {
    names: ["bytes"],
    cost: conversionCost("string", (size) => ({ min: size.min, max: wrap(size.max * 4n) })),
  },
  { names: ["string"], cost: conversionCost("bytes", (size) => ({ min: size.min / 4n, max: size.max })) },
  { names: ["url", "jsonpatch.escapeKey"], form: "function", cost: readsArgument(1, true) },
  {
    names: ["cidr", "isIP", "isCIDR", "quantity", "isQuantity", "semver", "isSemver"],
    form: "function",
    cost: readsArgument(1),
  },
  { names: ["ip"], cost: ipCost },
  { names: ["ip.isCanonical"], cost: readsArgument(2) },
  { names: ["validate"], form: "method", cost: validateCost },
  // Networks
  { names: ["containsIP"], form: "method", cost: (call) => rangeContains(call, COMPARED) },
  { names: ["containsCIDR"], form: "method", cost: (call) => rangeContains(call, MASKED) },
  // Lists
  {
    names: ["isSorted", "sum", "max", "min", "indexOf", "lastIndexOf"],
    form: "method",
    cost: elementsCost,
  },
  { names: ["sort"], form: "method", cost: sortedCost },
  { names: ["distinct"], form: "method", cost: (call) => sortCost(call.size(target(call)), false) },
  { names: ["reverse"], form: "method", cost: reverseCost },
  { names: ["flatten"], form: "method", cost: flattenCost },
  { names: ["slice"], form: "method", atLeast: 2, cost: sliceCost },
  {
    names: ["lists.range"],
    cost: (call) => listCost(exactly(literalCount(first(call), MAX_UINT64)), 1),
  },
  { names: ["sets.contains", "sets.intersects"], cost: setCost(1) },
  { names: ["sets.equivalent"], cost: setCost(2) },
];

function keepsTarget(call: CostedCall): CallCost {
  const size = call.size(target(call));
  return { cost: scaleRange(size, TRAVERSAL), size };
}

function replaceCost(call: CostedCall): CallCost {
  const [pattern, replacement] = call.args as [Operand, Operand];
  const size = call.size(target(call));
  return {
    cost: scaleRange(size, 2 * TRAVERSAL),
    size: estimateReplacement(size, call.size(pattern), call.size(replacement)),
  };
}

function quoteCost(call: CostedCall): CallCost {
  const size = call.size(first(call));
  return {
    cost: scaleRange(size, TRAVERSAL),
    size: { min: wrap(size.min + 2n), max: wrap(size.max * 2n + 2n) },
  };
}

function containsCost(call: CostedCall): CallCost {
  const text = scaleRange(call.size(target(call)), TRAVERSAL);
  return { cost: multiplyRanges(text, scaleRange(call.size(first(call)), TRAVERSAL)) };
}

function findCost(call: CostedCall): CallCost {
  return { cost: patternCost(call), size: { min: 0n, max: call.size(target(call)).max } };
}

/** Its pattern is not known here: one of 128 characters. */
function validateCost(call: CostedCall): CallCost {
  return { cost: scaleRange(scaleRange(call.size(first(call)), TRAVERSAL), 128 * PATTERN) };
}

function flattenCost(call: CostedCall): CallCost {
  const depth = call.args.length === 0 ? 1n : literalCount(first(call), MAX_UINT64);
  return listCost(call.size(target(call)), Number(depth));
}

function sliceCost(call: CostedCall): CallCost {
  const [start, end] = call.args;
  const length = literalCount(end, call.size(target(call)).max) - literalCount(start, 0n);
  return listCost(exactly(wrap(length)), 1);
}

const RULES_BY_NAME: ReadonlyMap<string, readonly CostRule[]> = indexRules();

function indexRules(): ReadonlyMap<string, readonly CostRule[]> {
  const result = new Map<string, CostRule[]>();
  for (const rule of COST_RULES) {
    for (const name of rule.names) result.set(name, [...(result.get(name) ?? []), rule]);
  }
  return result;
}

/** What a call costs beside its arguments: one for each overload that it may turn out to be. */
export function callCosts(name: string, call: CostedCall): readonly CallCost[] {
  const form = call.target === undefined ? "function" : "method";
  const rule = RULES_BY_NAME.get(name)?.find(
    (each) => (each.form ?? form) === form && call.args.length >= (each.atLeast ?? 0),
  );
  const costs = (rule?.cost ?? plain)(call);
  return "cost" in costs ? [costs] : costs;
}
