import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Value } from "../base/index.ts";
import { attestation, evidenceOf } from "../testing/policy-builders.ts";
import { repositoryOf, toImageRecord } from "./image-record.ts";

const IMAGE = "registry.example/shop:v1";
const AT = "2026-11-22T12:00:00Z";
const SCAN = "https://cosign.sigstore.dev/attestation/vuln/v1";
const SIGNER = { name: "demo", keyId: "a2V5" };
const placed = (entry: Value, blob: string): Value => ({
  ...(entry as object),
  foundAt: { form: "referrer", manifest: "m", blob },
});
const rejected = (blob: string, more: object = {}): Value =>
  placed(
    {
      kind: "attestation",
      code: "SIGNATURE_INVALID",
      message: "no key fits",
      claims: { predicateType: SCAN },
      ...more,
    },
    blob,
  );
const scanView = (scanner: string, findings: number): Value => ({
  scanner: { name: scanner, version: "1" },
  database: { updatedAt: AT },
  finishedAt: AT,
  findings,
  current: true,
  signer: SIGNER,
});
const finding = (more: { readonly [key: string]: Value } = {}): Value => ({
  vulnerability: "CVE-2026-0001",
  aliases: [],
  purl: "pkg:npm/a@1.0.0",
  component: "a",
  version: "1.0.0",
  severity: "low",
  fixedVersions: [],
  statement: null,
  answered: false,
  unmatched: [],
  ...more,
});
const statement = (timestamp: string, status = "not_affected"): Value => ({
  status,
  timestamp,
  author: "shop",
  documentId: "urn:1",
  signer: SIGNER,
});
const record = (...evidence: readonly Value[]) => {
  const made = toImageRecord(IMAGE, evidence, AT);
  assert.ok(made !== undefined);
  return made;
};

describe("toImageRecord", () => {
  test("a document that one set of attestors verifies and another rejects is verified", () => {
    const yes = evidenceOf(IMAGE, { attestations: [placed(attestation(SCAN, {}, AT), "b")] });
    const no = evidenceOf(IMAGE, { rejected: [rejected("b")] });
    for (const views of [
      [yes, no],
      [no, yes],
    ]) {
      const [document, ...more] = record(...views).documents;
      assert.deepEqual(
        [document?.status, document?.signer, document?.code, more.length],
        ["verified", "demo", undefined, 0],
      );
    }
  });

  test("what nobody verifies stays rejected, with its reason; what cannot be read is unreadable", () => {
    const bad = placed(
      { kind: "scan", code: "DOCUMENT_INVALID", message: "x", predicateType: SCAN, signer: SIGNER },
      "u",
    );
    const { documents } = record(
      evidenceOf(IMAGE, {
        attestations: [placed(attestation(SCAN, {}, AT), "u")],
        unreadable: [bad],
        rejected: [rejected("r")],
      }),
    );
    assert.deepEqual(
      documents.map(({ id, status, code, kind }) => [id, status, code, kind]),
      [
        ["m/u", "unreadable", "DOCUMENT_INVALID", "scan"],
        ["m/r", "rejected", "SIGNATURE_INVALID", "scan"],
      ],
    );
  });

  test("a summary line is its own document's; where nobody can tell whose it is, there is none", () => {
    const attestations = [placed(attestation(SCAN, {}, AT), "1"), placed(attestation(SCAN, {}, AT), "2")];
    const [one] = record(
      evidenceOf(IMAGE, { attestations: attestations.slice(0, 1), scans: [scanView("x", 3)] }),
    ).documents;
    assert.match(one?.summary ?? "", /x.*3/);
    const both = record(evidenceOf(IMAGE, { attestations, scans: [scanView("x", 3), scanView("y", 0)] })).documents;
    assert.deepEqual(
      both.map(({ summary }) => summary),
      [SCAN, SCAN],
    );
  });

  const merged: readonly (readonly [name: string, views: readonly Value[], expected: readonly unknown[]])[] = [
    ["the worst severity", [finding(), finding({ severity: "high" })], ["high", undefined, false]],
    [
      "a statement that only one view knows",
      [finding(), finding({ statement: statement(AT), answered: true })],
      ["low", "not_affected", true],
    ],
    [
      "the newest statement, with the worst severity of another view",
      [
        finding({ severity: "high", statement: statement("2026-11-21T12:00:00Z"), answered: true }),
        finding({ statement: statement(AT, "affected") }),
      ],
      ["high", "affected", false],
    ],
    [
      "of the same statement the view that answers less",
      [finding({ statement: statement(AT), answered: true }), finding({ statement: statement(AT), answered: false })],
      ["low", "not_affected", false],
    ],
  ];
  for (const [name, views, expected] of merged) {
    test(`findings of several views: ${name}`, () => {
      for (const order of [views, views.toReversed()]) {
        const { findings } = record(...order.map((each) => evidenceOf(IMAGE, { findings: [each] })));
        assert.equal(findings.length, 1);
        assert.deepEqual([findings[0]?.severity, findings[0]?.statement?.status, findings[0]?.answered], expected);
      }
    });
  }

  test("evidence of another digest is of another image (C1)", () => {
    const other = { digest: `sha256:${"f".repeat(64)}`, findings: [finding({ vulnerability: "CVE-2026-9999" })] };
    const { digest, findings } = record(evidenceOf(IMAGE, { findings: [finding()] }), evidenceOf(IMAGE, other));
    assert.equal(digest, `sha256:${"a".repeat(64)}`);
    assert.deepEqual(
      findings.map(({ vulnerability }) => vulnerability),
      ["CVE-2026-0001"],
    );
  });

  test("no evidence, or of no image: no record", () => {
    assert.equal(toImageRecord(IMAGE, [], AT), undefined);
    assert.equal(toImageRecord(IMAGE, [evidenceOf(IMAGE, { digest: "x" })], AT), undefined);
    assert.equal(toImageRecord("Not An Image", [evidenceOf(IMAGE)], AT), undefined);
  });
});

test("repositoryOf: the parts of a name, or nothing", () => {
  assert.deepEqual(repositoryOf(IMAGE), { repository: "registry.example/shop", tag: "v1" });
  assert.equal(repositoryOf("a b"), undefined);
});
