import type { CheckFinding, CsafNode } from "../csaf-node.ts";
import { branchProductsIn, groupsIn, idsOf } from "../product-tree.ts";
import { lineOf } from "./overlaps.ts";

const DEPRECATED = "csaf_deprecated_security_advisory";
const AFFECTED = ["first_affected", "known_affected", "last_affected"];
const FIXED = ["first_fixed", "fixed"];

/** Words that the committee has recorded in other languages. */
const TRANSLATIONS: ReadonlyMap<string, { readonly [term in Term]: string }> = new Map([
  [
    "de",
    {
      withdrawal: "Begründung für die Zurückziehung",
      supersession: "Begründung für die Ersetzung",
      document: "Ersetzendes Dokument",
      description: "Produktbeschreibung",
    },
  ],
]);
type Term = "withdrawal" | "supersession" | "document" | "description";

const categoryOf = (document: CsafNode): string | undefined => document.get("document", "category").text;

/** Profiles of CSAF 2.1, without the prefix. */
const PROFILES = [
  "base",
  "security_incident_response",
  "informational_advisory",
  "security_advisory",
  "vex",
  "deprecated_security_advisory",
  "withdrawn",
  "superseded",
];

/** 6.1.26: a category that is no profile is not called like one. */
export function* checkCategoryName(document: CsafNode): Iterable<CheckFinding> {
  const category = document.get("document", "category");
  const name = category.text ?? "";
  if (PROFILES.some((profile) => name === `csaf_${profile}`)) return;
  const letters = name
    .toLowerCase()
    .replace(/[-_\s]/g, "")
    .replace(/^csaf/, "");
  const isTaken = PROFILES.some((profile) => profile !== "base" && profile.replaceAll("_", "") === letters);
  if (isTaken || name.toLowerCase().startsWith("csaf_"))
    yield category.finding("the name is that of a profile, or kept for one");
}

/** 6.1.27.3: what speaks of no vulnerability has none. */
export function* checkNoVulnerabilities(document: CsafNode): Iterable<CheckFinding> {
  const without = ["csaf_informational_advisory", "csaf_withdrawn", "csaf_superseded"];
  const vulnerabilities = document.get("vulnerabilities");
  if (without.includes(categoryOf(document) ?? "") && vulnerabilities.exists)
    yield vulnerabilities.finding(`a document of the category ${categoryOf(document)} has no vulnerabilities`);
}

/** 6.1.27.4, 6.1.27.11: an advisory of the deprecated profile has what the newer one has. */
export function checkDeprecatedMember(
  key: "product_tree" | "vulnerabilities",
): (document: CsafNode) => Iterable<CheckFinding> {
  return function* check(document): Iterable<CheckFinding> {
    const member = document.get(key);
    if (categoryOf(document) === DEPRECATED && !member.exists) yield member.finding("a security advisory needs it");
  };
}

/** 6.1.27.5 and 6.1.27.6 of the deprecated profile: each vulnerability has it. */
export function checkDeprecatedVulnerability(
  key: "notes" | "product_status",
): (document: CsafNode) => Iterable<CheckFinding> {
  return function* check(document): Iterable<CheckFinding> {
    if (categoryOf(document) !== DEPRECATED) return;
    for (const vulnerability of document.list("vulnerabilities")) {
      const member = vulnerability.get(key);
      if (!member.exists) yield member.finding("a vulnerability of a security advisory needs it");
    }
  };
}

/** What the products of a document are versions of, by their ids; of product paths what their parts are. */
function linesOf(document: CsafNode): ReadonlyMap<string, string> {
  const lines = new Map(branchProductsIn(document).map((product) => [product.id, lineOf(product)]));
  for (const path of document.list("product_tree", "product_paths")) {
    const outer = path.list("subpaths").filter((subpath) => subpath.get("category").text !== "installed_with");
    const parts = [
      path.get("beginning_product_reference").text ?? "",
      ...outer.map((subpath) => subpath.get("next_product_reference").text ?? ""),
    ].map((id) => lines.get(id) ?? id);
    const id = path.get("full_product_name", "product_id").text;
    if (id !== undefined) lines.set(id, parts.length === 1 ? (parts[0] ?? "") : JSON.stringify(parts));
  }
  return lines;
}

