import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { VerifiedAttestation } from "../../attestation/index.ts";
import { encodeUtf8, memberOf, type Value, type ValueObject } from "../../base/index.ts";
import {
  COSIGN_VULN_PREDICATE_TYPE,
  createSastPredicate,
  encodeRiskAcceptances,
  type RiskAcceptance,
  type Sbom,
} from "../../metadata/index.ts";
import type { EvidenceKind } from "../../policy/index.ts";
import {
  type Attached,
  EARLIER,
  evidenceOf,
  FUTURE,
  finding,
  list,
  pick,
  product,
  RECENT,
  SBOM_TYPE,
  scan,
  statement,
  VEX_TYPE,
  vex,
} from "../../testing/evidence-fixture.ts";
import { answerAll } from "./evidence-findings.ts";

const SAST_TYPE = "urn:amap:predicate:sast:v1";
const REVIEW_TYPE = "urn:amap:predicate:code-review:v1";
const CSAF_TYPE = "https://docs.oasis-open.org/csaf/csaf/v2.0/csaf_json_schema.json";

const sarif = (results: readonly Value[], endTimeUtc = RECENT): Value => {
  const invocations = [{ executionSuccessful: true, endTimeUtc }];
  const run = { tool: { driver: { name: "lint", version: "2" } }, invocations, results };
  const made = createSastPredicate(encodeUtf8(JSON.stringify({ version: "2.1.0", runs: [run] })), { withLog: false });
  assert.ok(made.ok);
  return made.value;
};

/** A CycloneDX document about pkg:npm/top@1.0.0, which needs pkg:npm/a@1.0.0. */
const bom = (more: { readonly [key: string]: Value } = {}): Value => ({
  bomFormat: "CycloneDX",
  specVersion: "1.6",
  serialNumber: "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
  version: 1,
  metadata: { timestamp: RECENT, component: { type: "container", name: "shop", "bom-ref": "root" } },
  components: [
    { type: "library", name: "top", version: "1.0.0", purl: "pkg:npm/top@1.0.0", "bom-ref": "top" },
    { type: "library", name: "a", version: "1.0.0", purl: "pkg:npm/a@1.0.0", "bom-ref": "a" },
  ],
  dependencies: [
    { ref: "root", dependsOn: ["top"] },
    { ref: "top", dependsOn: ["a"] },
  ],
  ...more,
});
const analysed = (state: string, more: { readonly [key: string]: Value } = {}): Value =>
  bom({
    ...more,
    vulnerabilities: [
      { id: "CVE-2026-0001", analysis: { state, justification: "code_not_present" }, affects: [{ ref: "a" }] },
    ],
  });

const csaf = (more: { readonly [key: string]: Value } = { known_not_affected: ["a"] }): Value => ({
  document: {
    category: "csaf_vex",
    csaf_version: "2.0",
    title: "shop",
    publisher: { category: "vendor", name: "Shop", namespace: "https://shop.example" },
    tracking: {
      id: "shop-1",
      current_release_date: RECENT,
      initial_release_date: RECENT,
      revision_history: [{ date: RECENT, number: "1", summary: "first" }],
      status: "final",
      version: "1",
    },
  },
  product_tree: {
    full_product_names: [{ product_id: "a", name: "a", product_identification_helper: { purl: "pkg:npm/a@1.0.0" } }],
  },
  vulnerabilities: [
    {
      cve: "CVE-2026-0001",
      product_status: more,
      flags: [{ label: "vulnerable_code_not_present", product_ids: ["a"] }],
    },
  ],
});

const found: Attached = [COSIGN_VULN_PREDICATE_TYPE, scan({ findings: [finding()] })];

describe("code reviews as evidence", () => {
  const COUNTS = {
    commits: 0,
    reviewedByOther: 0,
    unreviewed: 0,
    selfApproved: 0,
    byPullRequest: 0,
    signed: 0,
    refusedSignatures: 0,
  };
  const review = (more: object = {}): Value => ({
    repository: "git+https://forge.example/team/shop",
    revision: "a".repeat(40),
    branch: { name: "main", protections: [] },
    createdAt: RECENT,
    countsStale: false,
    summary: COUNTS,
    changes: [],
    notes: [],
    ...more,
  });

  test("the counts are there, with the revision and the signer", async () => {
    const evidence = await evidenceOf([[REVIEW_TYPE, review()]]);
    assert.deepEqual(pick(evidence, "reviews", "revision", "branch", "summary"), [["a".repeat(40), "main", COUNTS]]);
  });

  const broken: readonly (readonly [name: string, predicate: Value, code: string])[] = [
    ["with counts of its own", review({ summary: { ...COUNTS, commits: 1 } }), "DOCUMENT_INVALID"],
    ["of tomorrow", review({ createdAt: FUTURE }), "EVIDENCE_FROM_THE_FUTURE"],
  ];
  for (const [name, predicate, code] of broken) {
    test(`one ${name} is unreadable, and none is there`, async () => {
      const evidence = await evidenceOf([[REVIEW_TYPE, predicate]]);
      assert.deepEqual(evidence["reviews"], []);
      assert.deepEqual(pick(evidence, "unreadable", "kind", "code"), [["review", code]]);
    });
  }
});

