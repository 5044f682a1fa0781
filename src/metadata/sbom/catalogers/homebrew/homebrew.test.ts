import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeUtf8 } from "../../../../base/index.ts";
import { homebrewCataloger } from "./homebrew.ts";

const ROOT = "home/linuxbrew/.linuxbrew/Cellar";

function read(receipts: Readonly<Record<string, string>>) {
  const files = Object.entries(receipts).map(
    ([folder, text]) => [`${ROOT}/${folder}/INSTALL_RECEIPT.json`, encodeUtf8(text)] as const,
  );
  return homebrewCataloger.read(new Map(files), {});
}

describe("the Homebrew cataloger", () => {
  it("takes name and version from the folders, dependencies from the receipts", () => {
    const result = read({
      "jq/1.7.1": '{"runtime_dependencies": [{"full_name": "oniguruma"}, {"full_name": "shop/tap/other"}]}',
      "oniguruma/6.9.9_1": '{"runtime_dependencies": null}',
      "other/2": "{}",
    });
    assert.deepEqual(
      result.components.map(({ purl }) => purl),
      ["pkg:brew/jq@1.7.1", "pkg:brew/oniguruma@6.9.9_1", "pkg:brew/other@2"],
    );
    assert.deepEqual(result.dependencies.get("pkg:brew/jq@1.7.1"), ["pkg:brew/oniguruma@6.9.9_1", "pkg:brew/other@2"]);
    assert.deepEqual(result.components[0]?.locations, [`/${ROOT}/jq/1.7.1/INSTALL_RECEIPT.json`]);
  });

  for (const text of ["nonsense", "[]", '{"a":']) {
    it(`reports a receipt that is none: ${text}`, () => {
      assert.deepEqual(
        read({ "a/1": text }).problems.map(({ code }) => code),
        ["PACKAGE_DATABASE_INVALID"],
      );
    });
  }
});
