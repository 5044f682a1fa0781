import { compareText } from "../../base/index.ts";
import type { Finding } from "../vulnerability/vulnerability.ts";
import { otherCveOf } from "../vulnerability/vulnerability-names.ts";
import {
  type Candidate,
  isComponent,
  keysOfComponent,
  keysOfTarget,
  type PreparedProduct,
  type PreparedSubject,
  prepareCandidate,
  type Target,
  type TrustedVexDocument,
} from "./prepared-statements.ts";
import { coversComponent } from "./subcomponent-index.ts";
import { VEX_STATUSES } from "./vex.ts";

/** How far the clock of a statement's author may be ahead. */
const CLOCK_SKEW_MS = 5 * 60_000;

/** The vulnerability of a finding, by all of its names. */
type Named = Pick<Finding, "vulnerability" | "aliases">;

/** CVE ids are written in upper case, GHSA ids in mixed case; neither tells two vulnerabilities apart by case. */
const nameKey = (name: string): string => name.toUpperCase();

/** All statements about one vulnerability, found by what they speak of. */
export interface StatementGroup {
  /** In an order that does not depend on that of the documents. */
  readonly all: readonly Candidate[];
  /** About the artifact as a whole, or without products in an attestation about it: they match every component. */
  readonly whole: ReadonlySet<Candidate>;
  /** Of `whole` those that can still decide. */
  readonly currentWhole: readonly Candidate[];
  /** About all of one platform, by its place in the subject's list; those about the artifact as a whole are not among them. */
  readonly wholeOf: ReadonlyMap<number, readonly Candidate[]>;
  /** The platforms that a statement names, be it with a component inside; what speaks of others speaks of all of them alike. */
  readonly namedPlatforms: ReadonlySet<number>;
  /** About a component, by its keys: as product, or as subcomponent of the artifact or of a platform. */
  readonly byComponent: ReadonlyMap<string, readonly PlacedProduct[]>;
  /** About what is in a product that may be in between, by the product's keys. */
  readonly byProduct: ReadonlyMap<string, readonly PlacedProduct[]>;
  /** Why some decide nothing, whatever they speak of. */
  readonly inert: ReadonlyMap<Candidate, InertReason>;
}

/** One product of a statement. */
interface PlacedProduct {
  readonly candidate: Candidate;
  readonly product: PreparedProduct;
}

/** Why a statement decides nothing, whatever its products are. */
export type InertReason =
  | { readonly kind: "other-vulnerability"; readonly cve: string }
  | { readonly kind: "future" }
  | { readonly kind: "no-product" };

/** Statements by the names of vulnerabilities; what a vulnerability asks of them is worked out once. */
export class StatementIndex {
  readonly candidates: readonly Candidate[];
  readonly #byName = new Map<string, Candidate[]>();
  readonly #groups = new Map<string, StatementGroup>();
  readonly #now: number | undefined;

