import { decodeUtf8, isValueObject, LIMITS, type Value, type ValueObject } from "../../../base/index.ts";
import { DocumentReader, member } from "../../document-reader.ts";
import { readOneYaml } from "./import-documents.ts";
import {
  aboutOf,
  type ImportContext,
  type ImportedEntry,
  type ImportReader,
  notSaid,
  readText,
  toImportedEntry,
  unknownFields,
} from "./imported-entry.ts";

const TOOL = "trivyignore";

/**
 * `.trivyignore`: a name a line, `exp:` and a day behind it. What stands behind `#` on the line is taken as the reason. A
 * name may be that of a check, a secret or a licence, too; only those of vulnerabilities become decisions.
 * @see https://trivy.dev/latest/docs/configuration/filtering/#trivyignore
 */
export const readTrivyIgnore: ImportReader = (bytes, context) => {
  const reader = new DocumentReader();
  const text = decodeUtf8(bytes);
  if (text === undefined) reader.refuse("", "expected UTF-8, found other bytes");
  const lines = (text ?? "").replace(/^\uFEFF/, "").split(/\r?\n/);
  if (lines.length > LIMITS.importedEntries) {
    const message = `expected at most ${LIMITS.importedEntries} lines, found ${lines.length}`;
    reader.refuse("", message, "LIMIT_EXCEEDED");
    return reader.finish<readonly ImportedEntry[]>(undefined);
  }
  const entries = lines.flatMap((line, index) => {
    const trimmed = line.trim();
    return trimmed === "" || trimmed.startsWith("#") ? [] : [readLine(trimmed, `line ${index + 1}`, context)];
  });
  return reader.finish(entries);
};

function readLine(line: string, place: string, context: ImportContext): ImportedEntry {
  const fields = line.split(/\s+/);
  const finding = fields[0] ?? "";
  const end = fields.slice(1).find((field) => field.startsWith("exp:"));
  const until = end?.slice("exp:".length);
  // Trivy drops a line whose end it cannot read, so that it ignores nothing.
  if (until !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(until))
    return notSaid(
      place,
      aboutOf(finding, []),
      `its end "${until.slice(0, 60)}" is no day: Trivy passes over the line`,
    );
  const reason = /(?:^|\s)#+\s*(\S.*)$/.exec(line)?.[1];
  return toImportedEntry(
    {
      place,
      finding,
      status: "risk_accepted",
      components: [],
      ...(reason === undefined ? {} : { reason }),
      ...(until === undefined ? {} : { until }),
    },
    context,
    TOOL,
  );
}

const SECTIONS = ["vulnerabilities", "misconfigurations", "secrets", "licenses"] as const;
const FIELDS = ["id", "paths", "purls", "expired_at", "statement"];

/**
 * `.trivyignore.yaml`: entries with id, package URLs, an end and a statement. One with paths is about files, which
 * decisions do not name.
 * @see https://trivy.dev/latest/docs/configuration/filtering/#trivyignoreyaml
 */
export const readTrivyIgnoreYaml: ImportReader = (bytes, context) => {
  const reader = new DocumentReader();
  const root = readOneYaml(reader, bytes);
  if (root === undefined) return reader.finish<readonly ImportedEntry[]>(undefined);
  const others = Object.keys(root).filter((key) => !SECTIONS.some((section) => section === key));
  const entries = SECTIONS.flatMap((section) =>
    reader.list(root, section, "").map((item, index) => {
      const place = `${section}[${index}]`;
      if (section === "vulnerabilities") return readEntry(item, place, context);
      return notSaid(place, idOf(item), `it is about ${section}, and not about a vulnerability`);
    }),
  );
  return reader.finish([
    ...entries,
    ...others.map((key) => notSaid(key.slice(0, 100), "", "Trivy knows no such member")),
  ]);
};

const idOf = (item: Value): string => {
  const id = isValueObject(item) ? member(item, "id") : undefined;
  return typeof id === "string" ? id.slice(0, 100) : "";
};

function readEntry(item: Value, place: string, context: ImportContext): ImportedEntry {
  const about = idOf(item);
  if (!isValueObject(item)) return notSaid(place, about, "it is no object");
  const texts = ["id", "expired_at", "statement"].map((key) => readText(item, key));
  const problem = texts.find((text) => text.problem !== undefined)?.problem ?? problemOf(item);
  if (problem !== undefined) return notSaid(place, about, problem);
  const [id, until, reason] = texts.map(({ text }) => text);
  return toImportedEntry(
    {
      place,
      finding: id ?? "",
      status: "risk_accepted",
      components: (member(item, "purls") ?? []) as readonly string[],
      ...(reason === undefined ? {} : { reason }),
      ...(until === undefined ? {} : { until }),
    },
    context,
    TOOL,
  );
}

function problemOf(item: ValueObject): string | undefined {
  const [unknown] = unknownFields(item, FIELDS);
  if (unknown !== undefined) return `Trivy knows no field ${unknown.slice(0, 60)}`;
  const paths = member(item, "paths");
  if (paths !== undefined && !(Array.isArray(paths) && paths.length === 0))
    return "it is for the files at its paths alone, which a decision cannot name";
  const purls = member(item, "purls") ?? [];
  if (!Array.isArray(purls) || !purls.every((purl) => typeof purl === "string"))
    return "its purls are no list of texts";
  return undefined;
}
