import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { readDeletionSchedule } from "../resource/policies/deletion-schedule.ts";
import { nextDeletion } from "./deletion-times.ts";

/** From a Thursday, at noon. */
const FROM = "2026-01-01T12:00:00Z";

const iso = (time: number): string => new Date(time).toISOString().replace(".000", "");

describe("the schedule of a DeletingPolicy", () => {
  // What Kyverno's own library says of them.
  const runs: readonly (readonly [schedule: string, next: string, from?: string])[] = [
    ["*/5 * * * *", "2026-01-01T12:05:00Z"],
    ["0 3 * * mon", "2026-01-05T03:00:00Z"],
    ["0 3 * * Monday", "2026-01-05T03:00:00Z"],
    ["30 4 15 * *", "2026-01-15T04:30:00Z"],
    ["0 0 1 JULY *", "2026-07-01T00:00:00Z"],
    ["0 0 13 * 5", "2026-01-02T00:00:00Z"],
    ["0 0 * * 7", "2026-01-04T00:00:00Z"],
    ["0 0 L * *", "2026-01-31T00:00:00Z"],
    ["0 0 L 2 ?", "2028-02-29T00:00:00Z", "2027-03-01T00:00:00Z"],
    ["0 0 LW 1 *", "2026-01-30T00:00:00Z"],
    ["0 0 3W 1 *", "2026-01-02T00:00:00Z"],
    ["0 0 1W 8 *", "2026-08-03T00:00:00Z"],
    ["0 0 31W 5 *", "2026-05-29T00:00:00Z"],
    ["0 0 * * 5L", "2026-01-30T00:00:00Z"],
    ["0 0 * * fri#3", "2026-01-16T00:00:00Z"],
    ["0 0 * * 0#5", "2026-03-29T00:00:00Z"],
    ["15,45 8-10/2 * * *", "2026-01-02T08:15:00Z"],
    ["0 0 1 1 * 2030", "2030-01-01T00:00:00Z"],
    ["20 * * * * * *", "2026-01-01T12:00:20Z"],
    ["*/30 0 0 1 1 ? 2027-2029/2", "2027-01-01T00:00:00Z"],
    ["@hourly", "2026-01-01T13:00:00Z"],
    ["@daily", "2026-01-02T00:00:00Z"],
    ["@weekly", "2026-01-04T00:00:00Z"],
    ["@monthly", "2026-02-01T00:00:00Z"],
    ["@yearly", "2027-01-01T00:00:00Z"],
    ["0 12 1 1 *", "2027-01-01T12:00:00Z"],
  ];
  for (const [schedule, next, from = FROM] of runs) {
    it(`${schedule} runs next at ${next}`, () => {
      const found = nextDeletion(schedule, Date.parse(from));
      assert.equal(found.status === "at" ? iso(found.time) : found.reason, next);
    });
  }

  const faults: readonly (readonly [schedule: string, reason: RegExp])[] = [
    ["", /expected 5 fields/],
    ["0 3 * *", /found 4/],
    ["@midnight", /found 1/],
    ["@every 1h", /found 2/],
    ["1 2 3 4 5 2026 7 8", /found 8/],
    ["60 * * * *", /^minute: expected .* from 0 to 59, .* found "60"$/],
    ["* * 0 * *", /^day of the month: /],
    ["* * 32W * *", /^day of the month: /],
    ["* * * 13 *", /^month: /],
    ["* * * * 8", /^day of the week: /],
    ["* * * * 5#6", /^day of the week: /],
    ["* * * * mon-sun", /^day of the week: expected a range/],
    ["*/0 * * * *", /^minute: expected a range or step/],
    ["*/60 * * * *", /^minute: expected a range or step/],
    ["L * * * *", /^minute: /],
    [", * * * *", /^minute: it names nothing$/],
    ["* * * * * 1969", /^year: /],
    ["* ".repeat(600), /at most 1000 characters/],
  ];
  for (const [schedule, reason] of faults) {
    it(`${JSON.stringify(schedule.slice(0, 30))} is refused`, () => {
      const read = readDeletionSchedule(schedule);
      assert.match("fault" in read ? read.fault : "it was read", reason);
      assert.equal(nextDeletion(schedule, 0).status, "never");
    });
  }

  const never = ["0 0 30 2 *", "0 0 1 1 * 2020", "0 0 1 5-2/1 *"];
  for (const schedule of never) {
    it(`${schedule} never runs`, () => {
      assert.equal(nextDeletion(schedule, Date.parse(FROM)).status, "never");
    });
  }

  it("runs later than asked, again and again, and ends whatever is asked", () => {
    const field = fc.constantFrom("*", "0", "1", "5", "*/7", "1-3", "L", "2,4", "x", "5#2", "15W", "?", "2-1/3");
    const schedule = fc.array(field, { minLength: 4, maxLength: 8 }).map((fields) => fields.join(" "));
    const time = fc.oneof(fc.integer({ min: -1e12, max: 5e12 }), fc.constantFrom(Number.NaN, Infinity, -Infinity));
    fc.assert(
      fc.property(schedule, time, (text, after) => {
        const next = nextDeletion(text, after);
        if (next.status === "at") assert.ok(next.time > after && next.time % 1_000 === 0);
      }),
      { numRuns: 60 },
    );
  });
});
