import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gunzipSync, gzipSync, zstdCompressSync } from "node:zlib";
import { AmapError, digestOf, type ErrorCode, encodeUtf8 } from "../base/index.ts";
import type { ArchiveEntry, ArchiveFile, Archives } from "./archive.ts";

const FILES: readonly ArchiveFile[] = [
  { path: "usr", kind: "directory", mode: 0o755 },
  { path: "usr/lib/os-release", kind: "file", mode: 0o644, content: encodeUtf8("ID=example\n") },
  { path: "etc/os-release", kind: "symlink", mode: 0o777, linkPath: "../usr/lib/os-release" },
  { path: "bin/empty", kind: "file", mode: 0o4755, content: new Uint8Array(0) },
  { path: "bin/block", kind: "file", mode: 0o755, content: new Uint8Array(512).fill(7) },
  { path: "bin/more", kind: "file", mode: 0o755, content: new Uint8Array(70_001).fill(9) },
  { path: `${"long/".repeat(60)}name`, kind: "file", mode: 0o600, content: encodeUtf8("long") },
  { path: "un/ïcode-✓", kind: "file", mode: 0o600, content: encodeUtf8("unicode") },
  { path: "un/link", kind: "symlink", mode: 0o777, linkPath: `/${"t".repeat(150)}` },
];

/** What every reader and writer of layers must do. */
export function archiveContract(name: string, archives: Archives): void {
  describe(`Archives contract: ${name}`, () => {
    it("reads what it wrote, in the order of paths", async () => {
      const { bytes } = await archives.writeTarGzip(FILES);
      const read = await readAll(archives, chunksOf(bytes, 1_000));
      const expected = FILES.map(expectedOf).sort((a, b) => (a.path < b.path ? -1 : 1));
      assert.deepEqual(read, expected);
    });

    it("writes the same bytes for the same files in any order", async () => {
      const first = await archives.writeTarGzip(FILES);
      const second = await archives.writeTarGzip(FILES.toReversed());
      assert.deepEqual(first, second);
      assert.equal(first.diffId, digestOf(new Uint8Array(gunzipSync(first.bytes))));
      const header = first.bytes.subarray(0, 10);
      assert.deepEqual([...header.subarray(0, 8)], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0], "no flags, no time");
      assert.equal(header[9], 255, "no operating system");
    });

    it("gives back what it compressed, the same bytes each time, and throws what the source throws", async () => {
      const bytes = Uint8Array.from({ length: 300_000 }, (_, at) => (at * at) & 0xff);
      const gather = async (source: AsyncIterable<Uint8Array>): Promise<Uint8Array> => {
        const parts: Uint8Array[] = [];
        for await (const part of source) parts.push(part);
        return new Uint8Array(Buffer.concat(parts));
      };
      for (const content of [bytes, new Uint8Array(0)]) {
        const compressed = await gather(archives.compress(chunksOf(content, 999)));
        assert.deepEqual(await gather(archives.compress(chunksOf(content, 999))), compressed);
        assert.deepEqual(await gather(archives.decompress(chunksOf(compressed, 1_000))), content);
      }
      const failure = new Error("the file is gone");
      async function* failing(): AsyncGenerator<Uint8Array> {
        yield bytes;
        throw failure;
      }
      await assert.rejects(gather(archives.compress(failing())), failure);
    });

    it("writes an empty layer", async () => {
      const { bytes } = await archives.writeTarGzip([]);
      assert.deepEqual(await readAll(archives, chunksOf(bytes, 5)), []);
    });

    for (const chunkBytes of [1, 511, 512, 513, 1 << 20]) {
      for (const [compression, compress] of Object.entries(COMPRESSIONS)) {
        it(`reads ${compression} in chunks of ${chunkBytes}`, async () => {
          const small = FILES.filter((file) => (file.content?.length ?? 0) < 1_000);
          const tar = gunzipSync((await archives.writeTarGzip(small)).bytes);
          const read = await readAll(archives, chunksOf(compress(tar), chunkBytes));
          assert.equal(read.length, small.length);
          assert.deepEqual(read.find(({ path }) => path === "usr/lib/os-release")?.content, encodeUtf8("ID=example\n"));
        });
      }
    }

    it("collects only what is wanted", async () => {
      const { bytes } = await archives.writeTarGzip(FILES);
      const read = await readAll(archives, chunksOf(bytes, 1_000), (entry) => entry.path === "bin/block");
      assert.deepEqual(
        read.filter(({ content }) => content !== undefined).map(({ path }) => path),
        ["bin/block"],
      );
      assert.equal(read.length, FILES.length);
    });

    it("reads the source to its end, and passes its failure on", async () => {
      const { bytes } = await archives.writeTarGzip(FILES);
      for (const source of [bytes, new Uint8Array(gunzipSync(bytes))]) {
        await rejectsWith("BLOB_DIGEST_MISMATCH", () => readAll(archives, failingAtEnd(source)));
      }
    });

    it("ends the source when its reader stops early", async () => {
      const { bytes } = await archives.writeTarGzip(FILES);
      let ended = false;
      async function* source(): AsyncGenerator<Uint8Array> {
        try {
          yield* chunksOf(bytes, 50);
        } finally {
          ended = true;
        }
      }
      for await (const { entry } of archives.readTar(source(), { wants: () => false, maxFileBytes: 0 })) {
        assert.ok(entry.path !== "");
        break;
      }
      assert.ok(ended);
    });

    it("refuses a wanted file above the limit, and only a wanted one", async () => {
      const { bytes } = await archives.writeTarGzip(FILES);
      await rejectsWith("LIMIT_EXCEEDED", () => readAll(archives, chunksOf(bytes, 1_000), () => true, 70_000));
      await readAll(archives, chunksOf(bytes, 1_000), (entry) => entry.path !== "bin/more", 70_000);
    });

    it("never reads a truncated layer to a normal end", async () => {
      const small = FILES.slice(0, 3);
      const { bytes } = await archives.writeTarGzip(small);
      const tar = new Uint8Array(gunzipSync(bytes));
      for (const whole of [bytes, new Uint8Array(zstdCompressSync(tar))]) {
        for (let length = 0; length < whole.length; length += 1) {
          await rejectsWith("ARCHIVE_INVALID", () => readAll(archives, chunksOf(whole.subarray(0, length), 64)));
        }
      }
      // One of the two blocks of the end marker is enough, as for other readers.
      for (let length = 0; length < tar.length - 512; length += 256) {
        await rejectsWith("ARCHIVE_INVALID", () => readAll(archives, chunksOf(tar.subarray(0, length), 1_000)));
      }
    });
  });
}

