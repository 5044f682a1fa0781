import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { AmapError, decodeUtf8, type ErrorCode, encodeUtf8, isAmapError } from "../../base/index.ts";
import type { TarChoice } from "../../ports/index.ts";
import { type CpioFile, writeCpio } from "../../testing/package-files.ts";
import { storedChunks, writeXz } from "../../testing/xz-writer.ts";
import { createArchives } from "./archives.ts";
import type { ArchiveLimits } from "./decompress.ts";

type Row = readonly [path: string, kind: string, told: string | undefined];
const ALL: TarChoice = { wants: () => true, maxFileBytes: 1_000_000 };

async function readAll(
  bytes: Uint8Array,
  {
    choice = ALL,
    limits = {},
    chunkBytes = 1 << 16,
  }: { choice?: TarChoice; limits?: Partial<ArchiveLimits>; chunkBytes?: number } = {},
): Promise<readonly Row[]> {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
  }
  const rows: Row[] = [];
  for await (const { entry, content } of createArchives(limits).readCpio(chunks(), choice)) {
    rows.push([entry.path, entry.kind, content === undefined ? entry.linkPath : decodeUtf8(content)]);
  }
  return rows;
}

const FILES: readonly CpioFile[] = [
  { path: "./usr", mode: 0o040755 },
  { path: "./usr/bin/a", content: "program", mode: 0o100755 },
  { path: "./usr/lib/l.so", content: "l.so.1", mode: 0o120777 },
  { path: "./dev/null", mode: 0o020666 },
  { path: "./one", inode: 9, links: 2 },
  { path: "./two", inode: 9, links: 2, content: "shared" },
  { path: "./empty", content: "" },
  { path: "./none-1", inode: 11, links: 2 },
  { path: "./none-2", inode: 11, links: 2 },
];
const EXPECTED: readonly Row[] = [
  ["./usr", "directory", undefined],
  ["./usr/bin/a", "file", "program"],
  ["./usr/lib/l.so", "symlink", "l.so.1"],
  ["./dev/null", "other", undefined],
  ["./two", "file", "shared"],
  ["./one", "hardlink", "./two"],
  ["./empty", "file", ""],
  ["./none-1", "file", undefined],
  ["./none-2", "file", undefined],
];

describe("readCpio", () => {
  test("a file with many names takes no longer than as many files", async () => {
    const names = Array.from({ length: 20_000 }, (_, index) => ({ path: `${index}`, inode: 9, links: 2 }));
    const rows = await readAll(writeCpio([...names, { path: "last", inode: 9, links: 2, content: "shared" }]));
    assert.equal(rows.length, 20_001);
    assert.deepEqual(rows.at(-1), ["19999", "hardlink", "last"]);
  });

  const whole = writeCpio(FILES);
  const forms: Readonly<Record<string, Uint8Array>> = {
    plain: whole,
    gzip: gzipSync(whole),
    zstd: zstdCompressSync(whole),
    xz: writeXz(storedChunks(whole)),
  };
  for (const [form, bytes] of Object.entries(forms)) {
    for (const chunkBytes of [1, 1 << 16]) {
      test(`reads ${form} in chunks of ${chunkBytes}`, async () => {
        assert.deepEqual(await readAll(bytes, { chunkBytes }), EXPECTED);
      });
    }
  }

  test("collects what is wanted by its name or its first bytes", async () => {
    const choice: TarChoice = {
      wants: ({ path }) => path === "./two",
      mayWantHead: ({ mode }) => (mode & 0o111) !== 0,
      wantsHead: (_, head) => decodeUtf8(head) === "program",
      maxFileBytes: 100,
    };
    const read = await readAll(whole, { choice });
    assert.deepEqual(
      read.filter(([, kind, told]) => kind === "file" && told !== undefined).map(([path]) => path),
      ["./usr/bin/a", "./two"],
    );
  });

  const refused: readonly (readonly [string, Uint8Array, ErrorCode, Partial<ArchiveLimits>?])[] = [
    ["nothing", new Uint8Array(0), "ARCHIVE_INVALID"],
    ["text", encodeUtf8("hello ".repeat(50)), "ARCHIVE_INVALID"],
    ["a header of rpm's own form", writeCpio([{ path: "a", magic: "07070X" }]), "NOT_SUPPORTED"],
    ["the old form", writeCpio([{ path: "a", magic: "070707" }]), "ARCHIVE_INVALID"],
    ["a number that is none", writeCpio([{ path: "a", magic: "07070100g" }]), "ARCHIVE_INVALID"],
    ["a file beyond the end", writeCpio([{ path: "a", statedBytes: 2 ** 31 }]), "LIMIT_EXCEEDED"],
    ["a file that is cut off", writeCpio([{ path: "a", statedBytes: 900_000 }]), "ARCHIVE_INVALID"],
    ["a long path", writeCpio([{ path: "p".repeat(5_000) }]), "LIMIT_EXCEEDED"],
    ["a long link", writeCpio([{ path: "l", mode: 0o120777, content: "p".repeat(5_000) }]), "LIMIT_EXCEEDED"],
    ["many entries", writeCpio(FILES), "LIMIT_EXCEEDED", { layerEntries: 3 }],
    ["bzip2", encodeUtf8("BZh91AY&SY"), "NOT_SUPPORTED"],
    ["lzma", Uint8Array.of(0x5d, 0, 0, 0x80, 0), "NOT_SUPPORTED"],
  ];
  for (const [name, bytes, code, limits = {}] of refused) {
    test(`refuses ${name}: ${code}`, async () => {
      await assert.rejects(readAll(bytes, { limits }), (error) => {
        assert.ok(error instanceof AmapError, String(error));
        assert.equal(error.code, code, error.message);
        return true;
      });
    });
  }

  test("stops a bomb", async () => {
    const bomb = gzipSync(writeCpio([{ path: "z", content: new Uint8Array(70 << 20) }]));
    const choice = { ...ALL, wants: () => false };
    await assert.rejects(readAll(bomb, { choice }), (error) => isAmapError(error, "DECOMPRESSION_LIMIT"));
  });

  test("never reads a cut archive to a normal end", async () => {
    for (let length = 0; length < whole.length - 2; length += 1) {
      await assert.rejects(readAll(whole.subarray(0, length)), (error) => error instanceof AmapError, String(length));
    }
  });

  test("throws nothing but AmapError on junk", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), async (at, byte) => {
        await readAll(whole.with(at, byte)).catch((error: unknown) =>
          assert.ok(error instanceof AmapError, String(error)),
        );
      }),
      { numRuns: 200 },
    );
  });
});
