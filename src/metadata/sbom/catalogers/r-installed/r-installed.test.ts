import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { encodeUtf8 } from "../../../../base/index.ts";
import { rInstalledCataloger } from "./r-installed.ts";

const LIBRARY = "usr/local/lib/R/site-library";

function read(packages: Readonly<Record<string, string>>) {
  const files = Object.entries(packages).map(
    ([name, text]) => [`${LIBRARY}/${name}/DESCRIPTION`, encodeUtf8(text)] as const,
  );
  return rInstalledCataloger.read(new Map(files), {});
}

const BUILT = "Built: R 4.3.2; ; 2024-01-01 00:00:00 UTC; unix\n";

describe("installed packages of R", () => {
  it("state version, licence, maintainer and needs", () => {
    const { components, dependencies } = read({
      dplyr: `Package: dplyr\nVersion: 1.1.4\nTitle: A Grammar\n of Data\nLicense: MIT + file LICENSE\nMaintainer: Some Body <a@example.com>\nDepends: R (>= 3.5.0)\nImports: rlang (>= 1.1.0),\n    missing\n${BUILT}`,
      rlang: `Package: rlang\nVersion: 1.1.3\nLicense: GPL-2 | GPL-3\n${BUILT}`,
    });
    assert.deepEqual(components[0], {
      ref: "pkg:cran/dplyr@1.1.4",
      kind: "library",
      name: "dplyr",
      version: "1.1.4",
      purl: "pkg:cran/dplyr@1.1.4",
      description: "A Grammar",
      licenses: ["MIT"],
      hashes: [],
      supplier: "Some Body",
      locations: [`/${LIBRARY}/dplyr/DESCRIPTION`],
      scope: "production",
    });
    assert.deepEqual(components[1]?.licenses, ["GPL-2.0-only OR GPL-3.0-only"]);
    assert.deepEqual(dependencies.get("pkg:cran/dplyr@1.1.4"), ["pkg:cran/rlang@1.1.3"]);
  });

  const rows: readonly (readonly [name: string, fields: string, ref: string | undefined])[] = [
    ["Bioconductor", `biocViews: Software\n${BUILT}`, "pkg:bioconductor/a@1"],
    [
      "a repository",
      `RemoteUrl: https://example.com/a\nRemoteSha: abc\n${BUILT}`,
      "pkg:cran/a@1?vcs_url=git%2Bhttps:%2F%2Fexample.com%2Fa%40abc",
    ],
    ["sources", "", undefined],
  ];
  for (const [name, fields, ref] of rows) {
    it(`are named by where they came from: ${name}`, () => {
      assert.equal(read({ a: `Package: a\nVersion: 1\n${fields}` }).components[0]?.ref, ref);
    });
  }

  it("survive anything", () => {
    const piece = fc.constantFrom(
      "Package: a\n",
      "Version: 1\n",
      BUILT,
      "License: ",
      "+ file LICENSE",
      "\n ",
      ",",
      "(",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 4 })), { maxLength: 40 }), (parts) => {
        read({ a: parts.join("").toWellFormed() });
      }),
      { numRuns: 300, seed: 9, interruptAfterTimeLimit: 2_000 },
    );
  });
});
