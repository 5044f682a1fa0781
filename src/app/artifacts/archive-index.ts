import { AmapError, LIMITS } from "../../base/index.ts";
import type { ArchiveEntry } from "../../ports/index.ts";
import type { World } from "../world.ts";

/** What stands in an archive of images: the small JSON files whole, of all others the sizes. */
export interface ArchiveIndex {
  readonly documents: ReadonlyMap<string, Uint8Array>;
  /** Bytes of each file, by path. */
  readonly files: ReadonlyMap<string, number>;
  /** The path in the archive of a file that others name, links followed. */
  resolve(path: string): string | undefined;
  /** The path as it is written in the archive. */
  writtenAs(path: string): string;
}

const OPENS_OBJECT = 0x7b;
const OPENS_LIST = 0x5b;

/**
 * Goes through an archive once.
 * @throws {AmapError} ARCHIVE_INVALID, LIMIT_EXCEEDED, NOT_SUPPORTED
 */
export async function indexArchive(world: World, path: string): Promise<ArchiveIndex> {
  const documents = new Map<string, Uint8Array>();
  const files = new Map<string, number>();
  const links = new Map<string, string>();
  const written = new Map<string, string>();
  let total = 0;
  const read = world.archives.readTar(world.files.readChunks(path), {
    wants: () => false,
    wantsHead: (entry, [first]) =>
      entry.size <= LIMITS.manifestBytes && (first === OPENS_OBJECT || first === OPENS_LIST),
    maxFileBytes: LIMITS.manifestBytes,
  });
  for await (const { entry, content } of read) {
    const at = cleanPath(entry.path);
    if (entry.kind === "file") {
      files.set(at, entry.size);
      written.set(at, entry.path);
    } else if (entry.linkPath !== undefined) links.set(at, targetOf(entry, at));
    if (content === undefined) continue;
    total += content.length;
    if (total > LIMITS.catalogTotalBytes) {
      throw new AmapError("LIMIT_EXCEEDED", `${path}: its documents have more than ${LIMITS.catalogTotalBytes} bytes`);
    }
    documents.set(at, content);
  }
  const resolve = (wanted: string): string | undefined => {
    let at = cleanPath(wanted);
    for (let count = 0; count < LIMITS.linkDepth; count += 1) {
      const next = links.get(at);
      if (next === undefined || files.has(at)) return files.has(at) ? at : undefined;
      at = next;
    }
    return undefined;
  };
  return { documents, files, resolve, writtenAs: (at) => written.get(at) ?? at };
}

/** A link of `docker save` leads from one layer's folder to another's. */
function targetOf(entry: ArchiveEntry, at: string): string {
  const target = entry.linkPath ?? "";
  if (entry.kind === "hardlink" || target.startsWith("/")) return cleanPath(target);
  const slash = at.lastIndexOf("/");
  return cleanPath(slash === -1 ? target : `${at.slice(0, slash)}/${target}`);
}

/** The path without `.` and `..`; what would leave the archive stays in it. */
function cleanPath(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") kept.pop();
    else if (segment !== "" && segment !== ".") kept.push(segment);
  }
  return kept.join("/");
}
