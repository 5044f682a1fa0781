import { stat } from "node:fs/promises";
import { type Descriptor, decodeManifest, type Index } from "../../artifact/index.ts";
import { AmapError, encodeUtf8, LIMITS, readJson, type Value, type ValueObject, writeJson } from "../../base/index.ts";
import { invalidLayout, layoutFailure } from "./layout-failure.ts";
import type { LayoutFiles } from "./layout-files.ts";
import { withLock } from "./layout-lock.ts";

/** The annotation that names an entry of index.json (image-spec v1.1, image-layout.md, index.json). */
export const REF_NAME = "org.opencontainers.image.ref.name";
const INDEX_NAME = "index.json";
const LOCK_NAME = ".amap-index.lock";

/** One entry of index.json, with what other tools wrote into it kept. */
export interface LayoutEntry {
  readonly descriptor: Descriptor;
  readonly raw: Value;
}

interface Loaded {
  /** Changes whenever the file does. */
  readonly version: string;
  readonly raw: ValueObject;
  readonly entries: readonly LayoutEntry[];
}

/** index.json, read again only when it changed. */
export class LayoutIndex {
  readonly #files: LayoutFiles;
  #loaded: Loaded | undefined;

  constructor(files: LayoutFiles) {
    this.#files = files;
  }

  /** @throws {AmapError} LAYOUT_INVALID, LIMIT_EXCEEDED, FILE_UNREADABLE */
  async entries(): Promise<readonly LayoutEntry[]> {
    return (await this.#load()).entries;
  }

  /**
   * Replaces the entries, one writer at a time: `change` sees what is there now, and gives the new entries, or the same
   * list to leave the file as it is.
   * @throws {AmapError} STORAGE_CONFLICT, LIMIT_EXCEEDED, and what `change` throws
   */
  async update(change: (entries: readonly LayoutEntry[]) => Promise<readonly LayoutEntry[]>): Promise<void> {
    await withLock(this.#files.path(LOCK_NAME), async (lock) => {
      const loaded = await this.#load();
      const entries = await change(loaded.entries);
      if (entries === loaded.entries) return;
      if (entries.length > LIMITS.indexManifests) {
        throw new AmapError("LIMIT_EXCEEDED", `index.json would have more than ${LIMITS.indexManifests} entries`);
      }
      const bytes = encodeUtf8(writeJson({ ...loaded.raw, manifests: entries.map(({ raw }) => raw) }));
      if (bytes.length > LIMITS.manifestBytes) {
        throw new AmapError("LIMIT_EXCEEDED", `index.json would have more than ${LIMITS.manifestBytes} bytes`);
      }
      await lock.requireHeld();
      await this.#files.write(INDEX_NAME, bytes);
    });
  }

  async #load(): Promise<Loaded> {
    const version = await this.#version();
    if (this.#loaded?.version === version) return this.#loaded;
    const bytes = await this.#files.read(INDEX_NAME, LIMITS.manifestBytes);
    if (bytes === undefined) throw invalidLayout(this.#files.directory, `${INDEX_NAME} is missing`);
    const { raw, index } = this.#decode(bytes);
    const rawEntries = Array.isArray(raw["manifests"]) ? (raw["manifests"] as readonly Value[]) : [];
    const entries = index.manifests.map((descriptor, at) => ({ descriptor, raw: rawEntries[at] ?? null }));
    // A writer may have come between the two calls: then the older version makes the next call read again.
    this.#loaded = { version, raw, entries };
    return this.#loaded;
  }

  async #version(): Promise<string> {
    try {
      const { mtimeNs, ctimeNs, size, ino } = await stat(this.#files.path(INDEX_NAME), { bigint: true });
      return `${mtimeNs}:${ctimeNs}:${size}:${ino}`;
    } catch (error) {
      const failure = layoutFailure(error, "read", this.#files.path(INDEX_NAME));
      if ((error as { code?: unknown }).code !== "ENOENT") throw failure;
      throw invalidLayout(this.#files.directory, `${INDEX_NAME} is missing`);
    }
  }

  #decode(bytes: Uint8Array): { readonly raw: ValueObject; readonly index: Index } {
    const decoded = decodeManifest(bytes);
    if (!decoded.ok) {
      const [issue] = decoded.issues;
      throw invalidLayout(
        this.#files.directory,
        `${INDEX_NAME}: ${issue?.path ?? ""} ${issue?.message ?? ""}`.trimEnd(),
      );
    }
    if (decoded.value.kind !== "index") throw invalidLayout(this.#files.directory, `${INDEX_NAME} is no index`);
    return { raw: readJson(bytes, { maxBytes: LIMITS.manifestBytes }) as ValueObject, index: decoded.value };
  }
}

/** The name of an entry, or undefined. */
export function refNameOf(entry: LayoutEntry): string | undefined {
  const annotations = entry.descriptor.annotations ?? {};
  return Object.hasOwn(annotations, REF_NAME) ? annotations[REF_NAME] : undefined;
}

/** A new entry. */
export function entryOf(descriptor: Descriptor): LayoutEntry {
  const { annotations, platform, ...core } = descriptor;
  const raw: Value = {
    ...core,
    ...(annotations === undefined ? {} : { annotations }),
    ...(platform === undefined ? {} : { platform: { ...platform } }),
  };
  return { descriptor, raw };
}
