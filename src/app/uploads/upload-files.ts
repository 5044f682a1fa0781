import { type Descriptor, type Index, MEDIA_TYPES } from "../../artifact/index.ts";
import { appendAttachmentLayer, encodeCosignIndex, encodeCosignManifest } from "../../attestation/index.ts";
import { AmapError, type Digest, encodeUtf8, isDigest, LIMITS } from "../../base/index.ts";
import type { OciStorage } from "../../ports/index.ts";
import { formatImageTarget, type ImageTarget } from "../image-target.ts";
import type { World } from "../world.ts";
import { detectMediaType } from "./detect-media-type.ts";

/** A file to upload. */
export interface UploadFile {
  readonly path: string;
  /** The platform that its manifest is for. */
  readonly platform?: { readonly architecture: string; readonly os: string };
}

/** What was uploaded, for messages. */
interface UploadedFile {
  readonly path: string;
  readonly mediaType: string;
  /** Of the file's own blob. */
  readonly blob: Digest;
}

/** An upload as a whole. */
export interface Upload {
  readonly files: readonly UploadedFile[];
  /** `REGISTRY/REPOSITORY@sha256:…` of the image, or of the index of several. */
  readonly name: string;
  readonly isIndex: boolean;
}

/** A wasm module's layer and config, and the config, which says nothing about it. */
const WASM = {
  layer: "application/vnd.wasm.content.layer.v1+wasm",
  config: "application/vnd.wasm.config.v1+json",
  bytes: encodeUtf8(
    '{"architecture":"","created":"0001-01-01T00:00:00Z","os":"","rootfs":{"type":"layers","diff_ids":null},"config":{}}',
  ),
} as const;

/**
 * Reads `PATH`, `PATH:OS` or `PATH:OS/ARCHITECTURE`. Of several files each needs a platform of its own.
 * @throws {AmapError} USAGE
 * @example
 * ```ts
 * import { parseUploadFiles } from "./upload-files.ts";
 * parseUploadFiles(["tool:linux/amd64"])[0]?.platform?.os; // "linux"
 * ```
 */
export function parseUploadFiles(texts: readonly string[]): readonly UploadFile[] {
  if (texts.length === 0) throw new AmapError("USAGE", "expected --files FILE, found none");
  const files = texts.map(parseUploadFile);
  const platforms = new Set<string>();
  for (const { path, platform } of files.length > 1 ? files : []) {
    if (platform === undefined)
      throw new AmapError("USAGE", `--files: ${path}: of several files each needs a platform`);
    const name = `${platform.os}/${platform.architecture}`;
    if (platforms.has(name))
      throw new AmapError("USAGE", `--files: ${path}: the platform ${name} is that of another file`);
    platforms.add(name);
  }
  return files;
}

function parseUploadFile(text: string): UploadFile {
  const [path = "", platform, ...rest] = text.split(":");
  const [os = "", architecture = "", ...more] = platform?.split("/") ?? [];
  if (path === "" || rest.length > 0 || more.length > 0 || (platform !== undefined && os === "")) {
    throw new AmapError("USAGE", `--files: expected FILE, FILE:OS or FILE:OS/ARCHITECTURE, found "${text}"`);
  }
  // In the order in which cosign writes a platform.
  return platform === undefined ? { path } : { path, platform: { architecture, os } };
}

/** How files are uploaded. */
export interface UploadOptions {
  /** Of the files; by what they hold when left out. */
  readonly mediaType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * Uploads files, each as the only layer of an image, and an index of them where there are several, as cosign 3.1.3 writes
 * them, byte for byte.
 * @throws {AmapError} REFERENCE_INVALID (a digest), FILE_NOT_FOUND, LIMIT_EXCEEDED (LIMITS.attachmentBytes), REGISTRY_…
 */
export async function uploadFiles(
  world: World,
  target: ImageTarget,
  files: readonly UploadFile[],
  { mediaType, ...options }: UploadOptions = {},
): Promise<Upload> {
  const tag = tagOf(target);
  const contents: Uint8Array[] = [];
  // All of them before anything is written.
  for (const { path } of files) contents.push(await world.files.read(path, LIMITS.attachmentBytes));
  const storage = await world.openStorage(target, { create: true });
  const isIndex = files.length > 1;
  const uploaded: UploadedFile[] = [];
  const manifests: Descriptor[] = [];
  for (const [index, { path, platform }] of files.entries()) {
    const bytes = contents[index] as Uint8Array;
    const layer = { mediaType: mediaType ?? detectMediaType(bytes), bytes };
    const { config } = appendAttachmentLayer(undefined, layer);
    const image = { layer, config: { mediaType: MEDIA_TYPES.config, bytes: config.bytes }, ...options };
    const { written, blob } = await writeImage(storage, image, isIndex ? undefined : tag);
    uploaded.push({ path, mediaType: layer.mediaType, blob });
    // go-containerregistry names the config's type here.
    manifests.push({ ...written, ...(platform === undefined ? {} : { platform }), artifactType: MEDIA_TYPES.config });
  }
  const [first] = manifests;
  if (first === undefined) throw new AmapError("USAGE", "expected a file to upload, found none");
  const { digest } = isIndex ? await writeIndex(storage, { manifests, ...options }, tag) : first;
  return { files: uploaded, name: `${storage.repository}@${digest}`, isIndex };
}

/**
 * Uploads a wasm module as cosign 3.1.3 does.
 * @throws {AmapError} as uploadFiles
 */
export async function uploadWasm(world: World, target: ImageTarget, path: string): Promise<string> {
  const tag = tagOf(target);
  const bytes = await world.files.read(path, LIMITS.attachmentBytes);
  const storage = await world.openStorage(target, { create: true });
  const image = {
    layer: { mediaType: WASM.layer, bytes },
    config: { mediaType: WASM.config, bytes: WASM.bytes },
  };
  const { written } = await writeImage(storage, image, tag);
  return `${storage.repository}@${written.digest}`;
}

function tagOf(target: ImageTarget): string {
  const reference = target.kind === "registry" ? (target.image.digest ?? target.image.tag) : target.reference;
  const tag = reference ?? "latest";
  if (!isDigest(tag)) return tag;
  throw new AmapError("REFERENCE_INVALID", `${formatImageTarget(target)}: expected a tag to upload to, found a digest`);
}

interface Part {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

interface UploadImage {
  readonly layer: Part;
  readonly config: Part;
  readonly annotations?: Readonly<Record<string, string>>;
}

async function writeImage(
  storage: OciStorage,
  { layer, config, annotations }: UploadImage,
  tag: string | undefined,
): Promise<{ readonly written: Descriptor; readonly blob: Digest }> {
  const stored = { mediaType: layer.mediaType, ...(await storage.writeBlob(layer.bytes)) };
  const bytes = encodeCosignManifest({
    kind: "manifest",
    mediaType: MEDIA_TYPES.manifest,
    config: { mediaType: config.mediaType, ...(await storage.writeBlob(config.bytes)) },
    layers: [stored],
    ...(annotations === undefined ? {} : { annotations }),
  });
  const written = await storage.writeManifest(bytes, {
    mediaType: MEDIA_TYPES.manifest,
    ...(tag === undefined ? {} : { tag }),
  });
  return { written, blob: stored.digest };
}

function writeIndex(
  storage: OciStorage,
  content: Pick<Index, "manifests" | "annotations">,
  tag: string,
): Promise<Descriptor> {
  const bytes = encodeCosignIndex({ kind: "index", mediaType: MEDIA_TYPES.index, ...content });
  return storage.writeManifest(bytes, { mediaType: MEDIA_TYPES.index, tag });
}
