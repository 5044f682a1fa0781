import type { Descriptor } from "../artifact/index.ts";
import type { Digest } from "../base/index.ts";

/**
 * One repository of OCI content: a layout folder on disk or a repository in a registry. Every read is re-hashed by the
 * adapter: bytes that do not match their digest are BLOB_DIGEST_MISMATCH. "Not there" is `undefined` where a method
 * says so; "could not look" is always a thrown AmapError (REGISTRY_…, LAYOUT_INVALID, TIMEOUT), never `undefined`.
 */
export interface OciStorage {
  /** For messages and reports: `127.0.0.1:5000/storefront`, `oci:./image`. */
  readonly location: string;
  /** The name written into signatures: `<registry>/<repository>`; for a layout its ref name or folder name. */
  readonly repository: string;

  /** What a tag or digest names, or undefined when there is no such tag or manifest. */
  resolve(reference: string): Promise<Descriptor | undefined>;
  /** All tags; for a layout, the ref names. */
  listTags(): Promise<readonly string[]>;
  /**
   * A manifest's or index's bytes, re-hashed, or undefined when it is not there.
   * @throws {AmapError} BLOB_DIGEST_MISMATCH, LIMIT_EXCEEDED (LIMITS.manifestBytes)
   */
  readManifest(digest: Digest): Promise<{ readonly descriptor: Descriptor; readonly bytes: Uint8Array } | undefined>;
  /**
   * A whole blob, re-hashed.
   * @throws {AmapError} BLOB_NOT_FOUND, BLOB_DIGEST_MISMATCH, BLOB_SIZE_MISMATCH, LIMIT_EXCEEDED (`maxBytes`)
   */
  readBlob(descriptor: Descriptor, maxBytes: number): Promise<Uint8Array>;
  /** A blob in chunks; throws at the end (never ends normally) when digest or size differ. For layers. */
  openBlob(descriptor: Descriptor): AsyncIterable<Uint8Array>;
  /**
   * Descriptors of the manifests whose `subject` is this digest, from the referrers API, the fallback tag, or the
   * layout's index, without duplicates. Not filtered: artifactType in listings is unreliable, look at the manifest.
   */
  listReferrers(subject: Digest): Promise<readonly Descriptor[]>;

  hasBlob(digest: Digest): Promise<boolean>;
  /** Stores a blob; does nothing when it is there. Nothing half-written is ever visible. */
  writeBlob(bytes: Uint8Array): Promise<{ readonly digest: Digest; readonly size: number }>;
  /**
   * Stores a blob of another repository, without holding all of it; does nothing when it is there. A registry that has
   * both repositories is asked to take it over (a mount), so that nothing is sent.
   * @throws {AmapError} BLOB_NOT_FOUND, BLOB_DIGEST_MISMATCH, BLOB_SIZE_MISMATCH: then nothing is stored
   */
  copyBlob(descriptor: Descriptor, from: OciStorage): Promise<void>;
  /**
   * Stores a manifest or index by digest and, with `tag`, moves the tag to it. A manifest with a `subject` becomes
   * visible in listReferrers (in a registry without the referrers API: by the fallback tag, read back and retried).
   * With `expected`, the tag must still name that digest (or nothing, for null).
   * @throws {AmapError} STORAGE_CONFLICT when it does not, LIMIT_EXCEEDED (LIMITS.manifestBytes), MANIFEST_INVALID
   */
  writeManifest(bytes: Uint8Array, options: WriteManifestOptions): Promise<Descriptor>;

  /**
   * Removes a manifest or index and every tag that names it; a referrer also from its subject's listing. Its blobs stay:
   * other manifests may use them. Whether there was one.
   * @throws {AmapError} NOT_SUPPORTED where the registry deletes nothing
   */
  deleteManifest(digest: Digest): Promise<boolean>;
}

export interface WriteManifestOptions {
  readonly mediaType: string;
  readonly tag?: string;
  readonly expected?: Digest | null;
  /** Annotations of the tag's entry in a layout's index.json; a registry has no place for them. */
  readonly entryAnnotations?: Readonly<Record<string, string>>;
}
