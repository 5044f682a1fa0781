import { type Descriptor, decodeManifest, type Index, type Manifest } from "../../../artifact/index.ts";
import { type Digest, type ErrorCode, isAmapError, LIMITS } from "../../../base/index.ts";
import type { OciStorage } from "../../../ports/index.ts";
import { mapBounded } from "../../bounded.ts";

/** A manifest that a tag names. */
interface TaggedManifest {
  readonly tag: string;
  readonly descriptor: Descriptor;
  readonly document: Manifest | Index;
}

/** What the tags of a repository name: the only way to find what no listing names. */
export interface TagScan {
  readonly manifests: readonly TaggedManifest[];
  /** Tags that were read. */
  readonly tags: number;
  /** What was not looked at, in words. */
  readonly notLookedAt: readonly string[];
}

/** Tags read at the same time. */
const WIDTH = 16;

/** A tag's own trouble; what the registry itself fails with is not among them. */
const UNREADABLE: ReadonlySet<ErrorCode> = new Set(["NOT_SUPPORTED", "LIMIT_EXCEEDED", "BLOB_DIGEST_MISMATCH"]);

/**
 * Reads what the tags of a repository name, at most LIMITS.scannedTags of them.
 * @throws {AmapError} REGISTRY_…
 */
export async function scanTags(storage: OciStorage): Promise<TagScan> {
  const tags = await storage.listTags();
  const looked = tags.slice(0, LIMITS.scannedTags);
  const notLookedAt: string[] = [];
  if (tags.length > looked.length) {
    notLookedAt.push(`${tags.length - looked.length} of ${tags.length} tags: at most ${LIMITS.scannedTags} are read`);
  }
  const read = await mapBounded(looked, WIDTH, async (tag): Promise<TaggedManifest | undefined> => {
    try {
      return await readTagged(storage, tag);
    } catch (error) {
      if (!isAmapError(error) || !UNREADABLE.has(error.code)) throw error;
      notLookedAt.push(`the tag ${tag}: ${error.message}`);
      return undefined;
    }
  });
  return { manifests: read.filter((each) => each !== undefined), tags: looked.length, notLookedAt };
}

async function readTagged(storage: OciStorage, tag: string): Promise<TaggedManifest | undefined> {
  const descriptor = await storage.resolve(tag);
  const stored = descriptor === undefined ? undefined : await storage.readManifest(descriptor.digest);
  if (stored === undefined) return undefined;
  const decoded = decodeManifest(stored.bytes);
  // A malformed manifest names no subject; where it stands under an attachment tag that tag's own check says so.
  return decoded.ok ? { tag, descriptor: stored.descriptor, document: decoded.value } : undefined;
}

/** Tags that the doctor may itself put to another use. */
const FALLBACK_TAG = /^sha(?:256|512)-[0-9a-f]{64}$/;

/** Whether a manifest stays reachable without the fallback tags: by another tag, or by an index that such a tag names. */
export function isNamedElsewhere(scan: TagScan, digest: Digest): boolean {
  return scan.manifests.some(
    (each) =>
      !FALLBACK_TAG.test(each.tag) &&
      (each.descriptor.digest === digest ||
        (each.document.kind === "index" && each.document.manifests.some((child) => child.digest === digest))),
  );
}
