import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import fc from "fast-check";
import { EXCEPTION_IDS, LICENSE_IDS } from "./license-ids.ts";
import {
  deprecatedLicensesOf,
  isLicenseExpression,
  isLicenseId,
  joinLicenses,
  readAllLicenses,
  readLicenses,
} from "./licenses.ts";

describe("readLicenses", () => {
  const rows: readonly (readonly [statement: string, licenses: readonly string[]])[] = [
    ["MIT", ["MIT"]],
    ["mit", ["MIT"]],
    [" Apache-2.0 ", ["Apache-2.0"]],
    ["(MIT OR Apache-2.0)", ["MIT OR Apache-2.0"]],
    ["MIT AND BSD-3-Clause", ["MIT", "BSD-3-Clause"]],
    ["MIT and (ISC or Zlib)", ["MIT", "ISC OR Zlib"]],
    ["(MIT AND ISC) AND (Zlib AND MIT)", ["MIT", "ISC", "Zlib"]],
    ["MIT OR ISC AND Zlib", ["MIT OR ISC AND Zlib"]],
    ["(MIT OR ISC) AND Zlib OR X11", ["(MIT OR ISC) AND Zlib OR X11"]],
    ["GPL-2.0-or-later WITH Classpath-exception-2.0", ["GPL-2.0-or-later WITH Classpath-exception-2.0"]],
    ["Apache-2.0 with llvm-exception", ["Apache-2.0 WITH LLVM-exception"]],
    ["EPL-1.0+", ["EPL-1.0+"]],
    ["GPL-2.0+", ["GPL-2.0+"]],
    ["LicenseRef-shop", ["LicenseRef-shop"]],
    ["DocumentRef-a:LicenseRef-b", ["DocumentRef-a:LicenseRef-b"]],
    ["SEE LICENSE IN LICENSE.txt", ["SEE LICENSE IN LICENSE.txt"]],
    ["UNLICENSED", ["UNLICENSED"]],
    ["MIT AND OurOwn", ["MIT AND OurOwn"]],
    ["(MIT", ["(MIT"]],
    ["MIT)", ["MIT)"]],
    ["()", ["()"]],
    ["MIT OR", ["MIT OR"]],
    ["MIT WITH Nothing", ["MIT WITH Nothing"]],
    ["MIT ISC", ["MIT ISC"]],
    ["", []],
    ["  ", []],
  ];
  for (const [statement, licenses] of rows) {
    it(`reads "${statement}"`, () => assert.deepEqual(readLicenses(statement), licenses));
  }

  it("does not follow parentheses without end", () => {
    const deep = `${"(".repeat(3000)}MIT`;
    assert.deepEqual(readLicenses(deep), [deep]);
  });

  it("gives each licence once", () => {
    assert.deepEqual(readAllLicenses(["MIT AND ISC", "ISC", "ours", "ours"]), ["MIT", "ISC", "ours"]);
  });
});

describe("deprecatedLicensesOf", () => {
  const rows: readonly (readonly [license: string, instead: Readonly<Record<string, string | undefined>>])[] = [
    ["MIT", {}],
    ["GPL-2.0", { "GPL-2.0": "GPL-2.0-only" }],
    ["GPL-2.0+", { "GPL-2.0+": "GPL-2.0-or-later" }],
    ["gpl-2.0 with classpath-exception-2.0", { "GPL-2.0": "GPL-2.0-only" }],
    [
      "GPL-2.0-with-classpath-exception",
      { "GPL-2.0-with-classpath-exception": "GPL-2.0-only WITH Classpath-exception-2.0" },
    ],
    ["MIT AND (LGPL-2.1 OR GPL-2.0-only)", { "LGPL-2.1": "LGPL-2.1-only" }],
    ["Nunit", { Nunit: undefined }],
    ["our own words", {}],
  ];
  for (const [license, instead] of rows) {
    it(`of ${license}`, () => {
      const found = deprecatedLicensesOf(license).map((each) => [each.id, each.instead] as const);
      assert.deepEqual(found, Object.entries(instead));
    });
  }

  it("gives only expressions that are none of them", () => {
    for (const id of LICENSE_IDS) {
      for (const { instead } of deprecatedLicensesOf(id)) {
        if (instead === undefined) continue;
        assert.ok(isLicenseExpression(instead), instead);
        assert.deepEqual(deprecatedLicensesOf(instead), []);
      }
    }
  });
});

function refer(words: string): string {
  return `LicenseRef-${words.replaceAll(" ", "-")}`;
}

describe("joinLicenses", () => {
  const rows: readonly (readonly [licenses: readonly string[], expression: string])[] = [
    [["MIT"], "MIT"],
    [["MIT OR ISC"], "MIT OR ISC"],
    [["MIT OR ISC", "Zlib"], "(MIT OR ISC) AND Zlib"],
    [["our words", "MIT"], "LicenseRef-our-words AND MIT"],
  ];
  for (const [licenses, expression] of rows) {
    it(`joins ${licenses.join(" + ")}`, () => assert.equal(joinLicenses(licenses, refer), expression));
  }

  it("is undone by readLicenses", () => {
    const id = fc.constantFrom("MIT", "ISC", "GPL-2.0-or-later", "Apache-2.0 WITH LLVM-exception");
    const license = fc.oneof(
      id,
      fc.uniqueArray(id, { minLength: 2, maxLength: 3 }).map((ids) => ids.join(" OR ")),
    );
    fc.assert(
      fc.property(fc.uniqueArray(license, { minLength: 1, maxLength: 4 }), (licenses) => {
        assert.deepEqual(readLicenses(joinLicenses(licenses, refer)), licenses);
      }),
    );
  });
});

describe("license ids", () => {
  const schema = new URL(
    "../../../node_modules/@cyclonedx/cyclonedx-library/res/schema/spdx.SNAPSHOT.schema.json",
    import.meta.url,
  );
  const published = new Set<string>(JSON.parse(readFileSync(schema, "utf8")).enum);

  it("are all on the SPDX list", () => {
    assert.ok(LICENSE_IDS.length >= 120);
    assert.deepEqual(
      [...LICENSE_IDS, ...EXCEPTION_IDS].filter((id) => !published.has(id)),
      [],
    );
  });

  it("are ids in their own spelling only", () => {
    assert.equal(isLicenseId("MIT"), true);
    assert.equal(isLicenseId("mit"), false);
    assert.equal(isLicenseId("MIT OR ISC"), false);
    assert.equal(isLicenseId("__proto__"), false);
    assert.equal(isLicenseExpression("constructor"), false);
  });
});
