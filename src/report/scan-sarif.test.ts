import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Component, Severity } from "../metadata/index.ts";
import { encodeScanSarif, type ReportedFinding, type ReportedScan } from "./scan-sarif.ts";

const TIME = "2026-11-22T12:00:00Z";

function find(more: Partial<ReportedFinding> = {}): ReportedFinding {
  return {
    vulnerability: "CVE-2026-1",
    aliases: ["GHSA-1"],
    advisory: "GHSA-1",
    purl: "pkg:npm/left@1.0.0",
    component: "left",
    version: "1.0.0",
    severity: "high",
    score: 7.5,
    fixedVersions: ["1.2.3"],
    summary: "It breaks.",
    statement: null,
    answered: false,
    unmatched: [],
    ...more,
  };
}

const COMPONENT: Component = {
  ref: "left",
  kind: "library",
  name: "left",
  version: "1.0.0",
  purl: "pkg:npm/left@1.0.0",
  licenses: [],
  hashes: [],
  locations: ["/app/my lock#1.json"],
  scope: "production",
};

interface Result {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly level: string;
  readonly locations: readonly [{ readonly physicalLocation: { readonly artifactLocation: { readonly uri: string } } }];
  readonly suppressions: readonly { readonly kind: string; readonly status: string; readonly justification: string }[];
  readonly partialFingerprints: Readonly<Record<string, string>>;
  readonly baselineState?: string;
}

interface Run {
  readonly tool: {
    readonly driver: {
      readonly rules: readonly { readonly id: string; readonly properties: Readonly<Record<string, unknown>> }[];
    };
  };
  readonly invocations: readonly [
    { readonly executionSuccessful: boolean; readonly toolExecutionNotifications: readonly unknown[] },
  ];
  readonly results: readonly Result[];
}

function runOf(findings: readonly ReportedFinding[], more: Partial<ReportedScan> = {}): Run {
  const scan = {
    scanner: { name: "amap", version: "0.1.0", uri: "pkg:npm/amap@0.1.0" },
    database: { uri: "file:advisories", version: "sha256:00", updatedAt: TIME },
    startedAt: TIME,
    finishedAt: TIME,
    findings,
    matchedComponents: 3,
    notLookedAt: [],
  };
  const log = encodeScanSarif({
    scan,
    findings,
    components: [COMPONENT],
    artifact: "shop:1",
    isComplete: true,
    ...more,
  });
  const [run] = (log as unknown as { readonly runs: readonly Run[] }).runs;
  assert.ok(run !== undefined);
  return run;
}

describe("a rule", () => {
  test("is there once for each vulnerability, and results point at theirs", () => {
    const run = runOf([find(), find({ purl: "pkg:npm/b@1" }), find({ vulnerability: "CVE-2026-2", score: 3.1 })]);
    assert.deepEqual(
      run.tool.driver.rules.map(({ id }) => id),
      ["CVE-2026-1", "CVE-2026-2"],
    );
    for (const { ruleId, ruleIndex } of run.results) assert.equal(run.tool.driver.rules[ruleIndex]?.id, ruleId);
  });

  test("has the highest score of its findings", () => {
    const [rule] = runOf([find({ score: 5 }), find({ score: 9.8 })]).tool.driver.rules;
    assert.equal(rule?.properties["security-severity"], "9.8");
  });
});

describe("the level and the score of a severity", () => {
  const rows: readonly [Severity, Severity | undefined, string, string | undefined][] = [
    ["critical", undefined, "error", "9.5"],
    ["high", undefined, "error", "8.0"],
    ["medium", undefined, "warning", "5.5"],
    ["low", undefined, "note", "2.0"],
    ["none", undefined, "note", "0.0"],
    ["unknown", undefined, "error", "8.0"],
    ["unknown", "low", "note", "2.0"],
  ];
  for (const [severity, unknownSeverity, level, score] of rows)
    test(`${severity}, unknown counts as ${unknownSeverity ?? "high"}`, () => {
      const { score: _, ...wordOnly } = find({ severity });
      const run = runOf([wordOnly], unknownSeverity === undefined ? {} : { unknownSeverity });
      assert.equal(run.results[0]?.level, level);
      assert.equal(run.tool.driver.rules[0]?.properties["security-severity"], score);
    });
});

test("an answer of VEX is an accepted suppression; an affected statement is none", () => {
  const statement = {
    status: "not_affected",
    justification: "component_not_present",
    timestamp: TIME,
    author: "me",
    documentId: "https://example.com/vex",
    source: "vex.json",
  } as const;
  const run = runOf([
    find({ statement, answered: true }),
    find({ statement: { ...statement, status: "affected" }, answered: false }),
    find(),
  ]);
  const [answered, affected, open] = run.results.map(({ suppressions }) => suppressions);
  assert.deepEqual(answered, [
    {
      kind: "external",
      status: "accepted",
      justification: `not_affected: component_not_present (me, ${TIME}, https://example.com/vex)`,
    },
  ]);
  assert.deepEqual([affected, open], [[], []]);
});

describe("a location", () => {
  const uriOf = (run: Run): string | undefined => run.results[0]?.locations[0].physicalLocation.artifactLocation.uri;
  test("is the component's file, relative and escaped", () =>
    assert.equal(uriOf(runOf([find()])), "app/my%20lock%231.json"));
  test("is the artifact where no file names it", () =>
    assert.equal(uriOf(runOf([find({ purl: "pkg:npm/other@1" })])), "shop%3A1"));
  test("is never empty", () => assert.equal(uriOf(runOf([find()], { components: [], artifact: "." })), "artifact"));
  test("never leads out of the artifact", () => {
    const components = [{ ...COMPONENT, locations: ["/../../etc/./passwd"] }];
    assert.equal(uriOf(runOf([find()], { components })), "etc/passwd");
  });
});

test("a fingerprint stays the same over versions, and differs between vulnerabilities and packages", () => {
  const printOf = (finding: ReportedFinding): string | undefined =>
    runOf([finding], { components: [] }).results[0]?.partialFingerprints["amapFinding/v1"];
  const own = printOf(find());
  assert.match(own ?? "", /^[0-9a-f]{64}$/);
  assert.equal(printOf(find({ purl: "pkg:npm/left@1.1.0", version: "1.1.0" })), own);
  assert.notEqual(printOf(find({ vulnerability: "CVE-2026-2" })), own);
  assert.notEqual(printOf(find({ purl: "pkg:npm/%40left/left@1.0.0" })), own);
});

test("baselineState is there only where an earlier scan was compared", () => {
  assert.ok(!Object.hasOwn(runOf([find()]).results[0] ?? {}, "baselineState"));
  const states = runOf([find({ isNew: true }), find({ isNew: false })]).results.map(
    ({ baselineState }) => baselineState,
  );
  assert.deepEqual(states, ["new", "unchanged"]);
});

test("a part that was not looked at is told, and the run did not succeed", () => {
  const [invocation] = runOf([], { isComplete: false }).invocations;
  assert.equal(invocation.executionSuccessful, false);
  const [whole] = runOf([]).invocations;
  assert.deepEqual([whole.executionSuccessful, whole.toolExecutionNotifications], [true, []]);
});
