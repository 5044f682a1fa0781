import { MISSING_FACT } from "../../../evaluate/facts.ts";
import { CelError } from "../error.ts";
import type { ComprehensionNode } from "../syntax/ast.ts";
import { noOverload } from "../values/arithmetic.ts";
import { order } from "../values/equality.ts";
import { hasOrder, isList, isMap, makeMap, mapGet, mapKeys, typeName } from "../values/kinds.ts";
import type { CelMap, CelObject, CelValue } from "../values/value.ts";
import { type Code, type Compiling, makeCode, type Scope } from "./code.ts";
import { type Frame, passOver, type Run } from "./frame.ts";
import { quickOfAll, withQuick } from "./quick.ts";
import type { Quick, QuickWriter } from "./quick-writer.ts";

/** What a macro goes over: for each round the value of its first and of its second variable. */
interface Range {
  /** Of a list the elements, of a map the keys. */
  readonly items: readonly CelValue[];
  /** Of a map the values; of a list the elements. */
  readonly values: readonly CelValue[];
  readonly isList: boolean;
}

/** The parts of a macro's loop. */
interface Loop {
  readonly range: Run;
  readonly slots: readonly [number] | readonly [number, number];
  readonly offset: number;
  /** Steps of one round. */
  readonly weight: number;
  readonly loads: boolean;
}

/** All macros over lists and maps. */
export function compileComprehension(node: ComprehensionNode, scope: Scope | undefined, compiling: Compiling): Code {
  const range = compiling.compile(node.range, scope);
  const slot = compiling.newLocal();
  const [first, second] = node.variables;
  let inner: Scope = { name: first, slot, outer: scope };
  let slots: Loop["slots"] = [slot];
  if (second !== undefined) {
    slots = [slot, compiling.newLocal()];
    inner = { name: second, slot: slots[1], outer: inner };
  }
  const predicate = node.predicate && compiling.compile(node.predicate, inner);
  const projection = node.projection && compiling.compile(node.projection, inner);
  const parts = [predicate, projection].filter((part) => part !== undefined);
  const loop: Loop = {
    range: range.run,
    slots,
    offset: node.offset,
    weight: parts.reduce((sum, part) => sum + part.weight, 1),
    loads: parts.some((part) => part.loads),
  };
  // Rounds are charged as they happen, so only the range counts here.
  const code = makeCode([range], loopOf(node, loop, predicate, projection));
  const made = { ...code, loads: code.loads || loop.loads };
  const all = [range, ...parts];
  const count = node.macro === "filter" && {
    count: withQuick({ ...made, run: counting(loop, predicate as Code) }, all, quickLoop("count", loop, all)),
  };
  return { ...withQuick(made, all, quickLoop(node.macro, loop, all)), ...count };
}

/** The loops of one variable, of parts that are quick: the range, the condition, what is made of each element. */
function quickLoop(macro: ComprehensionNode["macro"] | "count", loop: Loop, parts: readonly Code[]): Quick | undefined {
  const quicks = quickOfAll(parts);
  const write = QUICK_LOOPS[macro];
  if (quicks === undefined || write === undefined || loop.slots.length !== 1) return undefined;
  const [range, ...rest] = quicks as readonly [Quick, ...Quick[]];
  return (writer) => write(writer, loop, quickItems(writer, range), rest as [Quick, Quick | undefined]);
}

/** Writes a loop over a list; the last of the parts makes something of each element, those before it are conditions. */
type WriteLoop = (writer: QuickWriter, loop: Loop, items: string, parts: readonly [Quick, Quick | undefined]) => string;

const QUICK_LOOPS: Readonly<Partial<Record<ComprehensionNode["macro"] | "count", WriteLoop>>> = {
  all: (writer, loop, items, [test]) => quickDeciding(writer, loop, items, test, false),
  exists: (writer, loop, items, [test]) => quickDeciding(writer, loop, items, test, true),
  exists_one: (writer, loop, items, [test]) =>
    writer.know("boolean", writer.define(`${quickCounting(writer, loop, items, test)} === 1`)),
  count: (writer, loop, items, [test]) => quickCounting(writer, loop, items, test),
  filter: (writer, loop, items, [test]) => quickMaking(writer, loop, items, test, undefined),
  map: (writer, loop, items, [first, second]) =>
    second === undefined
      ? quickMaking(writer, loop, items, undefined, first)
      : quickMaking(writer, loop, items, first, second),
};

/** The elements of a list or the keys of a map. */
function quickItems(writer: QuickWriter, range: Quick): string {
  const value = writer.present(range(writer));
  if (writer.knows("list", value)) return value;
  const keys = `${writer.capture(keysOf)}(${value}, ${writer.frame()})`;
  return writer.know("list", writer.present(writer.define(`Array.isArray(${value}) ? ${value} : ${keys}`)));
}

function keysOf(value: CelValue, frame: Frame): readonly CelValue[] | undefined {
  if (!isMap(value)) return undefined;
  const keys = mapKeys(value);
  frame.charge(keys.length);
  return keys;
}

