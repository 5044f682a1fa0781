import { AmapError } from "../../base/index.ts";

/** One instruction of a Dockerfile, its continued lines joined. */
export interface Instruction {
  /** In capitals. */
  readonly name: string;
  /** All that follows the name, without here-documents. */
  readonly text: string;
  /** Where it begins, from 1. */
  readonly line: number;
}

/** A Dockerfile taken apart. */
interface DockerfileLines {
  readonly instructions: readonly Instruction[];
  /** The character that continues lines and takes the meaning of others away. */
  readonly escape: "\\" | "`";
}

const DIRECTIVE = /^#\s*([A-Za-z][A-Za-z0-9]*)\s*=\s*(.*?)\s*$/;
const HEREDOC_INSTRUCTIONS = new Set(["RUN", "COPY", "ADD"]);

/**
 * Splits a Dockerfile into instructions: parser directives (`# escape=`), comments, continued lines and here-documents
 * as BuildKit reads them.
 * @throws {AmapError} VALUE_INVALID with the line
 * @see https://docs.docker.com/reference/dockerfile/
 * @example
 * ```ts
 * import { splitDockerfile } from "./dockerfile-lines.ts";
 * splitDockerfile("FROM \\\n  scratch\n").instructions[0]?.text; // "scratch"
 * ```
 */
export function splitDockerfile(content: string): DockerfileLines {
  const lines = content.replace(/^\ufeff/, "").split(/\r?\n/);
  const escape = escapeOf(lines);
  const instructions: Instruction[] = [];
  for (let at = 0; at < lines.length; ) {
    const begin = at;
    const joined = joinContinued(lines, at, escape);
    at = joined.next;
    if (joined.text === "") continue;
    const [, name = "", text = ""] = /^([A-Za-z]+)(?:\s+(.*))?$/s.exec(joined.text) ?? [];
    if (name === "") throw invalid(begin + 1, `expected an instruction, found "${joined.text.slice(0, 60)}"`);
    const instruction = { name: name.toUpperCase(), text: text.trim(), line: begin + 1 };
    at = skipHeredocs(lines, at, instruction);
    instructions.push(instruction);
  }
  return { instructions, escape };
}

/** @param line from 1 */
export function invalid(line: number, message: string): AmapError {
  return new AmapError("VALUE_INVALID", `line ${line}: ${message}`);
}

/** Directives stand before everything else; the first line that is none ends them. */
function escapeOf(lines: readonly string[]): "\\" | "`" {
  for (const [index, line] of lines.entries()) {
    const [, name = "", value = ""] = DIRECTIVE.exec(line.trim()) ?? [];
    if (name === "") break;
    if (name.toLowerCase() !== "escape") continue;
    if (value === "\\" || value === "`") return value;
    throw invalid(index + 1, `escape: expected \\ or \`, found "${value.slice(0, 20)}"`);
  }
  return "\\";
}

/** Comments and empty lines between continued lines are left out, as BuildKit does. */
function joinContinued(
  lines: readonly string[],
  from: number,
  escape: string,
): { readonly text: string; readonly next: number } {
  const parts: string[] = [];
  let isContinued = true;
  let at = from;
  for (; isContinued && at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    const isFirst = parts.length === 0;
    if (/^\s*(?:#|$)/.test(line)) {
      if (isFirst) return { text: "", next: at + 1 };
      continue;
    }
    const end = line.trimEnd();
    isContinued = end.endsWith(escape);
    parts.push(isContinued ? end.slice(0, -1) : line);
  }
  return { text: parts.join("").trim(), next: at };
}

/** What follows an instruction with `<<NAME` up to the line NAME is no instruction. */
function skipHeredocs(lines: readonly string[], from: number, { name, text, line }: Instruction): number {
  const [, inner = ""] = name === "ONBUILD" ? (/^([A-Za-z]+)/.exec(text) ?? []) : ["", name];
  if (!HEREDOC_INSTRUCTIONS.has(inner.toUpperCase())) return from;
  let at = from;
  for (const [, , chomp = "", , word = ""] of text.matchAll(/(^|\s|\d)<<(-?)(["']?)([A-Za-z_][A-Za-z0-9_]*)\3/g)) {
    let end = at;
    while (end < lines.length && withoutTabs(lines[end] ?? "", chomp) !== word) end += 1;
    if (end === lines.length) throw invalid(line, `expected the end ${word} of a here-document, found none`);
    at = end + 1;
  }
  return at;
}

function withoutTabs(line: string, chomp: string): string {
  return chomp === "" ? line : line.replace(/^\t+/, "");
}
