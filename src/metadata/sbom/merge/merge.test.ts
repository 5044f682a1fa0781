import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Component, Sbom } from "../sbom.ts";
import { type MergeOptions, mergeSboms } from "./merge.ts";

const OPTIONS: MergeOptions = {
  subject: { name: "all", version: "1" },
  order: "hierarchical",
  createdAt: "2026-11-23T12:00:00Z",
  serialNumber: "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
  tools: [{ name: "amap", version: "0.1.0" }],
};

function componentOf(ref: string, more: Partial<Component> = {}): Component {
  const plain = { kind: "library", licenses: [], hashes: [], locations: [], scope: "production" } as const;
  return { ref, name: ref, ...plain, ...more };
}

function sbomOf(subject: string, components: readonly Component[], more: Partial<Sbom> = {}): Sbom {
  return {
    serialNumber: "",
    createdAt: "",
    authors: [],
    tools: [],
    subject: componentOf(subject),
    components,
    dependencies: new Map(),
    notLookedAt: [],
    ...more,
  };
}

const HASH = { algorithm: "SHA-256", value: "a".repeat(64) } as const;
const OTHER_HASH = { algorithm: "SHA-256", value: "b".repeat(64) } as const;
const LEFT = componentOf("left", { purl: "pkg:npm/left@1.0.0" });

describe("mergeSboms", () => {
  test("subjects become parts that the merged subject depends on", () => {
    const inputs = [
      { name: "a.json", sbom: sbomOf("a", [LEFT]) },
      { name: "b.json", sbom: sbomOf("b", [componentOf("right")]) },
    ];
    const { sbom, conflicts } = mergeSboms(inputs, OPTIONS);
    assert.deepEqual(
      sbom.components.map(({ ref, partOf }) => [ref, partOf]),
      [
        ["a", undefined],
        ["b", undefined],
        ["left", "a"],
        ["right", "b"],
      ],
    );
    assert.deepEqual(sbom.dependencies.get(sbom.subject.ref), ["a", "b"]);
    assert.deepEqual(conflicts, []);
  });

  test("flat: components are parts of nothing", () => {
    const { sbom } = mergeSboms([{ name: "a.json", sbom: sbomOf("a", [LEFT]) }], { ...OPTIONS, order: "flat" });
    assert.ok(sbom.components.every(({ partOf }) => partOf === undefined));
  });

  const pairs: readonly (readonly [name: string, second: Partial<Component>, count: number])[] = [
    ["the same package URL", {}, 1],
    ["the same package URL and hash", { hashes: [HASH] }, 1],
    ["another hash of the same algorithm", { hashes: [OTHER_HASH] }, 2],
    ["another package URL", { purl: "pkg:npm/left@2.0.0" }, 2],
  ];
  for (const [name, second, count] of pairs) {
    test(`each component once: ${name}`, () => {
      const first = { ...LEFT, hashes: [HASH] };
      const inputs = [
        { name: "a.json", sbom: sbomOf("a", [first]) },
        { name: "b.json", sbom: sbomOf("b", [{ ...LEFT, ...second }]) },
      ];
      const { sbom } = mergeSboms(inputs, OPTIONS);
      assert.equal(sbom.components.filter((component) => component.name === "left").length, count);
      assert.equal(new Set(sbom.components.map(({ ref }) => ref)).size, sbom.components.length);
    });
  }

  test("what only one says is taken; what both say in different ways is told, the first kept", () => {
    const inputs = [
      { name: "a.json", sbom: sbomOf("a", [{ ...LEFT, licenses: ["MIT"], supplier: "One" }]) },
      { name: "b.json", sbom: sbomOf("b", [{ ...LEFT, licenses: ["ISC"], copyright: "mine", locations: ["/x"] }]) },
    ];
    const { sbom, conflicts } = mergeSboms(inputs, OPTIONS);
    const left = sbom.components.find(({ ref }) => ref === "left");
    assert.deepEqual(
      [left?.licenses, left?.supplier, left?.copyright, left?.locations],
      [["MIT"], "One", "mine", ["/x"]],
    );
    assert.deepEqual(conflicts, [{ ref: "left", field: "licenses", kept: "MIT", other: "ISC", from: "b.json" }]);
  });

  test("dependencies follow the components, also where two refs were alike", () => {
    const other = componentOf("left", { purl: "pkg:npm/other@1.0.0", name: "other" });
    const inputs = [
      { name: "a.json", sbom: sbomOf("a", [LEFT], { dependencies: new Map([["a", ["left"]]]) }) },
      { name: "b.json", sbom: sbomOf("b", [other], { dependencies: new Map([["b", ["left"]]]) }) },
    ];
    const { sbom } = mergeSboms(inputs, OPTIONS);
    assert.deepEqual(sbom.dependencies.get("a"), ["left"]);
    assert.deepEqual(sbom.dependencies.get("b"), ["left#2"]);
  });

  test("parts in a circle stay parts of one another once only", () => {
    const components = [componentOf("x", { partOf: "y" }), componentOf("y", { partOf: "x" })];
    const { sbom } = mergeSboms([{ name: "a.json", sbom: sbomOf("a", components) }], OPTIONS);
    assert.deepEqual(
      sbom.components.filter(({ name }) => name !== "a").map(({ partOf }) => partOf),
      ["y", "a"],
    );
  });

  test("merging twice the same gives the same", () => {
    const input = { name: "a.json", sbom: sbomOf("a", [LEFT, componentOf("right", { partOf: "left" })]) };
    assert.deepEqual(mergeSboms([input, input], OPTIONS), mergeSboms([input], OPTIONS));
  });

  test("nothing to merge is refused", () => {
    assert.throws(() => mergeSboms([], OPTIONS), { code: "VALUE_INVALID" });
  });
});
