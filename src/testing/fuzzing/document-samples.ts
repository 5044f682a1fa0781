import type { Value } from "../../base/index.ts";

export const TIME = "2026-01-01T00:00:00Z";
const HASH = { sha256: "0b".repeat(32) };
const PURL = "pkg:npm/lodash@4.17.20";

export const VEX: Value = {
  "@context": "https://openvex.dev/ns/v0.2.0",
  "@id": "https://shop.example/vex-1",
  author: "Zoe",
  role: "r",
  tooling: "t",
  timestamp: TIME,
  last_updated: TIME,
  version: 1,
  statements: [
    {
      "@id": "https://shop.example/vex-1#a",
      vulnerability: { "@id": "https://x.example/CVE-1", name: "CVE-2026-1", aliases: ["GHSA-1"], description: "d" },
      products: [
        {
          "@id": PURL,
          identifiers: { purl: PURL, cpe23: "cpe:2.3:a:a:a:1:*:*:*:*:*:*:*" },
          hashes: { "sha-256": "0b".repeat(32) },
          subcomponents: [{ "@id": "pkg:npm/a@1" }],
        },
      ],
      status: "not_affected",
      justification: "vulnerable_code_not_in_execute_path",
      impact_statement: "i",
      status_notes: "n",
      timestamp: TIME,
    },
    { vulnerability: { name: "CVE-2026-2" }, products: [{ "@id": PURL }], status: "affected", action_statement: "a" },
  ],
};

export const ADVISORY: Value = {
  schema_version: "1.7.0",
  id: "GHSA-35jh-r3h4-6jhm",
  aliases: ["CVE-2026-1"],
  upstream: [],
  related: ["X-1"],
  modified: TIME,
  published: TIME,
  withdrawn: TIME,
  summary: "s",
  details: "d",
  severity: [{ type: "CVSS_V3", score: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" }],
  affected: [
    {
      package: { ecosystem: "npm", name: "lodash", purl: "pkg:npm/lodash" },
      severity: [{ type: "CVSS_V4", score: "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N" }],
      ranges: [
        { type: "SEMVER", events: [{ introduced: "0" }, { fixed: "4.17.21" }] },
        { type: "ECOSYSTEM", events: [{ introduced: "1" }, { last_affected: "2" }, { limit: "3" }] },
        { type: "GIT", repo: "https://x.example", events: [{ introduced: "0" }] },
      ],
      versions: ["4.17.20"],
      ecosystem_specific: { urgency: "low" },
    },
    { package: { ecosystem: "Debian:12", name: "openssl" }, versions: ["1"] },
  ],
  database_specific: { severity: "HIGH" },
};

export const TRIVY: Value = {
  invocation: { uri: "", event_id: "", "builder.id": "" },
  scanner: {
    uri: "pkg:github/aquasecurity/trivy@0.50.0",
    version: "0.50.0",
    db: { uri: "", version: "", lastUpdate: TIME },
    result: {
      SchemaVersion: 2,
      Results: [
        {
          Target: "a",
          Vulnerabilities: [
            {
              VulnerabilityID: "CVE-2026-1",
              VendorIDs: ["DSA-1"],
              PkgName: "a",
              PkgIdentifier: { PURL },
              InstalledVersion: "1",
              FixedVersion: "2, 3",
              Severity: "HIGH",
              Title: "t",
            },
          ],
        },
      ],
    },
  },
  metadata: { scanStartedOn: TIME, scanFinishedOn: TIME },
};
export const GRYPE: Value = {
  scanner: {
    uri: "",
    db: {},
    result: {
      descriptor: { name: "grype" },
      matches: [
        {
          vulnerability: {
            id: "GHSA-1",
            severity: "High",
            cvss: [{ vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" }],
            fix: { versions: ["2"], state: "fixed" },
          },
          relatedVulnerabilities: [{ id: "CVE-2026-1" }],
          artifact: { name: "a", version: "1", purl: PURL },
        },
      ],
    },
  },
  metadata: { scanStartedOn: TIME, scanFinishedOn: TIME },
};

export const PROVENANCE: Value = {
  buildDefinition: {
    buildType: "https://shop.example/build",
    externalParameters: { a: 1 },
    internalParameters: {},
    resolvedDependencies: [{ uri: "git+https://shop.example", digest: HASH, name: "n", mediaType: "m" }],
  },
  runDetails: {
    builder: { id: "https://shop.example/builder", version: { a: "1" }, builderDependencies: [] },
    metadata: { invocationId: "i", startedOn: TIME, finishedOn: TIME },
    byproducts: [{ uri: "x", digest: HASH }],
  },
};
export const SUMMARY: Value = {
  verifier: { id: "https://shop.example", version: { amap: "1" } },
  timeVerified: TIME,
  resourceUri: "oci://shop",
  policy: { uri: "p", digest: HASH },
  inputAttestations: [{ uri: "a", digest: HASH }],
  verificationResult: "PASSED",
  verifiedLevels: ["SLSA_BUILD_LEVEL_3"],
  dependencyLevels: { SLSA_BUILD_LEVEL_3: 1 },
  slsaVersion: "1.0",
};
export const ENRICH_RULES: Value = {
  document: { author: "Zoe", dataLicense: "CC0-1.0", lifecycles: ["build"] },
  rules: [
    {
      match: { purl: "pkg:npm/*", name: "a*" },
      set: {
        supplier: { name: "{name}", urls: ["https://x"] },
        licenses: "MIT",
        hashes: [{ algorithm: "MD5", value: "0d" }],
      },
    },
  ],
};

/** Decisions, of each kind. */
export const DECISIONS: Value = {
  apiVersion: "amap.dev/v1alpha1",
  kind: "Decisions",
  decisions: [
    {
      finding: "CVE-2026-1",
      scope: { products: ["pkg:oci/shop", `sha256:${"a".repeat(64)}`], components: ["pkg:npm/lodash@4"] },
      status: "not_affected",
      justification: "vulnerable_code_not_present",
      impactStatement: "It is not built in.",
      statusNotes: "n",
      author: "a@example.com",
      approvers: ["b@example.com"],
      decidedAt: "2026-01-01T00:00:00Z",
      origin: "trivyignore",
    },
    {
      finding: "GHSA-aaaa-bbbb-cccc",
      status: "risk_accepted",
      reason: "No way in.",
      owner: "shop",
      author: "a@example.com",
      decidedAt: "2026-01-01T00:00:00Z",
      until: "2026-06-01T00:00:00Z",
    },
  ],
};

/** Risks that are taken. */
export const ACCEPTANCES: Value = {
  acceptances: [
    {
      finding: "CVE-2026-1",
      scope: { products: [], components: ["pkg:npm/lodash@4"] },
      owner: "shop",
      reason: "No way in.",
      author: "a@example.com",
      approvers: [{ identity: "b@example.com", proof: "signed_commit", commit: "c".repeat(40) }],
      decidedAt: "2026-01-01T00:00:00Z",
      until: "2026-06-01T00:00:00Z",
    },
  ],
};
