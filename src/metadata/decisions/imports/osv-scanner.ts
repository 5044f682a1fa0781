import { decodeToml, isValueObject, type Value } from "../../../base/index.ts";
import { DocumentReader, member } from "../../document-reader.ts";
import { refuseAll } from "./import-documents.ts";
import {
  type ImportContext,
  type ImportedEntry,
  type ImportReader,
  notSaid,
  readText,
  toImportedEntry,
  unknownFields,
} from "./imported-entry.ts";

const IGNORE_FIELDS = ["id", "ignoreUntil", "reason"];
/** Settings of the scanner that decide nothing about findings. */
const SETTINGS = new Set(["GoVersionOverride", "ScanGoModVersion"]);

/**
 * `osv-scanner.toml`: `[[IgnoredVulns]]` become decisions about the vulnerability in any component, under all of its names,
 * as osv-scanner takes them. `[[PackageOverrides]]` are about all vulnerabilities of a package or its licence: no decision
 * about a finding says that. A date without zone, which osv-scanner reads in the zone of the machine, is read as UTC.
 * @see https://google.github.io/osv-scanner/configuration/
 */
export const readOsvScanner: ImportReader = (bytes, context) => {
  const reader = new DocumentReader();
  const decoded = decodeToml(bytes);
  if (!decoded.ok) {
    refuseAll(reader, decoded.issues);
    return reader.finish<readonly ImportedEntry[]>(undefined);
  }
  const root = decoded.value;
  const ignored = reader.list(root, "IgnoredVulns", "").map((item, index) => {
    return readIgnored(item, `IgnoredVulns[${index}]`, context);
  });
  const overrides = reader.list(root, "PackageOverrides", "").map((item, index) => {
    return readOverride(item, `PackageOverrides[${index}]`);
  });
  const others = unknownFields(root, ["IgnoredVulns", "PackageOverrides"]).map((key) => {
    const reason = SETTINGS.has(key) ? "it is a setting of the scanner" : "osv-scanner knows no such member";
    return notSaid(key.slice(0, 100), "", reason);
  });
  return reader.finish([...ignored, ...overrides, ...others]);
};

function readIgnored(item: Value, place: string, context: ImportContext): ImportedEntry {
  if (!isValueObject(item)) return notSaid(place, "", "it is no table");
  const [id, until, reason] = IGNORE_FIELDS.map((key) => readText(item, key));
  const about = id?.text?.slice(0, 100) ?? "";
  const problem = id?.problem ?? until?.problem ?? reason?.problem;
  if (problem !== undefined) return notSaid(place, about, problem);
  const [unknown] = unknownFields(item, IGNORE_FIELDS);
  if (unknown !== undefined) return notSaid(place, about, `osv-scanner knows no field ${unknown.slice(0, 60)}`);
  return toImportedEntry(
    {
      place,
      finding: id?.text ?? "",
      status: "risk_accepted",
      components: [],
      ...(reason?.text === undefined ? {} : { reason: reason.text }),
      ...(until?.text === undefined ? {} : { until: until.text }),
    },
    context,
    "osv-scanner",
  );
}

function readOverride(item: Value, place: string): ImportedEntry {
  if (!isValueObject(item)) return notSaid(place, "", "it is no table");
  const names = ["name", "version", "ecosystem", "group"].flatMap((key) => readText(item, key).text ?? []);
  const vulnerability = member(item, "vulnerability");
  const ignores =
    member(item, "ignore") === true || (isValueObject(vulnerability) && member(vulnerability, "ignore") === true);
  const about = names.length === 0 ? "every package" : names.join(" ").slice(0, 200);
  const reason = ignores
    ? "it is about every vulnerability of a package, also those that nobody knows yet: a decision is about one"
    : "it is about a licence, and not about a vulnerability";
  return notSaid(place, about, reason);
}
