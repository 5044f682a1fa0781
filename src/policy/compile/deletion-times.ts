import {
  type DaysOfMonth,
  type DaysOfWeek,
  type DeletionSchedule,
  readDeletionSchedule,
} from "../resource/policies/deletion-schedule.ts";
import type { NextRun } from "./cron-schedule.ts";

const DAY_MS = 86_400_000;

/**
 * When a DeletingPolicy runs for the first time after `afterMs`, in UTC, as Kyverno reckons: of a day of the month and a
 * day of the week that are both named either one is enough; after 2099 nothing runs.
 *
 * @example
 * ```ts
 * import { nextDeletion } from "../index.ts";
 * nextDeletion("0 3 L * ?", 0); // { status: "at", time: 2602800000 }
 * ```
 */
export function nextDeletion(schedule: string, afterMs: number): NextRun {
  const read = readDeletionSchedule(schedule);
  if ("fault" in read) return { status: "never", reason: read.fault };
  const after = Math.max(afterMs, -1);
  const lastYear = Math.max(...read.years);
  for (let day = Math.floor(after / DAY_MS) * DAY_MS; ; day += DAY_MS) {
    const date = new Date(day);
    // Of a time that no date has the year is no number.
    if (!(date.getUTCFullYear() <= lastYear)) break;
    if (!runsOn(read, date)) continue;
    const time = firstTime(read, day, after);
    if (time !== undefined) return { status: "at", time };
  }
  return { status: "never", reason: "there is no such day up to the end of 2099" };
}

function firstTime({ hours, minutes, seconds }: DeletionSchedule, day: number, after: number): number | undefined {
  for (let hour = 0; hour < 24; hour++) {
    if (!hours.has(hour) || day + (hour + 1) * 3_600_000 <= after) continue;
    for (let minute = 0; minute < 60; minute++) {
      if (!minutes.has(minute)) continue;
      for (let second = 0; second < 60; second++) {
        const time = day + ((hour * 60 + minute) * 60 + second) * 1_000;
        if (seconds.has(second) && time > after) return time;
      }
    }
  }
  return undefined;
}

function runsOn({ years, months, daysOfMonth, daysOfWeek }: DeletionSchedule, date: Date): boolean {
  if (!years.has(date.getUTCFullYear()) || !months.has(date.getUTCMonth() + 1)) return false;
  if (daysOfMonth === undefined && daysOfWeek === undefined) return true;
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0));
  return (
    (daysOfMonth !== undefined && isDayOfMonth(daysOfMonth, date, last)) ||
    (daysOfWeek !== undefined && isDayOfWeek(daysOfWeek, date, last.getUTCDate()))
  );
}

function isDayOfMonth({ days, nearest, isLast, isLastWorkday }: DaysOfMonth, date: Date, last: Date): boolean {
  const day = date.getUTCDate();
  const lastDay = last.getUTCDate();
  if (days.has(day) || (isLast && day === lastDay)) return true;
  if (isLastWorkday && day === workdayNextTo(lastDay, last.getUTCDay(), lastDay)) return true;
  const weekdayOf = (other: number): number => (date.getUTCDay() + other - day + 35) % 7;
  return [...nearest].some((other) => other <= lastDay && day === workdayNextTo(other, weekdayOf(other), lastDay));
}

/** Friday for a Saturday and Monday for a Sunday, within the month. */
function workdayNextTo(day: number, weekday: number, lastDay: number): number {
  if (weekday === 6) return day > 1 ? day - 1 : day + 2;
  if (weekday === 0) return day < lastDay ? day + 1 : day - 2;
  return day;
}

function isDayOfWeek({ days, nth, last }: DaysOfWeek, date: Date, lastDay: number): boolean {
  const weekday = date.getUTCDay();
  const day = date.getUTCDate();
  return (
    days.has(weekday) || nth.has(7 * Math.floor((day - 1) / 7) + weekday) || (day > lastDay - 7 && last.has(weekday))
  );
}
