/** When a DeletingPolicy runs, as Kyverno 1.19 reads its schedule; all in UTC. */
export interface DeletionSchedule {
  readonly seconds: ReadonlySet<number>;
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly years: ReadonlySet<number>;
  /** Undefined: every day. Of both, either one is enough. */
  readonly daysOfMonth: DaysOfMonth | undefined;
  readonly daysOfWeek: DaysOfWeek | undefined;
}

/** Days of the month that are named. */
export interface DaysOfMonth {
  readonly days: ReadonlySet<number>;
  /** Working days next to these days, within the month. */
  readonly nearest: ReadonlySet<number>;
  readonly isLast: boolean;
  readonly isLastWorkday: boolean;
}

/** Days of the week that are named, 0 for Sunday. */
export interface DaysOfWeek {
  readonly days: ReadonlySet<number>;
  /** Days of the n-th week, from 0: 7 × n + day. */
  readonly nth: ReadonlySet<number>;
  /** Days of the month's last seven days. */
  readonly last: ReadonlySet<number>;
}

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** How a number is written. */
  readonly number: RegExp;
  /** Names that stand for numbers, the first for `min`; a name may be written out. */
  readonly names: readonly string[];
}

const MONTHS = "january february march april may june july august september october november december".split(" ");
const DAYS = "sunday monday tuesday wednesday thursday friday saturday".split(" ");

const SECOND: Field = { name: "second", min: 0, max: 59, number: /^(?:0?[0-9]|[1-5][0-9])$/, names: [] };
const MINUTE: Field = { ...SECOND, name: "minute" };
const HOUR: Field = { name: "hour", min: 0, max: 23, number: /^(?:0?[0-9]|1[0-9]|2[0-3])$/, names: [] };
const DAY: Field = { name: "day of the month", min: 1, max: 31, number: /^(?:0?[1-9]|[12][0-9]|3[01])$/, names: [] };
const MONTH: Field = { name: "month", min: 1, max: 12, number: /^(?:0?[1-9]|1[012])$/, names: MONTHS };
const WEEKDAY: Field = { name: "day of the week", min: 0, max: 6, number: /^0?[0-7]$/, names: DAYS };
const YEAR: Field = { name: "year", min: 1970, max: 2099, number: /^(?:19[789][0-9]|20[0-9]{2})$/, names: [] };

const WORDS: readonly (readonly [word: string, fields: string])[] = [
  ["@yearly", "0 0 0 1 1 * *"],
  ["@annually", "0 0 0 1 1 * *"],
  ["@monthly", "0 0 0 1 * * *"],
  ["@weekly", "0 0 0 * * 0 *"],
  ["@daily", "0 0 0 * * * *"],
  ["@hourly", "0 0 * * * * *"],
];
const MAX_LENGTH = 1_000;

/**
 * A DeletingPolicy's schedule, or what is wrong with it. Other than of cleanup policies, Kyverno reads it when it is
 * installed as it reads it when it runs: five fields, six with a year, or seven with seconds before and a year behind; also
 * `L`, `LW`, `15W`, `5L` and `5#3`; @yearly, @monthly, @weekly, @daily and @hourly, but neither @midnight nor @every.
 */
export function readDeletionSchedule(text: string): DeletionSchedule | { readonly fault: string } {
  if (text.length > MAX_LENGTH) return { fault: `expected at most ${MAX_LENGTH} characters, found ${text.length}` };
  const written = WORDS.reduce((result, [word, fields]) => result.replaceAll(word, fields), text);
  const fields = written.split(/[\t\n\f\r ]+/).filter((field) => field !== "");
  if (fields.length < 5 || fields.length > 7) {
    return { fault: `expected 5 fields such as 0 3 * * mon, 6 with a year or 7 with seconds, found ${fields.length}` };
  }
  try {
    return readFields(fields.length === 7 ? fields : ["0", ...fields]);
  } catch (error) {
    if (error instanceof ScheduleFault) return { fault: error.message };
    throw error;
  }
}

class ScheduleFault extends Error {}

function readFields([
  second = "",
  minute = "",
  hour = "",
  day = "",
  month = "",
  weekday = "",
  year = "*",
]: readonly string[]): DeletionSchedule {
  return {
    seconds: valuesOf(second, SECOND),
    minutes: valuesOf(minute, MINUTE),
    hours: valuesOf(hour, HOUR),
    daysOfMonth: daysOfMonth(day),
    months: valuesOf(month, MONTH),
    daysOfWeek: daysOfWeek(weekday),
    years: valuesOf(year, YEAR),
  };
}

