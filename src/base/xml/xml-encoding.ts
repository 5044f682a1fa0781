import { decodeUtf8 } from "../bytes/text.ts";

/** The text of an XML document, or what is wrong with its encoding. */
export type XmlText = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string };

/** The encoding in an XML declaration. */
const DECLARED = /^<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']/;
const LATIN_1 = new Set(["iso-8859-1", "iso_8859-1", "latin1", "l1"]);
const ASCII = new Set(["us-ascii", "ascii"]);
const UTF_16 = new Set(["utf-16", "utf-16le", "utf-16be", "iso-10646-ucs-2", "ucs-2"]);

/**
 * Decodes a document as XML 1.0 Appendix F says: by its byte order mark, else by how `<?` or `<` is written in UTF-16,
 * else by its declaration. UTF-8, UTF-16, ISO-8859-1 and US-ASCII are known.
 */
export function decodeXmlBytes(bytes: Uint8Array): XmlText {
  const [first, second, third] = bytes;
  if (first === 0xfe && second === 0xff) return fromUtf16(bytes.subarray(2), false);
  if (first === 0xff && second === 0xfe) return fromUtf16(bytes.subarray(2), true);
  if (first === 0 && second === LESS_THAN) return fromUtf16(bytes, false);
  if (first === LESS_THAN && second === 0) return fromUtf16(bytes, true);
  if (first === 0xef && second === 0xbb && third === 0xbf) return fromUtf8(bytes.subarray(3));
  const declared = DECLARED.exec(fromLatin1(bytes.subarray(0, 256)))?.[1]?.toLowerCase() ?? "utf-8";
  if (declared === "utf-8" || declared === "utf8" || ASCII.has(declared)) return fromUtf8(bytes);
  if (LATIN_1.has(declared)) return { ok: true, text: fromLatin1(bytes) };
  if (UTF_16.has(declared)) return { ok: false, message: "the declaration says UTF-16, and the bytes are not" };
  return {
    ok: false,
    message: `the encoding ${declared} is not one that amap reads (UTF-8, UTF-16, ISO-8859-1, US-ASCII)`,
  };
}

const LESS_THAN = 0x3c;

function fromUtf8(bytes: Uint8Array): XmlText {
  const text = decodeUtf8(bytes);
  return text === undefined
    ? { ok: false, message: "expected UTF-8, found other bytes; a document in another encoding must declare it" }
    : { ok: true, text };
}

function fromUtf16(bytes: Uint8Array, isLittleEndian: boolean): XmlText {
  if (bytes.length % 2 === 1) return { ok: false, message: "expected UTF-16, found an odd number of bytes" };
  const parts: string[] = [];
  const units: number[] = [];
  for (let at = 0; at < bytes.length; at += 2) {
    const [low, high] = isLittleEndian ? [bytes[at], bytes[at + 1]] : [bytes[at + 1], bytes[at]];
    units.push((high ?? 0) * 256 + (low ?? 0));
    if (units.length === CHUNK) parts.push(String.fromCharCode(...units.splice(0)));
  }
  const text = parts.join("") + String.fromCharCode(...units);
  return text.isWellFormed()
    ? { ok: true, text }
    : { ok: false, message: "expected UTF-16, found half of a surrogate pair" };
}

/** Code units that are made text at a time: arguments of one call. */
const CHUNK = 4_096;

function fromLatin1(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK) parts.push(String.fromCharCode(...bytes.subarray(at, at + CHUNK)));
  return parts.join("");
}
