import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readJson } from "../base/index.ts";
import { type CheckReport, type ImageRow, type ResourceRow, type RuleRow } from "./check-report.ts";
import { writeReportJson } from "./json.ts";
import { writeText } from "./text.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const TIME = "2026-11-22T11:00:00Z";
const HOSTILE = "\u001b[2J\u202e\u009b\u2028x";

const rule = (status: RuleRow["status"], name = "r", message?: string): RuleRow => ({
  policy: "p",
  rule: name,
  status,
  ...(message === undefined ? {} : { message }),
});
const scan = (scanner: string, current = true, findings = 2): ImageRow["scans"][number] => ({
  scanner,
  finishedAt: TIME,
  databaseUpdatedAt: TIME,
  findings,
  current,
  signer: "demo",
});
const image = (more: Partial<ImageRow> = {}): ImageRow => ({
  image: "registry.example/shop",
  digest: DIGEST,
  platforms: 1,
  evidence: [],
  rejected: [],
  sboms: [],
  scans: [],
  findings: {},
  answers: {},
  statementsWithoutEffect: 0,
  ...more,
});
const reportOf = (...resources: readonly Partial<ResourceRow>[]): CheckReport => ({
  schema: "amap.check/v1",
  checkedAt: TIME,
  policies: [],
  allowed: resources.every(({ allowed }) => allowed !== false),
  resources: resources.map((more) => ({ resource: "Pod web", allowed: true, images: [], rules: [], ...more })),
});
const textOf = (...resources: readonly Partial<ResourceRow>[]): string =>
  writeText(reportOf(...resources), { width: 200 });
const metadataOf = (more: Partial<ImageRow>): readonly string[] => {
  const lines = textOf({ images: [image(more)] }).split("\n");
  return lines
    .slice(lines.indexOf("  Metadata") + 1, lines.indexOf("  Attestations"))
    .map((line) => line.trim().replace(/ {2,}/g, " "));
};

describe("the verdict's line", () => {
  const cases: readonly (readonly [name: string, resource: Partial<ResourceRow>, line: string])[] = [
    ["allowed", { rules: [rule("pass")] }, "ALLOWED Pod web"],
    ["denied", { allowed: false, rules: [rule("fail")] }, "DENIED  Pod web"],
    [
      "a rule failed and is not enforced",
      { rules: [rule("fail")] },
      "ALLOWED Pod web (1 rule does not hold and is not enforced)",
    ],
    [
      "so did two, one by an error",
      { rules: [rule("fail"), rule("error"), rule("pass")] },
      "ALLOWED Pod web (2 rules do not hold and are not enforced)",
    ],
    ["a warning and a skipped rule", { rules: [rule("warn"), rule("skip")] }, "ALLOWED Pod web"],
    ["a hostile name (C17)", { resource: `Pod ${HOSTILE}` }, "ALLOWED Pod \\u{1b}[2J\\u{202e}\\u{9b}\\u{2028}x"],
  ];
  for (const [name, resource, line] of cases) {
    test(name, () => assert.equal(textOf(resource).split("\n")[0], line));
  }
});

describe("what is shown of an image's metadata", () => {
  const cases: readonly (readonly [name: string, more: Partial<ImageRow>, lines: readonly string[]])[] = [
    ["nothing", {}, ["none"]],
    ["an SBOM", { sboms: [{ format: "SPDX", specVersion: "2.3", components: 4 }] }, ["SBOM SPDX 2.3, 4 components"]],
    [
      "one scan",
      { scans: [scan("amap")], findings: { high: 2 }, answers: { not_affected: 2 } },
      [`scan amap, finished ${TIME}, database of ${TIME}: 2 high`, "VEX 2 not_affected"],
    ],
    [
      "one scan without findings",
      { scans: [scan("amap", true, 0)] },
      [`scan amap, finished ${TIME}, database of ${TIME}: no findings`, "VEX nothing to answer"],
    ],
    [
      "a superseded scan is not shown",
      { scans: [scan("amap"), scan("amap", false, 9)], findings: { low: 2 }, answers: { fixed: 2 } },
      [`scan amap, finished ${TIME}, database of ${TIME}: 2 low`, "VEX 2 fixed"],
    ],
    [
      "every current scan is shown (finding 15)",
      { scans: [scan("x"), { ...scan("y", true, 3), databaseUpdatedAt: "" }], findings: { critical: 1, low: 3 } },
      [
        `scan x, finished ${TIME}, database of ${TIME}: 2 findings`,
        `scan y, finished ${TIME}, database of unknown age: 3 findings`,
        "findings together: 1 critical, 3 low",
        "VEX nothing to answer",
      ],
    ],
    [
      "one statement without effect (finding 25)",
      { statementsWithoutEffect: 1 },
      ["VEX 1 statement speaks of another product or component and has no effect"],
    ],
    [
      "three of them",
      { statementsWithoutEffect: 3 },
      ["VEX 3 statements speak of another product or component and have no effect"],
    ],
  ];
  for (const [name, more, lines] of cases) {
    test(name, () => assert.deepEqual(metadataOf(more), lines));
  }
});

