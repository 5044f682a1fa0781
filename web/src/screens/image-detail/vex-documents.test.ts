import assert from "node:assert/strict";
import { test } from "node:test";
import type { Finding } from "../findings/vex-words.ts";
import { groupVex, type ImageDocument } from "./vex-documents.ts";

const DOCUMENT: ImageDocument = { id: "m1/b1", kind: "vex", status: "verified", form: "bundle", summary: "OpenVEX" };
const statement = (change: object = {}) => ({
  vulnerability: { name: "CVE-2026-1" },
  products: [{ "@id": "pkg:oci/shop", subcomponents: [{ "@id": "pkg:npm/left@1.0.0" }] }],
  status: "not_affected",
  justification: "component_not_present",
  ...change,
});
const contentsOf = (...statements: readonly unknown[]) =>
  new Map([[DOCUMENT.id, { ...DOCUMENT, predicate: { "@id": "vex:1", author: "Ann", statements } }]]);
const finding = (change: Partial<Finding> = {}): Finding => ({
  repository: "registry.example/shop",
  digest: `sha256:${"a".repeat(64)}`,
  vulnerability: "CVE-2026-1",
  aliases: ["GHSA-1"],
  purl: "pkg:npm/left@1.0.0",
  component: "left",
  version: "1.0.0",
  severity: "high",
  fixedVersions: [],
  answered: true,
  unmatched: 0,
  running: 0,
  statement: { status: "not_affected", timestamp: "2026-11-20T00:00:00Z", author: "Ann", documentId: "vex:1" },
  ...change,
});

test("groupVex: a document with its statements and what they decide", () => {
  const [group, ...rest] = groupVex([DOCUMENT], contentsOf(statement()), [
    finding(),
    finding({ purl: "pkg:npm/other@1" }),
  ]);
  assert.deepEqual(rest, []);
  assert.equal(group?.documentId, "vex:1");
  assert.equal(group?.author, "Ann");
  assert.equal(group?.decides.length, 2);
  assert.deepEqual(group?.statements?.[0]?.components, ["pkg:npm/left@1.0.0"]);
  assert.deepEqual(
    group?.statements?.[0]?.decides.map(({ purl }) => purl),
    ["pkg:npm/left@1.0.0"],
  );
});

const DECIDES: readonly [string, object, Partial<Finding>, boolean][] = [
  ["the same", {}, {}, true],
  ["by an alias of the finding", { vulnerability: { name: "GHSA-1" } }, {}, true],
  ["by an alias of the statement", { vulnerability: { name: "X", aliases: ["CVE-2026-1"] } }, {}, true],
  ["by a plain name", { vulnerability: "CVE-2026-1" }, {}, true],
  ["a statement about the whole product", { products: [{ "@id": "pkg:oci/shop" }] }, {}, true],
  ["a package without version", { products: [{ subcomponents: [{ "@id": "pkg:npm/left" }] }] }, {}, true],
  ["a package that begins alike", { products: [{ subcomponents: [{ "@id": "pkg:npm/lef" }] }] }, {}, false],
  ["another vulnerability", { vulnerability: { name: "CVE-2026-2" } }, {}, false],
  ["another status", { status: "affected" }, {}, false],
];
for (const [name, change, findingChange, expected] of DECIDES) {
  test(`groupVex decides: ${name}`, () => {
    const [group] = groupVex([DOCUMENT], contentsOf(statement(change)), [finding(findingChange)]);
    assert.equal(group?.statements?.[0]?.decides.length, expected ? 1 : 0);
  });
}

test("groupVex: a finding that nobody decides is in no group", () => {
  const { statement: _, ...open } = finding();
  const [group] = groupVex([DOCUMENT], contentsOf(statement()), [open]);
  assert.equal(group?.decides.length, 0);
  assert.equal(group?.statements?.[0]?.decides.length, 0);
});

test("groupVex: a rejected document decides nothing; the findings' document is listed by its name", () => {
  const rejected: ImageDocument = { ...DOCUMENT, status: "rejected" };
  const groups = groupVex([rejected], contentsOf(statement()), [finding()]);
  assert.equal(groups[0]?.decides.length, 0);
});

test("groupVex: a document that only findings name", () => {
  const groups = groupVex([], new Map(), [finding()]);
  assert.equal(groups.length, 1);
  assert.equal(groups[0]?.documentId, "vex:1");
  assert.equal(groups[0]?.document, undefined);
  assert.equal(groups[0]?.statements, undefined);
});

const JUNK: readonly unknown[] = [
  null,
  1,
  "x",
  [],
  [null],
  { statements: 1 },
  { "@id": 1 },
  { "@id": "a", statements: {} },
];
for (const predicate of JUNK) {
  test(`groupVex: junk does no harm: ${JSON.stringify(predicate)}`, () => {
    const [group] = groupVex([DOCUMENT], new Map([[DOCUMENT.id, { ...DOCUMENT, predicate }]]), []);
    assert.equal(group?.decides.length, 0);
  });
}

test("groupVex: junk statements", () => {
  const [group] = groupVex([DOCUMENT], contentsOf(null, 1, [], { products: [null, { subcomponents: [1] }] }), [
    finding(),
  ]);
  assert.deepEqual(
    group?.statements?.map(({ vulnerability, decides }) => [vulnerability, decides.length]),
    Array.from({ length: 4 }, () => ["(no name)", 0]),
  );
});

test("groupVex: a very long document is cut", () => {
  const [group] = groupVex([DOCUMENT], contentsOf(...Array.from({ length: 700 }, () => statement())), []);
  assert.equal(group?.statements?.length, 500);
  assert.equal(group?.more, 200);
});
