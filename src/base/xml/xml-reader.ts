import sax, { type Handlers } from "sax/lib/sax.js";
import type { Decoded } from "../decoded.ts";
import { AmapError, isAmapError } from "../errors/amap-error.ts";
import { LIMITS } from "../limits.ts";
import { decodeXmlBytes } from "./xml-encoding.ts";
import { DeclaredNamespaces } from "./xml-namespaces.ts";
import type { XmlElement, XmlOptions, XmlTag, XmlVisitor } from "./xml-tree.ts";

/**
 * Reads one XML 1.0 document into a tree, with its namespaces resolved. A malformed document is data: one issue
 * XML_INVALID with line and column. UTF-8, UTF-16, and ISO-8859-1 and US-ASCII where they are declared.
 *
 * Nothing is ever expanded or fetched: only the five entities of XML itself and character references are known, and a
 * document type with declarations of its own (`<!DOCTYPE a [ … ]>`) is refused. Comments and processing instructions are
 * left out.
 * @throws {AmapError} LIMIT_EXCEEDED above `maxBytes` (LIMITS.documentBytes), `maxDepth` (LIMITS.xmlDepth),
 * LIMITS.xmlElements, or LIMITS.xmlAttributes of one element
 * @see https://www.w3.org/TR/xml/ and https://www.w3.org/TR/xml-names/
 * @example
 * ```ts
 * import { decodeXml } from "../index.ts";
 * const decoded = decodeXml('<a xmlns="urn:x" b="1"><c>text</c></a>');
 * decoded.ok && decoded.value.children[0]?.text; // "text"
 * ```
 */
export function decodeXml(input: Uint8Array | string, options: XmlOptions = {}): Decoded<XmlElement> {
  const builder = new TreeBuilder();
  const walked = walkXml(input, builder, options);
  return walked.ok ? { ok: true, value: builder.root() } : walked;
}

/**
 * Reads one XML document as {@link decodeXml} does and calls a visitor for what it meets, without keeping a tree: for
 * documents of which little is needed. The visitor may have been called for what stands before an error.
 * @throws {AmapError} LIMIT_EXCEEDED as {@link decodeXml}, and what the visitor throws
 * @example
 * ```ts
 * import { walkXml } from "../index.ts";
 * const names: string[] = [];
 * walkXml("<a><b/></a>", { open: ({ name }) => void names.push(name) }).ok; // true
 * ```
 */
export function walkXml(input: Uint8Array | string, visitor: XmlVisitor, options: XmlOptions = {}): Decoded<undefined> {
  const maxBytes = Math.min(options.maxBytes ?? LIMITS.documentBytes, LIMITS.documentBytes);
  if (input.length > maxBytes) {
    throw new AmapError("LIMIT_EXCEEDED", `expected a document of at most ${maxBytes} bytes, found ${input.length}`);
  }
  const text = typeof input === "string" ? { ok: true as const, text: input } : decodeXmlBytes(input);
  if (!text.ok) return invalid(text.message);
  const maxDepth = Math.min(options.maxDepth ?? LIMITS.xmlDepth, LIMITS.xmlDepth);
  try {
    new Walk(visitor, maxDepth).run(text.text);
    return { ok: true, value: undefined };
  } catch (error) {
    if (isAmapError(error, "XML_INVALID")) return invalid(error.message);
    throw error;
  }
}

/**
 * The children of an element that have a name, in any namespace.
 * @example
 * ```ts
 * import { childElements, decodeXml } from "../index.ts";
 * const decoded = decodeXml("<a><b/><c/><b/></a>");
 * decoded.ok && childElements(decoded.value, "b").length; // 2
 * ```
 */
export function childElements(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  return element?.children.filter((child) => child.name === name) ?? [];
}

/**
 * The first child of an element that has a name, in any namespace; undefined where there is none, or no element.
 * @example
 * ```ts
 * import { childElement, decodeXml } from "../index.ts";
 * const decoded = decodeXml("<a><b/></a>");
 * decoded.ok && childElement(decoded.value, "c"); // undefined
 * ```
 */
export function childElement(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((child) => child.name === name);
}

/**
 * The text of an element's first child of a name without white space around it; empty where there is none.
 * @example
 * ```ts
 * import { decodeXml, textOfElement } from "../index.ts";
 * const decoded = decodeXml("<a><b> 1.0 </b></a>");
 * decoded.ok && textOfElement(decoded.value, "b"); // "1.0"
 * ```
 */
export function textOfElement(element: XmlElement | undefined, name: string): string {
  return childElement(element, name)?.text.trim() ?? "";
}

function invalid(message: string): Decoded<never> {
  return { ok: false, issues: [{ code: "XML_INVALID", path: "", message }] };
}

