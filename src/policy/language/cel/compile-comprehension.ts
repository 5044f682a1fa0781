import { MISSING_FACT } from "../../evaluate/facts.ts";
import { noOverload } from "./arithmetic.ts";
import type { BindNode, ComprehensionNode, OptionalMapNode } from "./ast.ts";
import { type Code, type Compiling, makeCode, type Scope } from "./code.ts";
import { compileCondition } from "./compile-logic.ts";
import { CelError } from "./error.ts";
import { type Frame, isEvaluationError, passOver, type Run, Unsettled } from "./frame.ts";
import { isList, isMap, mapKeys, typeName } from "./kinds.ts";
import { bindSignature, itemType, joinTypes } from "./static-type.ts";
import { celTypes, formatType } from "./types.ts";
import { type CelValue, Optional } from "./value.ts";

/** The parts of a macro's loop. */
interface Loop {
  readonly items: (frame: Frame) => readonly CelValue[];
  readonly slot: number;
  readonly offset: number;
  /** Steps of one round. */
  readonly weight: number;
  readonly loads: boolean;
}

/** `all`, `exists`, `exists_one`, `filter`, `map`. */
export function compileComprehension(node: ComprehensionNode, scope: Scope | undefined, compiling: Compiling): Code {
  const range = compiling.compile(node.range, scope);
  const slot = compiling.newLocal();
  const item = itemType(range.type);
  if (item === undefined) {
    return compiling.fail(node.offset, `a macro goes over a list or a map, not ${formatType(range.type)}`);
  }
  const inner: Scope = { name: node.variables[0] as string, slot, type: item, outer: scope };
  const predicate = node.predicate && compileCondition(node.predicate, node.macro, inner, compiling);
  const projection = node.projection && compiling.compile(node.projection, inner);
  const parts = [predicate, projection].filter((part) => part !== undefined);
  const loop: Loop = {
    items: (frame) => itemsOf(range.run(frame), frame, node.offset),
    slot,
    offset: node.offset,
    weight: parts.reduce((sum, part) => sum + part.weight, 1),
    loads: parts.some((part) => part.loads),
  };
  const makesList = node.macro === "map" || node.macro === "filter";
  const run = loopOf(node, loop, predicate?.run, projection?.run);
  // Rounds are charged as they happen, so only the range counts here.
  const code = makeCode([range], run, makesList ? celTypes.list(projection?.type ?? item) : celTypes.bool);
  return { ...code, loads: code.loads || loop.loads };
}

function loopOf(node: ComprehensionNode, loop: Loop, predicate: Run | undefined, projection: Run | undefined): Run {
  if (projection !== undefined) return mapping(loop, predicate, projection);
  const test = predicate as Run;
  switch (node.macro) {
    case "all":
      return deciding(loop, test, false);
    case "exists":
      return deciding(loop, test, true);
    case "exists_one":
      return (frame) => matching(loop, test, frame).length === 1;
    default:
      return (frame) => matching(loop, test, frame);
  }
}

function itemsOf(range: CelValue, frame: Frame, offset: number): readonly CelValue[] {
  if (isList(range)) return range;
  if (isMap(range)) {
    const keys = mapKeys(range);
    frame.charge(keys.length);
    return keys;
  }
  const message = `a macro goes over a list or a map, not ${typeName(range)}`;
  throw frame.error(offset, new CelError("no_such_overload", message));
}

/**
 * `all` (ends at the first false) and `exists` (at the first true): an element that decides wins over elements that
 * failed. A missing fact ends it: a later element may never be needed.
 */
