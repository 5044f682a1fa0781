import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { encodeUtf8, LIMITS } from "../../../base/index.ts";
import { createCsafValidation } from "../index.ts";

const csaf = createCsafValidation();
const TIME = "2026-01-01T00:00:00Z";
const P1 = { name: "A", product_id: "P1" };

/** A document of the profile base. */
function documentOf(version: "2.0" | "2.1", more: object = {}, head: object = {}): object {
  return {
    ...(version === "2.1" ? { $schema: "https://docs.oasis-open.org/csaf/csaf/v2.1/schema/csaf.json" } : {}),
    document: {
      category: "csaf_base",
      csaf_version: version,
      distribution: { tlp: { label: version === "2.1" ? "CLEAR" : "WHITE" } },
      publisher: { category: "vendor", name: "Zoe", namespace: "https://example.com" },
      title: "T",
      tracking: {
        current_release_date: TIME,
        id: "1",
        initial_release_date: TIME,
        revision_history: [{ date: TIME, number: "1", summary: "First" }],
        status: "final",
        version: "1",
      },
      ...head,
    },
    ...more,
  };
}

async function testsThatFail(version: "2.0" | "2.1", document: object): Promise<readonly string[]> {
  const { findings } = await csaf.check(version, encodeUtf8(JSON.stringify(document)), { hasStrictSchema: false });
  return [
    ...new Set(findings.filter(({ group }) => group === "schema" || group === "mandatory").map(({ test }) => test)),
  ];
}

const branch = (category: string, name: string, inside: object): object => ({
  category,
  name,
  ...("product_id" in inside ? { product: inside } : { branches: [inside] }),
});
const ranged = (name: string): object => ({
  product_tree: {
    branches: [branch("vendor", "V", branch("product_name", "N", branch("product_version_range", name, P1)))],
  },
});
const helped = (helper: object): object => ({
  product_tree: { full_product_names: [{ ...P1, product_identification_helper: helper }] },
});
const path = (id: string, from: string, to: string): object => ({
  beginning_product_reference: from,
  full_product_name: { name: id, product_id: id },
  subpaths: [{ category: "installed_on", next_product_reference: to }],
});
const metric = (content: object): object => ({
  product_tree: { full_product_names: [P1] },
  vulnerabilities: [{ metrics: [{ content, products: ["P1"] }] }],
});
const ssvc = (selection: object): object =>
  metric({
    ssvc_v2: {
      schemaVersion: "2.0.0",
      timestamp: TIME,
      selections: [{ namespace: "ssvc", version: "2.0.0", ...selection }],
    },
  });