function quickDeciding(writer: QuickWriter, loop: Loop, items: string, test: Quick, decides: boolean): string {
  const result = writer.declare(String(!decides));
  writer.loop(items, loop.slots[0], () => {
    writer.spend(loop.weight);
    const value = writer.boolean(test(writer));
    writer.line(`if (${decides ? "" : "!"}${value}) { ${result} = ${decides}; break; }`);
  });
  return writer.know("boolean", result);
}

function quickCounting(writer: QuickWriter, loop: Loop, items: string, test: Quick): string {
  const count = writer.declare("0");
  writer.loop(items, loop.slots[0], () => {
    writer.spend(loop.weight);
    writer.line(`if (${writer.boolean(test(writer))}) ${count}++;`);
  });
  return writer.know("number", count);
}

/** The list of all elements, or of those that pass the test, or of what is made of each. */
function quickMaking(
  writer: QuickWriter,
  loop: Loop,
  items: string,
  test: Quick | undefined,
  make: Quick | undefined,
): string {
  const made = writer.know("list", writer.define("[]"));
  writer.loop(items, loop.slots[0], () => {
    writer.spend(loop.weight);
    const push = (): void => {
      writer.line(`${made}.push(${make === undefined ? writer.local(loop.slots[0]) : writer.present(make(writer))});`);
    };
    if (test === undefined) push();
    else writer.block(`if (${writer.boolean(test(writer))})`, push);
  });
  return made;
}

function loopOf(node: ComprehensionNode, loop: Loop, test: Code | undefined, made: Code | undefined): Run {
  const predicate = test?.run as Run;
  const project = made?.run as Run;
  switch (node.macro) {
    case "all":
      return deciding(loop, predicate, false);
    case "exists":
      return deciding(loop, predicate, true);
    case "exists_one":
      return (frame) => countMatching(loop, predicate, frame) === 1;
    case "filter":
      return (frame) => matching(loop, predicate, frame);
    case "map":
    case "transformList":
      return mapping(loop, predicate, project);
    case "transformMap":
      return (frame) => {
        const { keys, values } = projected(loop, loop.range(frame), [predicate, project], frame);
        return makeMap(keys, values);
      };
    case "transformMapEntry":
      return (frame) =>
        joinEntries(projected(loop, loop.range(frame), [predicate, project], frame).values, loop, frame);
    default:
      return (frame) => sorted(loop, project, frame);
  }
}

function rangeOf(value: CelValue, loop: Loop, frame: Frame): Range {
  if (isList(value)) return { items: value, values: value, isList: true };
  if (!isMap(value)) {
    const message = `a macro goes over a list or a map, not ${typeName(value)}`;
    throw frame.error(loop.offset, new CelError("no_such_overload", message));
  }
  return mapRange(value, loop, frame);
}

function mapRange(map: CelObject | CelMap, loop: Loop, frame: Frame): Range {
  const items = mapKeys(map);
  frame.charge(items.length);
  const values = loop.slots.length === 1 ? items : items.map((key) => mapGet(map, key) as CelValue);
  return { items, values, isList: false };
}

function enterItem(loop: Loop, item: CelValue, frame: Frame): void {
  frame.locals[loop.slots[0]] = item;
  frame.chargeWhole(loop.weight);
}

function enter(loop: Loop, range: Range, index: number, frame: Frame): void {
  const [first, second] = loop.slots;
  if (second === undefined) {
    frame.locals[first] = range.items[index] as CelValue;
  } else {
    frame.locals[first] = range.isList ? index : (range.items[index] as CelValue);
    frame.locals[second] = range.values[index] as CelValue;
  }
  frame.chargeWhole(loop.weight);
}

/**
 * `all` (ends at the first false) and `exists` (at the first true): an element that decides wins over elements that
 * failed. A missing fact ends it: a later element may never be needed.
 */
function deciding(loop: Loop, test: Run, decides: boolean): Run {
  const { offset, range: rangeRun } = loop;
  const isSingle = loop.slots.length === 1;
  return (frame) => {
    const value = rangeRun(frame);
    const range = isSingle && isList(value) ? undefined : rangeOf(value, loop, frame);
    const items = range === undefined ? (value as readonly CelValue[]) : range.items;
    let failure: CelError | undefined;
    let index = 0;
    // A failure leaves the inner loop; the rounds behind it may still decide.
    while (index < items.length) {
      try {
        while (index < items.length) {
          const at = index++;
          if (range === undefined) enterItem(loop, items[at] as CelValue, frame);
          else enter(loop, range, at, frame);
          const result = test(frame);
          if (result === decides) return decides;
          if (result !== !decides) failure ??= frame.error(offset, noOverload(decides ? "exists" : "all", result));
        }
      } catch (error) {
        const absorbed = frame.absorb(error);
        failure ??= absorbed;
      }
    }
    if (failure !== undefined) throw failure;
    return !decides;
  };
}

