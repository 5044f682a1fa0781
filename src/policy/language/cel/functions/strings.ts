import { CelError } from "../error.ts";
import { type CelCall, type CelContext, type CelFunction, celFunction } from "../function.ts";
import { celTypes } from "../types.ts";
import { CodePoints, GO_ESCAPES, isShortText, isSimpleText, trimText } from "../values/text.ts";
import { FORMAT_FUNCTIONS } from "./format.ts";

const { int, list, string } = celTypes;
const since = "0.1.0";
const COPIED_PER_STEP = 16;
/** What goes through a text character by character takes about eight times as long as a copy. */
const WALKED_PER_STEP = 2;

function walk(text: string, context: CelContext): string {
  context.charge(text.length / WALKED_PER_STEP);
  return text;
}

function pointsOf(text: string, context: CelContext): CodePoints {
  const points = new CodePoints(text);
  if (points.isSplit) walk(text, context);
  return points;
}

function outside(index: number | bigint, length: number): CelError {
  return new CelError("index_out_of_range", `index ${index} is outside a text of ${length}`);
}

function at(index: number | bigint, length: number): number {
  const number = Number(index);
  if (number < 0 || number > length) throw outside(index, length);
  return number;
}

function charAt(text: string, index: number | bigint, context: CelContext): string {
  const points = pointsOf(text, context);
  const start = at(index, points.length);
  return points.slice(start, start + 1);
}

function indexOf(text: string, part: string, from: number | bigint, context: CelContext): number {
  const points = pointsOf(text, context);
  return points.indexOf(part, at(from, points.length));
}

function lastIndexOf(text: string, part: string, from: number | bigint | undefined, context: CelContext): number {
  const points = pointsOf(text, context);
  return points.lastIndexOf(part, from === undefined ? points.length : at(from, points.length));
}

function substring(
  text: string,
  start: number | bigint,
  end: number | bigint | undefined,
  context: CelContext,
): string {
  const points = pointsOf(text, context);
  const from = at(start, points.length);
  const to = end === undefined ? points.length : at(end, points.length);
  if (from > to) throw new CelError("index_out_of_range", `the start ${start} is behind the end ${end}`);
  return points.slice(from, to);
}

function join(texts: readonly string[], separator: string, context: CelContext): string {
  const length = texts.reduce((sum, text) => sum + text.length + separator.length, 0);
  context.charge(texts.length + length / COPIED_PER_STEP);
  return texts.join(separator);
}

function splitAll(text: string, separator: string): string[] {
  return separator === "" ? Array.from(text) : text.split(separator);
}

/** At most `limit` parts, the last one with what is left; all for a negative limit. */
function split(text: string, separator: string, limit: number | bigint, context: CelContext): readonly string[] {
  const parts = splitAll(text, separator);
  context.charge(parts.length);
  if (limit < 0 || parts.length <= limit) return parts;
  if (Number(limit) === 0) return [];
  const kept = parts.slice(0, Number(limit) - 1);
  return [...kept, parts.slice(kept.length).join(separator)];
}

/** The number of all parts, charged as they are: most policies ask only for it (28 ns for an image, to split it 114). */
function countParts(text: string, separator: string, context: CelContext): number {
  if (separator === "") return split(text, separator, -1, context).length;
  let count = 1;
  for (let at = text.indexOf(separator); at !== -1; at = text.indexOf(separator, at + separator.length)) count++;
  context.charge(count);
  return count;
}

interface Replacement {
  readonly old: string;
  readonly by: string;
  readonly limit: number | bigint;
}

function replace(text: string, { old, by, limit }: Replacement, context: CelContext): string {
  // Go: nothing is found before every character and at the end.
  const parts = old === "" ? ["", ...splitAll(text, ""), ""] : splitAll(text, old);
  const places = parts.length - 1;
  const replaced = limit < 0 ? places : Math.min(places, Number(limit));
  context.charge(places + (text.length + replaced * by.length) / COPIED_PER_STEP);
  const head = parts.slice(0, replaced + 1).join(by);
  const tail = parts.slice(replaced + 1);
  return tail.length === 0 ? head : `${head}${old}${tail.join(old)}`;
}

const ASCII_DIFFERENCE = 32;
const NOT_ASCII = /[^\0-\x7f]/;

/** JavaScript's own mapping is three times as fast, and the same where it changes nothing or all is ASCII. */
function lowerAscii(text: string): string {
  const lower = text.toLowerCase();
  return lower === text || !NOT_ASCII.test(text) ? lower : mapAscii(text, /[A-Z]/g, ASCII_DIFFERENCE);
}

function upperAscii(text: string): string {
  const upper = text.toUpperCase();
  return upper === text || !NOT_ASCII.test(text) ? upper : mapAscii(text, /[a-z]/g, -ASCII_DIFFERENCE);
}

function mapAscii(text: string, pattern: RegExp, difference: number): string {
  return text.replace(pattern, (letter) => String.fromCharCode(letter.charCodeAt(0) + difference));
}

const method = { receiver: true, since } as const;

