import { AmapError, readYaml, type Value } from "../../../base/index.ts";

/** A part of a text of a GeneratingPolicy's template: as it stands, or the CEL of a `(( … ))`. */
export type TemplateSegment = { readonly text: string } | { readonly expression: string };

const OPEN = "((";
const ESCAPED = "\\((";

/** Whether a text has a placeholder, or an escaped one: `\((` stands for `((`. */
export function hasMark(text: string): boolean {
  return text.includes(OPEN);
}

/** Whether a text has a placeholder that is not escaped. */
export function hasPlaceholder(text: string): boolean {
  return hasMark(text.replaceAll(ESCAPED, " "));
}

/**
 * The parts of a text with placeholders, in order; empty texts are left out. Parentheses and quoted texts within an
 * expression do not end it.
 * @throws {AmapError} POLICY_INVALID
 */
export function splitPlaceholders(text: string): readonly TemplateSegment[] {
  const segments: TemplateSegment[] = [];
  let literal = "";
  let index = 0;
  while (index < text.length) {
    if (text.startsWith(ESCAPED, index)) {
      literal += OPEN;
      index += ESCAPED.length;
    } else if (text.startsWith(OPEN, index)) {
      if (literal !== "") segments.push({ text: literal });
      literal = "";
      const end = placeholderEnd(text, index);
      segments.push({ expression: expressionOf(text, index, end) });
      index = end + 2;
    } else {
      const next = nextMark(text, index);
      literal += text.slice(index, next);
      index = next;
    }
  }
  if (literal !== "") segments.push({ text: literal });
  return segments;
}

/** Where the next placeholder, or the next backslash, is. */
function nextMark(text: string, index: number): number {
  for (let at = index + 1; at < text.length; at++) {
    if (text[at] === "\\" || text.startsWith(OPEN, at)) return at;
  }
  return text.length;
}

function expressionOf(text: string, start: number, end: number): string {
  const expression = text.slice(start + OPEN.length, end).trim();
  if (expression === "")
    throw invalid(`expected an expression in the placeholder at character ${start + 1}, found none`);
  return expression;
}

/** Where the `))` is that ends the placeholder at `start`. */
function placeholderEnd(text: string, start: number): number {
  let depth = 0;
  let quote = "";
  for (let at = start + OPEN.length; at < text.length; at++) {
    const char = text.charAt(at);
    if (quote !== "") {
      if (char === "\\") at++;
      else if (char === quote) quote = "";
    } else if (char === '"' || char === "'") quote = char;
    else if (char === "(") depth++;
    else if (char === ")" && depth > 0) depth--;
    else if (char === ")") {
      if (text[at + 1] === ")") return at;
      throw invalid(`the placeholder at character ${start + 1} closes a parenthesis that it does not open`);
    }
  }
  const missing = quote === "" ? "))" : quote;
  throw invalid(`the placeholder at character ${start + 1} does not end: expected ${missing}`);
}

function invalid(message: string): AmapError {
  return new AmapError("POLICY_INVALID", message);
}

/**
 * The documents of a template, as Kyverno reads them: `yes`, `on` and the like are texts.
 * @throws {AmapError} YAML_INVALID, LIMIT_EXCEEDED
 */
export function readTemplate(value: string): readonly Value[] {
  return readYaml(value, { hasPlainWords: true }).filter((document) => document !== null);
}
