/** A reader of protobuf's text format. See https://protobuf.dev/reference/protobuf/textformat-spec/ */
import { type AnySource, type MessageSource, typeNameOfUrl } from "./message.ts";

/** A scalar as it was written; only the schema knows what it is. */
type Scalar =
  | { readonly kind: "string"; readonly bytes: Uint8Array }
  | { readonly kind: "word"; readonly text: string; readonly negative: boolean };

const TOKEN =
  /(?<space>(?:[ \t\r\n\v\f]|#[^\n]*)+)|(?<word>[A-Za-z_][A-Za-z0-9_]*)|(?<number>(?:0[xX][0-9a-fA-F]+|(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[fF]?))|(?<string>"(?:[^"\\\n]|\\[^])*"|'(?:[^'\\\n]|\\[^])*')|(?<mark>[-:;,{}<>[\]./])/y;
const MAX_DEPTH = 100;

interface Token {
  readonly kind: "word" | "number" | "string" | "mark" | "end";
  readonly text: string;
  readonly offset: number;
}

/**
 * The fields of a text-format message.
 * @throws {Error} with the line, where the text is not in the format
 */
export function readTextproto(text: string): MessageSource {
  return new Reader(text).file();
}

class TextMessage implements MessageSource {
  readonly #fields = new Map<string, (Scalar | TextMessage)[]>();

  add(field: string, value: Scalar | TextMessage): void {
    const values = this.#fields.get(field);
    if (values === undefined) this.#fields.set(field, [value]);
    else values.push(value);
  }

  has(field: string): boolean {
    return this.#fields.has(field);
  }

  message(field: string): TextMessage | undefined {
    return this.messages(field).at(-1);
  }

  messages(field: string): readonly TextMessage[] {
    return (this.#fields.get(field) ?? []).map((value) => {
      if (value instanceof TextMessage) return value;
      throw new Error(`${field} is a message, not a scalar`);
    });
  }

  entries(field: string): readonly (readonly [string, MessageSource])[] {
    return this.messages(field).map((entry) => [entry.text("key"), entry.message("value") ?? new TextMessage()]);
  }

  text(field: string): string {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.bytes(field));
  }

  bytes(field: string): Uint8Array {
    const scalar = this.#scalar(field);
    if (scalar === undefined) return new Uint8Array();
    if (scalar.kind === "string") return scalar.bytes;
    throw new Error(`${field} is a string, not ${scalar.text}`);
  }

  integer(field: string): bigint {
    const { text, negative } = this.#word(field, "0");
    const magnitude = /^0[0-7]+$/.test(text) ? BigInt(`0o${text.slice(1)}`) : BigInt(text);
    return negative ? -magnitude : magnitude;
  }

  double(field: string): number {
    const { text, negative } = this.#word(field, "0");
    const magnitude = magnitudeOf(text);
    if (Number.isNaN(magnitude) && !/^nan$/i.test(text)) throw new Error(`${field} is a number, not ${text}`);
    return negative ? -magnitude : magnitude;
  }

  bool(field: string): boolean {
    const { text } = this.#word(field, "false");
    if (["true", "True", "t", "1"].includes(text)) return true;
    if (["false", "False", "f", "0"].includes(text)) return false;
    throw new Error(`${field} is a bool, not ${text}`);
  }

  enumName(field: string): string {
    return this.#word(field, "").text;
  }

  any(field: string): AnySource | undefined {
    const message = this.message(field);
    const url = [...(message?.names() ?? [])].find((name) => name.includes("/"));
    const content = url === undefined ? undefined : message?.message(url);
    return url === undefined || content === undefined ? undefined : { typeName: typeNameOfUrl(url), content };
  }

  names(): Iterable<string> {
    return this.#fields.keys();
  }

  #scalar(field: string): Scalar | undefined {
    const value = this.#fields.get(field)?.at(-1);
    if (value instanceof TextMessage) throw new Error(`${field} is a scalar, not a message`);
    return value;
  }

  #word(field: string, zero: string): Scalar & { readonly kind: "word" } {
    const scalar = this.#scalar(field) ?? { kind: "word", text: zero, negative: false };
    if (scalar.kind === "word") return scalar;
    throw new Error(`${field} is written as a string`);
  }
}

function magnitudeOf(text: string): number {
  if (/^inf(?:inity)?$/i.test(text)) return Number.POSITIVE_INFINITY;
  if (/^0[xX]/.test(text)) return Number(text);
  if (/^0[0-7]+$/.test(text)) return Number(`0o${text.slice(1)}`);
  return Number(text.replace(/[fF]$/, ""));
}

