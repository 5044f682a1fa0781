import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memberOf, textOf, type ValueObject } from "../../../base/index.ts";
import { createSbom } from "../create-sbom.ts";
import type { Component, Sbom } from "../sbom.ts";
import { decodeSpdx3 } from "./decode.ts";
import { convertToSpdx3 } from "./encode.ts";

const BASE = "https://shop.example/sbom";
const creation = {
  type: "CreationInfo",
  "@id": "_:c",
  specVersion: "3.0.1",
  created: "2026-11-22T12:00:00Z",
  createdBy: [`${BASE}#jo`],
};

function element(type: string, name: string, members: ValueObject = {}): ValueObject {
  return { type, spdxId: `${BASE}#${name}`, creationInfo: "_:c", ...members };
}

function relate(from: string, relationshipType: string, to: readonly string[], members: ValueObject = {}): ValueObject {
  const name = `r-${from}-${relationshipType}-${to.join("-")}`;
  const ids = to.map((each) => (each.includes(":") ? each : `${BASE}#${each}`));
  return element("Relationship", name, { from: `${BASE}#${from}`, relationshipType, to: ids, ...members });
}

const GRAPH: readonly ValueObject[] = [
  creation,
  element("Person", "jo", { name: "Jo" }),
  element("SpdxDocument", "document", { name: "Shop", rootElement: [`${BASE}#bom`] }),
  element("software_Sbom", "bom", { rootElement: [`${BASE}#shop`], software_sbomType: ["build"] }),
  element("software_Package", "shop", {
    name: "shop",
    software_packageVersion: "1.4",
    software_primaryPurpose: "container",
  }),
  element("software_Package", "a", { name: "a", software_packageUrl: "pkg:npm/a@1.0.0" }),
  element("software_Package", "b", { name: "b" }),
];

function decode(more: readonly ValueObject[] = [], graph = GRAPH): Sbom {
  const decoded = decodeSpdx3({
    "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
    "@graph": [...graph, ...more],
  });
  assert.ok(decoded.ok, JSON.stringify(decoded));
  return decoded.value.sbom;
}

function packageA(members: ValueObject, more: readonly ValueObject[] = []): Component {
  const graph = GRAPH.map((each) => (each["spdxId"] === `${BASE}#a` ? { ...each, ...members } : each));
  const found = decode(more, graph).components.find(({ ref }) => ref === `${BASE}#a`);
  assert.ok(found !== undefined);
  return found;
}

