import { parseDurationNs } from "../../../base/index.ts";

/** One field of a schedule: its name, its bounds, and names that stand for numbers. */
export interface CronField {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names: readonly string[];
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** The fields of a schedule, in order. */
export const CRON_FIELDS = [
  { name: "minute", min: 0, max: 59, names: [] },
  { name: "hour", min: 0, max: 23, names: [] },
  { name: "day of the month", min: 1, max: 31, names: [] },
  { name: "month", min: 1, max: 12, names: MONTHS },
  { name: "day of the week", min: 0, max: 6, names: DAYS },
] as const satisfies readonly CronField[];

const SHORT_FORMS = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];
const EVERY = "@every ";

/**
 * What is wrong with a schedule in cron's format, or undefined: five fields (`0 3 * * mon-fri`), or a word such as
 * `@daily`, or `@every 1h30m`. This is what a cluster accepts when a policy is created; Kyverno reads the schedule with
 * another library when it is to run, see `readSchedule`.
 */
export function cronFault(schedule: string): string | undefined {
  if (schedule.startsWith("@")) {
    const isKnown = SHORT_FORMS.includes(schedule) || isEvery(schedule);
    return isKnown ? undefined : `expected one of ${SHORT_FORMS.join(", ")} or @every with a duration`;
  }
  const fields = schedule.split(/\s+/).filter((field) => field !== "");
  if (fields.length !== CRON_FIELDS.length) return `expected 5 fields, found ${fields.length}`;
  for (const [index, field] of CRON_FIELDS.entries()) {
    for (const part of partsOf(fields[index] ?? "")) {
      if (isCronPart(part, field)) continue;
      return `${field.name}: expected *, numbers from ${field.min} to ${field.max}, ranges or steps, found "${part}"`;
    }
  }
  return undefined;
}

function isEvery(schedule: string): boolean {
  return schedule.startsWith(EVERY) && parseDurationNs(schedule.slice(EVERY.length)) !== undefined;
}

/** The parts of a field, which stand between commas; empty ones are passed over. */
export function partsOf(field: string): readonly string[] {
  return field.split(",").filter((part) => part !== "");
}

/** `*`, `5`, `1-5`, `mon-fri`, each perhaps with a step: `*\/15`. */
function isCronPart(part: string, field: CronField): boolean {
  const [range = "", step, ...more] = part.split("/");
  if (more.length > 0) return false;
  if (step !== undefined && !/^\+?0*[1-9]\d{0,17}$/.test(step)) return false;
  // As in Kyverno, what follows `*-` is not looked at.
  if (/^[*?](?:-|$)/.test(range)) return true;
  const [from, to, ...others] = range.split("-").map((text) => numberOf(text, field));
  if (others.length > 0 || from === undefined || Number.isNaN(from)) return false;
  return to === undefined ? range.split("-").length === 1 : from <= to;
}

function numberOf(text: string, { min, max, names }: CronField): number | undefined {
  const named = names.indexOf(text.toLowerCase());
  const value = named < 0 ? Number(/^\+?\d{1,18}$/.test(text) ? text : Number.NaN) : named + (min === 1 ? 1 : 0);
  return value >= min && value <= max ? value : undefined;
}
