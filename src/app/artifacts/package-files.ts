import { AmapError, decodeUtf8, encodeUtf8, LIMITS } from "../../base/index.ts";
import type { ArchiveEntry } from "../../ports/index.ts";
import type { World } from "../world.ts";
import type { FilesLayer } from "./artifact.ts";
import { chunksOf } from "./take-entries.ts";

/** The longest description that a package file may have of itself. */
const CONTROL_BYTES = 4 * 1024 * 1024;

/**
 * The package file of a distribution as the entry of the database that installing it would make: the components are then
 * those that an image with this package has.
 * @throws {AmapError} ARCHIVE_INVALID, NOT_SUPPORTED (a control archive compressed with xz, an rpm), LIMIT_EXCEEDED
 */
export async function openPackageFile(world: World, path: string): Promise<FilesLayer> {
  if (path.endsWith(".apk")) return madeLayer(new Map([["lib/apk/db/installed", await readApk(world, path)]]));
  const bytes = await world.files.read(path, LIMITS.openedArchiveBytes);
  const member = findControl(bytes, path);
  const control = await readControl(world, member, path);
  return madeLayer(new Map([["var/lib/dpkg/status.d/control", control]]));
}

interface ArMember {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const AR_START = 8;
const AR_HEADER = 60;
const AR_MAGIC = "!<arch>\n";

/** The control archive of a Debian package (deb(5)), which is an `ar` archive. */
function findControl(bytes: Uint8Array, path: string): ArMember {
  const text = (from: number, to: number): string => String.fromCharCode(...bytes.subarray(from, to));
  if (text(0, AR_START) !== AR_MAGIC) {
    throw new AmapError(
      "NOT_SUPPORTED",
      `${path}: amap reads packages of Debian and Alpine; it does not read this kind`,
      {
        hint: "Install the package and catalogue the folder, or the image that has it.",
      },
    );
  }
  for (let at = AR_START; at + AR_HEADER <= bytes.length; ) {
    const name = text(at, at + 16)
      .trimEnd()
      .replace(/\/$/, "");
    const sizeText = text(at + 48, at + 58).trimEnd();
    const size = /^[0-9]+$/.test(sizeText) ? Number(sizeText) : Number.NaN;
    const start = at + AR_HEADER;
    if (!Number.isSafeInteger(size) || start + size > bytes.length) {
      throw new AmapError("ARCHIVE_INVALID", `${path}: a member of the archive is longer than the file`);
    }
    if (name.startsWith("control.tar")) return { name, bytes: bytes.subarray(start, start + size) };
    at = start + size + (size % 2);
  }
  throw new AmapError("ARCHIVE_INVALID", `${path}: expected control.tar in a Debian package, found none`);
}

async function readControl(world: World, { name, bytes }: ArMember, path: string): Promise<Uint8Array> {
  const isControl = (entry: ArchiveEntry): boolean => entry.kind === "file" && /^(?:\.\/)?control$/.test(entry.path);
  try {
    for await (const { content } of world.archives.readTar(chunksOf(bytes), {
      wants: isControl,
      maxFileBytes: CONTROL_BYTES,
    })) {
      if (content !== undefined) return content;
    }
  } catch (error) {
    if (!(error instanceof AmapError)) throw error;
    throw new AmapError(error.code, `${path}: ${name}: ${error.message}`, { cause: error });
  }
  throw new AmapError("ARCHIVE_INVALID", `${path}: ${name}: expected the file control, found none`);
}

/** Fields of `.PKGINFO` and the letters that apk's database has for them. */
const APK_FIELDS: ReadonlyMap<string, string> = new Map([
  ["pkgname", "P"],
  ["pkgver", "V"],
  ["arch", "A"],
  ["size", "I"],
  ["pkgdesc", "T"],
  ["url", "U"],
  ["license", "L"],
  ["origin", "o"],
  ["maintainer", "m"],
]);
const APK_LISTS: ReadonlyMap<string, string> = new Map([
  ["depend", "D"],
  ["provides", "p"],
]);

async function readApk(world: World, path: string): Promise<Uint8Array> {
  const isInfo = (entry: ArchiveEntry): boolean => entry.kind === "file" && entry.path === ".PKGINFO";
  const read = world.archives.readTar(world.files.readChunks(path), { wants: isInfo, maxFileBytes: CONTROL_BYTES });
  for await (const { content } of read) {
    if (content !== undefined) return encodeUtf8(toDatabaseEntry(decodeUtf8(content) ?? ""));
  }
  throw new AmapError("ARCHIVE_INVALID", `${path}: expected .PKGINFO in an Alpine package, found none`);
}

function toDatabaseEntry(info: string): string {
  const lines: string[] = [];
  const lists = new Map<string, string[]>();
  for (const line of info.split("\n")) {
    const [, key = "", value = ""] = /^([a-z]+)\s*=\s*(.*)$/.exec(line) ?? [];
    const letter = APK_FIELDS.get(key);
    if (letter !== undefined) lines.push(`${letter}:${value}`);
    const list = APK_LISTS.get(key);
    if (list !== undefined) lists.set(list, [...(lists.get(list) ?? []), value]);
  }
  for (const [letter, values] of lists) lines.push(`${letter}:${values.join(" ")}`);
  return `${lines.join("\n")}\n\n`;
}

/** Files in memory. */
function madeLayer(files: ReadonlyMap<string, Uint8Array>): FilesLayer {
  return {
    async *files({ wants }) {
      for (const [path, content] of files) {
        const entry: ArchiveEntry = { path, kind: "file", size: content.length, mode: 0o644 };
        yield wants(entry) ? { entry, content } : { entry };
      }
    },
  };
}
