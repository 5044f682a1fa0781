import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeImageConfig, encodeIndex, encodeManifest, MEDIA_TYPES } from "../../artifact/index.ts";
import { memberOf, type Value } from "../../base/index.ts";
import {
  COSIGN_VULN_PREDICATE_TYPE,
  encodeInTotoVulns,
  type Finding,
  IN_TOTO_VULNS_PREDICATE_TYPE,
  type Scan,
  type Severity,
  type VexStatement,
} from "../../metadata/index.ts";
import {
  type Attached,
  EARLIER,
  evidenceOf,
  FUTURE,
  finding,
  IMAGE,
  list,
  load,
  type Members,
  nameOf,
  PROVENANCE_TYPE,
  pick,
  product,
  provenance,
  RECENT,
  REPOSITORY,
  SBOM_TYPE,
  SKEWED,
  sbom,
  scan,
  statement,
  VEX_TYPE,
  vex,
} from "../../testing/evidence-fixture.ts";
import { createFakeWorld } from "../../testing/fake-world.ts";
import { createEvidenceLoader } from "./evidence-facts.ts";

test("a fact of another kind is a failed fact that names the function, never empty", async () => {
  const loader = createEvidenceLoader(createFakeWorld(), { sources: [], verifyLayers: false });
  const params = { url: "https://a.example/", headers: {} };
  const fact = (await loader.load([{ key: "k", kind: "http", params }])).get("k");
  assert.ok(fact?.ok === false);
  assert.equal(fact.code, "NOT_SUPPORTED");
  assert.match(fact.message, /^http\.get cannot be answered here/);
});

describe("findings of several scanners (finding 6)", () => {
  const cases: readonly (readonly [name: string, severities: readonly Severity[], kept: Severity])[] = [
    ["the lower one last", ["critical", "low"], "critical"],
    ["the lower one first", ["low", "critical"], "critical"],
    ["unknown counts more than medium", ["medium", "unknown"], "unknown"],
    ["unknown counts no more than high", ["unknown", "high"], "high"],
    ["none and low", ["none", "low"], "low"],
  ];
  for (const [name, [first, second], kept] of cases) {
    test(`the worst severity counts: ${name}`, async () => {
      const evidence = await evidenceOf([
        [COSIGN_VULN_PREDICATE_TYPE, scan({ name: "x", findings: [finding({ severity: first as Severity })] })],
        [COSIGN_VULN_PREDICATE_TYPE, scan({ name: "y", findings: [finding({ severity: second as Severity })] })],
      ]);
      assert.deepEqual(pick(evidence, "findings", "severity"), [[kept]]);
    });
  }

  test("aliases and fixed versions are joined", async () => {
    const evidence = await evidenceOf([
      [
        COSIGN_VULN_PREDICATE_TYPE,
        scan({ name: "x", findings: [finding({ aliases: ["B"], fixedVersions: ["1.0.1"] })] }),
      ],
      [
        COSIGN_VULN_PREDICATE_TYPE,
        scan({ name: "y", findings: [finding({ aliases: ["A"], fixedVersions: ["2.0.0"] })] }),
      ],
    ]);
    const [joined = null] = list(evidence, "findings");
    assert.deepEqual(memberOf(joined, "aliases"), ["A", "B"]);
    assert.deepEqual([...(memberOf(joined, "fixedVersions") as readonly string[])].sort(), ["1.0.1", "2.0.0"]);
  });

  const others: readonly (readonly [string, Partial<Finding>])[] = [
    ["another version", { version: "2.0.0" }],
    ["another component", { component: "b" }],
    ["another package", { purl: "pkg:npm/b@1.0.0" }],
    ["another vulnerability", { vulnerability: "CVE-2026-0002" }],
  ];
  for (const [name, more] of others) {
    test(`${name} is another finding`, async () => {
      const findings = [finding({ purl: "", severity: "low" }), finding({ purl: "", ...more })];
      const evidence = await evidenceOf([[COSIGN_VULN_PREDICATE_TYPE, scan({ findings })]]);
      assert.equal(list(evidence, "findings").length, 2);
    });
  }
});

