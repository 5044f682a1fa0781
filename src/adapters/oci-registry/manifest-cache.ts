import type { Descriptor } from "../../artifact/index.ts";
import type { Digest } from "../../base/index.ts";

/** A manifest by digest, which therefore never changes. */
interface CachedManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

const CACHED_MANIFESTS = 1_000;
const CACHED_BYTES = 16 * 1024 * 1024;

/** The manifests that a handle has read, the least recently used dropped first. */
export class ManifestCache {
  readonly entries = new Map<Digest, CachedManifest>();
  totalBytes = 0;

  get(digest: Digest): CachedManifest | undefined {
    const found = this.entries.get(digest);
    if (found !== undefined) {
      this.entries.delete(digest);
      this.entries.set(digest, found);
    }
    return found;
  }

  delete(digest: Digest): void {
    const found = this.entries.get(digest);
    if (found === undefined) return;
    this.entries.delete(digest);
    this.totalBytes -= found.bytes.length;
  }

  add(digest: Digest, manifest: CachedManifest): void {
    if (this.entries.has(digest)) return;
    this.entries.set(digest, manifest);
    this.totalBytes += manifest.bytes.length;
    for (const [oldest, { bytes }] of this.entries) {
      if (this.entries.size <= CACHED_MANIFESTS && this.totalBytes <= CACHED_BYTES) break;
      this.entries.delete(oldest);
      this.totalBytes -= bytes.length;
    }
  }
}
