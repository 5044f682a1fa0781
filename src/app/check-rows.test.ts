import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Value } from "../base/index.ts";
import type { RuleResponse } from "../policy/index.ts";
import { attestation, evidenceOf, SIGNATURE } from "../testing/policy-builders.ts";
import { toImageRow, toRuleRow } from "./check-rows.ts";

type Members = { readonly [key: string]: Value };
const TIME = "2026-11-22T11:00:00Z";
const signer = { name: "demo", keyId: "a2V5" };
const finding = (more: Members = {}): Value => ({
  vulnerability: "CVE-2026-0001",
  purl: "pkg:npm/a@1.0.0",
  component: "a",
  version: "1.0.0",
  severity: "high",
  statement: null,
  ...more,
});
const says = (status: string, timestamp = TIME): Members => ({ statement: { status, timestamp } });
const scan = (more: Members = {}): Value => ({
  scanner: { name: "amap", version: "1" },
  database: { updatedAt: TIME },
  startedAt: TIME,
  finishedAt: TIME,
  findings: 3,
  current: true,
  signer,
  ...more,
});
const vexDocument = (id: string, withoutEffect: number): Value => ({ id, author: "a", timestamp: TIME, withoutEffect });
const rowOf = (...facts: readonly Members[]) =>
  toImageRow(
    "shop",
    facts.map((more) => evidenceOf("shop", more)),
  );

describe("findings of several facts about one image (finding 6)", () => {
  const cases: readonly {
    readonly name: string;
    readonly facts: readonly (readonly Value[])[];
    readonly severities: Readonly<Record<string, number>>;
    readonly answers: Readonly<Record<string, number>>;
  }[] = [
    { name: "none", facts: [[]], severities: {}, answers: {} },
    {
      name: "the same one counts once, with the worst severity",
      facts: [[finding({ severity: "low" })], [finding({ severity: "critical" })], [finding({ severity: "medium" })]],
      severities: { critical: 1 },
      answers: { "without statement": 1 },
    },
    {
      name: "unknown stays where only medium is known beside it",
      facts: [[finding({ severity: "unknown" })], [finding({ severity: "medium" })]],
      severities: { unknown: 1 },
      answers: { "without statement": 1 },
    },
    {
      name: "a fact with fewer attestors does not take the statement away",
      facts: [[finding(says("not_affected"))], [finding()]],
      severities: { high: 1 },
      answers: { not_affected: 1 },
    },
    {
      name: "of two statements the newest",
      facts: [[finding(says("affected"))], [finding(says("fixed", "2026-11-22T10:00:00Z"))]],
      severities: { high: 1 },
      answers: { affected: 1 },
    },
    {
      name: "without package URL the component and its version tell two apart",
      facts: [[finding({ purl: "" }), finding({ purl: "", version: "2" }), finding({ purl: "", component: "b" })]],
      severities: { high: 3 },
      answers: { "without statement": 3 },
    },
    {
      name: "a status that is a member of every object",
      facts: [[finding(says("constructor"))]],
      severities: { high: 1 },
      answers: { constructor: 1 },
    },
  ];
  for (const { name, facts, severities, answers } of cases) {
    test(name, () => {
      const row = rowOf(...facts.map((findings) => ({ findings })));
      assert.deepEqual(row.findings, severities);
      assert.deepEqual(row.answers, answers);
    });
  }
});

describe("scans, SBOMs and VEX documents", () => {
  test("one scan in two forms and facts is one; two scanners in the same second are two", () => {
    const other = scan({ scanner: { name: "other", version: "1" } });
    const row = rowOf({ scans: [scan(), scan(), other] }, { scans: [scan()] });
    assert.deepEqual(
      row.scans.map(({ scanner, current, signer: by }) => [scanner, current, by]),
      [
        ["amap", true, "demo"],
        ["other", true, "demo"],
      ],
    );
  });

  test("statements without effect are counted once for each document (finding 25)", () => {
    const [a, b] = [vexDocument("a", 2), vexDocument("b", 1)];
    assert.equal(rowOf({ vex: [a, a, b] }, { vex: [a] }).statementsWithoutEffect, 3);
    assert.equal(rowOf({}).statementsWithoutEffect, 0);
  });
});

describe("what is rejected", () => {
  const foundAt = { form: "referrer", manifest: `sha256:${"b".repeat(64)}`, blob: `sha256:${"c".repeat(64)}` };
  const rejected = (kind: string, code: string): Value => ({ kind, code, message: "m", foundAt });
  const cases: readonly (readonly [name: string, kind: string, code: string, shown: boolean])[] = [
    ["refused for another attestor, accepted for one", "bundle", "SIGNER_UNKNOWN", false],
    ["signed, and cannot be read", "attestation", "DOCUMENT_INVALID", true],
    ["signed, and of a form that amap does not read (C4)", "attestation", "NOT_SUPPORTED", true],
    ["signed, and dated in the future (C6)", "attestation", "EVIDENCE_FROM_THE_FUTURE", true],
  ];
  for (const [name, kind, code, shown] of cases) {
    test(name, () => {
      const accepted = { signatures: [SIGNATURE], attestations: [attestation("urn:x", {}, TIME)] };
      const row = rowOf(accepted, { rejected: [rejected(kind, code)] });
      assert.deepEqual(
        row.rejected.map((each) => each.code),
        shown ? [code] : [],
      );
      assert.equal(row.evidence.length, 2);
    });
  }

  test("counts for nobody", () => {
    const row = rowOf(
      { rejected: [rejected("bundle", "SIGNER_UNKNOWN")] },
      { rejected: [rejected("bundle", "SIGNER_UNKNOWN")] },
    );
    assert.equal(row.rejected.length, 1);
  });
});

describe("toRuleRow", () => {
  const base = { policy: "p", rule: "r" };
  const cases: readonly (readonly [RuleResponse, Readonly<Record<string, string>>])[] = [
    [{ ...base, status: "pass", evidence: [] }, { status: "pass" }],
    [
      { ...base, status: "skip", reason: "why" },
      { status: "skip", message: "why" },
    ],
    [
      { ...base, status: "fail", message: "no", evidence: [] },
      { status: "fail", message: "no" },
    ],
    [
      { ...base, status: "error", code: "REGISTRY_FAILED", message: "1:2: down\n  x" },
      { status: "error", code: "REGISTRY_FAILED", message: "down" },
    ],
    [
      { ...base, status: "error", code: "EXPRESSION_FAILED", message: "1:2: no such key" },
      { status: "error", code: "EXPRESSION_FAILED", message: "1:2: no such key" },
    ],
  ];
  for (const [response, expected] of cases) {
    test(JSON.stringify(expected), () => assert.deepEqual(toRuleRow(response), { ...base, ...expected }));
  }
});
