import { memberOf, type Value, type ValueObject } from "../../../base/index.ts";
import { licenseReferencesOf } from "../licenses.ts";
import { type Findings, objectsIn, shown, textIn, textsIn } from "./findings.ts";
import { checkCpe, checkHash, checkLicenseExpression, checkPackageUrl, checkTime } from "./identifier-rules.ts";
import { checkRelationships } from "./spdx-relationships.ts";

const ID = /^SPDXRef-[A-Za-z0-9.-]+$/;
const LICENSE_REF = /^LicenseRef-[A-Za-z0-9.-]+$/;
const DOCUMENT_REF = /^DocumentRef-[A-Za-z0-9.-]+$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const CREATOR = /^(?:Person|Organization|Tool): ?\S/;
const SUPPLIER = /^(?:NOASSERTION|(?:Person|Organization): ?\S.*)$/s;
/** An absolute URI without a fragment (§6.5). */
const NAMESPACE = /^[A-Za-z][A-Za-z0-9+.-]*:[^\s#]+$/;

/** Holds an SPDX 2 document against the specification: there is no official schema of it in this program. */
export function checkSpdx(document: ValueObject, findings: Findings): void {
  checkDocument(document, findings);
  const ids = collectIds(document, findings);
  const version = textIn(document, "spdxVersion") ?? "";
  const used = new Set<string>();
  for (const [item, path] of objectsIn(document, "packages", "")) checkPackage(item, path, version, used, findings);
  for (const [item, path] of objectsIn(document, "files", "")) checkFile(item, path, version, used, findings);
  for (const [item, path] of objectsIn(document, "snippets", "")) checkLicenses(item, path, used, findings);
  checkExtracted(document, used, findings);
  checkRelationships(document, ids, findings);
}

function checkDocument(document: ValueObject, findings: Findings): void {
  const demand = (key: string, isRight: (text: string) => boolean, wanted: string): void => {
    const text = textIn(document, key);
    if (text !== undefined && isRight(text)) return;
    const found = text === undefined ? "nothing" : shown(text);
    findings.error("spdx-document", key, `expected ${wanted}, found ${found}`, `write ${wanted}`);
  };
  demand("spdxVersion", (text) => /^SPDX-2\.[123]$/.test(text), "SPDX-2.1, SPDX-2.2 or SPDX-2.3");
  demand("SPDXID", (text) => text === "SPDXRef-DOCUMENT", "SPDXRef-DOCUMENT");
  demand("dataLicense", (text) => text === "CC0-1.0", "CC0-1.0");
  demand("name", (text) => text.trim() !== "", "the document's name");
  demand("documentNamespace", (text) => NAMESPACE.test(text), "an absolute URI without #");
  const creation = memberOf(document, "creationInfo");
  checkDate(creation, "created", "creationInfo", findings);
  if (textIn(creation, "created") === undefined) {
    const message = "the document does not say when it was made";
    findings.error(
      "spdx-document",
      "creationInfo.created",
      message,
      "write the time in UTC, such as 2026-11-22T12:00:00Z",
    );
  }
  const creators = textsIn(creation, "creators", "creationInfo");
  if (creators.length === 0) {
    findings.error(
      "spdx-document",
      "creationInfo.creators",
      "the document does not say who made it",
      'write "Tool: ", "Organization: " or "Person: " and a name',
    );
  }
  for (const [creator, path] of creators) {
    if (CREATOR.test(creator)) continue;
    const message = `expected "Tool: ", "Organization: " or "Person: " and a name, found ${shown(creator)}`;
    findings.error("spdx-creator", path, message, "write what kind of creator it is, a colon, and its name");
  }
}

/** A time in UTC and whole seconds, the only form that SPDX 2 knows. */
function checkDate(parent: Value | undefined, key: string, path: string, findings: Findings): void {
  const text = textIn(parent, key);
  if (text === undefined) return;
  if (TIME.test(text)) checkTime(text, `${path}.${key}`, findings);
  else {
    const message = `expected a time in UTC such as 2026-11-22T12:00:00Z, found ${shown(text)}`;
    findings.error("time", `${path}.${key}`, message, "write the time in UTC, in whole seconds, with a Z");
  }
}

/** The ids of all elements, each with its path. */
function collectIds(document: ValueObject, findings: Findings): ReadonlyMap<string, string> {
  const ids = new Map<string, string>([[textIn(document, "SPDXID") ?? "SPDXRef-DOCUMENT", ""]]);
  for (const list of ["packages", "files", "snippets"]) {
    for (const [item, path] of objectsIn(document, list, "")) {
      const id = textIn(item, "SPDXID");
      const first = id === undefined ? undefined : ids.get(id);
      if (id === undefined)
        findings.error(
          "spdx-id",
          `${path}.SPDXID`,
          "the element has no id",
          "write SPDXRef- and letters, digits, dots or hyphens",
        );
      else if (!ID.test(id)) {
        const message = `expected SPDXRef- and letters, digits, dots or hyphens, found ${shown(id)}`;
        findings.error("spdx-id", `${path}.SPDXID`, message, "replace the other characters by hyphens, everywhere");
      } else if (first !== undefined) {
        const message = `the id ${shown(id)} is that of ${first || "the document"} too`;
        findings.error("unique-refs", `${path}.SPDXID`, message, "give each element its own id");
      }
      if (id !== undefined && first === undefined) ids.set(id, path);
    }
  }
  for (const [item, path] of objectsIn(document, "externalDocumentRefs", "")) {
    const id = textIn(item, "externalDocumentId") ?? "";
    if (DOCUMENT_REF.test(id)) ids.set(id, path);
    else
      findings.error(
        "spdx-id",
        `${path}.externalDocumentId`,
        `expected DocumentRef- and a name, found ${shown(id)}`,
        "write DocumentRef- and letters, digits, dots or hyphens",
      );
  }
  return ids;
}

function checkPackage(item: ValueObject, path: string, version: string, used: Set<string>, findings: Findings): void {
  const name = textIn(item, "name");
  if (name === undefined || name.trim() === "" || name === "NOASSERTION") {
    const message = name === "NOASSERTION" ? "NOASSERTION is no name" : "the package has no name";
    findings.error("component-name", `${path}.name`, message, "write the package's name");
  }
  if (textIn(item, "downloadLocation") === undefined) {
    findings.error(
      "spdx-required",
      `${path}.downloadLocation`,
      "the package does not say where it is from",
      "write an address, NONE or NOASSERTION",
    );
  }
  if (textIn(item, "versionInfo") === "NOASSERTION") {
    findings.warn("no-assertion", `${path}.versionInfo`, "NOASSERTION is no version", "leave the version out");
  }
  for (const key of ["supplier", "originator"]) {
    const text = textIn(item, key);
    if (text === undefined || SUPPLIER.test(text)) continue;
    const message = `expected "Organization: " or "Person: " and a name, or NOASSERTION, found ${shown(text)}`;
    findings.error("spdx-supplier", `${path}.${key}`, message, "write what kind it is, a colon, and its name");
  }
  checkOldFields(item, path, version, ["licenseConcluded", "licenseDeclared", "copyrightText"], findings);
  checkLicenses(item, path, used, findings);
  checkChecksums(item, path, findings);
  for (const key of ["releaseDate", "builtDate", "validUntilDate"]) checkDate(item, key, path, findings);
  for (const [reference, at] of objectsIn(item, "externalRefs", path)) {
    const [type, locator] = [textIn(reference, "referenceType") ?? "", textIn(reference, "referenceLocator") ?? ""];
    if (type === "purl") checkPackageUrl(locator, `${at}.referenceLocator`, findings);
    if (/^cpe2[23]Type$/.test(type)) checkCpe(locator, `${at}.referenceLocator`, findings);
  }
}

function checkFile(item: ValueObject, path: string, version: string, used: Set<string>, findings: Findings): void {
  if ((textIn(item, "fileName") ?? "") === "") {
    findings.error(
      "component-name",
      `${path}.fileName`,
      "the file has no name",
      "write the file's name, beginning with ./",
    );
  }
  const checksums = objectsIn(item, "checksums", path);
  if (!checksums.some(([checksum]) => textIn(checksum, "algorithm") === "SHA1")) {
    findings.error(
      "spdx-required",
      `${path}.checksums`,
      "the file has no SHA1 checksum",
      "write its SHA1 beside the others",
    );
  }
  checkOldFields(item, path, version, ["licenseConcluded", "copyrightText"], findings);
  checkLicenses(item, path, used, findings);
  checkChecksums(item, path, findings);
}

/** Fields that every element needs up to 2.2. */
function checkOldFields(
  item: ValueObject,
  path: string,
  version: string,
  keys: readonly string[],
  findings: Findings,
): void {
  if (version === "SPDX-2.3") return;
  for (const key of keys) {
    if (memberOf(item, key) !== undefined) continue;
    const message = `${version} demands ${key}, found nothing`;
    findings.error(
      "spdx-required",
      `${path}.${key}`,
      message,
      "write it, or NOASSERTION, or write the document as SPDX 2.3",
    );
  }
}

function checkChecksums(item: ValueObject, path: string, findings: Findings): void {
  for (const [checksum, at] of objectsIn(item, "checksums", path)) {
    const [algorithm, value] = [textIn(checksum, "algorithm"), textIn(checksum, "checksumValue")];
    if (algorithm !== undefined && value !== undefined) checkHash(algorithm, value, `${at}.checksumValue`, findings);
  }
}

/** Where licences stand, and which of them may say that none is known. */
const LICENSE_FIELDS = [
  "licenseConcluded",
  "licenseDeclared",
  "licenseInfoFromFiles",
  "licenseInfoInFiles",
  "licenseInfoInSnippets",
];

function checkLicenses(item: ValueObject, path: string, used: Set<string>, findings: Findings): void {
  for (const field of LICENSE_FIELDS) {
    for (const [text, at] of textsIn(item, field, path)) {
      if (text === "NONE" || text === "NOASSERTION") continue;
      checkLicenseExpression(text, at, findings);
      for (const reference of licenseReferencesOf(text)) used.add(reference);
    }
  }
}

/** Licences of nobody's list: each that is used must stand in the document with its text. */
function checkExtracted(document: ValueObject, used: ReadonlySet<string>, findings: Findings): void {
  const given = new Set<string>();
  for (const [item, path] of objectsIn(document, "hasExtractedLicensingInfos", "")) {
    const id = textIn(item, "licenseId") ?? "";
    given.add(id);
    if (!LICENSE_REF.test(id)) {
      findings.error(
        "spdx-id",
        `${path}.licenseId`,
        `expected LicenseRef- and a name, found ${shown(id)}`,
        "write LicenseRef- and letters, digits, dots or hyphens",
      );
    }
    if (textIn(item, "extractedText") === undefined) {
      findings.error(
        "spdx-required",
        `${path}.extractedText`,
        "the licence has no text",
        "write the text that was found",
      );
    }
  }
  for (const reference of used) {
    if (given.has(reference)) continue;
    const message = `${reference} is used, and its text is not in the document`;
    findings.error("extracted-license", "hasExtractedLicensingInfos", message, "add the licence with its id and text");
  }
}
