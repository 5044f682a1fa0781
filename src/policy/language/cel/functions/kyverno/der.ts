import { type DerHeader, encodeHex, isAmapError, readDerHeader } from "../../../../../base/index.ts";
import { CelError } from "../../error.ts";

/** One element of DER (X.690): its tag, what is inside, and all of its bytes. */
export interface DerElement {
  /** The identifier octet: class, constructed bit and number. */
  readonly tag: number;
  readonly content: Uint8Array;
  readonly whole: Uint8Array;
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  numericString: 0x12,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** The identifier octet of a context-specific tag: `[0]`. */
export function contextTag(number: number, constructed: boolean): number {
  return 0x80 | (constructed ? 0x20 : 0) | number;
}

/** @throws {CelError} invalid_argument */
export function derInvalid(what: string): CelError {
  return new CelError("invalid_argument", `x509.decode: not a valid certificate: ${what}`);
}

/** Reads elements one behind the other. Lengths are DER's: definite and as short as possible. */
export class DerReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** The tag of the next element, or -1 at the end. */
  get nextTag(): number {
    return this.#bytes[this.#at] ?? -1;
  }

  /** @throws {CelError} invalid_argument */
  read(tag?: number): DerElement {
    const start = this.#at;
    const { tag: found, contentStart, end } = readHeader(this.#bytes, start);
    if (tag !== undefined && found !== tag) throw derInvalid(`tag ${found} where ${tag} is expected`);
    this.#at = end;
    return {
      tag: found,
      content: this.#bytes.subarray(contentStart, end),
      whole: this.#bytes.subarray(start, end),
    };
  }

  /** The next element when it has this tag. */
  readOptional(tag: number): DerElement | undefined {
    return this.nextTag === tag ? this.read(tag) : undefined;
  }

  /** @throws {CelError} invalid_argument when something is left */
  end(): void {
    if (!this.done) throw derInvalid("bytes behind the last element");
  }
}

/** As `readDerHeader`, with CEL's error. */
function readHeader(bytes: Uint8Array, start: number): DerHeader {
  try {
    return readDerHeader(bytes, start);
  } catch (error) {
    if (isAmapError(error, "DER_INVALID")) throw derInvalid(error.message);
    throw error;
  }
}

/** All elements inside one. */
export function elementsOf(content: Uint8Array): readonly DerElement[] {
  const reader = new DerReader(content);
  const elements: DerElement[] = [];
  while (!reader.done) elements.push(reader.read());
  return elements;
}

/** An INTEGER. */
export function integerOf(content: Uint8Array): bigint {
  if (content.length === 0) throw derInvalid("an empty integer");
  // From hexadecimal digits, which takes time that grows with their number; octet by octet it grows with its square.
  const value = BigInt(`0x${encodeHex(content)}`);
  return (content[0] as number) >= 0x80 ? value - (1n << BigInt(8 * content.length)) : value;
}

/** An INTEGER that must be small: a version, a path length. */
export function smallIntegerOf(content: Uint8Array): number {
  const value = content.length > 4 ? -1n : integerOf(content);
  if (value < 0n || value > 2n ** 31n - 1n) throw derInvalid("an integer out of range");
  return Number(value);
}

/** A BOOLEAN: DER has one octet for each. */
export function booleanOf(content: Uint8Array): boolean {
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) throw derInvalid("a boolean");
  return content[0] === 0xff;
}

/** The arcs of an OBJECT IDENTIFIER. */
export function oidOf(content: Uint8Array): readonly number[] {
  const values: number[] = [];
  let value = 0;
  let open = false;
  for (const octet of content) {
    if (!open && octet === 0x80) throw derInvalid("an object identifier");
    value = value * 128 + (octet & 0x7f);
    if (value > 2 ** 31 - 1) throw derInvalid("an object identifier with an arc that is too large");
    open = octet >= 0x80;
    if (!open) {
      values.push(value);
      value = 0;
    }
  }
  const [first, ...rest] = values;
  if (first === undefined || open) throw derInvalid("an object identifier");
  const root = Math.min(Math.floor(first / 40), 2);
  return [root, first - root * 40, ...rest];
}

/** The octets of a BIT STRING of whole octets, or with the last bits unused. */
export function bitStringOf(content: Uint8Array): Uint8Array {
  const unused = content[0];
  if (unused === undefined || unused > 7 || (content.length === 1 && unused > 0)) throw derInvalid("a bit string");
  return content.subarray(1);
}
