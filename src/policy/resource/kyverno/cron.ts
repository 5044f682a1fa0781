/** One field of a schedule: its name, its bounds, and names that stand for numbers. */
interface CronField {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names: readonly string[];
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const FIELDS: readonly CronField[] = [
  { name: "minute", min: 0, max: 59, names: [] },
  { name: "hour", min: 0, max: 23, names: [] },
  { name: "day of the month", min: 1, max: 31, names: [] },
  { name: "month", min: 1, max: 12, names: MONTHS },
  { name: "day of the week", min: 0, max: 6, names: DAYS },
];

const SHORT_FORMS = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/**
 * What is wrong with a schedule in cron's format, or undefined: five fields (`0 3 * * mon-fri`), or a word such as
 * `@daily`, or `@every 1h30m`.
 */
export function cronFault(schedule: string): string | undefined {
  if (schedule.startsWith("@")) {
    if (SHORT_FORMS.includes(schedule) || /^@every (?:\d+(?:\.\d*)?(?:ns|us|µs|ms|s|m|h))+$/.test(schedule))
      return undefined;
    return `expected one of ${SHORT_FORMS.join(", ")} or @every with a duration`;
  }
  const fields = schedule.split(/\s+/).filter((field) => field !== "");
  if (fields.length !== FIELDS.length) return `expected 5 fields, found ${fields.length}`;
  for (const [index, field] of FIELDS.entries()) {
    for (const part of (fields[index] ?? "").split(",")) {
      if (isCronPart(part, field)) continue;
      return `${field.name}: expected *, numbers from ${field.min} to ${field.max}, ranges or steps, found "${part}"`;
    }
  }
  return undefined;
}

/** `*`, `5`, `1-5`, `mon-fri`, each perhaps with a step: `*\/15`. */
function isCronPart(part: string, field: CronField): boolean {
  const [range = "", step, ...more] = part.split("/");
  if (more.length > 0) return false;
  if (step !== undefined && !/^0*[1-9]\d{0,5}$/.test(step)) return false;
  if (range === "*" || range === "?") return true;
  const [from, to, ...others] = range.split("-").map((text) => numberOf(text, field));
  if (others.length > 0 || from === undefined || Number.isNaN(from)) return false;
  return to === undefined ? range.split("-").length === 1 : from <= to;
}

function numberOf(text: string, { min, max, names }: CronField): number | undefined {
  const named = names.indexOf(text.toLowerCase());
  const value = named < 0 ? Number(/^\d{1,3}$/.test(text) ? text : Number.NaN) : named + (min === 1 ? 1 : 0);
  return value >= min && value <= max ? value : undefined;
}
