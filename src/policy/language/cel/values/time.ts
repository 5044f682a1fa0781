import { parseTime } from "../../../../base/index.ts";
import { CelError } from "../error.ts";
import { formatPlain } from "./decimal.ts";
import { type CelValue, Duration, Timestamp } from "./value.ts";

const NANOS_PER_SECOND = 1_000_000_000;
const MIN_SECONDS = -62_135_596_800;
const MAX_SECONDS = 253_402_300_799;
/** Go's and so Kubernetes' limit: 64 bits of nanoseconds, about 292 years. */
const MAX_DURATION_SECONDS = 9_223_372_036;
const MAX_DURATION_REST = 854_775_807;
const MIN_DURATION_REST = -854_775_808;

/** @throws {CelError} overflow outside the years 0001 to 9999 */
export function makeTimestamp(seconds: number, nanos: number): Timestamp {
  const carry = Math.floor(nanos / NANOS_PER_SECOND);
  const whole = seconds + carry;
  if (!(whole >= MIN_SECONDS && whole <= MAX_SECONDS)) {
    throw new CelError("overflow", "the timestamp is outside the years 0001 to 9999");
  }
  return new Timestamp(whole, nanos - carry * NANOS_PER_SECOND);
}

/** A timestamp from milliseconds since 1970-01-01T00:00:00Z. */
export function timestampOfMs(ms: number): Timestamp {
  const seconds = Math.floor(ms / 1000);
  return makeTimestamp(seconds, Math.round((ms - seconds * 1000) * 1_000_000));
}

/** @throws {CelError} overflow beyond 64 bits of nanoseconds */
export function makeDuration(seconds: number, nanos: number): Duration {
  const carry = Math.trunc(nanos / NANOS_PER_SECOND);
  let whole = seconds + carry;
  let rest = nanos - carry * NANOS_PER_SECOND;
  if (whole > 0 && rest < 0) {
    whole -= 1;
    rest += NANOS_PER_SECOND;
  } else if (whole < 0 && rest > 0) {
    whole += 1;
    rest -= NANOS_PER_SECOND;
  }
  const isInside =
    Math.abs(whole) < MAX_DURATION_SECONDS ||
    (Math.abs(whole) === MAX_DURATION_SECONDS && rest >= MIN_DURATION_REST && rest <= MAX_DURATION_REST);
  if (!isInside) throw new CelError("overflow", "the duration is outside 64 bits of nanoseconds (292 years)");
  return new Duration(whole + 0, rest + 0);
}

/** `+` where a time is involved, or undefined for other operands. */
export function addTimes(left: CelValue, right: CelValue): CelValue | undefined {
  if (right instanceof Timestamp && left instanceof Duration) return addTimes(right, left);
  if (!(right instanceof Duration)) return undefined;
  if (left instanceof Timestamp) return makeTimestamp(left.seconds + right.seconds, left.nanos + right.nanos);
  if (left instanceof Duration) return makeDuration(left.seconds + right.seconds, left.nanos + right.nanos);
  return undefined;
}

/** `-` where a time is involved, or undefined for other operands. */
export function subtractTimes(left: CelValue, right: CelValue): CelValue | undefined {
  if (right instanceof Duration) {
    // The shortest duration has no opposite, which Go wants for a timestamp.
    if (left instanceof Timestamp) makeDuration(-right.seconds, -right.nanos);
    return addTimes(left, new Duration(-right.seconds, -right.nanos));
  }
  if (left instanceof Timestamp && right instanceof Timestamp) {
    return makeDuration(left.seconds - right.seconds, left.nanos - right.nanos);
  }
  return undefined;
}

/** What Go reads beside RFC 3339: an hour of one digit, a comma before the fraction, digits behind nanoseconds. */
const LENIENT =
  /^([0-9]{4}-[0-9]{2}-[0-9]{2}T)([0-9]{1,2})(:[0-9]{2}:[0-9]{2})(?:[.,]([0-9]{1,1000}))?(?:Z|([+-])([0-9]{2}):([0-9]{2}))$/;

/**
 * RFC 3339 text, as leniently as Go reads it; digits behind nanoseconds are cut off.
 * @throws {CelError} invalid_argument, overflow
 */
export function parseTimestamp(text: string): Timestamp {
  const [, day = "", hour = "", rest = "", digits = "", sign, hours = "0", minutes = "0"] = LENIENT.exec(text) ?? [];
  const fraction = digits.slice(0, 9);
  const ms = parseTime(`${day}${hour.padStart(2, "0")}${rest}Z`);
  if (ms === undefined || Number(hours) > 24 || Number(minutes) > 60) {
    throw new CelError("invalid_argument", `not an RFC 3339 timestamp: ${JSON.stringify(text.slice(0, 80))}`);
  }
  const offset = (Number(hours) * 3600 + Number(minutes) * 60) * (sign === "-" ? -1 : 1);
  return makeTimestamp(ms / 1000 - offset, Number(fraction.padEnd(9, "0")));
}

/** RFC 3339 in UTC; the fraction without trailing zeros. */
export function formatTimestamp(value: Timestamp): string {
  const whole = new Date(value.seconds * 1000).toISOString().slice(0, 19);
  return `${whole}${formatFraction(value.nanos)}Z`;
}

function formatFraction(nanos: number): string {
  return nanos === 0 ? "" : `.${String(nanos).padStart(9, "0").replace(/0+$/, "")}`;
}

/** The length in seconds, as Go computes it: beyond 2^53 nanoseconds the last digits are rounded. */
export function durationSeconds(value: Duration): number {
  return value.seconds + value.nanos / NANOS_PER_SECOND;
}

