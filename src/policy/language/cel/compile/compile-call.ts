import { CelError } from "../error.ts";
import type { CelCall, CelFunction } from "../function.ts";
import type { CallNode } from "../syntax/ast.ts";
import { celTypes } from "../types.ts";
import { noOverload } from "../values/arithmetic.ts";
import { type CelValue, Optional } from "../values/value.ts";
import { type Code, type Compiling, makeCode, type Scope } from "./code.ts";
import { fold } from "./fold.ts";
import { type Frame, lookAhead, type Run } from "./frame.ts";
import { type TypeMatcher, typeMatcher } from "./match.ts";
import { quickOfAll, withMaybe, withQuick } from "./quick.ts";
import type { Quick } from "./quick-writer.ts";

/** `f(…)`, `namespace.f(…)` and `target.f(…)`. */
export function compileCall(node: CallNode, scope: Scope | undefined, compiling: Compiling): Code {
  const { rows, args } = compiling.callOf(node) ?? { rows: [], args: node.args };
  const parts = args.map((arg) => compiling.compile(arg, scope));
  if (node.target !== undefined && (node.name === "or" || node.name === "orValue") && args.length === 2) {
    return compileOr(node, parts as [Code, Code]);
  }
  const [only] = parts;
  // Of `x.split(y).size()` and `x.filter(…).size()`: counted, not made.
  if (only?.count !== undefined && rows.length === 1 && rows[0]?.isListSize) {
    return { ...only.count, weight: only.count.weight + 1 };
  }
  const overloads = rows.map((row) => overload(node, row, parts, compiling));
  const code = makeCode(parts, dispatch(node, overloads, parts));
  if (rows.some((row) => row.loads !== undefined)) return { ...code, loads: true };
  // Chance and effects do not come twice.
  if (rows.some((row) => row.isVolatile === true)) return code;
  const made = withQuick(code, parts, quickCall(node, rows, overloads, parts));
  const count = countOf(node, rows, overloads, parts);
  return count === undefined ? fold(parts, made) : { ...fold(parts, made), count };
}

/** The call of a row that makes a list, as one that only counts its elements. */
function countOf(
  node: CallNode,
  rows: readonly CelFunction[],
  overloads: readonly Overload[],
  parts: readonly Code[],
): Code | undefined {
  const call = rows.length === 1 ? rows[0]?.count : undefined;
  if (call === undefined) return undefined;
  const counting = overloads.map(({ matchers }) => ({ matchers, call }));
  const code = makeCode(parts, dispatch(node, counting, parts));
  return withQuick(code, parts, quickCall(node, [], counting, parts));
}

/** The quick calls of all rows, one after the other: each knows its own values. Where none does, the call itself. */
function quickCall(
  node: CallNode,
  rows: readonly CelFunction[],
  overloads: readonly Overload[],
  parts: readonly Code[],
): Quick | undefined {
  const quicks = quickOfAll(parts);
  if (quicks === undefined) return undefined;
  const calls = rows.map((row) => row.quick).filter((call) => call !== undefined);
  const isBool = rows.length > 0 && rows.every((row) => row.result === celTypes.bool);
  const invoke = invoker(node, overloads);
  return (writer) => {
    const args = quicks.map((quick) => writer.present(quick(writer)));
    const result = writer.declare("undefined");
    for (const call of calls) {
      const value = `${writer.capture(call)}(${args.join(", ")})`;
      writer.line(`if (${result} === undefined) ${result} = ${value};`);
    }
    const whole = `${writer.capture(invoke)}(${[writer.frame(), ...args].join(", ")})`;
    writer.line(`if (${result} === undefined) ${result} = ${whole};`);
    return writer.know(isBool ? "boolean" : "present", result);
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

/** Calls the overload that takes the values, and charges for reading them. */
type Invoke = (frame: Frame, ...values: readonly CelValue[]) => CelValue;

function dispatch(node: CallNode, overloads: readonly Overload[], parts: readonly Code[]): Run {
  const invoke = invoker(node, overloads);
  const runs = parts.map((part) => part.run);
  const [first, second] = runs as [Run, Run];
  if (parts.length === 1) return (frame) => invoke(frame, first(frame));
  if (parts.some((part) => part.loads)) return (frame) => invoke(frame, ...lookAhead(frame, runs));
  if (parts.length === 2) {
    return (frame) => {
      const value = first(frame);
      return invoke(frame, value, second(frame));
    };
  }
  return (frame) => invoke(frame, ...runs.map((run) => run(frame)));
}

function invoker(node: CallNode, overloads: readonly Overload[]): Invoke {
  const [only] = overloads;
  if (only !== undefined && overloads.length === 1) {
    if (only.matchers.length === 1) return unary(node, only);
    if (only.matchers.length === 2) return binary(node, only);
  }
  return (frame, ...values) => {
    frame.at = node.offset;
    for (const { matchers, call } of overloads) {
      if (matchers.every((matches, index) => matches(values[index] as CelValue, frame))) {
        for (const value of values) chargeLength(value, frame);
        return call(...values, frame);
      }
    }
    throw noOverload(node.name, ...values);
  };
}

/** A long text or long bytes cost a step for this many units, whatever the function does with them. */
const READ_PER_STEP = 16;

function chargeLength(value: CelValue, frame: Frame): void {
  const isLong = (typeof value === "string" || value instanceof Uint8Array) && value.length > READ_PER_STEP * 4;
  if (isLong) frame.charge(value.length / READ_PER_STEP);
}

function unary(node: CallNode, { matchers, call }: Overload): Invoke {
  const [matches] = matchers as readonly [TypeMatcher];
  return (frame, value: CelValue) => {
    frame.at = node.offset;
    if (!matches(value, frame)) throw noOverload(node.name, value);
    chargeLength(value, frame);
    return call(value, frame);
  };
}

function binary(node: CallNode, { matchers, call }: Overload): Invoke {
  const [matchesFirst, matchesSecond] = matchers as readonly [TypeMatcher, TypeMatcher];
  return (frame, first: CelValue, second: CelValue) => {
    frame.at = node.offset;
    if (!matchesFirst(first, frame) || !matchesSecond(second, frame)) throw noOverload(node.name, first, second);
    chargeLength(first, frame);
    chargeLength(second, frame);
    return call(first, second, frame);
  };
}

/** `x.or(y)` and `x.orValue(y)`: y is made only when x is none. As in cel-go, what is no optional is the result itself. */
function compileOr(node: CallNode, parts: readonly [Code, Code]): Code {
  const [optional, other] = parts;
  const code = makeCode(parts, (frame) => {
    const first = optional.run(frame);
    if (!(first instanceof Optional)) return first;
    if (first.value !== undefined) return node.name === "or" ? first : first.value;
    return other.run(frame);
  });
  const { maybe } = optional;
  const instead = node.name === "or" ? other.maybe : other.quick;
  if (maybe === undefined || instead === undefined) return code;
  const quick: Quick = (writer) => {
    const value = maybe(writer);
    const result = writer.declare(value);
    writer.block(`if (${value} === undefined)`, () => writer.line(`${result} = ${instead(writer)};`));
    return result;
  };
  return node.name === "or" ? withMaybe(code, parts, quick) : withQuick(code, parts, quick);
}
