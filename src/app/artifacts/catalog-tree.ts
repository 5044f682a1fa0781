import { createFileTree, type FileTree, type TreeFile } from "../../artifact/index.ts";
import { compareText, type Digest, LIMITS } from "../../base/index.ts";
import {
  archiveCatalogerOf,
  CATALOG_PLACES,
  type Catalog,
  type CatalogerResult,
  type Component,
  catalogFiles,
  type FileDigests,
  fileKindOf,
  type NotLookedAt,
  readsFile,
} from "../../metadata/index.ts";
import type { ArchiveEntry, Archives, TarChoice } from "../../ports/index.ts";
import type { FilesLayer, FilesTree } from "./artifact.ts";
import { bytesToRead, type FileFindings, lookInto } from "./findings.ts";
import { KeptBytes } from "./kept-bytes.ts";
import { mayNameImages, readManifests, wantsManifest } from "./manifests.ts";
import { beginsAsProgram, mayBeProgram } from "./program.ts";
import { INSIDE } from "./take-entries.ts";

/**
 * Catalogues an artifact's files. Each layer is read once, and once more where a link gives a wanted name to a file that
 * is stored under another one; nothing of a file that nobody wants is held.
 * @throws {AmapError} LAYER_UNSAFE, DECOMPRESSION_LIMIT, LIMIT_EXCEEDED, BLOB_DIGEST_MISMATCH, and ARCHIVE_INVALID for
 * files that do not fit together
 */
export async function catalogTree(
  archives: Archives,
  name: string,
  { layers, readsManifests }: FilesTree,
): Promise<Catalog> {
  const reader = new TreeReader(archives, name, readsManifests);
  for (const layer of layers) await reader.addLayer(layer);
  await reader.readMissing(layers);
  return reader.catalog(layers.map(({ diffId }) => diffId));
}

class TreeReader {
  readonly #archives: Archives;
  readonly #kept: KeptBytes;
  readonly #readsManifests: boolean;
  readonly #tree: FileTree = createFileTree();
  /** By layer and by path as written there. */
  readonly #findings = new Map<string, FileFindings>();
  readonly #manifests = new Map<string, Uint8Array>();
  readonly #notes: NotLookedAt[] = [];
  #layer = -1;

  constructor(archives: Archives, name: string, readsManifests: boolean) {
    this.#archives = archives;
    this.#kept = new KeptBytes(name);
    this.#readsManifests = readsManifests;
  }

  async addLayer(layer: FilesLayer): Promise<void> {
    this.#tree.startLayer();
    this.#layer += 1;
    const choice: TarChoice = {
      wants: (entry) => this.#wants(entry),
      mayWantHead: mayBeProgram,
      wantsHead: (entry, head) =>
        mayBeProgram(entry) && beginsAsProgram(head) && this.#fits(entry, LIMITS.programBytes),
      maxFileBytes: Math.max(LIMITS.programBytes, LIMITS.openedArchiveBytes),
    };
    for await (const { entry, content } of layer.files(choice, (note) => void this.#notes.push(note))) {
      this.#tree.add(entry);
      if (content !== undefined) await this.#look(this.#layer, entry.path, content);
    }
  }

  /** Reads the files that wanted names lead to and that were not read by their own names. */
  async readMissing(layers: readonly FilesLayer[]): Promise<void> {
    const unread = this.#paths().filter((path) => {
      const file = this.#tree.find(path);
      return bytesToRead(path) > 0 && file !== undefined && !this.#findings.has(keyOf(file.source));
    });
    const wantedAs = new Map<string, string>();
    for (const path of unread) {
      const source = this.#tree.find(path)?.source;
      if (source !== undefined) wantedAs.set(keyOf(source), path);
    }
    for (const [index, sources] of Map.groupBy(this.#tree.missing(unread), ({ layer }) => layer)) {
      const layer = layers[index];
      if (layer === undefined) throw new Error(`the file tree asks for layer ${index} of ${layers.length}`);
      const wanted = new Set(sources.map(({ path }) => path));
      const maxFileBytes = LIMITS.openedArchiveBytes;
      const wants = (entry: ArchiveEntry): boolean =>
        wanted.has(entry.path) && this.#fits(entry, bytesToRead(wantedAs.get(`${index}:${entry.path}`) ?? ""));
      for await (const { entry, content } of layer.files({ wants, maxFileBytes }, () => {})) {
        const path = wantedAs.get(`${index}:${entry.path}`);
        if (content !== undefined && path !== undefined) await this.#look(index, entry.path, content, path);
      }
    }
  }

