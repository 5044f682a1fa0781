import { createHash } from "node:crypto";
import type { Descriptor } from "../../artifact/index.ts";
import { AmapError, type Digest, digestAlgorithm, digestOf, matchesDigest } from "../../base/index.ts";
import { layoutFailure } from "./layout-failure.ts";
import { blobName, type LayoutFiles, readWhole } from "./layout-files.ts";

const CHUNK_BYTES = 256 * 1024;

/** @throws {AmapError} BLOB_NOT_FOUND, BLOB_DIGEST_MISMATCH, BLOB_SIZE_MISMATCH, LIMIT_EXCEEDED */
export async function readBlob(files: LayoutFiles, descriptor: Descriptor, maxBytes: number): Promise<Uint8Array> {
  const { digest, size } = descriptor;
  if (size > maxBytes)
    throw new AmapError("LIMIT_EXCEEDED", `${digest} has ${size} bytes, at most ${maxBytes} are read`);
  const opened = await openWhole(files, descriptor);
  try {
    const bytes = await readWhole(opened, size);
    if (bytes.length !== size) throw sizeMismatch(files, descriptor, bytes.length);
    if (!matchesDigest(bytes, digest)) throw digestMismatch(files, digest);
    return bytes;
  } catch (error) {
    throw layoutFailure(error, "read", files.path(blobName(digest)));
  } finally {
    await opened.close();
  }
}

/** As {@link readBlob}, in chunks, without a limit of its own; the digest is checked before the end is reached. */
export async function* openBlob(files: LayoutFiles, descriptor: Descriptor): AsyncGenerator<Uint8Array> {
  const opened = await openWhole(files, descriptor);
  try {
    const hash = createHash(digestAlgorithm(descriptor.digest));
    let position = 0;
    while (position < descriptor.size) {
      const chunk = new Uint8Array(Math.min(CHUNK_BYTES, descriptor.size - position));
      const { bytesRead } = await opened.read(chunk, 0, chunk.length, position);
      if (bytesRead === 0) throw sizeMismatch(files, descriptor, position);
      const bytes = chunk.subarray(0, bytesRead);
      hash.update(bytes);
      position += bytesRead;
      yield bytes;
    }
    const found = `${digestAlgorithm(descriptor.digest)}:${hash.digest("hex")}`;
    if (found !== descriptor.digest) throw digestMismatch(files, descriptor.digest);
  } catch (error) {
    throw layoutFailure(error, "read", files.path(blobName(descriptor.digest)));
  } finally {
    await opened.close();
  }
}

/** Stores bytes under their digest. What is there is kept when it is whole, and replaced when it is damaged. */
export async function writeBlob(files: LayoutFiles, bytes: Uint8Array): Promise<Digest> {
  const digest = digestOf(bytes);
  const present = await files.open(blobName(digest));
  if (present !== undefined) {
    try {
      const isWhole =
        present.size === bytes.length && matchesDigest(await readWhole(present.file, present.size), digest);
      if (isWhole) return digest;
    } finally {
      await present.file.close();
    }
  }
  await files.write(blobName(digest), bytes);
  return digest;
}

/** Stores the chunks of a blob, unless it is there; what its size and digest do not fit is not stored. */
export async function copyBlob(
  files: LayoutFiles,
  descriptor: Descriptor,
  open: () => AsyncIterable<Uint8Array>,
): Promise<void> {
  const present = await files.open(blobName(descriptor.digest));
  await present?.file.close();
  if (present?.size !== descriptor.size) await files.write(blobName(descriptor.digest), checked(descriptor, open()));
}

async function* checked({ digest, size }: Descriptor, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const hash = createHash(digestAlgorithm(digest));
  let total = 0;
  for await (const chunk of chunks) {
    total += chunk.length;
    if (total > size) break;
    hash.update(chunk);
    yield chunk;
  }
  if (total !== size) throw new AmapError("BLOB_SIZE_MISMATCH", `${digest}: expected ${size} bytes, found ${total}`);
  const found = `${digestAlgorithm(digest)}:${hash.digest("hex")}`;
  if (found !== digest) throw new AmapError("BLOB_DIGEST_MISMATCH", `expected ${digest}, found ${found}`);
}

export function digestMismatch(files: LayoutFiles, digest: Digest): AmapError {
  const path = files.path(blobName(digest));
  return new AmapError("BLOB_DIGEST_MISMATCH", `the bytes of ${path} do not have the digest ${digest}`);
}

export function sizeMismatch(files: LayoutFiles, descriptor: Descriptor, found: number): AmapError {
  const path = files.path(blobName(descriptor.digest));
  return new AmapError("BLOB_SIZE_MISMATCH", `${path}: expected ${descriptor.size} bytes, found ${found}`, {
    details: { expected: descriptor.size, found },
  });
}

async function openWhole(files: LayoutFiles, descriptor: Descriptor) {
  const opened = await files.open(blobName(descriptor.digest));
  if (opened === undefined) {
    throw new AmapError("BLOB_NOT_FOUND", `${files.directory} has no blob ${descriptor.digest}`);
  }
  if (opened.size === descriptor.size) return opened.file;
  await opened.file.close();
  throw sizeMismatch(files, descriptor, opened.size);
}
