/** How cells are painted; identity functions when colours are off. */
export interface Paint {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly strong: (text: string) => string;
}

/** No colours. */
export const PLAIN: Paint = {
  good: (text) => text,
  bad: (text) => text,
  warn: (text) => text,
  dim: (text) => text,
  strong: (text) => text,
};

/** A cell: text, and how to paint it once it is padded. */
export interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

/**
 * Lays rows out in columns, each as wide as its widest cell; the last column is wrapped at `width` characters so that
 * nothing is cut. Control characters from documents are shown as `\u{…}`: a report cannot drive the terminal.
 */
export function layOutTable(rows: readonly (readonly Cell[])[], width: number, indent = "  "): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const clean = rows.map((row) => row.map((cell) => ({ ...cell, text: printableExcerpt(cell.text) })));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(0, ...clean.map((row) => visibleLength(row[column]?.text ?? ""))),
  );
  return clean.map((row) => layOutRow(row, widths, width, indent)).join("\n");
}

/** Text with control, direction-changing and invisible characters and lone surrogates made visible. */
export function printable(text: string): string {
  // Nearly every text, in a third of the time.
  if (/^[ -~]*$/.test(text)) return text;
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ""}}`,
  );
}

/**
 * As {@link printable}, but the lines of an expression's excerpt (`  | …`) stay lines, so that its place can be pointed
 * at. No other line break does: a name in a document could otherwise add rows to a report.
 */
export function printableExcerpt(text: string): string {
  return text
    .split(/\n(?= {2}\|)/)
    .map(printable)
    .join("\n");
}

function layOutRow(row: readonly Cell[], widths: readonly number[], width: number, indent: string): string {
  const last = row.length - 1;
  const before = row.slice(0, last).map((cell, column) => paintCell(cell, cell.text.padEnd(widths[column] ?? 0)));
  const offset = indent.length + widths.slice(0, last).reduce((sum, each) => sum + each + 2, 0);
  const cell = row[last] ?? { text: "" };
  const [first = "", ...rest] = cell.text.split("\n");
  const lines = [...wrap(first, Math.max(24, width - offset)), ...rest].map((line) => paintCell(cell, line));
  return (
    indent +
    [...before, lines[0] ?? ""].join("  ") +
    lines
      .slice(1)
      .map((line) => `\n${" ".repeat(offset)}${line}`)
      .join("")
  ).trimEnd();
}

function paintCell(cell: Cell, text: string): string {
  return cell.paint === undefined ? text : cell.paint(text);
}

function visibleLength(text: string): number {
  return Math.max(...text.split("\n").map((line) => line.length));
}

/** Breaks text at spaces; a word longer than the width stays whole. */
function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
