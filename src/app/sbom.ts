import { createFileTree, type Descriptor, type FileTree, formatPackageUrl } from "../artifact/index.ts";
import { AmapError, type Digest, encodeHex, formatTime, LIMITS } from "../base/index.ts";
import { type Catalog, catalogFiles, createSbom, mergeCatalogs, type Sbom, wantsFile } from "../metadata/index.ts";
import { decodeOrThrow, type OpenImage } from "./open-image.ts";
import type { World } from "./world.ts";

/** Who made a document, written into it. */
export interface Tool {
  readonly name: string;
  readonly version: string;
}

/**
 * Makes the SBOM of an image from its layers: of every platform, each component once. What was not looked at is listed.
 * @throws {AmapError} LAYER_UNSAFE, ARCHIVE_INVALID, DECOMPRESSION_LIMIT, LIMIT_EXCEEDED, BLOB_DIGEST_MISMATCH
 */
export async function generateImageSbom(world: World, image: OpenImage, tool: Tool): Promise<Sbom> {
  const catalogs: Catalog[] = [];
  const seen = new Set<string>();
  for (const platform of image.platforms) {
    const layers = await readLayers(image, platform.digest);
    const identity = layers.map(({ digest }) => digest).join(" ");
    // Platforms that share all layers, as most interpreted programs do, are read once.
    if (seen.has(identity)) continue;
    seen.add(identity);
    catalogs.push(catalogFiles(await readWantedFiles(world, image, layers)));
  }
  const name = image.storage.repository.slice(image.storage.repository.lastIndexOf("/") + 1);
  return createSbom({
    catalog: mergeCatalogs(catalogs),
    subject: imageComponent(image, name),
    subjectDigest: image.descriptor.digest,
    tools: [tool],
    authors: [],
    createdAt: nowOf(world),
    serialNumber: `urn:uuid:${createUuid(world)}`,
  });
}

/**
 * Makes the SBOM of a folder or of one file.
 * @throws {AmapError} FILE_NOT_FOUND, and LOCKFILE_INVALID or PACKAGE_DATABASE_INVALID for a named file that cannot be read
 */
export async function generateDirectorySbom(world: World, path: string, tool: Tool): Promise<Sbom> {
  const kind = await world.files.kindOf(path);
  if (kind === undefined) throw new AmapError("FILE_NOT_FOUND", `${path} does not exist`);
  const files = new Map<string, Uint8Array>();
  const name = path.replace(/\/+$/, "").slice(path.replace(/\/+$/, "").lastIndexOf("/") + 1) || ".";
  if (kind === "directory") {
    for (const entry of await world.files.list(path, LIMITS.layerEntries)) {
      if (wantsFile(entry.path))
        files.set(entry.path, await world.files.read(`${path}/${entry.path}`, LIMITS.catalogFileBytes));
    }
  } else {
    if (!wantsFile(name)) throw new AmapError("NOT_SUPPORTED", `${path}: amap does not know this kind of file`);
    files.set(name, await world.files.read(path, LIMITS.catalogFileBytes));
  }
  const catalog = catalogFiles(files);
  const [problem] = catalog.problems;
  if (problem !== undefined) throw new AmapError(problem.code, `${path}: ${problem.path}: ${problem.message}`);
  return createSbom({
    catalog,
    subject: {
      ref: `root:${name}`,
      kind: "application",
      name,
      licenses: [],
      hashes: [],
      locations: [],
      scope: "production",
    },
    tools: [tool],
    authors: [],
    createdAt: nowOf(world),
    serialNumber: `urn:uuid:${createUuid(world)}`,
  });
}

/** The time now, RFC 3339 in whole seconds. */
export function nowOf(world: World): string {
  return formatTime(Math.floor(world.clock.now() / 1000) * 1000);
}

/** A random UUID (RFC 9562, version 4). */
export function createUuid(world: World): string {
  const bytes = world.entropy.bytes(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = encodeHex(bytes);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function imageComponent(image: OpenImage, name: string): Sbom["subject"] {
  const { digest } = image.descriptor;
  const purl = formatPackageUrl({
    type: "oci",
    name: name.toLowerCase(),
    version: digest,
    qualifiers: { repository_url: image.storage.repository },
  });
  return {
    ref: purl,
    kind: "container",
    name: image.storage.repository,
    version: digest,
    purl,
    licenses: [],
    hashes: [{ algorithm: "SHA-256", value: digest.slice(digest.indexOf(":") + 1) }],
    locations: [],
    scope: "production",
  };
}

async function readLayers(image: OpenImage, digest: Digest): Promise<readonly Descriptor[]> {
  const read = await image.storage.readManifest(digest);
  if (read === undefined)
    throw new AmapError("MANIFEST_NOT_FOUND", `${image.name}: platform ${digest} is listed and not there`);
  const manifest = decodeOrThrow(read.bytes, `${image.name}: platform ${digest}`);
  if (manifest.kind === "index")
    throw new AmapError("NOT_SUPPORTED", `${image.name}: platform ${digest} is an index itself`);
  return manifest.layers;
}

async function readWantedFiles(
  world: World,
  image: OpenImage,
  layers: readonly Descriptor[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const tree: FileTree = createFileTree();
  for (const layer of layers) {
    tree.startLayer();
    const entries = world.archives.readTar(image.storage.openBlob(layer), {
      // A link may give a wanted file its name, so what it points to is not known to be wanted here; see FileTree.
      wants: (entry) => entry.kind === "file" && wantsFile(entry.path.replace(/^\.?\//, "")),
      maxFileBytes: LIMITS.catalogFileBytes,
    });
    for await (const { entry, content } of entries) tree.add(entry, content);
  }
  const files = new Map<string, Uint8Array>();
  for (const [path, file] of tree.files()) if (file.content !== undefined) files.set(path, file.content);
  return files;
}
