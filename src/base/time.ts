import { AmapError } from "./errors/amap-error.ts";

const RFC3339 =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?(?:Z|([+-])([0-9]{2}):([0-9]{2}))$/;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const DAYS_OF_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/**
 * Milliseconds since 1970-01-01T00:00:00Z of an RFC 3339 time, or undefined for anything else. As strict as Go's
 * RFC 3339 reader: capital T and Z, days that exist, offsets below 24 hours, no leap second; up to nine digits of a
 * second's fraction, of which those below a millisecond are dropped.
 * @example
 * ```ts
 * import { parseTime } from "./index.ts";
 * parseTime("1970-01-01T01:00:00.25+01:00"); // 250
 * ```
 */
export function parseTime(rfc3339: string): number | undefined {
  const match = RFC3339.exec(rfc3339);
  if (match === null) return undefined;
  const field = (index: number): number => Number(match[index] ?? 0);
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map(field) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59 || field(9) > 23 || field(10) > 59) return undefined;
  const fractionMs = Number((match[7] ?? "").padEnd(3, "0").slice(0, 3));
  const offsetMinutes = (field(9) * 60 + field(10)) * (match[8] === "-" ? -1 : 1);
  const minutes = hour * 60 + minute - offsetMinutes;
  return daysSinceEpoch(year, month, day) * DAY_MS + minutes * MINUTE_MS + second * 1000 + fractionMs;
}

/**
 * RFC 3339 text in UTC: whole seconds, with three digits of fraction only where the milliseconds are not zero.
 * @throws {AmapError} VALUE_INVALID outside the years 0000 to 9999, or for a fraction of a millisecond
 * @example
 * ```ts
 * import { formatTime } from "./index.ts";
 * formatTime(951_782_400_000); // "2000-02-29T00:00:00Z"
 * ```
 */
export function formatTime(ms: number): string {
  if (!Number.isInteger(ms) || ms < -62_167_219_200_000 || ms > 253_402_300_799_999) {
    throw new AmapError("VALUE_INVALID", `expected milliseconds within the years 0000 to 9999, found ${ms}`);
  }
  return new Date(ms).toISOString().replace(".000Z", "Z");
}

function daysOf(year: number, month: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && isLeap ? 29 : (DAYS_OF_MONTH[month - 1] ?? 0);
}

/** Days of the proleptic Gregorian calendar; years are counted from March, so that the leap day is a year's last. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
