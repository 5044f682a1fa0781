import {
  isAmapError,
  isDigest,
  isValueObject,
  LIMITS,
  memberOf,
  parseTime,
  readJson,
  textOf,
  type Value,
  type ValueObject,
} from "../../../base/index.ts";
import { DocumentReader, member, withoutUndefined } from "../../document-reader.ts";
import { JUSTIFICATIONS, RESPONSES } from "../../vex/cyclonedx-vex.ts";
import { readVexDocument } from "../../vex/read-vex.ts";
import type { VexProduct, VexStatement } from "../../vex/vex.ts";
import { refuseAll } from "./import-documents.ts";
import {
  aboutOf,
  type ImportContext,
  type ImportedEntry,
  type ImportReader,
  isVulnerabilityName,
  notSaid,
  readText,
  type StatedEntry,
  toImportedEntry,
} from "./imported-entry.ts";

const TOOL = "dependency-track";

/**
 * Dependency-Track's findings with their analyses (Finding Packaging Format 1.x), or its VEX (CycloneDX). An analysis is
 * about one project: where neither the file nor the context names it by package URL or digest, nothing is said of it. What
 * is suppressed without a fact (NOT_AFFECTED, FALSE_POSITIVE, RESOLVED) is a risk that somebody takes.
 * @see https://docs.dependencytrack.org/integrations/file-formats/
 */
export const readDependencyTrack: ImportReader = (bytes, context) => {
  const reader = new DocumentReader();
  let root: Value;
  try {
    root = readJson(bytes);
  } catch (error) {
    if (!isAmapError(error)) throw error;
    refuseAll(reader, [{ code: error.code, path: "", message: error.message }]);
    return reader.finish<readonly ImportedEntry[]>(undefined);
  }
  const document = reader.object(root, "");
  if (document === undefined) return reader.finish<readonly ImportedEntry[]>(undefined);
  return memberOf(document, "bomFormat") === "CycloneDX"
    ? readVexForm(reader, document, context)
    : readFindings(reader, document, context);
};

/** What a project is called by: as the user says, else its package URL. */
function productsOf(context: ImportContext, purl: string | undefined): readonly string[] {
  if (context.products.length > 0) return context.products;
  return purl === undefined ? [] : [purl];
}

const WITHOUT_PRODUCT =
  "the analysis is about one project that the file names by no package URL: say with --product what it is";

function readFindings(reader: DocumentReader, root: ValueObject, context: ImportContext): ReturnType<ImportReader> {
  const version = reader.string(root, "version", "");
  if (version !== "" && !/^1\.\d{1,3}$/.test(version))
    reader.refuse("version", "expected the Finding Packaging Format 1.x", "NOT_SUPPORTED");
  const project = reader.object(member(root, "project"), "project") ?? {};
  if (!Array.isArray(member(root, "findings"))) reader.refuse("findings", "expected a list of findings");
  const findings = reader.list(root, "findings", "");
  if (findings.length > LIMITS.importedEntries) {
    const message = `expected at most ${LIMITS.importedEntries} findings, found ${findings.length}`;
    reader.refuse("findings", message, "LIMIT_EXCEEDED");
    return reader.finish<readonly ImportedEntry[]>(undefined);
  }
  const products = productsOf(context, reader.optionalString(project, "purl", "project"));
  return reader.finish(
    findings.map((item, index) => readFinding(item, `findings[${index}]`, { ...context, products })),
  );
}

function readFinding(item: Value, place: string, context: ImportContext): ImportedEntry {
  const [component, vulnerability] = [memberOf(item, "component"), memberOf(item, "vulnerability")];
  const analysis = memberOf(item, "analysis");
  const finding = nameOf(vulnerability);
  const purl = textOf(component, "purl");
  const about = aboutOf(finding, [purl ?? textOf(component, "name") ?? "a component without name"]);
  const refuse = (reason: string): ImportedEntry => notSaid(place, about, reason);
  if (!isValueObject(analysis)) return { place, about, outcome: { kind: "undecided" } };
  const read = ["state", "justification", "response", "detail", "details"].map((key) => readText(analysis, key));
  const problem = read.find((each) => each.problem !== undefined)?.problem;
  if (problem !== undefined) return refuse(`analysis.${problem}`);
  const [state = "NOT_SET", justification, response, detail, details] = read.map(({ text }) => text);
  const isSuppressed = member(analysis, "isSuppressed") === true;
  if (state === "NOT_SET" && !isSuppressed) return { place, about, outcome: { kind: "undecided" } };
  if (purl === undefined || purl === "")
    return refuse("its component has no package URL: a decision would be about all");
  if (context.products.length === 0) return refuse(WITHOUT_PRODUCT);
  const said = readState({ state, justification, response, detail: detail ?? details, isSuppressed });
  if (typeof said === "string") return refuse(said);
  return toImportedEntry({ place, finding, components: [purl], ...said }, context, TOOL);
}

/** Its id, or where that is a number of one source's own, the alias that others know. */
function nameOf(vulnerability: Value | undefined): string {
  const id = textOf(vulnerability, "vulnId") ?? "";
  if (isVulnerabilityName(id)) return id;
  const aliases = memberOf(vulnerability, "aliases");
  const names = Array.isArray(aliases)
    ? aliases.flatMap((each) => [textOf(each, "cveId"), textOf(each, "ghsaId")])
    : [];
  return names.find((name) => name !== undefined && isVulnerabilityName(name)) ?? id;
}

