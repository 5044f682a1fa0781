import type { Descriptor } from "../../artifact/index.ts";
import {
  AmapError,
  concatBytes,
  type Digest,
  digestAlgorithm,
  digestHex,
  digestOf,
  LIMITS,
  startHash,
} from "../../base/index.ts";
import type { RegistryClient } from "./registry-client.ts";
import { protocolFailure, registryFailure } from "./registry-failure.ts";
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

function sizeMismatch({ digest, size }: Descriptor, found: string): AmapError {
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

async function uploadBlob(client: RegistryClient, bytes: Uint8Array, digest: Digest): Promise<void> {
  const request = { maxBytes: LIMITS.httpBodyBytes, actions: "pull,push" as const };
  const started = await client.send({
    ...request,
    method: "POST",
    url: client.urlOf("blobs/uploads/"),
    headers: { "content-type": "application/octet-stream" },
    body: new Uint8Array(),
    // A second session costs nothing: the registry drops the one that stays empty.
    idempotent: true,
  });
  if (started.status !== 202) throw registryFailure(started);
  const target = uploadTarget(started.headers["location"], started.url, client);
  target.searchParams.set("digest", digest);
  const finished = await client.send({
    ...request,
    method: "PUT",
    url: target,
    headers: { "content-type": "application/octet-stream" },
    body: bytes,
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
