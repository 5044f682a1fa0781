import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatTime, parseTime } from "../../base/index.ts";
import { nextRun } from "./cron-schedule.ts";

const at = (text: string): number => parseTime(text) as number;

const RUNS: readonly (readonly [schedule: string, after: string, next: string])[] = [
  ["* * * * *", "2026-11-23T03:00:00Z", "2026-11-23T03:01:00Z"],
  ["* * * * *", "2026-11-23T03:00:59.999Z", "2026-11-23T03:01:00Z"],
  ["*/15 * * * *", "2026-11-23T03:45:00Z", "2026-11-23T04:00:00Z"],
  ["7/20 * * * *", "2026-11-23T03:47:00Z", "2026-11-23T04:07:00Z"],
  ["0 3 * * mon-fri", "2026-11-20T03:00:00Z", "2026-11-23T03:00:00Z"],
  ["0 3 * * 1-5/2", "2026-11-23T03:00:00Z", "2026-11-25T03:00:00Z"],
  ["0,,30 0-6/2 1 JAN ?", "2026-11-23T03:00:00Z", "2027-01-01T00:00:00Z"],
  ["59 23 31 12 *", "2026-12-31T23:59:00Z", "2027-12-31T23:59:00Z"],
  ["0 0 29 2 *", "2026-11-23T03:00:00Z", "2028-02-29T00:00:00Z"],
  ["0 0 31 4,6,12 *", "2026-11-23T03:00:00Z", "2026-12-31T00:00:00Z"],
  ["@yearly", "2026-11-23T03:00:00Z", "2027-01-01T00:00:00Z"],
  ["@annually", "2026-11-23T03:00:00Z", "2027-01-01T00:00:00Z"],
  ["@monthly", "2026-11-23T03:00:00Z", "2026-12-01T00:00:00Z"],
  ["@weekly", "2026-11-23T03:00:00Z", "2026-11-29T00:00:00Z"],
  ["@daily", "2026-11-23T03:00:00Z", "2026-11-24T00:00:00Z"],
  ["@hourly", "2026-11-23T03:00:00Z", "2026-11-23T04:00:00Z"],
  // The hour that summer time leaves out in many places, and the one that is there twice: UTC has neither.
  ["30 1 * * *", "2026-03-29T00:00:00Z", "2026-03-29T01:30:00Z"],
  ["30 2 * * *", "2026-03-29T00:00:00Z", "2026-03-29T02:30:00Z"],
  ["30 2 * * *", "2026-10-25T02:30:00Z", "2026-10-26T02:30:00Z"],
  // Of two restricted days either one is enough, and a step restricts.
  ["0 0 1 * mon", "2026-11-24T00:00:00Z", "2026-11-30T00:00:00Z"],
  ["0 0 1 * mon", "2026-11-30T00:00:00Z", "2026-12-01T00:00:00Z"],
  ["0 0 */2 * mon", "2026-11-23T00:00:00Z", "2026-11-25T00:00:00Z"],
  ["0 0 *,5 * mon", "2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z"],
  // Days of the week in two digits are Sunday to Kyverno.
  ["0 0 * * 05", "2026-11-23T00:00:00Z", "2026-11-29T00:00:00Z"],
  ["* * * * *", "1969-12-31T12:00:00Z", "1970-01-01T00:00:00Z"],
];
for (const [schedule, after, next] of RUNS) {
  test(`nextRun: ${schedule} after ${after}`, () => {
    const found = nextRun(schedule, at(after));
    assert.equal(found.status === "at" ? formatTime(found.time) : found.reason, next);
  });
}

const NEVER: readonly (readonly [schedule: string, reason: RegExp])[] = [
  ["", /expected 5 fields/],
  ["60 * * * *", /minute: expected/],
  ["@midnight", /Kyverno accepts @midnight and does not run it: write five fields/],
  ["@every 1h", /does not run it/],
  ["*/60 * * * *", /minute: Kyverno accepts "\*\/60" and does not run it/],
  ["007 * * * *", /minute: Kyverno accepts "007"/],
  ["?/5 * * * *", /minute/],
  ["*-5 * * * *", /minute/],
  ["1-2/+3 * * * *", /minute/],
  ["* * , * *", /day of the month: it names nothing/],
  ["* * * * 1-05", /day of the week/],
  ["0 0 30 2 *", /there is no such day up to the end of 2099/],
];
for (const [schedule, reason] of NEVER) {
  test(`nextRun never: ${schedule}`, () => {
    const found = nextRun(schedule, at("2026-11-23T03:00:00Z"));
    assert.match(found.status === "never" ? found.reason : formatTime(found.time), reason);
  });
}

test("nextRun: nothing runs after 2099, and no time is waited for without end", () => {
  assert.equal(nextRun("* * * * *", at("2099-12-31T23:59:00Z")).status, "never");
  assert.equal(nextRun("* * * * *", Number.MAX_SAFE_INTEGER).status, "never");
  assert.equal(nextRun("* * * * *", Number.NaN).status, "never");
});

test("nextRun: it is later, on a whole minute, and the first", () => {
  const field = (max: number, min = 0) => fc.oneof(fc.constant("*"), fc.integer({ min, max }).map(String));
  const schedules = fc.tuple(field(59), field(23), field(28, 1), field(12, 1)).map((fields) => `${fields.join(" ")} *`);
  fc.assert(
    fc.property(schedules, fc.integer({ min: 0, max: 4_000_000_000_000 }), fc.nat(), (schedule, after, part) => {
      const next = nextRun(schedule, after);
      assert.equal(next.status, "at");
      const { time } = next as { time: number };
      assert.ok(time > after && time % 60_000 === 0);
      const between = after + (part % (time - after));
      assert.deepEqual(nextRun(schedule, between), next);
    }),
    { seed: 6, numRuns: 300 },
  );
});
