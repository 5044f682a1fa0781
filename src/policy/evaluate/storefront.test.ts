import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { readYaml, type Value } from "../../base/index.ts";
import {
  attestation,
  creation,
  evaluateWith,
  evidenceOf,
  imageOf,
  plansOf,
  pod,
  SIGNATURE,
} from "../../testing/policy-builders.ts";
import { decide } from "./decide.ts";
import type { Fact } from "./facts.ts";

const EXAMPLES = new URL("../../../examples/policies/", import.meta.url);
const [plan] = plansOf(readFileSync(new URL("storefront.yaml", EXAMPLES), "utf8"));
const [deployment = null] = readYaml(readFileSync(new URL("deployment.yaml", EXAMPLES), "utf8"));

type Members = { readonly [key: string]: Value };
const statement = (status: string): Value => ({ status, timestamp: "2026-11-22T11:00:00Z", author: "demo" });
const finding = (severity: string, status: string | undefined, answered: boolean): Value => ({
  vulnerability: "CVE-2026-0001",
  aliases: [],
  purl: "pkg:npm/a@1.0.0",
  component: "a",
  version: "1.0.0",
  severity,
  fixedVersions: [],
  statement: status === undefined ? null : statement(status),
  answered,
});
const scan = (finishedAt: string, name = "amap", current = true): Value => ({
  scanner: { name, version: "0.1.0" },
  startedAt: finishedAt,
  finishedAt,
  findings: 1,
  current,
});
const unreadable = (kind: string, code = "DOCUMENT_INVALID"): Value => ({ kind, code, message: "odd" });

const PROVENANCE = attestation("https://slsa.dev/provenance/v1");
const SCAN = attestation("https://cosign.sigstore.dev/attestation/vuln/v1");
const CYCLONEDX = attestation("https://cyclonedx.org/bom");
const SPDX = attestation("https://spdx.dev/Document");

const GOOD: Members = {
  signatures: [SIGNATURE],
  attestations: [PROVENANCE, SCAN, CYCLONEDX],
  sboms: [{ format: "CycloneDX", specVersion: "1.6", components: 40 }],
  scans: [scan("2026-11-22T11:00:00Z")],
  findings: [finding("high", "not_affected", true), finding("medium", "affected", false)],
};

const answer =
  (more: Members) =>
  (params: Value): Fact => ({ ok: true, value: evidenceOf(imageOf(params), { ...GOOD, ...more }) });

/** Denied rules with their messages; none when allowed. */
function denials(evidence: (params: Value) => Fact, object: Value = deployment): readonly string[] {
  assert.ok(plan !== undefined);
  const { evaluation } = evaluateWith(plan, creation(object), evidence);
  const decision = decide([{ plan, evaluation }]);
  assert.equal(decision.allowed, decision.denials.length === 0);
  return decision.denials.map(
    (response) => `${response.rule}: ${"message" in response ? response.message.split("\n")[0] : ""}`,
  );
}

