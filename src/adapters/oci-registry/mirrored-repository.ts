import { performance } from "node:perf_hooks";
import type { Descriptor } from "../../artifact/index.ts";
import { AmapError, type Digest, isAmapError, isDigest } from "../../base/index.ts";
import type { OciStorage } from "../../ports/index.ts";

/** A mirror, and what it is asked for. */
export interface Mirror {
  readonly storage: OciStorage;
  readonly tags: boolean;
  readonly digests: boolean;
}

/** A repository that is read from several places. */
export interface MirroredRepositoryOptions {
  /** The repository that the user named: all that is written goes there. */
  readonly target: OciStorage;
  /** Where it is read from in the end: the same, or the place that the configuration names instead. */
  readonly original: OciStorage;
  /** In the order in which they are asked. */
  readonly mirrors: readonly Mirror[];
  /** Why nothing may be read. */
  readonly blocked?: AmapError;
  /** Which mirrors failed, shared by handles that are opened anew; a memory of its own when left out. */
  readonly failures?: MirrorFailures;
}

/** The last failure of mirrors by their locations, and when it was (milliseconds of the process). */
export type MirrorFailures = Map<string, { readonly at: number; readonly error: AmapError }>;

/** Tags that hold attachments: cosign's, and the fallback index of referrers. They change without the image's knowing. */
const ATTACHMENT_TAG = /^(sha(?:256|512))-([0-9a-f]{64,128})(?:\.[a-z]{1,10})?$/;
const SUFFIXES = ["sig", "att", "sbom"];
/** How long a place that failed is not asked again; a handle may live for months. */
const SET_ASIDE_MS = 60_000;

/**
 * Reads what a digest names from the mirrors in their order, then from the original; tags only from mirrors that may say
 * what a tag names. What is listed beside an image (referrers, attachment tags, tags) is asked of the original: a mirror
 * that lacks it must not make an image look unsigned. Only where the original cannot be asked does a mirror's answer
 * count, and only if it has something that stands beside the image, in whatever form. All writing goes to the repository
 * itself.
 *
 * @throws {AmapError} on use, those of the original; STORAGE_CONFLICT before a write when a tag was read from a mirror
 * and names something else in the repository itself
 * @example
 * ```ts
 * import type { OciStorage } from "../../ports/index.ts";
 * import { openMirroredRepository } from "./index.ts";
 * const open = (target: OciStorage, mirror: OciStorage) =>
 *   openMirroredRepository({ target, original: target, mirrors: [{ storage: mirror, tags: false, digests: true }] });
 * ```
 */
export function openMirroredRepository(options: MirroredRepositoryOptions): OciStorage {
  const { target } = options;
  const reads = readsOf(options);
  return {
    location: target.location,
    repository: target.repository,
    ...reads.methods,
    hasBlob: (digest) => target.hasBlob(digest),
    writeBlob: async (bytes) => {
      await reads.confirmTags();
      return target.writeBlob(bytes);
    },
    copyBlob: async (descriptor, from) => {
      await reads.confirmTags();
      return target.copyBlob(descriptor, from);
    },
    writeManifest: async (bytes, written) => {
      await reads.confirmTags();
      return target.writeManifest(bytes, written);
    },
    deleteManifest: async (digest) => {
      await reads.confirmTags();
      return target.deleteManifest(digest);
    },
  };
}

type Reads = Pick<OciStorage, "resolve" | "listTags" | "readManifest" | "readBlob" | "openBlob" | "listReferrers">;

function readsOf({ target, original, mirrors, blocked, failures }: MirroredRepositoryOptions): {
  readonly methods: Reads;
  readonly confirmTags: () => Promise<void>;
} {
  const places = createPlaces(original, mirrors, failures ?? new Map());
  const [byTag, byDigest] = [mirrors.filter(({ tags }) => tags), mirrors.filter(({ digests }) => digests)];
  /** What mirrors said that tags name, until it is compared with the repository that is written to. */
  const fromMirrors = new Map<string, Digest>();
  const requireOpen = (): void => {
    if (blocked !== undefined) throw blocked;
  };
  const methods: Reads = {
    async resolve(reference) {
      requireOpen();
      if (isDigest(reference)) return places.first(byDigest, (storage) => storage.resolve(reference));
      const subject = subjectOf(reference);
      if (subject !== undefined) {
        const ask = async (storage: OciStorage): Promise<Descriptor | undefined> =>
          storage === original || byTag.some((mirror) => mirror.storage === storage)
            ? storage.resolve(reference)
            : undefined;
        return places.originalFirst(
          mirrors,
          ask,
          async (found, mirror) => found !== undefined || hasAttachments(mirror, subject),
        );
      }
      return places.first(byTag, async (storage) => {
        const found = await storage.resolve(reference);
        if (found !== undefined && storage !== target) fromMirrors.set(reference, found.digest);
        return found;
      });
    },
    async listTags() {
      requireOpen();
      return original.listTags();
    },
    async readManifest(digest) {
      requireOpen();
      return places.first(byDigest, (storage) => storage.readManifest(digest));
    },
    async readBlob(descriptor, maxBytes) {
      requireOpen();
      // What is larger than the caller accepts is no mirror's fault.
      const asked = descriptor.size > maxBytes ? [] : byDigest;
      const bytes = await places.first(asked, (storage) => storage.readBlob(descriptor, maxBytes));
      if (bytes === undefined)
        throw new AmapError("BLOB_NOT_FOUND", `${original.location} has no ${descriptor.digest}`);
      return bytes;
    },
    async *openBlob(descriptor) {
      requireOpen();
      yield* places.stream(byDigest, (storage) => storage.openBlob(descriptor));
    },
    async listReferrers(subject) {
      requireOpen();
      return places.originalFirst(
        byDigest,
        (storage) => storage.listReferrers(subject),
        async (listed, mirror) => listed.length > 0 || hasAttachments(mirror, subject),
      );
    },
  };
  const confirmTags = async (): Promise<void> => {
    for (const [tag, mirrored] of fromMirrors) {
      const found = (await target.resolve(tag))?.digest;
      if (found !== mirrored) throw staleTag(target, tag, mirrored, found);
      fromMirrors.delete(tag);
    }
  };
  return { methods, confirmTags };
}

