import type { Losses } from "./losses.ts";

/** An element to write. */
export interface Markup {
  readonly name: string;
  /** The default namespace from here on; left out where it is that of the element around it. */
  readonly namespace?: string;
  readonly attributes: readonly (readonly [name: string, value: string])[];
  readonly children: readonly Markup[];
  readonly text: string;
}

/** An element without text whose children are made while it is written. */
export interface MarkupStream extends Omit<Markup, "children" | "text"> {
  readonly stream: Iterable<Markup | MarkupStream>;
}

/** Whether a character stands in no XML 1.0 document, however it is written (§2.2): half of a pair is one too. */
function isForbidden(sign: string): boolean {
  const code = sign.codePointAt(0) ?? 0;
  if (code < 0x20) return code !== 0x09 && code !== 0x0a && code !== 0x0d;
  return (code >= 0xd800 && code <= 0xdfff) || code === 0xfffe || code === 0xffff;
}

function hasForbidden(text: string): boolean {
  for (const sign of text) if (isForbidden(sign)) return true;
  return false;
}

/** Writes a document in UTF-8's characters, indented by two spaces; what XML cannot hold becomes U+FFFD and a loss. */
export function writeMarkup(root: Markup, losses: Losses): string {
  const lines: string[] = ['<?xml version="1.0" encoding="UTF-8"?>'];
  new MarkupWriter(lines, losses).write(root, "");
  return `${lines.join("\n")}\n`;
}

/** {@link writeMarkup} in pieces: of a long list of children no more than one is in memory. */
export function* writeMarkupPieces(root: MarkupStream, losses: Losses): Generator<string> {
  const lines: string[] = ['<?xml version="1.0" encoding="UTF-8"?>'];
  yield* new MarkupWriter(lines, losses).stream(root, "");
}

class MarkupWriter {
  readonly #lines: string[];
  readonly #losses: Losses;

  constructor(lines: string[], losses: Losses) {
    this.#lines = lines;
    this.#losses = losses;
  }

  write(element: Markup, indent: string): void {
    const { name, children, text } = element;
    const open = this.#open(element);
    if (children.length === 0) {
      this.#lines.push(text === "" ? `${indent}<${open}/>` : `${indent}<${open}>${this.#escape(text)}</${name}>`);
      return;
    }
    if (text !== "") {
      // Beside text, white space would be text too.
      this.#lines.push(`${indent}${this.#inOneLine(element)}`);
      return;
    }
    this.#lines.push(`${indent}<${open}>`);
    for (const child of children) this.write(child, `${indent}  `);
    this.#lines.push(`${indent}</${name}>`);
  }

  *stream(element: MarkupStream, indent: string): Generator<string> {
    const open = this.#open(element);
    let count = 0;
    for (const child of element.stream) {
      if (count++ === 0) this.#lines.push(`${indent}<${open}>`);
      if ("stream" in child) yield* this.stream(child, `${indent}  `);
      else this.write(child, `${indent}  `);
      yield this.#piece();
    }
    this.#lines.push(count === 0 ? `${indent}<${open}/>` : `${indent}</${element.name}>`);
    yield this.#piece();
  }

  /** The lines that were not yet given. */
  #piece(): string {
    const lines = this.#lines.splice(0);
    return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
  }

  #inOneLine(element: Markup): string {
    const inner = element.children.map((child) => this.#inOneLine(child)).join("");
    return `<${this.#open(element)}>${this.#escape(element.text)}${inner}</${element.name}>`;
  }

  #open({ name, namespace, attributes }: Omit<Markup, "children" | "text">): string {
    const declared: (readonly [string, string])[] = namespace === undefined ? [] : [["xmlns", namespace]];
    const all = [...declared, ...attributes].map(([key, value]) => ` ${key}="${this.#escapeAttribute(value)}"`);
    return name + all.join("");
  }

  #escape(text: string): string {
    const whole = hasForbidden(text) ? this.#withoutForbidden(text) : text;
    if (!/[&<>\r]/.test(whole)) return whole;
    return whole.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("\r", "&#13;");
  }

  #escapeAttribute(text: string): string {
    return this.#escape(text).replaceAll('"', "&quot;").replaceAll("\n", "&#10;").replaceAll("\t", "&#9;");
  }

  #withoutForbidden(text: string): string {
    this.#losses.add("text", "changed", "XML has no way to write control characters");
    return Array.from(text, (sign) => (isForbidden(sign) ? "\ufffd" : sign)).join("");
  }
}
