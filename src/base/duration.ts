import { AmapError } from "./errors/amap-error.ts";

const SECOND = 1_000_000_000n;
const UNITS: ReadonlyMap<string, bigint> = new Map([
  ["ns", 1n],
  ["us", 1_000n],
  ["µs", 1_000n],
  ["μs", 1_000n],
  ["ms", 1_000_000n],
  ["s", SECOND],
  ["m", 60n * SECOND],
  ["h", 3_600n * SECOND],
]);
const PART = /([0-9]*)(?:\.([0-9]*))?([^0-9.]+)/y;
const MAX_NS = 2n ** 63n;

/**
 * Milliseconds of a duration in Go's syntax (`1h30m`, `-1.5s`, `300ms`, `0`), or undefined for anything else and for
 * what does not fit Go's 64-bit nanoseconds (about 292 years). Below a millisecond the result has a fraction.
 * @see https://pkg.go.dev/time#ParseDuration
 * @example
 * ```ts
 * import { parseDuration } from "./index.ts";
 * parseDuration("1h0.5s"); // 3600500
 * ```
 */
export function parseDuration(text: string): number | undefined {
  const ns = parseDurationNs(text);
  return ns === undefined ? undefined : toMs(ns);
}

/**
 * As {@link parseDuration}, in whole nanoseconds: nothing is rounded.
 * @see https://pkg.go.dev/time#ParseDuration
 * @example
 * ```ts
 * import { parseDurationNs } from "./index.ts";
 * parseDurationNs("1.5µs"); // 1500n
 * ```
 */
export function parseDurationNs(text: string): bigint | undefined {
  const isNegative = text.startsWith("-");
  const body = isNegative || text.startsWith("+") ? text.slice(1) : text;
  if (body === "0") return 0n;
  if (body === "" || body.length > 1_000) return undefined;
  let total = 0n;
  for (let at = 0; at < body.length; at = PART.lastIndex) {
    PART.lastIndex = at;
    const match = PART.exec(body);
    const [, whole = "", fraction = "", unitName = ""] = match ?? [];
    const unit = UNITS.get(unitName);
    if (unit === undefined || whole + fraction === "") return undefined;
    total += BigInt(whole || "0") * unit + fractionOf(fraction, unit);
  }
  if (total > (isNegative ? MAX_NS : MAX_NS - 1n)) return undefined;
  return isNegative ? -total : total;
}

/**
 * A duration in Go's notation, as its String method writes it: `1h30m0s`, `1.5s`, `250ms`, `1µs`, `0s`.
 * @throws {AmapError} VALUE_INVALID for what does not fit Go's 64-bit nanoseconds
 * @example
 * ```ts
 * import { formatDuration } from "./index.ts";
 * formatDuration(5_400_000); // "1h30m0s"
 * ```
 */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms) || Math.abs(ms) >= 9_223_372_036_854) {
    throw new AmapError("VALUE_INVALID", `expected a duration below 292 years, found ${ms} ms`);
  }
  // Whole milliseconds and the rest apart: their product with a million would lose digits.
  const whole = Math.trunc(ms);
  return formatDurationNs(BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1e6)));
}

/**
 * As {@link formatDuration}, from whole nanoseconds.
 * @example
 * ```ts
 * import { formatDurationNs } from "./index.ts";
 * formatDurationNs(1_500n); // "1.5µs"
 * ```
 */
export function formatDurationNs(ns: bigint): string {
  const size = ns < 0n ? -ns : ns;
  const sign = ns < 0n ? "-" : "";
  if (size === 0n) return "0s";
  if (size < 1_000n) return `${sign}${size}ns`;
  if (size < 1_000_000n) return `${sign}${decimal(size, 1_000n)}µs`;
  if (size < SECOND) return `${sign}${decimal(size, 1_000_000n)}ms`;
  const seconds = `${decimal(size % (60n * SECOND), SECOND)}s`;
  const minutes = size / (60n * SECOND);
  if (minutes === 0n) return sign + seconds;
  if (minutes < 60n) return `${sign}${minutes}m${seconds}`;
  return `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

/** Nanoseconds of a fraction of a unit, with Go's own rounding: digits as a double, as many as fit 63 bits. */
function fractionOf(digits: string, unit: bigint): bigint {
  let value = 0n;
  let scale = 1;
  for (const digit of digits) {
    const next = value * 10n + BigInt(digit);
    if (next >= MAX_NS) break;
    value = next;
    scale *= 10;
  }
  return BigInt(Math.trunc(Number(value) * (Number(unit) / scale)));
}

function toMs(ns: bigint): number {
  return Number(ns / 1_000_000n) + Number(ns % 1_000_000n) / 1e6;
}

function decimal(value: bigint, unit: bigint): string {
  const fraction = String(unit + (value % unit)).slice(1);
  return `${value / unit}.${fraction}`.replace(/\.?0+$/, "");
}
