import { decodeUtf8, parseTime } from "../../base/index.ts";
import { DER_TAGS, type DerNode, describeTag, expectTag, invalid } from "./der.ts";

/**
 * An OBJECT IDENTIFIER in dotted decimal; arcs of up to 128 bits.
 * @throws {AmapError} DER_INVALID
 */
export function readOid(node: DerNode): string {
  expectTag(node, DER_TAGS.oid, "an object identifier");
  const { content } = node;
  if (content.length === 0 || content.length > 128) throw invalid(`object identifier of ${content.length} bytes`);
  let text = "";
  for (let offset = 0; offset < content.length; ) {
    const start = offset;
    while ((content[offset] ?? -1) & 0x80) {
      if (offset >= content.length) throw invalid("an object identifier is cut off");
      offset++;
    }
    offset++;
    const arc = readArc(content, start, offset);
    if (text !== "") text += `.${arc}`;
    else text = firstArcs(arc);
  }
  return text;
}

function readArc(content: Uint8Array, start: number, end: number): bigint | number {
  if (content[start] === 0x80) throw invalid("an object identifier is not in its shortest form");
  if (end - start > 19) throw invalid("an arc of an object identifier is longer than 128 bits");
  if (end - start <= 4) {
    let arc = 0;
    for (let index = start; index < end; index++) arc = (arc << 7) | ((content[index] as number) & 0x7f);
    return arc;
  }
  let arc = 0n;
  for (let index = start; index < end; index++) arc = (arc << 7n) | BigInt((content[index] as number) & 0x7f);
  return arc;
}

/** The first octets hold two arcs: 40 times the first plus the second, which is below 40 unless the first is 2. */
function firstArcs(joined: bigint | number): string {
  if (joined < 40) return `0.${joined}`;
  if (joined < 80) return `1.${Number(joined) - 40}`;
  return `2.${BigInt(joined) - 80n}`;
}

/**
 * An INTEGER in its shortest form, or an ENUMERATED.
 * @throws {AmapError} DER_INVALID
 */
export function readInteger(node: DerNode, tag: number = DER_TAGS.integer): bigint {
  const content = integerBytes(node, tag);
  let value = 0n;
  for (const byte of content) value = (value << 8n) | BigInt(byte);
  return (content[0] as number) & 0x80 ? value - (1n << BigInt(8 * content.length)) : value;
}

/**
 * The octets of an INTEGER in its shortest form, at most 512 of them.
 * @throws {AmapError} DER_INVALID
 */
export function integerBytes(node: DerNode, tag: number = DER_TAGS.integer): Uint8Array {
  expectTag(node, tag, "an integer");
  const { content } = node;
  const [first, second = 0] = content;
  if (first === undefined || content.length > 512) throw invalid(`an integer of ${content.length} bytes`);
  const isPadded = content.length > 1 && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80));
  if (isPadded) throw invalid("an integer is not in its shortest form");
  return content;
}

/**
 * A BOOLEAN, which DER writes as 00 or ff.
 * @throws {AmapError} DER_INVALID
 */
export function readBoolean(node: DerNode, tag: number = DER_TAGS.boolean): boolean {
  expectTag(node, tag, "a boolean");
  const { content } = node;
  const [value] = content;
  if (content.length !== 1 || (value !== 0 && value !== 0xff)) throw invalid("expected a boolean of 00 or ff");
  return value === 0xff;
}

/** The bits of a BIT STRING: bit 0 is the highest of the first byte. */
export interface DerBits {
  readonly bytes: Uint8Array;
  /** Bits of the last byte that do not count; they are zero. */
  readonly unusedBits: number;
}

/**
 * A BIT STRING.
 * @throws {AmapError} DER_INVALID
 */
export function readBits(node: DerNode): DerBits {
  expectTag(node, DER_TAGS.bitString, "a bit string");
  const { content } = node;
  const [unusedBits = 8] = content;
  const bytes = content.subarray(1);
  const last = bytes.at(-1);
  const isWrong = unusedBits > 7 || (last === undefined && unusedBits > 0);
  if (isWrong || ((last ?? 0) & ((1 << unusedBits) - 1)) !== 0) throw invalid("a bit string has stray bits");
  return { bytes, unusedBits };
}

/**
 * The bytes of a BIT STRING that holds whole bytes, as signatures and keys do.
 * @throws {AmapError} DER_INVALID
 */
export function readBitString(node: DerNode): Uint8Array {
  const { bytes, unusedBits } = readBits(node);
  if (unusedBits !== 0) throw invalid("expected a bit string of whole bytes");
  return bytes;
}

