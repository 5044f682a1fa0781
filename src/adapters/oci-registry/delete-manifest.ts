import { decodeManifest } from "../../artifact/index.ts";
import { AmapError, type Digest } from "../../base/index.ts";
import { removeFallbackEntry } from "./fallback-index.ts";
import { getManifest } from "./manifests.ts";
import type { RegistryClient } from "./registry-client.ts";
import { registryFailure } from "./registry-failure.ts";

/**
 * Deletes a manifest, and takes it out of its subject's fallback index. Registries forget the tags of what they delete.
 * @throws {AmapError} NOT_SUPPORTED where deletion is switched off, REGISTRY_…
 */
export async function deleteManifest(client: RegistryClient, digest: Digest): Promise<boolean> {
  const stored = await getManifest(client, digest, "pull,push");
  if (stored === undefined) return false;
  const answer = await client.send({
    method: "DELETE",
    url: client.urlOf(`manifests/${digest}`),
    maxBytes: 64 * 1024,
    actions: "pull,push,delete",
    idempotent: true,
  });
  const { registry, repository } = client.address;
  if (answer.status === 405 || answer.status === 400) {
    throw new AmapError(
      "NOT_SUPPORTED",
      `${registry} deletes nothing: status ${answer.status} for ${repository}@${digest}`,
      {
        hint: "Switch deletion on in the registry (distribution: REGISTRY_STORAGE_DELETE_ENABLED=true).",
        details: { registry, status: answer.status },
      },
    );
  }
  // A repeated request finds its own first one done.
  if (answer.status !== 202 && answer.status !== 200 && answer.status !== 204 && answer.status !== 404) {
    throw registryFailure(answer);
  }
  const decoded = decodeManifest(stored.bytes);
  const subject = decoded.ok ? decoded.value.subject : undefined;
  if (subject !== undefined) await removeFallbackEntry(client, subject.digest, digest);
  return true;
}
