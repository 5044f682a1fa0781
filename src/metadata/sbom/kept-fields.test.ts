import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { KEPT_OF_COMPONENT, KEPT_OF_DOCUMENT, keepFields, restoreFields } from "./kept-fields.ts";
import type { Party } from "./sbom.ts";

const jo: Party = {
  role: "author",
  kind: "person",
  name: "Jo",
  emails: ["jo@shop.example"],
  urls: ["https://shop.example"],
};

describe("kept fields", () => {
  it("give back what is meant", () => {
    const read = { parties: [{ ...jo, urls: [] }] };
    const properties = keepFields({ parties: [jo] }, read, KEPT_OF_COMPONENT);
    assert.equal(properties.length, 1);
    assert.deepEqual(restoreFields(read, properties, ["parties"]), { parties: [jo] });
  });

  it("are none where the document is read as it is meant", () => {
    assert.deepEqual(keepFields({ parties: [jo] }, { parties: [{ ...jo }] }, KEPT_OF_COMPONENT), []);
  });

  it("do not count where the document was changed since", () => {
    const properties = keepFields({ supplier: "The shop" }, { supplier: "Shop" }, KEPT_OF_COMPONENT);
    assert.deepEqual(restoreFields({ supplier: "Somebody else" }, properties, ["supplier"]), {
      supplier: "Somebody else",
    });
  });

  it("take away what was read and is not meant", () => {
    const read = { tools: [{ name: "amap", version: "" }] };
    const properties = keepFields({}, read, KEPT_OF_DOCUMENT);
    assert.deepEqual(restoreFields(read, properties, ["tools"]), {});
  });

  // A signed document must say the same of what a component is to every tool.
  const refused: readonly (readonly [name: string, property: string, value: string])[] = [
    ["a field that says what a component is", "amap:field:purl", '{"as":"pkg:npm/a@1","is":"pkg:npm/b@1"}'],
    ["parties of another form", "amap:field:parties", '{"as":null,"is":[{"role":"king"}]}'],
    [
      "a party with a member of its own",
      "amap:field:parties",
      '{"as":null,"is":[{"role":"author","name":"","emails":[],"urls":[],"x":1}]}',
    ],
    ["a supplier that is no text", "amap:field:supplier", '{"as":null,"is":5}'],
    ["no JSON", "amap:field:supplier", "{"],
    ["half of it", "amap:field:supplier", '{"is":"x"}'],
  ];
  for (const [name, property, value] of refused) {
    it(`are not ${name}`, () => {
      const read: { purl?: string; supplier?: string } = { purl: "pkg:npm/a@1" };
      assert.deepEqual(
        restoreFields(read, [{ name: property, value }], ["purl", "supplier", "parties"] as never),
        read,
      );
    });
  }
});