interface AnalysisState {
  readonly state: string;
  readonly justification: string | undefined;
  readonly response: string | undefined;
  readonly detail: string | undefined;
  readonly isSuppressed: boolean;
}

type Said = Omit<StatedEntry, "place" | "finding" | "components">;

/** What an analysis says as a decision's fields, or why nothing. */
function readState(analysis: AnalysisState): Said | string {
  const { state, detail, isSuppressed } = analysis;
  if (state === "NOT_AFFECTED" || state === "FALSE_POSITIVE") return readNotAffected(analysis);
  if (state === "RESOLVED") return withoutUndefined({ status: "fixed" as const, statusNotes: detail });
  if (!["NOT_SET", "IN_TRIAGE", "EXPLOITABLE"].includes(state)) return `its state "${state.slice(0, 60)}" is not known`;
  if (isSuppressed) {
    const statusNotes = state === "NOT_SET" ? undefined : `Suppressed in Dependency-Track in the state ${state}.`;
    return withoutUndefined({ status: "risk_accepted" as const, reason: detail, statusNotes });
  }
  if (state === "IN_TRIAGE") return withoutUndefined({ status: "under_investigation" as const, statusNotes: detail });
  const response = analysis.response === undefined ? undefined : RESPONSES.get(analysis.response.toLowerCase());
  return withoutUndefined({ status: "affected" as const, actionStatement: response, statusNotes: detail });
}

function readNotAffected({ state, justification, detail }: AnalysisState): Said | string {
  const isUnset = justification === undefined || justification === "NOT_SET";
  const meaning = isUnset ? undefined : JUSTIFICATIONS.get(justification.toLowerCase());
  if (!isUnset && meaning === undefined) return `its justification "${justification.slice(0, 60)}" is not known`;
  const words = [
    ...(state === "FALSE_POSITIVE" ? ["The finding is a false positive."] : []),
    ...(typeof meaning === "object" ? [meaning.words] : []),
    ...(detail === undefined ? [] : [detail]),
  ];
  return withoutUndefined({
    status: "not_affected" as const,
    justification: typeof meaning === "string" ? meaning : undefined,
    impactStatement: words.length === 0 ? undefined : words.join("\n"),
    statusNotes: isUnset ? undefined : `Dependency-Track justification: ${justification}`,
  });
}

function readVexForm(reader: DocumentReader, root: ValueObject, context: ImportContext): ReturnType<ImportReader> {
  const read = readVexDocument(root);
  if (!read.ok) {
    refuseAll(reader, read.issues);
    return reader.finish<readonly ImportedEntry[]>(undefined);
  }
  const { document, notes } = read.value;
  if (document.statements.length > LIMITS.importedEntries) {
    const message = `expected at most ${LIMITS.importedEntries} statements, found ${document.statements.length}`;
    reader.refuse("vulnerabilities", message, "LIMIT_EXCEEDED");
    return reader.finish<readonly ImportedEntry[]>(undefined);
  }
  const project = memberOf(memberOf(root, "metadata"), "component");
  const described = { ref: textOf(project, "bom-ref") ?? "", purl: textOf(project, "purl") };
  const entries = document.statements.flatMap((statement, index) =>
    statement.products.map((product) =>
      readStatement(statement, product, `statement ${index + 1}`, { described, context }),
    ),
  );
  const noted = notes.map(({ path, message, count }) =>
    notSaid(path, count > 1 ? `${count} entries` : "", `read past: ${message}`),
  );
  return reader.finish([...entries, ...noted]);
}

interface VexFrame {
  /** What the document describes: the project. */
  readonly described: { readonly ref: string; readonly purl: string | undefined };
  readonly context: ImportContext;
}

function readStatement(
  statement: VexStatement,
  product: VexProduct,
  place: string,
  { described, context }: VexFrame,
): ImportedEntry {
  const { vulnerability: id, aliases, timestamp } = statement;
  const finding = isVulnerabilityName(id) ? id : (aliases.find(isVulnerabilityName) ?? id);
  const inside = product.subcomponents.map((component) => component.identifiers["purl"]);
  const own = product.identifiers["purl"];
  const isProject =
    (own !== undefined && own === described.purl) ||
    (described.ref !== "" && product.id === `cyclonedx:${encodeURIComponent(described.ref.toWellFormed())}`);
  const components = isProject ? inside : [own];
  const known = components.filter((purl) => purl !== undefined);
  const refuse = (reason: string): ImportedEntry => notSaid(place, aboutOf(finding, known), reason);
  if (known.length < components.length) return refuse("what it is about has no package URL");
  const products = productsOf(context, described.purl);
  if (products.length === 0) return refuse(WITHOUT_PRODUCT);
  if (!products.every((name) => isDigest(name) || name.startsWith("pkg:"))) return refuse(WITHOUT_PRODUCT);
  const { status, justification, impactStatement, actionStatement, statusNotes } = statement;
  const at = parseTime(timestamp) ?? 0;
  return toImportedEntry(
    withoutUndefined({
      place,
      finding,
      status,
      components: known,
      products,
      justification,
      impactStatement,
      actionStatement,
      statusNotes,
      // A document without a date is read as one of 1970, and one of tomorrow must not hold tomorrow.
      decidedAt: at > 0 && at <= context.now ? timestamp : undefined,
    }),
    context,
    TOOL,
  );
}
