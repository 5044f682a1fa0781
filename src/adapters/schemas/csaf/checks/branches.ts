import type { CheckFinding, CsafNode } from "../csaf-node.ts";
import { branchesOf, branchProductsIn, walkBranches } from "../product-tree.ts";
import {
  canonicalProblem,
  isKnownType,
  isOpenAbove,
  isSingleVersion,
  parseVersionRange,
  type VersionRange,
} from "../version-ranges.ts";

const RANGE = "product_version_range";
const VERSION = "product_version";

/** Branches with a range of versions, as far as it can be read. */
function* rangesIn(document: CsafNode): Iterable<readonly [name: CsafNode, range: VersionRange]> {
  for (const branch of branchesOf(document, RANGE)) {
    const range = parseVersionRange(branch.get("name").text ?? "");
    if (typeof range !== "string") yield [branch.get("name"), range];
  }
}

/** 6.1.50: a range is written as vers or as its constraints alone. */
export function* checkRangeRules(document: CsafNode): Iterable<CheckFinding> {
  for (const branch of branchesOf(document, RANGE)) {
    const name = branch.get("name");
    const range = parseVersionRange(name.text ?? "");
    const problem = typeof range === "string" ? range : canonicalProblem(range);
    if (problem !== undefined) yield name.finding(problem);
  }
}

/** 6.1.57: but for families, each category comes once on the way to a product. */
export function* checkStackedCategories(document: CsafNode): Iterable<CheckFinding> {
  for (const { branches } of branchProductsIn(document)) {
    const seen = new Set<string | undefined>(["product_family"]);
    for (const branch of branches) {
      const category = branch.get("category");
      if (category.text === "product_family") continue;
      if (seen.has(category.text)) yield category.finding("a branch above it has the same category");
      seen.add(category.text);
    }
  }
}

/** 6.1.58: a product has a version or a range of versions, not both. */
export function* checkVersionWithRange(document: CsafNode): Iterable<CheckFinding> {
  for (const { branches } of branchProductsIn(document)) {
    const found = branches.filter((branch) => [VERSION, RANGE].includes(branch.get("category").text ?? ""));
    if (new Set(found.map((branch) => branch.get("category").text)).size > 1) {
      yield* found.slice(1, 2).map((branch) => branch.get("category").finding("a version and a range on one path"));
    }
  }
}

/** 6.1.59: a range is more than one version. */
export function* checkSingleVersion(document: CsafNode): Iterable<CheckFinding> {
  for (const [name, range] of rangesIn(document)) {
    if (isSingleVersion(range)) yield name.finding("it is one version: product_version is the category for it");
  }
}

/** 6.2.48: nobody is called "open source". */
export function* checkVendorName(document: CsafNode): Iterable<CheckFinding> {
  for (const branch of branchesOf(document, "vendor")) {
    const letters = (branch.get("name").text ?? "").toLowerCase().replace(/[^a-z]/g, "");
    if (letters === "opensource") yield branch.get("name").finding("open source is no vendor");
  }
}

/** 6.2.49: a range that ends nowhere speaks of versions that do not exist yet. */
export function* checkOpenRange(document: CsafNode): Iterable<CheckFinding> {
  for (const [name, range] of rangesIn(document)) {
    if (isOpenAbove(range)) yield name.finding("it has no upper end, and so speaks of versions to come");
  }
}

/** 6.2.51: the type of a vers is one that vers knows. */
export function* checkVersType(document: CsafNode): Iterable<CheckFinding> {
  for (const [name, range] of rangesIn(document)) {
    if (!isKnownType(range)) yield name.finding(`vers does not know the type ${range.type}`);
  }
}

/** Branches with the same parent, of each parent. */
export function siblingBranches(document: CsafNode): readonly (readonly CsafNode[])[] {
  const parents = [document.get("product_tree")];
  walkBranches(document, (branch) => void parents.push(branch));
  return parents.map((parent) => parent.list("branches")).filter((branches) => branches.length > 1);
}
