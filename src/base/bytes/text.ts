import { Buffer, isUtf8 } from "node:buffer";

const encoder = new TextEncoder();

/**
 * Text as UTF-8.
 * @example
 * ```ts
 * import { encodeUtf8 } from "../index.ts";
 * encodeUtf8("é").length; // 2
 * ```
 */
export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/**
 * UTF-8 as text, or undefined when the bytes are not UTF-8. A byte order mark is kept: the reader decides.
 * @example
 * ```ts
 * import { decodeUtf8 } from "../index.ts";
 * decodeUtf8(Uint8Array.of(0xff)); // undefined
 * ```
 */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  // A tenth of the time that TextDecoder takes for a small text.
  if (!isUtf8(bytes)) return undefined;
  try {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  } catch {
    // More than a text can hold.
    return undefined;
  }
}

/**
 * Each byte as the character of its number (ISO-8859-1): any bytes have such a text, to look for words in programs.
 * @example
 * ```ts
 * import { decodeLatin1 } from "../index.ts";
 * decodeLatin1(Uint8Array.of(0x61, 0xe9)); // "aé"
 * ```
 */
export function decodeLatin1(bytes: Uint8Array): string {
  return bufferOf(bytes).toString("latin1");
}

/**
 * Whether bytes are UTF-8, without making the text.
 * @example
 * ```ts
 * import { isUtf8Text } from "../index.ts";
 * isUtf8Text(Uint8Array.of(0xff)); // false
 * ```
 */
export function isUtf8Text(bytes: Uint8Array): boolean {
  return isUtf8(bytes);
}

/**
 * Standard base64 with padding (RFC 4648 §4).
 * @example
 * ```ts
 * import { encodeBase64 } from "../index.ts";
 * encodeBase64(Uint8Array.of(102)); // "Zg=="
 * ```
 */
export function encodeBase64(bytes: Uint8Array): string {
  return bufferOf(bytes).toString("base64");
}

/** Bytes that are encoded again at a time: whole groups of three. */
const BASE64_CHUNK = 48 * 1024;

/**
 * Standard base64 (RFC 4648 §4), strictly: padding needed, no white space, no other alphabet, no stray bits.
 * Undefined for anything else, so that one signed text cannot be written in two ways.
 * @example
 * ```ts
 * import { decodeBase64 } from "../index.ts";
 * decodeBase64("Zg"); // undefined: its padding is missing
 * ```
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined;
  const buffer = Buffer.from(text, "base64");
  if (Math.ceil(buffer.length / 3) * 4 !== text.length) return undefined;
  // Node skips what it does not understand; only the one way to write these bytes gives the text again. In pieces, so
  // that megabytes are not held once more.
  if (buffer.length <= BASE64_CHUNK) {
    if (buffer.toString("base64") !== text) return undefined;
  } else {
    for (let start = 0; start < buffer.length; start += BASE64_CHUNK) {
      const piece = bufferOf(buffer.subarray(start, start + BASE64_CHUNK)).toString("base64");
      if (!text.startsWith(piece, (start / 3) * 4)) return undefined;
    }
  }
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

/**
 * As {@link decodeBase64}, from the bytes of the text: for megabytes, of which no string is made.
 * @example
 * ```ts
 * import { decodeBase64Bytes, encodeUtf8 } from "../index.ts";
 * decodeBase64Bytes(encodeUtf8("Zm8=")); // the bytes of "fo"
 * ```
 */
export function decodeBase64Bytes(text: Uint8Array): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined;
  const padding = (text.at(-1) === 0x3d ? 1 : 0) + (text.at(-2) === 0x3d ? 1 : 0);
  const decoded = new Uint8Array((text.length / 4) * 3 - padding);
  const step = (BASE64_CHUNK / 3) * 4;
  for (let start = 0; start < text.length; start += step) {
    const piece = decodeUtf8(text.subarray(start, start + step));
    const bytes = piece === undefined ? undefined : decodeBase64(piece);
    const isLast = start + step >= text.length;
    if (bytes === undefined || (!isLast && bytes.length !== BASE64_CHUNK)) return undefined;
    decoded.set(bytes, (start / 4) * 3);
  }
  return decoded;
}

/**
 * Lower-case hex.
 * @example
 * ```ts
 * import { encodeHex } from "../index.ts";
 * encodeHex(Uint8Array.of(255, 1)); // "ff01"
 * ```
 */
export function encodeHex(bytes: Uint8Array): string {
  return bufferOf(bytes).toString("hex");
}

/**
 * Hex of either case, or undefined when it is not hex.
 * @example
 * ```ts
 * import { decodeHex } from "../index.ts";
 * decodeHex("FF01"); // the bytes 255 and 1
 * ```
 */
export function decodeHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  const buffer = Buffer.from(text, "hex");
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

/**
 * Joins byte arrays.
 * @example
 * ```ts
 * import { concatBytes } from "../index.ts";
 * concatBytes([Uint8Array.of(1), Uint8Array.of(2)]).length; // 2
 * ```
 */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** The same bytes as a Buffer, not copied. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
