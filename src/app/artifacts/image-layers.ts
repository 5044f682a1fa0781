import { type Descriptor, decodeImageConfig, type Manifest } from "../../artifact/index.ts";
import { AmapError, type Digest, type ErrorCode, isAmapError, LIMITS } from "../../base/index.ts";
import type { TarChoice } from "../../ports/index.ts";
import type { OpenImage } from "../open-image.ts";
import type { World } from "../world.ts";
import type { FilesLayer, FilesTree, LayerFile } from "./artifact.ts";

/** Layers that a registry need not hold (image-spec v1.1, layer.md, non-distributable layers). */
const FOREIGN = /foreign|nondistributable/;
/** A layer that is as its digest says and cannot be read: the others can. */
const UNREADABLE: ReadonlySet<ErrorCode> = new Set(["ARCHIVE_INVALID", "NOT_SUPPORTED"]);
const HELM_CONFIG = "application/vnd.cncf.helm.config.v1+json";

/** The files of one of an image's platforms. */
export async function imageTree(world: World, image: OpenImage, manifest: Manifest): Promise<FilesTree> {
  const diffIds = await readDiffIds(image, manifest);
  const broken = new Set<Digest>();
  /** An image of which no layer can be read has nothing to say. */
  const isLast = ({ digest }: Descriptor): boolean =>
    broken.add(digest).size === new Set(manifest.layers.map((layer) => layer.digest)).size;
  const layers = manifest.layers.map((layer, index): FilesLayer => {
    const diffId = diffIds[index];
    return {
      ...(diffId === undefined ? {} : { diffId }),
      files: (choice, tell) => readLayer({ world, image, layer, isLast }, choice, tell),
    };
  });
  return { layers, readsManifests: manifest.config.mediaType === HELM_CONFIG };
}

/** The digests of the uncompressed layers; none where the configuration is of another kind or counts otherwise. */
async function readDiffIds(image: OpenImage, { config, layers }: Manifest): Promise<readonly Digest[]> {
  if (config.size > LIMITS.manifestBytes) return [];
  try {
    const decoded = decodeImageConfig(await image.storage.readBlob(config, LIMITS.manifestBytes));
    const diffIds = decoded.ok ? decoded.value.rootfs.diff_ids : [];
    return diffIds.length === layers.length ? diffIds : [];
  } catch (error) {
    if (isAmapError(error, "BLOB_NOT_FOUND")) return [];
    throw error;
  }
}

interface LayerPlace {
  readonly world: World;
  readonly image: OpenImage;
  readonly layer: Descriptor;
  /** Called for a layer that cannot be read: whether no other one is left. */
  readonly isLast: (layer: Descriptor) => boolean;
}

/**
 * The entries of a layer. A reader may stumble over changed bytes before their digest is known; that they were changed
 * is then the cause that is told, and every other cause names the layer.
 */
async function* readLayer(
  { world, image, layer, isLast }: LayerPlace,
  choice: TarChoice,
  tell: Parameters<FilesLayer["files"]>[1],
): AsyncGenerator<LayerFile> {
  const told = (reason: string): void => tell({ path: "/", reason: `the layer ${layer.digest}: ${reason}` });
  try {
    yield* world.archives.readTar(image.storage.openBlob(layer), choice);
  } catch (error) {
    if (isAmapError(error, "BLOB_NOT_FOUND") && FOREIGN.test(layer.mediaType)) {
      told("it may not be given away by registries, and is not here");
      return;
    }
    if (!isAmapError(error) || error.message.includes(layer.digest)) throw error;
    for await (const _ of image.storage.openBlob(layer)) {
      // Reading to the end is the check: the storage hashes what it gives out.
    }
    const { code, hint, details } = error;
    if (UNREADABLE.has(code) && !isLast(layer)) {
      told(error.message);
      return;
    }
    throw new AmapError(code, `${image.name}: layer ${layer.digest}: ${error.message}`, {
      hint,
      details,
      cause: error,
    });
  }
}
