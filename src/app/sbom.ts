import { createFileTree, type Descriptor, type FileTree } from "../artifact/index.ts";
import { AmapError, encodeHex, formatTime, isAmapError, LIMITS } from "../base/index.ts";
import {
  CATALOG_PLACES,
  type Catalog,
  catalogFiles,
  createSbom,
  describeImage,
  fileKindOf,
  mergeCatalogs,
  readsFile,
  type Sbom,
  wantsFile,
} from "../metadata/index.ts";
import { type OpenImage, readPlatform } from "./open-image.ts";
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
    const { layers } = (await readPlatform(image, platform.digest)).manifest;
    const identity = layers.map(({ digest }) => digest).join(" ");
    // Platforms that share all layers, as most interpreted programs do, are read once.
    if (seen.has(identity)) continue;
    seen.add(identity);
    catalogs.push(catalogFiles(await readWantedFiles(world, image, layers)));
  }
  const name = image.storage.repository.slice(image.storage.repository.lastIndexOf("/") + 1);
  return createSbom({
    catalog: mergeCatalogs(catalogs),
    subject: describeImage({ name, digest: image.descriptor.digest, repositoryUrl: image.storage.repository }),
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
      if (wantsFile(entry.path)) files.set(entry.path, await readCatalogFile(world, path, entry.path));
    }
  } else {
    if (!readsFile(name)) throw new AmapError("NOT_SUPPORTED", `${path}: amap does not know this kind of file`);
    files.set(name, await world.files.read(path, LIMITS.catalogFileBytes));
  }
  const catalog = catalogFiles(files);
  // One broken manifest deep in a tree is noted as not looked at; a lock file or database that the user named is an error.
  const problem = catalog.problems.find(({ code }) => code !== "DOCUMENT_INVALID");
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

/** A file's bytes; none for a file that is only noted, such as a large archive of a kind that is not read yet. */
async function readCatalogFile(world: World, directory: string, path: string): Promise<Uint8Array> {
  return readsFile(path) ? world.files.read(`${directory}/${path}`, LIMITS.catalogFileBytes) : new Uint8Array();
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

async function readWantedFiles(
  world: World,
  image: OpenImage,
  layers: readonly Descriptor[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const tree: FileTree = createFileTree();
  let kept = 0;
  const keep = (content: Uint8Array | undefined): void => {
    kept += content?.length ?? 0;
    if (kept <= LIMITS.catalogTotalBytes) return;
    throw new AmapError(
      "LIMIT_EXCEEDED",
      `${image.name}: its package files have more than ${LIMITS.catalogTotalBytes} bytes (catalogTotalBytes)`,
    );
  };
  for (const layer of layers) {
    tree.startLayer();
    const wants = (path: string): boolean => readsFile(path.replace(/^\.?\/+/, ""));
    for await (const { entry, content } of readLayer(world, image, layer, wants)) {
      keep(content);
      tree.add(entry, content);
    }
  }
  // A link can give a wanted name to a file that is stored under another one: those are read in a second pass.
  const paths = tree.pathsTo(fileKindOf, CATALOG_PLACES);
  const missing = Map.groupBy(tree.missing(paths.filter(readsFile)), ({ layer }) => layer);
  for (const [index, sources] of missing) {
    const byPath = new Map(sources.map((source) => [source.path, source]));
    const layer = layers[index];
    if (layer === undefined) throw new Error(`the file tree asks for layer ${index} of ${layers.length}`);
    for await (const { entry, content } of readLayer(world, image, layer, (path) => byPath.has(path))) {
      const source = byPath.get(entry.path);
      keep(content);
      if (source !== undefined && content !== undefined) tree.supply(source, content);
    }
  }
  return filesToCatalog(tree, paths);
}

/**
 * The entries of a layer. A reader may stumble over changed bytes before their digest is known; that they were changed
 * is then the cause that is told, and every other cause names the layer.
 */
async function* readLayer(
  world: World,
  image: OpenImage,
  layer: Descriptor,
  wants: (path: string) => boolean,
): ReturnType<World["archives"]["readTar"]> {
  try {
    yield* world.archives.readTar(image.storage.openBlob(layer), {
      wants: (entry) => entry.kind === "file" && wants(entry.path),
      maxFileBytes: LIMITS.catalogFileBytes,
    });
  } catch (error) {
    if (!isAmapError(error) || error.message.includes(layer.digest)) throw error;
    for await (const _ of image.storage.openBlob(layer)) {
      // Reading to the end is the check: the storage hashes what it gives out.
    }
    const { code, hint, details } = error;
    throw new AmapError(code, `${image.name}: layer ${layer.digest}: ${error.message}`, {
      hint,
      details,
      cause: error,
    });
  }
}

/** What catalogers read, with its content, and what they only note, without. */
function filesToCatalog(tree: FileTree, paths: readonly string[]): ReadonlyMap<string, Uint8Array> {
  const contentOf = (path: string): Uint8Array | undefined => (readsFile(path) ? tree.readFile(path) : undefined);
  return new Map(paths.map((path) => [path, contentOf(path) ?? new Uint8Array()]));
}
