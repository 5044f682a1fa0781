import { decodeBase64, decodeUtf8 } from "../../../../base/index.ts";

const LINE_END = /[\r\n]/g;
const QUANTUM = 4;
const ALPHABET = /[A-Za-z0-9+/]/;

/**
 * The bytes of standard base64 as Go reads it: line ends are passed over, padding is needed, bits that the padding cuts
 * off may be anything. For another text, the place of the first byte that Go finds wrong.
 */
export function decodeGoBase64(text: string): Uint8Array | number {
  const digits = text.replace(LINE_END, "");
  const strict = decodeBase64(digits);
  if (strict !== undefined) return strict;
  const wrong = firstWrong(text);
  if (wrong !== undefined) return wrong;
  return decodeBase64(withoutStrayBits(digits)) ?? 0;
}

/** The same digits, the last one without the bits that stand for nothing. */
function withoutStrayBits(digits: string): string {
  const end = digits.indexOf("=");
  const bits = digits.length - end === 1 ? 0b111100 : 0b110000;
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const last = letters[letters.indexOf(digits[end - 1] as string) & bits] as string;
  return digits.slice(0, end - 1) + last + digits.slice(end);
}

/** Go counts bytes of UTF-8, but what stands before the first wrong one is ASCII. */
function firstWrong(text: string): number | undefined {
  let inQuantum = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text[at] as string;
    if (unit === "\n" || unit === "\r") continue;
    if (unit === "=") return inQuantum < 2 ? at : wrongPadding(text, at, inQuantum);
    if (!ALPHABET.test(unit)) return at;
    inQuantum = (inQuantum + 1) % QUANTUM;
  }
  return inQuantum === 0 ? undefined : text.length - inQuantum;
}

/** The padding from its first sign on: a second one where it is needed, then nothing. */
function wrongPadding(text: string, first: number, inQuantum: number): number | undefined {
  let at = skipLineEnds(text, first + 1);
  if (inQuantum === 2) {
    if (at === text.length) return text.length;
    if (text[at] !== "=") return at - 1;
    at = skipLineEnds(text, at + 1);
  }
  return at < text.length ? at : undefined;
}

function skipLineEnds(text: string, from: number): number {
  let at = from;
  while (text[at] === "\n" || text[at] === "\r") at++;
  return at;
}

/** UTF-8 as text, each byte that belongs to no character as U+FFFD of its own, as Go counts and writes them. */
export function decodeGoText(bytes: Uint8Array): string {
  const whole = decodeUtf8(bytes);
  if (whole !== undefined) return whole;
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = characterLength(bytes, at);
    if (length === 0) {
      parts.push(decodeUtf8(bytes.subarray(from, at)) as string, "\ufffd");
      from = at + 1;
    }
    at += length || 1;
  }
  parts.push(decodeUtf8(bytes.subarray(from)) as string);
  return parts.join("");
}

/** The number of bytes of the character that begins here (RFC 3629, section 4), or 0. */
function characterLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  // Neither a longer form of a shorter character, nor half of a surrogate pair, nor beyond U+10FFFF.
  const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  for (let index = 1; index < length; index++) {
    const next = bytes[at + index] ?? 0;
    if (next < (index === 1 ? lowest : 0x80) || next > (index === 1 ? highest : 0xbf)) return 0;
  }
  return length;
}