describe("decodeSpdx3", () => {
  it("reads what the document says of itself", () => {
    const { subject, createdAt, authors, lifecycles, serialNumber } = decode();
    assert.deepEqual(
      { name: subject.name, kind: subject.kind, createdAt, authors, lifecycles, serialNumber },
      {
        name: "shop",
        kind: "container",
        createdAt: "2026-11-22T12:00:00Z",
        authors: ["Jo"],
        lifecycles: ["build"],
        serialNumber: `${BASE}#document`,
      },
    );
  });

  it("tells what depends on nothing from what nobody says", () => {
    const none = "https://spdx.org/rdf/3.0.1/terms/Core/NoneElement";
    const unknown = "https://spdx.org/rdf/3.0.1/terms/Core/NoAssertionElement";
    assert.deepEqual([...decode([relate("a", "dependsOn", ["b"])]).dependencies], [[`${BASE}#a`, [`${BASE}#b`]]]);
    assert.deepEqual([...decode([relate("a", "dependsOn", [none])]).dependencies], [[`${BASE}#a`, []]]);
    assert.deepEqual([...decode([relate("a", "dependsOn", [unknown])]).dependencies], []);
    assert.deepEqual([...decode().dependencies], []);
  });

  const license = element("simplelicensing_LicenseExpression", "mit", { simplelicensing_licenseExpression: "MIT" });
  const shop = element("Organization", "org", {
    name: "The shop",
    externalIdentifier: [{ type: "ExternalIdentifier", externalIdentifierType: "email", identifier: "a@shop.example" }],
  });
  const rows: readonly (readonly [string, ValueObject, readonly ValueObject[], Partial<Component>])[] = [
    ["a declared licence", {}, [license, relate("a", "hasDeclaredLicense", ["mit"])], { licenses: ["MIT"] }],
    [
      "a concluded licence",
      {},
      [license, relate("a", "hasConcludedLicense", ["mit"])],
      { licenses: [], concludedLicenses: ["MIT"] },
    ],
    [
      "a listed licence by its address",
      {},
      [relate("a", "hasDeclaredLicense", ["https://spdx.org/licenses/ISC"])],
      { licenses: ["ISC"] },
    ],
    [
      "a licence's name without its prefix",
      {},
      [
        { ...license, simplelicensing_licenseExpression: null, licenseExpression: "ISC" },
        relate("a", "hasDeclaredLicense", ["mit"]),
      ],
      { licenses: ["ISC"] },
    ],
    ["a supplier", { suppliedBy: `${BASE}#org` }, [shop], { supplier: "The shop <a@shop.example>" }],
    [
      "a hash",
      { verifiedUsing: [{ type: "Hash", algorithm: "sha1", hashValue: "0A".repeat(20) }] },
      [],
      { hashes: [{ algorithm: "SHA-1", value: "0a".repeat(20) }] },
    ],
    [
      "a hash of another length",
      { verifiedUsing: [{ type: "Hash", algorithm: "sha1", hashValue: "0a" }] },
      [],
      { hashes: [] },
    ],
    [
      "a CPE",
      {
        externalIdentifier: [
          { type: "ExternalIdentifier", externalIdentifierType: "cpe23", identifier: "cpe:2.3:a:x:y:1:*:*:*:*:*:*:*" },
        ],
      },
      [],
      { cpes: ["cpe:2.3:a:x:y:1:*:*:*:*:*:*:*"] },
    ],
    ["what it is a part of", {}, [relate("b", "contains", ["a"])], { partOf: `${BASE}#b` }],
    [
      "that it is for development",
      {},
      [{ ...relate("b", "dependsOn", ["a"], { scope: "development" }), type: "LifecycleScopedRelationship" }],
      { scope: "development" },
    ],
    ["no assertion of its copyright", { software_copyrightText: "NOASSERTION" }, [], {}],
  ];
  for (const [name, members, more, expected] of rows) {
    it(`reads ${name}`, () => {
      const found = packageA(members, more);
      for (const [key, value] of Object.entries(expected)) assert.deepEqual(found[key as keyof Component], value, key);
    });
  }

  const refused: readonly (readonly [string, ValueObject, string])[] = [
    ["a document without graph", { "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld" }, "DOCUMENT_INVALID"],
    ["another version", { "@graph": [{ ...creation, specVersion: "3.9.9" }] }, "NOT_SUPPORTED"],
    ["no version", { "@graph": [] }, "NOT_SUPPORTED"],
  ];
  for (const [name, document, code] of refused) {
    it(`refuses ${name}`, () => {
      const decoded = decodeSpdx3(document);
      assert.ok(!decoded.ok);
      assert.equal(decoded.issues[0]?.code, code);
    });
  }

  it("gives a package without id one, and tells", () => {
    const decoded = decodeSpdx3({ "@graph": [...GRAPH, { type: "software_Package", name: "lost" }, GRAPH[5] ?? {}] });
    assert.ok(decoded.ok);
    assert.deepEqual(decoded.value.sbom.components.map(({ name }) => name).sort(), ["a", "a", "b", "lost"]);
    assert.equal(decoded.value.problems.length, 2);
  });
});

describe("convertToSpdx3", () => {
  it("writes a document again as it was, and not what was changed since", () => {
    const document: ValueObject = {
      "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
      "@graph": [...GRAPH, relate("a", "other", ["b"])],
    };
    const decoded = decodeSpdx3(document, { keepsRemainders: true });
    assert.ok(decoded.ok);
    const again = convertToSpdx3(decoded.value.sbom);
    assert.deepEqual(again.losses, []);
    const ids = (value: unknown): readonly string[] =>
      (memberOf(value as ValueObject, "@graph") as readonly ValueObject[])
        .map((each) => textOf(each, "spdxId") || textOf(each, "@id"))
        .sort();
    assert.deepEqual(ids(again.document), ids(document));
    const components = decoded.value.sbom.components.map((each) => ({ ...each, version: "2.0.0" }));
    const changed = convertToSpdx3({ ...decoded.value.sbom, components });
    assert.deepEqual(
      changed.losses.map(({ path, outcome }) => [path, outcome]),
      [
        ["field", "kept"],
        ["remainder", "dropped"],
      ],
    );
    assert.ok(JSON.stringify(changed.document).includes('"software_packageVersion":"2.0.0"'));
  });

  it("needs a time and a number, as SPDX does", () => {
    const sbom = createSbom({
      catalog: { components: [], dependencies: new Map(), notLookedAt: [] },
      subject: {
        ref: "x",
        kind: "application",
        name: "x",
        licenses: [],
        hashes: [],
        locations: [],
        scope: "production",
      },
      createdAt: "2026-11-22T12:00:00Z",
      serialNumber: "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
      tools: [],
    });
    assert.throws(() => convertToSpdx3({ ...sbom, createdAt: "" }), { code: "VALUE_INVALID" });
    assert.throws(() => convertToSpdx3({ ...sbom, serialNumber: "" }), { code: "VALUE_INVALID" });
  });
});
