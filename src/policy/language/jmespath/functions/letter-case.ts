/** Greek letters with an iota below, whose capital is one letter in Go and two in JavaScript: small → capital. */
const IOTA_RANGES: readonly (readonly [first: number, last: number, offset: number])[] = [
  [0x1f80, 0x1f87, 8],
  [0x1f90, 0x1f97, 8],
  [0x1fa0, 0x1fa7, 8],
  [0x1fb3, 0x1fb3, 9],
  [0x1fc3, 0x1fc3, 9],
  [0x1ff3, 0x1ff3, 9],
];
const CAPITAL_I_WITH_DOT = "\u0130";
const SMALL_DOTLESS_I = "\u0131";
const ASCII = /^[\0-\x7f]*$/;

/** Letter by letter, as Go does it: a letter whose capital is two letters (ß) stays. */
export function toUpperLetters(text: string): string {
  return ASCII.test(text) ? text.toUpperCase() : mapLetters(text, upperOf);
}

/** Letter by letter, as Go does it: a sigma at the end of a word is no exception. */
export function toLowerLetters(text: string): string {
  return ASCII.test(text) ? text.toLowerCase() : mapLetters(text, lowerOf);
}

/** The text with each letter as one of those that differ from it by case alone, the same one for all of them. */
export function foldLetters(text: string): string {
  return ASCII.test(text) ? text.toLowerCase() : mapLetters(text, foldOf);
}

function mapLetters(text: string, map: (letter: string) => string): string {
  let mapped = "";
  for (const letter of text) mapped += map(letter);
  return mapped;
}

function upperOf(letter: string): string {
  const code = letter.codePointAt(0) as number;
  for (const [first, last, offset] of IOTA_RANGES) {
    if (code >= first && code <= last) return String.fromCodePoint(code + offset);
  }
  return single(letter.toUpperCase()) ?? letter;
}

function lowerOf(letter: string): string {
  return letter === CAPITAL_I_WITH_DOT ? "i" : (single(letter.toLowerCase()) ?? letter);
}

/** The dotted and the dotless i are letters of their own here, whatever their capitals and small letters are. */
function foldOf(letter: string): string {
  if (letter === CAPITAL_I_WITH_DOT || letter === SMALL_DOTLESS_I) return letter;
  return lowerOf(upperOf(letter));
}

function single(text: string): string | undefined {
  const code = text.codePointAt(0) as number;
  return text.length === (code > 0xffff ? 2 : 1) ? text : undefined;
}