/** Whether a text has characters that no XML document may hold (XML 1.0 §2.2), however they are written. */
function hasForbidden(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x20 ? code !== 0x09 && code !== 0x0a && code !== 0x0d : code >= 0xfffe) return true;
  }
  return !text.isWellFormed();
}

/** The parser tells of a tag's attributes when it has read them all: there must not be any number of them by then. */
class AttributeList extends Array<unknown> {
  override push(...attributes: readonly unknown[]): number {
    if (this.length < LIMITS.xmlAttributes) return super.push(...attributes);
    throw new AmapError("LIMIT_EXCEEDED", `expected at most ${LIMITS.xmlAttributes} attributes, found more`);
  }
}

/** One pass over a document: what the parser does not check is checked here. */
class Walk {
  readonly #parser = sax.parser(true, { xmlns: true, position: true, strictEntities: true });
  readonly #visitor: XmlVisitor;
  readonly #maxDepth: number;
  readonly #namespaces = new DeclaredNamespaces();
  readonly #open: string[] = [];
  #attributes = new Map<string, string>();
  #elements = 0;

  constructor(visitor: XmlVisitor, maxDepth: number) {
    this.#visitor = visitor;
    this.#maxDepth = maxDepth;
    this.#parser.attribList = new AttributeList();
    Object.assign(this.#parser, this.#handlers());
  }

  #handlers(): Handlers {
    return {
      onerror: (error) => this.#fail(error.message.split("\n", 1)[0] ?? ""),
      ontext: (text) => this.#text(text),
      oncdata: (text) => this.#text(text),
      ondoctype: (text) => {
        if (text.includes("[")) this.#fail("a document type with declarations is not accepted");
      },
      onsgmldeclaration: () => this.#fail("a declaration outside of a document type"),
      onprocessinginstruction: ({ name }) => {
        if (name.toLowerCase() === "xml" && this.#elements > 0)
          this.#fail("an XML declaration that is not at the start");
      },
      onattribute: ({ name, value }) => this.#attribute(name, value),
      onopentag: ({ name }) => this.#openTag(name),
      onclosetag: () => this.#closeTag(),
    };
  }

  run(text: string): void {
    const start = text.startsWith("\ufeff") ? 1 : 0;
    // The parser takes any text before the root for an error except none at all.
    this.#parser.write(text.slice(start)).close();
    if (this.#elements === 0) this.#fail("expected an element, found the end");
  }

  #fail(message: string): never {
    const { line, column } = this.#parser;
    throw new AmapError("XML_INVALID", `${message} at line ${line + 1}, column ${column}`);
  }

  #text(text: string): void {
    if (this.#open.length === 0) return;
    this.#checkCharacters(text);
    this.#visitor.text?.(text);
  }

  #checkCharacters(text: string): void {
    if (hasForbidden(text)) this.#fail("a character that XML does not allow");
  }

  #attribute(name: string, value: string): void {
    if (this.#attributes.has(name)) this.#fail(`the attribute ${name} occurs twice`);
    this.#checkCharacters(value);
    this.#attributes.set(name, value);
  }

  #openTag(qualifiedName: string): void {
    this.#elements += 1;
    if (this.#elements > 1 && this.#open.length === 0) this.#fail("a second root element");
    if (this.#elements > LIMITS.xmlElements) {
      throw new AmapError("LIMIT_EXCEEDED", `expected at most ${LIMITS.xmlElements} elements, found more`);
    }
    if (this.#open.length === this.#maxDepth) {
      throw new AmapError("LIMIT_EXCEEDED", `expected at most ${this.#maxDepth} levels of elements, found more`);
    }
    const tag = this.#namespaces.open(qualifiedName, this.#attributes, (message) => this.#fail(message));
    this.#attributes = new Map();
    this.#open.push(tag.name);
    this.#visitor.open?.(tag, this.#open.length);
  }

  #closeTag(): void {
    const depth = this.#open.length;
    const name = this.#open.pop() ?? "";
    this.#namespaces.close();
    this.#visitor.close?.(name, depth);
  }
}

interface ElementInTheMaking extends XmlTag {
  readonly children: XmlElement[];
  text: string;
}

class TreeBuilder implements XmlVisitor {
  readonly #open: ElementInTheMaking[] = [];
  #root: XmlElement | undefined;

  open(tag: XmlTag): void {
    const element: ElementInTheMaking = { ...tag, children: [], text: "" };
    this.#open.at(-1)?.children.push(element);
    this.#root ??= element;
    this.#open.push(element);
  }

  text(text: string): void {
    const element = this.#open.at(-1);
    if (element !== undefined) element.text += text;
  }

  close(): void {
    this.#open.pop();
  }

  root(): XmlElement {
    if (this.#root === undefined) throw new Error("a walk that ends well has met a root");
    return this.#root;
  }
}
