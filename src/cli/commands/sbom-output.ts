import type { Command } from "commander";
import { AmapError, decodeUtf8, type Value, writeJson, writeYaml } from "../../base/index.ts";
import { layOutTable, printable } from "../../report/index.ts";
import { choiceOf } from "../flags.ts";
import type { Flags, VerbContext } from "../verb.ts";

const OUTPUTS = ["table", "json", "yaml", "markdown"] as const;

/** A table of a report: its rows have as many cells as its header. */
export interface ReportTable {
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What a verb says, for people and for programs. */
export interface SbomReport {
  readonly value: unknown;
  readonly tables: readonly ReportTable[];
  /** One line at the end. */
  readonly summary: string;
}

/** Declares how a report is written. */
export function declareReport(command: Command): void {
  command.option("-o, --output <format>", `${OUTPUTS.join(", ")} (default: table)`);
}

/** Writes a report as asked for. */
export function putReport({ terminal }: VerbContext, flags: Flags, { value, tables, summary }: SbomReport): void {
  const output = choiceOf(flags, "output", "--output", OUTPUTS, "table");
  if (output === "json") terminal.result(`${writeJson(value as Value, { indent: 2 })}\n`);
  else if (output === "yaml") terminal.result(writeYaml(value as Value));
  else {
    const shown = tables.filter(({ rows }) => rows.length > 0);
    const texts = shown.map((table) => (output === "table" ? layOut(table, terminal.width) : toMarkdown(table)));
    terminal.result([...texts, `${printable(summary)}\n`].join("\n"));
  }
}

function layOut({ title, header, rows }: ReportTable, width: number): string {
  const cells = [header, ...rows].map((row) => row.map((text) => ({ text })));
  return `${title === "" ? "" : `${printable(title)}\n`}${layOutTable(cells, width, title === "" ? "" : "  ")}\n`;
}

function toMarkdown({ title, header, rows }: ReportTable): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((text) => printable(text).replace(/[\\|<>`*_[\]]/g, "\\$&")).join(" | ")} |`;
  const heading = title === "" ? "" : `## ${printable(title)}\n\n`;
  return `${heading}${line(header)}\n|${header.map(() => "-|").join("")}\n${rows.map((row) => `${line(row)}\n`).join("")}`;
}

/** Writes bytes of a document to a file, or to standard output. */
export async function putDocument(
  { terminal, world }: VerbContext,
  bytes: Uint8Array,
  file: string | undefined,
): Promise<void> {
  if (file === undefined) terminal.result(decodeUtf8(bytes) ?? "");
  else await world.files.write(file, bytes);
}

/** {@link putDocument} piece by piece. */
export async function putChunks(
  { terminal, world }: VerbContext,
  chunks: Iterable<Uint8Array>,
  file: string | undefined,
): Promise<void> {
  if (file === undefined) for (const chunk of chunks) terminal.result(decodeUtf8(chunk) ?? "");
  else await world.files.write(file, chunks);
}

/** An attestation that is read for its SBOM is not verified by that. */
export function noteUnverified({ terminal }: VerbContext, artifact: string): void {
  if (!artifact.startsWith("attestation:")) return;
  const verified = "`amap verify-attestation --type TYPE IMAGE | amap sbom convert - -o FORM` reads a verified one";
  terminal.note(`warning: the attestation is not verified; anybody who can push may have written it. ${verified}`);
}

/** A program reads a report from standard output, so that a second document cannot be written there. */
export function refuseTwoOnOutput(files: readonly (string | undefined)[]): void {
  if (files.filter((file) => file === undefined).length > 1) {
    throw new AmapError("USAGE", "only one document can be written to standard output", {
      hint: "Name a file for the others: -o FORM=FILE.",
    });
  }
}
