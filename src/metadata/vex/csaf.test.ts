import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Value, ValueObject } from "../../base/index.ts";
import { onlyStatement, readVexOf } from "../../testing/vex-reading.ts";
import { readVexDocument } from "./read-vex.ts";
import type { VexStatement } from "./vex.ts";

const LODASH = "pkg:npm/lodash@4.17.20";
const SHOP = "pkg:oci/shop@sha256%3Aabc";

const HEAD = {
  category: "csaf_vex",
  csaf_version: "2.0",
  publisher: { category: "vendor", name: "Zoe", namespace: "https://example.com/" },
  title: "t",
  tracking: {
    id: "Z-1",
    current_release_date: "2026-01-02T03:04:05Z",
    version: "3",
    status: "final",
    generator: { engine: { name: "maker", version: "2" } },
  },
};

const product = (product_id: string, helper?: Value): ValueObject => ({
  product_id,
  name: product_id,
  ...(helper === undefined ? {} : { product_identification_helper: helper }),
});

function documentOf(tree: Value, vulnerability: ValueObject, document: Value = HEAD): ValueObject {
  return { document, product_tree: tree, vulnerabilities: [{ cve: "CVE-2026-1", ...vulnerability }] };
}

const FLAT = { full_product_names: [product("a", { purl: LODASH }), product("b", { purl: "pkg:npm/b@1" })] };

const namesOf = (statement: VexStatement): readonly unknown[] =>
  statement.products.map(({ id, subcomponents }) =>
    subcomponents.length === 0 ? id : [id, subcomponents.map((each) => each.id)],
  );
const wordsOf = (value: Value): string =>
  readVexOf(value)
    .notes.map(({ message }) => message)
    .join("\n");