/** The elements for which the test is true. All are tested in any case, so missing facts are collected. */
function matching(loop: Loop, test: Run, frame: Frame): readonly CelValue[] {
  const found: CelValue[] = [];
  const value = loop.range(frame);
  if (!loop.loads && loop.slots.length === 1 && isList(value)) {
    for (const item of value) {
      enterItem(loop, item, frame);
      if (isTrue(test, loop, frame)) found.push(item);
    }
    return found;
  }
  forEach(loop, value, frame, (range, index) => {
    if (isTrue(test, loop, frame)) found.push(range.items[index] as CelValue);
  });
  return found;
}

const counting = (loop: Loop, test: Code): Run => {
  return (frame) => countMatching(loop, test.run, frame);
};

/** As the length of `matching`, without making the list. */
function countMatching(loop: Loop, test: Run, frame: Frame): number {
  const value = loop.range(frame);
  let count = 0;
  if (!loop.loads && loop.slots.length === 1 && isList(value)) {
    for (const item of value) {
      enterItem(loop, item, frame);
      if (isTrue(test, loop, frame)) count++;
    }
    return count;
  }
  forEach(loop, value, frame, () => {
    if (isTrue(test, loop, frame)) count++;
  });
  return count;
}

function isTrue(test: Run, loop: Loop, frame: Frame): boolean {
  const value = test(frame);
  if (typeof value !== "boolean") throw frame.error(loop.offset, noOverload("a macro's condition", value));
  return value;
}

function mapping(loop: Loop, predicate: Run | undefined, projection: Run): Run {
  const isPlain = !loop.loads && loop.slots.length === 1;
  return (frame) => {
    const value = loop.range(frame);
    if (!isPlain || !isList(value)) return projected(loop, value, [predicate, projection], frame).values;
    const made: CelValue[] = [];
    for (const item of value) {
      enterItem(loop, item, frame);
      if (predicate === undefined || isTrue(predicate, loop, frame)) made.push(projection(frame));
    }
    return made;
  };
}

/** What the projection makes of each element that the test lets pass, and the index or key it belongs to. */
function projected(
  loop: Loop,
  over: CelValue,
  [predicate, projection]: readonly [Run | undefined, Run],
  frame: Frame,
): { readonly keys: readonly CelValue[]; readonly values: readonly CelValue[] } {
  const keys: CelValue[] = [];
  const values: CelValue[] = [];
  forEach(loop, over, frame, (range, index) => {
    if (predicate !== undefined && !isTrue(predicate, loop, frame)) return;
    values.push(projection(frame));
    keys.push(range.isList ? index : (range.items[index] as CelValue));
  });
  return { keys, values };
}

/** One map of the entries of many; a key that is there twice is an error. */
function joinEntries(maps: readonly CelValue[], loop: Loop, frame: Frame): CelValue {
  frame.at = loop.offset;
  const keys: CelValue[] = [];
  const values: CelValue[] = [];
  for (const map of maps) {
    if (!isMap(map)) throw noOverload("transformMapEntry", map);
    const own = mapKeys(map);
    frame.charge(own.length);
    for (const key of own) {
      keys.push(key);
      values.push(mapGet(map, key) as CelValue);
    }
  }
  return makeMap(keys, values);
}

/** The elements by the order of their keys, equal ones as they stood. Keys are of one type that has an order. */
function sorted(loop: Loop, key: Run, frame: Frame): readonly CelValue[] {
  const pairs: { readonly item: CelValue; readonly key: CelValue }[] = [];
  forEach(loop, loop.range(frame), frame, (range, index) => {
    if (!range.isList) throw frame.error(loop.offset, noOverload("sortBy", {}));
    pairs.push({ item: range.items[index] as CelValue, key: key(frame) });
  });
  frame.at = loop.offset;
  const [first] = pairs;
  for (const pair of pairs) {
    const isOrdered = hasOrder(pair.key) && typeName(pair.key) === typeName((first as typeof pair).key);
    if (!isOrdered) throw noOverload("sortBy", pair.key);
  }
  frame.charge(pairs.length * Math.ceil(Math.log2(pairs.length + 1)));
  return pairs.toSorted((a, b) => orderOfKeys(a.key, b.key, frame)).map((pair) => pair.item);
}

/** As cel-go: NaN, which has no order, stays where it is. */
function orderOfKeys(left: CelValue, right: CelValue, frame: Frame): number {
  return Number.isNaN(left) || Number.isNaN(right) ? 0 : order("sortBy", left, right, frame);
}

/** Every element in order; where rounds may load facts, those after a miss are still asked. */
function forEach(loop: Loop, over: CelValue, frame: Frame, round: (range: Range, index: number) => void): void {
  const range = rangeOf(over, loop, frame);
  let isMissing = false;
  for (let index = 0; index < range.items.length; index++) {
    enter(loop, range, index, frame);
    if (!loop.loads) {
      round(range, index);
      continue;
    }
    try {
      round(range, index);
    } catch (error) {
      isMissing = passOver(frame, error, isMissing);
    }
  }
  if (isMissing) throw MISSING_FACT;
}