class Reader {
  readonly #text: string;
  #offset = 0;
  #token: Token;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#token = this.#scan();
  }

  file(): TextMessage {
    const message = new TextMessage();
    this.#fields(message, "");
    return message;
  }

  #fields(message: TextMessage, close: string): void {
    while (this.#token.kind !== "end") {
      if (close !== "" && this.#token.text === close && this.#token.kind === "mark") return;
      this.#field(message);
    }
    if (close !== "") throw this.#error(`expected ${close}`);
  }

  #field(message: TextMessage): void {
    const name = this.#fieldName();
    const hasColon = this.#take(":");
    if (this.#is("[")) {
      this.#list(() => message.add(name, this.#value(hasColon)));
    } else {
      message.add(name, this.#value(hasColon));
    }
    if (!this.#take(",")) this.#take(";");
  }

  #fieldName(): string {
    if (!this.#take("[")) return this.#expect("word");
    // An extension's name, or the type's URL of an Any.
    let name = "";
    while (!this.#is("]")) {
      if (this.#token.kind === "end") throw this.#error("expected ]");
      name += this.#next().text;
    }
    this.#next();
    return name;
  }

  #list(element: () => void): void {
    this.#next();
    if (this.#take("]")) return;
    do element();
    while (this.#take(","));
    if (!this.#take("]")) throw this.#error("expected , or ]");
  }

  #value(hasColon: boolean): Scalar | TextMessage {
    const close = this.#is("{") ? "}" : this.#is("<") ? ">" : undefined;
    if (close !== undefined) return this.#message(close);
    if (!hasColon) throw this.#error("expected : before a scalar");
    return this.#scalar();
  }

  #message(close: string): TextMessage {
    if (++this.#depth > MAX_DEPTH) throw this.#error("nested too deep");
    this.#next();
    const message = new TextMessage();
    this.#fields(message, close);
    this.#next();
    this.#depth--;
    return message;
  }

  #scalar(): Scalar {
    if (this.#token.kind === "string") {
      const parts: number[] = [];
      while (this.#token.kind === "string") parts.push(...this.#unquote(this.#next()));
      return { kind: "string", bytes: Uint8Array.from(parts) };
    }
    const negative = this.#take("-");
    const token = this.#next();
    if (token.kind !== "word" && token.kind !== "number") throw this.#error("expected a value", token.offset);
    return { kind: "word", text: token.text, negative };
  }

  #unquote(token: Token): readonly number[] {
    const bytes: number[] = [];
    const body = token.text.slice(1, -1);
    const part = /\\(?:([0-7]{1,3})|[xX]([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([^]))|[^\\]+/g;
    for (const [whole, octal, hex, short, long, letter] of body.matchAll(part)) {
      if (octal !== undefined) bytes.push(Number.parseInt(octal, 8) & 0xff);
      else if (hex !== undefined) bytes.push(Number.parseInt(hex, 16));
      else if (letter !== undefined) bytes.push(this.#simpleEscape(letter, token.offset));
      else {
        const digits = short ?? long;
        const text = digits === undefined ? whole : String.fromCodePoint(Number.parseInt(digits, 16));
        bytes.push(...new TextEncoder().encode(text));
      }
    }
    return bytes;
  }

  #simpleEscape(letter: string, offset: number): number {
    const index = "abfnrtv?\\'\"".indexOf(letter);
    if (index < 0) throw this.#error(`unknown escape \\${letter}`, offset);
    return "\x07\b\f\n\r\t\v?\\'\"".charCodeAt(index);
  }

  #is(mark: string): boolean {
    return this.#token.kind === "mark" && this.#token.text === mark;
  }

  #take(mark: string): boolean {
    if (!this.#is(mark)) return false;
    this.#next();
    return true;
  }

  #expect(kind: Token["kind"]): string {
    if (this.#token.kind !== kind) throw this.#error(`expected a ${kind}, found ${this.#token.text}`);
    return this.#next().text;
  }

  #next(): Token {
    const token = this.#token;
    this.#token = this.#scan();
    return token;
  }

  #scan(): Token {
    for (;;) {
      const offset = this.#offset;
      if (offset >= this.#text.length) return { kind: "end", text: "", offset };
      TOKEN.lastIndex = offset;
      const match = TOKEN.exec(this.#text);
      if (match === null) throw this.#error("unexpected character", offset);
      this.#offset = TOKEN.lastIndex;
      const { space, word, number, string } = match.groups ?? {};
      if (space !== undefined) continue;
      const kind =
        word !== undefined ? "word" : number !== undefined ? "number" : string !== undefined ? "string" : "mark";
      return { kind, text: match[0], offset };
    }
  }

  #error(message: string, offset = this.#token.offset): Error {
    return new Error(`line ${this.#text.slice(0, offset).split("\n").length}: ${message}`);
  }
}