/** What a part of a field says: numbers, all of them, or something that days alone have. */
type Part =
  | { readonly kind: "all" }
  | { readonly kind: "numbers"; readonly numbers: readonly number[] }
  | { readonly kind: "other"; readonly text: string };

function partsOf(text: string, field: Field): readonly Part[] {
  const parts = text.split(",").filter((part) => part !== "");
  if (parts.length === 0) throw new ScheduleFault(`${field.name}: it names nothing`);
  return parts.map((part) => readPart(part.toLowerCase(), field));
}

const PART = /^(?:\*|([0-9a-z]+)(?:-([0-9a-z]+))?)(?:\/([0-9]+))?$/;

function readPart(text: string, field: Field): Part {
  if (text === "*" || text === "?") return { kind: "all" };
  const [found, from, to, step] = PART.exec(text) ?? [];
  const first = from === undefined ? field.min : numberOf(from, field);
  const isOne = from !== undefined && to === undefined && step === undefined;
  const last = to !== undefined ? numberOf(to, field) : isOne ? first : field.max;
  if (found === undefined || first === undefined || last === undefined) return { kind: "other", text };
  const each = step === undefined ? 1 : stepOf(step);
  // As in Kyverno, a range that ends before it begins is refused unless it has a step: then it is empty.
  if ((step === undefined && last < first) || each < 1 || each > field.max) {
    throw new ScheduleFault(
      `${field.name}: expected a range or step within ${field.min} to ${field.max}, found "${text}"`,
    );
  }
  const numbers: number[] = [];
  for (let number = first; number <= last; number += each) numbers.push(number);
  return { kind: "numbers", numbers };
}

function numberOf(text: string, field: Field): number | undefined {
  const named = field.names.findIndex((name) => text === name || text === name.slice(0, 3));
  if (named >= 0) return named + field.min;
  if (!field.number.test(text)) return undefined;
  // Kyverno's library knows no days of the week in two digits, and reads them as Sunday.
  return field === WEEKDAY && (text.length > 1 || text === "7") ? 0 : Number(text);
}

/** Steps are looked up in a table of 0 to 59 and of years; others count as none. */
function stepOf(text: string): number {
  const step = text.length > 4 ? 0 : Number(text);
  const isKnown = (text.length <= 2 && step <= 59) || (text.length === 4 && step >= YEAR.min && step <= YEAR.max);
  return isKnown ? step : 0;
}

function unreadable(text: string, { name, min, max }: Field): ScheduleFault {
  return new ScheduleFault(`${name}: expected *, numbers from ${min} to ${max}, ranges or steps, found "${text}"`);
}

/** Of other fields than days, nothing behind a `*` is looked at. */
function valuesOf(text: string, field: Field): ReadonlySet<number> {
  const values = new Set<number>();
  for (const part of partsOf(text, field)) {
    if (part.kind === "other") throw unreadable(part.text, field);
    if (part.kind === "all") return new Set(range(field));
    for (const number of part.numbers) values.add(number);
  }
  return values;
}

const range = ({ min, max }: Field): readonly number[] =>
  Array.from({ length: max - min + 1 }, (_, index) => min + index);

function daysOfMonth(text: string): DaysOfMonth | undefined {
  const days = new Set<number>();
  const nearest = new Set<number>();
  const words = new Set<string>();
  let isAll = false;
  for (const part of partsOf(text, DAY)) {
    if (part.kind === "all") isAll = true;
    else if (part.kind === "numbers") for (const number of part.numbers) days.add(number);
    else if (part.text === "l" || part.text === "lw") words.add(part.text);
    else nearest.add(numberBefore("w", part.text, DAY));
  }
  return isAll ? undefined : { days, nearest, isLast: words.has("l"), isLastWorkday: words.has("lw") };
}

function daysOfWeek(text: string): DaysOfWeek | undefined {
  const days = new Set<number>();
  const nth = new Set<number>();
  const last = new Set<number>();
  let isAll = false;
  for (const part of partsOf(text, WEEKDAY)) {
    if (part.kind === "all") isAll = true;
    else if (part.kind === "numbers") for (const number of part.numbers) days.add(number);
    else if (part.text.endsWith("l")) last.add(numberBefore("l", part.text, WEEKDAY));
    else {
      const week = /#([1-5])$/.exec(part.text)?.[1] ?? "";
      nth.add(7 * (Number(week) - 1) + numberBefore(`#${week}`, part.text, WEEKDAY));
    }
  }
  return isAll ? undefined : { days, nth, last };
}

/** The number of a day that `ending` stands behind. */
function numberBefore(ending: string, text: string, field: Field): number {
  const number = text.endsWith(ending) ? numberOf(text.slice(0, -ending.length), field) : undefined;
  if (number === undefined) throw unreadable(text, field);
  return number;
}
