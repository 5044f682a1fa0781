import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { matchesPackage } from "../vex/purl-matching.ts";
import type { Decision } from "./decision.ts";
import { findOverlaps } from "./decision-overlaps.ts";

const PACKAGES = [
  "pkg:npm/a@1",
  "pkg:npm/a@2",
  "pkg:npm/b@1",
  "pkg:deb/debian/c@1?arch=amd64&distro=debian-12.1",
  "pkg:deb/debian/c@1?arch=arm64&distro=debian-12.1",
];
const PATTERNS = [
  ...PACKAGES,
  "pkg:npm/a",
  "pkg:npm/b",
  "pkg:deb/debian/c",
  "pkg:deb/debian/c?arch=amd64",
  "pkg:deb/debian/c?distro=debian-12",
  "pkg:deb/debian/c@1?arch=arm64",
];

const decisions = fc.array(
  fc.record({
    finding: fc.constantFrom("CVE-2026-1", "cve-2026-1", "CVE-2026-2"),
    components: fc.uniqueArray(fc.constantFrom(...PATTERNS), { maxLength: 2 }),
    products: fc.uniqueArray(fc.constantFrom("pkg:oci/x", "pkg:oci/y"), { maxLength: 1 }),
  }),
  { maxLength: 6 },
);

test("decisions of one name that match one package in one product overlap, and nothing else does", () => {
  fc.assert(
    fc.property(decisions, (scopes) => {
      const list = scopes.map(({ finding, components, products }, index) => ({
        index,
        decision: { finding, scope: { components, products } } as unknown as Decision,
      }));
      const areaOf = ({ finding, components, products }: (typeof scopes)[number]): ReadonlySet<string> =>
        new Set(
          PACKAGES.filter(
            (purl) => components.length === 0 || components.some((each) => matchesPackage(each, purl)),
          ).flatMap((purl) =>
            (products.length === 0 ? ["pkg:oci/x", "pkg:oci/y"] : products).map(
              (product) => `${finding.toUpperCase()} ${purl} ${product}`,
            ),
          ),
        );
      const areas = scopes.map(areaOf);
      const expected = areas.flatMap((area, at) =>
        areas.some((other, place) => place !== at && [...area].some((point) => other.has(point))) ? [at] : [],
      );
      const found = findOverlaps(list, { findings: undefined, isOneProduct: false, areApart: () => false });
      assert.deepEqual(
        [...found.keys()].sort((a, b) => a - b),
        expected,
      );
      for (const [one, other] of found) assert.ok([...(areas[one] ?? [])].some((point) => areas[other]?.has(point)));
    }),
    { numRuns: 300 },
  );
});

test("a decision about all platforms overlaps with each about one, under other names of the finding too", () => {
  const list = ["CVE-2026-1", "CVE-2026-1", "CVE-2026-1", "GHSA-1"].map((finding, index) => ({
    index,
    decision: { finding, scope: { components: [], products: [] } } as unknown as Decision,
  }));
  const orders = [list, list.toReversed(), [1, 3, 0, 2].flatMap((place) => list[place] ?? [])];
  for (const order of orders) {
    const found = findOverlaps(order, {
      findings: new Map(list.map(({ index }) => [index, [0]])),
      isOneProduct: true,
      // The last one alone is about all platforms.
      areApart: (a, b) => a !== 3 && b !== 3,
    });
    assert.deepEqual(new Set(found.keys()), new Set([0, 1, 2, 3]));
    assert.deepEqual(
      [0, 1, 2].map((each) => found.get(each)),
      [3, 3, 3],
    );
  }
});
