import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Value, ValueObject } from "../../base/index.ts";
import {
  asProperty,
  remainderFromProperty,
  remainderOf,
  remaindersAsProperties,
  withObjectRemainder,
  withRemainder,
} from "./remainder.ts";
import type { Remainder } from "./sbom.ts";

const NOTHING = { left: new Set<string>() };
const always = (): boolean => true;

const objects: fc.Arbitrary<ValueObject> = fc.dictionary(
  fc.constantFrom("a", "b", "c", "d"),
  fc.constantFrom<Value>(1, "x", null, [1, 2], { e: true }),
);

describe("remainderOf and withRemainder", () => {
  it("give the original again, whatever was written", () => {
    fc.assert(
      fc.property(objects, objects, (original, written) => {
        const remainder = remainderOf(original, written, NOTHING) ?? { members: {} };
        assert.deepEqual({ ...withRemainder(written, remainder, always).object }, { ...original });
      }),
    );
  });

  it("keep nothing of what is written as it was", () => {
    assert.equal(remainderOf({ a: 1, b: [1] }, { b: [1], a: 1 }, NOTHING), undefined);
  });

  const rows: readonly (readonly [name: string, original: ValueObject, written: ValueObject, kept: unknown])[] = [
    ["a member that is written otherwise", { a: 1 }, { a: 2 }, { members: { a: 1 } }],
    ["a member that is not written", { a: 1 }, {}, { members: { a: 1 } }],
    ["a member that the document leaves out", {}, { a: 1 }, { members: {}, absent: ["a"] }],
    [
      "a member named as a prototype's",
      JSON.parse('{"__proto__": 1}'),
      {},
      { members: JSON.parse('{"__proto__": 1}') },
    ],
  ];
  for (const [name, original, written, kept] of rows) {
    it(`keep ${name}`, () => assert.deepEqual(remainderOf(original, written, NOTHING), kept));
  }

  it("leave what others are made of, and allow what may be added", () => {
    const options = { left: new Set(["components"]), added: new Set(["bom-ref"]) };
    assert.equal(remainderOf({ components: [] }, { "bom-ref": "x" }, options), undefined);
  });

  it("take a list in another order for the same where it has none", () => {
    const sameness = {
      edges: (a: Value, b: Value): boolean =>
        String([...(a as string[])].sort()) === String([...(b as string[])].sort()),
    };
    assert.equal(remainderOf({ edges: ["b", "a"] }, { edges: ["a", "b"] }, { ...NOTHING, sameness }), undefined);
    assert.deepEqual(remainderOf({ edges: ["b"] }, { edges: ["a", "b"] }, { ...NOTHING, sameness })?.members, {
      edges: ["b"],
    });
  });

  it("do not undo what was changed since, and tell what they left", () => {
    const remainder = remainderOf({ name: "old", note: "kept" }, { name: "read" }, NOTHING);
    assert.ok(remainder !== undefined);
    const isStill = (object: ValueObject): boolean => object["name"] === "new";
    const restored = withRemainder({ name: "new" }, remainder, isStill);
    assert.deepEqual(restored, { object: { name: "new", note: "kept" }, refused: ["name"] });
  });
});

describe("remainders as properties", () => {
  const remainder: Remainder = {
    format: "CycloneDX",
    specVersion: "1.6",
    members: { evidence: { x: 1 } },
    absent: ["a"],
  };

  it("are read as they were written", () => {
    assert.deepEqual(remainderFromProperty(asProperty(remainder)), remainder);
  });

  it("are those of other formats", () => {
    assert.equal(remaindersAsProperties([remainder], "CycloneDX").length, 0);
    assert.deepEqual(remaindersAsProperties([remainder], "SPDX"), [asProperty(remainder)]);
  });

  const broken: readonly (readonly [name: string, property: string, value: string])[] = [
    ["another name", "amap:other", "{}"],
    ["a format that nobody knows", "amap:remainder:Word:1", '{"members":{}}'],
    ["no JSON", "amap:remainder:SPDX:2.3", "{"],
    ["no members", "amap:remainder:SPDX:2.3", "{}"],
    ["members that are no object", "amap:remainder:SPDX:2.3", '{"members":[]}'],
  ];
  for (const [name, property, value] of broken) {
    it(`are none with ${name}`, () => assert.equal(remainderFromProperty({ name: property, value }), undefined));
  }

  it("are one of each format", () => {
    const marker = { format: "SPDX", specVersion: "2.3" } as const;
    const both = withObjectRemainder([remainder], marker, { members: { comment: "x" } });
    assert.deepEqual(
      both?.map(({ format }) => format),
      ["CycloneDX", "SPDX"],
    );
    assert.deepEqual(withObjectRemainder(both, marker, undefined), [remainder]);
    assert.equal(withObjectRemainder(undefined, marker, undefined), undefined);
  });
});
