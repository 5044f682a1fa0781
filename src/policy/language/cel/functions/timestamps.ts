import { type CelContext, type CelFunction, celFunction } from "../function.ts";
import { celTypes } from "../types.ts";
import { durationSeconds, type TimeFields, timeFields } from "../values/time.ts";
import type { Duration, Timestamp } from "../values/value.ts";

const { duration, int, string, timestamp } = celTypes;
const since = "0.1.0";

/** Looking into the zone database takes some microseconds. */
const STEPS_PER_ZONE = 100;

/** A calendar field: in UTC, and in a time zone. */
function field(name: string, note: string, example: number, read: (fields: TimeFields) => number): CelFunction[] {
  const call = (value: Timestamp, zone: string, context: CelContext): number => {
    context.charge(STEPS_PER_ZONE);
    return read(timeFields(value, zone));
  };
  const head = { name, receiver: true, result: int, since } as const;
  const time = "timestamp('2026-02-03T04:05:06.789Z')";
  return [
    celFunction({
      ...head,
      args: [timestamp],
      note: `${note}, in UTC.`,
      example: `${time}.${name}() == ${example}`,
      call: (value) => read(timeFields(value, undefined)),
    }),
    celFunction({
      ...head,
      args: [timestamp, string],
      note: `${note}, in a time zone: an IANA name, or an offset such as +02:00.`,
      example: `${time}.${name}('+00:00') == ${example}`,
      call,
    }),
  ];
}

function part(name: string, note: string, example: number, read: (value: Duration) => number): CelFunction {
  return celFunction({
    name,
    receiver: true,
    args: [duration],
    result: int,
    note,
    example: `duration('3661.5s').${name}() == ${example}`,
    since,
    call: read,
  });
}

const milliseconds = (value: Timestamp): number => Math.floor(value.nanos / 1_000_000);

/** In doubles, as Go computes them: of very long durations the last nanoseconds may be rounded up. */
const inUnits = (value: Duration, secondsOfUnit: number): number => {
  const whole = Math.trunc(value.seconds / secondsOfUnit);
  const rest = (value.seconds % secondsOfUnit) * 1_000_000_000 + value.nanos;
  return Math.trunc(whole + rest / (secondsOfUnit * 1_000_000_000)) + 0;
};
const hours = (value: Duration): number => inUnits(value, 3600);
const minutes = (value: Duration): number => inUnits(value, 60);
const seconds = (value: Duration): number => Math.trunc(durationSeconds(value)) + 0;

/** Fields of timestamps and durations, and the time of the evaluation. */
export const TIME_FUNCTIONS = [
  ...field("getFullYear", "The year", 2026, (fields) => fields.year),
  ...field("getMonth", "The month, from 0", 1, (fields) => fields.month),
  ...field("getDayOfYear", "The day of the year, from 0", 33, (fields) => fields.dayOfYear),
  ...field("getDayOfMonth", "The day of the month, from 0", 2, (fields) => fields.day - 1),
  ...field("getDate", "The day of the month, from 1", 3, (fields) => fields.day),
  ...field("getDayOfWeek", "The day of the week, from 0 for Sunday", 2, (fields) => fields.weekday),
  ...field("getHours", "The hour", 4, (fields) => fields.hour),
  ...field("getMinutes", "The minute", 5, (fields) => fields.minute),
  ...field("getSeconds", "The second", 6, (fields) => fields.second),
  celFunction({
    name: "getMilliseconds",
    receiver: true,
    args: [timestamp],
    result: int,
    note: "The milliseconds within the second.",
    example: "timestamp('2026-02-03T04:05:06.789Z').getMilliseconds() == 789",
    since,
    call: milliseconds,
  }),
  celFunction({
    name: "getMilliseconds",
    receiver: true,
    args: [timestamp, string],
    result: int,
    note: "The milliseconds within the second, in a time zone.",
    example: "timestamp('2026-02-03T04:05:06.789Z').getMilliseconds('+01:00') == 789",
    since,
    call: (value, zone, context) => {
      context.charge(STEPS_PER_ZONE);
      // A zone that is not known is an error here too.
      timeFields(value, zone);
      return milliseconds(value);
    },
  }),
  part("getHours", "Whole hours of the duration.", 1, hours),
  part("getMinutes", "Whole minutes of the duration.", 61, minutes),
  part("getSeconds", "Whole seconds of the duration.", 3661, seconds),
  part(
    "getMilliseconds",
    "The milliseconds within the second.",
    500,
    (value) => Math.trunc(value.nanos / 1_000_000) + 0,
  ),
];
