import { type Event, parseEvents, YAMLException } from "js-yaml";
import { type AmapError } from "../errors/amap-error.ts";
import type { ErrorCode } from "../errors/codes.ts";
import { LIMITS } from "../limits.ts";
import { errorAt, type Lines } from "./source.ts";

/** A parsed stream: events point into `text`, which has more leading space than the original in some lines. */
export interface YamlEvents {
  readonly text: string;
  readonly events: readonly Event[];
  readonly lines: Lines;
}

/** Repairs that are always tried, so that one bracket in a very large stream is no reason to refuse it. */
const FREE_REPAIRS = 4;

/**
 * The events of a YAML stream. js-yaml refuses a line inside brackets or quotes that is indented less than its parent, as
 * YAML 1.2 does; Kubernetes reads it, and the closing bracket below its key is widespread. Leading space means nothing
 * there, so such a line is given more of it and the stream is parsed again.
 * @throws {AmapError} YAML_INVALID, LIMIT_EXCEEDED (depth)
 */
export function parseYamlEvents(original: string, maxDepth: number, firstLine = 1): YamlEvents {
  const padding = new Map<number, number>();
  const lines: Lines = { first: firstLine, padding };
  let text = original;
  for (;;) {
    try {
      // Scalars count as a level there; the exact answer is given by the builder.
      return { text, events: parseEvents(text, { maxDepth: maxDepth + 2 }), lines };
    } catch (error) {
      if (!(error instanceof YAMLException)) throw error;
      const repaired = error.reason === "deficient indentation" ? padLine(text, error, padding) : undefined;
      if (repaired === undefined) throw parseError({ text, lines }, error, maxDepth);
      text = repaired;
    }
  }
}

/** An error at an offset of the padded text, with the column of the original. */
export function yamlErrorAt(
  source: Pick<YamlEvents, "text" | "lines">,
  offset: number,
  message: string,
  code: ErrorCode = "YAML_INVALID",
): AmapError {
  return errorAt(code, source.text, offset, message, source.lines);
}

/** What a document nested too deeply is refused with. */
export function tooDeep(source: Pick<YamlEvents, "text" | "lines">, offset: number, maxDepth: number): AmapError {
  return yamlErrorAt(source, offset, `expected nesting of at most ${maxDepth}, found more`, "LIMIT_EXCEEDED");
}

function parseError(source: Pick<YamlEvents, "text" | "lines">, error: YAMLException, maxDepth: number): AmapError {
  const offset = error.mark?.position ?? 0;
  if (error.reason.includes("maxDepth")) return tooDeep(source, offset, maxDepth);
  return yamlErrorAt(source, offset, error.reason);
}

function padLine(text: string, error: YAMLException, padding: Map<number, number>): string | undefined {
  const { position, line } = error.mark ?? { position: 0, line: 0 };
  const lineNumber = line + 1;
  const isCheap = padding.size < FREE_REPAIRS || (padding.size + 1) * text.length <= LIMITS.yamlRepairCharacters;
  if (!isCheap || padding.size >= LIMITS.yamlRepairs) return undefined;
  const start = text.lastIndexOf("\n", position - 1) + 1;
  // Only a line whose first character is at fault began inside the brackets or quotes; any other keeps its indentation.
  if (start === 0 || padding.has(lineNumber) || text.slice(start, position).trim() !== "") return undefined;
  // A document marker ends the document wherever it stands, unless it is indented.
  if (/^(?:---|\.\.\.)(?:\s|$)/.test(text.slice(start, start + 4))) return undefined;
  const previousStart = text.lastIndexOf("\n", start - 2) + 1;
  // The parent is on an earlier line, so its column is below the length of the line before, or that line was padded enough.
  const spaces = padding.get(lineNumber - 1) ?? start - previousStart;
  padding.set(lineNumber, spaces);
  return text.slice(0, start) + " ".repeat(spaces) + text.slice(start);
}
