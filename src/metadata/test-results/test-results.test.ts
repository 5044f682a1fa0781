import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Decoded, encodeUtf8, isAmapError, readJson, type Value, writeJson } from "../../base/index.ts";
import { decodeJunit } from "./junit.ts";
import { decodeTap } from "./tap.ts";
import type { TestReport } from "./test-report.ts";
import { createTestResult, decodeTestResult, encodeTestResult } from "./test-result.ts";

const CONFIGURATION = [{ uri: "file:ci.yml", digest: {} }];

function reportOf(decoded: Decoded<TestReport>): TestReport {
  assert.ok(decoded.ok, JSON.stringify(decoded));
  return decoded.value;
}

const statusesOf = ({ tests }: TestReport): readonly string[] => tests.map(({ name, status }) => `${name}: ${status}`);
const resultOf = (report: TestReport): string => createTestResult(report, { configuration: CONFIGURATION }).result;

describe("JUnit", () => {
  const rows: readonly [string, string, readonly string[], string, RegExp | undefined][] = [
    [
      "a passing test",
      '<testsuite tests="1" failures="0"><testcase classname="A" name="b"/></testsuite>',
      ["A.b: passed"],
      "PASSED",
      undefined,
    ],
    [
      "a failure",
      '<testsuite failures="1"><testcase name="b"><failure message="x"/></testcase></testsuite>',
      ["b: failed"],
      "FAILED",
      undefined,
    ],
    [
      "an error",
      '<testsuite errors="1"><testcase name="b"><error/></testcase></testsuite>',
      ["b: failed"],
      "FAILED",
      undefined,
    ],
    [
      "a skipped test",
      '<testsuite skipped="1"><testcase name="b"><skipped/></testcase><testcase name="c"/></testsuite>',
      ["b: skipped", "c: passed"],
      "PASSED",
      undefined,
    ],
    [
      "only skipped tests",
      '<testsuite><testcase name="b"><skipped/></testcase></testsuite>',
      ["b: skipped"],
      "WARNED",
      undefined,
    ],
    [
      "a test that was not run",
      '<testsuite tests="1"><testcase name="b" status="notrun"/></testsuite>',
      ["b: skipped"],
      "WARNED",
      undefined,
    ],
    [
      "a status of failure",
      '<testsuite><testcase name="b" status="failed"/></testsuite>',
      ["b: failed"],
      "FAILED",
      undefined,
    ],
    [
      "a second try",
      '<testsuite><testcase name="b"><flakyFailure/></testcase></testsuite>',
      ["b: warned"],
      "WARNED",
      undefined,
    ],
    [
      "nested suites",
      '<testsuites tests="2"><testsuite name="o" tests="2"><testsuite name="i" tests="1"><testcase name="b"/></testsuite><testcase name="c"/></testsuite></testsuites>',
      ["o > i > b: passed", "o > c: passed"],
      "PASSED",
      undefined,
    ],
    ["no test", '<testsuites tests="0"/>', [], "FAILED", undefined],
    [
      "a test that is missing",
      '<testsuite name="s" tests="2"><testcase name="b"/></testsuite>',
      ["s > b: passed"],
      "FAILED",
      /s: it states tests="2", but there are 1/,
    ],
    [
      "a failure that is missing",
      '<testsuite failures="1"><testcase name="b"/></testsuite>',
      ["b: passed"],
      "FAILED",
      /the report: it states failures="1"/,
    ],
    [
      "an error that is missing",
      '<testsuite errors="1"><testcase name="b"/></testsuite>',
      ["b: passed"],
      "FAILED",
      /states errors="1"/,
    ],
    [
      "an error outside any test",
      '<testsuite name="s"><error message="boom"/><testcase name="b"/></testsuite>',
      ["s > b: passed"],
      "FAILED",
      /s: error outside any test: boom/,
    ],
  ];
  for (const [name, xml, tests, result, problem] of rows) {
    it(name, () => {
      const report = reportOf(decodeJunit(xml));
      assert.deepEqual([statusesOf(report), resultOf(report)], [tests, result]);
      if (problem === undefined) assert.deepEqual(report.problems, []);
      else assert.match(report.problems.join(), problem);
    });
  }

  it("reads times and messages", () => {
    const report = reportOf(
      decodeJunit(
        '<testsuite time="1,234.5"><testcase name="b" time="0.25"><failure>first\nsecond</failure></testcase></testsuite>',
      ),
    );
    assert.equal(report.durationSeconds, 1234.5);
    assert.deepEqual(report.tests, [{ name: "b", status: "failed", message: "first", durationSeconds: 0.25 }]);
  });

  const refused: readonly [string, string, RegExp][] = [
    ["another document", "<html/>", /NOT_SUPPORTED.*found html/],
    ["broken XML", "<testsuite>", /XML_INVALID/],
    ["a test without name", "<testsuite><testcase/></testsuite>", /testcase with a name/],
    ["a time", '<testsuite time="soon"/>', /seconds as time/],
  ];
  for (const [name, xml, expected] of refused) {
    it(`refuses ${name}`, () => assert.match(JSON.stringify(decodeJunit(xml)), expected));
  }

  it("limits the nesting", () => {
    const deep = "<testsuite>".repeat(70) + "</testsuite>".repeat(70);
    assert.throws(() => decodeJunit(deep), { code: "LIMIT_EXCEEDED" });
  });
});

