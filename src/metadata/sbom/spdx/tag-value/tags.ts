import { isValueObject, textOf, type Value, type ValueObject } from "../../../../base/index.ts";

/** How a tag's text stands for a member of the JSON form; undefined for a text, or a value, of another form. */
export interface TagForm {
  read(text: string): Value | undefined;
  write(value: Value): string | undefined;
}

/** One tag of a section. */
export interface TagRow {
  readonly tag: string;
  /** The member of the section's object in the JSON form. */
  readonly member: string;
  readonly form: TagForm;
  /** Each line of the tag is one more item of a list. */
  readonly isList: boolean;
}

const WORDS: TagForm = {
  read: (text) => text,
  write: (value) => (typeof value === "string" ? value : undefined),
};

const BOOLEAN: TagForm = {
  read: (text) => (/^true$/i.test(text) ? true : /^false$/i.test(text) ? false : undefined),
  write: (value) => (typeof value === "boolean" ? String(value) : undefined),
};

const CHECKSUM: TagForm = {
  read: (text) => {
    const [, algorithm, checksumValue] = /^([A-Za-z0-9-]+):\s*(\S+)$/.exec(text) ?? [];
    return algorithm === undefined || checksumValue === undefined ? undefined : { algorithm, checksumValue };
  },
  write: (value) => joined(value, ["algorithm", "checksumValue"], ": "),
};

const REFERENCE: TagForm = {
  read: (text) => {
    const [, category, type, locator] = /^(\S+)\s+(\S+)\s+(.+)$/s.exec(text) ?? [];
    if (category === undefined || type === undefined || locator === undefined) return undefined;
    return { referenceCategory: category, referenceType: type, referenceLocator: locator };
  },
  write: (value) => joined(value, ["referenceCategory", "referenceType", "referenceLocator"], " ", ["comment"]),
};

const VERIFICATION_CODE: TagForm = {
  read: (text) => {
    const [, code, excluded] = /^(\S+)\s*(?:\((?:excludes:)?\s*(.*)\))?$/s.exec(text) ?? [];
    if (code === undefined) return undefined;
    const files = (excluded ?? "").split(",").flatMap((file) => file.trim() || []);
    return {
      packageVerificationCodeValue: code,
      ...(files.length === 0 ? {} : { packageVerificationCodeExcludedFiles: files }),
    };
  },
  write: (value) => {
    const known = new Set(["packageVerificationCodeValue", "packageVerificationCodeExcludedFiles"]);
    if (!isValueObject(value) || Object.keys(value).some((key) => !known.has(key))) return undefined;
    const code = value["packageVerificationCodeValue"];
    const files = value["packageVerificationCodeExcludedFiles"];
    if (typeof code !== "string") return undefined;
    if (files === undefined) return code;
    const isPlain = isTextList(files) && files.length > 0 && files.every((file) => !/[,)]|^\s|\s$/.test(file));
    return isPlain ? `${code} (excludes: ${files.join(", ")})` : undefined;
  },
};

const EXTERNAL_DOCUMENT: TagForm = {
  read: (text) => {
    const [, id, uri, checksum] = /^(\S+)\s+(\S+)\s+(.+)$/.exec(text) ?? [];
    const read = checksum === undefined ? undefined : CHECKSUM.read(checksum);
    if (id === undefined || uri === undefined || read === undefined) return undefined;
    return { externalDocumentId: id, spdxDocument: uri, checksum: read };
  },
  write: (value) => {
    if (!isValueObject(value) || Object.keys(value).length !== 3) return undefined;
    const checksum = value["checksum"] === undefined ? undefined : CHECKSUM.write(value["checksum"]);
    const [id, uri] = [value["externalDocumentId"], value["spdxDocument"]];
    return typeof id === "string" && typeof uri === "string" && checksum !== undefined
      ? `${id} ${uri} ${checksum}`
      : undefined;
  },
};

const RELATIONSHIP: TagForm = {
  read: (text) => {
    const [, from, type, to] = /^(\S+)\s+(\S+)\s+(\S+)$/.exec(text) ?? [];
    if (from === undefined || type === undefined || to === undefined) return undefined;
    return { spdxElementId: from, relationshipType: type, relatedSpdxElement: to };
  },
  write: (value) => joined(value, ["spdxElementId", "relationshipType", "relatedSpdxElement"], " ", ["comment"]),
};

/** Texts of an object's members with something between them; undefined where the object says more. */
function joined(
  value: Value,
  members: readonly string[],
  between: string,
  others: readonly string[] = [],
): string | undefined {
  if (!isValueObject(value)) return undefined;
  if (Object.keys(value).some((key) => !members.includes(key) && !others.includes(key))) return undefined;
  const texts = members.map((member) => textOf(value, member));
  const isWhole = texts.every((text, index) => isWord(text, index === texts.length - 1));
  return isWhole ? texts.join(between) : undefined;
}

function isWord(text: string, isLast: boolean): boolean {
  return text !== "" && (isLast ? text.trim() === text : !/\s/.test(text));
}

function isTextList(value: Value): value is readonly string[] {
  return Array.isArray(value) && (value as readonly Value[]).every((item) => typeof item === "string");
}

const one = (tag: string, member: string, form = WORDS): TagRow => ({ tag, member, form, isList: false });
const many = (tag: string, member: string, form = WORDS): TagRow => ({ tag, member, form, isList: true });

