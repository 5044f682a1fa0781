import { compareQuantities, parseDurationNs, parseQuantity, type Value } from "../../../base/index.ts";
import { goNumber, parseFloat64 } from "../pattern/go-text.ts";
import { compareSemanticVersions, parseSemanticVersion } from "./semantic-version.ts";

/** Whether an order of key and value (negative: the key is smaller) is the one an operator asks for. */
export type Order = (order: number) => boolean;

const SECOND_NS = 1_000_000_000n;

/** Two durations in seconds, as Go's float64 counts them. */
interface SecondsPair {
  readonly key: number;
  readonly value: number;
}

/**
 * GreaterThan and its like. Tried in this order: durations (one side may be a number of seconds), quantities, numbers,
 * and, for a key that is none of these, semantic versions. What cannot be compared does not hold.
 */
export function compareNumbers(key: Value, value: Value, accepts: Order): boolean {
  if (typeof key !== "string") {
    const number = goNumber(key);
    return number !== undefined && compareNumber(number, key, value, accepts);
  }
  const seconds = secondsOf(key, value);
  if (seconds !== undefined) return acceptsNumbers(seconds.key, seconds.value, accepts);
  const quantity = parseQuantity(key);
  const other = typeof value === "string" ? parseQuantity(value) : undefined;
  if (quantity !== undefined && other !== undefined) return accepts(compareQuantities(quantity, other));
  const number = parseFloat64(key);
  if (number !== undefined) return compareNumber(number, number, value, accepts);
  const version = parseSemanticVersion(key);
  const otherVersion = typeof value === "string" ? parseSemanticVersion(value) : undefined;
  return version !== undefined && otherVersion !== undefined && accepts(compareSemanticVersions(version, otherVersion));
}

function compareNumber(number: bigint | number, key: Value, value: Value, accepts: Order): boolean {
  if (typeof value !== "string") {
    const other = goNumber(value);
    return other !== undefined && acceptsNumbers(Number(number), Number(other), accepts);
  }
  const seconds = secondsOf(key, value);
  if (seconds !== undefined) return acceptsNumbers(seconds.key, seconds.value, accepts);
  const other = parseFloat64(value);
  return other !== undefined && acceptsNumbers(Number(number), other, accepts);
}

/** Not by their difference: infinities have none. NaN is in no order. */
function acceptsNumbers(key: number, value: number, accepts: Order): boolean {
  return key < value ? accepts(-1) : key > value ? accepts(1) : key === value && accepts(0);
}

/**
 * Key and value in seconds where at least one is the text of a duration (other than "0", which may be any number) and
 * the other one too, or a number of seconds.
 */
export function secondsOf(key: Value, value: Value): SecondsPair | undefined {
  const keyNs = durationText(key);
  const valueNs = durationText(value);
  if (keyNs === undefined && valueNs === undefined) return undefined;
  const keySeconds = keyNs ?? numberNs(key);
  const valueSeconds = valueNs ?? numberNs(value);
  if (keySeconds === undefined || valueSeconds === undefined) return undefined;
  return { key: toSeconds(keySeconds), value: toSeconds(valueSeconds) };
}

function durationText(value: Value): bigint | undefined {
  return typeof value === "string" && value !== "0" ? parseDurationNs(value) : undefined;
}

/** A number of seconds as Go's Duration: whole ones only, and 64 bits of nanoseconds, beyond which it wraps around. */
function numberNs(value: Value): bigint | undefined {
  const number = goNumber(value);
  if (number === undefined) return undefined;
  const seconds = typeof number === "bigint" ? number : Number.isFinite(number) ? BigInt(Math.trunc(number)) : 0n;
  return BigInt.asIntN(64, seconds * SECOND_NS);
}

function toSeconds(ns: bigint): number {
  return Number(ns / SECOND_NS) + Number(ns % SECOND_NS) / 1e9;
}

/** The deprecated Duration operators: numbers are seconds, texts must be durations. */
export function compareDurations(key: Value, value: Value, accepts: Order): boolean {
  const left = typeof key === "string" ? parseDurationNs(key) : numberNs(key);
  const right = typeof value === "string" ? parseDurationNs(value) : numberNs(value);
  if (left === undefined || right === undefined) return false;
  return accepts(left < right ? -1 : left > right ? 1 : 0);
}
