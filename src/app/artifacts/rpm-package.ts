import { AmapError, concatBytes, encodeUtf8, hashHex, LIMITS } from "../../base/index.ts";
import type { OpenedFile } from "../../ports/index.ts";
import type { World } from "../world.ts";
import type { FilesLayer } from "./artifact.ts";
import { madeLayer, packedLayer } from "./files-layers.ts";
import { chunksOfFile } from "./take-entries.ts";

/** What a package begins with: an older description of it that nobody reads any more. */
const LEAD_MAGIC = [0xed, 0xab, 0xee, 0xdb];
const LEAD_BYTES = 96;
const HEADER_MAGIC = [0x8e, 0xad, 0xe8, 0x01];
const INTRODUCTION_BYTES = 16;
const ENTRY_BYTES = 16;
const STRING = 6;
/** Digests of the header, which stand in the signature and which rpm adds to the header when it installs a package. */
const DIGESTS: readonly (readonly [tag: number, algorithm: "sha256" | "sha1"])[] = [
  [273, "sha256"],
  [269, "sha1"],
];

/** Whether a file's first bytes are those of an rpm package. */
export function isRpmHead(head: Uint8Array): boolean {
  return LEAD_MAGIC.every((byte, index) => head[index] === byte);
}

/**
 * A package of rpm: what installing it would add to the database, and its files.
 * @throws {AmapError} ARCHIVE_INVALID (also where the header is not the one that the package states a digest of),
 * LIMIT_EXCEEDED
 * @see https://rpm-software-management.github.io/rpm/manual/format_v4.html
 */
export async function openRpmPackage(world: World, path: string): Promise<readonly FilesLayer[]> {
  const file = await world.files.open(path);
  try {
    const signature = await readHeader(file, LEAD_BYTES, path);
    const header = await readHeader(file, LEAD_BYTES + Math.ceil(signature.bytes.length / 8) * 8, path);
    const digests = DIGESTS.flatMap(([tag, algorithm]) => {
      const stated = textOf(signature, tag);
      return stated === undefined ? [] : [{ tag, algorithm, stated }];
    });
    for (const { algorithm, stated } of digests) {
      if (hashHex(algorithm, header.bytes) === stated) continue;
      throw new AmapError("ARCHIVE_INVALID", `${path}: its header does not have the ${algorithm} that it states`);
    }
    const database = toDatabase(
      withTexts(
        header,
        digests.map(({ tag, stated }) => [tag, stated]),
      ),
    );
    const payload = packedLayer(world, path, "the payload", (opened, choice) =>
      world.archives.readCpio(chunksOfFile(opened, header.end), choice),
    );
    return [madeLayer(new Map([["var/lib/rpm/Packages.db", database]])), payload];
  } finally {
    await file.close();
  }
}

/** A header with its magic, and where it ends in the file. */
interface RawHeader {
  readonly bytes: Uint8Array;
  readonly entryCount: number;
  readonly end: number;
}

async function readHeader(file: OpenedFile, at: number, path: string): Promise<RawHeader> {
  const introduction = await file.read(at, INTRODUCTION_BYTES);
  if (introduction.length < INTRODUCTION_BYTES || HEADER_MAGIC.some((byte, index) => introduction[index] !== byte)) {
    throw new AmapError("ARCHIVE_INVALID", `${path}: expected a header of rpm at byte ${at}, found other bytes`);
  }
  const view = viewOf(introduction);
  const entryCount = view.getUint32(8);
  const length = INTRODUCTION_BYTES + entryCount * ENTRY_BYTES + view.getUint32(12);
  if (length > LIMITS.catalogFileBytes) {
    throw new AmapError(
      "LIMIT_EXCEEDED",
      `${path}: a header of ${length} bytes; catalogFileBytes is ${LIMITS.catalogFileBytes}`,
    );
  }
  const bytes = await file.read(at, length);
  if (bytes.length === length) return { bytes, entryCount, end: at + length };
  throw new AmapError("ARCHIVE_INVALID", `${path}: a header of rpm is longer than the file`);
}

/** A text of the signature; undefined where it has none or is damaged. */
function textOf({ bytes, entryCount }: RawHeader, tag: number): string | undefined {
  const view = viewOf(bytes);
  const data = INTRODUCTION_BYTES + entryCount * ENTRY_BYTES;
  for (let at = INTRODUCTION_BYTES; at < data; at += ENTRY_BYTES) {
    if (view.getUint32(at) !== tag || view.getUint32(at + 4) !== STRING) continue;
    const from = data + view.getUint32(at + 8);
    const end = bytes.indexOf(0, from);
    return end === -1 ? undefined : String.fromCharCode(...bytes.subarray(from, Math.min(end, from + 200)));
  }
  return undefined;
}

/** The header as the database holds it, with texts behind what it has. */
function withTexts({ bytes, entryCount }: RawHeader, texts: readonly (readonly [number, string])[]): Uint8Array {
  const data = INTRODUCTION_BYTES + entryCount * ENTRY_BYTES;
  const introduction = new DataView(new ArrayBuffer(8));
  const entries = new DataView(new ArrayBuffer(texts.length * ENTRY_BYTES));
  const added: Uint8Array[] = [];
  let end = bytes.length - data;
  texts.forEach(([tag, text], index) => {
    const at = index * ENTRY_BYTES;
    entries.setUint32(at, tag);
    entries.setUint32(at + 4, STRING);
    entries.setUint32(at + 8, end);
    entries.setUint32(at + 12, 1);
    added.push(encodeUtf8(`${text}\0`));
    end += text.length + 1;
  });
  introduction.setUint32(0, entryCount + texts.length);
  introduction.setUint32(4, end);
  return concatBytes([
    bytesOf(introduction),
    bytes.subarray(INTRODUCTION_BYTES, data),
    bytesOf(entries),
    bytes.subarray(data),
    ...added,
  ]);
}

const PAGE_BYTES = 4096;
const SLOT_BYTES = 16;
const BLOCK_BYTES = 16;

/** A database of one package (rpm's "ndb"): a page of slots, of which the first is taken, and the header behind it. */
function toDatabase(header: Uint8Array): Uint8Array {
  const page = new DataView(new ArrayBuffer(PAGE_BYTES + BLOCK_BYTES));
  const put = (at: number, text: string, ...numbers: readonly number[]): void => {
    bytesOf(page).set(encodeUtf8(text), at);
    for (const [index, each] of numbers.entries()) page.setUint32(at + 4 + index * 4, each, true);
  };
  put(0, "RpmP", 0, 1, 1);
  for (let at = 2 * SLOT_BYTES; at < PAGE_BYTES; at += SLOT_BYTES) put(at, "Slot");
  put(2 * SLOT_BYTES, "Slot", 1, PAGE_BYTES / BLOCK_BYTES, Math.ceil(header.length / BLOCK_BYTES) + 2);
  put(PAGE_BYTES, "BlbS", 1, 1, header.length);
  return concatBytes([bytesOf(page), header]);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
