import { failed } from "./failure.ts";
import { nextElement } from "./go-layout.ts";
import { byteText, quoteBytes } from "./go-quote.ts";
import { daysIn, type GoTime, secondsOfCivil } from "./go-time.ts";
import { readElement, type TimeFields } from "./go-time-fields.ts";

/** The layout of RFC 3339. */
export const RFC3339 = "2006-01-02T15:04:05Z07:00";

/**
 * Reads a time by a layout as Go's time.Parse does where the local zone is UTC, with its messages.
 * @throws {AmapError} EXPRESSION_FAILED
 * @see https://pkg.go.dev/time#Parse
 */
export function parseGoTime(layoutText: string, text: string): GoTime {
  const layout = byteText(layoutText);
  const value = byteText(text);
  return timeOf(readFields(layout, value), (problem) => failed(`parsing time ${quoteBytes(value)}: ${problem}`));
}

function readFields(layout: string, value: string): TimeFields {
  const fields: TimeFields = {
    year: 0,
    month: undefined,
    day: undefined,
    yearDay: undefined,
    hour: 0,
    minute: 0,
    second: 0,
    nanos: 0,
    isMorning: false,
    isAfternoon: false,
    isUtc: false,
    offset: undefined,
    zoneName: "",
  };
  let from = 0;
  let rest = value;
  const cannotParse = (found: string, wanted: string): Error =>
    failed(
      `parsing time ${quoteBytes(value)} as ${quoteBytes(layout)}: cannot parse ${quoteBytes(found)} as ${quoteBytes(wanted)}`,
    );
  for (;;) {
    const next = nextElement(layout, from);
    const prefix = layout.slice(from, next?.at);
    const skipped = skip(rest, prefix);
    if (!skipped.isComplete) throw cannotParse(skipped.rest, prefix);
    rest = skipped.rest;
    if (next === undefined) break;
    from = next.at + next.element.text.length;
    const reading = readElement(fields, rest, next.element, layout.slice(from));
    if (reading === undefined) throw cannotParse(rest, next.element.text);
    if (typeof reading !== "string")
      throw failed(`parsing time ${quoteBytes(value)}: ${reading.outOfRange} out of range`);
    rest = reading;
  }
  if (rest !== "") throw failed(`parsing time ${quoteBytes(value)}: extra text: ${quoteBytes(rest)}`);
  return fields;
}

/** The value behind a text of the layout, in which a run of spaces stands for any run of spaces, also none at the end. */
function skip(value: string, prefix: string): { readonly isComplete: boolean; readonly rest: string } {
  let at = 0;
  for (let index = 0; index < prefix.length; ) {
    if (prefix[index] === " ") {
      if (at < value.length && value[at] !== " ") return { isComplete: false, rest: value.slice(at) };
      while (prefix[index] === " ") index++;
      while (value[at] === " ") at++;
    } else {
      if (value[at] !== prefix[index]) return { isComplete: false, rest: value.slice(at) };
      index++;
      at++;
    }
  }
  return { isComplete: true, rest: value.slice(at) };
}

type Refuse = (problem: string) => Error;

function timeOf(fields: TimeFields, refuse: Refuse): GoTime {
  const { year, minute, second, nanos } = fields;
  const hour = hourOf(fields);
  const { month, day } = dayOf(fields, refuse);
  if (day < 1 || day > daysIn(month, year)) throw refuse("day out of range");
  const seconds = secondsOfCivil({ year, month, day, hour, minute, second });
  if (fields.isUtc) return { seconds, nanos, offset: 0 };
  if (fields.offset !== undefined) return { seconds: seconds - fields.offset, nanos, offset: fields.offset };
  // A named zone is not known here: its hours count as those of UTC, and `GMT+3` only changes how the time is shown.
  const hours = /^GMT([+-][0-9]+)$/.exec(fields.zoneName)?.[1];
  return { seconds, nanos, offset: hours === undefined ? 0 : Number(hours) * 3600 };
}

function hourOf({ hour, isMorning, isAfternoon }: TimeFields): number {
  if (isAfternoon && hour < 12) return hour + 12;
  return isMorning && hour === 12 ? 0 : hour;
}

/** Month and day, which the day of the year must agree with or gives. */
function dayOf(fields: TimeFields, refuse: Refuse): { readonly month: number; readonly day: number } {
  const { year, yearDay } = fields;
  if (yearDay === undefined) return { month: fields.month ?? 1, day: fields.day ?? 1 };
  const daysOfYear = daysIn(2, year) + 337;
  if (yearDay < 1 || yearDay > daysOfYear) throw refuse("day-of-year out of range");
  let month = 1;
  let day = yearDay;
  while (day > daysIn(month, year)) {
    day -= daysIn(month, year);
    month++;
  }
  if (fields.month !== undefined && fields.month !== month) throw refuse("day-of-year does not match month");
  if (fields.day !== undefined && fields.day !== day) throw refuse("day-of-year does not match day");
  return { month, day };
}
