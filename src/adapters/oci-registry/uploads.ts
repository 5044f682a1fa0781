import type { Descriptor } from "../../artifact/index.ts";
import {
  type AmapError,
  concatBytes,
  type Digest,
  digestAlgorithm,
  digestOf,
  isAmapError,
  LIMITS,
  startHash,
} from "../../base/index.ts";
import type { OciStorage } from "../../ports/index.ts";
import { hasBlobFor, requireDigest, sizeMismatch } from "./blobs.ts";
import type { RegistryClient } from "./registry-client.ts";
import { type Answer, registryFailure } from "./registry-failure.ts";
import { isReset } from "./retry.ts";
import { BEGIN, type UploadSession, uploadSession } from "./upload-session.ts";

/** Uploads in one piece, unless the blob is there. Half of a blob is never seen. */
export async function writeBlob(
  client: RegistryClient,
  bytes: Uint8Array,
): Promise<{ readonly digest: Digest; readonly size: number }> {
  const digest = digestOf(bytes);
  if (!(await hasBlobFor(client, digest, "pull,push"))) {
    await withSession(
      async () => uploadSession(client, await begin(client)),
      (session) => session.finish(bytes, 0, digest),
    );
  }
  return { digest, size: bytes.length };
}

/**
 * Stores a blob of another repository: mounted where both are in this registry, else sent in chunks of 8 MiB, or as long
 * as the registry asks for.
 * @throws {AmapError} BLOB_…, REGISTRY_…
 */
export async function copyBlob(client: RegistryClient, descriptor: Descriptor, from: OciStorage): Promise<void> {
  const { digest } = descriptor;
  if (await hasBlobFor(client, digest, "pull,push")) return;
  const { registry } = client.address;
  const ofRegistry = from.location.startsWith(`${registry}/`) ? from.location.slice(registry.length + 1) : undefined;
  await withSession(
    () => beginUnlessMounted(client, digest, ofRegistry),
    (session) => sendChunks(session, descriptor, from.openBlob(descriptor)),
  );
}

/**
 * Runs an upload, again from its start when the session is lost or a connection breaks: what is read a second time was
 * not stored the first time. A session that fails is given up, so that the registry keeps no half of a blob.
 */
async function withSession(
  open: () => Promise<UploadSession | undefined>,
  run: (session: UploadSession) => Promise<AmapError | undefined>,
): Promise<void> {
  for (let round = 0; ; round += 1) {
    const session = await open();
    if (session === undefined) return;
    let lost: AmapError | undefined;
    try {
      lost = await run(session);
    } catch (error) {
      await session.discard();
      if (!isAmapError(error) || !isReset(error) || session.isSpent()) throw error;
      lost = error;
    }
    if (lost === undefined) return;
    if (round >= LIMITS.httpRetries) throw lost;
  }
}

async function sendChunks(
  session: UploadSession,
  { digest, size }: Descriptor,
  source: AsyncIterable<Uint8Array>,
): Promise<AmapError | undefined> {
  const hash = startHash(digestAlgorithm(digest));
  let sent = 0;
  let total = 0;
  let held: Uint8Array[] = [];
  for await (const chunk of source) {
    total += chunk.length;
    if (total > size) throw sizeMismatch({ digest, size }, `more than ${size}`);
    hash.update(chunk);
    held.push(chunk);
    // Something is kept for the last request, which also says which digest all of it has.
    while (total - sent > session.chunkBytes) {
      const bytes = concatBytes(held);
      const lost = await session.send(bytes.subarray(0, session.chunkBytes), sent);
      if (lost !== undefined) return lost;
      sent += session.chunkBytes;
      held = [bytes.slice(session.chunkBytes)];
    }
  }
  if (total !== size) throw sizeMismatch({ digest, size }, `${total}`);
  requireDigest(digest, hash.digestHex());
  return session.finish(concatBytes(held), sent, digest);
}

/** Where to send a blob to; undefined when the registry has taken it over from another repository. */
async function beginUnlessMounted(
  client: RegistryClient,
  mount: Digest,
  from: string | undefined,
): Promise<UploadSession | undefined> {
  const begun = from === undefined ? undefined : await tryMount(client, mount, from);
  // A registry that says it has mounted a blob is asked for it: manifests must not name what is not there.
  if (begun?.status === 201 && (await hasBlobFor(client, mount, "pull,push"))) return undefined;
  // Some refuse a mount that they cannot do instead of starting an upload.
  return uploadSession(client, begun?.status === 202 ? begun : await begin(client));
}

/** The answer to a mount, or undefined where the token service gives no token for both repositories. */
async function tryMount(client: RegistryClient, mount: Digest, from: string): Promise<Answer | undefined> {
  const url = client.urlOf("blobs/uploads/");
  url.searchParams.set("mount", mount);
  url.searchParams.set("from", from);
  try {
    return await client.send({ ...BEGIN, url, mountFrom: from });
  } catch (error) {
    if (!isAmapError(error, "REGISTRY_UNAUTHORIZED")) throw error;
    return undefined;
  }
}

async function begin(client: RegistryClient): Promise<Answer> {
  const begun = await client.send({ ...BEGIN, url: client.urlOf("blobs/uploads/") });
  if (begun.status !== 202) throw registryFailure(begun);
  return begun;
}