/** The string extension: positions are counted in characters from 0; one outside the text is an error. */
export const STRING_FUNCTIONS: readonly CelFunction[] = [
  celFunction({
    ...method,
    name: "charAt",
    args: [string, int],
    result: string,
    note: "The character at a position; empty at the text's end.",
    example: "'hello'.charAt(4) == 'o'",
    call: charAt,
  }),
  celFunction({
    ...method,
    name: "indexOf",
    args: [string, string],
    result: int,
    note: "The first position of a text, or -1.",
    example: "'hello'.indexOf('l') == 2",
    call: (text, part, context) => indexOf(text, part, 0, context),
    quick: (text, part) => (isSimpleText(text) && isShortText(part) ? text.indexOf(part) : undefined),
  }),
  celFunction({
    ...method,
    name: "indexOf",
    args: [string, string, int],
    result: int,
    note: "The first position of a text from a position on, or -1.",
    example: "'hello'.indexOf('l', 3) == 3",
    call: indexOf,
  }),
  celFunction({
    ...method,
    name: "lastIndexOf",
    args: [string, string],
    result: int,
    note: "The last position of a text, or -1.",
    example: "'hello'.lastIndexOf('l') == 3",
    call: (text, part, context) => lastIndexOf(text, part, undefined, context),
    quick: (text, part) => (isSimpleText(text) && isShortText(part) ? text.lastIndexOf(part) : undefined),
  }),
  celFunction({
    ...method,
    name: "lastIndexOf",
    args: [string, string, int],
    result: int,
    note: "The last position of a text that is not behind a position, or -1.",
    example: "'hello'.lastIndexOf('l', 2) == 2",
    call: lastIndexOf,
  }),
  celFunction({
    ...method,
    name: "join",
    args: [list(string)],
    result: string,
    note: "The texts one behind the other.",
    example: "['a', 'b'].join() == 'ab'",
    call: (texts, context) => join(texts, "", context),
  }),
  celFunction({
    ...method,
    name: "join",
    args: [list(string), string],
    result: string,
    note: "The texts with a separator between them.",
    example: "['a', 'b'].join(', ') == 'a, b'",
    call: join,
  }),
  celFunction({
    ...method,
    name: "lowerAscii",
    args: [string],
    result: string,
    note: "With A to Z in lower case, all else as it is.",
    example: "'TacoÉ'.lowerAscii() == 'tacoÉ'",
    call: (text, context) => lowerAscii(walk(text, context)),
  }),
  celFunction({
    ...method,
    name: "upperAscii",
    args: [string],
    result: string,
    note: "With a to z in upper case, all else as it is.",
    example: "'tacoé'.upperAscii() == 'TACOé'",
    call: (text, context) => upperAscii(walk(text, context)),
  }),
  celFunction({
    ...method,
    name: "replace",
    args: [string, string, string],
    result: string,
    note: "With every place of a text replaced by another.",
    example: "'hello'.replace('l', 'L') == 'heLLo'",
    call: (text, old, by, context) => replace(text, { old, by, limit: -1 }, context),
  }),
  celFunction({
    ...method,
    name: "replace",
    args: [string, string, string, int],
    result: string,
    note: "With the first places, at most so many, of a text replaced by another; a negative number means all.",
    example: "'hello'.replace('l', 'L', 1) == 'heLlo'",
    call: (text, old, by, limit, context) => replace(text, { old, by, limit }, context),
  }),
  celFunction({
    ...method,
    name: "split",
    args: [string, string],
    result: list(string),
    note: "The parts between the places of a separator; the characters when it is empty.",
    example: "'a,b'.split(',') == ['a', 'b']",
    call: (text, separator, context) => split(text, separator, -1, context),
    count: countParts as CelCall,
  }),
  celFunction({
    ...method,
    name: "split",
    args: [string, string, int],
    result: list(string),
    note: "At most so many parts, the last one with all that is left.",
    example: "'a,b,c'.split(',', 2) == ['a', 'b,c']",
    call: split,
  }),
  celFunction({
    ...method,
    name: "substring",
    args: [string, int],
    result: string,
    note: "The text from a position on.",
    example: "'hello'.substring(3) == 'lo'",
    call: (text, start, context) => substring(text, start, undefined, context),
    quick: (text, start) =>
      isSimpleText(text) && Number.isSafeInteger(start) && (start as number) >= 0 && (start as number) <= text.length
        ? text.slice(start as number)
        : undefined,
  }),
  celFunction({
    ...method,
    name: "substring",
    args: [string, int, int],
    result: string,
    note: "The text from one position to before another.",
    example: "'hello'.substring(1, 3) == 'el'",
    call: substring,
  }),
  celFunction({
    ...method,
    name: "trim",
    args: [string],
    result: string,
    note: "Without white space at both ends.",
    example: "' a b\\n'.trim() == 'a b'",
    call: trimText,
  }),
  celFunction({
    ...method,
    name: "reverse",
    args: [string],
    result: string,
    note: "The characters from last to first.",
    example: "'abc'.reverse() == 'cba'",
    call: (text, context) => Array.from(walk(text, context)).toReversed().join(""),
  }),
  celFunction({
    name: "strings.quote",
    args: [string],
    result: string,
    note: "Between double quotes, with what is special in a string literal escaped.",
    example: `strings.quote('a"b') == '"a\\\\"b"'`,
    since,
    call: (text, context) => {
      return `"${Array.from(walk(text, context).toWellFormed(), (unit) => GO_ESCAPES.get(unit) ?? unit).join("")}"`;
    },
  }),
  ...FORMAT_FUNCTIONS,
];
