import { AmapError, decodeUtf8, isAmapError } from "../../base/index.ts";
import type { World } from "../world.ts";
import { beginsAsProgram } from "./program.ts";

/** What a file is by its first bytes. */
export type FileForm = "program" | "zip" | "tar" | "package" | "text" | "unknown";

const HEAD_BYTES = 512;
/** Where a tar's header says that it is one. */
const TAR_MAGIC = 257;

const FORMS: readonly (readonly [at: number, bytes: readonly number[], form: FileForm])[] = [
  [0, [0x50, 0x4b, 0x03, 0x04], "zip"],
  [0, [0x50, 0x4b, 0x05, 0x06], "zip"],
  [0, [0x21, 0x3c, 0x61, 0x72, 0x63, 0x68, 0x3e, 0x0a], "package"],
  [0, [0xed, 0xab, 0xee, 0xdb], "package"],
  [TAR_MAGIC, [0x75, 0x73, 0x74, 0x61, 0x72], "tar"],
];
const COMPRESSED: readonly (readonly number[])[] = [
  [0x1f, 0x8b],
  [0x28, 0xb5, 0x2f, 0xfd],
  [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00],
  // These are refused by their names.
  [0x42, 0x5a, 0x68],
  [0x04, 0x22, 0x4d, 0x18],
];

/** Tells a file by its first bytes, and a compressed one by those behind the compression. */
export async function formOf(world: World, path: string): Promise<FileForm> {
  const head = await world.files.readStart(path, HEAD_BYTES);
  if (!COMPRESSED.some((bytes) => bytes.every((byte, index) => head[index] === byte))) return formOfHead(head);
  const inner = formOfHead(await readDecompressedHead(world, path));
  if (inner !== "tar") return "unknown";
  return path.endsWith(".apk") ? "package" : "tar";
}

function formOfHead(head: Uint8Array): FileForm {
  const found = FORMS.find(([at, bytes]) => bytes.every((byte, index) => head[at + index] === byte));
  if (found !== undefined) return found[2];
  if (beginsAsProgram(head)) return "program";
  // The last character may be cut.
  const isText =
    !head.includes(0) && [0, 1, 2, 3].some((cut) => decodeUtf8(head.subarray(0, head.length - cut)) !== undefined);
  return isText ? "text" : "unknown";
}

async function readDecompressedHead(world: World, path: string): Promise<Uint8Array> {
  const head = new Uint8Array(HEAD_BYTES);
  let filled = 0;
  try {
    for await (const chunk of world.archives.decompress(world.files.readChunks(path))) {
      const taken = chunk.subarray(0, HEAD_BYTES - filled);
      head.set(taken, filled);
      filled += taken.length;
      if (filled === HEAD_BYTES) break;
    }
  } catch (error) {
    if (!isAmapError(error)) throw error;
    if (error.code !== "ARCHIVE_INVALID")
      throw new AmapError(error.code, `${path}: ${error.message}`, { cause: error });
  }
  return head.subarray(0, filled);
}
