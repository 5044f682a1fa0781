import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isAmapError } from "../../base/index.ts";
import type { Severity } from "../../metadata/index.ts";
import type { ReportedFinding } from "../../report/index.ts";
import { createFakeAdvisoryDatabase } from "../../testing/fake-advisory-database.ts";
import { judgeFindings, refuseBlindGates, type ScanGates } from "./scan-gates.ts";

function find(more: Partial<ReportedFinding> = {}): ReportedFinding {
  return {
    vulnerability: "CVE-2026-1",
    aliases: [],
    advisory: "CVE-2026-1",
    purl: "pkg:npm/left@1.0.0",
    component: "left",
    version: "1.0.0",
    severity: "medium",
    fixedVersions: [],
    statement: null,
    answered: false,
    unmatched: [],
    ...more,
  };
}

const epss = (probability: number): Partial<ReportedFinding> => ({
  epss: { probability, percentile: 0.5, date: "2026-11-22" },
});
const KEV: Partial<ReportedFinding> = { kev: { dateAdded: "2026-11-01", isUsedByRansomware: false } };

const ACCEPTED = {
  decision: 0,
  owner: "shop",
  reason: "r",
  author: "a",
  approvers: [],
  decidedAt: "2026-01-01T00:00:00Z",
  until: "2999-01-01T00:00:00Z",
};

describe("a gate", () => {
  const rows: readonly [string, Partial<ReportedFinding>, ScanGates, readonly string[]][] = [
    ["none stops nothing", { severity: "critical", ...KEV, ...epss(1) }, {}, []],
    ["the severity itself", {}, { failOn: "medium" }, ["--fail-on"]],
    ["a worse one", { severity: "critical" }, { failOn: "medium" }, ["--fail-on"]],
    ["a milder one", { severity: "low" }, { failOn: "medium" }, []],
    ["an unknown one is high", { severity: "unknown" }, { failOn: "high" }, ["--fail-on"]],
    ["an unknown one is not critical", { severity: "unknown" }, { failOn: "critical" }, []],
    ["an unknown one is what is said", { severity: "unknown" }, { failOn: "high", unknownSeverity: "low" }, []],
    [
      "and that may be worse",
      { severity: "unknown" },
      { failOn: "critical", unknownSeverity: "critical" },
      ["--fail-on"],
    ],
    ["known exploited", KEV, { failsOnKev: true }, ["--fail-on-kev"]],
    ["not known exploited", {}, { failsOnKev: true }, []],
    ["as likely", epss(0.1), { failOnEpss: 0.1 }, ["--fail-on-epss"]],
    ["less likely", epss(0.099), { failOnEpss: 0.1 }, []],
    ["no score", {}, { failOnEpss: 0 }, []],
    [
      "several",
      { ...KEV, ...epss(0.5) },
      { failOn: "low", failsOnKev: true, failOnEpss: 0.5 },
      ["--fail-on", "--fail-on-kev", "--fail-on-epss"],
    ],
    ["answered", { ...KEV, ...epss(1), answered: true }, { failOn: "none", failsOnKev: true, failOnEpss: 0 }, []],
    ["a risk that is taken", { ...KEV, ...epss(1), acceptance: ACCEPTED }, { failOn: "none", failsOnKev: true }, []],
    ["known before", { ...KEV, isNew: false }, { failOn: "none", failsOnKev: true }, []],
    ["new", { isNew: true }, { failOn: "none" }, ["--fail-on"]],
  ];
  for (const [name, finding, gates, expected] of rows)
    test(name, () =>
      assert.deepEqual(
        judgeFindings([find(finding)], gates).map(({ gate }) => gate),
        expected,
      ),
    );

  test("counts what it stops", () => {
    const severities: readonly Severity[] = ["critical", "high", "high", "low", "unknown"];
    const [failure] = judgeFindings(
      severities.map((severity) => find({ severity })),
      { failOn: "high" },
    );
    assert.deepEqual([failure?.count, failure?.says], [4, "are high or worse"]);
  });
});

describe("a gate whose facts the database does not have is refused", () => {
  const rows: readonly [ScanGates, RegExp | undefined][] = [
    [{ failOn: "none" }, undefined],
    [{ failsOnKev: false }, undefined],
    [{ failsOnKev: true }, /--fail-on-kev: .* nothing would ever fail/],
    [{ failOnEpss: 0.5 }, /--fail-on-epss: .* nothing would ever fail/],
  ];
  for (const [gates, message] of rows)
    test(JSON.stringify(gates), async () => {
      const bare = await createFakeAdvisoryDatabase().status();
      const filled = {
        ...bare,
        kev: { count: 1, date: "2026-11-01" },
        epss: { count: 1, date: "2026-11-01" },
      };
      refuseBlindGates(filled, gates);
      if (message === undefined) refuseBlindGates(bare, gates);
      else
        assert.throws(
          () => refuseBlindGates(bare, gates),
          (error) => isAmapError(error, "DATABASE_INVALID") && message.test(error.message),
        );
    });
});
