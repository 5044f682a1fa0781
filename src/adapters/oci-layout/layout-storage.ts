import { type Descriptor, decodeManifest } from "../../artifact/index.ts";
import {
  AmapError,
  type Digest,
  digestOf,
  encodeUtf8,
  isDigest,
  LIMITS,
  listOf,
  matchesDigest,
  memberOf,
  readJson,
  type ValueObject,
  writeJson,
} from "../../base/index.ts";
import type { OciStorage, WriteManifestOptions } from "../../ports/index.ts";
import { copyBlob, digestMismatch, openBlob, readBlob, sizeMismatch, writeBlob } from "./layout-blobs.ts";
import { blobName, type LayoutFiles } from "./layout-files.ts";
import { entryOf, type LayoutEntry, LayoutIndex, REF_NAME, refNameOf } from "./layout-index.ts";
import { LayoutReferrers, type ManifestFacts, manifestFacts } from "./layout-referrers.ts";

/** The form of a name in index.json (image-spec v1.1, annotations.md, org.opencontainers.image.ref.name). */
const NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9_.:@+/-]{0,253}[A-Za-z0-9_])?$/;

const FALLBACK_NAME = /^sha(?:256|512)-[0-9a-f]{64,128}$/;

/** A layout folder as one repository. */
export class LayoutStorage implements OciStorage {
  readonly location: string;
  readonly repository: string;
  readonly #files: LayoutFiles;
  readonly #index: LayoutIndex;
  readonly #referrers: LayoutReferrers;

  constructor(files: LayoutFiles, location: string, repository: string) {
    this.location = location;
    this.repository = repository;
    this.#files = files;
    this.#index = new LayoutIndex(files);
    this.#referrers = new LayoutReferrers(files);
  }

  async resolve(reference: string): Promise<Descriptor | undefined> {
    if (isDigest(reference)) return (await this.readManifest(reference))?.descriptor;
    const entries = await this.#index.entries();
    const named = this.#named(entries, reference)?.descriptor;
    return named === undefined && reference === "latest" ? this.#onlyUnnamed(entries) : named;
  }