describe("static analyses as evidence", () => {
  test("the summary is there, with its tools, and its signer", async () => {
    const evidence = await evidenceOf([
      [SAST_TYPE, sarif([{ ruleId: "R1", level: "error", message: { text: "bad" } }])],
    ]);
    assert.deepEqual(pick(evidence, "sast", "outcome", "tools", "endedAt"), [
      ["findings", [{ name: "lint", version: "2" }], RECENT],
    ]);
    assert.deepEqual(evidence["unreadable"], []);
  });

  const broken: readonly (readonly [name: string, predicate: Value, code: string])[] = [
    [
      "that says clean of open results",
      { ...(sarif([]) as object), summary: { outcome: "clean" } },
      "DOCUMENT_INVALID",
    ],
    ["of tomorrow", sarif([], FUTURE), "EVIDENCE_FROM_THE_FUTURE"],
  ];
  for (const [name, predicate, code] of broken) {
    test(`one ${name} is unreadable, and none is there`, async () => {
      const evidence = await evidenceOf([[SAST_TYPE, predicate]]);
      assert.deepEqual(evidence["sast"], []);
      assert.deepEqual(pick(evidence, "unreadable", "kind", "code"), [["sast", code]]);
    });
  }
});

describe("VEX of every format answers", () => {
  const cases: readonly (readonly [name: string, attached: Attached, answered: boolean])[] = [
    ["CSAF", [CSAF_TYPE, csaf()], true],
    ["CSAF by the URI of 2.1's schema", ["https://docs.oasis-open.org/csaf/csaf/v2.1/schema/csaf.json", csaf()], true],
    ["CSAF that says affected", [CSAF_TYPE, csaf({ known_affected: ["a"] })], false],
    ["CycloneDX", [SBOM_TYPE, analysed("not_affected")], true],
    ["CycloneDX that says exploitable", [SBOM_TYPE, analysed("exploitable")], false],
    ["CycloneDX without analyses", [SBOM_TYPE, bom()], false],
  ];
  for (const [name, attached, answered] of cases) {
    test(name, async () => {
      const evidence = await evidenceOf([found, attached]);
      assert.deepEqual(pick(evidence, "findings", "answered"), [[answered]]);
      assert.deepEqual(evidence["unreadable"], []);
    });
  }

  test("an SBOM whose analyses cannot be read is an SBOM, and the analyses are unreadable", async () => {
    const evidence = await evidenceOf([found, [SBOM_TYPE, analysed("harmless")]]);
    assert.equal(list(evidence, "sboms").length, 1);
    assert.deepEqual(pick(evidence, "unreadable", "kind", "code"), [["vex", "DOCUMENT_INVALID"]]);
    assert.deepEqual(pick(evidence, "findings", "answered"), [[false]]);
  });
});

describe("VEX about the image by its name", () => {
  const cases: readonly (readonly [product: string, answered: boolean])[] = [
    ["pkg:oci/shop", true],
    ["pkg:oci/shop?repository_url=registry.example/shop", true],
    ["pkg:oci/shop?repository_url=registry.example/other", false],
    ["pkg:oci/other", false],
    [`pkg:oci/shop@sha256:${"0".repeat(64)}`, false],
    ["pkg:oci/shop?arch=arm64", false],
  ];
  for (const [id, answered] of cases) {
    test(`${id} ${answered ? "answers" : "does not"}`, async () => {
      const evidence = await evidenceOf([found, [VEX_TYPE, vex([statement({ products: [product(id)] })])]]);
      assert.deepEqual(pick(evidence, "findings", "answered"), [[answered]]);
    });
  }
});

