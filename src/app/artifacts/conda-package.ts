import { AmapError, decodeUtf8, LIMITS } from "../../base/index.ts";
import type { OpenedFile } from "../../ports/index.ts";
import type { World } from "../world.ts";
import type { FilesLayer } from "./artifact.ts";
import { DESCRIPTION_BYTES, madeLayer, packedLayer } from "./files-layers.ts";
import { chunksOf } from "./take-entries.ts";

const DESCRIPTION = "info/index.json";

/**
 * A package of conda in its second form: a zip with an archive of descriptions and one of files. It is what installing it
 * would note down, and its files.
 * @throws {AmapError} ARCHIVE_INVALID, NOT_SUPPORTED, LIMIT_EXCEEDED
 */
export async function openCondaPackage(world: World, path: string): Promise<readonly FilesLayer[]> {
  const file = await world.files.open(path);
  try {
    const description = await readDescription(world, file, path);
    const name = path.slice(path.lastIndexOf("/") + 1, -".conda".length);
    const files = packedLayer(world, path, "the files", async function* (opened, choice) {
      const bytes = await readMember(world, opened, "pkg-", path);
      yield* world.archives.readTar(chunksOf(bytes), choice);
    });
    return [madeLayer(new Map([[`conda-meta/${name}.json`, description]])), files];
  } finally {
    await file.close();
  }
}

async function readDescription(world: World, file: OpenedFile, path: string): Promise<Uint8Array> {
  const bytes = await readMember(world, file, "info-", path);
  const choice = {
    wants: (entry: { readonly path: string }) => entry.path === DESCRIPTION,
    maxFileBytes: DESCRIPTION_BYTES,
  };
  for await (const { content } of world.archives.readTar(chunksOf(bytes), choice)) {
    if (content !== undefined && decodeUtf8(content) !== undefined) return content;
  }
  throw new AmapError("ARCHIVE_INVALID", `${path}: expected ${DESCRIPTION} in a package of conda, found none`);
}

/** The archive in the zip whose name begins so. */
async function readMember(world: World, file: OpenedFile, beginning: string, path: string): Promise<Uint8Array> {
  const choice = {
    wants: (entry: { readonly path: string }) => entry.path.startsWith(beginning) && entry.path.endsWith(".tar.zst"),
    maxFileBytes: LIMITS.openedArchiveBytes,
    passedOver: (at: string, reason: string): void => {
      throw new AmapError("ARCHIVE_INVALID", `${path}: ${at}: ${reason}`);
    },
  };
  for await (const { content } of world.archives.readZip(file, choice)) if (content !== undefined) return content;
  throw new AmapError("ARCHIVE_INVALID", `${path}: expected ${beginning}*.tar.zst in a package of conda, found none`);
}