describe("documents from the future (finding 14, C6)", () => {
  const dated: readonly (readonly [name: string, kind: string, type: string, of: (time: string) => Value])[] = [
    ["scan, finished", "scan", COSIGN_VULN_PREDICATE_TYPE, (finishedAt) => scan({ finishedAt })],
    ["scan, started", "scan", COSIGN_VULN_PREDICATE_TYPE, (startedAt) => scan({ startedAt })],
    [
      "scan, its database",
      "scan",
      COSIGN_VULN_PREDICATE_TYPE,
      (updatedAt) => scan({ database: { uri: "", version: "", updatedAt } }),
    ],
    ["VEX document", "vex", VEX_TYPE, (timestamp) => vex([statement()], { timestamp })],
    ["VEX statement", "vex", VEX_TYPE, (timestamp) => vex([statement({ timestamp })])],
    ["SBOM", "sbom", SBOM_TYPE, sbom],
    ["provenance", "provenance", PROVENANCE_TYPE, provenance],
  ];
  for (const [name, kind, type, of] of dated) {
    test(`${name}: five minutes ahead still count`, async () => {
      const evidence = await evidenceOf([[type, of(SKEWED)]]);
      assert.deepEqual([evidence["rejected"], evidence["unreadable"]], [[], []]);
      assert.equal(list(evidence, "attestations").length, 1);
    });
    test(`${name}: a second more is rejected, by its code`, async () => {
      const evidence = await evidenceOf([[type, of(FUTURE)]]);
      assert.deepEqual(pick(evidence, "rejected", "kind", "code"), [["attestation", "EVIDENCE_FROM_THE_FUTURE"]]);
      assert.deepEqual(pick(evidence, "unreadable", "kind", "code"), [[kind, "EVIDENCE_FROM_THE_FUTURE"]]);
      for (const counted of ["attestations", "scans", "vex", "sboms", "provenance"])
        assert.deepEqual(evidence[counted], [], counted);
    });
  }

  test("a scan of next year is not the newest: the one of today stays", async () => {
    const evidence = await evidenceOf([
      [COSIGN_VULN_PREDICATE_TYPE, scan({ findings: [finding()] })],
      [COSIGN_VULN_PREDICATE_TYPE, scan({ finishedAt: "2027-11-22T12:00:00Z" })],
    ]);
    assert.deepEqual(pick(evidence, "scans", "finishedAt", "current"), [[RECENT, true]]);
    assert.deepEqual(pick(evidence, "findings", "severity"), [["high"]]);
  });

  test("a VEX statement of next year answers nothing", async () => {
    const evidence = await evidenceOf([
      [COSIGN_VULN_PREDICATE_TYPE, scan({ findings: [finding()] })],
      [VEX_TYPE, vex([statement({ timestamp: "2027-11-22T12:00:00Z" })])],
    ]);
    assert.deepEqual(pick(evidence, "findings", "answered", "statement"), [[false, null]]);
  });

  test("cosign's custom states its own time; it is rejected, and is no document that could be unreadable", async () => {
    const custom = "https://cosign.sigstore.dev/attestation/v1";
    const evidence = await evidenceOf([[custom, { Data: "x", Timestamp: FUTURE }]]);
    assert.deepEqual(pick(evidence, "rejected", "code"), [["EVIDENCE_FROM_THE_FUTURE"]]);
    assert.deepEqual([evidence["attestations"], evidence["unreadable"]], [[], []]);
  });
});

