import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { encodeUtf8, type Value, type ValueObject, writeJson } from "../../base/index.ts";
import { onlyStatement, readVexOf } from "../../testing/vex-reading.ts";
import { readVexDocument } from "./read-vex.ts";

const SERIAL = "3e671687-395b-41f5-a30f-a58921a69b79";
const LODASH = "pkg:npm/lodash@4.17.20";
const SHOP = "pkg:oci/shop@sha256%3Aabc";

function documentOf(vulnerability: ValueObject, more: ValueObject = {}): ValueObject {
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${SERIAL}`,
    version: 2,
    metadata: {
      timestamp: "2026-01-01T00:00:00Z",
      authors: [{ name: "Zoe" }],
      component: { type: "container", name: "shop", "bom-ref": "root", purl: SHOP },
    },
    components: [
      { type: "library", name: "lodash", "bom-ref": "a", purl: LODASH },
      {
        type: "library",
        name: "outer",
        components: [{ type: "library", name: "b", "bom-ref": "b%2", purl: "pkg:npm/b@1" }],
      },
      { type: "file", name: "nameless", "bom-ref": "c" },
    ],
    vulnerabilities: [{ id: "CVE-2026-1", analysis: { state: "resolved" }, affects: [{ ref: "a" }], ...vulnerability }],
    ...more,
  };
}

describe("a CycloneDX document", () => {
  test("is read whole, from bytes too", () => {
    const value = documentOf({
      references: [{ id: "GHSA-1" }],
      analysis: { state: "not_affected", justification: "code_not_present", lastUpdated: "2026-02-01T00:00:00Z" },
    });
    const found = readVexOf(value);
    assert.deepEqual(found, {
      format: "CycloneDX",
      specVersion: "1.6",
      document: {
        id: `urn:cdx:${SERIAL}/2`,
        author: "Zoe",
        timestamp: "2026-01-01T00:00:00Z",
        version: 2,
        statements: [
          {
            vulnerability: "CVE-2026-1",
            aliases: ["GHSA-1"],
            products: [
              {
                id: SHOP,
                identifiers: { purl: SHOP },
                hashes: {},
                subcomponents: [{ id: LODASH, identifiers: { purl: LODASH }, hashes: {} }],
              },
            ],
            status: "not_affected",
            justification: "vulnerable_code_not_present",
            statusNotes: "CycloneDX justification: code_not_present",
            timestamp: "2026-02-01T00:00:00Z",
          },
        ],
      },
      notes: [],
    });
    assert.deepEqual(readVexDocument(encodeUtf8(writeJson(value))), { ok: true, value: found });
  });

  const states: readonly (readonly [string, string, string | undefined])[] = [
    ["resolved", "fixed", undefined],
    ["resolved_with_pedigree", "fixed", undefined],
    ["exploitable", "affected", undefined],
    ["in_triage", "under_investigation", undefined],
    ["false_positive", "not_affected", "The finding is a false positive."],
    ["not_affected", "not_affected", undefined],
  ];
  for (const [state, status, impact] of states) {
    test(`its state ${state} is ${status}`, () => {
      const statement = onlyStatement(documentOf({ analysis: { state } }));
      assert.deepEqual([statement.status, statement.impactStatement], [status, impact]);
    });
  }

  const justifications: readonly (readonly [string, string | undefined])[] = [
    ["code_not_present", "vulnerable_code_not_present"],
    ["code_not_reachable", "vulnerable_code_not_in_execute_path"],
    ["requires_configuration", undefined],
    ["requires_dependency", undefined],
    ["requires_environment", undefined],
    ["protected_by_compiler", "inline_mitigations_already_exist"],
    ["protected_at_runtime", "inline_mitigations_already_exist"],
    ["protected_at_perimeter", undefined],
    ["protected_by_mitigating_control", "inline_mitigations_already_exist"],
  ];
  for (const [justification, expected] of justifications) {
    test(`its justification ${justification} is ${expected ?? "said in words"}`, () => {
      const statement = onlyStatement(documentOf({ analysis: { state: "not_affected", justification } }));
      assert.equal(statement.justification, expected);
      assert.equal(statement.impactStatement === undefined, expected !== undefined);
    });
  }

  test("says what to do", () => {
    const analysis = { state: "exploitable", response: ["update"], detail: "bad" };
    const statement = onlyStatement(documentOf({ analysis, recommendation: "Take 5." }));
    assert.equal(statement.actionStatement, "Take 5.\nUpdate to a later version.");
    assert.equal(statement.statusNotes, "bad");
  });

  const refs: readonly (readonly [string, string, string, readonly string[]])[] = [
    ["a component", "a", SHOP, [LODASH]],
    ["a nested component", "b%2", SHOP, ["pkg:npm/b@1"]],
    ["its own product", "root", SHOP, []],
    ["a link to itself", `urn:cdx:${SERIAL}/2`, SHOP, []],
    ["a link to its component", `urn:cdx:${SERIAL}/2#a`, SHOP, [LODASH]],
    ["a link to another edition", `urn:cdx:${SERIAL}/1#a`, `urn:cdx:${SERIAL}/1#a`, []],
    [
      "a link to another document",
      `urn:cdx:${SERIAL.replace("3", "4")}/2#a`,
      `urn:cdx:${SERIAL.replace("3", "4")}/2#a`,
      [],
    ],
    ["nothing", "x y", "cyclonedx:x%20y", []],
    ["a component without names", "c", "cyclonedx:c", []],
  ];
  for (const [name, ref, id, subcomponents] of refs) {
    test(`refers to ${name}`, () => {
      const [product] = onlyStatement(documentOf({ affects: [{ ref }] })).products;
      assert.deepEqual([product?.id, product?.subcomponents.map((each) => each.id)], [id, subcomponents]);
    });
  }

  const versions = [{ version: "2", status: "unaffected" }];
  const versioned: readonly (readonly [string, Value, string, boolean])[] = [
    ["fixed, of a component of one version", { purl: LODASH }, "resolved", true],
    ["fixed, of a component of any version", { purl: "pkg:npm/lodash" }, "resolved", false],
    ["not affected, of a CPE of any version", { cpe: "cpe:/a:b:c" }, "not_affected", false],
    ["not affected, of a CPE of one version", { cpe: "cpe:/a:b:c:1" }, "not_affected", true],
    ["affected, of a component of any version", { purl: "pkg:npm/lodash" }, "exploitable", true],
  ];
  for (const [name, names, state, expected] of versioned) {
    test(`with versions it is ${name}: ${expected ? "" : "not "}read`, () => {
      const component = { type: "library", name: "l", "bom-ref": "v", ...(names as object) };
      const stated = { affects: [{ ref: "v", versions }], analysis: { state } };
      const [product] = onlyStatement(documentOf(stated, { components: [component] })).products;
      assert.equal(product?.id === "cyclonedx:v", !expected);
    });
  }

  test("without a product that can be told speaks of the component wherever it is, and says so", () => {
    const found = readVexOf(
      documentOf({}, { metadata: { timestamp: "2026-01-01T00:00:00Z", component: { name: "shop" } } }),
    );
    assert.deepEqual(
      found.document.statements[0]?.products.map(({ id, subcomponents }) => [id, subcomponents.length]),
      [[LODASH, 0]],
    );
    assert.match(found.notes.map(({ message }) => message).join("\n"), /wherever the component is/);
  });

  test("without time counts less than any statement with one", () => {
    const found = readVexOf(documentOf({}, { metadata: {} }));
    assert.equal(found.document.timestamp, "1970-01-01T00:00:00Z");
    assert.equal(found.document.author, "unknown");
    assert.equal(found.notes.length, 3);
  });

  test("an analysis of no product matches nothing", () => {
    const [product] = onlyStatement(documentOf({ affects: [] }, { metadata: {} })).products;
    assert.equal(product?.id, "cyclonedx:no-product");
  });
});