/** Of each vulnerability of an advisory: products of some groups that no product of others corresponds to. */
function* uncounted(
  document: CsafNode,
  [groups, others]: readonly [readonly string[], readonly string[]],
): Iterable<readonly [vulnerability: CsafNode, product: CsafNode]> {
  if (categoryOf(document) !== "csaf_security_advisory") return;
  const lines = linesOf(document);
  for (const vulnerability of document.list("vulnerabilities")) {
    const status = vulnerability.get("product_status");
    const known = others.flatMap((group) => status.texts(group));
    const counterparts = new Set(known.map((id) => lines.get(id)));
    for (const product of groups.flatMap((group) => status.list(group))) {
      const line = lines.get(product.text ?? "");
      // Of a product outside the branches nobody knows what it is a version of: any other one may be its counterpart.
      if (line === undefined ? known.length === 0 : !counterparts.has(line)) yield [vulnerability, product];
    }
  }
}

/** 6.1.27.13: a product that is fixed was affected in another version. */
export function* checkAffectedOfFixed(document: CsafNode): Iterable<CheckFinding> {
  for (const [, product] of uncounted(document, [FIXED, AFFECTED]))
    yield product.finding("no version of the product is listed as affected");
}

/** 6.2.39.1: a product that is affected is fixed in another version, unless the document says that there is none. */
export function* checkFixedOfAffected(document: CsafNode): Iterable<CheckFinding> {
  const groups = groupsIn(document);
  for (const [vulnerability, product] of uncounted(document, [AFFECTED, FIXED])) {
    const remediations = vulnerability
      .list("remediations")
      .filter((remediation) => idsOf(remediation, groups).has(product.text ?? ""))
      .map((remediation) => remediation.get("category").text ?? "");
    const isUnfixed = remediations.some((each) => ["fix_planned", "no_fix_planned", "none_available"].includes(each));
    if (!isUnfixed || remediations.includes("vendor_fix"))
      yield product.finding("no version of the product is listed as fixed");
  }
}

/** The language of a document that is not English, and what it calls a term. */
function translationOf(document: CsafNode, term: Term): string | undefined {
  const language = document.get("document", "lang").text?.toLowerCase().split("-")[0];
  if (language === undefined || language === "en") return undefined;
  const words = TRANSLATIONS.get(language);
  if (words === undefined)
    throw new RangeError(`no translation of its title into the language ${language} is recorded`);
  return words[term];
}

/** 6.2.39.2 and 6.2.39.3: why a document was withdrawn or superseded is a note with a title in its language. */
export function checkTranslatedReason(category: string, term: Term): (document: CsafNode) => Iterable<CheckFinding> {
  return function* check(document): Iterable<CheckFinding> {
    if (categoryOf(document) !== category) return;
    const title = translationOf(document, term);
    if (title === undefined) return;
    const notes = document.list("document", "notes").filter((note) => note.get("title").text === title);
    if (notes.length !== 1 || notes[0]?.get("category").text !== "description")
      yield document.get("document", "notes").finding(`one note "${title}" of the category description is needed`);
  };
}

/** 6.2.39.4: what supersedes the document is a reference with a summary in its language. */
export function* checkTranslatedReference(document: CsafNode): Iterable<CheckFinding> {
  if (categoryOf(document) !== "csaf_superseded") return;
  const start = translationOf(document, "document");
  if (start === undefined) return;
  const found = document
    .list("document", "references")
    .some(
      (reference) =>
        reference.get("summary").text?.startsWith(start) === true &&
        (reference.get("category").text ?? "external") === "external",
    );
  if (!found)
    yield document.get("document", "references").finding(`a reference "${start}" of the category external is needed`);
}

/** 6.2.40: a note that describes a product says which. */
export function* checkProductDescription(document: CsafNode): Iterable<CheckFinding> {
  const title = translationOf(document, "description") ?? "Product Description";
  for (const note of document.list("document", "notes")) {
    if (note.get("category").text !== "description" || note.get("title").text?.startsWith(title) !== true) continue;
    if (!note.get("product_ids").exists && !note.get("group_ids").exists)
      yield note.finding("it describes a product and names none");
  }
}
