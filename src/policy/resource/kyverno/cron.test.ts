import assert from "node:assert/strict";
import { test } from "node:test";
import { cronFault } from "./cron.ts";

const GOOD = [
  "* * * * *",
  "*/5 * * * *",
  "0 3 * * mon-fri",
  "0,30 0-6/2 1 JAN ?",
  "59 23 31 12 6",
  "@daily",
  "@every 1h30m",
  "1,,2 * * * *",
  "*-x * * * *",
  "+5 007 * * *",
];
for (const schedule of GOOD) test(`cronFault: ${schedule}`, () => assert.equal(cronFault(schedule), undefined));

const EXPECTED_WORD =
  "expected one of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly or @every with a duration";
const BAD: readonly (readonly [string, string])[] = [
  ["", "expected 5 fields, found 0"],
  ["* * * *", "expected 5 fields, found 4"],
  ["0 * * * * *", "expected 5 fields, found 6"],
  ["60 * * * *", 'minute: expected *, numbers from 0 to 59, ranges or steps, found "60"'],
  ["* 5-1 * * *", 'hour: expected *, numbers from 0 to 23, ranges or steps, found "5-1"'],
  ["* * 0 * *", 'day of the month: expected *, numbers from 1 to 31, ranges or steps, found "0"'],
  ["* * * mon *", 'month: expected *, numbers from 1 to 12, ranges or steps, found "mon"'],
  ["* * * * 7", 'day of the week: expected *, numbers from 0 to 6, ranges or steps, found "7"'],
  ["*/0 * * * *", 'minute: expected *, numbers from 0 to 59, ranges or steps, found "*/0"'],
  ["@every soon", EXPECTED_WORD],
  ["1-x * * * *", 'minute: expected *, numbers from 0 to 59, ranges or steps, found "1-x"'],
  ["@often", EXPECTED_WORD],
];
for (const [schedule, fault] of BAD) test(`cronFault: ${schedule}`, () => assert.equal(cronFault(schedule), fault));