describe("a CycloneDX document is refused for", () => {
  const cases: readonly (readonly [string, Value, string])[] = [
    ["another version", documentOf({}, { specVersion: "1.3" }), "specVersion"],
    ["no vulnerabilities", documentOf({}, { vulnerabilities: [] }), "vulnerabilities"],
    ["no analysis", documentOf({ analysis: null }), "vulnerabilities"],
    ["an unknown state", documentOf({ analysis: { state: "x" } }), "vulnerabilities[0].analysis.state"],
    [
      "an unknown justification",
      documentOf({ analysis: { state: "not_affected", justification: "x" } }),
      "vulnerabilities[0].analysis.justification",
    ],
    [
      "an unknown response",
      documentOf({ analysis: { state: "exploitable", response: ["x"] } }),
      "vulnerabilities[0].analysis.response[0]",
    ],
    ["no id", documentOf({ id: "" }), "vulnerabilities[0].id"],
    ["a time that is none", documentOf({}, { metadata: { timestamp: "today" } }), "metadata.timestamp"],
    [
      "one reference of two components",
      documentOf({}, { components: [{ "bom-ref": "a" }, { "bom-ref": "a" }] }),
      "components[0].bom-ref",
    ],
  ];
  for (const [name, value, path] of cases) {
    test(name, () => {
      const decoded = readVexDocument(value);
      assert.ok(!decoded.ok);
      assert.ok(
        decoded.issues.some((issue) => issue.path.replace("[1]", "[0]") === path),
        JSON.stringify(decoded.issues),
      );
    });
  }

  test("junk, which never throws", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom("components", "vulnerabilities", "metadata"), (junk, key) => {
        const decoded = readVexDocument(documentOf({}, { [key]: junk as Value }));
        assert.ok(decoded.ok || decoded.issues.length > 0);
      }),
    );
  });
});

describe("what is no VEX", () => {
  for (const value of [{}, [], null, "text", { "@context": 1 }, { document: {} }, { bomFormat: "x" }] as Value[]) {
    test(`is refused: ${writeJson(value)}`, () => {
      const decoded = readVexDocument(value);
      assert.equal(!decoded.ok && decoded.issues[0]?.code, "NOT_SUPPORTED");
    });
  }

  const OPENVEX = {
    "@context": "https://openvex.dev/ns/v0.2.0",
    author: "Zoe",
    statements: [{ vulnerability: { name: "CVE-2026-1" }, timestamp: "2026-01-01T00:00:00Z", status: "affected" }],
  };
  test("OpenVEX by hand may lack what misleads nobody, and it is told", () => {
    const found = readVexOf(OPENVEX);
    assert.deepEqual([found.format, found.document.version, found.notes.length], ["OpenVEX", 0, 3]);
  });
  test("but not the reason of not_affected, nor every time", () => {
    const [statement] = OPENVEX.statements;
    const lacking = [
      { ...statement, status: "not_affected" },
      { ...statement, timestamp: "" },
    ];
    for (const each of lacking) assert.ok(!readVexDocument({ ...OPENVEX, statements: [each] }).ok);
  });
});
