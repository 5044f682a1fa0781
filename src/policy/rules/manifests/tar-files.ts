import { AmapError, decodeLatin1, decodeUtf8 } from "../../../base/index.ts";

/** A regular file of a tar. */
interface TarFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

const BLOCK = 512;
const NAME = { at: 0, length: 100 };
const SIZE = { at: 124, length: 12 };
const CHECKSUM = { at: 148, length: 8 };
const TYPE_AT = 156;
const PREFIX = { at: 345, length: 155 };
/** Long names of GNU tar, and records of pax for one entry and for all: their content is about the next entry. */
const LONG_NAME = "L";
const RECORDS = "x";
const COMMON_RECORDS = "g";

/**
 * The regular files of a small tar that is in memory as a whole, as signing tools write manifests; folders are left out.
 * Anything else in it, such as a link, is refused: what it stands for is not in the tar.
 * @throws {AmapError} ARCHIVE_INVALID
 */
export function readTarFiles(tar: Uint8Array): readonly TarFile[] {
  const files: TarFile[] = [];
  let longName: string | undefined;
  for (let at = 0; at + BLOCK <= tar.length; ) {
    const header = tar.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) break;
    checkSum(header);
    const size = readOctal(header, SIZE);
    const begin = at + BLOCK;
    if (begin + size > tar.length) throw new AmapError("ARCHIVE_INVALID", "the tar is cut off");
    const content = tar.subarray(begin, begin + size);
    at = begin + Math.ceil(size / BLOCK) * BLOCK;
    const type = String.fromCharCode(header[TYPE_AT] ?? 0);
    if (type === LONG_NAME) longName = textOf(content);
    else if (type === RECORDS) longName = pathOfRecords(content) ?? longName;
    else if (type !== COMMON_RECORDS) {
      const path = longName ?? nameOf(header);
      longName = undefined;
      if (type === "0" || type === "\0") files.push({ path, bytes: content });
      else if (type !== "5") throw new AmapError("ARCHIVE_INVALID", `the tar holds "${path}", which is no file`);
    }
  }
  return files;
}

function nameOf(header: Uint8Array): string {
  const name = fieldOf(header, NAME);
  const prefix = fieldOf(header, PREFIX);
  return prefix === "" ? name : `${prefix}/${name}`;
}

/** `LENGTH path=VALUE` with a line feed, the length counting all of it. */
function pathOfRecords(content: Uint8Array): string | undefined {
  return /^\d+ path=(.*)$/m.exec(textOf(content))?.[1];
}

function fieldOf(header: Uint8Array, { at, length }: { readonly at: number; readonly length: number }): string {
  return textOf(header.subarray(at, at + length));
}

/** Up to the first zero byte. */
function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  const used = end < 0 ? bytes : bytes.subarray(0, end);
  return decodeUtf8(used) ?? decodeLatin1(used);
}

function readOctal(header: Uint8Array, field: typeof SIZE): number {
  const text = fieldOf(header, field).trim();
  if (/^[0-7]{1,11}$/.test(text)) return Number.parseInt(text, 8);
  throw new AmapError("ARCHIVE_INVALID", "the tar has a header without a size");
}

/** The sum of all bytes of a header in which the sum itself counts as spaces. */
function checkSum(header: Uint8Array): void {
  const { at, length } = CHECKSUM;
  const found = header.reduce((sum, byte, index) => sum + (index >= at && index < at + length ? 0x20 : byte), 0);
  if (found !== readOctal(header, CHECKSUM)) throw new AmapError("ARCHIVE_INVALID", "the tar's header is damaged");
}
