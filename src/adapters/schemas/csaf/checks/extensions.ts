import type { CheckFinding, CsafNode } from "../csaf-node.ts";
import { branchProductsIn } from "../product-tree.ts";

const KEY = "x_extensions";

/** Where extensions may be, by the number of the test that speaks of the place (6.3.21.3 to 6.3.21.9). */
const PLACES: ReadonlyMap<string, (document: CsafNode) => readonly CsafNode[]> = new Map([
  ["6.3.21.3", (document: CsafNode) => [document.get("document")]],
  ["6.3.21.4", (document: CsafNode) => branchProductsIn(document).map(({ node }) => node)],
  ["6.3.21.5", (document: CsafNode) => document.list("product_tree", "full_product_names")],
  [
    "6.3.21.6",
    (document: CsafNode) => document.list("product_tree", "product_paths").map((path) => path.get("full_product_name")),
  ],
  [
    "6.3.21.7",
    (document: CsafNode) =>
      document
        .list("vulnerabilities")
        .flatMap((vulnerability) => vulnerability.list("metrics").map((metric) => metric.get("content"))),
  ],
  ["6.3.21.8", (document: CsafNode) => document.list("vulnerabilities")],
  ["6.3.21.9", (document: CsafNode) => [document]],
]);

/** All extensions of a document. */
export function extensionsIn(document: CsafNode): readonly CsafNode[] {
  return [...PLACES.values()].flatMap((find) => find(document).flatMap((place) => place.list(KEY)));
}

const isClear = (document: CsafNode): boolean =>
  document.get("document", "distribution", "tlp", "label").text === "CLEAR";

/** Official ones are the committee's own; of registered ones no list is published yet. */
function isOfficial(extension: CsafNode): boolean {
  return extension.get("$schema").text?.startsWith("https://docs.oasis-open.org/csaf/") === true;
}

/** 6.2.39.5: what is withdrawn or superseded has no extensions. */
export function* checkExtensionOfWithdrawn(document: CsafNode): Iterable<CheckFinding> {
  const category = document.get("document", "category").text;
  if (category !== "csaf_withdrawn" && category !== "csaf_superseded") return;
  for (const extension of [...document.list("document", KEY), ...document.list(KEY)])
    yield extension.finding("a withdrawn or superseded document has an extension");
}

/** 6.2.54.1 and 6.2.54.2: an extension is the committee's own (none is registered). */
export function* checkOfficialExtension(document: CsafNode): Iterable<CheckFinding> {
  for (const extension of extensionsIn(document)) {
    if (!isOfficial(extension)) yield extension.finding("it is no official extension of CSAF");
  }
}

/** 6.2.54.3: who does not know an extension can read the document all the same. */
export function* checkCriticalExtension(document: CsafNode): Iterable<CheckFinding> {
  for (const extension of extensionsIn(document)) {
    if (extension.get("critical").value !== false) yield extension.get("critical").finding("the extension is critical");
  }
}

/** 6.2.54.4 (TLP:CLEAR) and 6.3.21.2 (others): an extension is not an experiment. */
export function checkExperimentalExtension(isAboutClear: boolean): (document: CsafNode) => Iterable<CheckFinding> {
  return function* check(document): Iterable<CheckFinding> {
    if (isClear(document) !== isAboutClear) return;
    yield* checkOfficialExtension(document);
  };
}

/** 6.3.21.1: no extension is essential. */
export function* checkEssentialExtension(document: CsafNode): Iterable<CheckFinding> {
  for (const extension of extensionsIn(document)) {
    const category = extension.get("category");
    if (category.text === "essential") yield category.finding("the extension is essential");
  }
}

/** 6.3.21.3 to 6.3.21.9: that there are extensions at a place. */
export const EXTENSION_PLACES: readonly (readonly [
  test: string,
  check: (document: CsafNode) => Iterable<CheckFinding>,
])[] = [...PLACES].map(([test, find]) => [
  test,
  (document) =>
    find(document).flatMap((place) => place.list(KEY).map((extension) => extension.finding("an extension"))),
]);
