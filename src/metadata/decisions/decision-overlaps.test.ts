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
