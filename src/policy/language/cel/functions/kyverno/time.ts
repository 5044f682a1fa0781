import { CelError } from "../../error.ts";
import { type CelFunction, celFunction } from "../../function.ts";
import { celTypes } from "../../types.ts";
import { makeTimestamp, timeFields, timestampOfMs } from "../../values/time.ts";
import type { Duration, Timestamp } from "../../values/value.ts";

const { duration, string, timestamp } = celTypes;
const NANOS_PER_SECOND = 1_000_000_000n;
/** Seconds from 0001-01-01T00:00:00Z, where Go begins to count, to 1970. */
const GO_EPOCH_SECONDS = 62_135_596_800n;

/** Minute, hour, day of the month, month and day of the week: the moment's own entry of a crontab, in UTC. */
function toCron(value: Timestamp): string {
  const { minute, hour, day, month, weekday } = timeFields(value, undefined);
  return `${minute} ${hour} ${day} ${month + 1} ${weekday}`;
}

/** As Go's Time.Truncate: multiples are counted from the year 1; a duration that is not positive changes nothing. */
function truncate(value: Timestamp, step: Duration): Timestamp {
  const stepNanos = BigInt(step.seconds) * NANOS_PER_SECOND + BigInt(step.nanos);
  if (stepNanos <= 0n) return value;
  const nanos = (BigInt(value.seconds) + GO_EPOCH_SECONDS) * NANOS_PER_SECOND + BigInt(value.nanos);
  if (nanos < 0n) throw new CelError("overflow", "the timestamp is before the year 1");
  const kept = nanos - (nanos % stepNanos);
  return makeTimestamp(Number(kept / NANOS_PER_SECOND - GO_EPOCH_SECONDS), Number(kept % NANOS_PER_SECOND));
}

/** Kyverno's time library. */
export const KYVERNO_TIME_FUNCTIONS: readonly CelFunction[] = [
  celFunction({
    name: "time.now",
    args: [],
    result: timestamp,
    note: "The time of the evaluation: the same wherever it is asked in one evaluation.",
    example: "time.now() == time.now() && time.now() > timestamp('2020-01-01T00:00:00Z')",
    since: "0.1.0",
    isVolatile: true,
    call: (context) => timestampOfMs(context.now),
  }),
  celFunction({
    name: "time.toCron",
    args: [timestamp],
    result: string,
    note: "The moment as a crontab's five fields, in UTC: minute, hour, day of the month, month, day of the week.",
    example: 'time.toCron(timestamp("2026-01-02T15:30:00Z")) == "30 15 2 1 5"',
    since: "0.2.0",
    call: toCron,
  }),
  celFunction({
    name: "time.truncate",
    args: [timestamp, duration],
    result: timestamp,
    note: "The last multiple of the duration, counted from the year 1, that is not after the moment.",
    example: 'time.truncate(timestamp("2026-01-02T03:45:27Z"), duration("1h")) == timestamp("2026-01-02T03:00:00Z")',
    since: "0.2.0",
    call: truncate,
  }),
];
