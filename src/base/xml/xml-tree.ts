import type { ReadOptions } from "../value/source.ts";

/**
 * Attributes in their order: by local name where they have no namespace, by `{namespace}local` where they have one.
 * Namespace declarations are not among them.
 */
export type XmlAttributes = ReadonlyMap<string, string>;

/** The opening of an element. */
export interface XmlTag {
  /** Without prefix. */
  readonly name: string;
  /** The namespace that the prefix or the default declaration stands for; empty where there is none. */
  readonly namespace: string;
  readonly attributes: XmlAttributes;
}

/**
 * One element with all that is in it. The order of text between its children is not kept: the formats that amap reads
 * have either children or text.
 */
export interface XmlElement extends XmlTag {
  readonly children: readonly XmlElement[];
  /** The element's own text with its CDATA sections, not that of its children, white space included. */
  readonly text: string;
}

/** What {@link walkXml} calls in the document's order. What it throws ends the walk. */
export interface XmlVisitor {
  /** `depth` is 1 for the root. */
  open?(tag: XmlTag, depth: number): void;
  /** Text inside an element; one text may come in several calls. */
  text?(text: string): void;
  /** The element that was opened last and is not closed yet; `name` is without prefix. */
  close?(name: string, depth: number): void;
}

/** Limits of one read; `maxDepth` counts elements inside one another and is at most LIMITS.xmlDepth. */
export type XmlOptions = ReadOptions;