function deciding(loop: Loop, test: Run, decides: boolean): Run {
  const { slot, weight, offset, items: itemsIn } = loop;
  return (frame) => {
    const items = itemsIn(frame);
    const { locals } = frame;
    let failure: CelError | undefined;
    for (let index = 0; index < items.length; index++) {
      locals[slot] = items[index] as CelValue;
      frame.charge(weight);
      try {
        const value = test(frame);
        if (value === decides) return decides;
        if (value !== !decides) failure ??= frame.error(offset, noOverload(decides ? "exists" : "all", value));
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
  forEach(loop, frame, (item) => {
    if (isTrue(test, loop, frame)) found.push(item);
  });
  return found;
}

function isTrue(test: Run, loop: Loop, frame: Frame): boolean {
  const value = test(frame);
  if (typeof value !== "boolean") throw frame.error(loop.offset, noOverload("a macro's condition", value));
  return value;
}

function mapping(loop: Loop, predicate: Run | undefined, projection: Run): Run {
  return (frame) => {
    const made: CelValue[] = [];
    forEach(loop, frame, () => {
      if (predicate === undefined || isTrue(predicate, loop, frame)) made.push(projection(frame));
    });
    return made;
  };
}

/** Every element in order; where rounds may load facts, those after a miss are still asked. */
function forEach(loop: Loop, frame: Frame, round: (item: CelValue) => void): void {
  const items = loop.items(frame);
  let isMissing = false;
  for (const item of items) {
    frame.locals[loop.slot] = item;
    frame.charge(loop.weight);
    if (!loop.loads) {
      round(item);
      continue;
    }
    try {
      round(item);
    } catch (error) {
      isMissing = passOver(frame, error, isMissing);
    }
  }
  if (isMissing) throw MISSING_FACT;
}

const UNUSED = new Unsettled(undefined);

/** `cel.bind`: the value is made when it is first used and then kept, a failure too. */
export function compileBind(node: BindNode, scope: Scope | undefined, compiling: Compiling): Code {
  const value = compiling.compile(node.value, scope);
  const slot = compiling.newLocal();
  const body = compiling.compile(node.body, { name: node.variable, slot, value, type: value.type, outer: scope });
  const { run: bodyRun } = body;
  const run: Run = (frame) => {
    frame.locals[slot] = UNUSED;
    return bodyRun(frame);
  };
  return { ...makeCode([value, body], run, body.type), loads: body.loads };
}

/** A macro's variable. */
export function compileLocal(local: Scope): Code {
  const { slot, value, type } = local;
  if (value === undefined) return makeCode([], (frame) => frame.locals[slot] as CelValue, type);
  const run: Run = (frame) => {
    const known = frame.locals[slot];
    return known instanceof Unsettled ? settle(frame, slot, known, value.run) : (known as CelValue);
  };
  return { ...makeCode([], run, type), loads: value.loads };
}

/** Kept even when it fails, or nested bindings would make a failing value again and again. */
function settle(frame: Frame, slot: number, known: Unsettled, make: Run): CelValue {
  if (known !== UNUSED) throw known.error;
  try {
    const value = make(frame);
    frame.locals[slot] = value;
    return value;
  } catch (error) {
    const kept = isEvaluationError(error) ? frame.place(error) : error;
    frame.locals[slot] = new Unsettled(kept);
    throw kept;
  }
}

/** `optMap` and `optFlatMap`. */
export function compileOptionalMap(node: OptionalMapNode, scope: Scope | undefined, compiling: Compiling): Code {
  const target = compiling.compile(node.target, scope);
  const slot = compiling.newLocal();
  const { offset, flat } = node;
  const name = flat ? "optFlatMap" : "optMap";
  const bound = bindSignature([celTypes.optional(celTypes.parameter("T"))], [target.type]);
  if (bound === undefined) return compiling.fail(offset, `no such overload: ${name} for ${formatType(target.type)}`);
  const type = bound.get("T") ?? celTypes.dyn;
  const body = compiling.compile(node.body, { name: node.variable, slot, type, outer: scope });
  const run: Run = (frame) => {
    const value = target.run(frame);
    if (!(value instanceof Optional)) throw frame.error(offset, noOverload(name, value));
    if (value.value === undefined) return value;
    frame.locals[slot] = value.value;
    const result = body.run(frame);
    if (!flat) return new Optional(result);
    if (!(result instanceof Optional)) throw frame.error(offset, noOverload(name, result));
    return result;
  };
  const result = flat ? joinTypes(body.type, celTypes.optional(celTypes.dyn)) : celTypes.optional(body.type);
  return makeCode([target, body], run, result);
}
