import { AmapError, decodeUtf8 } from "../../base/index.ts";
import type { ArchiveEntry } from "../../ports/index.ts";

/** One 512-byte header block, as written. */
export interface TarHeader {
  readonly name: string;
  readonly mode: number;
  readonly size: number;
  /** The type flag as a character; NUL (before POSIX) is read as `0`, or as `5` with a trailing slash. */
  readonly type: string;
  readonly linkName: string;
}

export const BLOCK_BYTES = 512;

/**
 * Reads a header (POSIX.1-2017 pax, ustar; GNU; star; the form before POSIX). The meaning follows Go's archive/tar,
 * which containerd and Docker unpack with: what another reader would see in a layer does not matter.
 */
export function readHeader(block: Uint8Array): TarHeader {
  requireChecksum(block);
  const name = prefixOf(block) + text(block, 0, 100);
  const flag = String.fromCharCode(block[156] ?? 0);
  return {
    name,
    mode: number(block, 100, 8) & 0o7777,
    size: number(block, 124, 12),
    type: flag === "\0" ? (name.endsWith("/") ? "5" : "0") : flag,
    linkName: text(block, 157, 100),
  };
}

/** Links, devices, folders and FIFOs have no content, whatever their size field says. */
export function hasContent(type: string): boolean {
  return !/^[1-6]$/.test(type);
}

export function entryKind(type: string): ArchiveEntry["kind"] {
  if (type === "0") return "file";
  if (type === "1") return "hardlink";
  if (type === "2") return "symlink";
  return type === "5" ? "directory" : "other";
}

export function invalid(message: string): AmapError {
  return new AmapError("ARCHIVE_INVALID", `the tar archive is damaged: ${message}`);
}

/** Text that is not UTF-8 keeps its place with replacement characters: such a name is never one that is looked for. */
export function lossyText(bytes: Uint8Array): string {
  return decodeUtf8(bytes) ?? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

function prefixOf(block: Uint8Array): string {
  const magic = text(block, 257, 6);
  // GNU keeps times where ustar keeps the rest of a long name.
  if (magic !== "ustar" || block[262] !== 0) return "";
  const isStar = text(block, 508, 4) === "tar";
  const prefix = text(block, 345, isStar ? 131 : 155);
  return prefix === "" ? "" : `${prefix}/`;
}

function requireChecksum(block: Uint8Array): void {
  const stated = number(block, 148, 8);
  let unsigned = 0;
  let signed = 0;
  for (let index = 0; index < BLOCK_BYTES; index += 1) {
    const byte = index >= 148 && index < 156 ? 0x20 : (block[index] ?? 0);
    unsigned += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  if (stated !== unsigned && stated !== signed) throw invalid("a header's checksum is wrong");
}

function text(block: Uint8Array, offset: number, length: number): string {
  const field = block.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return lossyText(end === -1 ? field : field.subarray(0, end));
}

/** Octal digits with spaces or NULs around them, or GNU's big-endian binary with the highest bit set. */
function number(block: Uint8Array, offset: number, length: number): number {
  const field = block.subarray(offset, offset + length);
  const first = field[0] ?? 0;
  if (first >= 0x80) return binaryNumber(field);
  const digits = lossyText(field).replace(/^[ \0]+|[ \0].*$/gs, "");
  if (digits === "") return 0;
  if (!/^[0-7]+$/.test(digits)) throw invalid("a number in a header is not octal");
  return Number.parseInt(digits, 8);
}

function binaryNumber(field: Uint8Array): number {
  let value = (field[0] ?? 0) & 0x7f;
  for (const byte of field.subarray(1)) value = value * 256 + byte;
  if (!Number.isSafeInteger(value) || ((field[0] ?? 0) & 0x40) !== 0)
    throw invalid("a number in a header is too large");
  return value;
}