describe("current scans (finding 15)", () => {
  const cases: readonly {
    readonly name: string;
    readonly scans: readonly Attached[];
    readonly expected: readonly (readonly [string, string, boolean])[];
  }[] = [
    {
      name: "a newer one of the same signer and scanner supersedes",
      scans: [
        [COSIGN_VULN_PREDICATE_TYPE, scan({ finishedAt: RECENT })],
        [COSIGN_VULN_PREDICATE_TYPE, scan({ finishedAt: EARLIER, findings: [finding()] })],
      ],
      expected: [
        ["amap", RECENT, true],
        ["amap", EARLIER, false],
      ],
    },
    {
      name: "another scanner does not",
      scans: [
        [COSIGN_VULN_PREDICATE_TYPE, scan({ finishedAt: RECENT, name: "x" })],
        [COSIGN_VULN_PREDICATE_TYPE, scan({ finishedAt: EARLIER, name: "y" })],
      ],
      expected: [
        ["x", RECENT, true],
        ["y", EARLIER, true],
      ],
    },
    {
      name: "another signer does not",
      scans: [
        [COSIGN_VULN_PREDICATE_TYPE, scan({ finishedAt: RECENT }), "builder"],
        [COSIGN_VULN_PREDICATE_TYPE, scan({ finishedAt: EARLIER }), "other"],
      ],
      expected: [
        ["amap", RECENT, true],
        ["amap", EARLIER, true],
      ],
    },
    {
      name: "one of the same second does not",
      scans: [
        [COSIGN_VULN_PREDICATE_TYPE, scan({ finishedAt: RECENT })],
        [COSIGN_VULN_PREDICATE_TYPE, scan({ finishedAt: RECENT, findings: [finding()] })],
      ],
      expected: [
        ["amap", RECENT, true],
        ["amap", RECENT, true],
      ],
    },
  ];
  for (const { name, scans, expected } of cases) {
    test(name, async () => {
      const evidence = await evidenceOf(scans);
      const found = list(evidence, "scans").map((each) => [
        memberOf(memberOf(each, "scanner"), "name"),
        memberOf(each, "finishedAt"),
        memberOf(each, "current"),
      ]);
      assert.deepEqual(found, expected);
    });
  }

  test("findings come from current scans only", async () => {
    const evidence = await evidenceOf([
      [COSIGN_VULN_PREDICATE_TYPE, scan({ finishedAt: EARLIER, findings: [finding()] })],
      [COSIGN_VULN_PREDICATE_TYPE, scan({ finishedAt: RECENT })],
    ]);
    assert.deepEqual(evidence["findings"], []);
  });
});

describe("documents that cannot be read (finding 16, C4)", () => {
  const cases: readonly (readonly [kind: string, type: string, predicate: Value, code: string])[] = [
    ["scan", COSIGN_VULN_PREDICATE_TYPE, { scanner: { result: { odd: 1 } } }, "NOT_SUPPORTED"],
    ["scan", IN_TOTO_VULNS_PREDICATE_TYPE, { scanner: {} }, "NOT_SUPPORTED"],
    ["sbom", SBOM_TYPE, { parts: [] }, "DOCUMENT_INVALID"],
    ["sbom", "https://spdx.dev/Document", "{", "DOCUMENT_INVALID"],
    ["vex", VEX_TYPE, { "@context": "https://example.com" }, "NOT_SUPPORTED"],
    ["provenance", PROVENANCE_TYPE, {}, "DOCUMENT_INVALID"],
  ];
  for (const [kind, predicateType, predicate, code] of cases) {
    test(`${kind} of ${predicateType}`, async () => {
      const evidence = await evidenceOf([[predicateType, predicate, "other"]]);
      const [found = null] = list(evidence, "unreadable");
      assert.deepEqual([memberOf(found, "kind"), memberOf(found, "code"), nameOf(found)], [kind, code, "other"]);
      assert.equal(memberOf(found, "predicateType"), predicateType);
      const message = memberOf(found, "message");
      assert.ok(typeof message === "string");
      assert.match(message, /^the signature holds, but the document cannot be read: \S/);
      assert.deepEqual(pick(evidence, "rejected", "kind", "code"), [["attestation", code]]);
      assert.equal(list(evidence, "attestations").length, 1, "it is signed, and stays an attestation");
    });
  }

  test("a newer scan that cannot be read stands beside the older one", async () => {
    const evidence = await evidenceOf([
      [COSIGN_VULN_PREDICATE_TYPE, scan()],
      [COSIGN_VULN_PREDICATE_TYPE, { scanner: { result: { odd: 1 } } }],
    ]);
    assert.equal(list(evidence, "scans").length, 1);
    assert.deepEqual(pick(evidence, "unreadable", "kind"), [["scan"]]);
  });

  test("good documents are not in it, in either form", async () => {
    const evidence = await evidenceOf(
      [
        [COSIGN_VULN_PREDICATE_TYPE, scan()],
        [IN_TOTO_VULNS_PREDICATE_TYPE, encodeInTotoVulns(toScan())],
        [VEX_TYPE, vex([statement()])],
        [SBOM_TYPE, sbom(RECENT)],
        [PROVENANCE_TYPE, provenance(RECENT)],
      ],
      ["bundle", "tag"],
    );
    assert.deepEqual([evidence["unreadable"], evidence["rejected"]], [[], []]);
  });
});