describe("TAP", () => {
  const rows: readonly [string, string, readonly string[], string, RegExp | undefined][] = [
    ["passing tests", "TAP version 13\n1..2\nok 1 - a\nok 2 b\n", ["a: passed", "b: passed"], "PASSED", undefined],
    [
      "a plan at the end, no numbers, CRLF",
      "ok - a\r\nok\r\n1..2\r\n",
      ["a: passed", "test 2: passed"],
      "PASSED",
      undefined,
    ],
    ["a failure", "1..1\nnot ok 1 - a\n", ["a: failed"], "FAILED", undefined],
    [
      "what is not done yet",
      "1..2\nnot ok 1 - a # TODO later\nok 2 - b # todo\n",
      ["a: warned", "b: warned"],
      "WARNED",
      undefined,
    ],
    ["a skipped test", "1..2\nok 1 - a # SKIP no net\nok 2 - b\n", ["a: skipped", "b: passed"], "PASSED", undefined],
    ["all skipped", "1..0 # SKIP no database\n", [], "WARNED", undefined],
    ["a hash in the name", "1..1\nok 1 - a \\# SKIP b # time=3.2ms\n", ["a # SKIP b: passed"], "PASSED", undefined],
    [
      "diagnostics, YAML and output",
      "1..2\nhello\nok 1 - a\n  ---\n  x: |\n    not ok 9\n  ...\n# ok\n not ok 7\nok 2 - b\n",
      ["a: passed", "b: passed"],
      "PASSED",
      undefined,
    ],
    [
      "subtests",
      "TAP version 14\n1..1\n# Subtest: p\n    1..2\n    ok 1 - a\n    not ok 2 - b # TODO\nok 1 - p\n",
      ["p: passed", "p > a: passed", "p > b: warned"],
      "WARNED",
      undefined,
    ],
    [
      "subtests of subtests",
      "1..1\n    1..1\n        ok 1 - x\n        1..1\n    ok 1 - y\nok 1 - z\n",
      ["z: passed", "z > y: passed", "z > y > x: passed"],
      "PASSED",
      undefined,
    ],
    [
      "a failure below what is not done yet",
      "1..1\n    1..1\n    not ok 1 - x\nnot ok 1 - z # TODO\n",
      ["z: warned", "z > x: warned"],
      "WARNED",
      undefined,
    ],
    ["no test and no plan", "TAP version 14\n", [], "FAILED", /the report: expected a plan/],
    [
      "a plan of more",
      "1..3\nok 1 - a\nok 2 - b\n",
      ["a: passed", "b: passed"],
      "FAILED",
      /planned are 3 tests, run were 2/,
    ],
    [
      "a plan of fewer",
      "1..1\nok 1 - a\nok 2 - b\n",
      ["a: passed", "b: passed"],
      "FAILED",
      /planned are 1 tests, run were 2.*number 2 is outside/,
    ],
    ["no plan", "ok 1 - a\n", ["a: passed"], "FAILED", /expected a plan such as 1..1, found none/],
    ["two plans", "1..1\nok 1 - a\n1..1\n", ["a: passed"], "FAILED", /line 3: a second plan/],
    [
      "a number twice",
      "1..2\nok 1 - a\nok 1 - b\n",
      ["a: passed", "b: passed"],
      "FAILED",
      /line 3: the test number 1 is there twice/,
    ],
    [
      "a bail-out",
      "1..2\nok 1 - a\nBail out! disk full\nok 2 - b\n",
      ["a: passed"],
      "FAILED",
      /line 3: the run bailed out: disk full/,
    ],
    [
      "a plan before the last test",
      "ok 1 - a\n1..2\nok 2 - b\n",
      ["a: passed", "b: passed"],
      "FAILED",
      /a test after the plan/,
    ],
    [
      "a subtest's plan",
      "1..1\n    1..2\n    ok 1 - x\nok 1 - z\n",
      ["z: passed", "z > x: passed"],
      "FAILED",
      /z: planned are 2 tests, run were 1/,
    ],
    [
      "a failed subtest of a passing test",
      "1..1\n    1..1\n    not ok 1 - x\nok 1 - z\n",
      ["z: passed", "z > x: failed"],
      "FAILED",
      /z passes, but a subtest/,
    ],
    [
      "a subtest without its test",
      "1..0\n# Subtest: p\n    1..1\n    not ok 1 - x\n",
      ["p > x: failed"],
      "FAILED",
      /the end: expected the test that p belongs to/,
    ],
    [
      "a block of YAML without end",
      "1..1\nok 1 - a\n  ---\n  x: 1\n",
      ["a: passed"],
      "FAILED",
      /line 3: a block of YAML has no end/,
    ],
    [
      "strict, and output",
      "TAP version 14\npragma +strict\n1..1\nhello\nok 1 - a\n",
      ["a: passed"],
      "FAILED",
      /line 4: this is no TAP/,
    ],
  ];
  for (const [name, text, tests, result, problem] of rows) {
    it(name, () => {
      const report = reportOf(decodeTap(text));
      assert.deepEqual([statusesOf(report), resultOf(report)], [tests, result]);
      if (problem === undefined) assert.deepEqual(report.problems, []);
      else assert.match(report.problems.join(), problem);
    });
  }

  const refused: readonly [string, string | Uint8Array, RegExp][] = [
    ["no TAP", "hello\n", /NOT_SUPPORTED.*expected TAP/],
    ["other bytes", Uint8Array.of(0xff, 0xfe), /UTF-8/],
    ["another version", "TAP version 15\n1..0\n", /NOT_SUPPORTED.*found 15/],
    ["subtests in braces", "1..1\nok 1 - a {\n", /NOT_SUPPORTED.*braces/],
  ];
  for (const [name, text, expected] of refused) {
    it(`refuses ${name}`, () => assert.match(JSON.stringify(decodeTap(text)), expected));
  }
});

