import { encodeUtf8 } from "../../../../base/index.ts";

const ASCII = /^[\0-\x7f]*$/;

/** The UTF-8 of a text with a character for each byte: Go's time package reads layouts and times byte by byte. */
export function byteText(text: string): string {
  if (ASCII.test(text)) return text;
  return Array.from(encodeUtf8(text), (byte) => String.fromCharCode(byte)).join("");
}

/** A text of bytes between double quotes, as Go's time package writes it in messages. */
export function quoteBytes(bytes: string): string {
  return `"${bytes.replace(/["\\]|[^ -\x7f]/g, (byte) => {
    return byte === '"' || byte === "\\" ? `\\${byte}` : `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`;
  })}"`;
}