describe("a CSAF document", () => {
  test("is read whole", () => {
    const found = readVexOf(
      documentOf(FLAT, {
        ids: [{ system_name: "GitHub", text: "GHSA-1" }],
        product_status: { known_not_affected: ["a"] },
        flags: [{ label: "component_not_present", product_ids: ["a"] }],
        threats: [{ category: "impact", details: "gone", product_ids: ["a"] }],
      }),
    );
    assert.deepEqual(found, {
      format: "CSAF",
      specVersion: "2.0",
      document: {
        id: "https://example.com/Z-1",
        author: "Zoe",
        role: "vendor",
        tooling: "maker 2",
        timestamp: "2026-01-02T03:04:05Z",
        version: 3,
        statements: [
          {
            vulnerability: "CVE-2026-1",
            aliases: ["GHSA-1"],
            status: "not_affected",
            products: [{ id: LODASH, identifiers: { purl: LODASH }, hashes: {}, subcomponents: [] }],
            justification: "component_not_present",
            impactStatement: "gone",
            timestamp: "2026-01-02T03:04:05Z",
          },
        ],
      },
      notes: [],
    });
  });

  const statuses: readonly (readonly [string, string])[] = [
    ["fixed", "fixed"],
    ["first_fixed", "fixed"],
    ["known_affected", "affected"],
    ["first_affected", "affected"],
    ["last_affected", "affected"],
    ["known_not_affected", "not_affected"],
    ["under_investigation", "under_investigation"],
  ];
  for (const [group, status] of statuses) {
    test(`its group ${group} is ${status}`, () => {
      assert.equal(onlyStatement(documentOf(FLAT, { product_status: { [group]: ["a"] } })).status, status);
    });
  }

  test("products of which the same is said share a statement, others have their own", () => {
    const { statements } = readVexOf(
      documentOf(FLAT, {
        product_status: { known_affected: ["a", "b"], fixed: ["a"] },
        remediations: [
          { category: "vendor_fix", details: "update", product_ids: ["a"], url: "https://example.com/u" },
          { category: "workaround", details: "switch it off" },
        ],
      }),
    ).document;
    assert.deepEqual(
      statements.map(({ status, actionStatement, products }) => [
        status,
        actionStatement,
        products.map(({ id }) => id),
      ]),
      [
        ["affected", "update (https://example.com/u)\nswitch it off", [LODASH]],
        ["affected", "switch it off", ["pkg:npm/b@1"]],
        ["fixed", undefined, [LODASH]],
      ],
    );
  });

  const trees: readonly (readonly [string, Value, readonly unknown[]])[] = [
    ["a list of names", FLAT, [LODASH]],
    [
      "branches",
      {
        branches: [
          {
            category: "vendor",
            name: "v",
            branches: [{ category: "product_name", name: "n", product: product("a", { purl: LODASH }) }],
          },
        ],
      },
      [LODASH],
    ],
    ["several package URLs (2.1)", { full_product_names: [product("a", { purls: [LODASH, SHOP] })] }, [LODASH, SHOP]],
    ["a CPE", { full_product_names: [product("a", { cpe: "cpe:/a:b:c" })] }, ["cpe:/a:b:c"]],
    [
      "a BOM-Link",
      { full_product_names: [product("a", { x_generic_uris: [{ namespace: "n", uri: "urn:cdx:1" }] })] },
      ["urn:cdx:1"],
    ],
    ["nothing but a name", { full_product_names: [product("a@sha256:1")] }, ["csaf:a"]],
    [
      "a version of its branch",
      {
        branches: [{ category: "product_version", name: "4.17.20", product: product("a", { purl: "pkg:npm/lodash" }) }],
      },
      [LODASH],
    ],
    [
      "a CPE, with the version of its branch",
      {
        branches: [{ category: "product_version", name: "4.1+b", product: product("a", { cpe: "cpe:/a:b:c_c" }) }],
      },
      ["cpe:2.3:a:b:c_c:4.1\\+b:*:*:*:*:*:*:*"],
    ],
    [
      "a CPE that has its version",
      { branches: [{ category: "product_version", name: "4", product: product("a", { cpe: "cpe:/a:b:c:3" }) }] },
      ["cpe:/a:b:c:3"],
    ],
    [
      "a range of its branch, which is not read",
      {
        branches: [
          { category: "product_version_range", name: "vers:npm/<4", product: product("a", { purl: "pkg:npm/lodash" }) },
        ],
      },
      ["csaf:a"],
    ],
    [
      "a component of a product",
      {
        full_product_names: [product("in", { purl: LODASH }), product("out", { purl: SHOP })],
        relationships: [
          {
            category: "default_component_of",
            product_reference: "in",
            relates_to_product_reference: "out",
            full_product_name: product("a"),
          },
        ],
      },
      [[SHOP, [LODASH]]],
    ],
    [
      "a path of products (2.1)",
      {
        full_product_names: [product("in", { purl: LODASH }), product("out", { purl: SHOP })],
        product_paths: [
          {
            beginning_product_reference: "in",
            subpaths: [{ category: "installed_on", next_product_reference: "out" }],
            full_product_name: product("a"),
          },
        ],
      },
      [[SHOP, [LODASH]]],
    ],
    [
      "three products inside each other, which are not read",
      {
        full_product_names: [product("in", { purl: LODASH }), product("out", { purl: SHOP })],
        relationships: [
          {
            category: "installed_on",
            product_reference: "in",
            relates_to_product_reference: "out",
            full_product_name: product("two"),
          },
          {
            category: "installed_on",
            product_reference: "in",
            relates_to_product_reference: "two",
            full_product_name: product("a"),
          },
        ],
      },
      ["csaf:a"],
    ],
    [
      "a circle",
      {
        relationships: [
          {
            category: "installed_on",
            product_reference: "a",
            relates_to_product_reference: "a",
            full_product_name: product("a"),
          },
        ],
      },
      ["csaf:a"],
    ],
    ["no product tree", {}, ["csaf:a"]],
  ];
  for (const [name, tree, expected] of trees) {
    test(`names a product by ${name}`, () => {
      const id = name === "nothing but a name" ? "a@sha256:1" : "a";
      const statement = onlyStatement(documentOf(tree, { product_status: { fixed: [id] } }));
      assert.deepEqual(namesOf(statement), name === "nothing but a name" ? ["csaf:a%40sha256%3A1"] : expected);
    });
  }

  const DATED = { label: "vulnerable_code_not_present", product_ids: ["a"], date: "2025-01-01T00:00:00Z" };
  const dated: readonly (readonly [string, { flags: Value[]; threats?: Value[] }, string])[] = [
    ["the date of its flag", { flags: [DATED] }, "2025-01-01T00:00:00Z"],
    [
      "the newest date of its reasons",
      {
        flags: [DATED],
        threats: [{ category: "impact", details: "d", product_ids: ["a"], date: "2025-03-01T00:00:00Z" }],
      },
      "2025-03-01T00:00:00Z",
    ],
    [
      "that of the document where a reason has none",
      { flags: [DATED], threats: [{ category: "impact", details: "d", product_ids: ["a"] }] },
      "2026-01-02T03:04:05Z",
    ],
    [
      "never later than that of the document",
      { flags: [{ ...DATED, date: "2027-01-01T00:00:00Z" }] },
      "2026-01-02T03:04:05Z",
    ],
  ];
  for (const [name, reasons, expected] of dated) {
    test(`what is not affected has the time: ${name}`, () => {
      const stated = { product_status: { known_not_affected: ["a"] }, ...reasons };
      assert.equal(onlyStatement(documentOf(FLAT, stated)).timestamp, expected);
    });
  }

  test("groups of products stand for their members", () => {
    const tree = { ...FLAT, product_groups: [{ group_id: "g", product_ids: ["a", "b"] }] };
    const statement = onlyStatement(
      documentOf(tree, {
        product_status: { known_not_affected: ["a", "b"] },
        flags: [{ label: "vulnerable_code_not_present", group_ids: ["g"] }],
      }),
    );
    assert.equal(statement.justification, "vulnerable_code_not_present");
    assert.deepEqual(namesOf(statement), [LODASH, "pkg:npm/b@1"]);
  });

  test("hashes are those of one file", () => {
    const file = (value: string): Value => ({ filename: "f", file_hashes: [{ algorithm: "sha256", value }] });
    const hashesOf = (...files: Value[]): unknown =>
      onlyStatement(
        documentOf(
          { full_product_names: [product("a", { purl: LODASH, hashes: files })] },
          { product_status: { fixed: ["a"] } },
        ),
      ).products[0]?.hashes;
    assert.deepEqual(hashesOf(file("AB")), { "sha-256": "ab" });
    assert.deepEqual(hashesOf(file("ab"), file("cd")), {});
  });

  for (const [version, later] of [
    ["1", "2"],
    ["1.9.9", "1.10.0"],
    ["2.0.0", "10.0.0"],
  ] as const) {
    test(`version ${version} is earlier than ${later}`, () => {
      const numberOf = (text: string): number =>
        readVexOf(
          documentOf(
            FLAT,
            { product_status: { fixed: ["a"] } },
            { ...HEAD, tracking: { ...HEAD.tracking, version: text } },
          ),
        ).document.version;
      assert.ok(numberOf(version) < numberOf(later));
    });
  }
});