  async listTags(): Promise<readonly string[]> {
    const names = (await this.#index.entries()).map(refNameOf).filter((name) => name !== undefined);
    return [...new Set(names)].sort();
  }

  async readManifest(
    digest: Digest,
  ): Promise<{ readonly descriptor: Descriptor; readonly bytes: Uint8Array } | undefined> {
    const listed = (await this.#index.entries()).find(({ descriptor }) => descriptor.digest === digest)?.descriptor;
    const bytes = await this.#files.read(blobName(digest), LIMITS.manifestBytes);
    if (bytes === undefined) {
      if (listed === undefined) return undefined;
      throw new AmapError("BLOB_NOT_FOUND", `${this.location} lists the manifest ${digest}, but has no such blob`);
    }
    if (listed !== undefined && listed.size !== bytes.length) throw sizeMismatch(this.#files, listed, bytes.length);
    if (!matchesDigest(bytes, digest)) throw digestMismatch(this.#files, digest);
    const decoded = decodeManifest(bytes);
    // A layer or config that is asked for as a manifest is none; one that is listed as a manifest is the caller's to
    // decode, with all of its issues.
    const mediaType = decoded.ok ? decoded.value.mediaType : listed?.mediaType;
    return mediaType === undefined ? undefined : { descriptor: { mediaType, digest, size: bytes.length }, bytes };
  }

  readBlob(descriptor: Descriptor, maxBytes: number): Promise<Uint8Array> {
    return readBlob(this.#files, descriptor, maxBytes);
  }

  openBlob(descriptor: Descriptor): AsyncIterable<Uint8Array> {
    return openBlob(this.#files, descriptor);
  }

  async listReferrers(subject: Digest): Promise<readonly Descriptor[]> {
    return this.#referrers.list(await this.#index.entries(), subject);
  }

  async hasBlob(digest: Digest): Promise<boolean> {
    const opened = await this.#files.open(blobName(digest));
    await opened?.file.close();
    return opened !== undefined;
  }

  async writeBlob(bytes: Uint8Array): Promise<{ readonly digest: Digest; readonly size: number }> {
    return { digest: await writeBlob(this.#files, bytes), size: bytes.length };
  }

  async writeManifest(bytes: Uint8Array, options: WriteManifestOptions): Promise<Descriptor> {
    const { mediaType, tag, expected, entryAnnotations } = options;
    if (bytes.length > LIMITS.manifestBytes) {
      throw new AmapError("LIMIT_EXCEEDED", `a manifest of ${bytes.length} bytes, at most ${LIMITS.manifestBytes}`);
    }
    if (tag !== undefined && (!NAME.test(tag) || isDigest(tag))) {
      throw new AmapError("REFERENCE_INVALID", `${JSON.stringify(tag.slice(0, 100))} cannot name an image in a layout`);
    }
    if (tag !== undefined && expected !== undefined) this.#requireNamed(await this.#index.entries(), tag, expected);
    const facts = manifestFacts(bytes, digestOf(bytes));
    if (facts.descriptor.mediaType !== mediaType) {
      const message = `a manifest of type ${facts.descriptor.mediaType} cannot be stored as ${mediaType}`;
      throw new AmapError("MANIFEST_INVALID", message);
    }
    const digest = await writeBlob(this.#files, bytes);
    if (tag !== undefined || facts.subject !== undefined) {
      await this.#index.update(async (entries) => {
        if (tag === undefined)
          return entries.some((entry) => isFor(entry, digest)) ? entries : [...entries, entryOf(facts.descriptor)];
        if (expected !== undefined) this.#requireNamed(entries, tag, expected);
        return this.#moveName(entries, { ...entryAnnotations, [REF_NAME]: tag }, facts);
      });
    }
    return { mediaType, digest, size: bytes.length };
  }

  copyBlob(descriptor: Descriptor, from: OciStorage): Promise<void> {
    return copyBlob(this.#files, descriptor, () => from.openBlob(descriptor));
  }

  async deleteManifest(digest: Digest): Promise<boolean> {
    if ((await this.readManifest(digest)) === undefined) return false;
    await this.#index.update(async (entries) => {
      const kept: LayoutEntry[] = [];
      for (const entry of entries) {
        if (!isFor(entry, digest)) kept.push(await this.#withoutReferrer(entry, digest));
      }
      return kept;
    });
    await this.#files.remove(blobName(digest));
    return true;
  }

  /** An entry whose name is that of a fallback index, as regclient and oras write them, no longer lists the manifest. */
  async #withoutReferrer(entry: LayoutEntry, gone: Digest): Promise<LayoutEntry> {
    if (!FALLBACK_NAME.test(refNameOf(entry) ?? "")) return entry;
    const facts = await this.#referrers.factsOf(entry.descriptor.digest);
    if (!facts.manifests.some(({ digest }) => digest === gone)) return entry;
    const read = await this.readManifest(entry.descriptor.digest);
    const index = readJson(read?.bytes ?? new Uint8Array()) as ValueObject;
    const manifests = listOf(index, "manifests").filter((each) => memberOf(each, "digest") !== gone);
    const bytes = encodeUtf8(writeJson({ ...index, manifests }));
    const digest = await writeBlob(this.#files, bytes);
    return entryOf({ ...entry.descriptor, digest, size: bytes.length });
  }

  #named(entries: readonly LayoutEntry[], name: string): LayoutEntry | undefined {
    const named = entries.filter((entry) => refNameOf(entry) === name);
    if (new Set(named.map(({ descriptor }) => descriptor.digest)).size > 1) {
      const digests = named.map(({ descriptor }) => descriptor.digest).join(" and ");
      throw new AmapError("LAYOUT_INVALID", `in ${this.location} the name ${name} stands for ${digests}`);
    }
    return named[0];
  }

  /** What a layout holds whose writer gave no names (BuildKit's and ggcr's do not): `latest` then means its only image. */
  async #onlyUnnamed(entries: readonly LayoutEntry[]): Promise<Descriptor | undefined> {
    if (entries.some((entry) => refNameOf(entry) !== undefined)) return undefined;
    const images = new Map<Digest, Descriptor>();
    for (const { descriptor } of entries) {
      const facts = await this.#referrers.factsOf(descriptor.digest);
      if (facts.subject === undefined) images.set(descriptor.digest, descriptor);
    }
    return images.size === 1 ? [...images.values()][0] : undefined;
  }

  #requireNamed(entries: readonly LayoutEntry[], name: string, expected: Digest | null): void {
    const found = this.#named(entries, name)?.descriptor.digest ?? null;
    if (found === expected) return;
    const message = `${name} in ${this.location} was expected to name ${expected ?? "nothing"}, it names ${found ?? "nothing"}`;
    throw new AmapError("STORAGE_CONFLICT", message, { details: { expected, found } });
  }

  /** A manifest with a subject stays listed when its name goes to another one: it is still a referrer. */
  async #moveName(
    entries: readonly LayoutEntry[],
    annotations: { readonly [REF_NAME]: string } & Readonly<Record<string, string>>,
    facts: ManifestFacts,
  ): Promise<readonly LayoutEntry[]> {
    const name = annotations[REF_NAME];
    const named = entries.filter((entry) => refNameOf(entry) === name);
    const moved = { ...facts.descriptor, annotations: { ...facts.descriptor.annotations, ...annotations } };
    const [only] = named;
    const isSame = only !== undefined && named.length === 1 && isFor(only, facts.descriptor.digest);
    const has = (key: string): boolean => only?.descriptor.annotations?.[key] === annotations[key];
    if (isSame && Object.keys(annotations).every(has)) return entries;
    const kept = entries.filter(
      (entry) => refNameOf(entry) !== name && !(isFor(entry, moved.digest) && refNameOf(entry) === undefined),
    );
    const released: LayoutEntry[] = [];
    for (const { descriptor } of named) {
      if (descriptor.digest === moved.digest || kept.some((entry) => isFor(entry, descriptor.digest))) continue;
      const before = await this.#referrers.factsOf(descriptor.digest);
      if (before.subject !== undefined) released.push(entryOf(before.descriptor));
    }
    return [...kept, ...released, entryOf(moved)];
  }
}

function isFor(entry: LayoutEntry, digest: Digest): boolean {
  return entry.descriptor.digest === digest;
}
