import { type Descriptor, decodeManifest } from "../artifact/index.ts";
import { AmapError, concatBytes, type Digest, digestOf, isDigest, LIMITS, matchesDigest } from "../base/index.ts";
import type { OciStorage, WriteManifestOptions } from "../ports/index.ts";

/** An OciStorage in memory, with the ways to break it that tests need. */
export interface FakeOciStorage extends OciStorage {
  /** Changes one byte of a stored blob or manifest, keeping its length. */
  corrupt(digest: Digest): void;
  /** Forgets a stored blob or manifest; tags and listings still name it. */
  lose(digest: Digest): void;
  /** Makes every later call fail with this error, as an unreachable registry does; undefined ends it. */
  failWith(error: AmapError | undefined): void;
  /** How often each method was called. */
  readonly calls: ReadonlyMap<string, number>;
}

interface Content {
  bytes: Uint8Array;
  /** Set for manifests. */
  mediaType?: string;
}

/** Makes an empty repository in memory; chunks of openBlob are 64 KiB. */
export function createFakeOciStorage(
  options: { readonly location?: string; readonly repository?: string } = {},
): FakeOciStorage {
  const contents = new Map<Digest, Content>();
  const tags = new Map<string, Digest>();
  const referrers = new Map<Digest, Map<Digest, Descriptor>>();
  const calls = new Map<string, number>();
  let failure: AmapError | undefined;

  const enter = (method: string): void => {
    calls.set(method, (calls.get(method) ?? 0) + 1);
    if (failure !== undefined) throw failure;
  };
  const descriptorOf = (digest: Digest): Descriptor | undefined => {
    const content = contents.get(digest);
    if (content?.mediaType === undefined) return undefined;
    return { mediaType: content.mediaType, digest, size: content.bytes.length };
  };
  const checked = (descriptor: Descriptor): Uint8Array => {
    const content = contents.get(descriptor.digest);
    if (content === undefined) throw new AmapError("BLOB_NOT_FOUND", `no blob ${descriptor.digest}`);
    if (content.bytes.length !== descriptor.size) {
      const message = `${descriptor.digest}: expected ${descriptor.size} bytes, found ${content.bytes.length}`;
      throw new AmapError("BLOB_SIZE_MISMATCH", message);
    }
    requireDigest(content.bytes, descriptor.digest);
    return content.bytes;
  };
  const addReferrer = (descriptor: Descriptor, bytes: Uint8Array): void => {
    const decoded = decodeManifest(bytes);
    if (!decoded.ok) throw new AmapError("MANIFEST_INVALID", decoded.issues[0]?.message ?? "not a manifest");
    const { subject, artifactType, annotations } = decoded.value;
    if (subject === undefined) return;
    const listed = referrers.get(subject.digest) ?? new Map<Digest, Descriptor>();
    const described = {
      ...descriptor,
      ...(artifactType === undefined ? {} : { artifactType }),
      ...(annotations === undefined ? {} : { annotations }),
    };
    referrers.set(subject.digest, listed.set(descriptor.digest, described));
  };

  return {
    location: options.location ?? "fake:repository",
    repository: options.repository ?? "fake.example/repository",
    calls,
    corrupt(digest) {
      const content = contents.get(digest);
      if (content === undefined) throw new Error(`nothing to corrupt: ${digest}`);
      content.bytes = content.bytes.map((byte, index) => (index === 0 ? byte ^ 1 : byte));
    },
    lose: (digest) => void contents.delete(digest),
    failWith(error) {
      failure = error;
    },
    async resolve(reference) {
      enter("resolve");
      const digest = isDigest(reference) ? reference : tags.get(reference);
      return digest === undefined ? undefined : descriptorOf(digest);
    },
    async listTags() {
      enter("listTags");
      return [...tags.keys()].sort();
    },
    async readManifest(digest) {
      enter("readManifest");
      const descriptor = descriptorOf(digest);
      return descriptor === undefined ? undefined : { descriptor, bytes: checked(descriptor) };
    },
    async readBlob(descriptor, maxBytes) {
      enter("readBlob");
      if (descriptor.size > maxBytes) {
        throw new AmapError("LIMIT_EXCEEDED", `${descriptor.digest}: ${descriptor.size} bytes, at most ${maxBytes}`);
      }
      return checked(descriptor);
    },
    async *openBlob(descriptor) {
      enter("openBlob");
      const bytes = checked(descriptor);
      for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
    },
    async listReferrers(subject) {
      enter("listReferrers");
      return [...(referrers.get(subject)?.values() ?? [])];
    },
    async hasBlob(digest) {
      enter("hasBlob");
      return contents.has(digest);
    },
    async writeBlob(bytes) {
      enter("writeBlob");
      const digest = digestOf(bytes);
      if (!contents.has(digest)) contents.set(digest, { bytes: bytes.slice() });
      return { digest, size: bytes.length };
    },
    async copyBlob(descriptor, from) {
      enter("copyBlob");
      if (contents.has(descriptor.digest)) return;
      const parts: Uint8Array[] = [];
      for await (const chunk of from.openBlob(descriptor)) parts.push(chunk);
      const bytes = concatBytes(parts);
      if (bytes.length !== descriptor.size) {
        throw new AmapError("BLOB_SIZE_MISMATCH", `${descriptor.digest}: expected ${descriptor.size} bytes`);
      }
      requireDigest(bytes, descriptor.digest);
      contents.set(descriptor.digest, { bytes });
    },
    async deleteManifest(digest) {
      enter("deleteManifest");
      if (contents.get(digest)?.mediaType === undefined) return false;
      contents.delete(digest);
      for (const [tag, named] of tags) if (named === digest) tags.delete(tag);
      for (const listed of referrers.values()) listed.delete(digest);
      return true;
    },
    async writeManifest(bytes: Uint8Array, { mediaType, tag, expected }: WriteManifestOptions) {
      enter("writeManifest");
      if (bytes.length > LIMITS.manifestBytes) {
        throw new AmapError("LIMIT_EXCEEDED", `a manifest of ${bytes.length} bytes, at most ${LIMITS.manifestBytes}`);
      }
      const descriptor: Descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
      if (tag !== undefined && expected !== undefined && (tags.get(tag) ?? null) !== expected) {
        throw new AmapError("STORAGE_CONFLICT", `${tag} no longer names ${expected ?? "nothing"}`);
      }
      addReferrer(descriptor, bytes);
      contents.set(descriptor.digest, { bytes: bytes.slice(), mediaType });
      if (tag !== undefined) tags.set(tag, descriptor.digest);
      return descriptor;
    },
  };
}

function requireDigest(bytes: Uint8Array, digest: Digest): void {
  if (!matchesDigest(bytes, digest))
    throw new AmapError("BLOB_DIGEST_MISMATCH", `the bytes are not those of ${digest}`);
}
