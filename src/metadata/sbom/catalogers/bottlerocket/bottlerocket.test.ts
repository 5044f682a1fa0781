import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeUtf8 } from "../../../../base/index.ts";
import { bottlerocketCataloger } from "./bottlerocket.ts";

const PATH = "usr/share/bottlerocket/application-inventory.json";
const CONTEXT = { operatingSystem: { id: "bottlerocket", versionId: "1.20.0", idLike: [] } };

function read(text: string) {
  return bottlerocketCataloger.read(new Map([[PATH, encodeUtf8(text)]]), CONTEXT);
}

describe("the Bottlerocket cataloger", () => {
  it("takes what the inventory states", () => {
    const item = {
      Name: "shop",
      Publisher: "Shop Example",
      Version: "2.1",
      Release: "1.br1",
      Epoch: "1",
      Architecture: "x86_64",
    };
    const result = read(
      JSON.stringify({ Content: [item, { ...item, Epoch: "0", Name: "till" }, { Name: "nothing" }] }),
    );
    const purl = "pkg:bottlerocket/shop@2.1-1.br1?arch=x86_64&distro=bottlerocket-1.20.0&epoch=1";
    assert.deepEqual(result.components[0], {
      ref: purl,
      kind: "library",
      name: "shop",
      version: "1:2.1-1.br1",
      purl,
      licenses: [],
      hashes: [],
      supplier: "Shop Example",
      locations: [`/${PATH}`],
      scope: "production",
    });
    assert.deepEqual([result.components[1]?.version, result.components.length], ["2.1-1.br1", 2]);
    assert.match(result.notLookedAt[0]?.reason ?? "", /1 entries without a name or a version/);
  });

  for (const text of ["nonsense", "{}", '{"Content": {}}']) {
    it(`reports what is no inventory: ${text}`, () => {
      assert.deepEqual(
        read(text).problems.map(({ code }) => code),
        ["PACKAGE_DATABASE_INVALID"],
      );
    });
  }
});
