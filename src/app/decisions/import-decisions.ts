import { AmapError, LIMITS } from "../../base/index.ts";
import {
  DECISION_IMPORTS,
  type Decision,
  type DecisionTool,
  findDecisionImport,
  type ImportContext,
  type ImportedEntry,
} from "../../metadata/index.ts";
import type { World } from "../world.ts";
import { editDecisionFile, readDecisionsIfThere, scopeKey } from "./edit-file.ts";

/** The tools whose decisions are read. */
export const DECISION_TOOLS: readonly DecisionTool[] = [...new Set(DECISION_IMPORTS.map(({ tool }) => tool))];

/** How decisions are taken over. */
export interface ImportDecisionsOptions extends Omit<ImportContext, "now"> {
  /** Told by each file's name where it is left out. */
  readonly tool?: DecisionTool;
  /** The file of decisions. */
  readonly file: string;
  /** Nothing is written. */
  readonly isTrial?: boolean;
}

/** What an entry became, in one word: `decided` is one that the file has a decision about already, of whatever outcome. */
export type ImportedAs = "added" | "draft" | "decided" | "expired" | "undecided" | "not_said";

/** One entry of another tool's file, and what became of it. */
export interface ImportedDecision {
  readonly source: string;
  readonly place: string;
  readonly about: string;
  readonly became: ImportedAs;
  /** Why it is no decision, or what it lacks before it can count; empty for one that only waits for approval. */
  readonly reasons: readonly string[];
  readonly decision?: Decision;
}

/** What importing did. */
export interface ImportedDecisions {
  readonly entries: readonly ImportedDecision[];
  /** Entries that the file of decisions has now and had not before. */
  readonly added: number;
}

/**
 * Takes over what other tools' files decide, as entries that nobody has approved, and tells of every entry what became of
 * it. What the file of decisions says already of the same finding in the same scope stays as it is: importing twice adds
 * nothing. All that is added is written at once, after every file was read.
 * @throws {AmapError} USAGE for a file whose name tells no tool; DOCUMENT_INVALID, LIMIT_EXCEEDED with the file and place
 */
export async function importDecisions(
  world: World,
  paths: readonly string[],
  options: ImportDecisionsOptions,
): Promise<ImportedDecisions> {
  const { tool, file, isTrial = false, ...stated } = options;
  const forms = paths.map((path) => ({ path, form: formOf(path, tool) }));
  const decided = new Map<string, Decision>();
  for (const decision of await readDecisionsIfThere(world, file)) decided.set(scopeKey(decision), decision);
  const entries: ImportedDecision[] = [];
  const added: Decision[] = [];
  for (const { path, form } of forms) {
    const decoded = form.read(await world.files.read(path, LIMITS.documentBytes), {
      ...stated,
      now: world.clock.now(),
    });
    if (!decoded.ok) {
      const [issue] = decoded.issues;
      const code = issue?.code === "LIMIT_EXCEEDED" ? "LIMIT_EXCEEDED" : "DOCUMENT_INVALID";
      throw new AmapError(
        code,
        `${path}: ${issue?.path ?? ""} ${issue?.message ?? "malformed"} (read as ${form.title})`,
        {
          hint: `Name the tool that it is of: --from ${DECISION_TOOLS.join(", ")}.`,
        },
      );
    }
    for (const entry of decoded.value) entries.push(placeEntry(path, entry, decided, added));
  }
  const [first, ...more] = added;
  if (first !== undefined && !isTrial) await editDecisionFile(world, file, { kind: "add", decision: first, more });
  return { entries, added: isTrial ? 0 : added.length };
}

function formOf(path: string, tool: DecisionTool | undefined) {
  const form = findDecisionImport(path, tool);
  if (form !== undefined) return form;
  throw new AmapError("USAGE", `${path}: its name does not tell which tool it is of`, {
    hint: `Name the tool with --from: ${DECISION_TOOLS.join(", ")}.`,
  });
}

function placeEntry(
  source: string,
  { place, about, outcome }: ImportedEntry,
  decided: Map<string, Decision>,
  added: Decision[],
): ImportedDecision {
  const told = { source, place, about };
  if (outcome.kind === "not_said") return { ...told, became: "not_said", reasons: [outcome.reason] };
  if (outcome.kind === "expired") return { ...told, became: "expired", reasons: [`it held until ${outcome.until}`] };
  if (outcome.kind === "undecided") return { ...told, became: "undecided", reasons: ["nobody decided anything"] };
  const { decision, lacks } = outcome;
  const known = decided.get(scopeKey(decision));
  if (known !== undefined) {
    const reason = `there is a decision in the same scope: ${known.status}, by ${known.author}`;
    return { ...told, became: "decided", reasons: [reason] };
  }
  decided.set(scopeKey(decision), decision);
  added.push(decision);
  return { ...told, became: lacks.length > 0 ? "draft" : "added", reasons: lacks, decision };
}
