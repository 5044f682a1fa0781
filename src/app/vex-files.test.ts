import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeUtf8, isAmapError, writeJson } from "../base/index.ts";
import type { Sbom, Scan, VexDocument } from "../metadata/index.ts";
import { readVexFile } from "./documents.ts";
import { explainDocuments } from "./vex-explain.ts";
import type { World } from "./world.ts";

const SERIAL = "3e671687-395b-41f5-a30f-a58921a69b79";
const LODASH = "pkg:npm/lodash@4.17.20";
const TIME = "2026-01-01T00:00:00Z";

const FILES: Readonly<Record<string, unknown>> = {
  "openvex.json": {
    "@context": "https://openvex.dev/ns/v0.2.0",
    author: "Zoe",
    timestamp: TIME,
    version: 1,
    statements: [{ vulnerability: { name: "CVE-2026-1" }, products: [{ "@id": LODASH }], status: "fixed" }],
  },
  "csaf.json": {
    document: {
      category: "csaf_vex",
      csaf_version: "2.1",
      publisher: { name: "Zoe" },
      tracking: { id: "1", version: "1", current_release_date: TIME },
    },
    product_tree: {
      full_product_names: [{ product_id: "a", product_identification_helper: { purls: [LODASH], skus: ["1"] } }],
    },
    vulnerabilities: [{ cve: "CVE-2026-1", product_status: { fixed: ["a"] } }],
  },
  "cyclonedx.json": {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    metadata: { timestamp: TIME, authors: [{ name: "Zoe" }] },
    vulnerabilities: [
      { id: "CVE-2026-1", analysis: { state: "resolved" }, affects: [{ ref: `urn:cdx:${SERIAL}/1#lodash-ref` }] },
    ],
  },
  "other.json": {},
};

const WORLD = {
  files: { read: (path: string) => Promise.resolve(encodeUtf8(writeJson(FILES[path] as never))) },
} as unknown as World;

const COMPONENT = { kind: "library", licenses: [], hashes: [], locations: [], scope: "production" } as const;
const SBOM: Sbom = {
  serialNumber: `urn:uuid:${SERIAL}`,
  version: 1,
  createdAt: TIME,
  authors: [],
  tools: [],
  subject: { ...COMPONENT, ref: "shop", name: "shop" },
  components: [{ ...COMPONENT, ref: "lodash-ref", name: "lodash", purl: LODASH }],
  dependencies: new Map([["shop", ["lodash-ref"]]]),
  notLookedAt: [],
};
const SCAN: Scan = {
  scanner: { name: "amap", version: "0.1.0", uri: "" },
  database: { uri: "", version: "", updatedAt: TIME },
  startedAt: TIME,
  finishedAt: TIME,
  matchedComponents: 1,
  notLookedAt: [],
  findings: [
    {
      vulnerability: "CVE-2026-1",
      aliases: [],
      advisory: "CVE-2026-1",
      purl: LODASH,
      component: "lodash",
      version: "4.17.20",
      severity: "high",
      fixedVersions: [],
    },
  ],
};

function isAnswered(document: VexDocument, now: number, sbom: Sbom): boolean | undefined {
  const request = { findings: SCAN.findings, product: { purls: [], digests: [] }, now, sbom };
  return explainDocuments([{ document, source: "vex.json" }], request).findings[0]?.finding.answered;
}

describe("a VEX file given to a scan", () => {
  for (const [path, notes] of [
    ["openvex.json", []],
    [
      "csaf.json",
      ["csaf.json: product_tree.full_product_names[0].product_identification_helper.skus: skus are not read"],
    ],
    ["cyclonedx.json", []],
  ] as const) {
    it(`${path} answers the finding`, async () => {
      const told: string[] = [];
      const { document } = await readVexFile(WORLD, path, (message) => void told.push(message));
      const now = Date.parse("2026-06-01T00:00:00Z");
      assert.equal(isAnswered(document, now, SBOM), true);
      assert.deepEqual(told, notes);
    });
  }

  it("is refused where it is no VEX", async () => {
    await assert.rejects(
      readVexFile(WORLD, "other.json", () => undefined),
      (error) => isAmapError(error, "DOCUMENT_INVALID") && /other\.json:.*expected OpenVEX/.test(error.message),
    );
  });

  it("answers nothing through a BOM-Link into another SBOM", async () => {
    const { document } = await readVexFile(WORLD, "cyclonedx.json", () => undefined);
    const other = { ...SBOM, serialNumber: `urn:uuid:${SERIAL.replace("3", "4")}` };
    assert.equal(isAnswered(document, Date.parse(TIME), other), false);
  });
});
