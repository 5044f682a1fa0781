import type { PackageUrl } from "../../artifact/index.ts";
import { isDigest } from "../../base/index.ts";
import type { Decision } from "./decision.ts";
import { mayMeanSame, PurlPatterns, packageKey } from "./purl-patterns.ts";

interface Placed {
  readonly decision: Decision;
  readonly index: number;
}

/** What is asked to find overlaps. */
interface OverlapFrame {
  /** The places of the findings that each decision fits, where a scan is there. */
  readonly findings: ReadonlyMap<number, readonly number[]> | undefined;
  /** All of the decisions are known to speak of one and the same product. */
  readonly isOneProduct: boolean;
  /** Whether two of them, by their places, are known to speak of different platforms of it. */
  readonly areApart: (a: number, b: number) => boolean;
}

/**
 * For each decision that may speak of the same as another, the place of one such other: two that fit one finding, or that
 * have the same name of a finding, and products and components that something could be in both of.
 */
export function findOverlaps(decisions: readonly Placed[], frame: OverlapFrame): ReadonlyMap<number, number> {
  const overlaps = new Map<number, number>();
  const join = (a: number, b: number): void => {
    if (!overlaps.has(a)) overlaps.set(a, b);
    if (!overlaps.has(b)) overlaps.set(b, a);
  };
  const byFinding = new Map<number, number[]>();
  const byName = new Map<string, NamedDecisions>();
  for (const { decision, index } of decisions) {
    for (const finding of frame.findings?.get(index) ?? []) {
      const others = byFinding.get(finding) ?? [];
      byFinding.set(finding, others);
      // Those that are apart from each other may each overlap with this one.
      for (const other of others) {
        if (overlaps.has(index) && overlaps.has(other)) continue;
        if (!frame.areApart(other, index)) join(other, index);
      }
      others.push(index);
    }
    const name = decision.finding.toUpperCase();
    const named = byName.get(name) ?? new NamedDecisions();
    byName.set(name, named);
    const own = prepare(decision, index);
    named.visitSharing(own, overlaps, (other) => {
      if (frame.isOneProduct ? !frame.areApart(other.index, index) : shareProduct(own, other)) join(other.index, index);
    });
    named.add(own);
  }
  return overlaps;
}

interface Prepared {
  readonly index: number;
  readonly digests: ReadonlySet<string>;
  readonly products: readonly PackageUrl[];
  readonly hasProducts: boolean;
  readonly components: readonly PackageUrl[];
}

/** A decision, with the one of its package URLs by which it is found. */
interface Entry {
  readonly own: Prepared;
  readonly purl?: PackageUrl;
}

/** Entries of one kind, those apart that overlap already: of them one is enough to say. */
class Entries {
  #open: Entry[] = [];
  readonly #overlapping: Entry[] = [];

  add(entry: Entry): void {
    this.#open.push(entry);
  }

  visit(own: Prepared, overlaps: ReadonlyMap<number, number>, act: (entry: Entry) => void): void {
    for (const entry of this.#overlapping) {
      if (overlaps.has(own.index)) break;
      act(entry);
    }
    let isChanged = false;
    for (const entry of this.#open) {
      act(entry);
      isChanged ||= overlaps.has(entry.own.index);
    }
    if (!isChanged) return;
    this.#overlapping.push(...this.#open.filter((entry) => overlaps.has(entry.own.index)));
    this.#open = this.#open.filter((entry) => !overlaps.has(entry.own.index));
  }
}

/** The decisions of one name, found by the packages that they speak of. */
class NamedDecisions {
  readonly #all = new Entries();
  readonly #everywhere = new Entries();
  readonly #byPackage = new Map<string, Entries>();

  add(own: Prepared): void {
    this.#all.add({ own });
    if (own.components.length === 0) this.#everywhere.add({ own });
    for (const purl of own.components) {
      const key = packageKey(purl);
      const entries = this.#byPackage.get(key) ?? new Entries();
      this.#byPackage.set(key, entries);
      entries.add({ own, purl });
    }
  }

  /** Visits those that have a component in common with one; no components mean all of them. */
  visitSharing(own: Prepared, overlaps: ReadonlyMap<number, number>, act: (other: Prepared) => void): void {
    const isAll = own.components.length === 0;
    (isAll ? this.#all : this.#everywhere).visit(own, overlaps, (entry) => act(entry.own));
    for (const purl of own.components) {
      this.#byPackage.get(packageKey(purl))?.visit(own, overlaps, (entry) => {
        if (entry.purl !== undefined && mayMeanSame(purl, entry.purl)) act(entry.own);
      });
    }
  }
}

function prepare({ scope }: Decision, index: number): Prepared {
  return {
    index,
    digests: new Set(scope.products.filter(isDigest)),
    products: [...new PurlPatterns(scope.products)],
    hasProducts: scope.products.length > 0,
    components: [...new PurlPatterns(scope.components)],
  };
}

/** A digest may be that of anything a package URL names; two digests are two artifacts. */
function shareProduct(a: Prepared, b: Prepared): boolean {
  if (!a.hasProducts || !b.hasProducts) return true;
  if ((a.digests.size > 0 && b.products.length > 0) || (b.digests.size > 0 && a.products.length > 0)) return true;
  for (const digest of a.digests) if (b.digests.has(digest)) return true;
  return a.products.some((one) =>
    b.products.some((other) => packageKey(one) === packageKey(other) && mayMeanSame(one, other)),
  );
}
