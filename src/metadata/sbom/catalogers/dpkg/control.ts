/** One paragraph of a control file: field names in lower case, only the fields that were asked for. */
export type Paragraph = ReadonlyMap<string, string>;

export interface ControlFile {
  readonly paragraphs: readonly Paragraph[];
  /** The first line that is neither a field, a continuation nor a blank one, counted from 1. */
  readonly malformedLine?: number;
}

/**
 * Reads a Debian control file (deb-control(5)): paragraphs with blank lines between, `Field: value`, continuation lines
 * that begin with a space or tab. Continuation lines are joined by newlines without their first character.
 * @see https://www.debian.org/doc/debian-policy/ch-controlfields.html
 */
export function parseControlFile(text: string, wanted: ReadonlySet<string>): ControlFile {
  const paragraphs: Paragraph[] = [];
  let malformedLine: number | undefined;
  let paragraph = new Map<string, string>();
  let field: string | undefined;
  let sawField = false;
  const endParagraph = (): void => {
    if (sawField) paragraphs.push(paragraph);
    paragraph = new Map();
    field = undefined;
    sawField = false;
  };
  const lines = text.split("\n");
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? "";
    const first = line.charCodeAt(0);
    if (first === SPACE || first === TAB) {
      if (line.trim() === "" && !sawField) continue;
      if (field !== undefined) paragraph.set(field, `${paragraph.get(field) ?? ""}\n${line.slice(1).trimEnd()}`);
      continue;
    }
    if (line === "" || line === "\r") {
      endParagraph();
      continue;
    }
    const colon = line.indexOf(":");
    if (colon <= 0) {
      malformedLine ??= index + 1;
      continue;
    }
    sawField = true;
    const name = line.slice(0, colon).toLowerCase();
    field = wanted.has(name) ? name : undefined;
    // A field that is given twice keeps its first value, as dpkg refuses the second.
    if (field !== undefined && paragraph.has(field)) field = undefined;
    else if (field !== undefined) paragraph.set(field, line.slice(colon + 1).trim());
  }
  endParagraph();
  return malformedLine === undefined ? { paragraphs } : { paragraphs, malformedLine };
}

const SPACE = 32;
const TAB = 9;

/**
 * `Depends: a (>= 1) | b:any, c [amd64]` as clauses of alternatives' names, in order (deb-control(5), Policy 7.1). One by
 * one, so that whoever takes them can count.
 */
export function* parseRelations(text: string): Generator<readonly string[]> {
  for (let start = 0, end = 0; start <= text.length; start = end + 1) {
    const comma = text.indexOf(",", start);
    end = comma === -1 ? text.length : comma;
    const names: string[] = [];
    for (const alternative of text.slice(start, end).split("|")) {
      const name = /^\s*([A-Za-z0-9][A-Za-z0-9+.-]*)/.exec(alternative)?.[1];
      if (name !== undefined) names.push(name);
    }
    if (names.length > 0) yield names;
  }
}
