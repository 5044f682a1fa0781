import type { CheckFinding, CsafNode } from "../csaf-node.ts";
import { productsIn } from "../product-tree.ts";

/** Members that list product ids, and that name one. */
const ID_LISTS = new Set(["product_ids", "products"]);
const ID_MEMBERS = new Set([
  "beginning_product_reference",
  "next_product_reference",
  "product_reference",
  "relates_to_product_reference",
]);

/** 6.1.1: every product that is spoken of is defined. */
export function* checkMissingProducts(document: CsafNode): Iterable<CheckFinding> {
  const defined = new Set(productsIn(document).map(({ id }) => id));
  for (const reference of references(document, ID_LISTS, ID_MEMBERS)) {
    if (!defined.has(reference.text ?? "")) yield reference.finding("no product of the product tree has this id");
  }
}

/** 6.1.2: no two products have the same id. */
export function* checkRepeatedProducts(document: CsafNode): Iterable<CheckFinding> {
  const seen = new Set<string>();
  for (const { node, id } of productsIn(document)) {
    if (seen.has(id)) yield node.get("product_id").finding("another product has the same id");
    seen.add(id);
  }
}

/** 6.1.3: no product path leads back to the product that it defines. */
export function* checkCircularProducts(document: CsafNode): Iterable<CheckFinding> {
  const paths = document.list("product_tree", "product_paths");
  const parts = new Map(
    paths.map((path) => [path.get("full_product_name", "product_id").text ?? "", referencesOfPath(path)]),
  );
  // What can be resolved bottom-up is no circle; what is left over is one, or stands on one.
  const settled = new Set<string>();
  const waiting = new Map<string, string[]>();
  const open = new Map([...parts].map(([id, used]) => [id, used.filter((each) => parts.has(each)).length]));
  for (const [id, used] of parts) for (const each of used) waiting.set(each, [...(waiting.get(each) ?? []), id]);
  const ready = [...open].filter(([, count]) => count === 0).map(([id]) => id);
  for (let id = ready.pop(); id !== undefined; id = ready.pop()) {
    settled.add(id);
    for (const user of waiting.get(id) ?? []) {
      const count = (open.get(user) ?? 0) - 1;
      open.set(user, count);
      if (count === 0) ready.push(user);
    }
  }
  for (const path of paths) {
    if (settled.has(path.get("full_product_name", "product_id").text ?? "")) continue;
    yield path.finding("the product is defined by itself");
  }
}

function referencesOfPath(path: CsafNode): readonly string[] {
  const nodes = [path.get("beginning_product_reference"), ...subpathReferences(path)];
  return nodes.flatMap(({ text }) => text ?? []);
}

function subpathReferences(path: CsafNode): readonly CsafNode[] {
  return path.list("subpaths").map((subpath) => subpath.get("next_product_reference"));
}

/** 6.1.4: every product group that is spoken of is defined. */
export function* checkMissingGroups(document: CsafNode): Iterable<CheckFinding> {
  const groups = document.list("product_tree", "product_groups");
  const defined = new Set(groups.map((group) => group.get("group_id").text));
  for (const reference of references(document, new Set(["group_ids"]), new Set())) {
    if (!defined.has(reference.text)) yield reference.finding("no product group has this id");
  }
}

/** 6.2.1: every product that is defined is spoken of. */
export function* checkUnusedProducts(document: CsafNode): Iterable<CheckFinding> {
  const category = document.get("document", "category").text;
  // Such an advisory is about all that it lists.
  if (category === "csaf_informational_advisory") return;
  const used = new Set<string | undefined>();
  for (const reference of references(document, ID_LISTS, ID_MEMBERS)) used.add(reference.text);
  for (const { node, id } of productsIn(document)) {
    if (!used.has(id)) yield node.get("product_id").finding("nothing is said of this product");
  }
}

/** References anywhere in a document but in its extensions, whose members mean what they like. */
function* references(document: CsafNode, lists: ReadonlySet<string>, single: ReadonlySet<string>): Iterable<CsafNode> {
  const pending = [document];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    pending.push(...next.items.toReversed());
    for (const [key, member] of next.members) {
      if (single.has(key)) yield member;
      else if (lists.has(key)) yield* member.items;
      else if (key === "product_status" && lists === ID_LISTS) yield* member.members.flatMap(([, list]) => list.items);
      else if (key !== "x_extensions" && key !== "product_status") pending.push(member);
    }
  }
}
