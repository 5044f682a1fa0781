import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Value } from "../../base/index.ts";
import { checkVex } from "./check-vex.ts";

const NOW = Date.UTC(2026, 5, 1);
const SAID = { vulnerability: { name: "CVE-2026-1" }, products: [{ "@id": "pkg:npm/left@1.0.0" }], status: "fixed" };

function openVex(more: object = {}, ...statements: readonly object[]): Value {
  return {
    "@context": "https://openvex.dev/ns/v0.2.0",
    "@id": "https://example.com/vex-1",
    author: "Zoe",
    timestamp: "2026-01-01T00:00:00Z",
    version: 1,
    statements: statements.length === 0 ? [SAID] : statements,
    ...more,
  } as Value;
}

describe("the rules of OpenVEX", () => {
  it("find nothing wrong with a good document", () => {
    assert.deepEqual(checkVex(openVex(), NOW), {
      format: "OpenVEX",
      specVersion: "https://openvex.dev/ns/v0.2.0",
      findings: [],
    });
  });

  const rows: readonly (readonly [name: string, document: Value, rule: string, path: string, severity?: string])[] = [
    ["no id", openVex({ "@id": undefined }), "openvex-id", "@id"],
    ["an id that is no IRI", openVex({ "@id": "vex 1" }), "openvex-id", "@id"],
    ["no author", openVex({ author: "" }), "openvex-author", "author"],
    ["no time", openVex({ timestamp: "yesterday" }), "openvex-timestamp", "timestamp"],
    ["a time to come", openVex({ timestamp: "2027-01-01T00:00:00Z" }), "openvex-future", "timestamp", "warning"],
    ["a version below 1", openVex({ version: 0 }), "openvex-version", "version"],
    ["an unknown member", openVex({ autor: "Zoe" }), "openvex-unknown", "autor", "warning"],
    ["no statements", openVex({ statements: [] }), "openvex-statements", "statements", "warning"],
    [
      "no name",
      openVex({}, { ...SAID, vulnerability: {} }),
      "openvex-vulnerability",
      "statements[0].vulnerability.name",
    ],
    ["another status", openVex({}, { ...SAID, status: "safe" }), "openvex-status", "statements[0].status"],
    [
      "not affected without reason",
      openVex({}, { ...SAID, status: "not_affected" }),
      "openvex-statement",
      "statements[0]",
    ],
    ["affected without action", openVex({}, { ...SAID, status: "affected" }), "openvex-statement", "statements[0]"],
    [
      "a reason of what is fixed",
      openVex({}, { ...SAID, justification: "component_not_present" }),
      "openvex-statement",
      "statements[0]",
    ],
    ["no product", openVex({}, { ...SAID, products: [] }), "openvex-products", "statements[0].products", "warning"],
    [
      "a product without name",
      openVex({}, { ...SAID, products: [{}] }),
      "openvex-products",
      "statements[0].products[0]",
    ],
    [
      "a product that is no IRI",
      openVex({}, { ...SAID, products: [{ "@id": "left" }] }),
      "openvex-product-id",
      "statements[0].products[0].@id",
    ],
    [
      "a broken package URL",
      openVex({}, { ...SAID, products: [{ "@id": "pkg:npm" }] }),
      "openvex-product-id",
      "statements[0].products[0].@id",
    ],
    [
      "a hash of no algorithm",
      openVex({}, { ...SAID, products: [{ "@id": "pkg:npm/a", hashes: { sha256: "ab" } }] }),
      "openvex-hash",
      "statements[0].products[0].hashes.sha256",
    ],
    [
      "a short hash, in a component",
      openVex({}, { ...SAID, products: [{ "@id": "pkg:npm/a", subcomponents: [{ hashes: { "sha-256": "ab" } }] }] }),
      "openvex-hash",
      "statements[0].products[0].subcomponents[0].hashes.sha-256",
    ],
    [
      "an identifier of no kind",
      openVex({}, { ...SAID, products: [{ identifiers: { name: "a" } }] }),
      "openvex-identifier",
      "statements[0].products[0].identifiers.name",
    ],
    [
      "two statements that contradict",
      openVex({}, SAID, { ...SAID, status: "under_investigation" }),
      "contradiction",
      "statements[1]",
    ],
    ["the same twice", openVex({}, SAID, SAID), "repeated", "statements[1]", "note"],
  ];
  for (const [name, document, rule, path, severity = "error"] of rows) {
    it(name, () => {
      const { findings } = checkVex(document, NOW);
      const found = findings.map((each) => [each.rule, each.path, each.severity]);
      assert.ok(
        found.some((each) => JSON.stringify(each) === JSON.stringify([rule, path, severity])),
        JSON.stringify(found),
      );
      assert.ok(findings.every(({ message, fix }) => message !== "" && fix !== ""));
    });
  }

  it("take a later statement about the same", () => {
    const later = { ...SAID, status: "under_investigation", timestamp: "2026-02-01T00:00:00Z" };
    assert.deepEqual(checkVex(openVex({}, SAID, later), NOW).findings, []);
  });
});

describe("other documents", () => {
  it("are told what keeps them from being read", () => {
    const { format, specVersion, findings } = checkVex({ document: { csaf_version: "1.9" } }, NOW);
    assert.deepEqual([format, specVersion, findings[0]?.severity], ["CSAF", "1.9", "error"]);
    assert.equal(checkVex({ spdxVersion: "SPDX-2.3" }, NOW).findings[0]?.rule, "unreadable");
  });

  it("of any kind are judged without anything thrown", () => {
    const junk = fc.jsonValue({ maxDepth: 4 });
    fc.assert(
      fc.property(junk, fc.constantFrom("@context", "bomFormat", "statements"), (value, key) => {
        checkVex(value as Value, NOW);
        checkVex({ ...(openVex() as object), [key]: value } as Value, NOW);
      }),
      { numRuns: 200 },
    );
  });
});
