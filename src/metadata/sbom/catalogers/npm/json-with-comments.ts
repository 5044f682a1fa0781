/**
 * JSON with comments and commas before closing brackets (JSONC) as plain JSON: spaces stand for what is left out, so that
 * places in error messages stay true.
 */
export function toPlainJson(text: string): string {
  return withoutLastCommas(withoutComments(text));
}

function withoutComments(text: string): string {
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length; ) {
    const character = text[at];
    const next = text[at + 1];
    if (character === '"') {
      at = endOfString(text, at);
    } else if (character === "/" && (next === "/" || next === "*")) {
      const end = text.indexOf(next === "/" ? "\n" : "*/", at + 2);
      const stop = end === -1 ? text.length : next === "/" ? end : end + 2;
      parts.push(text.slice(from, at), text.slice(at, stop).replaceAll(/[^\n]/g, " "));
      from = stop;
      at = stop;
    } else at += 1;
  }
  return parts.join("") + text.slice(from);
}

function withoutLastCommas(text: string): string {
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length; ) {
    if (text[at] === '"') {
      at = endOfString(text, at);
      continue;
    }
    if (text[at] !== ",") {
      at += 1;
      continue;
    }
    let next = at + 1;
    while (isSpace(text.charCodeAt(next))) next += 1;
    if (text[next] === "}" || text[next] === "]") {
      parts.push(text.slice(from, at), " ");
      from = at + 1;
    }
    at = next;
  }
  return parts.join("") + text.slice(from);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** The place behind a string's closing quote. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}
