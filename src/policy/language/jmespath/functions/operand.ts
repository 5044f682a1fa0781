import { formatDurationNs, parseDurationNs, type Value } from "../../../../base/index.ts";
import {
  type Amount,
  addAmount,
  divideAmount,
  doubleOf as doubleOfAmount,
  formatAmount,
  multiplyAmount,
  parseAmount,
  subtractAmount,
  wholeAmount,
} from "../../amounts.ts";
import { floatText as printedFloat } from "../../pattern/go-text.ts";
import { valueOfNumber } from "../evaluate/values.ts";
import { doubleOf } from "./arguments.ts";
import { callFailed } from "./failure.ts";

/** What Kyverno's arithmetic computes with. A text is a quantity where it can be one: `1m` is no minute. */
type Operand =
  | { readonly kind: "quantity"; readonly value: Amount }
  | { readonly kind: "duration"; readonly ns: bigint }
  | { readonly kind: "scalar"; readonly value: number };

const NS_PER_SECOND = 1_000_000_000;
const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

function readOperand(name: string, value: Value | undefined): Operand {
  const scalar = doubleOf(value);
  if (scalar !== undefined) return { kind: "scalar", value: scalar };
  const quantity = typeof value === "string" ? parseAmount(value) : undefined;
  if (quantity !== undefined) return { kind: "quantity", value: quantity };
  const ns = typeof value === "string" ? parseDurationNs(value) : undefined;
  if (ns !== undefined) return { kind: "duration", ns };
  throw callFailed(name, "invalid operand");
}

function readOperands(name: string, args: readonly Value[]): readonly [Operand, Operand] {
  return [readOperand(name, args[0]), readOperand(name, args[1])];
}

/** `add` and `sum`. */
export function addOperands(name: string, args: readonly Value[]): Value {
  const [a, b] = readOperands(name, args);
  if (a.kind === "quantity" && b.kind === "quantity") return formatAmount(addAmount(a.value, b.value));
  if (a.kind === "duration" && b.kind === "duration") return durationText(name, a.ns + b.ns);
  if (a.kind === "scalar" && b.kind === "scalar") return valueOfNumber(a.value + b.value);
  throw callFailed(name, "Types mismatch");
}

export function subtractOperands(name: string, args: readonly Value[]): Value {
  const [a, b] = readOperands(name, args);
  if (a.kind === "quantity" && b.kind === "quantity") return formatAmount(subtractAmount(a.value, b.value));
  if (a.kind === "duration" && b.kind === "duration") return durationText(name, a.ns - b.ns);
  if (a.kind === "scalar" && b.kind === "scalar") return valueOfNumber(a.value - b.value);
  throw callFailed(name, "Types mismatch");
}

export function multiplyOperands(name: string, args: readonly Value[]): Value {
  const [a, b] = readOperands(name, args);
  const [left, right] = a.kind === "scalar" ? [b, a] : [a, b];
  if (right.kind !== "scalar") throw callFailed(name, "Types mismatch");
  if (left.kind === "scalar") return valueOfNumber(left.value * right.value);
  if (left.kind === "duration") return secondsText(name, secondsOf(left.ns) * right.value);
  return formatAmount(multiplyAmount(left.value, scalarAmount(name, right.value)));
}

export function divideOperands(name: string, args: readonly Value[]): Value {
  const [a, b] = readOperands(name, args);
  if (a.kind === "scalar" ? b.kind !== "scalar" : b.kind !== "scalar" && b.kind !== a.kind) {
    throw callFailed(name, "Types mismatch");
  }
  if (plainDouble(b) === 0) throw callFailed(name, "Zero divisor passed");
  if (b.kind !== "scalar" || a.kind === "scalar") return valueOfNumber(plainDouble(a) / plainDouble(b));
  if (a.kind === "duration") return secondsText(name, secondsOf(a.ns) / b.value);
  return formatAmount(divideAmount(a.value, scalarAmount(name, b.value)));
}

export function moduloOperands(name: string, args: readonly Value[]): Value {
  const [a, b] = readOperands(name, args);
  if (a.kind !== b.kind) throw callFailed(name, "Types mismatch");
  if (a.kind === "duration" && b.kind === "duration") {
    if (b.ns === 0n) throw callFailed(name, "Zero divisor passed");
    return durationText(name, a.ns % b.ns);
  }
  const dividend = wholeNumber(name, plainDouble(a));
  const divisor = wholeNumber(name, plainDouble(b));
  if (divisor === 0n) throw callFailed(name, "Zero divisor passed");
  const rest = dividend % divisor;
  if (a.kind === "quantity") return formatAmount(wholeAmount(rest, a.value.format));
  return valueOfNumber(Number(rest));
}

/** The operand as the double that Kyverno divides: a duration's seconds, a quantity's nearest double. */
function plainDouble(operand: Operand): number {
  if (operand.kind === "scalar") return operand.value;
  return operand.kind === "duration" ? secondsOf(operand.ns) : doubleOfAmount(operand.value);
}

function wholeNumber(name: string, value: number): bigint {
  const whole = Number.isInteger(value) ? BigInt(value) : undefined;
  if (whole === undefined || whole < INT64_MIN || whole > INT64_MAX) {
    throw callFailed(name, "Non-integer argument(s) passed for modulo");
  }
  return whole;
}

/**
 * A number as the quantity that Go's text of it spells: what is finer than a billionth is rounded away from zero, and
 * 1000000 is `1e+06`, whose missing decimal places {@link divideAmount} sees.
 */
function scalarAmount(name: string, value: number): Amount {
  const amount = parseAmount(printedFloat(value));
  if (amount === undefined) throw callFailed(name, "invalid operand");
  return amount;
}

/** As Go computes it: beyond 2^53 nanoseconds the last digits are rounded. */
function secondsOf(ns: bigint): number {
  return Number(ns / BigInt(NS_PER_SECOND)) + Number(ns % BigInt(NS_PER_SECOND)) / NS_PER_SECOND;
}

function secondsText(name: string, seconds: number): Value {
  const ns = seconds * NS_PER_SECOND;
  if (!Number.isFinite(ns)) throw outOfRange(name);
  return durationText(name, BigInt(Math.trunc(ns)));
}

/** Kyverno goes on with what is left of 64 bits, which turns a long duration into a negative one. */
function durationText(name: string, ns: bigint): Value {
  if (ns < INT64_MIN || ns > INT64_MAX) throw outOfRange(name);
  return formatDurationNs(ns);
}

function outOfRange(name: string): Error {
  return callFailed(name, "the duration does not fit 64 bits of nanoseconds (292 years)");
}
