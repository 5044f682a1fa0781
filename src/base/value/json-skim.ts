import { concatBytes, decodeUtf8, encodeUtf8, isUtf8Text } from "../bytes/text.ts";
import { AmapError, isAmapError } from "../errors/amap-error.ts";
import { LIMITS } from "../limits.ts";
import { readJsonFast } from "./json-fast.ts";
import { readJson } from "./json-reader.ts";
import { depthLimit, type ReadOptions } from "./source.ts";
import { isValueObject, type Value } from "./value.ts";

/** Where a member stands in the bytes of a document. */
interface SkimmedMember {
  readonly key: string;
  readonly start: number;
  readonly end: number;
  /** Of a list of objects: where they begin and end, one after the other. */
  readonly items: readonly number[] | undefined;
}

/**
 * The members of the object that a document is, with the places of their values; undefined where the document is not
 * surely one that the strict reader accepts. What it cannot decide by a look (an escaped key, half of a surrogate pair, two
 * keys that seem alike, any error) is left to that reader, which is slower and makes a string of the whole.
 */
export function skimMembers(bytes: Uint8Array, maxDepth: number): readonly SkimmedMember[] | undefined {
  if (!isUtf8Text(bytes)) return undefined;
  const skimmer = new Skimmer(bytes, maxDepth);
  return skimmer.document() ? skimmer.members : undefined;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const SIMPLE_ESCAPES: ReadonlySet<number> = new Set(Array.from('"\\/bfnrt', (character) => character.charCodeAt(0)));
/** Digits that every number of that length fits a double with. */
const PLAIN_DIGITS = 15;
/** Keys of one object that are compared with one another; more are compared by their hashes. */
const FEW_KEYS = 8;

/** Each step says whether it understood what it read; after the first that did not nothing counts. */
class Skimmer {
  readonly members: SkimmedMember[] = [];
  /** The inside of strings of `cutLength` or more that have no escapes. */
  readonly cuts: { readonly start: number; readonly end: number }[] = [];
  hasUnicodeEscapes = false;
  /** Whether it stopped because there was too much beside the long strings. */
  isOverLimit = false;
  readonly #cutLength: number;
  readonly #maxRestBytes: number;
  #longBytes = 0;
  readonly #bytes: Uint8Array;
  readonly #maxDepth: number;
  #position = 0;
  #depth = 0;
  /** Where the objects of a list begin and end that is a member of the document's object. */
  #items: number[] | undefined;

  constructor(
    bytes: Uint8Array,
    maxDepth: number,
    cutLength = Number.POSITIVE_INFINITY,
    maxRestBytes = Number.POSITIVE_INFINITY,
  ) {
    this.#bytes = bytes;
    this.#maxDepth = maxDepth;
    this.#cutLength = cutLength;
    this.#maxRestBytes = maxRestBytes;
  }

  document(): boolean {
    this.#skipSpace();
    if (this.#bytes[this.#position] !== 0x7b || !this.#value()) return false;
    this.#skipSpace();
    return this.#position === this.#bytes.length;
  }

  #value(): boolean {
    this.#skipSpace();
    this.isOverLimit ||= this.#position - this.#longBytes > this.#maxRestBytes;
    if (this.isOverLimit) return false;
    switch (this.#bytes[this.#position]) {
      case QUOTE:
        return this.#string();
      case 0x7b:
        return this.#nested(0x7d);
      case 0x5b:
        return this.#nested(0x5d);
      case 0x74:
        return this.#literal("true");
      case 0x66:
        return this.#literal("false");
      case 0x6e:
        return this.#literal("null");
      default:
        return this.#number();
    }
  }

  #nested(close: number): boolean {
    if (++this.#depth > this.#maxDepth) return false;
    this.#position++;
    const understood = this.#take(close) || (close === 0x7d ? this.#object() : this.#list());
    this.#depth--;
    return understood;
  }

  #object(): boolean {
    const keys = new Keys(this.#bytes);
    do {
      this.#skipSpace();
      const start = this.#position + 1;
      if (this.#bytes[this.#position] !== QUOTE || !this.#plainKey()) return false;
      const end = this.#position - 1;
      if (!keys.add(start, end) || !this.#take(COLON)) return false;
      this.#skipSpace();
      const valueStart = this.#position;
      if (this.#depth === 1) this.#items = undefined;
      if (!this.#value()) return false;
      if (this.#depth === 1) {
        const key = decodeUtf8(this.#bytes.subarray(start, end));
        if (key === undefined) return false;
        this.members.push({ key, start: valueStart, end: this.#position, items: this.#items });
      }
    } while (this.#take(COMMA));
    return this.#take(0x7d);
  }

  #list(): boolean {
    let items: number[] | undefined = this.#depth === 2 ? [] : undefined;
    do {
      this.#skipSpace();
      const start = this.#position;
      // Of short items the places would be larger than the values.
      if (this.#bytes[start] !== 0x7b) items = undefined;
      if (!this.#value()) return false;
      items?.push(start, this.#position);
    } while (this.#take(COMMA));
    if (items !== undefined) this.#items = items;
    return this.#take(0x5d);
  }

  /** A key without escapes, which is not the one that is never accepted. */
  #plainKey(): boolean {
    const bytes = this.#bytes;
    const start = this.#position + 1;
    let at = start;
    for (let code = bytes[at]; code !== QUOTE; code = bytes[++at]) {
      if (code === undefined || code < 0x20 || code === BACKSLASH) return false;
    }
    this.#position = at + 1;
    return at - start !== 9 || bytes[start] !== 0x5f;
  }

  #string(): boolean {
    const bytes = this.#bytes;
    const start = this.#position + 1;
    let at = start;
    let hasEscapes = false;
    for (let code = bytes[at]; code !== QUOTE; code = bytes[at]) {
      if (code === undefined || code < 0x20) return false;
      if (code !== BACKSLASH) {
        at++;
        continue;
      }
      hasEscapes = true;
      const length = SIMPLE_ESCAPES.has(bytes[at + 1] ?? 0) ? 2 : unicodeEscapeLength(bytes, at);
      if (length === 0) return false;
      if (length > 2) this.hasUnicodeEscapes = true;
      at += length;
    }
    if (at - start >= this.#cutLength) {
      this.#longBytes += at - start;
      if (!hasEscapes) this.cuts.push({ start, end: at });
    }
    this.#position = at + 1;
    return true;
  }

  #literal(word: string): boolean {
    for (let index = 0; index < word.length; index++) {
      if (this.#bytes[this.#position + index] !== word.charCodeAt(index)) return false;
    }
    this.#position += word.length;
    return true;
  }

  /** A short number in the usual form; what is longer, or has an exponent, is read by the strict reader. */
  #number(): boolean {
    const bytes = this.#bytes;
    const start = this.#position;
    let at = bytes[start] === 0x2d ? start + 1 : start;
    const first = at;
    while (isDigit(bytes[at])) at++;
    const digits = at - first;
    if (digits === 0 || (digits > 1 && bytes[first] === 0x30)) return false;
    let isShort = digits <= PLAIN_DIGITS;
    if (bytes[at] === 0x2e) {
      const point = at++;
      while (isDigit(bytes[at])) at++;
      if (at === point + 1) return false;
      isShort &&= at - point <= PLAIN_DIGITS;
    }
    const end = at;
    while (isNumberPart(bytes[at])) at++;
    this.#position = at;
    return (isShort && at === end) || isNumber(bytes.subarray(start, at));
  }

  #take(code: number): boolean {
    this.#skipSpace();
    if (this.#bytes[this.#position] !== code) return false;
    this.#position++;
    return true;
  }

  #skipSpace(): void {
    const bytes = this.#bytes;
    let at = this.#position;
    for (let code = bytes[at]; code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09; code = bytes[at]) at++;
    this.#position = at;
  }
}

/** The keys of one object, as places in the bytes. */
class Keys {
  readonly #bytes: Uint8Array;
  readonly #places: number[] = [];
  #hashes: Set<number> | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** False where the key may be there already. */
  add(start: number, end: number): boolean {
    if (this.#hashes === undefined) {
      for (let index = 0; index < this.#places.length; index += 2) {
        if (this.#isSame(this.#places[index] ?? 0, this.#places[index + 1] ?? 0, start, end)) return false;
      }
      this.#places.push(start, end);
      if (this.#places.length > 2 * FEW_KEYS) this.#startHashes();
      return true;
    }
    const hash = this.#hashOf(start, end);
    if (this.#hashes.has(hash)) return false;
    this.#hashes.add(hash);
    return true;
  }

  #startHashes(): void {
    this.#hashes = new Set();
    for (let index = 0; index < this.#places.length; index += 2) {
      this.#hashes.add(this.#hashOf(this.#places[index] ?? 0, this.#places[index + 1] ?? 0));
    }
  }

  #isSame(start: number, end: number, otherStart: number, otherEnd: number): boolean {
    if (end - start !== otherEnd - otherStart) return false;
    for (let at = 0; at < end - start; at++) {
      if (this.#bytes[start + at] !== this.#bytes[otherStart + at]) return false;
    }
    return true;
  }

  /** 52 bits: two keys that differ may share it, and are then left to the strict reader. */
  #hashOf(start: number, end: number): number {
    let low = 0x811c9dc5;
    let high = end - start;
    for (let at = start; at < end; at++) {
      const byte = this.#bytes[at] ?? 0;
      low = Math.imul(low ^ byte, 0x01000193);
      high = Math.imul(high + byte, 0x85ebca6b);
    }
    return (low >>> 0) * 0x100000 + (high >>> 12);
  }
}

/** The length of `\uXXXX`, or of two of them that are a pair; 0 where it is neither, or half of a pair. */
function unicodeEscapeLength(bytes: Uint8Array, start: number): number {
  const first = codeOfEscape(bytes, start);
  if (first === undefined || (first & 0xfc00) === 0xdc00) return 0;
  if ((first & 0xfc00) !== 0xd800) return 6;
  const second = codeOfEscape(bytes, start + 6) ?? 0;
  return (second & 0xfc00) === 0xdc00 ? 12 : 0;
}

function codeOfEscape(bytes: Uint8Array, start: number): number | undefined {
  if (bytes[start] !== BACKSLASH || bytes[start + 1] !== 0x75) return undefined;
  let code = 0;
  for (let at = start + 2; at < start + 6; at++) {
    const lower = (bytes[at] ?? 0) | 0x20;
    if (isDigit(bytes[at])) code = code * 16 + (bytes[at] ?? 0) - 0x30;
    else if (lower >= 0x61 && lower <= 0x66) code = code * 16 + lower - 0x57;
    else return undefined;
  }
  return code;
}

function isNumber(token: Uint8Array): boolean {
  try {
    readJson(token);
    return true;
  } catch (error) {
    if (!isAmapError(error)) throw error;
    return false;
  }
}

function isDigit(code: number | undefined): boolean {
  return code !== undefined && code >= 0x30 && code <= 0x39;
}

function isNumberPart(code: number | undefined): boolean {
  return isDigit(code) || code === 0x2b || code === 0x2d || code === 0x2e || code === 0x65 || code === 0x45;
}

/**
 * The object of a document as {@link readJson} reads it, without the member `name`: that one is held to be valid in every
 * way, and nothing is made of it. `hasMember` says whether it is there. For documents whose one large member may never be
 * asked for: neither it nor the document becomes a string.
 * @throws {AmapError} JSON_INVALID (with line and column), LIMIT_EXCEEDED (bytes, depth)
 * @example
 * ```ts
 * import { encodeUtf8, readJsonWithout } from "../index.ts";
 * readJsonWithout(encodeUtf8('{"predicate": {"a": [1]}, "type": "t"}'), "predicate").value; // { type: "t" }
 * ```
 */
export function readJsonWithout(
  bytes: Uint8Array,
  name: string,
  options: ReadOptions = {},
): { readonly value: Value; readonly hasMember: boolean } {
  const isSmall = bytes.length <= Math.min(options.maxBytes ?? LIMITS.documentBytes, LIMITS.documentBytes);
  const members = isSmall ? skimMembers(bytes, depthLimit(options)) : undefined;
  if (members === undefined) return withoutMember(readJson(bytes, options), name);
  const value: Record<string, Value> = {};
  for (const { key, start, end } of members) {
    if (key !== name) value[key] = readJson(bytes.subarray(start, end), options);
  }
  return { value, hasMember: members.some(({ key }) => key === name) };
}

function withoutMember(document: Value, name: string): { readonly value: Value; readonly hasMember: boolean } {
  if (!isValueObject(document) || !Object.hasOwn(document, name)) return { value: document, hasMember: false };
  const { [name]: _, ...value } = document;
  return { value, hasMember: true };
}

/** A document without its large strings. */
export interface CutDocument {
  /** Where a large string stood there is a short one: the key of what was cut. */
  readonly value: Value;
  /** The strings as bytes of the document, by what stands for them. */
  readonly cuts: ReadonlyMap<string, Uint8Array>;
}

/** As {@link ReadOptions}, for a document with long strings. */
export interface CutOptions extends ReadOptions {
  /**
   * Bytes beside the strings of `cutLength` or more; no limit when left out. Values cost many times the memory of their
   * text, so this is what keeps a document of strangers small. One that cannot be surely told apart counts whole.
   */
  readonly maxRestBytes?: number;
}

/**
 * A document as {@link readJsonFast} reads it, but for strings of `cutLength` bytes or more without escapes: they stay
 * views on the document's bytes. What stands for them is text that the document itself does not hold. For envelopes
 * whose payload is many megabytes of base64. Small documents, and any that is not surely valid, are read whole.
 * @throws {AmapError} JSON_INVALID (with line and column), LIMIT_EXCEEDED (bytes, depth)
 * @example
 * ```ts
 * import { encodeUtf8, readJsonCut } from "../index.ts";
 * const { value, cuts } = readJsonCut(encodeUtf8('{"payload":"AAAABBBB","type":"t"}'), 8);
 * cuts.size; // 1
 * ```
 */
export function readJsonCut(bytes: Uint8Array, cutLength: number, options: CutOptions = {}): CutDocument {
  const maxBytes = Math.min(options.maxBytes ?? LIMITS.documentBytes, LIMITS.documentBytes);
  if (bytes.length < cutLength || bytes.length > maxBytes || !isUtf8Text(bytes)) return whole(bytes, options);
  const { maxRestBytes = maxBytes } = options;
  const skimmer = new Skimmer(bytes, depthLimit(options), cutLength, maxRestBytes);
  const isUnderstood = skimmer.document();
  if (skimmer.isOverLimit || (!isUnderstood && bytes.length > maxRestBytes)) {
    const found = skimmer.isOverLimit ? "found more" : "found a document that may have more";
    throw new AmapError("LIMIT_EXCEEDED", `expected at most ${maxRestBytes} bytes beside long strings, ${found}`);
  }
  // A NUL can stand in JSON only as an escape, so without such escapes nothing else is like what stands for a cut.
  if (!isUnderstood || skimmer.hasUnicodeEscapes) return whole(bytes, options);
  const parts: Uint8Array[] = [];
  const cuts = new Map<string, Uint8Array>();
  let position = 0;
  for (const [index, { start, end }] of skimmer.cuts.entries()) {
    parts.push(bytes.subarray(position, start), encodeUtf8(`\\u0000${index}`));
    cuts.set(`\u0000${index}`, bytes.subarray(start, end));
    position = end;
  }
  parts.push(bytes.subarray(position));
  return { value: readJsonFast(concatBytes(parts), options), cuts };
}

function whole(bytes: Uint8Array, options: ReadOptions): CutDocument {
  return { value: readJsonFast(bytes, options), cuts: new Map() };
}
