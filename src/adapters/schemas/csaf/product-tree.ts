import type { CsafNode } from "./csaf-node.ts";

/** A product of the tree, with the branches above it, the outermost first. */
export interface TreeProduct {
  /** The `full_product_name_t`. */
  readonly node: CsafNode;
  readonly id: string;
  readonly branches: readonly CsafNode[];
}

/** All products that the tree defines: below branches, alone, and by product paths. */
export function productsIn(document: CsafNode): readonly TreeProduct[] {
  const tree = document.get("product_tree");
  const alone = [
    ...tree.list("full_product_names"),
    ...tree.list("product_paths").map((path) => path.get("full_product_name")),
    // Of CSAF 2.0.
    ...tree.list("relationships").map((relationship) => relationship.get("full_product_name")),
  ];
  return [...branchProductsIn(document), ...alone.map((node) => toProduct(node, []))];
}

/** Products below branches. */
export function branchProductsIn(document: CsafNode): readonly TreeProduct[] {
  const products: TreeProduct[] = [];
  walkBranches(document, (branch, path) => {
    const product = branch.get("product");
    if (product.exists) products.push(toProduct(product, path));
  });
  return products;
}

function toProduct(node: CsafNode, branches: readonly CsafNode[]): TreeProduct {
  return { node, id: node.get("product_id").text ?? "", branches };
}

/** Calls for every branch with the branches from the outermost down to itself. */
export function walkBranches(document: CsafNode, visit: (branch: CsafNode, path: readonly CsafNode[]) => void): void {
  const pending: { readonly branch: CsafNode; readonly path: readonly CsafNode[] }[] = [];
  const put = (parent: CsafNode, path: readonly CsafNode[]): void => {
    for (const branch of [...parent.list("branches")].reverse()) pending.push({ branch, path: [...path, branch] });
  };
  put(document.get("product_tree"), []);
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    visit(next.branch, next.path);
    put(next.branch, next.path);
  }
}

/** Branches of one category. */
export function branchesOf(document: CsafNode, category: string): readonly CsafNode[] {
  const found: CsafNode[] = [];
  walkBranches(document, (branch) => {
    if (branch.get("category").text === category) found.push(branch);
  });
  return found;
}

/** The members of each product group, by its id. */
export function groupsIn(document: CsafNode): ReadonlyMap<string, readonly string[]> {
  return new Map(
    document
      .list("product_tree", "product_groups")
      .map((group) => [group.get("group_id").text ?? "", group.texts("product_ids")]),
  );
}

/** The product ids that an item names, by themselves and by groups. */
export function idsOf(item: CsafNode, groups: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const ofGroups = item.texts("group_ids").flatMap((id) => groups.get(id) ?? []);
  return new Set([...item.texts("product_ids"), ...ofGroups]);
}
