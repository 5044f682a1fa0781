import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeUtf8, memberOf, type Value, writeJson } from "../base/index.ts";
import type { ResourceRow, RuleRow } from "./check-report.ts";
import { denialMessage, ruleMessage } from "./denial.ts";
import { encodePolicyReport, RESULTS_DIGEST } from "./policy-report.ts";
import { printable } from "./table.ts";
import { writeText } from "./text.ts";

const UID = "705ab4f5-6393-11e8-b7cc-42010a800002";
const POD = { apiVersion: "v1", kind: "Pod", namespace: "shop", name: "web", uid: UID };
const rowOf = (...rules: readonly RuleRow[]): ResourceRow => ({
  resource: "Pod shop/web",
  allowed: false,
  images: [],
  rules,
});
const rule = (more: Partial<RuleRow> = {}): RuleRow => ({
  policy: "p",
  rule: "r",
  status: "fail",
  message: "no",
  ...more,
});
const at = (value: Value, ...path: readonly string[]): Value | undefined =>
  path.reduce<Value | undefined>(memberOf, value);
const results = (report: Value): readonly Value[] => memberOf(report, "results") as readonly Value[];

describe("encodePolicyReport", () => {
  test("is named by the uid, owned by the resource, and about it", () => {
    const report = encodePolicyReport(POD, rowOf(rule()), "2026-11-22T12:00:00Z");
    assert.deepEqual([at(report, "kind"), at(report, "metadata", "name")], ["PolicyReport", UID]);
    assert.deepEqual(at(report, "metadata", "ownerReferences"), [
      { apiVersion: "v1", kind: "Pod", name: "web", uid: UID },
    ]);
    assert.deepEqual(at(report, "summary"), { pass: 0, fail: 1, warn: 0, error: 0, skip: 0 });
    const { namespace: _, ...node } = { ...POD, kind: "Node" };
    assert.equal(at(encodePolicyReport(node, rowOf(), "2026-11-22T12:00:00Z"), "kind"), "ClusterPolicyReport");
  });

  test("the digest knows no time, and every result", () => {
    const digestOf = (row: ResourceRow, time: string): Value | undefined =>
      at(encodePolicyReport(POD, row, time), "metadata", "annotations", RESULTS_DIGEST);
    const first = digestOf(rowOf(rule()), "2026-11-22T12:00:00Z");
    assert.equal(digestOf(rowOf(rule()), "2026-11-23T12:00:00Z"), first);
    for (const other of [
      rule({ message: "yes" }),
      rule({ status: "error" }),
      rule({ code: "BUG" }),
      rule({ rule: "s" }),
    ]) {
      assert.notEqual(digestOf(rowOf(other), "2026-11-22T12:00:00Z"), first);
    }
  });

  for (const uid of [undefined, "", "../x", "A".repeat(36), "x".repeat(300)]) {
    test(`uid ${JSON.stringify(uid)?.slice(0, 20)}: a name that Kubernetes takes, the same each time`, () => {
      const { uid: _, ...nameless } = POD;
      const resource = uid === undefined ? nameless : { ...nameless, uid };
      const [one, two] = [1, 2].map(() => encodePolicyReport(resource, rowOf(rule()), "2026-11-22T12:00:00Z"));
      assert.match(at(one ?? null, "metadata", "name") as string, /^amap-[0-9a-f]{40}$/);
      assert.deepEqual(one, two);
      const other = encodePolicyReport({ ...resource, name: "other" }, rowOf(rule()), "2026-11-22T12:00:00Z");
      assert.notEqual(at(other, "metadata", "name"), at(one ?? null, "metadata", "name"));
      if (!uid) assert.equal(at(one ?? null, "metadata", "ownerReferences"), undefined);
    });
  }

  test("is bounded, with the failing rules first and all of them counted", () => {
    const rules = [
      ...Array.from({ length: 2_000 }, () => rule({ status: "pass", message: "字".repeat(5_000) })),
      rule({ status: "fail" }),
      rule({ status: "error", code: "FACT_FAILED" }),
    ];
    const report = encodePolicyReport(POD, rowOf(...rules), "2026-11-22T12:00:00Z");
    assert.ok(encodeUtf8(writeJson(report)).length < 400_000);
    assert.deepEqual(
      results(report)
        .slice(0, 3)
        .map((each) => memberOf(each, "result")),
      ["error", "fail", "pass"],
    );
    assert.deepEqual(at(report, "summary"), { pass: 2_000, fail: 1, warn: 0, error: 1, skip: 0 });
  });

  test("hostile text is printable, in names and messages (C17)", () => {
    const hostile = "\u001b]0;x\u0007\u202e<script>\u0000";
    const report = encodePolicyReport(POD, rowOf(rule({ policy: hostile, rule: hostile, message: hostile })), "x");
    const [shown = null] = results(report);
    for (const member of ["policy", "rule", "message"]) {
      const text = memberOf(shown, member) as string;
      assert.equal(text, printable(text));
      assert.match(text, /<script>/);
    }
  });
});

describe("denialMessage", () => {
  const rules: readonly RuleRow[] = [
    rule({ rule: "a", message: "the image is not signed" }),
    rule({ rule: "b", status: "error", code: "REGISTRY_FAILED", message: "it is down" }),
    rule({ rule: "c", status: "pass", message: "fine" }),
  ];

  test("is the rules that do not hold, in the words of the check's table", () => {
    const row = rowOf(...rules);
    assert.equal(
      denialMessage(row),
      "amap denies Pod shop/web\np/a: the image is not signed\np/b: REGISTRY_FAILED: it is down",
    );
    const table = writeText(
      { schema: "amap.check/v1", checkedAt: "", policies: [], allowed: false, resources: [row] },
      { width: 1_000 },
    );
    for (const failing of rules.slice(0, 2)) {
      for (const part of [failing.rule, failing.code ?? "", failing.message ?? ""]) {
        assert.ok(table.includes(part) && ruleMessage(failing).includes(part));
      }
    }
  });

  test("a message cannot add a line (C17)", () => {
    const forged = denialMessage(rowOf(rule({ message: "no\np/forged: pass" })));
    assert.equal(forged.split("\n").length, 2);
  });
});
