import { AmapError } from "../../../../base/index.ts";

const HEADER_MAGIC = 0x506d_7052; // "RpmP"
const SLOT_MAGIC = 0x746f_6c53; // "Slot"
const BLOB_MAGIC = 0x5362_6c42; // "BlbS"
/** Versions of the file that rpm wrote. */
const VERSION = 0;
const PAGE_BYTES = 4096;
const SLOT_BYTES = 16;
/** The file's own header takes the place of the first two slots. */
const HEADER_BYTES = 32;
const BLOCK_BYTES = 16;
const BLOB_HEADER_BYTES = 16;

/**
 * The header blobs of rpm's own database (`Packages.db`, "ndb"), in the order of its slots: pages of slots that say
 * where each package's blob lies. All numbers are little-endian. Blobs together are not longer than the file.
 * @throws {AmapError} PACKAGE_DATABASE_INVALID for a damaged file; the blobs before the damage are given before
 * @see https://github.com/rpm-software-management/rpm/blob/master/lib/backend/ndb/rpmpkg.c
 */
export function* readNdb(bytes: Uint8Array): Generator<Uint8Array> {
  if (bytes.length < HEADER_BYTES) throw invalid("expected an rpm database (ndb), found a file without its header");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(0, true) !== HEADER_MAGIC) throw invalid("expected an rpm database (ndb), found other bytes");
  const version = view.getUint32(4, true);
  if (version !== VERSION) throw invalid(`expected version ${VERSION} of rpm's database (ndb), found ${version}`);
  const slotsEnd = view.getUint32(12, true) * PAGE_BYTES;
  if (slotsEnd > bytes.length) throw invalid(`its slots end at byte ${slotsEnd}; the file has ${bytes.length}`);
  let left = bytes.length;
  for (let at = HEADER_BYTES; at < slotsEnd; at += SLOT_BYTES) {
    if (view.getUint32(at, true) !== SLOT_MAGIC) throw invalid(`expected a slot at byte ${at}, found other bytes`);
    const number = view.getUint32(at + 4, true);
    // A free slot has no package.
    if (number === 0) continue;
    const blob = readBlob(bytes, view, number, view.getUint32(at + 8, true) * BLOCK_BYTES);
    left -= blob.length;
    if (left < 0) throw invalid("its packages state more bytes than the file has");
    yield blob;
  }
}

function readBlob(bytes: Uint8Array, view: DataView, number: number, at: number): Uint8Array {
  const start = at + BLOB_HEADER_BYTES;
  if (start > bytes.length) throw invalid(`package ${number} lies outside of the file`);
  if (view.getUint32(at, true) !== BLOB_MAGIC || view.getUint32(at + 4, true) !== number) {
    throw invalid(`expected package ${number} at byte ${at}, found other bytes`);
  }
  const length = view.getUint32(at + 12, true);
  if (start + length > bytes.length) throw invalid(`package ${number} ends outside of the file`);
  return bytes.subarray(start, start + length);
}

function invalid(message: string): AmapError {
  return new AmapError("PACKAGE_DATABASE_INVALID", message);
}