/** What is asked of a place, and how its answers are put together. */
interface Places {
  /** The first answer that is not undefined, the original's at last. */
  readonly first: <T>(mirrors: readonly Mirror[], ask: Ask<T | undefined>) => Promise<T | undefined>;
  /** The original's answer; where it cannot be had, that of a mirror that counts. */
  readonly originalFirst: <T>(
    mirrors: readonly Mirror[],
    ask: Ask<T>,
    counts: (answer: T, mirror: Mirror) => Promise<boolean>,
  ) => Promise<T>;
  readonly stream: (
    mirrors: readonly Mirror[],
    open: (storage: OciStorage) => AsyncIterable<Uint8Array>,
  ) => AsyncGenerator<Uint8Array>;
}

type Ask<T> = (storage: OciStorage) => Promise<T>;

/** Remembers which mirrors failed. A failure of a mirror is told only when the original fails, too. */
function createPlaces(original: OciStorage, all: readonly Mirror[], failures: MirrorFailures): Places {
  const isUsable = ({ storage }: Mirror): boolean => {
    const failed = failures.get(storage.location);
    return failed === undefined || performance.now() - failed.at > SET_ASIDE_MS;
  };
  /** Whatever a mirror does wrong, the original may do right; only the user's own wish to stop ends all. */
  const note = (storage: OciStorage, error: unknown): void => {
    if (!isAmapError(error) || error.code === "INTERRUPTED" || error.code === "OFFLINE") throw error;
    // One of many blobs that is not there says nothing about the others.
    if (error.code !== "BLOB_NOT_FOUND") failures.set(storage.location, { at: performance.now(), error });
  };
  const told = (error: unknown): unknown => {
    const texts = all.flatMap(({ storage }) => failures.get(storage.location)?.error.message ?? []);
    if (!isAmapError(error) || texts.length === 0) return error;
    const { code, message, hint, details } = error;
    return new AmapError(code, `${message}; of its mirrors: ${texts.join("; ")}`, { hint, details, cause: error });
  };
  return {
    async first(mirrors, ask) {
      for (const { storage } of mirrors.filter(isUsable)) {
        try {
          const found = await ask(storage);
          failures.delete(storage.location);
          if (found !== undefined) return found;
        } catch (error) {
          note(storage, error);
        }
      }
      return ask(original).catch((error: unknown) => {
        throw told(error);
      });
    },
    async originalFirst(mirrors, ask, counts) {
      try {
        return await ask(original);
      } catch (error) {
        if (!isAmapError(error) || error.code === "INTERRUPTED" || error.code === "OFFLINE") throw error;
        for (const mirror of mirrors.filter(isUsable)) {
          try {
            const answer = await ask(mirror.storage);
            if (await counts(answer, mirror)) return answer;
          } catch (failure) {
            note(mirror.storage, failure);
          }
        }
        throw told(error);
      }
    },
    async *stream(mirrors, open) {
      for (const { storage } of mirrors.filter(isUsable)) {
        let given = false;
        try {
          for await (const chunk of open(storage)) {
            given = true;
            yield chunk;
          }
          return;
        } catch (error) {
          note(storage, error);
          // What was given cannot be taken back; whoever tries again is served by the next place.
          if (given) throw error;
        }
      }
      yield* open(original);
    },
  };
}

/** The digest that an attachment tag is about. */
function subjectOf(tag: string): Digest | undefined {
  const [, algorithm, hex] = ATTACHMENT_TAG.exec(tag) ?? [];
  const digest = `${algorithm}:${hex}`;
  return isDigest(digest) ? digest : undefined;
}

/** Whether a mirror has anything that stands beside an image: one that has nothing may not have been told of it. */
async function hasAttachments({ storage, tags, digests }: Mirror, subject: Digest): Promise<boolean> {
  if (digests && (await storage.listReferrers(subject)).length > 0) return true;
  if (!tags) return false;
  const stem = subject.replace(":", "-");
  const found = await Promise.all(SUFFIXES.map((suffix) => storage.resolve(`${stem}.${suffix}`)));
  return found.some((each) => each !== undefined);
}

function staleTag(target: OciStorage, tag: string, mirrored: Digest, found: Digest | undefined): AmapError {
  return new AmapError(
    "STORAGE_CONFLICT",
    `${target.location}:${tag}: a mirror says ${mirrored}, the repository itself says ${found ?? "that there is none"}`,
    {
      hint: "Name the image by its digest, or let the mirror catch up; pull-from-mirror = digest-only asks no mirror for tags.",
      details: { tag, expected: mirrored, found: found ?? null },
    },
  );
}
