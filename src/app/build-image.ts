import {
  type Descriptor,
  encodeImageConfig,
  encodeIndex,
  encodeManifest,
  MEDIA_TYPES,
  type Platform,
  type RuntimeConfig,
} from "../artifact/index.ts";
import { LIMITS } from "../base/index.ts";
import type { ArchiveFile, OciStorage } from "../ports/index.ts";
import type { World } from "./world.ts";

/** One layer to build: files of a folder, placed below a path of the image. */
export interface LayerInput {
  /** For the image's history: `base`, `application`. */
  readonly name: string;
  readonly directory: string;
  /** Where the folder's files go, without leading slash: `app`; empty for the root. */
  readonly target: string;
  /** Which of the folder's files belong to the layer, by relative path. */
  readonly includes: (path: string) => boolean;
  /** Changes a file's bytes for a platform; absent: all platforms share the layer. */
  readonly adapt?: (path: string, content: Uint8Array, platform: Platform) => Uint8Array;
}

export interface BuildImageInput {
  readonly layers: readonly LayerInput[];
  readonly platforms: readonly Platform[];
  readonly config: RuntimeConfig;
  /** RFC 3339; written into the image, so that the same input gives the same digest. */
  readonly createdAt: string;
  readonly tag: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What was built. */
export interface BuiltImage {
  readonly index: Descriptor;
  readonly platforms: readonly Descriptor[];
  /** The files that went in, with their sha256, for provenance. */
  readonly materials: readonly { readonly path: string; readonly bytes: Uint8Array }[];
}

/**
 * Builds an image for several platforms into a storage: layers as reproducible gzip archives, one manifest a platform,
 * one index, and the tag. The same files, configuration and `createdAt` give the same digests.
 * @throws {AmapError} FILE_NOT_FOUND, FILE_UNREADABLE, LIMIT_EXCEEDED
 */
export async function buildImage(world: World, storage: OciStorage, input: BuildImageInput): Promise<BuiltImage> {
  const materials: { path: string; bytes: Uint8Array }[] = [];
  const sources = await Promise.all(
    input.layers.map(async (layer) => {
      const files = await readLayerFiles(world, layer);
      materials.push(...files.map(({ path, content }) => ({ path: `${layer.directory}/${path}`, bytes: content })));
      return { layer, files };
    }),
  );
  const manifests: Descriptor[] = [];
  for (const platform of input.platforms) manifests.push(await writePlatform(world, storage, input, platform, sources));
  const index = await storage.writeManifest(
    encodeIndex({
      kind: "index",
      mediaType: MEDIA_TYPES.index,
      manifests,
      ...(input.annotations === undefined ? {} : { annotations: input.annotations }),
    }),
    { mediaType: MEDIA_TYPES.index, tag: input.tag },
  );
  materials.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { index, platforms: manifests, materials };
}

interface LayerFile {
  readonly path: string;
  readonly mode: number;
  readonly content: Uint8Array;
}

interface LayerSource {
  readonly layer: LayerInput;
  readonly files: readonly LayerFile[];
}

async function readLayerFiles(world: World, layer: LayerInput): Promise<readonly LayerFile[]> {
  const entries = (await world.files.list(layer.directory, LIMITS.layerEntries)).filter(({ path }) =>
    layer.includes(path),
  );
  const files: LayerFile[] = [];
  for (const { path, mode } of entries) {
    const content = await world.files.read(`${layer.directory}/${path}`, LIMITS.catalogFileBytes);
    // Only whether a file is executable counts: the rest of a mode differs from checkout to checkout.
    files.push({ path, content, mode: (mode & 0o111) === 0 ? 0o644 : 0o755 });
  }
  return files;
}

async function writePlatform(
  world: World,
  storage: OciStorage,
  input: BuildImageInput,
  platform: Platform,
  sources: readonly LayerSource[],
): Promise<Descriptor> {
  const layers: { descriptor: Descriptor; diffId: string; name: string }[] = [];
  for (const source of sources) {
    const archive = await world.archives.writeTarGzip(archiveFilesOf(source, platform));
    const { digest, size } = await storage.writeBlob(archive.bytes);
    layers.push({
      descriptor: { mediaType: MEDIA_TYPES.layerGzip, digest, size },
      diffId: archive.diffId,
      name: source.layer.name,
    });
  }
  const config = encodeImageConfig({
    created: input.createdAt,
    architecture: platform.architecture,
    os: platform.os,
    ...(platform.variant === undefined ? {} : { variant: platform.variant }),
    config: input.config,
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId as `sha256:${string}`) },
    history: layers.map(({ name }) => ({ created: input.createdAt, created_by: `amap build: layer ${name}` })),
  });
  const stored = await storage.writeBlob(config);
  const descriptor = await storage.writeManifest(
    encodeManifest({
      kind: "manifest",
      mediaType: MEDIA_TYPES.manifest,
      config: { mediaType: MEDIA_TYPES.config, ...stored },
      layers: layers.map((layer) => layer.descriptor),
    }),
    { mediaType: MEDIA_TYPES.manifest },
  );
  return { ...descriptor, platform };
}

function archiveFilesOf({ layer, files }: LayerSource, platform: Platform): readonly ArchiveFile[] {
  const prefix = layer.target === "" ? "" : `${layer.target}/`;
  const folders = new Set<string>();
  for (const { path } of files) {
    const parts = `${prefix}${path}`.split("/").slice(0, -1);
    parts.forEach((_, depth) => folders.add(parts.slice(0, depth + 1).join("/")));
  }
  return [
    ...[...folders].map((path): ArchiveFile => ({ path, kind: "directory", mode: 0o755 })),
    ...files.map(
      ({ path, mode, content }): ArchiveFile => ({
        path: `${prefix}${path}`,
        kind: "file",
        mode,
        content: layer.adapt === undefined ? content : layer.adapt(path, content, platform),
      }),
    ),
  ];
}