describe("test results", () => {
  it("a name that passed and failed counts as failed", () => {
    const report = reportOf(decodeTap("1..3\nok 1 - a\nnot ok 2 - a\nok 3 - b\n"));
    const { passedTests, failedTests } = createTestResult(report, { configuration: CONFIGURATION });
    assert.deepEqual([passedTests, failedTests], [["b"], ["a"]]);
  });

  it("comes back whole", () => {
    const report = reportOf(decodeTap("1..4\nok 1 - a\nok 2 - b # SKIP\nnot ok 3 - c # TODO\n"));
    const made = createTestResult(report, { configuration: CONFIGURATION, url: "https://ci.example/1" });
    assert.deepEqual(decodeTestResult(readJson(writeJson(encodeTestResult(made)))), { ok: true, value: made });
  });

  const refused: readonly [string, Value, string][] = [
    ["no result", { configuration: [] }, "result"],
    ["no configuration", { result: "PASSED" }, "configuration"],
    ["another result", { result: "OK", configuration: [] }, "result"],
    ["PASSED with a failed test", { result: "PASSED", configuration: [], failedTests: ["a"] }, "result"],
    ["WARNED with a failed test", { result: "WARNED", configuration: [], failedTests: ["a"] }, "result"],
    ["PASSED with a warned test", { result: "PASSED", configuration: [], warnedTests: ["a"] }, "result"],
    ["PASSED with problems", { result: "PASSED", configuration: [], amap: { problems: ["a"] } }, "result"],
    [
      "a test that passed and failed",
      { result: "FAILED", configuration: [], failedTests: ["a"], passedTests: ["a"] },
      "passedTests[0]",
    ],
    ["a list of numbers", { result: "FAILED", configuration: [], failedTests: [1] }, "failedTests[0]"],
  ];
  for (const [name, value, path] of refused) {
    it(`refuses ${name}`, () => {
      const decoded = decodeTestResult(value);
      assert.deepEqual(decoded.ok ? [] : decoded.issues.map((issue) => issue.path), [path]);
    });
  }

  const line = fc.constantFrom(
    ..."1..2|ok 1|not ok 2 - a|ok # SKIP|    ok 1|    1..1|        not ok|  ---|  ...|Bail out!|# Subtest: a|x|".split(
      "|",
    ),
  );

  it("whatever TAP holds: a failure anywhere is never PASSED, and no test is in two lists", () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        const decoded = decodeTap(lines.join("\n"));
        if (!decoded.ok) return;
        const made = createTestResult(decoded.value, { configuration: CONFIGURATION });
        if (decoded.value.tests.some(({ status }) => status === "failed")) assert.equal(made.result, "FAILED");
        const names = [made.passedTests, made.warnedTests, made.failedTests, made.skippedTests].flat();
        assert.equal(new Set(names).size, names.length);
        assert.ok(decodeTestResult(encodeTestResult(made)).ok);
      }),
    );
  });

  it("any bytes never crash", () => {
    const tag = fc.constantFrom(
      ..."<testsuite>|</testsuite>|<testcase name='a'>|</testcase>|<failure/>|x|<error/>".split("|"),
    );
    for (const decode of [decodeJunit, decodeTap]) {
      const attempt = (input: string | Uint8Array): void => {
        try {
          decode(input);
        } catch (error) {
          if (!isAmapError(error)) throw error;
        }
      };
      fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), attempt));
      fc.assert(fc.property(fc.array(tag, { maxLength: 12 }), (parts) => attempt(encodeUtf8(parts.join("")))));
    }
  });
});
