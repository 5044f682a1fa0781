import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeUtf8 } from "../../../../base/index.ts";
import { portageCataloger } from "./portage.ts";

function read(files: Readonly<Record<string, string>>) {
  const bytes = Object.entries(files).map(([path, text]) => [`var/db/pkg/${path}`, encodeUtf8(text)] as const);
  return portageCataloger.read(new Map(bytes), {});
}

describe("the portage cataloger", () => {
  const rows: readonly (readonly [text: string, name: string, version: string])[] = [
    ["bash-5.2_p26", "bash", "5.2_p26"],
    ["gtk+-3.24.42-r1", "gtk+", "3.24.42-r1"],
    ["font-util-1.4.1", "font-util", "1.4.1"],
    ["openssl-3.0.13-r2", "openssl", "3.0.13-r2"],
    ["python-3.12.0_beta1_p2", "python", "3.12.0_beta1_p2"],
    ["libX11-1.8.9z", "libX11", "1.8.9z"],
    ["a-9999", "a", "9999"],
  ];
  for (const [text, name, version] of rows) {
    it(`reads ${text}`, () => {
      const [component] = read({ [`app-x/${text}/PF`]: `${text}\n` }).components;
      assert.deepEqual([component?.group, component?.name, component?.version], ["app-x", name, version]);
      assert.equal(component?.locations[0], `/var/db/pkg/app-x/${text}/PF`);
    });
  }

  it("takes the licences beside it, and the folder's name where the file is empty", () => {
    const [component] = read({ "dev-libs/a-1.0/PF": "", "dev-libs/a-1.0/LICENSE": "MIT Apache-2.0\n" }).components;
    assert.deepEqual([component?.purl, component?.licenses], ["pkg:ebuild/dev-libs/a@1.0", ["MIT", "Apache-2.0"]]);
    const [choice] = read({ "dev-libs/a-1.0/PF": "a-1.0", "dev-libs/a-1.0/LICENSE": "|| ( MIT GPL-2 )" }).components;
    assert.deepEqual(choice?.licenses, ["|| ( MIT GPL-2 )"]);
  });

  for (const text of ["nonsense", "x-".repeat(100_000), `${"a-1".repeat(80)}-`]) {
    it(`reports what names no package: ${text.slice(0, 20)}`, () => {
      const { components, problems } = read({ "a/b/PF": text });
      assert.deepEqual([components, problems[0]?.code], [[], "PACKAGE_DATABASE_INVALID"]);
    });
  }
});
