import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeUtf8, type Value } from "../../../base/index.ts";
import { readSbom, writeSbom } from "../formats.ts";
import type { Component, Sbom } from "../sbom.ts";
import { enrichFromSbom, enrichSbom } from "./enrich.ts";
import { readEnrichRules } from "./enrich-rules.ts";

const PURL = "pkg:npm/%40shop/left@1.2.0?arch=x";

function sbomOf(more: Partial<Component> = {}): Sbom {
  const plain = { kind: "library", licenses: [], hashes: [], locations: [], scope: "production" } as const;
  const component: Component = { ref: "left", name: "@shop/left", version: "1.2.0", purl: PURL, ...plain, ...more };
  return {
    serialNumber: "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
    createdAt: "2026-11-23T12:00:00Z",
    authors: [],
    tools: [{ name: "amap", version: "0.1.0" }],
    subject: { ref: "shop", name: "shop", ...plain, kind: "application" },
    components: [component],
    dependencies: new Map(),
    notLookedAt: [],
  };
}

function filledBy(match: Value, set: Value, more: Partial<Component> = {}): Component | undefined {
  const rules = readEnrichRules({ rules: [{ name: "r", match, set }] }, "rules.yaml");
  assert.ok(rules.ok, JSON.stringify(rules));
  return enrichSbom(sbomOf(more), rules.value).sbom.components[0];
}

describe("which components a rule is about", () => {
  const rows: readonly (readonly [match: Value, isMatch: boolean])[] = [
    ["pkg:npm/*", true],
    ["pkg:npm/%40shop/left", true],
    ["pkg:npm/%40shop/left@1.2.0", true],
    ["pkg:npm/%40shop/left@1.*", true],
    ["pkg:npm/%40shop/left@2.*", false],
    ["pkg:npm/left", false],
    ["pkg:deb/*", false],
    [{ name: "@shop/*" }, true],
    [{ name: "right" }, false],
    [{ purl: "pkg:npm/*", name: "right" }, false],
  ];
  for (const [match, isMatch] of rows) {
    test(`${JSON.stringify(match)}: ${isMatch}`, () => {
      assert.equal(filledBy(match, { copyright: "mine" })?.copyright, isMatch ? "mine" : undefined);
    });
  }
});

