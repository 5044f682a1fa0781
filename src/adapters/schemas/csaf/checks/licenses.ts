import exceptions from "spdx-exceptions/index.json" with { type: "json" };
import deprecated from "spdx-license-ids/deprecated.json" with { type: "json" };
import current from "spdx-license-ids/index.json" with { type: "json" };
import type { CheckFinding, CsafNode } from "../csaf-node.ts";

const KNOWN_IDS: ReadonlySet<string> = new Set([...current, ...deprecated, ...exceptions]);
const DEPRECATED_IDS: ReadonlySet<string> = new Set(deprecated);
/** Licences of AboutCode's list, which amap does not have. */
const SCANCODE = "LicenseRef-scancode-";
/** What a note with the licence's text is called; other languages have no entry in the committee's list. */
const TITLES: ReadonlyMap<string, string> = new Map([["de", "Lizenz"]]);

/** The licences and exceptions of an expression; undefined for a text that is none (SPDX 3.0.1, annex B). */
function readExpression(text: string): readonly string[] | undefined {
  const words = text.match(/[()]|[^\s()]+/g) ?? [];
  const ids: string[] = [];
  let depth = 0;
  let wants: "license" | "exception" | "operator" = "license";
  for (const word of words) {
    if (wants === "operator") {
      if (word === ")") depth--;
      else if (/^(?:AND|OR|and|or)$/.test(word)) wants = "license";
      else if (/^(?:WITH|with)$/.test(word)) wants = "exception";
      else return undefined;
      if (depth < 0) return undefined;
    } else if (word === "(" && wants === "license") depth++;
    else if (isId(word)) {
      ids.push(word);
      wants = "operator";
    } else return undefined;
  }
  return wants === "operator" && depth === 0 ? ids : undefined;
}

/** An id of a list, with a plus or without, or a LicenseRef; of other documents' licences CSAF knows none. */
function isId(word: string): boolean {
  if (/^(?:documentref|licenseref|additionref)-/i.test(word))
    return /^(?:LicenseRef|AdditionRef)-[A-Za-z0-9.-]+$/.test(word);
  return /^[A-Za-z0-9.-]+\+?$/.test(word) && !/^(?:AND|OR|WITH)$/i.test(word);
}

const expressionIn = (document: CsafNode): CsafNode => document.get("document", "license_expression");

function idsIn(document: CsafNode): readonly string[] {
  return readExpression(expressionIn(document).text ?? "") ?? [];
}

const isUnlisted = (id: string): boolean => /^(?:LicenseRef|AdditionRef)-/.test(id) && !id.startsWith(SCANCODE);

/** 6.1.54: it is an expression. */
export function* checkLicenseExpression(document: CsafNode): Iterable<CheckFinding> {
  const expression = expressionIn(document);
  if (expression.text !== undefined && readExpression(expression.text) === undefined)
    yield expression.finding("it is no SPDX licence expression");
}

/** 6.1.55 (English or no language) and 6.2.46 (others): an unlisted licence comes with its text. */
export function checkLicenseText(isAboutEnglish: boolean): (document: CsafNode) => Iterable<CheckFinding> {
  return function* check(document): Iterable<CheckFinding> {
    const language = document.get("document", "lang").text?.toLowerCase().split("-")[0] ?? "en";
    if ((language === "en") !== isAboutEnglish || !idsIn(document).some(isUnlisted)) return;
    const title = isAboutEnglish ? "License" : TITLES.get(language);
    if (title === undefined)
      throw new RangeError(`no translation of "License" into the language ${language} is recorded`);
    const notes = document.list("document", "notes").filter((note) => note.get("title").text === title);
    if (notes.length !== 1 || notes[0]?.get("category").text !== "legal_disclaimer")
      yield expressionIn(document).finding(
        `an unlisted licence needs one note "${title}" of the category legal_disclaimer`,
      );
  };
}

/** 6.2.43: a document says how it may be used. */
export function* checkLicenseExists(document: CsafNode): Iterable<CheckFinding> {
  const expression = expressionIn(document);
  if (!expression.exists) yield expression.finding("the document states no licence");
}

/** 6.2.44: no id is deprecated. */
export function* checkDeprecatedLicense(document: CsafNode): Iterable<CheckFinding> {
  for (const id of idsIn(document)) {
    if (DEPRECATED_IDS.has(id)) yield expressionIn(document).finding(`${id} is deprecated`);
  }
}

/** 6.2.45: ids are those of the SPDX list. */
export function* checkLicenseIds(document: CsafNode): Iterable<CheckFinding> {
  for (const id of idsIn(document)) {
    if (!id.startsWith("LicenseRef-") && !id.startsWith("AdditionRef-") && !KNOWN_IDS.has(id.replace(/\+$/, "")))
      yield expressionIn(document).finding(`the SPDX list has no ${id}`);
  }
}

/** Licences of AboutCode's list, which nothing here can judge. */
export function scancodeLicenses(document: CsafNode): readonly string[] {
  return idsIn(document).filter((id) => id.startsWith(SCANCODE));
}

/** 6.3.17: the licence is in a list. */
export function* checkUnlistedLicense(document: CsafNode): Iterable<CheckFinding> {
  for (const id of idsIn(document)) {
    if (isUnlisted(id)) yield expressionIn(document).finding(`${id} is in no list of licences`);
  }
}