describe("what is shown of attestations", () => {
  const row = { kind: "attestation", predicateType: "urn:x", signer: "demo", timeSource: "self-asserted" } as const;
  test("the same statement in two forms is one row", () => {
    const evidence = [
      { ...row, form: "tag", manifest: "a" },
      { ...row, form: "referrer", manifest: "b" },
    ];
    const text = textOf({ images: [image({ evidence })] });
    assert.match(text, /verified {2}urn:x {2}by demo {2}\(self-asserted\), referrer and tag\n/);
    assert.equal(text.match(/verified/g)?.length, 1);
  });

  test("another signer is another row", () => {
    const evidence = [
      { ...row, form: "tag", manifest: "a" },
      { ...row, signer: "other", form: "tag", manifest: "b" },
    ];
    assert.equal(textOf({ images: [image({ evidence })] }).match(/verified/g)?.length, 2);
  });

  test("what is rejected has its code and reason; hostile ones are shown as they are (C17)", () => {
    const rejected = [
      { kind: "bundle", code: "SIGNER_UNKNOWN", message: HOSTILE, manifest: "a", predicateType: HOSTILE },
    ];
    const text = textOf({ images: [image({ rejected })] });
    assert.match(text, /rejected .*SIGNER_UNKNOWN {2}\\u\{1b\}\[2J/);
    assert.doesNotMatch(text.replaceAll("\n", ""), /[\p{Cc}\p{Cf}\p{Zl}]/u);
  });

  test("none", () => assert.match(textOf({ images: [image()] }), / {2}Attestations\n {4}none\n/));
});

describe("the rules", () => {
  test("status, name, code and message", () => {
    const rules = [rule("pass", "one"), { ...rule("error", "two", "down"), code: "REGISTRY_FAILED" }];
    assert.match(textOf({ rules }), /pass {3}one\n {4}error {2}two {2}REGISTRY_FAILED: down\n/);
  });

  test("a long message is cut at a word and says so; JSON has all of it", () => {
    const long = "one two three ".repeat(200).trim();
    const text = textOf({ rules: [rule("fail", "long", long)] }).replaceAll(/\s+/g, " ");
    const [, more = "0"] = /… \((\d+) characters more with -o json\)/.exec(text) ?? [];
    assert.ok(Number(more) > 2000 && text.length < 800, text);
    assert.ok(writeReportJson(reportOf({ rules: [rule("fail", "long", long)] })).includes(long));
  });
});

describe("JSON", () => {
  const report = reportOf({ resource: `Pod ${HOSTILE}\u{e0041}`, images: [image({ scans: [scan("ü漢🙂")] })] });
  test("reads back as the same report", () => {
    assert.deepEqual(structuredClone(readJson(writeReportJson(report))), structuredClone(report));
  });

  test("holds no character that drives a terminal (C17)", () => {
    const text = writeReportJson(report);
    assert.ok(text.endsWith("}\n"));
    assert.doesNotMatch(text.replaceAll("\n", ""), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    assert.ok(text.includes("ü漢🙂"));
    assert.ok(text.includes("\\u202e\\u009b\\u2028x\\udb40\\udc41"));
  });
});
