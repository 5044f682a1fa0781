import { formatDurationNs, parseDurationNs, type Value } from "../../../../base/index.ts";
import { quoteAsGo } from "../../cel/values/text.ts";
import type { JmesFunction } from "../function.ts";
import type { JmesContext } from "../program.ts";
import { STRING, textArgument } from "./arguments.ts";
import { durationFault } from "./duration-fault.ts";
import { callFailed, failed } from "./failure.ts";
import {
  addNanos,
  civilOf,
  formatRfc3339,
  type GoTime,
  goTimeOfMs,
  isInCalendar,
  nanosBetween,
  truncateTime,
} from "./go-time.ts";
import { parseGoTime, RFC3339 } from "./go-time-parse.ts";

const since = "0.2.0";

function timeArgument(name: string, args: readonly Value[], index: number): GoTime {
  return parseGoTime(RFC3339, textArgument(name, args, index));
}

function durationArgument(name: string, args: readonly Value[], index: number): bigint {
  const text = textArgument(name, args, index);
  const ns = parseDurationNs(text);
  if (ns === undefined) throw failed(durationFault(text));
  return ns;
}

/** @throws {AmapError} EXPRESSION_FAILED beyond the calendar */
function show(name: string, time: GoTime): string {
  if (!isInCalendar(time)) throw callFailed(name, "the time is outside the calendar");
  return formatRfc3339(time);
}

function timeSince(args: readonly Value[], context: JmesContext): string {
  const layout = textArgument("time_since", args, 0) || RFC3339;
  const start = parseGoTime(layout, textArgument("time_since", args, 1));
  const end = textArgument("time_since", args, 2);
  const until = end === "" ? goTimeOfMs(context.now) : parseGoTime(layout, end);
  return formatDurationNs(nanosBetween(start, until));
}

const INTEGER = /^[+-]?[0-9]+$/;
const INT64_MAX = 2n ** 63n - 1n;

/** An integer of 64 bits, or Go's words about a text that is none. */
function parseInteger(text: string): bigint | string {
  if (!INTEGER.test(text)) return `strconv.ParseInt: parsing ${quoteAsGo(text)}: invalid syntax`;
  const digits = text.replace(/^[+-]?0*/, "");
  const value = digits.length > 19 ? INT64_MAX + 2n : BigInt(digits || "0");
  const isInside = value <= INT64_MAX || (text.startsWith("-") && value === INT64_MAX + 1n);
  if (!isInside) return `strconv.ParseInt: parsing ${quoteAsGo(text)}: value out of range`;
  return text.startsWith("-") ? -value : value;
}

/** A layout that is a number means seconds since 1970. */
function timeParse(args: readonly Value[]): string {
  const layout = textArgument("time_parse", args, 0);
  const text = textArgument("time_parse", args, 1);
  if (typeof parseInteger(layout) === "string") return show("time_parse", parseGoTime(layout, text));
  const seconds = parseInteger(text);
  if (typeof seconds === "string") throw failed(seconds);
  return show("time_parse", { seconds: Number(seconds), nanos: 0, offset: 0 });
}

function timeToCron(args: readonly Value[]): string {
  const { minute, hour, day, month, weekday } = civilOf(timeArgument("time_to_cron", args, 0));
  return `${minute} ${hour} ${day} ${month} ${weekday}`;
}

/** Kyverno's messages name `time_to_cron` here. */
function timeAdd(args: readonly Value[]): string {
  const time = timeArgument("time_to_cron", args, 0);
  return show("time_add", addNanos(time, durationArgument("time_to_cron", args, 1)));
}

function timeTruncate(args: readonly Value[]): string {
  const time = timeArgument("time_truncate", args, 0);
  return show("time_truncate", truncateTime(time, durationArgument("time_truncate", args, 1)));
}

/** Nanoseconds from the first time of the arguments to the second. */
function between(name: string, args: readonly Value[]): bigint {
  const start = timeArgument(name, args, 0);
  return nanosBetween(start, timeArgument(name, args, 1));
}