/**
 * The bytes of an OCTET STRING.
 * @throws {AmapError} DER_INVALID
 */
export function readOctets(node: DerNode, tag: number = DER_TAGS.octetString): Uint8Array {
  expectTag(node, tag, "an octet string");
  return node.content;
}

const UTC_TIME = /^[0-9]{12}Z$/;
const GENERALIZED_TIME = /^[0-9]{14}(?:\.[0-9]*[1-9])?Z$/;
const TIME_LENGTH = 64;

/**
 * A UTCTime or GeneralizedTime as DER writes them (X.690 §11.7, §11.8): with seconds, in UTC, a fraction without zeros
 * at its end. Milliseconds since 1970; what is below a millisecond is dropped. UTCTime is of the years 1950 to 2049.
 * @throws {AmapError} DER_INVALID
 */
export function readTime(node: DerNode): number {
  const isUtcTime = node.tag === DER_TAGS.utcTime;
  if (!isUtcTime) expectTag(node, DER_TAGS.generalizedTime, "a time");
  const { content } = node;
  const text = content.length > TIME_LENGTH ? "" : asciiOf(content);
  if (!(isUtcTime ? UTC_TIME : GENERALIZED_TIME).test(text)) {
    throw invalid("expected a time with seconds, in UTC and without zeros at the end of a fraction");
  }
  const digits = isUtcTime ? `${Number(text.slice(0, 2)) < 50 ? "20" : "19"}${text}` : text;
  const [year, month, day] = [digits.slice(0, 4), digits.slice(4, 6), digits.slice(6, 8)];
  const clock = `${digits.slice(8, 10)}:${digits.slice(10, 12)}:${digits.slice(12, 14)}`;
  // Nine digits are what RFC 3339 times are read with.
  const fraction = digits.slice(14, -1).slice(0, 10);
  const time = parseTime(`${year}-${month}-${day}T${clock}${fraction}Z`);
  if (time === undefined) throw invalid(`expected a time that exists, found ${JSON.stringify(text)}`);
  return time;
}

/**
 * The text of a string type: UTF8String, PrintableString, IA5String, NumericString, VisibleString, TeletexString (read as
 * Latin-1) or BMPString. Only the characters that the type allows.
 * @throws {AmapError} DER_INVALID
 */
export function readString(node: DerNode): string {
  const { tag, content } = node;
  switch (tag) {
    case DER_TAGS.utf8String: {
      const text = decodeUtf8(content);
      if (text === undefined) throw invalid("a UTF8String is not UTF-8");
      return text;
    }
    case DER_TAGS.printableString:
      return limitedTo(content, "PrintableString", /^[A-Za-z0-9 '()+,\-./:=?*&@_]*$/);
    case DER_TAGS.numericString:
      return limitedTo(content, "NumericString", /^[0-9 ]*$/);
    case DER_TAGS.visibleString:
      return limitedTo(content, "VisibleString", /^[ -~]*$/);
    case DER_TAGS.ia5String:
      return readIa5(content);
    case DER_TAGS.teletexString:
      return latin1Of(content);
    case DER_TAGS.bmpString:
      return readBmp(content);
    default:
      throw invalid(`expected text, found ${describeTag(tag)}`);
  }
}

/**
 * Text of ASCII characters, as IA5String is.
 * @throws {AmapError} DER_INVALID
 */
export function readIa5(content: Uint8Array): string {
  for (const byte of content) if (byte > 0x7f) throw invalid("expected ASCII text, found another character");
  return asciiOf(content);
}

function limitedTo(content: Uint8Array, type: string, characters: RegExp): string {
  const text = latin1Of(content);
  if (!characters.test(text)) throw invalid(`a ${type} has a character that it must not have`);
  return text;
}

function readBmp(content: Uint8Array): string {
  if (content.length % 2 !== 0) throw invalid("a BMPString is cut off");
  let text = "";
  for (let index = 0; index < content.length; index += 2) {
    const unit = ((content[index] as number) << 8) | (content[index + 1] as number);
    if (unit >= 0xd800 && unit <= 0xdfff) throw invalid("a BMPString has half a character");
    text += String.fromCharCode(unit);
  }
  return text;
}

function latin1Of(content: Uint8Array): string {
  let text = "";
  for (const byte of content) text += String.fromCharCode(byte);
  return text;
}

function asciiOf(content: Uint8Array): string {
  return decodeUtf8(content) ?? "";
}