describe("risks that somebody takes", () => {
  const ACCEPTANCE_TYPE = "urn:amap:predicate:risk-acceptance:v1";
  const taken = (more: Partial<RiskAcceptance> = {}): RiskAcceptance => ({
    finding: "CVE-2026-0001",
    scope: { products: [], components: [] },
    owner: "shop team",
    reason: "no way to it from outside",
    author: "ada@shop.example",
    approvers: [{ identity: "bob@shop.example", proof: "stated" }],
    decidedAt: EARLIER,
    until: "2026-12-01T00:00:00Z",
    ...more,
  });
  const accepted = (...acceptances: readonly RiskAcceptance[]): Attached => [
    ACCEPTANCE_TYPE,
    encodeRiskAcceptances(acceptances),
  ];
  const cases: readonly (readonly [name: string, attached: Attached, owner: string | null])[] = [
    ["one that runs counts", accepted(taken()), "shop team"],
    ["one that ended does not", accepted(taken({ until: RECENT })), null],
    ["one about another vulnerability does not", accepted(taken({ finding: "CVE-2026-0002" })), null],
    [
      "one about another component does not",
      accepted(taken({ scope: { products: [], components: ["pkg:npm/b"] } })),
      null,
    ],
    ["one about another image does not", accepted(taken({ scope: { products: ["pkg:oci/x"], components: [] } })), null],
    [
      "one about this image counts",
      accepted(taken({ scope: { products: ["pkg:oci/shop"], components: [] } })),
      "shop team",
    ],
    ["the one decided last counts", accepted(taken(), taken({ owner: "new", decidedAt: RECENT })), "new"],
  ];
  for (const [name, attached, owner] of cases) {
    test(`${name}, and it answers nothing`, async () => {
      const evidence = await evidenceOf([found, attached]);
      const [shown = null] = list(evidence, "findings");
      const by = memberOf(shown, "accepted") ?? null;
      assert.equal(by === null ? null : memberOf(by, "owner"), owner);
      assert.deepEqual([memberOf(shown, "answered"), memberOf(shown, "statement")], [false, null]);
      assert.deepEqual(evidence["unreadable"], []);
    });
  }

  test("one without an end is unreadable", async () => {
    const predicate = encodeRiskAcceptances([taken()]) as { readonly acceptances: readonly ValueObject[] };
    const { until: _, ...endless } = predicate.acceptances[0] ?? {};
    const evidence = await evidenceOf([found, [ACCEPTANCE_TYPE, { acceptances: [endless] }]]);
    assert.deepEqual(pick(evidence, "unreadable", "kind"), [["acceptance"]]);
    assert.deepEqual(pick(evidence, "findings", "accepted"), [[null]]);
  });

  test("one by who may not take risks does not count", async () => {
    const evidence = await evidenceOf(
      [found, [ACCEPTANCE_TYPE, encodeRiskAcceptances([taken()]), "other"]],
      ["bundle"],
      {
        builder: undefined,
        other: ["vex"],
      },
    );
    assert.deepEqual(pick(evidence, "findings", "accepted"), [[null]]);
    assert.deepEqual(pick(evidence, "rejected", "code"), [["SIGNER_NOT_ALLOWED"]]);
  });
});

describe("dependencies of attested SBOMs", () => {
  const about = (id: string): Attached => [VEX_TYPE, vex([statement({ products: [product(id)] })])];
  const openWay = bom({
    serialNumber: "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b80",
    dependencies: [{ ref: "root", dependsOn: ["top", "a"] }],
  });
  const flat = bom({ serialNumber: "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b81", dependencies: [] });
  const elsewhere = bom({
    serialNumber: "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b82",
    components: [{ type: "library", name: "z", version: "1.0.0", purl: "pkg:npm/z@1.0.0", "bom-ref": "z" }],
    dependencies: [],
  });
  const cases: readonly (readonly [name: string, attached: readonly Attached[], answered: boolean])[] = [
    ["a statement that cuts the only way answers", [[SBOM_TYPE, bom()], about("pkg:npm/top@1.0.0")], true],
    ["without an SBOM it answers nothing", [about("pkg:npm/top@1.0.0")], false],
    ["one about another component does not", [[SBOM_TYPE, bom()], about("pkg:npm/other@1.0.0")], false],
    [
      "a way that another SBOM knows stays open",
      [[SBOM_TYPE, bom()], [SBOM_TYPE, openWay, "other"], about("pkg:npm/top@1.0.0")],
      false,
    ],
    [
      "a component that another SBOM lists without saying what needs it stays open",
      [[SBOM_TYPE, bom()], [SBOM_TYPE, flat, "other"], about("pkg:npm/top@1.0.0")],
      false,
    ],
    [
      "an SBOM that does not have the component takes no answer away",
      [[SBOM_TYPE, bom()], [SBOM_TYPE, elsewhere, "other"], about("pkg:npm/top@1.0.0")],
      true,
    ],
  ];
  for (const [name, attached, answered] of cases) {
    test(name, async () => {
      const evidence = await evidenceOf([found, ...attached]);
      assert.deepEqual(pick(evidence, "findings", "answered"), [[answered]]);
    });
  }
});