describe("a CSAF document tells", () => {
  const cases: readonly (readonly [string, Value, RegExp])[] = [
    [
      "that it is an advisory",
      documentOf(FLAT, { product_status: { fixed: ["a"] } }, { ...HEAD, category: "csaf_security_advisory" }),
      /security advisory/,
    ],
    [
      "that recommended is no status",
      documentOf(FLAT, { product_status: { fixed: ["a"], recommended: ["b"] } }),
      /recommended is not read/,
    ],
    ["of a product of nobody", documentOf(FLAT, { product_status: { fixed: ["x"] } }), /does not have/],
    ["of no reason", documentOf(FLAT, { product_status: { known_not_affected: ["a"] } }), /without reason/],
    ["of no remediation", documentOf(FLAT, { product_status: { known_affected: ["a"] } }), /without remediation/],
    [
      "of what sold items are called",
      documentOf(
        { full_product_names: [product("a", { purl: LODASH, skus: ["x"] })] },
        { product_status: { fixed: ["a"] } },
      ),
      /skus are not read/,
    ],
    [
      "of a package URL that is none",
      documentOf(
        { full_product_names: [product("a", { purl: "pkg:maven/@1" })] },
        { product_status: { fixed: ["a"] } },
      ),
      /cannot be read/,
    ],
  ];
  for (const [name, value, expected] of cases) test(name, () => assert.match(wordsOf(value), expected));
});

describe("a CSAF document is refused for", () => {
  const good = { product_status: { fixed: ["a"] } };
  const cases: readonly (readonly [string, Value, string])[] = [
    ["another version", documentOf(FLAT, good, { ...HEAD, csaf_version: "1.2" }), "document.csaf_version"],
    ["another category", documentOf(FLAT, good, { ...HEAD, category: "csaf_base" }), "document.category"],
    ["no publisher", documentOf(FLAT, good, { ...HEAD, publisher: {} }), "document.publisher.name"],
    [
      "no time",
      documentOf(FLAT, good, { ...HEAD, tracking: { id: "1", version: "1" } }),
      "document.tracking.current_release_date",
    ],
    [
      "an unknown status",
      documentOf(FLAT, { product_status: { great: ["a"] } }),
      "vulnerabilities[0].product_status.great",
    ],
    ["an unknown flag", documentOf(FLAT, { ...good, flags: [{ label: "x" }] }), "vulnerabilities[0].flags[0].label"],
    ["no name of a vulnerability", documentOf(FLAT, { ...good, cve: null }), "vulnerabilities[0]"],
    ["no statement", documentOf(FLAT, {}), "vulnerabilities"],
    [
      "two products of one id",
      documentOf({ full_product_names: [product("a"), product("a")] }, good),
      "product_tree.full_product_names[1].product_id",
    ],
    [
      "an unknown relationship",
      documentOf(
        {
          ...FLAT,
          relationships: [
            {
              category: "x",
              product_reference: "a",
              relates_to_product_reference: "b",
              full_product_name: product("c"),
            },
          ],
        },
        good,
      ),
      "product_tree.relationships[0].category",
    ],
  ];
  for (const [name, value, path] of cases) {
    test(name, () => {
      const decoded = readVexDocument(value);
      assert.ok(!decoded.ok);
      assert.ok(
        decoded.issues.some((issue) => issue.path === path),
        JSON.stringify(decoded.issues),
      );
    });
  }

  test("junk, which never throws", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom("product_tree", "vulnerabilities"), (junk, key) => {
        const decoded = readVexDocument({ ...documentOf(FLAT, good), [key]: junk as Value });
        assert.ok(decoded.ok || decoded.issues.length > 0);
      }),
    );
  });
});