describe("what a rule fills", () => {
  test("each field that is missing, marked with the rule", () => {
    const hex = "a".repeat(64);
    const made = filledBy("pkg:npm/*", {
      supplier: { name: "Shop", email: "a@shop.example", url: "https://shop.example" },
      licenses: "MIT AND ISC",
      concludedLicenses: "MIT",
      cpe: "cpe:2.3:a:shop:{name}:{version}:*:*:*:*:*:*:*",
      hashes: { "SHA-256": hex },
      references: { vcs: "https://shop.example/{namespace}/{name}" },
      properties: { "bsi:component:filename": "{name}-{version}.tgz" },
    });
    assert.equal(made?.supplier, "Shop");
    assert.deepEqual(made?.licenses, ["MIT", "ISC"]);
    assert.deepEqual(made?.concludedLicenses, ["MIT"]);
    assert.deepEqual(made?.cpes, ["cpe:2.3:a:shop:left:1.2.0:*:*:*:*:*:*:*"]);
    assert.deepEqual(made?.hashes, [{ algorithm: "SHA-256", value: hex }]);
    assert.deepEqual(made?.references, [{ kind: "vcs", url: "https://shop.example/@shop/left", hashes: [] }]);
    const marks = made?.properties?.filter(({ name }) => name.startsWith("amap-inferred:"));
    assert.deepEqual(
      marks?.map(({ name }) => name.slice("amap-inferred:".length)),
      [
        "cpe",
        "licenses",
        "concludedLicenses",
        "hashes",
        "supplier",
        "references.vcs",
        "properties.bsi:component:filename",
      ],
    );
    assert.ok(marks?.every(({ value }) => value === "rules.yaml: r"));
  });

  test("nothing that is stated", () => {
    const stated = { licenses: ["ISC"], supplier: "Somebody", version: "1.2.0" };
    const made = filledBy("pkg:npm/*", { licenses: "MIT", supplier: "Shop", version: "9" }, stated);
    assert.deepEqual(
      [made?.licenses, made?.supplier, made?.version, made?.properties],
      [["ISC"], "Somebody", "1.2.0", undefined],
    );
  });

  test("the first rule that has a value wins, and doing it again changes nothing", () => {
    const rules = readEnrichRules(
      {
        rules: [
          { match: "pkg:npm/*", set: { licenses: "MIT" } },
          { match: "pkg:*", set: { licenses: "ISC", copyright: "c" } },
        ],
      },
      "rules.yaml",
    );
    assert.ok(rules.ok);
    const { sbom } = enrichSbom(sbomOf(), rules.value);
    assert.deepEqual([sbom.components[0]?.licenses, sbom.components[0]?.copyright], [["MIT"], "c"]);
    assert.deepEqual(enrichSbom(sbom, rules.value).filled, []);
  });

  test("of the document: authors, phase and licence", () => {
    const document = {
      author: { name: "Ann", email: "ann@shop.example" },
      lifecycles: ["build"],
      dataLicense: "CC0-1.0",
    };
    const rules = readEnrichRules({ document }, "rules.yaml");
    assert.ok(rules.ok);
    const { sbom, filled } = enrichSbom(sbomOf(), rules.value);
    assert.deepEqual([sbom.authors, sbom.lifecycles, sbom.dataLicense], [["Ann"], ["build"], "CC0-1.0"]);
    assert.deepEqual(
      filled.map(({ field }) => field),
      ["author", "lifecycles", "dataLicense"],
    );
  });

  test("what was filled stands in the written document although it said NOASSERTION", () => {
    const text = JSON.stringify({
      spdxVersion: "SPDX-2.3",
      SPDXID: "SPDXRef-DOCUMENT",
      name: "shop",
      dataLicense: "CC0-1.0",
      documentNamespace: "https://shop.example/sbom",
      creationInfo: { created: "2026-11-23T12:00:00Z", creators: ["Tool: made-up-1"] },
      packages: [
        { SPDXID: "SPDXRef-a", name: "a", versionInfo: "1", supplier: "NOASSERTION", downloadLocation: "NOASSERTION" },
      ],
    });
    const read = readSbom(encodeUtf8(text), { keepsRemainders: true });
    const rules = readEnrichRules({ rules: [{ match: { name: "a" }, set: { supplier: "Shop" } }] }, "rules.yaml");
    assert.ok(read.ok && rules.ok);
    const { bytes } = writeSbom(enrichSbom(read.value.sbom, rules.value).sbom, "spdx-json");
    const again = readSbom(bytes);
    assert.ok(again.ok);
    const made = again.value.sbom.components[0];
    assert.equal(made?.supplier, "Shop");
    assert.deepEqual(made?.properties, [{ name: "amap-inferred:supplier", value: "rules.yaml: rule 1" }]);
  });
});

test("another SBOM fills what it states of the same package URL", () => {
  const { sbom, filled } = enrichFromSbom(
    sbomOf(),
    sbomOf({ purl: "pkg:npm/%40shop/left@1.2.0", licenses: ["MIT OR ISC", "Zlib"], supplier: "Shop" }),
    "other.json",
  );
  assert.deepEqual(sbom.components[0]?.licenses, ["MIT OR ISC", "Zlib"]);
  assert.deepEqual(
    filled.map(({ field, source }) => `${field} from ${source}`),
    ["licenses from other.json", "supplier from other.json"],
  );
  const none = enrichFromSbom(
    sbomOf(),
    sbomOf({ purl: "pkg:npm/%40shop/left@1.3.0", licenses: ["MIT"] }),
    "other.json",
  );
  assert.deepEqual(none.filled, []);
});

describe("rules that are not understood are refused", () => {
  const rows: readonly (readonly [name: string, document: Value, path: string])[] = [
    ["another member", { rule: [] }, ""],
    ["no list", { rules: {} }, "rules"],
    ["no match", { rules: [{ set: {} }] }, "rules[0].match"],
    ["another field", { rules: [{ match: "pkg:*", set: { licence: "MIT" } }] }, "rules[0].set"],
    ["a number", { rules: [{ match: "pkg:*", set: { version: 1.1 } }] }, "rules[0].set.version"],
    [
      "a broken hash",
      { rules: [{ match: "pkg:*", set: { hashes: { "SHA-256": "zz" } } }] },
      "rules[0].set.hashes.SHA-256",
    ],
    ["a prototype", { rules: [{ match: "pkg:*", set: JSON.parse('{"__proto__": "x"}') as Value }] }, "rules[0].set"],
  ];
  for (const [name, document, path] of rows) {
    test(name, () => {
      const read = readEnrichRules(document, "rules.yaml");
      assert.ok(!read.ok);
      assert.ok(
        read.issues.some((issue) => issue.path === path),
        JSON.stringify(read.issues),
      );
    });
  }
});