function toScan(): Scan {
  return {
    scanner: { name: "x", version: "1", uri: "" },
    database: { uri: "", version: "", updatedAt: EARLIER },
    startedAt: EARLIER,
    finishedAt: RECENT,
    findings: [],
    matchedComponents: 0,
    notLookedAt: [],
  };
}

describe("predicate types (finding 17, C3)", () => {
  for (const odd of ["openvex", "vuln", "cyclonedx", "not a URI", "__proto__", "constructor"]) {
    test(`an attestation of type ${odd} stands for itself and breaks nothing`, async () => {
      const evidence = await evidenceOf([
        [odd, vex([statement()])],
        [COSIGN_VULN_PREDICATE_TYPE, scan({ findings: [finding()] })],
      ]);
      const found = list(evidence, "attestations").find((each) => memberOf(each, "predicateType") === odd) ?? null;
      assert.deepEqual(memberOf(found, "predicateTypes"), [odd]);
      assert.deepEqual([evidence["vex"], evidence["sboms"], evidence["unreadable"]], [[], [], []]);
      assert.deepEqual(pick(evidence, "findings", "answered"), [[false]]);
    });
  }

  test("the older URI of a type has both names", async () => {
    const evidence = await evidenceOf([["https://openvex.dev/ns/v0.2.0", vex([statement()])]]);
    assert.deepEqual(pick(evidence, "attestations", "predicateTypes"), [
      [["https://openvex.dev/ns", "https://openvex.dev/ns/v0.2.0"]],
    ]);
    assert.equal(list(evidence, "vex").length, 1);
  });
});

describe("who says what (finding 18)", () => {
  const attached: readonly Attached[] = [
    [COSIGN_VULN_PREDICATE_TYPE, scan({ findings: [finding()] }), "builder"],
    [VEX_TYPE, vex([statement()]), "other"],
    [SBOM_TYPE, sbom(RECENT), "other"],
    [PROVENANCE_TYPE, provenance(RECENT), "builder"],
  ];
  for (const form of ["bundle", "tag"] as const) {
    test(`each document and each statement names its signer (${form})`, async () => {
      const evidence = await evidenceOf(attached, [form]);
      const signers = ["scans", "vex", "sboms", "provenance"].map((key) => list(evidence, key).map(nameOf));
      assert.deepEqual(signers, [["builder"], ["other"], ["other"], ["builder"]]);
      const [found = null] = list(evidence, "findings");
      const said = memberOf(found, "statement") ?? null;
      assert.deepEqual(memberOf(said, "signer"), memberOf(list(evidence, "vex")[0] ?? null, "signer"));
      assert.equal(nameOf(said), "other");
      assert.equal(memberOf(said, "documentId"), "urn:vex:1");
    });
  }

  test("two documents under one tag are told apart by their signers", async () => {
    const late = vex([statement({ timestamp: RECENT })], { id: "urn:vex:late" });
    const early = vex([statement({ timestamp: EARLIER })], { id: "urn:vex:early" });
    const evidence = await evidenceOf([...attached.slice(0, 1), [VEX_TYPE, late, "other"], [VEX_TYPE, early]], ["tag"]);
    const [found = null] = list(evidence, "findings");
    assert.equal(nameOf(memberOf(found, "statement") ?? null), "other");
  });

  test("a signer that is not trusted says nothing", async () => {
    const evidence = await evidenceOf(attached, ["bundle"], { builder: undefined });
    assert.deepEqual([evidence["vex"], evidence["sboms"]], [[], []]);
    assert.deepEqual(pick(evidence, "findings", "answered"), [[false]]);
    assert.deepEqual(pick(evidence, "rejected", "code"), [["SIGNER_UNKNOWN"], ["SIGNER_UNKNOWN"]]);
  });
});

