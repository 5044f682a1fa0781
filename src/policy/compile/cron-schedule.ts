import { CRON_FIELDS, type CronField, cronFault, partsOf } from "../resource/kyverno/cron.ts";

/** When something runs, in UTC. */
interface CronSchedule {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
  readonly weekdays: ReadonlySet<number>;
  /** Whether the field says `*`: of two that do not, either one is enough. */
  readonly isAnyDay: boolean;
  readonly isAnyWeekday: boolean;
}

/** When a schedule runs next. Milliseconds since 1970-01-01T00:00:00Z. */
export type NextRun =
  | { readonly status: "at"; readonly time: number }
  | { readonly status: "never"; readonly reason: string };

const WORDS: ReadonlyMap<string, string> = new Map([
  ["@yearly", "0 0 1 1 *"],
  ["@annually", "0 0 1 1 *"],
  ["@monthly", "0 0 1 * *"],
  ["@weekly", "0 0 * * 0"],
  ["@daily", "0 0 * * *"],
  ["@hourly", "0 * * * *"],
]);

/** Kyverno's schedules end with this year. */
const LAST_YEAR = 2099;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/**
 * When a cleanup policy's schedule runs for the first time after `afterMs`, in UTC, as Kyverno reckons. A schedule is read
 * twice there: what a cluster accepts is not all that runs. `@midnight`, `@every 1h`, steps above a field's largest number
 * and days that no month has are accepted and never run; with both days restricted either one is enough, and `*\/2` of
 * days restricts them. After 2099 nothing runs.
 *
 * @example
 * ```ts
 * import { nextRun } from "../index.ts";
 * nextRun("0 3 * * mon", 0); // { status: "at", time: 356400000 }
 * ```
 */
export function nextRun(schedule: string, afterMs: number): NextRun {
  const read = readSchedule(schedule);
  if ("reason" in read) return { status: "never", reason: read.reason };
  const after = Math.max(afterMs, -1);
  for (let day = Math.floor(after / DAY_MS) * DAY_MS; ; day += DAY_MS) {
    const date = new Date(day);
    // Of a time that no date has the year is no number.
    if (!(date.getUTCFullYear() <= LAST_YEAR)) break;
    if (!read.months.has(date.getUTCMonth() + 1) || !runsOn(read, date)) continue;
    const time = firstTime(read, day, after);
    if (time !== undefined) return { status: "at", time };
  }
  return { status: "never", reason: `there is no such day up to the end of ${LAST_YEAR}` };
}

function runsOn({ days, weekdays, isAnyDay, isAnyWeekday }: CronSchedule, date: Date): boolean {
  if (isAnyDay && isAnyWeekday) return true;
  return (!isAnyDay && days.has(date.getUTCDate())) || (!isAnyWeekday && weekdays.has(date.getUTCDay()));
}

/** The first minute of a day that is later. */
function firstTime({ hours, minutes }: CronSchedule, day: number, after: number): number | undefined {
  for (let minute = 0; minute < DAY_MS / MINUTE_MS; minute++) {
    const time = day + minute * MINUTE_MS;
    if (time > after && hours.has(Math.floor(minute / 60)) && minutes.has(minute % 60)) return time;
  }
  return undefined;
}

/** A schedule as it is read when it is to run, or why it never does. */
function readSchedule(schedule: string): CronSchedule | { readonly reason: string } {
  const fault = cronFault(schedule);
  if (fault !== undefined) return { reason: fault };
  const text = WORDS.get(schedule) ?? schedule;
  if (text.startsWith("@")) return { reason: `Kyverno accepts ${schedule} and does not run it: write five fields` };
  const fields = text.split(/\s+/).filter((field) => field !== "");
  const read: ReadField[] = [];
  for (const [index, field] of CRON_FIELDS.entries()) {
    const found = readField(fields[index] ?? "", field);
    if ("reason" in found) return found;
    read.push(found);
  }
  const [minutes, hours, days, months, weekdays] = read as [ReadField, ReadField, ReadField, ReadField, ReadField];
  return {
    minutes: minutes.values,
    hours: hours.values,
    months: months.values,
    days: days.values,
    weekdays: weekdays.values,
    isAnyDay: days.isAny,
    isAnyWeekday: weekdays.isAny,
  };
}

interface ReadField {
  readonly values: ReadonlySet<number>;
  readonly isAny: boolean;
}

function readField(text: string, field: CronField): ReadField | { readonly reason: string } {
  const parts = partsOf(text).map((part) => ({ part, span: spanOf(part, field) }));
  if (parts.length === 0) return { reason: `${field.name}: it names nothing` };
  const values = new Set<number>();
  let isAny = false;
  const isOfDays = field.name.startsWith("day");
  const refused = parts.find(({ span }) => span === "notRun") ?? parts.find(({ span }) => span === "unknown");
  const all = parts.findIndex(({ part }) => part === "*" || part === "?");
  // Of other fields than days, nothing behind a `*` is looked at.
  const isCovered = !isOfDays && refused?.span === "unknown" && all >= 0 && all < parts.indexOf(refused);
  if (refused !== undefined && !isCovered) {
    return { reason: `${field.name}: Kyverno accepts "${refused.part}" and does not run it` };
  }
  for (const { part, span } of parts) {
    if (typeof span === "string") continue;
    if (part === "*" || part === "?") isAny = true;
    for (let value = span.from; value <= span.to; value += span.step) values.add(value);
  }
  return { values, isAny };
}

interface Span {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** What a part that `cronFault` accepts means when it is to run: of some the form is not known, of some the numbers. */
function spanOf(part: string, field: CronField): Span | "unknown" | "notRun" {
  const { min, max } = field;
  const [range = "", stepText] = part.split("/");
  if (stepText !== undefined && !/^\d+$/.test(stepText)) return "unknown";
  const step = stepText === undefined ? 1 : stepText.length > 2 ? 0 : Number(stepText);
  const steps = (span: Span): Span | "notRun" => (step < 1 || step > max ? "notRun" : span);
  if (range === "*" || (range === "?" && stepText === undefined)) return steps({ from: min, to: max, step });
  const [from, to, ...others] = range.split("-").map((text) => valueOf(text, field));
  if (from === undefined || others.length > 0) return "unknown";
  if (!range.includes("-")) return steps({ from, to: stepText === undefined ? from : max, step });
  if (to === undefined) return "unknown";
  return stepText === undefined && to < from ? "notRun" : steps({ from, to, step });
}

/** A number of at most two digits, or a name. */
function valueOf(text: string, { name, min, max, names }: CronField): number | undefined {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0) return named + (min === 1 ? 1 : 0);
  if (!/^\d{1,2}$/.test(text)) return undefined;
  // Kyverno's library has no days of the week in two digits, and reads them as Sunday.
  const value = name === "day of the week" && text.length === 2 ? 0 : Number(text);
  return value >= min && value <= max ? value : undefined;
}
