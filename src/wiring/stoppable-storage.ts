import type { OciStorage } from "../ports/index.ts";

/**
 * A layout that does nothing more once a signal was aborted, so that a run which is told to stop does so between two
 * steps, and in the middle of a long blob. What has begun to be written is removed by the layout itself.
 */
export function stoppable(storage: OciStorage, signal: AbortSignal): OciStorage {
  const guarded =
    <A extends readonly unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      signal.throwIfAborted();
      return call(...args);
    };
  return {
    location: storage.location,
    repository: storage.repository,
    resolve: guarded((reference) => storage.resolve(reference)),
    listTags: guarded(() => storage.listTags()),
    readManifest: guarded((digest) => storage.readManifest(digest)),
    readBlob: guarded((descriptor, maxBytes) => storage.readBlob(descriptor, maxBytes)),
    async *openBlob(descriptor) {
      for await (const chunk of storage.openBlob(descriptor)) {
        signal.throwIfAborted();
        yield chunk;
      }
    },
    listReferrers: guarded((subject) => storage.listReferrers(subject)),
    hasBlob: guarded((digest) => storage.hasBlob(digest)),
    writeBlob: guarded((bytes) => storage.writeBlob(bytes)),
    copyBlob: guarded((descriptor, from) => storage.copyBlob(descriptor, from)),
    writeManifest: guarded((bytes, options) => storage.writeManifest(bytes, options)),
    deleteManifest: guarded((digest) => storage.deleteManifest(digest)),
  };
}
