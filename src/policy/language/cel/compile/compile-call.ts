import { CelError } from "../error.ts";
import type { CelCall, CelFunction, QuickCall } from "../function.ts";
import type { CallNode } from "../syntax/ast.ts";
import { celTypes } from "../types.ts";
import { noOverload } from "../values/arithmetic.ts";
import { isShortText } from "../values/text.ts";
import { type CelValue, Optional } from "../values/value.ts";
import { ABSENT, type Code, type Compiling, makeCode, type Operand, type Quick, type Scope } from "./code.ts";
import { fold } from "./fold.ts";
import { type Frame, lookAhead, type Run } from "./frame.ts";
import { type TypeMatcher, typeMatcher } from "./match.ts";
import { operandOf, quickOf, take, withQuick } from "./quick.ts";

/** `f(…)`, `namespace.f(…)` and `target.f(…)`. */
export function compileCall(node: CallNode, scope: Scope | undefined, compiling: Compiling): Code {
  const { rows, args } = compiling.callOf(node) ?? { rows: [], args: node.args };
  const parts = args.map((arg) => compiling.compile(arg, scope));
  if (node.target !== undefined && (node.name === "or" || node.name === "orValue") && args.length === 2) {
    return compileOr(node, parts as [Code, Code]);
  }
  const [only] = parts;
  // Of `x.split(y).size()` and `x.filter(…).size()`: counted, not made.
  if (only?.count !== undefined && rows.length === 1 && rows[0]?.isListSize) return makeCode(parts, only.count);
  const overloads = rows.map((row) => overload(node, row, parts, compiling));
  const code = withQuick(makeCode(parts, dispatch(node, overloads, parts)), parts, quickCall(rows, parts));
  if (rows.some((row) => row.loads !== undefined)) return { ...code, loads: true };
  const count = countOf(node, rows, overloads, parts);
  if (count !== undefined) return { ...fold(parts, code), count };
  return rows.some((row) => row.isVolatile === true) ? code : fold(parts, code);
}

/** The call of a row that makes a list, as one that only counts its elements. */
function countOf(
  node: CallNode,
  rows: readonly CelFunction[],
  overloads: readonly Overload[],
  parts: readonly Code[],
): Run | undefined {
  const call = rows.length === 1 ? rows[0]?.count : undefined;
  return (
    call &&
    dispatch(
      node,
      overloads.map(({ matchers }) => ({ matchers, call })),
      parts,
    )
  );
}

/** The quick calls of all rows, one after the other: each knows its own values. */
function quickCall(rows: readonly CelFunction[], parts: readonly Code[]): Quick | undefined {
  const calls = rows.map((row) => row.quick).filter((call) => call !== undefined);
  const [first, second] = parts.map(operandOf);
  const [call] = calls;
  if (call === undefined || first === undefined) return undefined;
  if (parts.length === 1) return calls.length === 1 ? (frame) => call(take(first, frame)) : firstOf(calls, first);
  if (parts.length !== 2 || calls.length !== 1 || second === undefined) return undefined;
  const constant = parts[1]?.constant;
  if (constant !== undefined) return (frame) => call(take(first, frame), constant);
  return (frame) => call(take(first, frame), take(second, frame));
}

function firstOf(calls: readonly QuickCall[], operand: Operand): Quick {
  return (frame) => {
    const value = take(operand, frame);
    if (value === undefined) return undefined;
    for (const call of calls) {
      const result = call(value);
      if (result !== undefined) return result;
    }
    return undefined;
  };
}

interface Overload {
  readonly matchers: readonly TypeMatcher[];
  readonly call: CelCall;
}

function overload(node: CallNode, row: CelFunction, parts: readonly Code[], compiling: Compiling): Overload {
  const matchers = row.args.map(typeMatcher);
  try {
    const prepared = row.prepare?.(parts.map((part) => part.constant));
    return { matchers, call: prepared ?? row.call };
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    return compiling.isStrict ? compiling.fail(node.offset, error.message) : { matchers, call: row.call };
  }
}

