import { type LayoutElement, type LayoutKind, nextElement } from "./go-layout.ts";

/** What has been read of a time. */
export interface TimeFields {
  year: number;
  month: number | undefined;
  day: number | undefined;
  yearDay: number | undefined;
  hour: number;
  minute: number;
  second: number;
  nanos: number;
  /** Marks of the half of the day; a layout may have several. */
  isMorning: boolean;
  isAfternoon: boolean;
  isUtc: boolean;
  /** Seconds east of Greenwich. */
  offset: number | undefined;
  zoneName: string;
}

/** The element in front of a text: what is left, undefined where it is not there, or what is out of range. */
type Reading = string | undefined | { readonly outOfRange: string };

type Reader = (fields: TimeFields, value: string, element: LayoutElement, layoutRest: string) => Reading;

const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const short = (names: readonly string[]): readonly string[] => names.map((name) => name.slice(0, 3));

const READERS: Readonly<Record<LayoutKind, Reader>> = {
  year2: readShortYear,
  year4: readYear,
  monthShort: monthReader(short(MONTHS)),
  monthLong: monthReader(MONTHS),
  month: numberReader((fields, month) => {
    fields.month = month;
    return month >= 1 && month <= 12 ? undefined : "month";
  }),
  weekdayShort: (_, value) => afterName(short(WEEKDAYS), value)?.rest,
  weekdayLong: (_, value) => afterName(WEEKDAYS, value)?.rest,
  day: numberReader((fields, day) => {
    fields.day = day;
    return undefined;
  }),
  yearDay: readYearDay,
  hour24: numberReader((fields, hour) => {
    fields.hour = hour;
    return hour < 24 ? undefined : "hour";
  }),
  hour12: numberReader((fields, hour) => {
    fields.hour = hour;
    return hour <= 12 ? undefined : "hour";
  }),
  minute: numberReader((fields, minute) => {
    fields.minute = minute;
    return minute < 60 ? undefined : "minute";
  }),
  second: readSecond,
  upperNoon: noonReader("AM", "PM"),
  lowerNoon: noonReader("am", "pm"),
  zoneName: readZoneName,
  offset: readOffset,
  fractionExact: (fields, value, { text }) => readFraction(fields, value, text.length),
  fractionAny: (fields, value) => {
    const length = /^[.,][0-9]+/.exec(value)?.[0].length;
    return length === undefined ? value : readFraction(fields, value, length);
  },
};

/** Reads one element; `layoutRest` is what follows it in the layout. */
export function readElement(fields: TimeFields, value: string, element: LayoutElement, layoutRest: string): Reading {
  return READERS[element.kind](fields, value, element, layoutRest);
}

/** A number of one or two digits; of two when the layout has two. */
function numberReader(set: (fields: TimeFields, value: number) => string | undefined): Reader {
  return (fields, value, { isPadded, isSpaced }) => {
    const text = isSpaced && value.startsWith(" ") ? value.slice(1) : value;
    const [digits] = (isPadded ? /^[0-9]{2}/ : /^[0-9]{1,2}/).exec(text) ?? [];
    if (digits === undefined) return undefined;
    const outOfRange = set(fields, Number(digits));
    return outOfRange === undefined ? text.slice(digits.length) : { outOfRange };
  };
}

function readYearDay(fields: TimeFields, value: string, { isPadded, isSpaced }: LayoutElement): Reading {
  const text = isSpaced ? value.replace(/^ {1,2}/, "") : value;
  const [digits] = (isPadded ? /^[0-9]{3}/ : /^[0-9]{1,3}/).exec(text) ?? [];
  if (digits === undefined) return undefined;
  fields.yearDay = Number(digits);
  return text.slice(digits.length);
}

/** Digits, maybe with a sign, maybe none: what Go's reader of numbers takes. */
function integerOf(text: string): number | undefined {
  return /^[+-]?[0-9]*$/.test(text) ? Number.parseInt(text, 10) || 0 : undefined;
}

function readShortYear(fields: TimeFields, value: string): Reading {
  const year = value.length < 2 ? undefined : integerOf(value.slice(0, 2));
  if (year === undefined) return undefined;
  fields.year = year + (year >= 69 ? 1900 : 2000);
  return value.slice(2);
}

function readYear(fields: TimeFields, value: string): Reading {
  if (!/^[0-9]{4}/.test(value)) return undefined;
  fields.year = Number(value.slice(0, 4));
  return value.slice(4);
}

function monthReader(names: readonly string[]): Reader {
  return (fields, value) => {
    const found = afterName(names, value);
    if (found !== undefined) fields.month = found.index + 1;
    return found?.rest;
  };
}

