import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isAmapError } from "../../base/index.ts";
import type { Finding, Scan } from "../vulnerability/vulnerability.ts";
import { answerFindings } from "./answering.ts";
import { type CreateVexInput, createVex, unusedDecisions, type VexDecision } from "./create-vex.ts";
import { decodeOpenVex, encodeOpenVex } from "./openvex.ts";
import type { VexDocument } from "./vex.ts";

const TIME = "2026-01-02T03:04:05Z";
const DIGEST = `sha256:${"ab".repeat(32)}`;

function findingOf(vulnerability: string, purl: string, aliases: readonly string[] = []): Finding {
  return {
    vulnerability,
    aliases,
    advisory: vulnerability,
    purl,
    component: "x",
    version: "1",
    severity: "high",
    fixedVersions: [],
  };
}
const FINDINGS = [
  findingOf("CVE-2025-0001", "pkg:deb/debian/libssl3@3.0.11-1?arch=amd64&distro=debian-12", ["DEBIAN-CVE-2025-0001"]),
  findingOf("CVE-2025-0001", "pkg:deb/debian/openssl@3.0.11-1?arch=amd64&distro=debian-12", ["DEBIAN-CVE-2025-0001"]),
  findingOf("CVE-2025-0001", "pkg:deb/debian/openssl@3.0.11-1?arch=arm64&distro=debian-12", ["DEBIAN-CVE-2025-0001"]),
  findingOf("CVE-2025-0002", "pkg:npm/lodash@4.17.20"),
];
const SCAN: Scan = {
  scanner: { name: "amap", version: "0.1.0", uri: "" },
  database: { uri: "", version: "", updatedAt: TIME },
  startedAt: TIME,
  finishedAt: TIME,
  findings: FINDINGS,
  matchedComponents: 4,
  notLookedAt: [],
};
const PRODUCT = { purls: [`pkg:oci/storefront@${encodeURIComponent(DIGEST)}`], digests: [DIGEST] };

function create(decisions: readonly VexDecision[], more: Partial<CreateVexInput> = {}): VexDocument {
  return createVex({
    scan: SCAN,
    product: PRODUCT,
    author: "me",
    id: "https://example.com/vex",
    timestamp: TIME,
    decisions,
    ...more,
  });
}
const summary = (document: VexDocument): readonly string[] =>
  document.statements.map(({ vulnerability, status, products }) => {
    return `${vulnerability} ${status} ${products[0]?.subcomponents.map((sub) => sub.id).join(" ")}`;
  });

