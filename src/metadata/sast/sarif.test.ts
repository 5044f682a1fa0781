import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  encodeUtf8,
  isAmapError,
  LIMITS,
  readJson,
  type Value,
  type ValueObject,
  writeJson,
} from "../../base/index.ts";
import { decodeSarif, readSarif, writeSarifMessage } from "./decode-sarif.ts";
import type { SarifResult } from "./sarif.ts";
import { createSastPredicate, decodeSastPredicate } from "./sast-predicate.ts";
import { summariseSarif } from "./summary.ts";

const RULES = [
  { id: "R1", name: "First", defaultConfiguration: { level: "error" }, properties: { "security-severity": "9.1" } },
  { id: "R2", guid: "AB-1", messageStrings: { m: { text: "{0} of {{1}} {9}" } } },
];
const EXTENSION = {
  name: "more",
  version: "2",
  guid: "E-1",
  rules: [{ id: "X1", defaultConfiguration: { level: "note" } }],
};
const DRIVER = { name: "lint", version: "1", semanticVersion: "1.2.3", rules: RULES };

const logOf = (results: Value, more: ValueObject = {}): ValueObject => ({
  version: "2.1.0",
  runs: [{ tool: { driver: DRIVER, extensions: [EXTENSION] }, results, ...more }],
});

const result = (members: ValueObject): ValueObject => ({ message: { text: "bad" }, ...members });

function firstResult(members: ValueObject, more: ValueObject = {}): SarifResult {
  const decoded = decodeSarif(logOf([result(members)], more));
  assert.ok(decoded.ok, JSON.stringify(decoded));
  const [found] = decoded.value.runs[0]?.results ?? [];
  assert.ok(found !== undefined);
  return found;
}

const issuesOf = (value: Value): readonly string[] => {
  const decoded = decodeSarif(value);
  return decoded.ok ? [] : decoded.issues.map(({ code, path, message }) => `${code} ${path}: ${message}`);
};

function summaryOf(results: Value, more: ValueObject = {}) {
  const decoded = decodeSarif(logOf(results, more));
  assert.ok(decoded.ok, JSON.stringify(decoded));
  return summariseSarif(decoded.value);
}

describe("SARIF: levels and rules", () => {
  const overrides = {
    invocations: [
      {
        executionSuccessful: true,
        ruleConfigurationOverrides: [{ descriptor: { id: "R1" }, configuration: { level: "note" } }],
      },
    ],
  };
  const rows: readonly [string, ValueObject, string, string | undefined, ValueObject?][] = [
    ["its own level", { ruleId: "R1", level: "note" }, "note", "R1"],
    ["the rule's level by id", { ruleId: "R1" }, "error", "R1"],
    ["the rule's level by index", { ruleIndex: 0 }, "error", "R1"],
    ["the index -1 is none", { ruleIndex: -1, ruleId: "R1" }, "error", "R1"],
    ["warning where the rule has none", { ruleId: "R2" }, "warning", "R2"],
    ["warning without any rule", {}, "warning", undefined],
    ["warning for an unknown rule", { ruleId: "other" }, "warning", "other"],
    ["a finer id", { ruleId: "R1/a/b" }, "error", "R1/a/b"],
    ["an extension's rule", { rule: { index: 0, toolComponent: { index: 0 } } }, "note", "X1"],
    ["an extension's rule by ruleIndex", { ruleIndex: 0, rule: { toolComponent: { name: "more" } } }, "note", "X1"],
    ["an extension by guid", { ruleId: "X1", rule: { toolComponent: { guid: "e-1" } } }, "note", "X1"],
    ["a rule by guid", { rule: { guid: "ab-1" } }, "warning", "R2"],
    ["an override of its invocation", { ruleId: "R1", provenance: { invocationIndex: 0 } }, "note", "R1", overrides],
    ["no override without an invocation", { ruleId: "R1" }, "error", "R1", overrides],
    ["what is no failure has none", { ruleId: "R1", kind: "pass" }, "none", "R1"],
  ];
  for (const [name, members, level, ruleId, more] of rows) {
    it(name, () => {
      const found = firstResult(members, more);
      assert.deepEqual([found.level, found.ruleId], [level, ruleId]);
    });
  }
});

