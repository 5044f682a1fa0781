import { AmapError, decodeLatin1 } from "../../base/index.ts";
import type { ArchiveEntry, OpenedFile } from "../../ports/index.ts";
import type { World } from "../world.ts";
import type { FilesLayer } from "./artifact.ts";
import { DESCRIPTION_BYTES, madeLayer, packedLayer } from "./files-layers.ts";
import { chunksOfFile } from "./take-entries.ts";

const AR_START = 8;
const AR_HEADER = 60;
/** Members of a package: three, and few more in packages that are signed. */
const MOST_MEMBERS = 64;

/** Where a member of an `ar` archive lies in the file. */
interface ArMember {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/**
 * A package of Debian (deb(5)): an `ar` archive with an archive of descriptions and one of files.
 * @throws {AmapError} ARCHIVE_INVALID, NOT_SUPPORTED (descriptions that are compressed in another way), LIMIT_EXCEEDED
 */
export async function openDebianPackage(world: World, path: string): Promise<readonly FilesLayer[]> {
  const file = await world.files.open(path);
  try {
    const members = await readMembers(file, path);
    const find = (beginning: string): ArMember | undefined => members.find(({ name }) => name.startsWith(beginning));
    const description = find("control.tar");
    if (description === undefined) {
      throw new AmapError("ARCHIVE_INVALID", `${path}: expected control.tar in a Debian package, found none`);
    }
    const control = await readControl(world, file, description, path);
    const files = find("data.tar");
    if (files === undefined) {
      throw new AmapError("ARCHIVE_INVALID", `${path}: expected data.tar in a Debian package, found none`);
    }
    return [madeLayer(new Map([["var/lib/dpkg/status.d/control", control]])), dataLayer(world, path, files)];
  } finally {
    await file.close();
  }
}

async function readMembers(file: OpenedFile, path: string): Promise<readonly ArMember[]> {
  const members: ArMember[] = [];
  for (let at = AR_START; at + AR_HEADER <= file.size && members.length < MOST_MEMBERS; ) {
    const header = decodeLatin1(await file.read(at, AR_HEADER));
    const name = header.slice(0, 16).trimEnd().replace(/\/$/, "");
    const sizeText = header.slice(48, 58).trimEnd();
    const size = /^[0-9]+$/.test(sizeText) ? Number(sizeText) : Number.NaN;
    const from = at + AR_HEADER;
    const to = from + size;
    if (!Number.isSafeInteger(size) || to > file.size) {
      throw new AmapError("ARCHIVE_INVALID", `${path}: a member of the archive is longer than the file`);
    }
    members.push({ name, from, to });
    at = to + (size % 2);
  }
  return members;
}

async function readControl(
  world: World,
  file: OpenedFile,
  { name, from, to }: ArMember,
  path: string,
): Promise<Uint8Array> {
  const isControl = (entry: ArchiveEntry): boolean => entry.kind === "file" && /^(?:\.\/)?control$/.test(entry.path);
  const choice = { wants: isControl, maxFileBytes: DESCRIPTION_BYTES };
  try {
    for await (const { content } of world.archives.readTar(chunksOfFile(file, from, to), choice)) {
      if (content !== undefined) return content;
    }
  } catch (error) {
    if (!(error instanceof AmapError)) throw error;
    throw new AmapError(error.code, `${path}: ${name}: ${error.message}`, { cause: error });
  }
  throw new AmapError("ARCHIVE_INVALID", `${path}: ${name}: expected the file control, found none`);
}

function dataLayer(world: World, path: string, { name, from, to }: ArMember): FilesLayer {
  return packedLayer(world, path, name, (file, choice) => world.archives.readTar(chunksOfFile(file, from, to), choice));
}
