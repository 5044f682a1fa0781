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
  /** About a component, by its keys: as product, or as subcomponent of the artifact. */
  readonly byComponent: ReadonlyMap<string, readonly Candidate[]>;
  /** About what is in a product that may be in between, by the product's keys. */
  readonly byProduct: ReadonlyMap<string, readonly Candidate[]>;
  /** Why some decide nothing, whatever they speak of. */
  readonly inert: ReadonlyMap<Candidate, InertReason>;
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
    const byComponent = new Map<string, Candidate[]>();
    const byProduct = new Map<string, Candidate[]>();
    const inert = new Map<Candidate, InertReason>();
    for (const candidate of all) {
      const reason = inertReasonOf(candidate, finding, this.#now);
      if (reason !== undefined) inert.set(candidate, reason);
      else if (isAboutWhole(candidate)) whole.add(candidate);
      // One may speak of the whole artifact and, as a product, of what contains a component.
      for (const product of reason === undefined ? candidate.products : []) {
        for (const key of keysOfProduct(product)) addTo(byComponent, key, candidate);
        for (const key of keysOfComponent(product)) addTo(byProduct, key, candidate);
      }
    }
    return { all, whole, currentWhole: currentOf([...whole]), byComponent, byProduct, inert };
  }
}

/** The statements of a group that speak of a component, beside those about the whole artifact. */
export function matchingComponent(group: StatementGroup, target: Target): readonly Candidate[] {
  const near = new Set(keysOfTarget(target).flatMap((key) => group.byComponent.get(key) ?? []));
  return [...near].filter((candidate) => !group.whole.has(candidate) && speaksOf(candidate, target));
}

/** The statements of a group that speak of a component inside the one in between. */
export function matchingBetween(group: StatementGroup, between: Target, component: Target): readonly Candidate[] {
  const near = new Set(keysOfTarget(between).flatMap((key) => group.byProduct.get(key) ?? []));
  return [...near].filter(({ products }) =>
    products.some((product) => isComponent(product, between) && covers(product, component)),
  );
}

/** Whether a statement speaks of a component of the artifact: as a product, or as a subcomponent of the artifact. */
function speaksOf({ products }: Candidate, target: Target): boolean {
  return products.some((product) => (product.isSubject || isComponent(product, target)) && covers(product, target));
}

function covers({ subcomponents }: PreparedProduct, target: Target): boolean {
  return subcomponents.length === 0 || subcomponents.some((each) => isComponent(each, target));
}

function isAboutWhole({ products }: Candidate): boolean {
  return (
    products.length === 0 || products.some(({ isSubject, subcomponents }) => isSubject && subcomponents.length === 0)
  );
}

function keysOfProduct(product: PreparedProduct): readonly string[] {
  if (!product.isSubject) return keysOfComponent(product);
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
