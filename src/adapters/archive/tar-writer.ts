import { AmapError, concatBytes, encodeUtf8, LIMITS } from "../../base/index.ts";
import type { ArchiveFile } from "../../ports/index.ts";
import { BLOCK_BYTES } from "./tar-header.ts";

const NAME_BYTES = 100;
const PREFIX_BYTES = 155;
const TYPES = { file: "0", symlink: "2", directory: "5" } as const;
const EMPTY = new Uint8Array(0);

/**
 * Writes entries as a ustar archive, sorted by path, with pax records where a name or link does not fit (POSIX.1-2017).
 * Times, owners and their names are zero and empty: only the files decide the bytes.
 */
export function writeTar(files: readonly ArchiveFile[]): Uint8Array {
  const sorted = files.map((file) => ({ file, path: storedPath(file) })).sort((a, b) => (a.path < b.path ? -1 : 1));
  const parts: Uint8Array[] = [];
  const given = new Set<string>();
  for (const { file, path } of sorted) {
    const name = path.replace(/\/$/, "");
    if (given.has(name)) throw refused(path, "it is given twice");
    given.add(name);
    parts.push(...entryBlocks(file, path));
  }
  parts.push(new Uint8Array(2 * BLOCK_BYTES));
  return concatBytes(parts);
}

function storedPath(file: ArchiveFile): string {
  const path = file.path.replace(/\/+$/, "");
  const isClean = path.split("/").every((segment) => segment !== "" && segment !== "." && segment !== "..");
  if (!isClean || path.includes("\0")) throw refused(path, "it is not a relative path without . and ..");
  if (!path.isWellFormed() || encodeUtf8(path).length > LIMITS.pathBytes) {
    throw refused(path, `it is not text of at most ${LIMITS.pathBytes} bytes`);
  }
  return file.kind === "directory" ? `${path}/` : path;
}

function entryBlocks(file: ArchiveFile, path: string): readonly Uint8Array[] {
  const content = file.kind === "file" ? (file.content ?? EMPTY) : EMPTY;
  const linkPath = file.kind === "symlink" ? (file.linkPath ?? "") : "";
  if (file.kind === "symlink" && (linkPath === "" || linkPath.includes("\0"))) {
    throw refused(path, "a symbolic link needs a target");
  }
  const name = splitName(path);
  const linkFits = isAscii(linkPath) && linkPath.length <= NAME_BYTES;
  const records = [
    ...(name === undefined ? [paxRecord("path", path)] : []),
    ...(linkFits ? [] : [paxRecord("linkpath", linkPath)]),
  ];
  const extended = concatBytes(records);
  // The short name behind an extended header is only a place-holder for readers that do not know pax.
  const header = headerBlock({
    name: name?.name ?? asciiTail(path),
    prefix: name?.prefix ?? "",
    mode: file.mode,
    size: content.length,
    type: TYPES[file.kind],
    linkName: linkFits ? linkPath : asciiTail(linkPath),
  });
  const paxHeader = { name: `PaxHeader/${asciiTail(path).slice(-80)}`, prefix: "", mode: 0o644, linkName: "" };
  return [
    ...(records.length === 0
      ? []
      : [headerBlock({ ...paxHeader, size: extended.length, type: "x" }), padded(extended)]),
    header,
    padded(content),
  ];
}

function headerBlock(fields: {
  readonly name: string;
  readonly prefix: string;
  readonly mode: number;
  readonly size: number;
  readonly type: string;
  readonly linkName: string;
}): Uint8Array {
  const block = new Uint8Array(BLOCK_BYTES);
  const put = (text: string, offset: number): void => block.set(encodeUtf8(text), offset);
  put(fields.name, 0);
  put(octal(fields.mode & 0o7777, 7), 100);
  put(octal(0, 7), 108);
  put(octal(0, 7), 116);
  put(octal(fields.size, 11), 124);
  put(octal(0, 11), 136);
  put(" ".repeat(8), 148);
  put(fields.type, 156);
  put(fields.linkName, 157);
  put("ustar\x0000", 257);
  put(octal(0, 7), 329);
  put(octal(0, 7), 337);
  put(fields.prefix, 345);
  const checksum = block.reduce((sum, byte) => sum + byte, 0);
  put(`${checksum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

function octal(value: number, digits: number): string {
  return `${value.toString(8).padStart(digits, "0")}\0`;
}

/** The name in ustar's two fields, cut at a slash; undefined where it does not fit. */
function splitName(path: string): { readonly name: string; readonly prefix: string } | undefined {
  if (!isAscii(path)) return undefined;
  if (path.length <= NAME_BYTES) return { name: path, prefix: "" };
  const cut = path.indexOf("/", Math.max(0, path.length - NAME_BYTES - 1));
  if (cut < 1 || cut > PREFIX_BYTES || cut === path.length - 1) return undefined;
  return { name: path.slice(cut + 1), prefix: path.slice(0, cut) };
}

/** A record's length counts its own digits. */
function paxRecord(key: string, value: string): Uint8Array {
  const rest = encodeUtf8(` ${key}=${value}\n`).length;
  let length = rest + String(rest).length;
  if (rest + String(length).length !== length) length = rest + String(length).length;
  return encodeUtf8(`${length} ${key}=${value}\n`);
}

function padded(bytes: Uint8Array): Uint8Array {
  if (bytes.length % BLOCK_BYTES === 0) return bytes;
  const whole = new Uint8Array(Math.ceil(bytes.length / BLOCK_BYTES) * BLOCK_BYTES);
  whole.set(bytes);
  return whole;
}

function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

function asciiTail(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "_").slice(-NAME_BYTES);
}

function refused(path: string, why: string): AmapError {
  return new AmapError("VALUE_INVALID", `cannot store ${JSON.stringify(path.slice(0, 200))} in an archive: ${why}`);
}
