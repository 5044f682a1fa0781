import { AmapError, type Decoded, type ErrorCode, isAmapError, LIMITS, readDerHeader } from "../../base/index.ts";

/** Identifier octets of the values that X.509 and CMS use (X.690 §8.1.2). */
export const DER_TAGS = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  numericString: 0x12,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  visibleString: 0x1a,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

const CONSTRUCTED = 0x20;

/** A constructed value of the context class: `[number]` in a definition. */
export function contextTag(number: number): number {
  return 0xa0 | number;
}

/** A primitive value of the context class: `[number] IMPLICIT` of a simple type. */
export function primitiveContextTag(number: number): number {
  return 0x80 | number;
}

/** One DER value. Both byte views lie on the input: nothing is copied. */
export interface DerNode {
  /** The identifier octet, with class and form: 0x30 is a SEQUENCE, 0xa0 is `[0]`. */
  readonly tag: number;
  /** The whole value with its header. */
  readonly bytes: Uint8Array;
  /** What stands behind the header. */
  readonly content: Uint8Array;
  /** How many values hold this one. */
  readonly depth: number;
}

/** A node whose views are made when they are asked for: most values of a certificate are only stepped over. */
class DerSlice implements DerNode {
  readonly tag: number;
  readonly depth: number;
  readonly #source: Uint8Array;
  readonly #start: number;
  readonly #contentStart: number;
  readonly end: number;

  constructor(source: Uint8Array, start: number, depth: number) {
    const header = readDerHeader(source, start);
    this.tag = header.tag;
    this.depth = depth;
    this.#source = source;
    this.#start = start;
    this.#contentStart = header.contentStart;
    this.end = header.end;
  }

  get bytes(): Uint8Array {
    return this.#source.subarray(this.#start, this.end);
  }

  get content(): Uint8Array {
    return this.#source.subarray(this.#contentStart, this.end);
  }
}

/**
 * Reads one DER value (X.690) with nothing behind it: definite and shortest lengths, tag numbers up to 30. The values
 * inside are read, as strictly, when {@link childrenOf} or {@link DerFields} reach them.
 * @throws {AmapError} DER_INVALID
 */
export function readDer(bytes: Uint8Array): DerNode {
  const node = new DerSlice(bytes, 0, 0);
  if (node.end !== bytes.length) {
    throw invalid(`expected nothing behind the value, found ${bytes.length - node.end} bytes`);
  }
  return node;
}

/**
 * The values within a constructed one, at most LIMITS.derValues.
 * @throws {AmapError} DER_INVALID
 */
export function childrenOf(node: DerNode): readonly DerNode[] {
  if ((node.tag & CONSTRUCTED) === 0) throw invalid(`expected a constructed value, found ${describeTag(node.tag)}`);
  if (node.depth >= LIMITS.derDepth) throw invalid(`expected at most ${LIMITS.derDepth} nested values, found more`);
  const { content } = node;
  const children: DerNode[] = [];
  for (let offset = 0; offset < content.length; ) {
    if (children.length >= LIMITS.derValues) {
      throw invalid(`expected at most ${LIMITS.derValues} values in one, found more`);
    }
    const child = new DerSlice(content, offset, node.depth + 1);
    children.push(child);
    offset = child.end;
  }
  return children;
}

/** The values of a constructed one, taken one behind the other as a definition lists them. */
export class DerFields {
  readonly #values: readonly DerNode[];
  #next = 0;

  constructor(node: DerNode) {
    this.#values = childrenOf(node);
  }

  /** The next value, which must have this tag (or any, without one). */
  take(what: string, tag?: number): DerNode {
    const node = this.#values[this.#next];
    if (node === undefined) throw invalid(`expected ${what}, found nothing`);
    if (tag !== undefined && node.tag !== tag) throw invalid(`expected ${what}, found ${describeTag(node.tag)}`);
    this.#next++;
    return node;
  }

  /** The next value if it has this tag. */
  takeIf(tag: number): DerNode | undefined {
    const node = this.#values[this.#next];
    if (node?.tag !== tag) return undefined;
    this.#next++;
    return node;
  }

  isAtEnd(): boolean {
    return this.#next === this.#values.length;
  }

  /** Nothing may be left. */
  end(what: string): void {
    const node = this.#values[this.#next];
    if (node !== undefined) throw invalid(`expected the end of ${what}, found ${describeTag(node.tag)}`);
  }
}

/**
 * The value inside an `[n] EXPLICIT` or any other value that holds exactly one.
 * @throws {AmapError} DER_INVALID
 */
export function onlyChildOf(node: DerNode, what: string, tag?: number): DerNode {
  const fields = new DerFields(node);
  const child = fields.take(what, tag);
  fields.end(what);
  return child;
}

/**
 * Refuses a value of another type.
 * @throws {AmapError} DER_INVALID
 */
export function expectTag(node: DerNode, tag: number, what: string): void {
  if (node.tag !== tag) throw invalid(`expected ${what}, found ${describeTag(node.tag)}`);
}

/**
 * What `read` returns, or its DER_INVALID as an issue of the code that fits the document: what an artifact carries must
 * not stop the program.
 */
export function decodeDer<T>(code: ErrorCode, path: string, read: () => T): Decoded<T> {
  try {
    return { ok: true, value: read() };
  } catch (error) {
    if (!isAmapError(error, "DER_INVALID")) throw error;
    return { ok: false, issues: [{ code, path, message: error.message }] };
  }
}

/** The failure of all readers here, for readers of definitions built on them. */
export function invalid(message: string): AmapError {
  return new AmapError("DER_INVALID", message);
}

/** A type by its name, for messages. */
export function describeTag(tag: number): string {
  const name = Object.entries(DER_TAGS).find(([, value]) => value === tag)?.[0];
  return name ?? `the tag 0x${tag.toString(16).padStart(2, "0")}`;
}