  catalog(diffIds: readonly (Digest | undefined)[]): Catalog {
    const gathered: Gathered = { files: new Map(), archives: new Map(), digests: new Map() };
    for (const path of this.#paths()) gather(gathered, path, this.#findingsOf(path));
    const { files, archives, digests } = gathered;
    const catalog = catalogFiles(files, { archives, digests, results: this.#results() });
    return { ...catalog, components: catalog.components.map((component) => this.#withLayers(component, diffIds)) };
  }

  /** What programs say, what manifests name, and what could not be looked into. */
  #results(): readonly CatalogerResult[] {
    const results: CatalogerResult[] = [];
    for (const [path, found] of this.#filesWithFindings()) results.push(...resultsOf(found, path));
    if (this.#readsManifests && !this.#isSystem()) results.push(readManifests(this.#manifests));
    return [...results, { components: [], dependencies: new Map(), notLookedAt: this.#notes, problems: [] }];
  }

  /** A system's whole file tree is what an image is unpacked into, where manifests are data of programs. */
  #isSystem(): boolean {
    return ["etc/os-release", "usr/lib/os-release"].some((path) => this.#tree.find(path) !== undefined);
  }

  /** The names of files in which something was found, sorted. */
  #filesWithFindings(): readonly (readonly [path: string, found: FileFindings])[] {
    const named: (readonly [string, FileFindings])[] = [];
    for (const [path, { source }] of this.#tree.eachFile()) {
      const found = this.#findings.get(keyOf(source));
      if (found !== undefined && found.results.length + found.problems.length > 0) named.push([path, found]);
    }
    return named.sort(([a], [b]) => compareText(a, b));
  }

  #paths(): readonly string[] {
    return this.#tree.pathsTo(fileKindOf, CATALOG_PLACES);
  }

  #findingsOf(path: string): FileFindings | undefined {
    const file = this.#tree.find(path);
    return file === undefined ? undefined : this.#findings.get(keyOf(file.source));
  }

  /** The layers whose files name a component, the base first. */
  #withLayers(component: Component, diffIds: readonly (Digest | undefined)[]): Component {
    const indexes = component.locations.flatMap((location) => {
      const [path = ""] = location.slice(1).split(INSIDE);
      const file = this.#tree.find(location.slice(1)) ?? this.#tree.find(path);
      return file === undefined ? [] : [file.layer];
    });
    const layers = [...new Set(indexes)].sort((a, b) => a - b).flatMap((index) => diffIds[index] ?? []);
    return layers.length === 0 ? component : { ...component, layers };
  }

  #wants(entry: ArchiveEntry): boolean {
    if (entry.kind !== "file") return false;
    const path = cleanPath(entry.path);
    if (this.#readsManifests && wantsManifest(path, entry.size)) return true;
    const limit = bytesToRead(path);
    return limit > 0 && this.#fits(entry, limit);
  }

  /** Whether a file is small enough; if not, it is told. */
  #fits(entry: ArchiveEntry, limit: number): boolean {
    if (entry.size <= limit) return true;
    const reason = `it has ${entry.size} bytes; at most ${limit} of such a file are read`;
    this.#notes.push({ path: `/${cleanPath(entry.path)}`, reason });
    return false;
  }

  async #look(layer: number, source: string, content: Uint8Array, path = cleanPath(source)): Promise<void> {
    if (this.#readsManifests && wantsManifest(path, content.length)) {
      if (mayNameImages(path, content)) {
        this.#kept.add(content.length);
        this.#manifests.set(path, content);
      }
      if (bytesToRead(path) === 0) return;
    }
    this.#findings.set(keyOf({ layer, path: source }), await lookInto(this.#archives, path, content, this.#kept));
  }
}

/** What catalogers are given. */
interface Gathered {
  readonly files: Map<string, Uint8Array>;
  readonly archives: Map<string, string>;
  readonly digests: Map<string, FileDigests>;
}

/** Adds a file under one of its names, with what was found in it. */
function gather({ files, archives, digests }: Gathered, path: string, found: FileFindings | undefined): void {
  const isArchive = archiveCatalogerOf(path) !== undefined;
  if (found === undefined) {
    // What is only noted needs no bytes; what was not read is told, and no cataloger sees it as an empty file.
    if (bytesToRead(path) === 0) files.set(path, new Uint8Array(0));
    return;
  }
  if (!isArchive || readsFile(path)) files.set(path, found.content ?? new Uint8Array(0));
  for (const [inner, bytes] of found.entries) {
    const moved = movedTo(inner, found.path, path);
    if (moved !== path || !files.has(path)) files.set(moved, bytes);
    archives.set(moved, movedTo(found.holders.get(inner) ?? found.path, found.path, path));
  }
  for (const [inner, value] of found.digests) digests.set(movedTo(inner, found.path, path), value);
}

function keyOf({ layer, path }: TreeFile["source"]): string {
  return `${layer}:${path}`;
}

/** An archive may write `./etc/hosts` and `/etc/hosts`. */
function cleanPath(path: string): string {
  return path.replace(/^(?:\.?\/)+/, "");
}

/** A path within a file that has another name in the tree. */
function movedTo(path: string, from: string, to: string): string {
  return path.startsWith(from) ? to + path.slice(from.length) : path;
}

function resultsOf(found: FileFindings, path: string): readonly CatalogerResult[] {
  const move = (at: string): string => `/${movedTo(at.replace(/^\//, ""), found.path, path)}`;
  const problems = found.problems.map((problem) => ({ ...problem, path: move(problem.path) }));
  const told: CatalogerResult = {
    components: [],
    dependencies: new Map(),
    notLookedAt: problems.map((problem) => ({ path: problem.path, reason: problem.message })),
    problems,
  };
  const moved = found.results.map((result) => ({
    ...result,
    components: result.components.map((each) => ({ ...each, locations: each.locations.map(move) })),
    notLookedAt: result.notLookedAt.map((note) => ({ ...note, path: move(note.path) })),
    problems: result.problems.map((problem) => ({ ...problem, path: move(problem.path) })),
  }));
  return problems.length === 0 ? moved : [...moved, told];
}
