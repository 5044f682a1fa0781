import { AmapError, LIMITS } from "../../../base/index.ts";

/** A piece of a text with variables. */
export type TextPart = string | VariablePart;

/** One `{{ … }}`: its text without the braces, in which other variables may stand. */
export interface VariablePart {
  readonly parts: readonly TextPart[];
}

/**
 * Kyverno's own expression for a variable: no backslash before it, and inside braces at most one level of `{ }`. It finds
 * the innermost ones, because braces cannot stand inside otherwise. Linear: a scan never passes over the start of another.
 */
const VARIABLE = /(^|[^\\])(\{\{(?:\{[^{}]*\}|[^{}])*\}\})/g;

/** Stands for a variable that was found, while those around it are looked for: as in Kyverno, what is put in has no braces. */
const PLACE = "\uFFFC";

/**
 * The parts of a text: Kyverno replaces the innermost variables, then those around them, until none is left. This does
 * the same once, with a place instead of each value. Escaped braces lose their backslash.
 * @throws {AmapError} LIMIT_EXCEEDED for variables nested too deeply
 */
export function findVariables(source: string): readonly TextPart[] {
  if (!source.includes("{{")) return [source];
  const found: VariablePart[] = [];
  let text = source;
  let order: VariablePart[] = literalPlaces(source);
  for (let depth = 0; ; depth++) {
    const round = replaceInnermost(text, order, found);
    if (round === undefined) break;
    if (depth >= LIMITS.expressionDepth) {
      const message = `variables are nested deeper than ${LIMITS.expressionDepth} levels`;
      throw new AmapError("LIMIT_EXCEEDED", message);
    }
    ({ text, order } = round);
  }
  return splitAtPlaces(text.replaceAll("\\{{", "{{"), order);
}

/** The character that marks places may stand in a policy's text, too: then it is a part of its own. */
function literalPlaces(source: string): VariablePart[] {
  return source.includes(PLACE) ? Array.from(source.matchAll(/\uFFFC/g), () => LITERAL_PLACE) : [];
}

const LITERAL_PLACE: VariablePart = { parts: [PLACE] };

function replaceInnermost(
  text: string,
  order: readonly VariablePart[],
  found: VariablePart[],
): { readonly text: string; readonly order: VariablePart[] } | undefined {
  const before = found.length;
  const next: VariablePart[] = [];
  let used = 0;
  let at = 0;
  let result = "";
  const take = (part: string): readonly VariablePart[] => {
    const count = countPlaces(part);
    used += count;
    return order.slice(used - count, used);
  };
  for (const match of text.matchAll(VARIABLE)) {
    const braces = match[2] as string;
    const start = match.index + match[0].length - braces.length;
    const between = text.slice(at, start);
    next.push(...take(between));
    // Kyverno takes all double braces out of the variable's text, and so those of an odd third brace.
    const inner = splitAtPlaces(braces.replaceAll("{{", "").replaceAll("}}", ""), take(braces));
    const variable: VariablePart = { parts: inner };
    found.push(variable);
    next.push(variable);
    result += between + PLACE;
    at = start + braces.length;
  }
  if (found.length === before) return undefined;
  const rest = text.slice(at);
  next.push(...take(rest));
  return { text: result + rest, order: next };
}

function countPlaces(text: string): number {
  let count = 0;
  for (let at = text.indexOf(PLACE); at >= 0; at = text.indexOf(PLACE, at + 1)) count++;
  return count;
}

function splitAtPlaces(text: string, order: readonly VariablePart[]): readonly TextPart[] {
  const pieces = text.split(PLACE);
  const parts: TextPart[] = [];
  for (const [index, piece] of pieces.entries()) {
    if (index > 0) {
      const part = order[index - 1] as VariablePart;
      parts.push(part === LITERAL_PLACE ? PLACE : part);
    }
    if (piece !== "") parts.push(piece);
  }
  return joinTexts(parts);
}

/** Texts that stand beside each other become one. */
function joinTexts(parts: readonly TextPart[]): readonly TextPart[] {
  const joined: TextPart[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (typeof part === "string" && typeof last === "string") joined[joined.length - 1] = last + part;
    else joined.push(part);
  }
  return joined.length === 0 ? [""] : joined;
}
