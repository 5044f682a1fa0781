/** A time as Go has it: an instant to the nanosecond, and the offset that it is shown with. */
export interface GoTime {
  /** Whole seconds since 1970-01-01T00:00:00Z, rounded down. */
  readonly seconds: number;
  readonly nanos: number;
  /** Seconds east of Greenwich. */
  readonly offset: number;
}

/** A date and a time of day, as a clock in some place shows them. */
interface Civil {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** From 0, which is Sunday. */
  readonly weekday: number;
}

const NS_PER_SECOND = 1_000_000_000n;
/** Seconds from the year 1, where Go's rounding of times begins, to 1970. */
const YEAR_ONE = 62_135_596_800;
/** Beyond it JavaScript has no calendar (year 275760); far beyond what Kubernetes or a certificate can state. */
const MAX_SECONDS = 8_640_000_000_000;
const MAX_DURATION = 2n ** 63n - 1n;
const MIN_DURATION = -(2n ** 63n);

/** A time in UTC from milliseconds since 1970. */
export function goTimeOfMs(ms: number): GoTime {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: Math.round((ms - seconds * 1000) * 1_000_000), offset: 0 };
}

/** Whether the calendar reaches so far. */
export function isInCalendar({ seconds, offset }: GoTime): boolean {
  return Math.abs(seconds + offset) <= MAX_SECONDS && Math.abs(seconds) <= MAX_SECONDS;
}

/** Seconds since 1970 of a date and time of day in UTC; the day must exist. */
export function secondsOfCivil(civil: Omit<Civil, "weekday">): number {
  const date = new Date(0);
  date.setUTCFullYear(civil.year, civil.month - 1, civil.day);
  return date.getTime() / 1000 + civil.hour * 3600 + civil.minute * 60 + civil.second;
}

/** What a clock shows where the time's offset holds. */
export function civilOf({ seconds, offset }: GoTime): Civil {
  const date = new Date((seconds + offset) * 1000);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    weekday: date.getUTCDay(),
  };
}

/** The number of days of a month (from 1). */
export function daysIn(month: number, year: number): number {
  return new Date(
    secondsOfCivil({ year, month: month + 1, day: 0, hour: 0, minute: 0, second: 0 }) * 1000,
  ).getUTCDate();
}

/** RFC 3339 without a fraction, with the time's own offset; a year outside 0 to 9999 has as many digits as it needs. */
export function formatRfc3339(time: GoTime): string {
  const { year, month, day, hour, minute, second } = civilOf(time);
  const date = `${year < 0 ? "-" : ""}${padded(Math.abs(year), 4)}-${padded(month, 2)}-${padded(day, 2)}`;
  return `${date}T${padded(hour, 2)}:${padded(minute, 2)}:${padded(second, 2)}${formatOffset(time.offset)}`;
}

function formatOffset(offset: number): string {
  if (offset === 0) return "Z";
  const minutes = Math.trunc(offset / 60);
  const size = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${padded(Math.floor(size / 60), 2)}:${padded(size % 60, 2)}`;
}

function padded(value: number, width: number): string {
  return String(value).padStart(width, "0");
}

/** Nanoseconds from one time to another, at most what 64 bits hold. */
export function nanosBetween(from: GoTime, to: GoTime): bigint {
  const ns = nanosOf(to) - nanosOf(from);
  return ns > MAX_DURATION ? MAX_DURATION : ns < MIN_DURATION ? MIN_DURATION : ns;
}

/** The time so many nanoseconds later, with the same offset. */
export function addNanos(time: GoTime, ns: bigint): GoTime {
  return timeOfNanos(nanosOf(time) + ns, time.offset);
}

/** The time rounded down to a multiple of a duration since the year 1; itself for a duration that is not positive. */
export function truncateTime(time: GoTime, ns: bigint): GoTime {
  if (ns <= 0n) return time;
  const since = nanosOf(time) + BigInt(YEAR_ONE) * NS_PER_SECOND;
  const rest = ((since % ns) + ns) % ns;
  return addNanos(time, -rest);
}

function nanosOf({ seconds, nanos }: GoTime): bigint {
  return BigInt(seconds) * NS_PER_SECOND + BigInt(nanos);
}

function timeOfNanos(ns: bigint, offset: number): GoTime {
  const nanos = ((ns % NS_PER_SECOND) + NS_PER_SECOND) % NS_PER_SECOND;
  return { seconds: Number((ns - nanos) / NS_PER_SECOND), nanos: Number(nanos), offset };
}