/** The tags of a section, the one that begins it first. */
export interface Section {
  readonly name: SectionName;
  readonly rows: readonly TagRow[];
}
export type SectionName = "document" | "package" | "file" | "snippet" | "license" | "annotation" | "review";

/** Members of `creationInfo`; tag-value has them in the document's own section. */
export const CREATION: readonly TagRow[] = [
  one("LicenseListVersion", "licenseListVersion"),
  many("Creator", "creators"),
  one("Created", "created"),
  one("CreatorComment", "comment"),
];

/** All sections (SPDX 2.3 §6 to §13). */
export const SECTIONS: readonly Section[] = [
  {
    name: "document",
    rows: [
      one("SPDXVersion", "spdxVersion"),
      one("DataLicense", "dataLicense"),
      one("SPDXID", "SPDXID"),
      one("DocumentName", "name"),
      one("DocumentNamespace", "documentNamespace"),
      many("ExternalDocumentRef", "externalDocumentRefs", EXTERNAL_DOCUMENT),
      one("DocumentComment", "comment"),
    ],
  },
  {
    name: "package",
    rows: [
      one("PackageName", "name"),
      one("SPDXID", "SPDXID"),
      one("PackageVersion", "versionInfo"),
      one("PackageFileName", "packageFileName"),
      one("PackageSupplier", "supplier"),
      one("PackageOriginator", "originator"),
      one("PackageDownloadLocation", "downloadLocation"),
      one("FilesAnalyzed", "filesAnalyzed", BOOLEAN),
      one("PackageVerificationCode", "packageVerificationCode", VERIFICATION_CODE),
      many("PackageChecksum", "checksums", CHECKSUM),
      one("PackageHomePage", "homepage"),
      one("PackageSourceInfo", "sourceInfo"),
      one("PackageLicenseConcluded", "licenseConcluded"),
      many("PackageLicenseInfoFromFiles", "licenseInfoFromFiles"),
      one("PackageLicenseDeclared", "licenseDeclared"),
      one("PackageLicenseComments", "licenseComments"),
      one("PackageCopyrightText", "copyrightText"),
      one("PackageSummary", "summary"),
      one("PackageDescription", "description"),
      one("PackageComment", "comment"),
      many("ExternalRef", "externalRefs", REFERENCE),
      many("PackageAttributionText", "attributionTexts"),
      one("PrimaryPackagePurpose", "primaryPackagePurpose"),
      one("ReleaseDate", "releaseDate"),
      one("BuiltDate", "builtDate"),
      one("ValidUntilDate", "validUntilDate"),
    ],
  },
  {
    name: "file",
    rows: [
      one("FileName", "fileName"),
      one("SPDXID", "SPDXID"),
      many("FileType", "fileTypes"),
      many("FileChecksum", "checksums", CHECKSUM),
      one("LicenseConcluded", "licenseConcluded"),
      many("LicenseInfoInFile", "licenseInfoInFiles"),
      one("LicenseComments", "licenseComments"),
      one("FileCopyrightText", "copyrightText"),
      one("FileComment", "comment"),
      one("FileNotice", "noticeText"),
      many("FileContributor", "fileContributors"),
      many("FileAttributionText", "attributionTexts"),
      many("FileDependency", "fileDependencies"),
    ],
  },
  {
    name: "snippet",
    rows: [
      one("SnippetSPDXID", "SPDXID"),
      one("SnippetFromFileSPDXID", "snippetFromFile"),
      one("SnippetLicenseConcluded", "licenseConcluded"),
      many("LicenseInfoInSnippet", "licenseInfoInSnippets"),
      one("SnippetLicenseComments", "licenseComments"),
      one("SnippetCopyrightText", "copyrightText"),
      one("SnippetComment", "comment"),
      one("SnippetName", "name"),
      many("SnippetAttributionText", "attributionTexts"),
    ],
  },
  {
    name: "license",
    rows: [
      one("LicenseID", "licenseId"),
      one("ExtractedText", "extractedText"),
      one("LicenseName", "name"),
      many("LicenseCrossReference", "seeAlsos"),
      one("LicenseComment", "comment"),
    ],
  },
  {
    name: "annotation",
    rows: [
      one("Annotator", "annotator"),
      one("AnnotationDate", "annotationDate"),
      one("AnnotationComment", "comment"),
      one("AnnotationType", "annotationType"),
      one("SPDXREF", "SPDXREF"),
    ],
  },
  {
    name: "review",
    rows: [one("Reviewer", "reviewer"), one("ReviewDate", "reviewDate"), one("ReviewComment", "comment")],
  },
];

/** The document's list that a section's objects stand in. */
export const LISTS: Readonly<Record<Exclude<SectionName, "document" | "annotation">, string>> = {
  package: "packages",
  file: "files",
  snippet: "snippets",
  license: "hasExtractedLicensingInfos",
  review: "revieweds",
};

/** Relationships may stand anywhere. */
export const RELATIONSHIP_ROW: TagRow = many("Relationship", "relationships", RELATIONSHIP);

/** A snippet's range of bytes or lines: `310:420`, as SPDX's `ranges` have it. */
export function readRange(text: string, member: "offset" | "lineNumber", file: string): ValueObject | undefined {
  const [, from, to] = /^(\d{1,15}):(\d{1,15})$/.exec(text) ?? [];
  if (from === undefined || to === undefined) return undefined;
  return {
    startPointer: { [member]: Number(from), reference: file },
    endPointer: { [member]: Number(to), reference: file },
  };
}
