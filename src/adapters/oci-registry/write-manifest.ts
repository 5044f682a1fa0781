import { type Descriptor, decodeManifest, type Index, type Manifest } from "../../artifact/index.ts";
import { AmapError, type Digest, digestOf, isAmapError, matchesDigest } from "../../base/index.ts";
import type { WriteManifestOptions } from "../../ports/index.ts";
import { addFallbackEntry, conditionFor } from "./fallback-index.ts";
import { getManifest, putManifest } from "./manifests.ts";
import { listFromApi, type ReferrersMode } from "./referrers.ts";
import { requireTag } from "./registry-address.ts";
import type { RegistryClient } from "./registry-client.ts";
import type { Answer } from "./registry-failure.ts";
import { startSettling } from "./settling.ts";
import { withTagLock } from "./tag-lock.ts";

/**
 * Stores a manifest and makes it visible to listReferrers when it has a subject.
 * @throws {AmapError} MANIFEST_INVALID, STORAGE_CONFLICT, REFERENCE_INVALID, REGISTRY_…
 */
export async function writeManifest(
  client: RegistryClient,
  bytes: Uint8Array,
  options: WriteManifestOptions,
  mode: ReferrersMode,
): Promise<Descriptor> {
  const document = requireManifest(bytes, options.mediaType);
  const descriptor = { mediaType: options.mediaType, digest: digestOf(bytes), size: bytes.length };
  const answer = await storeManifest(client, { ...descriptor, bytes }, options);
  if (document.subject !== undefined) {
    const entry = referrerEntry(descriptor, document);
    await publishReferrer(client, document.subject.digest, entry, answer, mode);
  }
  return descriptor;
}

interface NewManifest extends Descriptor {
  readonly bytes: Uint8Array;
}

async function storeManifest(
  client: RegistryClient,
  manifest: NewManifest,
  { tag, expected }: WriteManifestOptions,
): Promise<Answer | undefined> {
  if (tag === undefined) return putManifest(client, manifest.digest, manifest);
  requireTag(tag);
  const { origin, repository } = client.address;
  return withTagLock(`${origin}/${repository}:${tag}`, () =>
    expected === undefined ? putManifest(client, tag, manifest) : moveTag(client, manifest, tag, expected),
  );
}

/**
 * Moves a tag that must still name `expected`. Where the registry does not honour conditions, a writer that had read
 * before and wrote after is seen when the tag is read back.
 */
async function moveTag(
  client: RegistryClient,
  manifest: NewManifest,
  tag: string,
  expected: Digest | null,
): Promise<Answer | undefined> {
  const settling = startSettling();
  const current = await getManifest(client, tag, "pull,push");
  const isExpected = expected === null ? current === undefined : current && matchesDigest(current.bytes, expected);
  if (!isExpected) throw conflict(client, tag, expected, current?.descriptor.digest);
  let answer: Answer | undefined;
  try {
    answer = await putManifest(client, tag, manifest, conditionFor(current));
  } catch (error) {
    // A repeated request finds its own first write; what the tag names now tells.
    if (!isAmapError(error, "STORAGE_CONFLICT")) throw error;
  }
  let found: Digest | undefined;
  const namesOurs = async (): Promise<boolean> => {
    found = (await getManifest(client, tag, "pull,push"))?.descriptor.digest;
    return found === manifest.digest;
  };
  const stays = answer === undefined ? await namesOurs() : await settling.watch(namesOurs, client.wait);
  if (!stays) throw conflict(client, tag, manifest.digest, found);
  return answer;
}

/** How long a listing may lag behind what the registry has acknowledged, in milliseconds from one look to the next. */
const LISTING_LAG_MS: readonly number[] = [250, 500, 1_000];

/**
 * The registry lists it, or the fallback index does. A header alone is not believed: some registries only echo it, and
 * what is in no listing is found by nobody. Others list it a moment later, and need no tag.
 */
async function publishReferrer(
  client: RegistryClient,
  subject: Digest,
  entry: Descriptor,
  answer: Answer | undefined,
  mode: ReferrersMode,
): Promise<void> {
  if (mode === "auto") {
    const isAcknowledged = answer?.headers["oci-subject"] === subject;
    for (const lagMs of [0, ...(isAcknowledged ? LISTING_LAG_MS : [])]) {
      if (lagMs > 0) await client.wait(lagMs);
      const listed = await listFromApi(client, subject);
      if (listed === undefined) break;
      if (listed.some(({ digest }) => digest === entry.digest)) return;
    }
  }
  await addFallbackEntry(client, subject, entry);
}

/** A fallback entry (distribution specification 1.1, "Pushing Manifests with Subject"): with type and annotations. */
function referrerEntry(descriptor: Descriptor, document: Manifest | Index): Descriptor {
  const artifactType = document.artifactType ?? (document.kind === "manifest" ? document.config.mediaType : undefined);
  const { annotations } = document;
  return {
    ...descriptor,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

function requireManifest(bytes: Uint8Array, mediaType: string): Manifest | Index {
  const decoded = decodeManifest(bytes);
  if (!decoded.ok) {
    throw new AmapError("MANIFEST_INVALID", "a malformed manifest is not written", {
      details: { issues: decoded.issues },
    });
  }
  if (decoded.value.mediaType !== mediaType) {
    throw new AmapError("MANIFEST_INVALID", `expected a manifest of ${mediaType}, found ${decoded.value.mediaType}`);
  }
  return decoded.value;
}

function conflict(client: RegistryClient, tag: string, expected: Digest | null, found: Digest | undefined): AmapError {
  return new AmapError(
    "STORAGE_CONFLICT",
    `${client.address.registry}/${client.address.repository}:${tag}: expected ${expected ?? "no such tag"}, found ${found ?? "none"}`,
    { details: { tag, expected, found: found ?? null } },
  );
}