  constructor(documents: readonly TrustedVexDocument[], subject: PreparedSubject, now: number | undefined) {
    this.#now = now;
    this.candidates = documents.flatMap((origin) =>
      origin.document.statements.map((_, index) => prepareCandidate(origin, index, subject)),
    );
    for (const candidate of this.candidates) {
      const { vulnerability, aliases } = candidate.statement;
      for (const name of new Set([vulnerability, ...aliases].map(nameKey))) addTo(this.#byName, name, candidate);
    }
  }

  /** The statements that share a name with a vulnerability. */
  groupOf(finding: Named): StatementGroup {
    const names = [...new Set([finding.vulnerability, ...finding.aliases].map(nameKey))];
    const key = JSON.stringify(names);
    const group = this.#groups.get(key) ?? this.#makeGroup(finding, names);
    this.#groups.set(key, group);
    return group;
  }

  #makeGroup(finding: Named, names: readonly string[]): StatementGroup {
    const all = [...new Set(names.flatMap((name) => this.#byName.get(name) ?? []))].sort(compareOrigin);
    const whole = new Set<Candidate>();
    const wholeOf = new Map<number, Candidate[]>();
    const namedPlatforms = new Set<number>();
    const byComponent = new Map<string, PlacedProduct[]>();
    const byProduct = new Map<string, PlacedProduct[]>();
    const inert = new Map<Candidate, InertReason>();
    for (const candidate of all) {
      const reason = inertReasonOf(candidate, finding, this.#now);
      if (reason !== undefined) inert.set(candidate, reason);
      else if (isAboutWhole(candidate)) whole.add(candidate);
      // One may speak of the whole artifact and, as a product, of what contains a component.
      for (const product of reason === undefined ? candidate.products : []) {
        const placed = { candidate, product };
        for (const key of keysOfProduct(product)) addTo(byComponent, key, placed);
        for (const key of keysOfComponent(product)) addTo(byProduct, key, placed);
        for (const platform of product.platforms) {
          namedPlatforms.add(platform);
          if (product.subcomponents.length === 0 && !whole.has(candidate)) addTo(wholeOf, platform, candidate);
        }
      }
    }
    const currentWhole = currentOf([...whole]);
    return { all, whole, currentWhole, wholeOf, namedPlatforms, byComponent, byProduct, inert };
  }
}

/**
 * The statements of a group that speak of a component on a platform, beside those about the whole artifact; without a
 * platform those that speak of it on each.
 */
export function matchingComponent(group: StatementGroup, target: Target, platform?: number): readonly Candidate[] {
  const matching = matchingProducts(group.byComponent, target, (product) => speaksOf(product, target, platform));
  const others = matching.filter((candidate) => !group.whole.has(candidate));
  const ofPlatform = platform === undefined ? undefined : group.wholeOf.get(platform);
  return ofPlatform === undefined ? others : [...new Set([...ofPlatform, ...others])];
}

/** The statements with a product that matches, of those that are found by a component's keys, in the order of the keys. */
function matchingProducts(
  placed: ReadonlyMap<string, readonly PlacedProduct[]>,
  target: Target,
  matches: (product: PreparedProduct) => boolean,
): readonly Candidate[] {
  const near = new Set<Candidate>();
  const matching = new Set<Candidate>();
  for (const key of keysOfTarget(target)) {
    for (const { candidate, product } of placed.get(key) ?? []) {
      near.add(candidate);
      if (!matching.has(candidate) && matches(product)) matching.add(candidate);
    }
  }
  return [...near].filter((candidate) => matching.has(candidate));
}

/** The statements of a group that speak of a component inside the one in between. */
export function matchingBetween(group: StatementGroup, between: Target, component: Target): readonly Candidate[] {
  return matchingProducts(
    group.byProduct,
    between,
    (product) => isComponent(product, between) && coversComponent(product, component),
  );
}

/** Whether a product speaks of a component of the artifact: is it, or has it inside the artifact or inside its platform. */
function speaksOf(product: PreparedProduct, target: Target, platform: number | undefined): boolean {
  const isHere = product.isSubject || (platform !== undefined && product.platforms.includes(platform));
  return (isHere || isComponent(product, target)) && coversComponent(product, target);
}

function isAboutWhole({ products }: Candidate): boolean {
  return (
    products.length === 0 || products.some(({ isSubject, subcomponents }) => isSubject && subcomponents.length === 0)
  );
}

function keysOfProduct(product: PreparedProduct): readonly string[] {
  if (!product.isSubject && product.platforms.length === 0) return keysOfComponent(product);
  return [...keysOfComponent(product), ...product.subcomponents.flatMap(keysOfComponent)];
}

function inertReasonOf(candidate: Candidate, finding: Named, now: number | undefined): InertReason | undefined {
  const { statement, origin, products, time } = candidate;
  const cve = otherCveOf(finding, [statement.vulnerability, ...statement.aliases]);
  if (cve !== undefined) return { kind: "other-vulnerability", cve };
  if (products.length === 0 && origin.isAttestedForProduct !== true) return { kind: "no-product" };
  return isFuture(time, now) ? { kind: "future" } : undefined;
}

/**
 * Whether a time is later than any clock that is only a little ahead would say; both in milliseconds since 1970. A
 * statement of such a time decides nothing.
 * @example
 * ```ts
 * import { isFuture } from "../index.ts";
 * isFuture(Date.UTC(2026, 0, 2), Date.UTC(2026, 0, 1)); // true
 * ```
 */
export function isFuture(time: number, now: number | undefined): boolean {
  return now !== undefined && time > now + CLOCK_SKEW_MS;
}

function addTo<K, T>(map: Map<K, T[]>, key: K, item: T): void {
  const listed = map.get(key);
  if (listed === undefined) map.set(key, [item]);
  // Two subcomponents of one statement may have one key.
  else if (listed.at(-1) !== item) listed.push(item);
}

function compareOrigin(a: Candidate, b: Candidate): number {
  return (
    compareText(a.origin.document.id, b.origin.document.id) ||
    compareText(a.origin.source, b.origin.source) ||
    compareText(a.text, b.text) ||
    a.index - b.index
  );
}

/**
 * Of the newest statements, without those that a later version of their document replaces, the least favourable one.
 * Versions of different documents say nothing about each other.
 */
export function decidingOf(candidates: readonly Candidate[]): Candidate | undefined {
  const current = currentOf(candidates);
  return current.length < 2 ? current[0] : [...current].sort(compareFavour)[0];
}

/**
 * Of the newest statements the least favourable one of each document's latest version: which others there are beside
 * them makes no difference to what decides.
 */
function currentOf(candidates: readonly Candidate[]): readonly Candidate[] {
  const newest = candidates.reduce((time, candidate) => Math.max(time, candidate.time), Number.NEGATIVE_INFINITY);
  const byDocument = new Map<string, Candidate>();
  for (const candidate of candidates) {
    if (candidate.time !== newest) continue;
    const { id, author, version } = candidate.origin.document;
    const key = JSON.stringify([id, author]);
    const known = byDocument.get(key);
    const order = known === undefined ? 1 : version - known.origin.document.version;
    if (known === undefined || order > 0 || (order === 0 && compareFavour(candidate, known) < 0))
      byDocument.set(key, candidate);
  }
  return [...byDocument.values()];
}

/** Least favourable first; the text decides between statements that are alike in all else. */
function compareFavour(a: Candidate, b: Candidate): number {
  return (
    VEX_STATUSES.indexOf(a.statement.status) - VEX_STATUSES.indexOf(b.statement.status) || compareText(a.text, b.text)
  );
}
