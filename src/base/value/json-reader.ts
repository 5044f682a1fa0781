import type { AmapError } from "../errors/amap-error.ts";
import { numberOf } from "./number.ts";
import { depthLimit, errorAt, excerpt, type ReadOptions, sourceText } from "./source.ts";
import type { Value } from "./value.ts";

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const HEX4 = /[0-9a-fA-F]{4}/y;
const SIMPLE_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

/**
 * Reads one JSON document (RFC 8259) into the value tree, strictly: a key that occurs twice or is `__proto__`, half of a
 * surrogate pair, bytes that are not UTF-8, a byte order mark and a number beyond the range of a double are refused.
 * Integers keep every digit (bigint above 2^53), `1.0` and `1e3` stay apart from integers, `-0` is the integer 0.
 * Objects keep the order of their keys, except that keys that are array indexes (`"7"`) come first, as in JavaScript.
 * @throws {AmapError} JSON_INVALID (with line and column), LIMIT_EXCEEDED (bytes, depth)
 * @see docs/adr/0003-values.md
 * @example
 * ```ts
 * import { readJson } from "../index.ts";
 * readJson('{"replicas": 3, "uid": 9007199254740993}'); // { replicas: 3, uid: 9007199254740993n }
 * ```
 */
export function readJson(input: Uint8Array | string, options: ReadOptions = {}): Value {
  return new Reader(sourceText(input, options, "JSON_INVALID"), depthLimit(options)).document();
}

class Reader {
  readonly text: string;
  readonly maxDepth: number;
  position = 0;
  depth = 0;

  constructor(text: string, maxDepth: number) {
    this.text = text;
    this.maxDepth = maxDepth;
  }

  document(): Value {
    if (this.text.charCodeAt(0) === 0xfeff) throw this.error("expected JSON, found a byte order mark");
    const value = this.value();
    this.skipSpace();
    if (this.position < this.text.length) throw this.unexpected("the end of the document");
    return value;
  }

  value(): Value {
    this.skipSpace();
    switch (this.text.charCodeAt(this.position)) {
      case 0x22:
        return this.string();
      case 0x7b:
        return this.nested(() => this.object());
      case 0x5b:
        return this.nested(() => this.list());
      case 0x74:
        return this.literal("true", true);
      case 0x66:
        return this.literal("false", false);
      case 0x6e:
        return this.literal("null", null);
      default:
        return this.number();
    }
  }

  nested<T>(read: () => T): T {
    if (++this.depth > this.maxDepth) {
      throw errorAt(
        "LIMIT_EXCEEDED",
        this.text,
        this.position,
        `expected nesting of at most ${this.maxDepth}, found more`,
      );
    }
    this.position++;
    const value = read();
    this.depth--;
    return value;
  }

  object(): Value {
    const members: Record<string, Value> = {};
    if (this.take(0x7d)) return members;
    do {
      this.skipSpace();
      const keyPosition = this.position;
      if (this.text.charCodeAt(this.position) !== 0x22) throw this.unexpected("a key in double quotes");
      const key = this.string();
      if (key === "__proto__") throw this.error("the key __proto__ is not accepted", keyPosition);
      if (Object.hasOwn(members, key)) throw this.error(`the key ${excerpt(key)} occurs twice`, keyPosition);
      if (!this.take(0x3a)) throw this.unexpected("a colon");
      members[key] = this.value();
    } while (this.take(0x2c));
    if (!this.take(0x7d)) throw this.unexpected("a comma or }");
    return members;
  }

  list(): Value {
    const items: Value[] = [];
    if (this.take(0x5d)) return items;
    do items.push(this.value());
    while (this.take(0x2c));
    if (!this.take(0x5d)) throw this.unexpected("a comma or ]");
    return items;
  }

  literal<T extends Value>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.position)) throw this.unexpected("a value");
    this.position += word.length;
    return value;
  }

  number(): Value {
    NUMBER.lastIndex = this.position;
    const token = NUMBER.exec(this.text)?.[0];
    if (token === undefined) throw this.unexpected("a value");
    const value = numberOf(token);
    if (value === undefined) throw this.error(`the number ${excerpt(token)} is too large`);
    this.position += token.length;
    return value;
  }

  string(): string {
    const { text } = this;
    const start = this.position + 1;
    for (let at = start; ; at++) {
      const code = text.charCodeAt(at);
      if (code === 0x22) {
        this.position = at + 1;
        return text.slice(start, at);
      }
      if (code === 0x5c) return this.escapedString(start, at);
      // NaN (the end of the text) also fails this comparison.
      if (!(code >= 0x20)) throw this.badCharacter(at);
    }
  }

  escapedString(start: number, firstEscape: number): string {
    const { text } = this;
    let result = "";
    let runStart = start;
    let at = firstEscape;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === 0x22) break;
      if (!(code >= 0x20)) throw this.badCharacter(at);
      if (code !== 0x5c) {
        at++;
        continue;
      }
      result += text.slice(runStart, at);
      const escape = text.charAt(at + 1);
      if (escape === "u") {
        result += String.fromCharCode(this.hex4(at));
        at += 6;
      } else {
        const character = SIMPLE_ESCAPES.get(escape);
        if (character === undefined) throw this.error(`unknown escape ${excerpt(`\\${escape}`)}`, at);
        result += character;
        at += 2;
      }
      runStart = at;
    }
    result += text.slice(runStart, at);
    this.position = at + 1;
    if (!result.isWellFormed()) throw this.error("expected Unicode text, found half of a surrogate pair", start - 1);
    return result;
  }

  hex4(backslash: number): number {
    HEX4.lastIndex = backslash + 2;
    const digits = HEX4.exec(this.text)?.[0];
    if (digits === undefined) throw this.error("expected four hex digits after \\u", backslash);
    return Number.parseInt(digits, 16);
  }

  take(code: number): boolean {
    this.skipSpace();
    if (this.text.charCodeAt(this.position) !== code) return false;
    this.position++;
    return true;
  }

  skipSpace(): void {
    const { text } = this;
    let at = this.position;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) break;
      at++;
    }
    this.position = at;
  }

  badCharacter(at: number): AmapError {
    return at >= this.text.length
      ? this.error("a string has no end", at)
      : this.error("a control character must be escaped in a string", at);
  }

  unexpected(expected: string): AmapError {
    const found =
      this.position >= this.text.length ? "the end" : excerpt(this.text.charAt(this.position).toWellFormed());
    return this.error(`expected ${expected}, found ${found}`);
  }

  error(message: string, at = this.position): AmapError {
    return errorAt("JSON_INVALID", this.text, at, message);
  }
}
