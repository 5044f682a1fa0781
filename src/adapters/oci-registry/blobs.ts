import type { Descriptor } from "../../artifact/index.ts";
import {
  AmapError,
  concatBytes,
  type Digest,
  digestAlgorithm,
  digestHex,
  digestOf,
  isAmapError,
  LIMITS,
  startHash,
} from "../../base/index.ts";
import type { OciStorage } from "../../ports/index.ts";
import type { RegistryClient } from "./registry-client.ts";
import { type Answer, protocolFailure, registryFailure } from "./registry-failure.ts";
import { withResetRetries } from "./retry.ts";

/** A whole blob, re-hashed; fetched anew when the connection breaks off. */
export async function readBlob(client: RegistryClient, descriptor: Descriptor, maxBytes: number): Promise<Uint8Array> {
  if (descriptor.size > maxBytes) {
    throw new AmapError(
      "LIMIT_EXCEEDED",
      `${descriptor.digest}: expected at most ${maxBytes} bytes, the descriptor states ${descriptor.size}`,
      { details: { maxBytes, size: descriptor.size } },
    );
  }
  return withResetRetries(async () => {
    const parts: Uint8Array[] = [];
    for await (const chunk of streamBlob(client, descriptor)) parts.push(chunk);
    return concatBytes(parts);
  }, client.wait);
}

/** A blob in chunks, never more than its descriptor's size; ends normally only when size and digest are right. */
export async function* streamBlob(client: RegistryClient, descriptor: Descriptor): AsyncGenerator<Uint8Array> {
  const { digest, size } = descriptor;
  const answer = await client.stream({
    method: "GET",
    url: client.urlOf(`blobs/${digest}`),
    maxBytes: LIMITS.layerBytes,
    actions: "pull",
    idempotent: true,
  });
  if (answer.status === 404) throw new AmapError("BLOB_NOT_FOUND", `${client.address.registry} has no blob ${digest}`);
  if (answer.stream === undefined) throw registryFailure(answer);
  const hash = startHash(digestAlgorithm(digest));
  let total = 0;
  for await (const chunk of answer.stream) {
    total += chunk.length;
    if (total > size) throw sizeMismatch(descriptor, `more than ${size}`);
    hash.update(chunk);
    yield chunk;
  }
  if (total !== size) throw sizeMismatch(descriptor, `${total}`);
  const found = hash.digestHex();
  if (found !== digestHex(digest)) {
    throw new AmapError("BLOB_DIGEST_MISMATCH", `expected ${digest}, found ${digestAlgorithm(digest)}:${found}`, {
      details: { expected: digest },
    });
  }
}

function sizeMismatch({ digest, size }: Pick<Descriptor, "digest" | "size">, found: string): AmapError {
  return new AmapError("BLOB_SIZE_MISMATCH", `${digest}: expected ${size} bytes, found ${found}`, {
    details: { digest, size },
  });
}

export async function hasBlob(client: RegistryClient, digest: Digest): Promise<boolean> {
  return hasBlobFor(client, digest, "pull");
}

async function hasBlobFor(client: RegistryClient, digest: Digest, actions: "pull" | "pull,push"): Promise<boolean> {
  const url = client.urlOf(`blobs/${digest}`);
  const answer = await client.send({ method: "HEAD", url, maxBytes: 0, actions, idempotent: true });
  if (answer.status === 200) return true;
  if (answer.status === 404) return false;
  throw registryFailure(answer);
}

/** Uploads in one piece, unless the blob is there. A broken connection starts a new upload; half of one is never seen. */
export async function writeBlob(
  client: RegistryClient,
  bytes: Uint8Array,
): Promise<{ readonly digest: Digest; readonly size: number }> {
  const digest = digestOf(bytes);
  if (!(await hasBlobFor(client, digest, "pull,push"))) {
    await withResetRetries(() => uploadBlob(client, bytes, digest), client.wait);
  }
  return { digest, size: bytes.length };
}

/** Bytes of one chunk of an upload; a blob up to this size is sent in one piece. */
const UPLOAD_CHUNK_BYTES = 8 * 1024 * 1024;

/**
 * Stores a blob of another repository: mounted where both are in this registry, else sent in chunks of at most 8 MiB.
 * @throws {AmapError} BLOB_…, REGISTRY_…
 */
export async function copyBlob(client: RegistryClient, descriptor: Descriptor, from: OciStorage): Promise<void> {
  if (await hasBlobFor(client, descriptor.digest, "pull,push")) return;
  const { registry } = client.address;
  const ofRegistry = from.location.startsWith(`${registry}/`) ? from.location.slice(registry.length + 1) : undefined;
  // What is read a second time after a broken connection was not stored the first time.
  await withResetRetries(async () => {
    const upload = await startUpload(client, descriptor.digest, ofRegistry);
    if (upload !== undefined) await sendChunks(client, upload, descriptor, from.openBlob(descriptor));
  }, client.wait);
}