/** The name in front of a text, in letters of any case. */
function afterName(
  names: readonly string[],
  value: string,
): { readonly index: number; readonly rest: string } | undefined {
  const index = names.findIndex((name) => value.slice(0, name.length).toLowerCase() === name.toLowerCase());
  return index === -1 ? undefined : { index, rest: value.slice((names[index] as string).length) };
}

/** A fraction behind the seconds is read also where the layout has none. */
function readSecond(fields: TimeFields, value: string, element: LayoutElement, layoutRest: string): Reading {
  const rest = READ_SECOND(fields, value, element, layoutRest);
  const [fraction] = typeof rest === "string" ? (/^[.,][0-9]+/.exec(rest) ?? []) : [];
  if (typeof rest !== "string" || fraction === undefined) return rest;
  const next = nextElement(layoutRest, 0)?.element.kind;
  if (next === "fractionExact" || next === "fractionAny") return rest;
  return readFraction(fields, rest, fraction.length);
}

const READ_SECOND = numberReader((fields, second) => {
  fields.second = second;
  return second < 60 ? undefined : "second";
});

/** So many characters with the point; digits beyond nanoseconds are cut off. */
function readFraction(fields: TimeFields, value: string, length: number): Reading {
  if (value.length < length || !/^[.,]/.test(value)) return undefined;
  const digits = value.slice(1, Math.min(length, 10));
  const number = integerOf(digits);
  if (number === undefined) return undefined;
  if (number < 0) return { outOfRange: "fractional second" };
  fields.nanos = number * 10 ** (9 - digits.length);
  return value.slice(length);
}

function noonReader(am: string, pm: string): Reader {
  return (fields, value) => {
    const found = value.slice(0, 2);
    if (found !== am && found !== pm) return undefined;
    if (found === am) fields.isMorning = true;
    else fields.isAfternoon = true;
    return value.slice(2);
  };
}

/** By the layout's text behind its first character: how the offset is written. */
const OFFSETS: ReadonlyMap<string, RegExp> = new Map([
  ["07:00", /^(.)(..):(..)()/s],
  ["07", /^(.)(..)()()/s],
  ["07:00:00", /^(.)(..):(..):(..)/s],
  ["070000", /^(.)(..)(..)(..)/s],
  ["0700", /^(.)(..)(..)()/s],
]);

function readOffset(fields: TimeFields, value: string, { text }: LayoutElement): Reading {
  if (text.startsWith("Z") && value.startsWith("Z")) {
    fields.isUtc = true;
    return value.slice(1);
  }
  const match = OFFSETS.get(text.slice(1))?.exec(value);
  if (!match) return undefined;
  const [whole, sign, ...parts] = match;
  const bad = parts.findIndex((part) => !/^(?:[0-9]{2})?$/.test(part));
  const [hours = 0, minutes = 0, seconds = 0] = parts.slice(0, bad === -1 ? 3 : bad).map(Number);
  if (seconds > 60) return { outOfRange: "time zone offset second" };
  if (minutes > 60) return { outOfRange: "time zone offset minute" };
  if (hours > 24) return { outOfRange: "time zone offset hour" };
  if (bad !== -1 || (sign !== "+" && sign !== "-")) return undefined;
  fields.offset = (hours * 3600 + minutes * 60 + seconds) * (sign === "-" ? -1 : 1);
  return value.slice(whole.length);
}

/** Zones named in capital letters, `GMT` maybe with hours, or an offset of hours as its own name. */
function readZoneName(fields: TimeFields, value: string): Reading {
  if (value.startsWith("UTC")) {
    fields.isUtc = true;
    return value.slice(3);
  }
  const length = zoneNameLength(value);
  if (length === 0) return undefined;
  fields.zoneName = value.slice(0, length);
  return value.slice(length);
}

function zoneNameLength(value: string): number {
  if (value.length < 3) return 0;
  if (value.startsWith("ChST") || value.startsWith("MeST")) return 4;
  if (value.startsWith("GMT")) return 3 + signedOffsetLength(value.slice(3));
  if (/^[+-]/.test(value)) return signedOffsetLength(value);
  const letters = /^[A-Z]{0,6}/.exec(value)?.[0] ?? "";
  const isKnown =
    letters.length === 3 ||
    (letters.length === 4 && (letters.endsWith("T") || letters === "WITA")) ||
    (letters.length === 5 && letters.endsWith("T"));
  return isKnown ? letters.length : 0;
}

/** `+3`, `-04`: at most 23 hours. */
function signedOffsetLength(value: string): number {
  const [whole, digits] = /^[+-]([0-9]+)/.exec(value) ?? [];
  return whole === undefined || Number(digits) > 23 ? 0 : whole.length;
}
