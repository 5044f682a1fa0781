import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Value } from "../../../../base/index.ts";
import { CountingContext, callJmes, callOrMessage } from "../../../../testing/jmes-call.ts";

const T = "2026-01-02T15:04:05Z";
const RFC3339 = "2006-01-02T15:04:05Z07:00";
const cannot = (text: string, layout: string, found: string, wanted: string): string =>
  `! parsing time "${text}" as "${layout}": cannot parse "${found}" as "${wanted}"`;

// The results are those of Kyverno 1.19.1 (Go 1.26) where the local zone is UTC.
const ROWS: readonly (readonly [name: string, args: readonly Value[], expected: Value])[] = [
  ["time_utc", ["2026-01-02T15:04:05+05:30"], "2026-01-02T09:34:05Z"],
  ["time_utc", ["2026-01-02T15:04:05.999Z"], T],
  ["time_utc", ["2026-01-02T5:04:05,5Z"], "2026-01-02T05:04:05Z"],
  ["time_utc", ["2026-01-02T15:04:05+24:00"], "2026-01-01T15:04:05Z"],
  ["time_utc", ["0000-01-01T00:00:00+01:00"], "-0001-12-31T23:00:00Z"],
  ["time_utc", [""], cannot("", RFC3339, "", "2006")],
  ["time_utc", ["2026-01-02 15:04:05Z"], cannot("2026-01-02 15:04:05Z", RFC3339, " 15:04:05Z", "T")],
  ["time_utc", ["2026-02-30T00:00:00Z"], '! parsing time "2026-02-30T00:00:00Z": day out of range'],
  ["time_utc", ["2026-13-01T00:00:00Z"], '! parsing time "2026-13-01T00:00:00Z": month out of range'],
  ["time_utc", ["2026-01-02T24:00:00Z"], '! parsing time "2026-01-02T24:00:00Z": hour out of range'],
  ["time_utc", ["2026-01-02T15:04:60Z"], '! parsing time "2026-01-02T15:04:60Z": second out of range'],
  [
    "time_utc",
    ["2026-01-02T15:04:05+25:00"],
    '! parsing time "2026-01-02T15:04:05+25:00": time zone offset hour out of range',
  ],
  ["time_utc", ["2026-01-02T15:04:05Zé"], '! parsing time "2026-01-02T15:04:05Z\\xc3\\xa9": extra text: "\\xc3\\xa9"'],
  ["time_add", [T, "3h"], "2026-01-02T18:04:05Z"],
  ["time_add", ["2026-01-02T15:04:05+05:30", "-24h"], "2026-01-01T15:04:05+05:30"],
  ["time_add", ["9999-12-31T23:59:59Z", "1s"], "10000-01-01T00:00:00Z"],
  ["time_add", [T, "1d"], '! time: unknown unit "d" in duration "1d"'],
  ["time_add", [T, "1"], '! time: missing unit in duration "1"'],
  ["time_add", [T, ""], '! time: invalid duration ""'],
  ["time_add", [T, "9999999999h5x"], '! time: invalid duration "9999999999h5x"'],
  ["time_add", [T, "9999999999h"], '! time: invalid duration "9999999999h"'],
  ["time_truncate", [T, "2h"], "2026-01-02T14:00:00Z"],
  ["time_truncate", [T, "168h"], "2025-12-29T00:00:00Z"],
  ["time_truncate", [T, "-1h"], T],
  ["time_truncate", ["0000-05-06T07:08:09.5Z", "7s"], "0000-05-06T07:08:08Z"],
  ["time_diff", [T, "2026-01-02T14:00:00Z"], "-1h4m5s"],
  ["time_diff", ["2026-01-02T15:04:05.0000015Z", T], "-1.5µs"],
  ["time_diff", ["0001-01-01T00:00:00Z", T], "2562047h47m16.854775807s"],
  ["time_before", ["2026-01-02T00:00:00+02:00", "2026-01-02T00:00:00Z"], true],
  ["time_before", [T, T], false],
  ["time_after", ["2026-01-02T15:04:05.000000001Z", T], true],
  ["time_between", [T, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"], true],
  ["time_between", [T, T, "2027-01-01T00:00:00Z"], false],
  ["time_to_cron", ["2026-11-22T23:00:00-08:00"], "0 23 22 11 0"],
  ["time_since", ["", T, "2026-01-02T18:04:05Z"], "3h0m0s"],
  ["time_since", ["2006-01-02", "2026-01-01", "2026-01-02"], "24h0m0s"],
  ["time_since", ["", "2026-11-22T23:59:59Z", ""], "1.25s"],
  ["time_now", [], "2026-11-23T00:00:00Z"],
  ["time_now_utc", [], "2026-11-23T00:00:00Z"],
  ["time_parse", ["1", "1700000000"], "2023-11-14T22:13:20Z"],
  ["time_parse", ["-5", "-1"], "1969-12-31T23:59:59Z"],
  ["time_parse", ["0", "x"], '! strconv.ParseInt: parsing "x": invalid syntax'],
  ["time_parse", ["0", "9223372036854775808"], '! strconv.ParseInt: parsing "9223372036854775808": value out of range'],
  ["time_parse", ["2006", "2026"], "1970-01-01T00:33:46Z"],
  ["time_parse", ["02 Jan 06 15:04 MST", "02 Jan 06 15:04 PST"], "2006-01-02T15:04:00Z"],
  ["time_parse", ["02 Jan 06 15:04 MST", "02 Jan 69 15:04 GMT+3"], "1969-01-02T18:04:00+03:00"],
  ["time_parse", ["Mon Jan 02 15:04:05 -0700 2006", "tue FEB 02 15:04:05 -0700 2006"], "2006-02-02T15:04:05-07:00"],
  ["time_parse", ["01/02/2006 03:04:05 PM", "01/02/2006 12:04:05 AM"], "2006-01-02T00:04:05Z"],
  ["time_parse", ["PM pm", "PM am"], "0000-01-01T12:00:00Z"],
  ["time_parse", ["3:04pm", "3:04pm"], "0000-01-01T15:04:00Z"],
  ["time_parse", ["2006-002", "2024-060"], "2024-02-29T00:00:00Z"],
  ["time_parse", ["2006-__2", "2023-366"], '! parsing time "2023-366": day-of-year out of range'],
  ["time_parse", ["_2006", "_2024"], "2024-01-01T00:00:00Z"],
  ["time_parse", ["Jan _2 15:04:05.000", "Jan 12 15:04:05.123"], "0000-01-12T15:04:05Z"],
  [
    "time_parse",
    ["Jan _2 15:04:05.000", "Jan 12 15:04:05.12"],
    cannot("Jan 12 15:04:05.12", "Jan _2 15:04:05.000", ".12", ".000"),
  ],
  ["time_parse", ["", ""], "0000-01-01T00:00:00Z"],
  ["time_parse", ["MST", "ABCDE"], cannot("ABCDE", "MST", "ABCDE", "MST")],
  ["time_parse", ["2006-01-02T15:04:05-070000", "2026-01-02T15:04:05-010203"], "2026-01-02T15:04:05-01:02"],
];

describe("time functions", () => {
  for (const [name, args, expected] of ROWS) {
    test(`${name}(${JSON.stringify(args).slice(1, -1)})`, () => assert.equal(callOrMessage(name, args), expected));
  }

  test("what is added is the difference", () => {
    // Times before the year 0 and behind the year 9999 can be written, not read.
    const seconds = fc.integer({ min: -50_000_000_000, max: 240_000_000_000 });
    fc.assert(
      fc.property(seconds, fc.integer({ min: -9_000_000_000, max: 9_000_000_000 }), (start, length) => {
        const time = callJmes("time_parse", ["0", String(start)]);
        const later = callJmes("time_add", [time, `${length}s`]);
        assert.equal(callJmes("time_diff", [time, later]), callJmes("add", ["0s", `${length}s`]));
      }),
    );
  });

  test("a truncated time is a multiple, not after the time and nearer than the duration", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -62_000_000_000, max: 250_000_000_000 }),
        fc.integer({ min: 1, max: 1e9 }),
        (at, by) => {
          const time = callJmes("time_parse", ["0", String(at)]) as string;
          const cut = callJmes("time_truncate", [time, `${by}s`]) as string;
          const rest = (Date.parse(time) - Date.parse(cut)) / 1000;
          assert.ok(rest >= 0 && rest < by);
          assert.equal((Date.parse(cut) / 1000 + 62_135_596_800) % by || 0, 0);
        },
      ),
    );
  });

  test("junk is refused, never a crash", () => {
    const part = fc.constantFrom(
      "2006",
      "01",
      "Jan",
      "_2",
      "15",
      "PM",
      "Z07:00",
      "-0700",
      ".000",
      "MST",
      " ",
      "002",
      "é",
      "5",
    );
    const junk = fc.array(fc.oneof(part, fc.string({ maxLength: 3 }))).map((parts) => parts.join(""));
    fc.assert(
      fc.property(junk, junk, (layout, value) => {
        callOrMessage("time_parse", [layout, value]);
        callOrMessage("time_parse", [layout, layout]);
        callOrMessage("time_add", [T, value]);
      }),
      { numRuns: 1_000 },
    );
  });

  test("a long layout takes time that grows with its length", () => {
    const context = new CountingContext();
    const layout = "Janx".repeat(100_000);
    assert.throws(() => callJmes("time_parse", [layout, "x"], context), { code: "EXPRESSION_FAILED" });
    assert.throws(() => callJmes("time_parse", ["5".repeat(100_000), "5".repeat(100_000)], context), /./);
  });
});
