import type { Descriptor } from "../../artifact/index.ts";
import { AmapError, concatBytes, type Digest, digestHex, LIMITS, startHash } from "../../base/index.ts";
import type { OciStorage } from "../../ports/index.ts";
import type { World } from "../world.ts";
import type { ArchiveIndex } from "./archive-index.ts";

/** A blob of an archive: where it lies, or its bytes. */
export type ArchivedBlob =
  | { readonly path: string; readonly bytes?: undefined; readonly isCompressedOtherwise?: boolean }
  | { readonly bytes: Uint8Array };

/** What an archive holds, as a storage that can only be read. */
export interface ArchivedImages {
  readonly location: string;
  readonly repository: string;
  readonly index: ArchiveIndex;
  readonly manifests: ReadonlyMap<Digest, Descriptor>;
  readonly blobs: ReadonlyMap<Digest, ArchivedBlob>;
  readonly tags: ReadonlyMap<string, Descriptor>;
}

/** Reads blobs out of an archive by their digests, each checked. */
export function archiveStorage(world: World, path: string, images: ArchivedImages): OciStorage {
  const { location, repository, blobs, manifests, tags } = images;
  const open = (descriptor: Descriptor): AsyncGenerator<Uint8Array> => openBlob(world, path, images, descriptor);
  const refuse = (): never => {
    throw new AmapError("NOT_SUPPORTED", `${location}: an archive of images can only be read`, {
      hint: "Copy the image to a registry or a layout, and work there.",
    });
  };
  const readBlob = async (descriptor: Descriptor, maxBytes: number): Promise<Uint8Array> => {
    if (descriptor.size > maxBytes) {
      throw new AmapError("LIMIT_EXCEEDED", `${location}: ${descriptor.digest} has more than ${maxBytes} bytes`);
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of open(descriptor)) chunks.push(chunk);
    return concatBytes(chunks);
  };
  return {
    location,
    repository,
    resolve: async (reference) => tags.get(reference) ?? manifests.get(reference as Digest),
    listTags: async () => [...tags.keys()],
    readManifest: async (digest) => {
      const descriptor = manifests.get(digest) ?? manifestIn(images, digest);
      if (descriptor === undefined) return undefined;
      return { descriptor, bytes: await readBlob(descriptor, LIMITS.manifestBytes) };
    },
    readBlob,
    openBlob: open,
    listReferrers: async () => [],
    hasBlob: async (digest) => blobs.has(digest) || images.index.resolve(blobPath(digest)) !== undefined,
    writeBlob: async () => refuse(),
    copyBlob: async () => refuse(),
    writeManifest: async () => refuse(),
    deleteManifest: async () => refuse(),
  };
}

function blobPath(digest: Digest): string {
  return `blobs/${digest.replace(":", "/")}`;
}

/** A manifest that another one names; its media type is the document's own. */
function manifestIn({ index }: ArchivedImages, digest: Digest): Descriptor | undefined {
  const at = index.resolve(blobPath(digest));
  const bytes = at === undefined ? undefined : index.documents.get(at);
  return bytes === undefined ? undefined : { mediaType: "", digest, size: bytes.length };
}

/** The bytes of a blob; at their end their digest and size are as the descriptor says, or it fails. */
async function* openBlob(
  world: World,
  archive: string,
  { location, blobs, index }: ArchivedImages,
  { digest, size }: Descriptor,
): AsyncGenerator<Uint8Array> {
  const blob = blobs.get(digest) ?? storedAt(index, digest);
  if (blob === undefined) throw new AmapError("BLOB_NOT_FOUND", `${location}: there is no blob ${digest}`);
  const hash = startHash(digest.startsWith("sha512:") ? "sha512" : "sha256");
  let bytes = 0;
  for await (const chunk of chunksOfBlob(world, archive, index, blob)) {
    hash.update(chunk);
    bytes += chunk.length;
    yield chunk;
  }
  if (hash.digestHex() !== digestHex(digest)) {
    throw new AmapError("BLOB_DIGEST_MISMATCH", `${location}: the bytes of blob ${digest} do not have this digest`);
  }
  const isAsStored = !("path" in blob) || blob.isCompressedOtherwise !== true;
  if (isAsStored && size !== bytes) {
    throw new AmapError("BLOB_SIZE_MISMATCH", `${location}: blob ${digest}: expected ${size} bytes, found ${bytes}`);
  }
}

function storedAt(index: ArchiveIndex, digest: Digest): ArchivedBlob | undefined {
  const path = index.resolve(blobPath(digest));
  return path === undefined ? undefined : { path };
}

async function* chunksOfBlob(
  world: World,
  archive: string,
  index: ArchiveIndex,
  blob: ArchivedBlob,
): AsyncGenerator<Uint8Array> {
  if (blob.bytes !== undefined) {
    yield blob.bytes;
    return;
  }
  const document = index.documents.get(blob.path);
  if (document !== undefined) {
    yield document;
    return;
  }
  const stored = world.archives.readTarFile(world.files.readChunks(archive), index.writtenAs(blob.path));
  yield* blob.isCompressedOtherwise === true ? world.archives.decompress(stored) : stored;
}