describe("statements without effect (finding 25)", () => {
  const cases: readonly (readonly [name: string, more: Partial<VexStatement>, expected: number])[] = [
    ["about the image", {}, 0],
    ["about the component", { products: [product("pkg:npm/a@1.0.0")] }, 0],
    ["about another product", { products: [product("pkg:oci/other")] }, 1],
    ["about nothing that was found", { vulnerability: "CVE-2020-1", products: [product("pkg:oci/other")] }, 0],
    ["by an alias of the finding", { vulnerability: "ghsa-1", products: [product("pkg:oci/other")] }, 1],
  ];
  for (const [name, more, expected] of cases) {
    test(name, async () => {
      const findings = [finding({ aliases: ["GHSA-1"] })];
      const evidence = await evidenceOf([
        [COSIGN_VULN_PREDICATE_TYPE, scan({ findings })],
        [VEX_TYPE, vex([statement(more)])],
      ]);
      assert.deepEqual(pick(evidence, "vex", "withoutEffect"), [[expected]]);
      const reasons = expected === 0 ? [] : [{ documentId: "urn:vex:1", reason: unmatchedReason }];
      assert.deepEqual(pick(evidence, "findings", "unmatched"), [[reasons]]);
    });
  }

  test("a statement that decides one of two findings has its effect", async () => {
    const findings = [finding(), finding({ purl: "pkg:npm/b@1.0.0", component: "b" })];
    const evidence = await evidenceOf([
      [COSIGN_VULN_PREDICATE_TYPE, scan({ findings })],
      [VEX_TYPE, vex([statement({ products: [product("pkg:npm/b@1.0.0")] })])],
    ]);
    assert.deepEqual(pick(evidence, "vex", "withoutEffect"), [[0]]);
    assert.deepEqual(pick(evidence, "findings", "component", "answered"), [
      ["a", false],
      ["b", true],
    ]);
  });
});
const unmatchedReason = 'its product pkg:oci/other is not this artifact: the name is "shop", and "other" is asked for';

interface TestPlatform {
  readonly os: string;
  readonly architecture: string;
  readonly user: string;
}

describe("image data of every platform (finding 19, C2)", () => {
  async function imageData(platforms: readonly TestPlatform[], tamper?: string): Promise<Members> {
    const world = createFakeWorld();
    const storage = world.storageOf(REPOSITORY);
    const manifests = [];
    for (const { os, architecture, user } of platforms) {
      const config = encodeImageConfig({
        os,
        architecture,
        config: { User: user },
        rootfs: { type: "layers", diff_ids: [] },
      });
      const blob = await storage.writeBlob(user === tamper ? new TextEncoder().encode("[]") : config);
      const manifest = encodeManifest({
        kind: "manifest",
        mediaType: MEDIA_TYPES.manifest,
        config: { mediaType: MEDIA_TYPES.config, ...blob },
        layers: [],
      });
      const descriptor = await storage.writeManifest(manifest, { mediaType: MEDIA_TYPES.manifest, tag: "v1" });
      manifests.push({ ...descriptor, platform: { os, architecture } });
    }
    if (platforms.length > 1) {
      const index = encodeIndex({ kind: "index", mediaType: MEDIA_TYPES.index, manifests });
      await storage.writeManifest(index, { mediaType: MEDIA_TYPES.index, tag: "v1" });
    }
    return load(world, "imageData", { image: IMAGE });
  }
  const users = (data: Value): readonly unknown[] =>
    list(data, "platforms").map((each) => [
      memberOf(memberOf(each, "platform"), "architecture"),
      memberOf(memberOf(memberOf(each, "config"), "config"), "User"),
    ]);
  const amd64 = { os: "linux", architecture: "amd64", user: "10001" };
  const arm64 = { os: "linux", architecture: "arm64", user: "root" };

  test("the second platform's user is seen, the first one's stays on top", async () => {
    const data = await imageData([amd64, arm64]);
    assert.deepEqual(users(data), [
      ["amd64", "10001"],
      ["arm64", "root"],
    ]);
    assert.equal(memberOf(memberOf(memberOf(data, "config"), "config"), "User"), "10001");
    assert.equal(new Set(list(data, "platforms").map((each) => memberOf(each, "digest"))).size, 2);
  });

  test("an image that is not an index is its only platform", async () => {
    const data = await imageData([arm64]);
    assert.deepEqual(users(data), [["arm64", "root"]]);
    assert.equal(memberOf(list(data, "platforms")[0] ?? null, "digest"), memberOf(data, "digest"));
  });

  test("a second platform whose config is malformed is a failure (C4)", async () => {
    await assert.rejects(imageData([amd64, arm64], "root"), /MANIFEST_INVALID/);
  });
});