const cases: readonly { name: string; more: Members; expected: readonly string[] }[] = [
  { name: "good", more: {}, expected: [] },
  {
    name: "SPDX in the place of CycloneDX",
    more: { attestations: [PROVENANCE, SCAN, SPDX], sboms: [{ format: "SPDX" }] },
    expected: [],
  },
  { name: "a finding that is fixed", more: { findings: [finding("critical", "fixed", true)] }, expected: [] },
  { name: "no finding", more: { findings: [] }, expected: [] },
  {
    name: "no signature",
    more: { signatures: [] },
    expected: ["signed-evidence: storefront has no valid image signature"],
  },
  {
    name: "no provenance and no scan",
    more: { attestations: [CYCLONEDX] },
    expected: ["signed-evidence: storefront has no signed provenance; storefront has no signed scan"],
  },
  {
    name: "no SBOM of either format",
    more: { attestations: [PROVENANCE, SCAN], sboms: [] },
    expected: [
      "signed-evidence: storefront has no signed SBOM",
      "sbom-format: storefront has no verified SBOM in CycloneDX or SPDX",
    ],
  },
  {
    name: "a finding without statement",
    more: { findings: [finding("low", undefined, false)] },
    expected: ["vex-answers: storefront: no VEX statement for CVE-2026-0001 in a 1.0.0"],
  },
  {
    name: "a scan of two days ago",
    more: { scans: [scan("2026-11-20T12:00:00Z")] },
    expected: [
      "fresh-scan: storefront was scanned by amap at 2026-11-20T12:00:00Z, by its signer's word; the last 24 hours count",
    ],
  },
  { name: "exactly 24 hours", more: { scans: [scan("2026-11-21T12:00:00Z")] }, expected: [] },
  {
    name: "a second more",
    more: { scans: [scan("2026-11-21T11:59:59Z")] },
    expected: [
      "fresh-scan: storefront was scanned by amap at 2026-11-21T11:59:59Z, by its signer's word; the last 24 hours count",
    ],
  },
  {
    name: "a scan of tomorrow",
    more: { scans: [scan("2026-11-23T12:00:00Z")] },
    expected: [
      "fresh-scan: storefront was scanned by amap at 2026-11-23T12:00:00Z, by its signer's word; the last 24 hours count",
    ],
  },
  {
    name: "an older scan that a newer one supersedes does not count",
    more: { scans: [scan("2026-11-22T11:00:00Z"), scan("2026-11-01T11:00:00Z", "amap", false)] },
    expected: [],
  },
  {
    name: "a fresh scan by one scanner does not make another's fresh (C6)",
    more: { scans: [scan("2026-11-22T11:00:00Z"), scan("2026-11-01T11:00:00Z", "other")] },
    expected: [
      "fresh-scan: storefront was scanned by other at 2026-11-01T11:00:00Z, by its signer's word; the last 24 hours count",
    ],
  },
  {
    name: "only superseded scans",
    more: { scans: [scan("2026-11-22T11:00:00Z", "amap", false)] },
    expected: ["vex-answers", "fresh-scan", "no-open-high"].map((rule) => `${rule}: storefront has no verified scan`),
  },
  {
    name: "a scan that cannot be read: the older one does not stand in for it (C4)",
    more: { unreadable: [unreadable("scan", "NOT_SUPPORTED")] },
    expected: ["vex-answers", "fresh-scan"].map(
      (rule) => `${rule}: storefront: a signed scan does not count (NOT_SUPPORTED): odd`,
    ),
  },
  {
    name: "a VEX document from the future: the older one does not stand in for it (C4)",
    more: { unreadable: [unreadable("vex", "EVIDENCE_FROM_THE_FUTURE")] },
    expected: ["vex-answers: storefront: a signed VEX document does not count (EVIDENCE_FROM_THE_FUTURE): odd"],
  },
  {
    name: "an SBOM that cannot be read beside a good one (C4)",
    more: { unreadable: [unreadable("sbom")] },
    expected: ["sbom-format: storefront: a signed SBOM does not count (DOCUMENT_INVALID): odd"],
  },
  { name: "provenance that cannot be read", more: { unreadable: [unreadable("provenance")] }, expected: [] },
  {
    name: "high and affected",
    more: { findings: [finding("high", "affected", false)] },
    expected: ["no-open-high: storefront: nothing answers CVE-2026-0001 (high) in a 1.0.0, VEX says affected"],
  },
  {
    name: "critical and under investigation",
    more: { findings: [finding("critical", "under_investigation", false)] },
    expected: [
      "no-open-high: storefront: nothing answers CVE-2026-0001 (critical) in a 1.0.0, VEX says under_investigation",
    ],
  },
  {
    name: "high without statement",
    more: { findings: [finding("high", undefined, false)] },
    expected: [
      "vex-answers: storefront: no VEX statement for CVE-2026-0001 in a 1.0.0",
      "no-open-high: storefront: nothing answers CVE-2026-0001 (high) in a 1.0.0",
    ],
  },
  {
    name: "a severity nobody knows",
    more: { findings: [finding("unknown", "affected", false)] },
    expected: ["no-open-high: storefront: nothing answers CVE-2026-0001 (unknown) in a 1.0.0, VEX says affected"],
  },
  {
    name: "another SBOM format",
    more: { sboms: [{ format: "SWID" }] },
    expected: ["sbom-format: storefront has no verified SBOM in CycloneDX or SPDX"],
  },
  {
    name: "nothing at all",
    more: { signatures: [], attestations: [], sboms: [], scans: [], findings: [] },
    expected: [
      "signed-evidence: storefront has no valid image signature; storefront has no signed provenance; storefront has no signed scan; storefront has no signed SBOM",
      "vex-answers: storefront has no verified scan",
      "fresh-scan: storefront has no verified scan",
      "no-open-high: storefront has no verified scan",
      "sbom-format: storefront has no verified SBOM in CycloneDX or SPDX",
      "validationConfigurations.required: image storefront is not verified: no signature or attestation of it passed a check",
    ],
  },
];

for (const { name, more, expected } of cases) {
  test(`storefront policy: ${name}`, () => assert.deepEqual(denials(answer(more)), expected));
}

test("storefront policy: a registry that cannot be asked denies as an error in every rule", () => {
  const found = denials(() => ({ ok: false, code: "REGISTRY_UNREACHABLE", message: "connection refused" }));
  const rules = [
    "signed-evidence",
    "vex-answers",
    "fresh-scan",
    "no-open-high",
    "sbom-format",
    "validationConfigurations.required",
  ];
  assert.deepEqual(
    found.map((line) => line.split(": ")[0]),
    rules,
  );
  assert.match(found[0] ?? "", /connection refused/);
});

test("storefront policy: every list of images counts", () => {
  const lists: readonly Members[] = [
    { initContainers: [{ name: "b", image: "bad" }] },
    { ephemeralContainers: [{ name: "b", image: "bad" }] },
    { volumes: [{ name: "b", image: { reference: "bad" } }] },
  ];
  for (const list of lists) {
    const object = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "x" },
      spec: { containers: [{ name: "a", image: "storefront" }], ...list },
    };
    const evidence = (params: Value): Fact =>
      imageOf(params) === "bad" ? answer({ signatures: [] })(params) : answer({})(params);
    assert.deepEqual(denials(evidence, object), ["signed-evidence: bad has no valid image signature"]);
  }
});

test("storefront policy: one look at each image, all images together", () => {
  assert.ok(plan !== undefined);
  const { facts, passes } = evaluateWith(plan, creation(pod("a", "b", "c")), answer({}));
  assert.equal(facts.size, 3);
  assert.equal(passes, 2);
});
