import { parseTime } from "../../base/index.ts";
import { platformsWith } from "../vex/platform-parts.ts";
import { type PreparedPlatform, prepareSubject } from "../vex/prepared-statements.ts";
import type { VexSubject } from "../vex/vex.ts";
import type { Finding } from "../vulnerability/vulnerability.ts";
import type { Decision, DecisionScope } from "./decision.ts";
import { PurlPatterns, parsePurl } from "./purl-patterns.ts";

type Scoped = Pick<Decision, "scope">;

/** Whether a scope has this product in it, by a digest or by a package URL. */
export function speaksOfProduct({ scope }: Pick<Decision, "scope">, product: VexSubject): boolean {
  if (scope.products.length === 0) return true;
  if (product.digests.some((digest) => scope.products.includes(digest))) return true;
  const { products } = patternsOf(scope);
  return product.purls.some((text) => {
    const purl = parsePurl(text);
    return purl !== undefined && products.matches(purl);
  });
}

interface ScopePatterns {
  readonly products: PurlPatterns;
  readonly components: PurlPatterns;
}

/** A scope is asked about for every finding of its name, and its package URLs are parsed for the first one. */
const PATTERNS = new WeakMap<DecisionScope, ScopePatterns>();

/** The patterns of a scope. */
export function patternsOf(scope: DecisionScope): ScopePatterns {
  const known = PATTERNS.get(scope);
  if (known !== undefined) return known;
  const made = { products: new PurlPatterns(scope.products), components: new PurlPatterns(scope.components) };
  PATTERNS.set(scope, made);
  return made;
}

const PREPARED = new WeakMap<VexSubject, readonly PreparedPlatform[]>();

function platformsIn(product: VexSubject): readonly PreparedPlatform[] {
  const known = PREPARED.get(product) ?? prepareSubject(product).platforms;
  PREPARED.set(product, known);
  return known;
}

/**
 * The platforms of an index that a scope which has not all of the index has in it, by their places in the subject's list: by
 * the digest of their manifest, or by a package URL with it or with their `arch`.
 */
function platformsInScope({ scope }: Scoped, product: VexSubject): readonly number[] {
  const platforms = platformsIn(product);
  if (platforms.length === 0) return [];
  const digests = new Set(scope.products.map((each) => each.toLowerCase()));
  const { products: patterns } = patternsOf(scope);
  return platforms.flatMap(({ digest, purls }, index) =>
    digests.has(digest) || purls.some((purl) => patterns.matches(purl)) ? [index] : [],
  );
}

/** Whether a decision, or a risk that is taken, speaks of a product, or of one of its platforms. */
export function speaksOfPart(decision: Scoped, product: VexSubject): boolean {
  return speaksOfProduct(decision, product) || platformsInScope(decision, product).length > 0;
}

/** The part of a product that a decision speaks of. */
export function partInScope(decision: Scoped, product: VexSubject): VexSubject {
  if (speaksOfProduct(decision, product)) return product;
  const digests = platformsInScope(decision, product).flatMap((place) => product.platforms?.[place]?.digest ?? []);
  if (digests.length === 0) throw new Error("a decision that counts speaks of another product");
  return { purls: [], digests: [...new Set(digests)] };
}

/** Whether two decisions about one product are about different platforms of it. */
export function arePlatformsApart(a: Scoped, b: Scoped, product: VexSubject): boolean {
  if (speaksOfProduct(a, product) || speaksOfProduct(b, product)) return false;
  const own = new Set(platformsInScope(a, product));
  return platformsInScope(b, product).every((platform) => !own.has(platform));
}

/**
 * Which of the decisions about a finding takes its risk on every platform that it is on: the first that speaks of all of
 * them; or, where several do together, the one that ends first.
 */
export function takenBy<T extends Scoped & Pick<Decision, "until">>(
  decisions: readonly T[],
  { finding, product }: { readonly finding: Pick<Finding, "platforms">; readonly product: VexSubject },
): T | undefined {
  const on = platformsWith(finding, platformsIn(product));
  const isTakenBy = (some: readonly T[]): boolean => {
    if (some.some((decision) => speaksOfProduct(decision, product))) return true;
    const taken = new Set(some.flatMap((decision) => platformsInScope(decision, product)));
    return on.length > 0 && on.every((platform) => taken.has(platform));
  };
  const alone = decisions.find((decision) => isTakenBy([decision]));
  if (alone !== undefined || !isTakenBy(decisions)) return alone;
  const endOf = ({ until = "" }: T): number => parseTime(until) ?? Number.POSITIVE_INFINITY;
  return decisions.toSorted((a, b) => endOf(a) - endOf(b))[0];
}