describe("CSAF", () => {
  it("finds nothing wrong with good documents", async () => {
    for (const version of ["2.0", "2.1"] as const)
      assert.deepEqual(await testsThatFail(version, documentOf(version)), []);
  });

  const rows: readonly (readonly [name: string, version: "2.0" | "2.1", document: object, tests: readonly string[]])[] =
    [
      ["a missing title", "2.0", documentOf("2.0", {}, { title: undefined }), ["schema"]],
      [
        "an undefined product",
        "2.0",
        documentOf("2.0", { product_tree: { product_groups: [{ group_id: "G", product_ids: ["P1", "P2"] }] } }),
        ["6.1.1"],
      ],
      [
        "a product defined twice",
        "2.0",
        documentOf("2.0", { product_tree: { full_product_names: [P1, { ...P1, name: "B" }] } }),
        ["6.1.2"],
      ],
      [
        "a product made of itself",
        "2.1",
        documentOf("2.1", {
          product_tree: { full_product_names: [P1], product_paths: [path("P2", "P1", "P3"), path("P3", "P1", "P2")] },
        }),
        ["6.1.3"],
      ],
      [
        "product paths",
        "2.1",
        documentOf("2.1", { product_tree: { full_product_names: [P1], product_paths: [path("P2", "P1", "P1")] } }),
        [],
      ],
      [
        "the relationships of an earlier draft",
        "2.1",
        documentOf("2.1", { product_tree: { full_product_names: [P1], relationships: [] } }),
        ["schema"],
      ],
      [
        "package URLs of two packages",
        "2.1",
        documentOf("2.1", helped({ purls: ["pkg:npm/a@1", "pkg:npm/b@1"] })),
        ["6.1.42"],
      ],
      ["package URLs of one", "2.1", documentOf("2.1", helped({ purls: ["pkg:npm/a@1?x=1", "pkg:npm/a@1?x=2"] })), []],
      ["two stars in a serial number", "2.1", documentOf("2.1", helped({ serial_numbers: ["*A*"] })), ["6.1.44"]],
      ["a star that is escaped", "2.1", documentOf("2.1", helped({ serial_numbers: ["*A\\*"] })), []],
      ["words for a range", "2.1", documentOf("2.1", ranged("before 4.2")), ["6.1.50"]],
      ["a range out of order", "2.1", documentOf("2.1", ranged("vers:npm/>=2.0.0|<1.0.0")), ["6.1.50"]],
      ["a range in order", "2.1", documentOf("2.1", ranged("vers:npm/>=1.0.0|<2.0.0")), []],
      ["all versions", "2.1", documentOf("2.1", ranged("vers:all/*")), []],
      ["one version as a range", "2.1", documentOf("2.1", ranged("vers:npm/1.0.0")), ["6.1.59"]],
      [
        "a category twice on a path",
        "2.1",
        documentOf("2.1", { product_tree: { branches: [branch("vendor", "V", branch("vendor", "W", P1))] } }),
        ["6.1.57"],
      ],
      [
        "a family twice on a path",
        "2.1",
        documentOf("2.1", {
          product_tree: { branches: [branch("product_family", "V", branch("product_family", "W", P1))] },
        }),
        [],
      ],
      [
        "a wrong CVSS 4 score",
        "2.1",
        documentOf(
          "2.1",
          metric({
            cvss_v4: {
              version: "4.0",
              vectorString: "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H",
              baseScore: 9.9,
              baseSeverity: "CRITICAL",
            },
          }),
        ),
        ["6.1.9"],
      ],
      ["a broken CVSS object", "2.1", documentOf("2.1", metric({ cvss_v3: { version: "3.1" } })), ["schema", "6.1.8"]],
      [
        "an SSVC decision point that there is not",
        "2.1",
        documentOf("2.1", ssvc({ key: "XX", values: [{ key: "N" }] })),
        ["6.1.48"],
      ],
      [
        "SSVC values out of order",
        "2.1",
        documentOf("2.1", ssvc({ key: "SI", values: [{ key: "C" }, { key: "M" }] })),
        ["6.1.48"],
      ],
      [
        "a good SSVC decision point",
        "2.1",
        documentOf("2.1", ssvc({ key: "SI", values: [{ key: "M" }, { key: "C" }] })),
        [],
      ],
      ["a licence that is none", "2.1", documentOf("2.1", {}, { license_expression: "MIT AND" }), ["6.1.54"]],
      [
        "a licence with an exception",
        "2.1",
        documentOf("2.1", {}, { license_expression: "(MIT OR GPL-2.0-only WITH Classpath-exception-2.0)" }),
        [],
      ],
      [
        "an unlisted licence without its text",
        "2.1",
        documentOf("2.1", {}, { license_expression: "LicenseRef-own" }),
        ["6.1.55"],
      ],
      ["a category like a profile's", "2.1", documentOf("2.1", {}, { category: "CSAF VEX" }), ["6.1.26"]],
    ];
  for (const [name, version, document, tests] of rows) {
    it(`${version}: ${name}`, async () => assert.deepEqual(await testsThatFail(version, document), tests));
  }

  it("says which tests were not run, and why", async () => {
    const { notRun } = await csaf.check("2.0", encodeUtf8(JSON.stringify(documentOf("2.0"))), {
      hasStrictSchema: true,
    });
    assert.deepEqual(
      notRun.map(({ test }) => test),
      ["6.3.6", "6.3.7", "6.3.8"],
    );
    const broken = await csaf.check("2.0", encodeUtf8("{}"), { hasStrictSchema: true });
    assert.ok(broken.notRun.some(({ test, reason }) => test === "6.1.6" && /schema/.test(reason)));
  });

  it("refuses members that a strict schema does not name", async () => {
    const bytes = encodeUtf8(JSON.stringify(documentOf("2.0", { price: 1 })));
    const [strict, loose] = [true, false].map((hasStrictSchema) => csaf.check("2.0", bytes, { hasStrictSchema }));
    assert.ok((await strict)?.findings.some(({ test }) => test === "schema"));
    assert.ok((await loose)?.findings.every(({ test }) => test !== "schema"));
  });

  it("limits size, products, vulnerabilities and nesting", async () => {
    const refused = [
      encodeUtf8(" ".repeat(LIMITS.csafDocumentBytes + 1)),
      encodeUtf8(JSON.stringify({ vulnerabilities: Array.from({ length: LIMITS.csafVulnerabilities + 1 }, () => 0) })),
      encodeUtf8(
        JSON.stringify({
          product_tree: { full_product_names: Array.from({ length: LIMITS.csafProducts + 1 }, () => 0) },
        }),
      ),
      encodeUtf8(
        `{"product_tree":${'{"branches":['.repeat(LIMITS.csafBranchDepth + 1)}{"product":{}}${"]}".repeat(LIMITS.csafBranchDepth + 1)}}`,
      ),
    ];
    for (const bytes of refused)
      await assert.rejects(csaf.check("2.1", bytes, { hasStrictSchema: false }), { code: "LIMIT_EXCEEDED" });
  });

  it("takes any value without anything but findings", async () => {
    const keys = fc.constantFrom("document", "product_tree", "vulnerabilities", "x_extensions");
    await fc.assert(
      fc.asyncProperty(keys, fc.jsonValue({ maxDepth: 4 }), async (key, value) => {
        await csaf.check("2.1", encodeUtf8(JSON.stringify({ ...documentOf("2.1"), [key]: value })), {
          hasStrictSchema: false,
        });
      }),
      { numRuns: 40 },
    );
  });
});