const COMPRESSIONS: Readonly<Record<string, (tar: Uint8Array) => Uint8Array>> = {
  plain: (tar) => tar,
  gzip: (tar) => gzipSync(tar),
  "gzip in two members": (tar) => Buffer.concat([gzipSync(tar.subarray(0, 700)), gzipSync(tar.subarray(700))]),
  zstd: (tar) => zstdCompressSync(tar),
  "zstd in three frames": (tar) =>
    Buffer.concat(
      [
        [0, 700],
        [700, 701],
        [701, tar.length],
      ].map(([from, to]) => zstdCompressSync(tar.subarray(from, to))),
    ),
  "zstd with skippable frames": (tar) => Buffer.concat([SKIPPABLE, zstdCompressSync(tar), SKIPPABLE]),
};
const SKIPPABLE = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]);

interface ReadEntry extends ArchiveEntry {
  readonly content?: Uint8Array;
}

async function readAll(
  archives: Archives,
  source: AsyncIterable<Uint8Array>,
  wants: (entry: ArchiveEntry) => boolean = () => true,
  maxFileBytes = 1 << 20,
): Promise<readonly ReadEntry[]> {
  const read: ReadEntry[] = [];
  for await (const { entry, content } of archives.readTar(source, { wants, maxFileBytes })) {
    read.push({ ...entry, ...(content === undefined ? {} : { content: new Uint8Array(content) }) });
  }
  return read;
}

function expectedOf(file: ArchiveFile): ReadEntry {
  return {
    path: file.kind === "directory" ? `${file.path}/` : file.path,
    kind: file.kind,
    size: file.content?.length ?? 0,
    mode: file.mode,
    ...(file.linkPath === undefined ? {} : { linkPath: file.linkPath }),
    ...(file.content === undefined ? {} : { content: file.content }),
  };
}

async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function* failingAtEnd(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield* chunksOf(bytes, 1_000);
  throw new AmapError("BLOB_DIGEST_MISMATCH", "as a storage says at the end of a blob");
}

async function rejectsWith(code: ErrorCode, run: () => Promise<unknown>): Promise<void> {
  await assert.rejects(run, (error) => {
    assert.ok(error instanceof AmapError, `expected ${code}, found ${String(error)}`);
    assert.equal(error.code, code, error.message);
    return true;
  });
}
