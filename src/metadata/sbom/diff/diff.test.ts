import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Component, Sbom } from "../sbom.ts";
import { compareSboms, isSame } from "./diff.ts";

function componentOf(purl: string, more: Partial<Component> = {}): Component {
  const [, name = "", version = ""] = /([^/]+)@(.+)$/.exec(purl) ?? [];
  const plain = { kind: "library", licenses: [], hashes: [], locations: [], scope: "production" } as const;
  return { ref: purl, name, version, purl, ...plain, ...more };
}

function sbomOf(components: readonly Component[], edges: Readonly<Record<string, readonly string[]>> = {}): Sbom {
  return {
    serialNumber: "",
    createdAt: "",
    authors: [],
    tools: [],
    subject: componentOf("pkg:generic/shop@1.0.0"),
    components,
    dependencies: new Map(Object.entries(edges)),
    notLookedAt: [],
  };
}

const A1 = componentOf("pkg:npm/a@1.0.0");
const A2 = componentOf("pkg:npm/a@2.0.0");
const A3 = componentOf("pkg:npm/a@3.0.0");

describe("compareSboms", () => {
  const rows: readonly (readonly [
    name: string,
    before: readonly Component[],
    after: readonly Component[],
    expected: { added?: readonly string[]; removed?: readonly string[]; changed?: readonly string[] },
  ])[] = [
    ["nothing changed", [A1], [A1], {}],
    ["added", [], [A1], { added: ["pkg:npm/a 1.0.0"] }],
    ["removed", [A1], [], { removed: ["pkg:npm/a 1.0.0"] }],
    ["updated", [A1], [A2], { changed: ["version: 1.0.0 > 2.0.0"] }],
    ["one of two versions updated", [A1, A2], [A1, A3], { changed: ["version: 2.0.0 > 3.0.0"] }],
    ["a second version", [A1], [A1, A2], { added: ["pkg:npm/a 2.0.0"] }],
    [
      "qualifiers are no difference",
      [componentOf("pkg:deb/debian/bash@5?arch=amd64", { version: "5" })],
      [componentOf("pkg:deb/debian/bash@5?arch=arm64", { version: "5" })],
      {},
    ],
    ["licence", [A1], [{ ...A1, licenses: ["MIT"] }], { changed: ["licenses:  > MIT"] }],
    ["order of licences", [{ ...A1, licenses: ["MIT", "ISC"] }], [{ ...A1, licenses: ["ISC", "MIT"] }], {}],
    [
      "supplier",
      [{ ...A1, supplier: "Left" }],
      [{ ...A1, supplier: "Right" }],
      { changed: ["supplier: Left > Right"] },
    ],
    [
      "hash",
      [{ ...A1, hashes: [{ algorithm: "MD5", value: "00" }] }],
      [{ ...A1, hashes: [{ algorithm: "MD5", value: "01" }] }],
      { changed: ["hashes: MD5:00 > MD5:01"] },
    ],
    [
      "a name where there is no package URL",
      [{ ...withoutPurl(A1), group: "g" }],
      [{ ...withoutPurl(A2), group: "g" }],
      { changed: ["version: 1.0.0 > 2.0.0"] },
    ],
  ];
  for (const [name, before, after, { added = [], removed = [], changed = [] }] of rows) {
    test(name, () => {
      const found = compareSboms(sbomOf(before), sbomOf(after));
      const shown = (list: typeof found.added): readonly string[] => list.map((each) => `${each.key} ${each.version}`);
      assert.deepEqual(shown(found.added), added);
      assert.deepEqual(shown(found.removed), removed);
      const changes = found.changed.flatMap((each) =>
        each.changes.map((change) => `${change.field}: ${change.before.join()} > ${change.after.join()}`),
      );
      assert.deepEqual(changes, changed);
      assert.equal(isSame(found), added.length + removed.length + changed.length === 0);
    });
  }

  test("an update alone changes no dependency; a new one is told", () => {
    const before = sbomOf([A1, componentOf("pkg:npm/b@1.0.0")], { "pkg:generic/shop@1.0.0": ["pkg:npm/a@1.0.0"] });
    const updated = sbomOf([A2, componentOf("pkg:npm/b@1.0.0")], { "pkg:generic/shop@1.0.0": ["pkg:npm/a@2.0.0"] });
    assert.deepEqual(compareSboms(before, updated).addedDependencies, []);
    const more = sbomOf([A1, componentOf("pkg:npm/b@1.0.0")], {
      "pkg:generic/shop@1.0.0": ["pkg:npm/a@1.0.0"],
      "pkg:npm/a@1.0.0": ["pkg:npm/b@1.0.0"],
    });
    const edge = { from: "pkg:npm/a", to: "pkg:npm/b" };
    assert.deepEqual(compareSboms(before, more).addedDependencies, [edge]);
    assert.deepEqual(compareSboms(more, before).removedDependencies, [edge]);
  });
});

function withoutPurl(component: Component): Component {
  const { purl: _, ...rest } = component;
  return rest;
}