async function sendChunks(
  client: RegistryClient,
  upload: URL,
  { digest, size }: Descriptor,
  source: AsyncIterable<Uint8Array>,
): Promise<void> {
  const hash = startHash(digestAlgorithm(digest));
  let target = upload;
  let sent = 0;
  let total = 0;
  let held: Uint8Array[] = [];
  for await (const chunk of source) {
    if (held.length > 0 && total - sent + chunk.length > UPLOAD_CHUNK_BYTES) {
      target = await sendChunk(client, target, concatBytes(held), sent);
      sent = total;
      held = [];
    }
    total += chunk.length;
    if (total > size) throw sizeMismatch({ digest, size }, `more than ${size}`);
    hash.update(chunk);
    held.push(chunk);
  }
  if (total !== size) throw sizeMismatch({ digest, size }, `${total}`);
  const found = hash.digestHex();
  if (found !== digestHex(digest)) {
    throw new AmapError("BLOB_DIGEST_MISMATCH", `expected ${digest}, found ${digestAlgorithm(digest)}:${found}`, {
      details: { expected: digest },
    });
  }
  const range = sent === 0 ? {} : { "content-range": `${sent}-${size - 1}` };
  await finishUpload(client, target, digest, concatBytes(held), range);
}

/** Sends a chunk that is not the last one, and gives the address of the next. */
async function sendChunk(client: RegistryClient, url: URL, body: Uint8Array, from: number): Promise<URL> {
  const answer = await client.send({
    method: "PATCH",
    url,
    headers: { ...OCTETS, "content-range": `${from}-${from + body.length - 1}` },
    body,
    maxBytes: LIMITS.httpBodyBytes,
    actions: "pull,push",
    idempotent: false,
  });
  if (answer.status !== 202 && answer.status !== 201 && answer.status !== 204) throw registryFailure(answer);
  return uploadTarget(answer.headers["location"], answer.url, client);
}

async function uploadBlob(client: RegistryClient, bytes: Uint8Array, digest: Digest): Promise<void> {
  await finishUpload(client, await newUpload(client), digest, bytes);
}

const OCTETS = { "content-type": "application/octet-stream" };
/** How an upload is started. A second session costs nothing: the registry drops the one that stays empty. */
const UPLOAD = {
  method: "POST",
  headers: OCTETS,
  body: new Uint8Array(),
  maxBytes: LIMITS.httpBodyBytes,
  actions: "pull,push",
  idempotent: true,
} as const;

/** Where to send a blob to; undefined when the registry has taken it over from another repository. */
async function startUpload(client: RegistryClient, mount: Digest, from: string | undefined): Promise<URL | undefined> {
  const started = from === undefined ? undefined : await tryMount(client, mount, from);
  // A registry that says it has mounted a blob is asked for it: manifests must not name what is not there.
  if (started?.status === 201 && (await hasBlobFor(client, mount, "pull,push"))) return undefined;
  // Some refuse a mount that they cannot do instead of starting an upload.
  return started?.status === 202 ? uploadTarget(started.headers["location"], started.url, client) : newUpload(client);
}

/** The answer to a mount, or undefined where the token service gives no token for both repositories. */
async function tryMount(client: RegistryClient, mount: Digest, from: string): Promise<Answer | undefined> {
  const url = client.urlOf("blobs/uploads/");
  url.searchParams.set("mount", mount);
  url.searchParams.set("from", from);
  try {
    return await client.send({ ...UPLOAD, url, mountFrom: from });
  } catch (error) {
    if (!isAmapError(error, "REGISTRY_UNAUTHORIZED")) throw error;
    return undefined;
  }
}

async function newUpload(client: RegistryClient): Promise<URL> {
  const started = await client.send({ ...UPLOAD, url: client.urlOf("blobs/uploads/") });
  if (started.status !== 202) throw registryFailure(started);
  return uploadTarget(started.headers["location"], started.url, client);
}

async function finishUpload(
  client: RegistryClient,
  target: URL,
  digest: Digest,
  body: Uint8Array,
  range: Readonly<Record<string, string>> = {},
): Promise<void> {
  target.searchParams.set("digest", digest);
  const finished = await client.send({
    method: "PUT",
    url: target,
    headers: { ...OCTETS, ...range },
    body,
    maxBytes: LIMITS.httpBodyBytes,
    actions: "pull,push",
    idempotent: false,
  });
  if (finished.status !== 201 && finished.status !== 204) throw registryFailure(finished);
}

/** Uploads go to the registry only: another host would get the content, or the credentials, or both (C10, C11). */
function uploadTarget(location: string | undefined, from: URL, client: RegistryClient): URL {
  const target = location === undefined ? null : URL.parse(location, from.href);
  if (target === null) throw protocolFailure("an upload was started without a usable Location", from);
  if (target.origin !== client.address.origin) {
    throw protocolFailure(`an upload was started with a Location on ${target.origin}, which is refused`, from);
  }
  return target;
}
