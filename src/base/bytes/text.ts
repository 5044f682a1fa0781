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
 * Standard base64 with padding (RFC 4648 §4).
 * @example
 * ```ts
 * import { encodeBase64 } from "../index.ts";
 * encodeBase64(Uint8Array.of(102)); // "Zg=="
 * ```
 */
export function encodeBase64(bytes: Uint8Array): string {
  return view(bytes).toString("base64");
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

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
  if (text.length % 4 !== 0 || !BASE64.test(text)) return undefined;
  const buffer = Buffer.from(text, "base64");
  if (buffer.toString("base64") !== text) return undefined;
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
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
  return view(bytes).toString("hex");
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

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
