import { AmapError } from "../../base/index.ts";
import { type ArchiveLimits, decompress } from "./decompress.ts";
import { TarReader } from "./tar-reader.ts";

/** See `Archives.readTarFile`: one file of a tar, in chunks, however large it is. */
export async function* readTarFile(
  source: AsyncIterable<Uint8Array>,
  path: string,
  limits: ArchiveLimits,
): AsyncGenerator<Uint8Array> {
  const given: Uint8Array[] = [];
  const reader = new TarReader({
    wants: () => false,
    maxFileBytes: 0,
    limits,
    streams: { path, take: (chunk) => void given.push(chunk) },
  });
  for await (const { chunk } of decompress(source, limits)) {
    reader.push(chunk);
    yield* given.splice(0);
    if (reader.hasStreamed) return;
  }
  throw new AmapError(
    "FILE_NOT_FOUND",
    `expected ${JSON.stringify(path.slice(0, 200))} in the archive, found no such file`,
  );
}