/** Seconds with the unit, as CEL writes durations: `3600s`, `-1.5s`. */
export function formatDuration(value: Duration): string {
  return `${formatPlain(durationSeconds(value))}s`;
}

const UNIT_NANOS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const DURATION = /^([+-]?)((?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+|0)$/;

/**
 * Go's syntax: `1h30m`, `-1.5s`, `0`.
 * @throws {CelError} invalid_argument, overflow
 */
export function parseDurationText(text: string): Duration {
  const match = text.length > 256 ? null : DURATION.exec(text);
  if (match === null) {
    throw new CelError("invalid_argument", `not a duration: ${JSON.stringify(text.slice(0, 80))}`);
  }
  let nanos = 0n;
  for (const [, whole = "", fraction = "", unit = ""] of (match[2] ?? "").matchAll(
    /([0-9]*)(?:\.([0-9]*))?([a-zµμ]+)/g,
  )) {
    const size = UNIT_NANOS[unit] ?? 0n;
    nanos += BigInt(whole || "0") * size + (BigInt(fraction || "0") * size) / 10n ** BigInt(fraction.length);
  }
  if (match[1] === "-") nanos = -nanos;
  const seconds = nanos / BigInt(NANOS_PER_SECOND);
  return makeDuration(Number(seconds), Number(nanos - seconds * BigInt(NANOS_PER_SECOND)));
}

/** Calendar fields of a timestamp in a time zone. */
export interface TimeFields {
  readonly year: number;
  /** 0 to 11. */
  readonly month: number;
  /** 1 to 31. */
  readonly day: number;
  /** 0, Sunday, to 6. */
  readonly weekday: number;
  /** 0 to 365. */
  readonly dayOfYear: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/**
 * The calendar fields in a time zone: an IANA name (`Europe/Berlin`), or an offset (`+02:00`, `-03:30`, `05:00`).
 * @throws {CelError} invalid_argument for a zone that is not known
 */
export function timeFields(value: Timestamp, zone: string | undefined): TimeFields {
  const offset = zone === undefined ? 0 : zoneOffsetSeconds(value, zone);
  const local = new Date((value.seconds + offset) * 1000);
  const year = local.getUTCFullYear();
  const startOfYear = new Date(0);
  startOfYear.setUTCFullYear(year, 0, 1);
  return {
    year,
    month: local.getUTCMonth(),
    day: local.getUTCDate(),
    weekday: local.getUTCDay(),
    dayOfYear: Math.floor((local.getTime() - startOfYear.getTime()) / 86_400_000),
    hour: local.getUTCHours(),
    minute: local.getUTCMinutes(),
    second: local.getUTCSeconds(),
  };
}

/** Go keeps an offset in 64 bits of nanoseconds. */
const MAX_OFFSET_MINUTES = 153_722_867;

function zoneOffsetSeconds(value: Timestamp, zone: string): number {
  if (zone === "" || zone === "UTC") return 0;
  const colon = zone.indexOf(":");
  return colon === -1 ? namedOffsetSeconds(value, zone) : fixedOffsetSeconds(zone, colon);
}

/** `+02:00`, `-3:30`, `05:00`: cel-go reads two numbers and does not ask for their range. */
function fixedOffsetSeconds(zone: string, colon: number): number {
  const [hours, minutes] = [zone.slice(0, colon), zone.slice(colon + 1)];
  if (!OFFSET_NUMBER.test(hours) || !OFFSET_NUMBER.test(minutes)) throw unknownZone(zone);
  const offset = Number(hours) * 60 + Number(minutes) * (zone.startsWith("-") ? -1 : 1);
  if (Math.abs(offset) > MAX_OFFSET_MINUTES) throw unknownZone(zone);
  return offset * 60;
}

const OFFSET_NUMBER = /^[+-]?[0-9]{1,18}$/;
/** `GMT`, `GMT+01:00`, `GMT-04:56:02`: the ends of the offset that Intl writes. */
const LONG_OFFSET = /^GMT(?:([+-])([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?)?$/;

function namedOffsetSeconds(value: Timestamp, zone: string): number {
  const parts = zoneFormat(zone).formatToParts(new Date(value.seconds * 1000));
  const name = parts.find((part) => part.type === "timeZoneName")?.value ?? "";
  const offset = LONG_OFFSET.exec(name);
  if (offset === null) throw unknownZone(zone);
  const [, sign, hours = "0", minutes = "0", seconds = "0"] = offset;
  const length = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return sign === "-" ? -length : length;
}

const ZONE_FORMATS = new Map<string, Intl.DateTimeFormat>();

function zoneFormat(zone: string): Intl.DateTimeFormat {
  const known = ZONE_FORMATS.get(zone);
  if (known !== undefined) return known;
  let format: Intl.DateTimeFormat;
  try {
    if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(zone)) throw new RangeError("not a zone's name");
    format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
    // Intl takes names in any case, Go as the zone database writes them: those without a capital are none.
    const canonical = format.resolvedOptions().timeZone;
    const isMiswritten = canonical !== zone && canonical.toLowerCase() === zone.toLowerCase();
    if (isMiswritten || !/[A-Z]/.test(zone)) throw new RangeError("not a zone's name");
  } catch (cause) {
    throw unknownZone(zone, cause);
  }
  // Only names that exist are kept, so the map is bounded by the zone database and its spellings.
  if (ZONE_FORMATS.size < 1000) ZONE_FORMATS.set(zone, format);
  return format;
}

function unknownZone(zone: string, cause?: unknown): CelError {
  const message = `no such time zone: ${JSON.stringify(zone.slice(0, 80))}`;
  return new CelError("invalid_argument", message, cause === undefined ? {} : { cause });
}