function timeBetween(args: readonly Value[]): boolean {
  const [time, start, end] = [0, 1, 2].map((index) => timeArgument("time_between", args, index)) as [
    GoTime,
    GoTime,
    GoTime,
  ];
  return nanosBetween(start, time) > 0n && nanosBetween(time, end) > 0n;
}

/** Kyverno's functions over times. Times are RFC 3339 text; durations are Go's (`1h30m`). */
export const TIME_FUNCTIONS: readonly JmesFunction[] = [
  {
    name: "time_since",
    args: [STRING, STRING, STRING],
    result: "string",
    note: "The duration from the second time to the third, or to now when that is empty; the first argument is their layout in Go's notation, empty for RFC 3339.",
    example: "time_since('', '2026-01-02T15:04:05Z', '2026-01-02T18:04:05Z') == '3h0m0s'",
    since,
    call: timeSince,
  },
  {
    name: "time_now",
    args: [],
    result: "string",
    note: "The time of the evaluation.",
    example: "time_now() == time_now_utc()",
    since,
    call: (_, context) => show("time_now", goTimeOfMs(context.now)),
  },
  {
    name: "time_now_utc",
    args: [],
    result: "string",
    note: "The time of the evaluation in UTC.",
    example: "time_after(time_now_utc(), '2020-01-01T00:00:00Z')",
    since,
    call: (_, context) => show("time_now_utc", goTimeOfMs(context.now)),
  },
  {
    name: "time_to_cron",
    args: [STRING],
    result: "string",
    note: "The schedule of cron for a time: minute, hour, day, month and weekday in its own zone.",
    example: "time_to_cron('2026-01-02T15:04:05Z') == '4 15 2 1 5'",
    since,
    call: timeToCron,
  },
  {
    name: "time_add",
    args: [STRING, STRING],
    result: "string",
    note: "The time a duration later.",
    example: "time_add('2026-01-02T15:04:05Z', '3h') == '2026-01-02T18:04:05Z'",
    since,
    call: timeAdd,
  },
  {
    name: "time_parse",
    args: [STRING, STRING],
    result: "string",
    note: "A time of a layout in Go's notation as RFC 3339; a layout that is a number stands for seconds since 1970.",
    example: "time_parse('02 Jan 2006 15:04', '05 Mar 2026 10:30') == '2026-03-05T10:30:00Z'",
    since,
    call: timeParse,
  },
  {
    name: "time_utc",
    args: [STRING],
    result: "string",
    note: "The time in UTC.",
    example: "time_utc('2026-01-02T15:04:05+05:30') == '2026-01-02T09:34:05Z'",
    since,
    call: (args) => show("time_utc", { ...timeArgument("time_utc", args, 0), offset: 0 }),
  },
  {
    name: "time_diff",
    args: [STRING, STRING],
    result: "string",
    note: "The duration from the first time to the second.",
    example: "time_diff('2026-01-02T15:04:05Z', '2026-01-02T14:00:00Z') == '-1h4m5s'",
    since,
    call: (args) => formatDurationNs(between("time_diff", args)),
  },
  {
    name: "time_before",
    args: [STRING, STRING],
    result: "bool",
    note: "Whether the first time is before the second.",
    example: "time_before('2026-01-02T00:00:00+02:00', '2026-01-02T00:00:00Z')",
    since,
    call: (args) => between("time_before", args) > 0n,
  },
  {
    name: "time_after",
    args: [STRING, STRING],
    result: "bool",
    note: "Whether the first time is after the second.",
    example: "time_after('2026-01-02T00:00:01Z', '2026-01-02T00:00:00Z')",
    since,
    call: (args) => between("time_after", args) < 0n,
  },
  {
    name: "time_between",
    args: [STRING, STRING, STRING],
    result: "bool",
    note: "Whether the first time is after the second and before the third.",
    example: "time_between('2026-06-01T00:00:00Z', '2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z')",
    since,
    call: timeBetween,
  },
  {
    name: "time_truncate",
    args: [STRING, STRING],
    result: "string",
    note: "The time rounded down to a multiple of a duration since the year 1.",
    example: "time_truncate('2026-01-02T15:04:05Z', '2h') == '2026-01-02T14:00:00Z'",
    since,
    call: timeTruncate,
  },
];
