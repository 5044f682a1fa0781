import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { nearProducts, nearSubcomponents } from "./near-parts.ts";
import {
  isComponent,
  type PreparedProduct,
  prepareCandidate,
  prepareSubject,
  prepareTarget,
  type Target,
} from "./prepared-statements.ts";
import { matchingComponent, StatementIndex } from "./statement-index.ts";
import { coversComponent } from "./subcomponent-index.ts";
import type { VexComponent, VexProduct } from "./vex.ts";
import { missOfProducts } from "./vex-miss.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const SUBJECT = prepareSubject({ purls: [], digests: [DIGEST] });
const CPE = "cpe:2.3:a:maker:left:1.0:*:*:*:*:*:*:*";
const HASH = "b".repeat(64);

const component: fc.Arbitrary<VexComponent> = fc.oneof(
  fc
    .tuple(fc.constantFrom("left", "right", "odd"), fc.constantFrom("", "@1.0", "@2.0"), fc.constantFrom("", "?arch=x"))
    .map(([name, version, qualifier]) => ({
      id: `pkg:npm/${name}${version}${qualifier}`,
      identifiers: {},
      hashes: {},
    })),
  fc.constant({ id: CPE, identifiers: {}, hashes: {} }),
  fc.constant({ id: "", identifiers: {}, hashes: { "sha-256": HASH } }),
  fc.constant({ id: "no name at all", identifiers: {}, hashes: {} }),
  fc.constant({ id: "pkg:npm/left@1.0", identifiers: { purl: "pkg:npm/right@2.0" }, hashes: {} }),
);
const product: fc.Arbitrary<VexProduct> = fc
  .tuple(
    fc.oneof(fc.constant({ id: DIGEST, identifiers: {}, hashes: {} }), component),
    fc.array(component, { maxLength: 14 }),
  )
  .map(([named, subcomponents]) => ({ ...named, subcomponents }));
const target: fc.Arbitrary<Target> = fc
  .tuple(
    fc.constantFrom("pkg:npm/left@1.0", "pkg:npm/right@2.0?arch=x", "pkg:npm/left@2.0", "pkg:npm/other@1.0", ""),
    fc.subarray([CPE]),
    fc.subarray([`sha-256:${HASH}`]),
  )
  .map(([purl, cpes, hashes]) => prepareTarget(purl, { cpes, hashes }));

function sourceOf(products: readonly VexProduct[]) {
  const timestamp = "2026-01-01T00:00:00Z";
  const said = { vulnerability: "CVE-2026-1", aliases: [], products, status: "fixed", timestamp } as const;
  return { document: { id: "urn:1", author: "a", timestamp, version: 1, statements: [said] }, source: "s" };
}

const covers = ({ subcomponents }: PreparedProduct, to: Target): boolean =>
  subcomponents.length === 0 || subcomponents.some((each) => isComponent(each, to));

test("what is looked up is what asking every product and subcomponent finds", () => {
  fc.assert(
    fc.property(fc.array(product, { minLength: 1, maxLength: 8 }), target, (products, to) => {
      const index = new StatementIndex([sourceOf(products)], SUBJECT, undefined);
      const [candidate] = index.candidates;
      assert.ok(candidate !== undefined);
      for (const each of candidate.products) assert.equal(coversComponent(each, to), covers(each, to));
      const group = index.groupOf({ vulnerability: "CVE-2026-1", aliases: [] });
      const speaks = candidate.products.some((each) => (each.isSubject || isComponent(each, to)) && covers(each, to));
      assert.equal(matchingComponent(group, to).length, speaks && group.whole.size === 0 ? 1 : 0);
    }),
  );
});

test("the nearest miss among what is picked is the nearest among all", () => {
  fc.assert(
    fc.property(fc.array(product, { minLength: 1, maxLength: 8 }), target, (products, to) => {
      const candidate = prepareCandidate(sourceOf(products), 0, SUBJECT);
      const name = to.purl?.name;
      const isNear = (each: PreparedProduct): boolean =>
        each.isSubject || each.purls.some((purl) => purl.name === name);
      const all = candidate.products.filter(isNear).slice(0, 5);
      const near = nearProducts(candidate, name);
      assert.deepEqual(near, all.length === 0 ? candidate.products.slice(0, 5) : all);
      const frame = {
        subject: SUBJECT,
        some: [to],
        named: (asked: string) => (asked === name ? [to] : []),
        isPart: (each: Parameters<typeof isComponent>[0]) => isComponent(each, to),
      };
      // One that matches has no miss.
      const missed = near.filter((each) => !covers(each, to) && !isComponent(each, to));
      if (missed.length === 0) return;
      assert.deepEqual(missOfProducts(missed, { ...frame, onlyName: name ?? "" }), missOfProducts(missed, frame));
      for (const each of missed) assert.ok(nearSubcomponents(each, name ?? "").length <= each.subcomponents.length);
    }),
  );
});