describe("SARIF: what is refused", () => {
  const run = { tool: { driver: DRIVER }, results: [] };
  const rows: readonly [string, Value, RegExp][] = [
    ["another version", { version: "2.0.0", runs: [] }, /NOT_SUPPORTED version: .*found "2.0.0"/],
    ["no version", { runs: [] }, /version: expected "2.1.0", found nothing/],
    ["no runs", { version: "2.1.0" }, /runs: expected a list, found nothing/],
    ["no driver", { version: "2.1.0", runs: [{ tool: {} }] }, /runs\[0\].tool.driver: expected an object/],
    ["a driver without name", { version: "2.1.0", runs: [{ tool: { driver: {} } }] }, /driver.name: expected a text/],
    [
      "results elsewhere",
      { version: "2.1.0", runs: [{ ...run, externalPropertyFileReferences: { results: [{}] } }] },
      /NOT_SUPPORTED runs\[0\].externalPropertyFileReferences.results: expected results in the log itself/,
    ],
    ["properties apart", { version: "2.1.0", runs: [], inlineExternalProperties: [{}] }, /NOT_SUPPORTED inline/],
    ["an index beyond the rules", logOf([result({ ruleIndex: 2 })]), /expected a rule of this index/],
    [
      "an id that contradicts the index",
      logOf([result({ ruleIndex: 0, ruleId: "R2" })]),
      /expected the id of the rule/,
    ],
    ["two ids", logOf([result({ ruleId: "R1", rule: { id: "R2" } })]), /expected the result's ruleId/],
    ["two indexes", logOf([result({ ruleIndex: 1, rule: { index: 0 } })]), /expected the result's ruleIndex/],
    ["an unknown extension", logOf([result({ rule: { toolComponent: { name: "no" } } })]), /toolComponent: expected/],
    ["an unknown level", logOf([result({ level: "fatal" })]), /level: expected one of error, warning, note, none/],
    ["a level of what is no failure", logOf([result({ kind: "pass", level: "error" })]), /expected "none"/],
    ["an unknown kind", logOf([result({ kind: "bug" })]), /kind: expected one of/],
    ["no message", logOf([{ ruleId: "R1" }]), /message: expected an object, found nothing/],
    ["a message of Markdown alone", logOf([{ message: { markdown: "x" } }]), /message: expected a text or an id/],
    ["an unknown message", logOf([{ message: { id: "m" }, ruleId: "R1" }]), /message: expected an id of/],
    ["a line 0", logOf([result({ locations: [{ physicalLocation: { region: { startLine: 0 } } }] })]), /from 1 on/],
    ["a suppression without kind", logOf([result({ suppressions: [{}] })]), /kind: expected inSource or external/],
    ["a baseline state", logOf([result({ baselineState: "old" })]), /baselineState: expected one of/],
    ["success unsaid", logOf([], { invocations: [{}] }), /executionSuccessful: expected true or false/],
    ["a time", logOf([], { invocations: [{ executionSuccessful: true, endTimeUtc: "now" }] }), /endTimeUtc/],
    ["CycloneDX", { bomFormat: "CycloneDX" }, /NOT_SUPPORTED : .*found a CycloneDX document/],
    ["Grype", { matches: [] }, /a report of Grype/],
    ["a context that is an object", { "@context": { toString: [] } }, /version: expected/],
  ];
  for (const [name, value, expected] of rows) {
    it(name, () => assert.match(issuesOf(value).join("\n"), expected));
  }

  it("limits runs and results", () => {
    const runs = Array.from({ length: LIMITS.sarifRuns + 1 }, () => run);
    assert.throws(() => decodeSarif({ version: "2.1.0", runs }), { code: "LIMIT_EXCEEDED" });
    const results: readonly Value[] = Array.from({ length: LIMITS.sarifResults + 1 }, () => 0);
    assert.throws(() => decodeSarif(logOf(results)), { code: "LIMIT_EXCEEDED" });
  });
});

describe("SARIF: files", () => {
  const rows: readonly [string, Uint8Array, RegExp][] = [
    ["text", encodeUtf8("hello"), /text that is no JSON/],
    ["text in brackets", encodeUtf8("\n[Test - 1]\nNAME"), /text that is no JSON/],
    ["XML", encodeUtf8("<a/>"), /an XML document/],
    ["nothing", encodeUtf8(" "), /an empty file/],
    ["broken JSON", encodeUtf8('{"version": '), /JSON_INVALID/],
    ["a gzip file", Uint8Array.of(0x1f, 0x8b, 8), /gzip/],
    ["a zip file", encodeUtf8("PK\u0003\u0004"), /zip/],
    ["a tar archive", encodeUtf8(`${"a".repeat(257)}ustar`), /a tar archive/],
  ];
  for (const [name, bytes, expected] of rows) {
    it(`refuses ${name}`, () => {
      const read = readSarif(bytes);
      assert.ok(!read.ok);
      assert.match(read.issues.map(({ code, message }) => `${code} ${message}`).join(), expected);
    });
  }

  it("skips a byte order mark", () => assert.ok(readSarif(encodeUtf8('\uFEFF{"version": "2.1.0", "runs": []}')).ok));

  it("any bytes and any values never crash", () => {
    const attempt = (action: () => unknown): void => {
      try {
        action();
      } catch (error) {
        if (!isAmapError(error)) throw error;
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => attempt(() => readSarif(bytes))));
    const key = fc.constantFrom(
      ..."ruleId rule ruleIndex level kind message text id locations suppressions guid index toolComponent".split(" "),
    );
    const { value } = fc.letrec<{ value: Value }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom<Value>(null, true, 0, -1, 1.5, 2n ** 70n, "", "R1", "error", "fail", "external"),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(key, tie("value"), { maxKeys: 5 }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(key, value), (members) => {
        const decoded = decodeSarif(logOf([members]));
        if (decoded.ok) assert.equal(summariseSarif(decoded.value).runs.length, 1);
      }),
      { numRuns: 300 },
    );
  });
});

describe("SARIF: messages and places", () => {
  it("puts arguments in", () => {
    const { message } = firstResult({ ruleId: "R2", message: { id: "m", arguments: ["{1}", "two"] } });
    assert.equal(writeSarifMessage(message), "{1} of {1} {9}");
  });

  it("limits what comes of it", () => {
    const message = { text: "{0}".repeat(100), arguments: ["x".repeat(LIMITS.sarifMessageCharacters / 50)] };
    assert.throws(() => writeSarifMessage(message), { code: "LIMIT_EXCEEDED" });
  });

  it("reads a place by its index", () => {
    const physicalLocation = { artifactLocation: { index: 0 }, region: { startLine: 7 } };
    const found = firstResult(
      { locations: [{ physicalLocation, logicalLocations: [{ name: "f" }] }] },
      { artifacts: [{ location: { uri: "a.c", uriBaseId: "SRC" } }] },
    );
    assert.deepEqual(found.locations, [{ uri: "a.c", uriBaseId: "SRC", startLine: 7, logicalName: "f" }]);
  });
});

describe("SARIF: summary", () => {
  const SUCCESS = { executionSuccessful: true, endTimeUtc: "2026-01-02T00:00:00Z" };
  const all = [
    result({ ruleId: "R1", baselineState: "new" }),
    result({ ruleId: "R1", baselineState: "absent" }),
    result({ ruleId: "R2", baselineState: "unchanged", suppressions: [{ kind: "external", status: "accepted" }] }),
    result({ ruleId: "R2", baselineState: "updated", suppressions: [{ kind: "external", status: "underReview" }] }),
    result({ ruleId: "R2", kind: "review" }),
    result({ ruleId: "R2", kind: "pass" }),
    result({}),
  ];

  it("counts each result once", () => {
    const { counts, runs, outcome, endedAt } = summaryOf(all, { invocations: [SUCCESS] });
    assert.deepEqual(counts, {
      open: 3,
      suppressed: 1,
      absent: 1,
      undecided: 1,
      other: 1,
      levels: { error: 1, warning: 2, note: 0, none: 0 },
      severities: { critical: 1, high: 0, medium: 0, low: 0, none: 0, unknown: 2 },
      baseline: { new: 1, unchanged: 0, updated: 1, unstated: 1 },
    });
    assert.deepEqual([outcome, endedAt], ["findings", "2026-01-02T00:00:00Z"]);
    assert.deepEqual(runs[0]?.tool, { name: "lint", version: "1.2.3" });
    assert.deepEqual(runs[0]?.rules, [
      { id: "", open: 1, errors: 0, suppressed: 0 },
      { name: "First", securitySeverity: 9.1, id: "R1", open: 1, errors: 1, suppressed: 0 },
      { id: "R2", open: 1, errors: 0, suppressed: 1 },
    ]);
  });

  const bands: readonly [Value, string][] = [
    ["9.0", "critical"],
    ["8.9", "high"],
    [7, "high"],
    ["6.9", "medium"],
    ["4", "medium"],
    ["0.1", "low"],
    ["0.0", "none"],
    ["undefined", "unknown"],
    ["11", "unknown"],
    [-1, "unknown"],
  ];
  for (const [score, band] of bands) {
    it(`security-severity ${writeJson(score)} is ${band}`, () => {
      const rules = [{ id: "R1", properties: { "security-severity": score } }];
      const run = { tool: { driver: { name: "a", rules } }, results: [result({ ruleId: "R1" })] };
      const decoded = decodeSarif({ version: "2.1.0", runs: [run] });
      assert.ok(decoded.ok);
      assert.equal(summariseSarif(decoded.value).counts.severities[band as "low"], 1);
    });
  }

  const failure = {
    executionSuccessful: false,
    exitCode: 3,
    toolExecutionNotifications: [{ level: "error", message: { text: "out of memory" } }],
  };
  const outcomes: readonly [string, Value, ValueObject, string, readonly string[]][] = [
    ["no results of a tool that ran", [], { invocations: [SUCCESS] }, "clean", []],
    ["a failed tool", [], { invocations: [failure] }, "failed", ["lint failed with exit code 3: out of memory"]],
    [
      "a failed tool with findings",
      all,
      { invocations: [SUCCESS, failure] },
      "failed",
      ["lint failed with exit code 3: out of memory"],
    ],
    ["results left out", null, {}, "not-scanned", ["lint states no results, not even an empty list"]],
    ["only suppressed", [all[2] ?? null], {}, "clean", []],
    [
      "only rejected suppressions",
      [result({ suppressions: [{ kind: "inSource", status: "rejected" }] })],
      {},
      "findings",
      [],
    ],
    ["only a review", [result({ kind: "review" })], {}, "undecided", []],
  ];
  for (const [name, results, more, outcome, problems] of outcomes) {
    it(`${name}: ${outcome}`, () => {
      const summary = summaryOf(results, more);
      assert.deepEqual([summary.outcome, summary.runs[0]?.problems], [outcome, problems]);
    });
  }

  it("a log without runs scanned nothing", () => {
    const decoded = decodeSarif({ version: "2.1.0", runs: [] });
    assert.ok(decoded.ok && summariseSarif(decoded.value).outcome === "not-scanned");
  });
});

describe("SAST predicate", () => {
  const bytes = encodeUtf8(writeJson(logOf([result({ ruleId: "R1" }), result({ ruleId: "R2" })])));
  const made = (withLog: boolean): ValueObject => {
    const predicate = createSastPredicate(bytes, { withLog });
    assert.ok(predicate.ok);
    return readJson(writeJson(predicate.value)) as ValueObject;
  };
  const pathsOf = (value: Value): readonly string[] => {
    const decoded = decodeSastPredicate(value);
    return decoded.ok ? [] : decoded.issues.map(({ path }) => path);
  };
  const changed = (predicate: ValueObject, change: (summary: Record<string, Value>) => void): ValueObject => {
    const summary = structuredClone(predicate["summary"]) as Record<string, Value>;
    change(summary);
    return { ...predicate, summary };
  };

  for (const withLog of [true, false]) {
    it(`${withLog ? "with" : "without"} the log comes back whole`, () => {
      const decoded = decodeSastPredicate(made(withLog));
      assert.ok(decoded.ok, JSON.stringify(decoded));
      assert.equal(decoded.value.summary.counts.open, 2);
      assert.equal(decoded.value.log !== undefined, withLog);
    });
  }

  it("a summary that the log does not bear out is refused", () => {
    const other = changed(made(true), (summary) => Object.assign(summary, { endedAt: "2026-01-01T00:00:00Z" }));
    assert.deepEqual(pathsOf(other), ["summary"]);
  });

  it("totals that the runs do not bear out are refused", () => {
    const other = changed(made(false), (summary) => Object.assign(summary["counts"] as object, { suppressed: 1 }));
    assert.deepEqual(pathsOf(other), ["summary.counts"]);
    const clean = changed(made(false), (summary) => Object.assign(summary, { outcome: "clean" }));
    assert.deepEqual(pathsOf(clean), ["summary.outcome"]);
  });

  it("a digest that is none, and no summary", () => {
    const document = { mediaType: "application/sarif+json", digest: { sha256: "00" } };
    assert.deepEqual(pathsOf({ ...made(false), document }), ["document.digest.sha256"]);
    assert.deepEqual(pathsOf({ document }), ["document.digest.sha256", "summary"]);
  });

  it("no predicate of a file that is no SARIF", () =>
    assert.ok(!createSastPredicate(encodeUtf8("{}"), { withLog: true }).ok));
});
