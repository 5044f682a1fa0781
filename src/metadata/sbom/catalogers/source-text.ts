/** Marks of a language's comments. */
interface CommentMarks {
  /** Such as `//`; the comment ends with its line. */
  readonly line: string;
  /** Such as the two marks around a comment of several lines. */
  readonly block?: readonly [open: string, close: string];
}

/** Comments of languages that write them as C does. */
export const C_COMMENTS: CommentMarks = { line: "//", block: ["/*", "*/"] };

/** A program's text with white space instead of comments; quoted texts stay as they are. */
export function withoutComments(text: string, { line, block }: CommentMarks): string {
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length; ) {
    const character = text[at] ?? "";
    // As within quotes: a line of such marks would otherwise be read to its end for each of them.
    if (character === "\\") {
      at += 2;
      continue;
    }
    if (character === '"' || character === "'") {
      at = endOfQuoted(text, at);
      continue;
    }
    const end = endOfComment(text, at, line, block);
    if (end === undefined) {
      at += 1;
      continue;
    }
    parts.push(text.slice(from, at), " ");
    at = end;
    from = end;
  }
  parts.push(text.slice(from));
  return parts.join("");
}

/** Behind the closing quote; a quote without an end on its line quotes nothing. */
function endOfQuoted(text: string, start: number): number {
  const quote = text[start];
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at];
    if (character === "\\") at += 1;
    else if (character === quote) return at + 1;
    else if (character === "\n") break;
  }
  return start + 1;
}

function endOfComment(text: string, at: number, line: string, block: CommentMarks["block"]): number | undefined {
  // The mark of a block may begin with that of a line, as in Lua.
  if (block !== undefined && text.startsWith(block[0], at)) {
    const end = text.indexOf(block[1], at + block[0].length);
    return end === -1 ? text.length : end + block[1].length;
  }
  if (!text.startsWith(line, at)) return undefined;
  const end = text.indexOf("\n", at);
  return end === -1 ? text.length : end;
}

/** The lines of a program, those that end with a comma together with what follows them: one call of several lines. */
export function joinCalls(lines: readonly string[]): readonly string[] {
  const joined: string[] = [];
  let parts: string[] = [];
  for (const line of lines) {
    parts.push(line);
    const text = line.trim();
    const isOpen = (text.endsWith(",") && !text.startsWith("#")) || (text === "" && parts.length > 1);
    if (isOpen && parts.length < MOST_JOINED) continue;
    joined.push(parts.join(" "));
    parts = [];
  }
  return parts.length === 0 ? joined : [...joined, parts.join(" ")];
}

/** Lines of one call. */
const MOST_JOINED = 50;

/** The quoted texts that follow each other behind commas, up to anything else: `, "~> 1.0", "< 2"`. */
export function listedTexts(text: string): readonly string[] {
  const found: string[] = [];
  for (let left = text; ; ) {
    const match = /^\s{0,100},\s{0,100}\[?\s{0,20}["']([^"'\n]{1,100})["']\s{0,20}\]?(?!\s{0,20}=>)/.exec(
      left.slice(0, 400),
    );
    if (match === null) return found;
    found.push(match[1] ?? "");
    left = left.slice(match[0].length);
  }
}
