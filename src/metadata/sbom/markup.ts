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

/** Characters that no XML 1.0 document may hold, however they are written (§2.2). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const FORBIDDEN =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Writes a document in UTF-8's characters, indented by two spaces; what XML cannot hold becomes U+FFFD and a loss. */
export function writeMarkup(root: Markup, losses: Losses): string {
  const lines: string[] = ['<?xml version="1.0" encoding="UTF-8"?>'];
  new MarkupWriter(lines, losses).write(root, "");
  return `${lines.join("\n")}\n`;
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
    this.#lines.push(`${indent}<${open}>${this.#escape(text)}`);
    for (const child of children) this.write(child, `${indent}  `);
    this.#lines.push(`${indent}</${name}>`);
  }

  #open({ name, namespace, attributes }: Markup): string {
    const declared: (readonly [string, string])[] = namespace === undefined ? [] : [["xmlns", namespace]];
    const all = [...declared, ...attributes].map(([key, value]) => ` ${key}="${this.#escapeAttribute(value)}"`);
    return name + all.join("");
  }

  #escape(text: string): string {
    if (!/[&<>\r\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/.test(text)) return text;
    return this.#withoutForbidden(text)
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll("\r", "&#13;");
  }

  #escapeAttribute(text: string): string {
    return this.#escape(text).replaceAll('"', "&quot;").replaceAll("\n", "&#10;").replaceAll("\t", "&#9;");
  }

  #withoutForbidden(text: string): string {
    const written = text.replace(FORBIDDEN, "\ufffd");
    if (written !== text) this.#losses.add("text", "changed", "XML has no way to write control characters");
    return written;
  }
}
