import type { CheckFinding, CsafCheckFunction, CsafNode } from "../csaf-node.ts";
import { branchProductsIn, type TreeProduct } from "../product-tree.ts";
import { containsVersion, overlap, parseVersionRange, type VersionRange } from "../version-ranges.ts";
import { siblingBranches } from "./branches.ts";

/** Product status groups that say the same, and those that contradict each other (6.1.6). */
const GROUPS: ReadonlyMap<string, string> = new Map([
  ["first_affected", "affected"],
  ["known_affected", "affected"],
  ["last_affected", "affected"],
  ["known_not_affected", "not_affected"],
  ["first_fixed", "fixed"],
  ["fixed", "fixed"],
  ["under_investigation", "under_investigation"],
  ["unknown", "unknown"],
]);

/** Products of one kind that are compared with each other; of more the test is not run. */
const MOST_COMPARED = 500;

/** Versions that a branch stands for. */
interface Versions {
  readonly node: CsafNode;
  readonly range?: VersionRange;
  readonly version?: string;
}

type Pair = "two ranges with vers" | "two ranges without vers" | "range and version";

function versionsOf(branch: CsafNode): Versions | undefined {
  const name = branch.get("name");
  const category = branch.get("category").text;
  if (category === "product_version") return { node: name, version: name.text ?? "" };
  if (category !== "product_version_range") return undefined;
  const range = parseVersionRange(name.text ?? "");
  return typeof range === "string" ? undefined : { node: name, range };
}

/** Which kind of pair has versions in common; undefined where none are, or nobody here can tell. */
function commonVersions(a: Versions, b: Versions): Pair | undefined {
  if (a.range !== undefined && b.range !== undefined) {
    if (overlap(a.range, b.range) !== true) return undefined;
    return a.range.type === undefined ? "two ranges without vers" : "two ranges with vers";
  }
  const range = a.range ?? b.range;
  const version = a.version ?? b.version;
  if (range === undefined || version === undefined || containsVersion(range, version) !== true) return undefined;
  return "range and version";
}

function* overlapsAmong(
  all: readonly (Versions & { readonly group: string })[],
  isAsked: (a: string, b: string) => boolean,
): Iterable<readonly [pair: Pair, node: CsafNode]> {
  if (all.length > MOST_COMPARED) {
    throw new RangeError(`more than ${MOST_COMPARED} versions and ranges of one product`);
  }
  for (const [index, a] of all.entries()) {
    for (const b of all.slice(index + 1)) {
      const pair = isAsked(a.group, b.group) ? commonVersions(a, b) : undefined;
      if (pair !== undefined) yield [pair, b.node];
    }
  }
}

/** 6.2.50.* (contradicting groups) and 6.3.19.1 to 6.3.19.3 (the same group): versions that two statements speak of. */
export function overlapInStatus(pair: Pair, isSameGroup: boolean): CsafCheckFunction {
  return function* check(document: CsafNode): Iterable<CheckFinding> {
    const products = new Map(branchProductsIn(document).map((product) => [product.id, product]));
    for (const vulnerability of document.list("vulnerabilities")) {
      for (const spoken of statedVersions(vulnerability, products).values()) {
        for (const [found, node] of overlapsAmong(spoken, (a, b) => (a === b) === isSameGroup)) {
          if (found === pair) yield node.finding(`${pair}: both hold a version, in ${vulnerability.pointer}`);
        }
      }
    }
  };
}

/** The versions that the statements about a vulnerability name, by what they are versions of. */
function statedVersions(
  vulnerability: CsafNode,
  products: ReadonlyMap<string, TreeProduct>,
): ReadonlyMap<string, readonly (Versions & { readonly group: string })[]> {
  const stated = new Map<string, (Versions & { readonly group: string })[]>();
  for (const [status, list] of vulnerability.get("product_status").members) {
    const group = GROUPS.get(status);
    if (group === undefined) continue;
    for (const { text = "" } of list.items) {
      const product = products.get(text);
      const versions = product?.branches.flatMap((branch) => versionsOf(branch) ?? []).at(0);
      if (product === undefined || versions === undefined) continue;
      const key = lineOf(product);
      const known = stated.get(key);
      if (known === undefined) stated.set(key, [{ ...versions, group }]);
      else known.push({ ...versions, group });
    }
  }
  return stated;
}

/** What a product is a version of. */
export function lineOf({ branches }: TreeProduct): string {
  const names = branches.map((branch) => [branch.get("category").text, branch.get("name").text]);
  return JSON.stringify(names.filter(([category]) => category?.startsWith("product_version") !== true));
}

/** 6.3.19.4 and 6.3.19.5: versions that two neighbouring branches hold. */
export function overlapInBranches(pairs: readonly Pair[]): CsafCheckFunction {
  return function* check(document: CsafNode): Iterable<CheckFinding> {
    for (const branches of siblingBranches(document)) {
      const all = branches.flatMap((branch) => {
        const versions = versionsOf(branch);
        return versions === undefined ? [] : [{ ...versions, group: "" }];
      });
      for (const [found, node] of overlapsAmong(all, () => true)) {
        if (pairs.includes(found)) yield node.finding(`${found}: a branch beside it holds the same version`);
      }
    }
  };
}
