import type { Value } from "../../../../base/index.ts";
import { formatPlain } from "../../cel/values/decimal.ts";
import { numberOf } from "../evaluate/values.ts";
import type { JmesArgument, JmesType } from "../function.ts";
import { argumentFailed } from "./failure.ts";

function one(...types: readonly JmesType[]): JmesArgument {
  return { types };
}

/** The arguments that Kyverno's functions have. */
export const ANY = one("any");
export const ARRAY = one("array");
export const NUMBER = one("number");
export const OBJECT = one("object");
export const OBJECT_OR_ARRAY = one("object", "array");
export const STRING = one("string");
export const STRING_OR_NUMBER = one("string", "number");

/** The double that a number of the tree is, since Kyverno computes with doubles; undefined for other values. */
export function doubleOf(value: Value | undefined): number | undefined {
  const number = numberOf(value);
  return number === undefined ? undefined : Number(number);
}

/** @throws {AmapError} EXPRESSION_FAILED */
export function textArgument(name: string, args: readonly Value[], index: number): string {
  const value = args[index];
  if (typeof value !== "string") throw argumentFailed(name, index + 1, "string");
  return value;
}

/** @throws {AmapError} EXPRESSION_FAILED */
export function numberArgument(name: string, args: readonly Value[], index: number): number {
  const value = doubleOf(args[index]);
  if (value === undefined) throw argumentFailed(name, index + 1, "float64");
  return value;
}

/** Digits that tell every two floats of 32 bits apart. */
const FLOAT_DIGITS = 9;

/**
 * A number as the text that Kyverno's functions make of it: the shortest digits of the nearest float of 32 bits, never
 * with an exponent. Beyond 2^24 that is not the number itself any more.
 */
export function float32Text(value: number): string {
  const float = Math.fround(value);
  if (!Number.isFinite(float)) return float > 0 ? "+Inf" : "-Inf";
  for (let digits = 1; digits < FLOAT_DIGITS; digits++) {
    const short = Number(float.toPrecision(digits));
    if (Math.fround(short) === float) return formatPlain(short);
  }
  return formatPlain(Number(float.toPrecision(FLOAT_DIGITS)));
}

/** A text, number or boolean as text; undefined for other values. */
export function scalarText(value: Value | undefined): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return String(value);
  const number = doubleOf(value);
  return number === undefined ? undefined : float32Text(number);
}

/** @throws {AmapError} EXPRESSION_FAILED */
export function scalarArgument(name: string, args: readonly Value[], index: number): string {
  const text = scalarText(args[index]);
  if (text === undefined) throw argumentFailed(name, index + 1, "String or Real");
  return text;
}
