import { parsePackageUrl } from "../../../../artifact/index.ts";
import type { CheckFinding, CsafNode } from "../csaf-node.ts";
import { branchProductsIn, productsIn } from "../product-tree.ts";

const HELPER = "product_identification_helper";
/** Each names one product: a second one with the same value is told apart by nothing. */
const LIST_HELPERS = ["purls", "serial_numbers", "model_numbers", "skus"];

/** 6.1.42: package URLs of one product differ in qualifiers alone. */
export function* checkPackageUrls(document: CsafNode): Iterable<CheckFinding> {
  for (const { node } of productsIn(document)) {
    const purls = node.list(HELPER, "purls");
    const cores = purls.map(({ text = "" }) => coreOf(text));
    yield* purls
      .filter((_, index) => cores[index] !== cores[0])
      .map((purl) => purl.finding("it differs from the first package URL in more than qualifiers"));
  }
}

function coreOf(purl: string): string {
  const parsed = parsePackageUrl(purl);
  if (!parsed.ok) return purl.split(/[?#]/)[0] ?? "";
  const { type, namespace, name, version, subpath } = parsed.value;
  return JSON.stringify([type, namespace ?? "", name, version ?? "", subpath ?? ""]);
}

/** 6.1.44 and 6.1.61: a serial number or SKU has one star for any text, or none. */
export function checkStars(key: "serial_numbers" | "skus"): (document: CsafNode) => Iterable<CheckFinding> {
  return function* check(document): Iterable<CheckFinding> {
    for (const { node } of productsIn(document)) {
      for (const number of node.list(HELPER, key)) {
        const unescaped = (number.text ?? "").replace(/\\./gs, "");
        if (unescaped.split("*").length > 2) yield number.finding("more than one star that is not escaped");
      }
    }
  };
}

/** 6.2.31: hardware with a serial or model number is part of a product path, apart from its software. */
export function* checkHardware(document: CsafNode): Iterable<CheckFinding> {
  const used = new Set(
    document
      .list("product_tree", "product_paths")
      .flatMap((path) => [
        path.get("beginning_product_reference").text,
        ...path.list("subpaths").map((subpath) => subpath.get("next_product_reference").text),
      ]),
  );
  for (const { node, id } of productsIn(document)) {
    const helper = node.get(HELPER);
    const isHardware = helper.get("serial_numbers").exists || helper.get("model_numbers").exists;
    if (isHardware && !used.has(id)) yield helper.finding("hardware that no product path names");
  }
}

/** 6.2.32: no two products are identified alike. */
export function* checkSameHelper(document: CsafNode): Iterable<CheckFinding> {
  const seen = new Set<string>();
  for (const { node } of productsIn(document)) {
    const helper = node.get(HELPER);
    const values = [
      helper.get("cpe"),
      ...helper.list("hashes").map((file) => file.get("file_hashes")),
      ...LIST_HELPERS.flatMap((key) => helper.list(key)),
    ].filter(({ exists }) => exists);
    const keys = values.map((value) =>
      JSON.stringify([value.pointer.split("/").find((part) => LIST_HELPERS.includes(part)), value.value]),
    );
    for (const [index, value] of values.entries()) {
      if (seen.has(keys[index] ?? "")) yield value.finding("another product is identified by the same");
    }
    for (const key of keys) seen.add(key);
  }
}

/** Parts of a CPE 2.3 name, by number, and the branches that say the same. */
const CPE_PARTS: readonly (readonly [part: number, categories: readonly string[]])[] = [
  [3, ["vendor"]],
  [4, ["product_name"]],
  [5, ["product_version", "product_version_range"]],
  [6, ["service_pack", "patch_level"]],
  [8, ["language"]],
  [11, ["architecture", "platform"]],
];

/** 6.2.42: what identifies a product says as much as the branches above it. */
export function* checkHelperOfBranches(document: CsafNode): Iterable<CheckFinding> {
  for (const { node, branches } of branchProductsIn(document)) {
    const nameOf = (categories: readonly string[]): string | undefined =>
      branches.find((branch) => categories.includes(branch.get("category").text ?? ""))?.get("name").text;
    const version = nameOf(["product_version"]);
    const cpe = node.get(HELPER, "cpe");
    if (cpe.text?.startsWith("cpe:2.3:") === true) yield* checkCpe(cpe, nameOf, version);
    for (const purl of node.list(HELPER, "purls")) {
      const parsed = parsePackageUrl(purl.text ?? "");
      if (!parsed.ok || version === undefined) continue;
      if (parsed.value.version !== version) yield purl.finding(`its version is not that of the branch, ${version}`);
    }
  }
}

function* checkCpe(
  cpe: CsafNode,
  nameOf: (categories: readonly string[]) => string | undefined,
  version: string | undefined,
): Iterable<CheckFinding> {
  const parts = (cpe.text ?? "").split(/(?<!\\):/);
  for (const [part, categories] of CPE_PARTS) {
    const stated = parts[part] ?? "*";
    const name = nameOf(categories);
    const isSet = stated !== "*" && stated !== "-";
    if (name === undefined && isSet && part > 5) yield cpe.finding(`no branch says its part ${stated}`);
    if (name !== undefined && stated === "*" && part <= 5 && !(part === 5 && version === undefined))
      yield cpe.finding(`it leaves open what a branch says: ${name}`);
  }
  const stated = (parts[5] ?? "").replace(/\\(.)/g, "$1");
  if (version !== undefined && stated !== "*" && stated.toLowerCase() !== version.toLowerCase())
    yield cpe.finding(`its version is not that of the branch, ${version}`);
}
