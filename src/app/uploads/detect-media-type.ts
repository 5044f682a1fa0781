import { encodeHex } from "../../base/index.ts";

/** Bytes that are looked at. */
const HEAD_BYTES = 512;

/** Beginnings of files in hex, where two dots stand for any byte, in the order in which they are tried. */
const BEGINNINGS: readonly (readonly [hex: string, mediaType: string])[] = [
  ["255044462d", "application/pdf"],
  ["252150532d41646f62652d", "application/postscript"],
  ["feff....", "text/plain"],
  ["fffe....", "text/plain"],
  ["efbbbf..", "text/plain"],
  ["00000100", "image/x-icon"],
  ["00000200", "image/x-icon"],
  ["424d", "image/bmp"],
  ["474946383761", "image/gif"],
  ["474946383961", "image/gif"],
  ["52494646........574542505650", "image/webp"],
  ["89504e470d0a1a0a", "image/png"],
  ["ffd8ff", "image/jpeg"],
  ["464f524d........41494646", "audio/aiff"],
  ["494433", "audio/mpeg"],
  ["4f67675300", "application/ogg"],
  ["4d54686400000006", "audio/midi"],
  ["52494646........41564920", "video/avi"],
  ["52494646........57415645", "audio/wave"],
];
/** Those that are tried after MP4, whose beginning is computed. */
const FURTHER_BEGINNINGS: typeof BEGINNINGS = [
  ["1a45dfa3", "video/webm"],
  [`${"..".repeat(34)}4c50`, "application/vnd.ms-fontobject"],
  ["00010000", "font/ttf"],
  ["4f54544f", "font/otf"],
  ["74746366", "font/collection"],
  ["774f4646", "font/woff"],
  ["774f4632", "font/woff2"],
  ["1f8b08", "application/x-gzip"],
  ["504b0304", "application/zip"],
  ["526172211a0700", "application/x-rar-compressed"],
  ["526172211a070100", "application/x-rar-compressed"],
  ["0061736d", "application/wasm"],
];

const HTML_BEGINNINGS = "!doctype html,html,head,script,iframe,h1,div,font,table,a,style,title,b,body,br,p,!--".split(
  ",",
);
const SPACES = new Set([0x09, 0x0a, 0x0c, 0x0d, 0x20]);

/**
 * The media type of a file by its first 512 bytes, without parameters, as Go's `DetectContentType` gives it, and with it
 * cosign for a blob that is uploaded. Text is `text/plain`; what nobody knows is `application/octet-stream`.
 * @see https://mimesniff.spec.whatwg.org/
 * @example
 * ```ts
 * import { detectMediaType } from "./detect-media-type.ts";
 * detectMediaType(new Uint8Array([0, 0x61, 0x73, 0x6d])); // "application/wasm"
 * ```
 */
export function detectMediaType(bytes: Uint8Array): string {
  const head = bytes.subarray(0, HEAD_BYTES);
  const start = head.findIndex((byte) => !SPACES.has(byte));
  const content = start < 0 ? head.subarray(head.length) : head.subarray(start);
  const hex = encodeHex(head);
  return (
    markupOf(content) ??
    beginningOf(hex, BEGINNINGS) ??
    (isMp4(head) ? "video/mp4" : undefined) ??
    beginningOf(hex, FURTHER_BEGINNINGS) ??
    (content.every(isTextByte) ? "text/plain" : "application/octet-stream")
  );
}

function beginningOf(hex: string, beginnings: typeof BEGINNINGS): string | undefined {
  return beginnings.find(
    ([pattern]) =>
      hex.length >= pattern.length &&
      pattern.match(/../g)?.every((pair, index) => pair === ".." || hex.startsWith(pair, 2 * index)),
  )?.[1];
}

function markupOf(content: Uint8Array): string | undefined {
  const text = String.fromCharCode(...content.subarray(0, 16));
  if (text.startsWith("<?xml")) return "text/xml";
  if (!text.startsWith("<")) return undefined;
  const tag = text.slice(1).toLowerCase();
  const isHtml = HTML_BEGINNINGS.some((each) => tag.startsWith(each) && /^[ >]/.test(tag.slice(each.length)));
  return isHtml ? "text/html" : undefined;
}

/** The first box is of the type `ftyp`, and one of its brands begins with `mp4`; its second word is a version. */
function isMp4(head: Uint8Array): boolean {
  if (head.length < 12) return false;
  const size = new DataView(head.buffer, head.byteOffset, 4).getUint32(0);
  const text = String.fromCharCode(...head);
  if (head.length < size || size % 4 !== 0 || text.slice(4, 8) !== "ftyp") return false;
  for (let at = 8; at < size; at += 4) {
    if (at !== 12 && text.startsWith("mp4", at)) return true;
  }
  return false;
}

/** Not one of the control characters that no text has; escape, which terminals read, is one that text may have. */
function isTextByte(byte: number): boolean {
  return byte >= 0x20 || byte === 0x1b || (byte >= 0x09 && byte <= 0x0d && byte !== 0x0b);
}