function dispatch(node: CallNode, overloads: readonly Overload[], parts: readonly Code[]): Run {
  const [only] = overloads;
  const ahead = parts.length > 1 && parts.some((part) => part.loads);
  if (only !== undefined && overloads.length === 1 && !ahead) {
    if (parts.length === 0) return (frame) => only.call(moved(frame, node.offset));
    if (parts.length === 1) return unary(node, only, parts as readonly [Code]);
    if (parts.length === 2) return binary(node, only, parts as readonly [Code, Code]);
  }
  if (parts.length === 1) return unaryOverloads(node, overloads, parts as readonly [Code]);
  const runs = parts.map((part) => part.run);
  return (frame) => {
    const values = ahead ? lookAhead(frame, runs) : runs.map((run) => run(frame));
    frame.at = node.offset;
    for (const each of overloads) {
      if (each.matchers.every((matches, index) => matches(values[index] as CelValue, frame))) {
        for (const value of values) chargeLength(value, frame);
        return each.call(...values, frame);
      }
    }
    throw noOverload(node.name, ...values);
  };
}

/** Such as `size(x)`, where x may be a text, bytes, a list or a map. */
function unaryOverloads(node: CallNode, overloads: readonly Overload[], [part]: readonly [Code]): Run {
  const { run } = part;
  const matchers = overloads.map((each) => each.matchers[0] as TypeMatcher);
  const calls = overloads.map((each) => each.call);
  return (frame) => {
    const value = run(frame);
    frame.at = node.offset;
    for (let index = 0; index < matchers.length; index++) {
      if (!(matchers[index] as TypeMatcher)(value, frame)) continue;
      chargeLength(value, frame);
      return (calls[index] as CelCall)(value, frame);
    }
    throw noOverload(node.name, value);
  };
}

/** A long text or long bytes cost a step for this many units, whatever the function does with them. */
const READ_PER_STEP = 16;

function chargeLength(value: CelValue, frame: Frame): void {
  const isLong = (typeof value === "string" || value instanceof Uint8Array) && value.length > READ_PER_STEP * 4;
  if (isLong) frame.charge(value.length / READ_PER_STEP);
}

function moved(frame: Frame, offset: number): Frame {
  frame.at = offset;
  return frame;
}

function unary(node: CallNode, { matchers, call }: Overload, [part]: readonly [Code]): Run {
  const { run } = part;
  const [matches] = matchers as readonly [TypeMatcher];
  return (frame) => {
    const value = run(frame);
    frame.at = node.offset;
    if (!matches(value, frame)) throw noOverload(node.name, value);
    chargeLength(value, frame);
    return call(value, frame);
  };
}

const TEXT_MATCHER = typeMatcher(celTypes.string);

function binary(node: CallNode, { matchers, call }: Overload, parts: readonly [Code, Code]): Run {
  const [{ run: firstRun }, { run: secondRun }] = parts;
  const [first, second] = matchers as readonly [TypeMatcher, TypeMatcher];
  const { constant } = parts[1];
  if (second === TEXT_MATCHER && isShortText(constant)) {
    // A short text needs no test and no charge in each evaluation.
    return (frame) => {
      const a = firstRun(frame);
      frame.at = node.offset;
      if (!first(a, frame)) throw noOverload(node.name, a, constant);
      chargeLength(a, frame);
      return call(a, constant, frame);
    };
  }
  return (frame) => {
    const a = firstRun(frame);
    const b = secondRun(frame);
    frame.at = node.offset;
    if (!first(a, frame) || !second(b, frame)) throw noOverload(node.name, a, b);
    chargeLength(a, frame);
    chargeLength(b, frame);
    return call(a, b, frame);
  };
}

/** `x.or(y)` and `x.orValue(y)`: y is made only when x is none. */
function compileOr(node: CallNode, parts: readonly [Code, Code]): Code {
  const [optional, other] = parts;
  const code = makeCode(parts, (frame) => {
    const first = optional.run(frame);
    if (!(first instanceof Optional)) throw frame.error(node.offset, noOverload(node.name, first));
    if (first.value !== undefined) return node.name === "or" ? first : first.value;
    const instead = other.run(frame);
    if (node.name === "or" && !(instead instanceof Optional)) {
      throw frame.error(node.offset, noOverload(node.name, first, instead));
    }
    return instead;
  });
  return node.name === "or" ? code : withQuick(code, parts, quickOrValue(optional, other));
}

function quickOrValue({ maybe }: Code, other: Code): Quick | undefined {
  const instead = quickOf(other);
  if (maybe === undefined || instead === undefined) return undefined;
  return (frame) => {
    const value = maybe(frame);
    return value === ABSENT ? instead(frame) : value;
  };
}
