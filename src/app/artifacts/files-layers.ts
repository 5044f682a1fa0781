import { AmapError, isAmapError } from "../../base/index.ts";
import type { NotLookedAt } from "../../metadata/index.ts";
import type { ArchiveEntry, OpenedFile, TarChoice, WalkedEntry } from "../../ports/index.ts";
import type { World } from "../world.ts";
import type { FilesLayer, LayerFile } from "./artifact.ts";

/** What version control keeps beside the files. */
const VERSION_CONTROL = new Set([".git", ".hg", ".svn", ".bzr", "CVS", ".jj"]);
/** Names that mean something in a layer and nothing in a folder. */
const WHITEOUT = /(?:^|\/)\.wh\.[^/]*$/;
/** What a folder's first bytes are read in. */
const HEAD_BYTES = 8;

/** The files of a folder. Links are read for where they lead to inside it, and never followed. */
export function folderLayer(world: World, root: string): FilesLayer {
  return {
    async *files(choice, tell) {
      const skips = (path: string): boolean =>
        VERSION_CONTROL.has(path.slice(path.lastIndexOf("/") + 1)) || WHITEOUT.test(path);
      for await (const walked of world.files.walk(root, { skips })) {
        if (walked.problem !== undefined) tell({ path: `/${walked.path}`, reason: walked.problem });
        else if (!WHITEOUT.test(walked.path)) yield await readWalked(world, root, walked, choice, tell);
      }
    },
  };
}

async function readWalked(
  world: World,
  root: string,
  walked: WalkedEntry,
  choice: TarChoice,
  tell: (note: NotLookedAt) => void,
): Promise<LayerFile> {
  const entry: ArchiveEntry = walked;
  if (entry.kind !== "file") return { entry };
  const place = `${root}/${entry.path}`;
  try {
    const isWanted =
      choice.wants(entry) ||
      (choice.wantsHead !== undefined &&
        choice.mayWantHead?.(entry) !== false &&
        choice.wantsHead(entry, await world.files.readStart(place, HEAD_BYTES)));
    return isWanted ? { entry, content: await world.files.read(place, choice.maxFileBytes) } : { entry };
  } catch (error) {
    // A file that nobody may read, or that went away meanwhile, does not end the walk.
    if (!isAmapError(error, "FILE_NOT_FOUND") && !isAmapError(error, "FILE_UNREADABLE")) throw error;
    tell({ path: `/${entry.path}`, reason: error.message });
    return { entry };
  }
}

/** One file alone, under its own name, as a layer. */
export function fileLayer(world: World, path: string, name: string, mode: number): FilesLayer {
  return {
    async *files(choice) {
      const bytes = await world.files.read(path, choice.maxFileBytes);
      const entry: ArchiveEntry = { path: name, kind: "file", size: bytes.length, mode };
      const isWanted = choice.wants(entry) || choice.wantsHead?.(entry, bytes.subarray(0, HEAD_BYTES)) === true;
      yield isWanted ? { entry, content: bytes } : { entry };
    },
  };
}

/** The entries of a tar, also a compressed one. */
export function tarLayer(world: World, path: string): FilesLayer {
  return { files: (choice) => world.archives.readTar(world.files.readChunks(path), choice) };
}

/** The entries of a zip, which is read by its parts. */
export function zipLayer(world: World, path: string): FilesLayer {
  return {
    async *files(choice, tell) {
      const file = await world.files.open(path);
      try {
        const passedOver = (at: string, reason: string): void => tell({ path: `/${at}`, reason });
        yield* world.archives.readZip(file, { ...choice, passedOver });
      } finally {
        await file.close();
      }
    },
  };
}

/**
 * The files in a part of a file, as `read` reads them. Where that part is in a form that amap does not read, it is told and
 * what the package says of itself is still catalogued; a damaged one is an error.
 */
export function packedLayer(
  world: World,
  path: string,
  part: string,
  read: (file: OpenedFile, choice: TarChoice) => AsyncIterable<LayerFile>,
): FilesLayer {
  return {
    async *files(choice, tell) {
      const file = await world.files.open(path);
      try {
        yield* read(file, choice);
      } catch (error) {
        if (!isAmapError(error)) throw error;
        const message = `${part}: ${error.message}`;
        if (error.code !== "NOT_SUPPORTED") throw new AmapError(error.code, message, { cause: error });
        tell({ path: "/", reason: message });
      } finally {
        await file.close();
      }
    },
  };
}

/** The longest description that a package file may have of itself. */
export const DESCRIPTION_BYTES = 4 * 1024 * 1024;

/** Files in memory. */
export function madeLayer(files: ReadonlyMap<string, Uint8Array>): FilesLayer {
  return {
    async *files({ wants }) {
      for (const [path, content] of files) {
        const entry: ArchiveEntry = { path, kind: "file", size: content.length, mode: 0o644 };
        yield wants(entry) ? { entry, content } : { entry };
      }
    },
  };
}
