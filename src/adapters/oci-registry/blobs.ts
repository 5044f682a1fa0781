import type { Descriptor } from "../../artifact/index.ts";
import {
  AmapError,
  concatBytes,
  type Digest,
  digestAlgorithm,
  digestHex,
  LIMITS,
  startHash,
} from "../../base/index.ts";
import type { RegistryClient } from "./registry-client.ts";
import { registryFailure } from "./registry-failure.ts";
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
  requireDigest(digest, hash.digestHex());
}

/** @throws {AmapError} BLOB_DIGEST_MISMATCH */
export function requireDigest(digest: Digest, foundHex: string): void {
  if (foundHex === digestHex(digest)) return;
  throw new AmapError("BLOB_DIGEST_MISMATCH", `expected ${digest}, found ${digestAlgorithm(digest)}:${foundHex}`, {
    details: { expected: digest },
  });
}

/** The error of content that is longer or shorter than its descriptor says. */
export function sizeMismatch({ digest, size }: Pick<Descriptor, "digest" | "size">, found: string): AmapError {
  return new AmapError("BLOB_SIZE_MISMATCH", `${digest}: expected ${size} bytes, found ${found}`, {
    details: { digest, size },
  });
}

export async function hasBlob(client: RegistryClient, digest: Digest): Promise<boolean> {
  return hasBlobFor(client, digest, "pull");
}

/** As {@link hasBlob}, with the token that what follows needs. */
export async function hasBlobFor(
  client: RegistryClient,
  digest: Digest,
  actions: "pull" | "pull,push",
): Promise<boolean> {
  const url = client.urlOf(`blobs/${digest}`);
  const answer = await client.send({ method: "HEAD", url, maxBytes: 0, actions, idempotent: true });
  if (answer.status === 200) return true;
  if (answer.status === 404) return false;
  throw registryFailure(answer);
}