test("many statements about a deep SBOM are answered in one walk for each finding", () => {
  const names = Array.from({ length: 1_000 }, (_, index) => `pkg:npm/c${index}@1`);
  const parts = names.map((purl) => ({ ref: purl, purl, name: purl, version: "1" }));
  const below = names.slice(1).map((purl, index) => [names[index], [purl]] as const);
  const sbom = { subject: { ref: "root" }, components: parts, dependencies: new Map(below) } as unknown as Sbom;
  const statements = names.map((id, index) => ({
    vulnerability: `CVE-2026-${index}`,
    aliases: [],
    products: [{ id, identifiers: { purl: id }, hashes: {}, subcomponents: [] }],
    status: "not_affected" as const,
    justification: "component_not_present" as const,
    timestamp: EARLIER,
  }));
  const findings = names.slice(1).map((purl, index) => ({
    vulnerability: `CVE-2026-${index}`,
    aliases: [],
    advisory: "",
    purl,
    component: "c",
    version: "1",
    severity: "high" as const,
    fixedVersions: [],
  }));
  const document = { id: "d", author: "a", timestamp: EARLIER, version: 1, statements };
  const attestation = { foundAt: { manifest: "m", blob: "b" } } as unknown as VerifiedAttestation;
  const started = performance.now();
  const { findings: answered, documents } = answerAll({
    product: { purls: [], digests: [] },
    findings,
    vex: [{ document, attestation }],
    sboms: [sbom],
    now: Date.parse(RECENT),
  });
  // All but the topmost lie on a path that is cut above them: each by the one right above it.
  assert.equal(answered.filter((each) => each.answered).length, findings.length);
  assert.deepEqual(
    documents.map(({ withoutEffect }) => withoutEffect),
    [0],
  );
  assert.ok(performance.now() - started < 2_000);
});

describe("signers who may state some kinds alone (C3)", () => {
  const answer: Attached = [VEX_TYPE, vex([statement()]), "other"];
  const cases: readonly {
    readonly name: string;
    readonly attached: readonly Attached[];
    readonly other: readonly EvidenceKind[];
    readonly answered: boolean;
    readonly rejected: readonly Value[];
  }[] = [
    { name: "VEX by who may state it", attached: [answer], other: ["vex"], answered: true, rejected: [] },
    {
      name: "VEX by who may state scans",
      attached: [answer],
      other: ["scan", "other"],
      answered: false,
      rejected: [["attestation", "SIGNER_NOT_ALLOWED"]],
    },
    {
      name: "analyses in an SBOM by who may state SBOMs: the SBOM counts alone",
      attached: [[SBOM_TYPE, analysed("not_affected"), "other"]],
      other: ["sbom"],
      answered: false,
      rejected: [["attestation", "SIGNER_NOT_ALLOWED"]],
    },
    {
      name: "the same by who may state VEX: its analyses count alone",
      attached: [[SBOM_TYPE, analysed("not_affected"), "other"]],
      other: ["vex"],
      answered: true,
      rejected: [["attestation", "SIGNER_NOT_ALLOWED"]],
    },
    {
      name: "analyses without components by who may state VEX",
      attached: [[SBOM_TYPE, analysed("not_affected", { components: [], dependencies: [] }), "other"]],
      other: ["vex"],
      answered: false,
      rejected: [],
    },
    {
      name: "an SBOM without analyses by who may state VEX",
      attached: [[SBOM_TYPE, bom(), "other"]],
      other: ["vex"],
      answered: false,
      rejected: [["attestation", "SIGNER_NOT_ALLOWED"]],
    },
    {
      name: "an attestation of a type that amap does not read",
      attached: [["https://example.com/x", {}, "other"]],
      other: ["vex"],
      answered: false,
      rejected: [["attestation", "SIGNER_NOT_ALLOWED"]],
    },
  ];
  for (const { name, attached, other, answered, rejected } of cases) {
    test(name, async () => {
      const evidence = await evidenceOf([found, ...attached], ["bundle"], { builder: undefined, other });
      assert.deepEqual(pick(evidence, "findings", "answered"), [[answered]]);
      assert.deepEqual(pick(evidence, "rejected", "kind", "code"), rejected);
      assert.equal(list(evidence, "sboms").length, other.includes("sbom") ? 1 : 0);
      const named = list(evidence, "attestations").filter((each) => memberOf(each, "predicateType") === SBOM_TYPE);
      assert.equal(named.length, other.includes("sbom") ? 1 : 0);
      assert.deepEqual(evidence["unreadable"], []);
    });
  }

  test("a scan by who may not state it does not take the place of an older one", async () => {
    const forged: Attached = [COSIGN_VULN_PREDICATE_TYPE, scan({ finishedAt: RECENT }), "other"];
    const older: Attached = [COSIGN_VULN_PREDICATE_TYPE, scan({ finishedAt: EARLIER, findings: [finding()] })];
    const evidence = await evidenceOf([older, forged], ["bundle"], { builder: ["scan"], other: ["vex"] });
    assert.deepEqual(pick(evidence, "scans", "finishedAt"), [[EARLIER]]);
    assert.equal(list(evidence, "findings").length, 1);
  });
});
