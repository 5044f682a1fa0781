import { AmapError, decodeUtf8, encodeUtf8 } from "../../base/index.ts";
import type { ArchiveEntry } from "../../ports/index.ts";
import type { World } from "../world.ts";
import type { FilesLayer } from "./artifact.ts";
import { DESCRIPTION_BYTES, madeLayer, tarLayer } from "./files-layers.ts";

/**
 * A package of Alpine: what installing it would add to the database, and its files.
 * @throws {AmapError} ARCHIVE_INVALID, NOT_SUPPORTED, LIMIT_EXCEEDED
 */
export async function openAlpinePackage(world: World, path: string): Promise<readonly FilesLayer[]> {
  return [madeLayer(new Map([["lib/apk/db/installed", await readApk(world, path)]])), tarLayer(world, path)];
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
  const read = world.archives.readTar(world.files.readChunks(path), { wants: isInfo, maxFileBytes: DESCRIPTION_BYTES });
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
    if (list === undefined) continue;
    const known = lists.get(list);
    if (known === undefined) lists.set(list, [value]);
    else known.push(value);
  }
  for (const [letter, values] of lists) lines.push(`${letter}:${values.join(" ")}`);
  return `${lines.join("\n")}\n\n`;
}