describe("a document made from a scan", () => {
  test("has a statement for every finding, one for the components that share an answer", () => {
    assert.deepEqual(summary(create([])), [
      "CVE-2025-0001 under_investigation pkg:deb/debian/libssl3@3.0.11-1 pkg:deb/debian/openssl@3.0.11-1",
      "CVE-2025-0002 under_investigation pkg:npm/lodash@4.17.20",
    ]);
  });

  test("takes decisions, by any name; one that names the component goes first", () => {
    const document = create([
      { vulnerability: "debian-cve-2025-0001", status: "affected", actionStatement: "upgrade" },
      {
        vulnerability: "CVE-2025-0001",
        purl: "pkg:deb/debian/openssl",
        status: "not_affected",
        justification: "component_not_present",
      },
    ]);
    assert.deepEqual(summary(document), [
      "CVE-2025-0001 affected pkg:deb/debian/libssl3@3.0.11-1",
      "CVE-2025-0001 not_affected pkg:deb/debian/openssl@3.0.11-1",
      "CVE-2025-0002 under_investigation pkg:npm/lodash@4.17.20",
    ]);
    assert.deepEqual(document.statements[0]?.aliases, ["DEBIAN-CVE-2025-0001"]);
  });

  test("says of each finding what is decided of it alone", () => {
    const [, , , lodash] = FINDINGS;
    assert.ok(lodash !== undefined);
    const narrow = { ...lodash, purl: `${lodash.purl}?vcs_url=elsewhere` };
    const document = create([], {
      scan: { ...SCAN, findings: [lodash, narrow] },
      decide: ({ vulnerability, purl }) =>
        purl === lodash.purl ? { vulnerability, purl, status: "fixed" } : undefined,
    });
    assert.deepEqual(summary(document), [
      "CVE-2025-0002 fixed pkg:npm/lodash@4.17.20",
      "CVE-2025-0002 under_investigation pkg:npm/lodash@4.17.20?vcs_url=elsewhere",
    ]);
  });

  test("is valid OpenVEX, and answers exactly the findings that were decided so", () => {
    const document = create([
      { vulnerability: "CVE-2025-0002", status: "not_affected", impactStatement: "not called" },
    ]);
    const decoded = decodeOpenVex(encodeOpenVex(document));
    assert.deepEqual(decoded, { ok: true, value: document });
    const answered = answerFindings({
      findings: FINDINGS,
      product: PRODUCT,
      documents: [{ document, source: "test" }],
    });
    assert.deepEqual(
      answered.map((finding) => finding.answered),
      [false, false, false, true],
    );
    assert.ok(answered.every((finding) => finding.statement !== null));
    const elsewhere = { purls: ["pkg:oci/other"], digests: [`sha256:${"cd".repeat(32)}`] };
    const other = answerFindings({ findings: FINDINGS, product: elsewhere, documents: [{ document, source: "test" }] });
    assert.ok(other.every((finding) => finding.statement === null && finding.unmatched.length > 0));
  });

  test("names the product by every package URL and digest, each digest as a hash", () => {
    const other = `sha256:${"cd".repeat(32)}`;
    const document = create([], { product: { purls: PRODUCT.purls, digests: [DIGEST, other] } });
    assert.deepEqual(
      document.statements[0]?.products.map(({ id, hashes }) => ({ id, hashes })),
      [
        { id: PRODUCT.purls[0], hashes: { "sha-256": "ab".repeat(32) } },
        { id: other, hashes: { "sha-256": "cd".repeat(32) } },
      ],
    );
  });

  test("of a scan without findings has no statements", () => {
    assert.deepEqual(create([], { scan: { ...SCAN, findings: [] } }).statements, []);
  });

  const refused: readonly (readonly [string, () => VexDocument])[] = [
    ["a not_affected without reason", () => create([{ vulnerability: "CVE-2025-0002", status: "not_affected" }])],
    ["an affected without action", () => create([{ vulnerability: "CVE-2025-0002", status: "affected" }])],
    ["no product", () => create([], { product: { purls: [], digests: [] } })],
  ];
  for (const [name, run] of refused) {
    test(`is refused for ${name}`, () => assert.throws(run, (error) => isAmapError(error, "DOCUMENT_INVALID")));
  }
});

test("a decision about one CVE is none about another that shares a name", () => {
  const [finding] = FINDINGS;
  assert.ok(finding !== undefined);
  const shared = { ...finding, vulnerability: "CVE-2025-0009", aliases: ["CVE-2025-0008", "GHSA-a"] };
  const about = (vulnerability: string): VexDecision => ({ vulnerability, status: "fixed" });
  assert.deepEqual(unusedDecisions([shared], [about("CVE-2025-0008")]), [about("CVE-2025-0008")]);
  assert.deepEqual(unusedDecisions([shared], [about("GHSA-a")]), []);
});

test("decisions that no finding asks for are named", () => {
  const used: VexDecision = { vulnerability: "CVE-2025-0002", status: "fixed" };
  const stale: VexDecision = { vulnerability: "CVE-2020-0001", status: "fixed" };
  const hidden: VexDecision = { vulnerability: "CVE-2025-0002", purl: "pkg:npm/axios", status: "fixed" };
  assert.deepEqual(unusedDecisions(FINDINGS, [used, stale, hidden]), [stale, hidden]);
});
