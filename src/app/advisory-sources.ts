import {
  AmapError,
  type Decoded,
  type Digest,
  digestOf,
  encodeUtf8,
  gunzip,
  LIMITS,
  startHash,
} from "../base/index.ts";
import { type AdvisoryBatch, readAdvisoryDocument } from "../metadata/index.ts";
import type { AdvisorySource as KnownSource, OpenedFile } from "../ports/index.ts";
import { type DownloadOptions, downloadFile, isAddress } from "./download-file.ts";
import { readNamed } from "./scan.ts";
import type { World } from "./world.ts";

/** What OSV's export of an ecosystem is called, in a folder with the ecosystem's name. */
const EXPORT = /(?:^|\/)([^/]+)\/all\.zip$/;
const READABLE = /\.(?:json|csv)(?:\.gz)?$/;

/** One file with records, or a folder of them: imported wholly or not at all. */
export interface Source {
  readonly name: string;
  readonly digest: Digest;
  /** What the server calls this version of it. */
  readonly etag?: string;
  readonly files: () => AsyncIterable<NamedBytes>;
  /** The ecosystem that it is a whole export of by its place. */
  readonly exportOf?: string;
}

/** A source, or the name of one that is what it was at its last import. */
type FoundSource = Source | { readonly name: string; readonly unchanged: true };

/** A file with its name, for messages. */
interface NamedBytes {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** How sources are looked for. */
interface SourceSearch {
  /** What was imported before, and need not be read again if it did not change. */
  readonly known: ReadonlyMap<string, KnownSource>;
  readonly download: Omit<DownloadOptions, "etag">;
}

/** Nothing that was read is no clean database. */
export function nothingReadable(name: string): AmapError {
  const message = `${name}: expected files with the ending .json or .csv, also with .gz, found none`;
  return new AmapError("NOT_SUPPORTED", message, { hint: "Records in YAML are not read: convert them to JSON first." });
}

/** Reads one file of a source. */
export function readDocument({ path, bytes }: NamedBytes): Decoded<AdvisoryBatch> {
  return readNamed(path, () =>
    readAdvisoryDocument(path.endsWith(".gz") ? gunzip(bytes, LIMITS.documentBytes) : bytes),
  );
}

/**
 * The sources that a path or an `https` address stands for.
 * @throws {AmapError} FILE_NOT_FOUND, NOT_SUPPORTED; of downloads
 */
export async function* sourcesOf(world: World, path: string, search: SourceSearch): AsyncGenerator<FoundSource> {
  for await (const source of isAddress(path) ? sourcesAt(world, path, search) : sourcesIn(world, path)) {
    const isKnown = "digest" in source && search.known.get(source.name)?.digest === source.digest;
    yield isKnown ? { name: source.name, unchanged: true } : source;
  }
}

async function* sourcesAt(world: World, address: string, search: SourceSearch): AsyncGenerator<FoundSource> {
  const path = new URL(address).pathname;
  if (!path.endsWith(".zip") && !READABLE.test(path)) throw nothingReadable(address);
  const etag = search.known.get(address)?.etag;
  const found = await downloadFile(world, address, { ...search.download, ...(etag === undefined ? {} : { etag }) });
  if (found === "unchanged") {
    yield { name: address, unchanged: true };
    return;
  }
  const { file, digest } = found;
  try {
    yield {
      name: address,
      digest,
      ...(found.etag === undefined ? {} : { etag: found.etag }),
      files: () => (path.endsWith(".zip") ? readZip(world, address, file) : oneDocument(address, file)),
      ...exportAt(path),
    };
  } finally {
    await file.close();
  }
}

/** @throws {AmapError} LIMIT_EXCEEDED; a file of the disk is refused so by its reader */
async function* oneDocument(path: string, file: OpenedFile): AsyncGenerator<NamedBytes> {
  if (file.size > LIMITS.documentBytes) {
    const message = `${path}: expected a document of at most ${LIMITS.documentBytes} bytes, found ${file.size}`;
    throw new AmapError("LIMIT_EXCEEDED", message);
  }
  yield { path, bytes: await file.read(0, file.size) };
}

async function* sourcesIn(world: World, path: string): AsyncGenerator<Source> {
  const kind = await world.files.kindOf(path, { followLinks: true });
  if (kind === undefined) throw new AmapError("FILE_NOT_FOUND", `${path} does not exist`);
  if (kind !== "directory") {
    yield await sourceOfFile(world, path);
    return;
  }
  const paths = (await world.files.list(path, LIMITS.layerEntries)).map((entry) => entry.path);
  for (const each of paths.filter((name) => name.endsWith(".zip"))) yield await sourceOfFile(world, `${path}/${each}`);
  const readable = paths.filter((name) => READABLE.test(name));
  if (!paths.some((name) => READABLE.test(name) || name.endsWith(".zip"))) throw nothingReadable(path);
  if (readable.length === 0) return;
  const lines: string[] = [];
  for (const each of readable) {
    lines.push(`${digestOf(await world.files.read(`${path}/${each}`, LIMITS.documentBytes))} ${each}\n`);
  }
  const files = async function* (): AsyncGenerator<NamedBytes> {
    for (const each of readable) {
      const file = `${path}/${each}`;
      yield { path: file, bytes: await world.files.read(file, LIMITS.documentBytes) };
    }
  };
  yield { name: path, digest: digestOf(encodeUtf8(lines.join(""))), files };
}

async function sourceOfFile(world: World, path: string): Promise<Source> {
  if (!path.endsWith(".zip")) {
    const bytes = await world.files.read(path, LIMITS.documentBytes);
    return { name: path, digest: digestOf(bytes), files: () => one({ path, bytes }) };
  }
  const hash = startHash("sha256");
  for await (const chunk of world.files.readChunks(path)) hash.update(chunk);
  return { name: path, digest: `sha256:${hash.digestHex()}`, files: () => readZipFile(world, path), ...exportAt(path) };
}

function exportAt(path: string): Pick<Source, "exportOf"> {
  const exportOf = EXPORT.exec(path)?.[1];
  return exportOf === undefined ? {} : { exportOf };
}

async function* one(file: NamedBytes): AsyncGenerator<NamedBytes> {
  yield file;
}

async function* readZipFile(world: World, path: string): AsyncGenerator<NamedBytes> {
  const opened = await world.files.open(path);
  try {
    yield* readZip(world, path, opened);
  } finally {
    await opened.close();
  }
}

async function* readZip(world: World, name: string, source: OpenedFile): AsyncGenerator<NamedBytes> {
  const choice = {
    wants: (entry: { readonly path: string }) => READABLE.test(entry.path),
    maxFileBytes: LIMITS.documentBytes,
    maxEntries: LIMITS.advisoryZipEntries,
    passedOver: (entry: string, reason: string) => {
      throw new AmapError("ARCHIVE_INVALID", `${name}: ${entry}: ${reason}`);
    },
  };
  for await (const { entry, content } of world.archives.readZip(source, choice)) {
    if (content !== undefined) yield { path: `${name}!${entry.path}`, bytes: content };
  }
}
