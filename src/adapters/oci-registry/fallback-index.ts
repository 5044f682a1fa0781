import { type Descriptor, decodeManifest, MEDIA_TYPES } from "../../artifact/index.ts";
import {
  AmapError,
  type Digest,
  encodeUtf8,
  isAmapError,
  isDigest,
  isValueObject,
  LIMITS,
  memberOf,
  readJson,
  type Value,
  type ValueObject,
  writeJson,
} from "../../base/index.ts";
import { getManifest, putManifest, type StoredManifest } from "./manifests.ts";
import { fallbackTag } from "./referrers.ts";
import type { RegistryClient } from "./registry-client.ts";
import { staggerMs, startSettling } from "./settling.ts";
import { withTagLock } from "./tag-lock.ts";

/** Rounds of read, write and read back before giving up. */
const ROUNDS = 12;

/**
 * Adds a referrer to its subject's fallback index. Entries of others are kept as they were written. The tag is read
 * back twice after times in which another writer that had read before would have written, and the update is repeated
 * until the entry stays: the specification offers no better where conditional writes are not honoured.
 * @throws {AmapError} STORAGE_CONFLICT, MANIFEST_INVALID, LIMIT_EXCEEDED, REGISTRY_…
 */
export async function addFallbackEntry(client: RegistryClient, subject: Digest, entry: Descriptor): Promise<void> {
  const tag = fallbackTag(subject);
  const { origin, repository } = client.address;
  await withTagLock(`${origin}/${repository}:${tag}`, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      if (await addOnce(client, tag, entry, round)) return;
      await client.wait(staggerMs(entry.digest, round));
    }
    throw new AmapError(
      "STORAGE_CONFLICT",
      `${client.address.registry}/${repository}:${tag}: other writers kept replacing it`,
      {
        details: { tag, rounds: ROUNDS },
      },
    );
  });
}

/**
 * Takes an entry out of a subject's fallback index, where there is one that lists it.
 * @throws {AmapError} STORAGE_CONFLICT, MANIFEST_INVALID, REGISTRY_…
 */
export async function removeFallbackEntry(client: RegistryClient, subject: Digest, gone: Digest): Promise<void> {
  const tag = fallbackTag(subject);
  const { origin, repository } = client.address;
  await withTagLock(`${origin}/${repository}:${tag}`, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      if (await removeOnce(client, tag, gone)) return;
      await client.wait(staggerMs(gone, round));
    }
    throw new AmapError(
      "STORAGE_CONFLICT",
      `${client.address.registry}/${repository}:${tag}: other writers kept replacing it`,
      { details: { tag, rounds: ROUNDS } },
    );
  });
}

/** One round; whether the entry is gone for good. */
async function removeOnce(client: RegistryClient, tag: string, gone: Digest): Promise<boolean> {
  const settling = startSettling();
  const current = await getManifest(client, tag, "pull,push");
  if (!lists(current, gone)) return true;
  const kept = entriesOf(current, tag).filter((entry) => memberOf(entry, "digest") !== gone);
  if (!(await writeIndex(client, tag, current, kept))) return false;
  return settling.watch(async () => !lists(await getManifest(client, tag, "pull,push"), gone), client.wait);
}

/** One round; whether the entry is there to stay. */
async function addOnce(client: RegistryClient, tag: string, entry: Descriptor, round: number): Promise<boolean> {
  const settling = startSettling();
  const current = await getManifest(client, tag, "pull,push");
  if (lists(current, entry.digest)) {
    // Listed before anything was written: nobody who writes now can have read an older index.
    if (round === 0) return true;
  } else if (!(await writeIndex(client, tag, current, entriesOf(current, tag), entry))) {
    return false;
  }
  return settling.watch(async () => lists(await getManifest(client, tag, "pull,push"), entry.digest), client.wait);
}

/** Whether the index was written, with a new entry at its end; false when a condition failed. */
async function writeIndex(
  client: RegistryClient,
  tag: string,
  current: StoredManifest | undefined,
  entries: readonly ValueObject[],
  ...added: readonly Descriptor[]
): Promise<boolean> {
  const write = async (present: readonly ValueObject[]): Promise<boolean> => {
    try {
      await putManifest(client, tag, encodeWith(current, [...present, ...added]), conditionFor(current));
      return true;
    } catch (error) {
      if (isAmapError(error, "STORAGE_CONFLICT")) return false;
      throw error;
    }
  };
  try {
    return await write(entries);
  } catch (error) {
    if (!isAmapError(error) || error.details["registryCode"] !== "MANIFEST_BLOB_UNKNOWN") throw error;
  }
  // Some registries refuse an index with an entry whose manifest was deleted: such entries list nothing any more.
  return write(await withoutDeleted(client, entries));
}

/** If-Match where the registry gave a mark, If-None-Match where there was nothing; registries may ignore both. */
export function conditionFor(current: StoredManifest | undefined): Readonly<Record<string, string>> {
  if (current === undefined) return { "if-none-match": "*" };
  return current.etag === undefined ? {} : { "if-match": current.etag };
}

function lists(stored: StoredManifest | undefined, digest: Digest): boolean {
  if (stored === undefined) return false;
  const decoded = decodeManifest(stored.bytes);
  return (
    decoded.ok && decoded.value.kind === "index" && decoded.value.manifests.some((entry) => entry.digest === digest)
  );
}

/** The entries as their writers wrote them, members that amap does not know included. */
function entriesOf(stored: StoredManifest | undefined, tag: string): readonly ValueObject[] {
  if (stored === undefined) return [];
  const decoded = decodeManifest(stored.bytes);
  if (!decoded.ok || decoded.value.kind !== "index") {
    throw new AmapError(
      "MANIFEST_INVALID",
      `the tag ${tag} must hold the index of referrers, and holds something else`,
      {
        hint: "`cosign copy` leaves an image under this tag. `amap oci doctor --repair IMAGE` mends it.",
        details: { tag },
      },
    );
  }
  const manifests = memberOf(readJson(stored.bytes), "manifests");
  return Array.isArray(manifests) ? (manifests as readonly Value[]).filter(isValueObject) : [];
}

function encodeWith(
  stored: StoredManifest | undefined,
  manifests: readonly (ValueObject | Descriptor)[],
): { readonly bytes: Uint8Array; readonly mediaType: string } {
  const index = stored === undefined ? { schemaVersion: 2, mediaType: MEDIA_TYPES.index } : readJson(stored.bytes);
  const bytes = encodeUtf8(writeJson({ ...(index as ValueObject), manifests: manifests as readonly ValueObject[] }));
  if (manifests.length > LIMITS.indexManifests || bytes.length > LIMITS.manifestBytes) {
    throw new AmapError("LIMIT_EXCEEDED", `an index of ${manifests.length} referrers is larger than amap reads`, {
      details: { count: manifests.length, bytes: bytes.length },
    });
  }
  return { bytes, mediaType: stored?.descriptor.mediaType ?? MEDIA_TYPES.index };
}

async function withoutDeleted(
  client: RegistryClient,
  entries: readonly ValueObject[],
): Promise<readonly ValueObject[]> {
  const kept: ValueObject[] = [];
  for (const entry of entries) {
    const digest = memberOf(entry, "digest");
    const isThere = typeof digest === "string" && isDigest(digest) && (await getManifest(client, digest)) !== undefined;
    if (isThere) kept.push(entry);
  }
  return kept;
}
