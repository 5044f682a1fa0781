import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { decodeUtf8, isAmapError } from "../../base/index.ts";
import { writeZip, type ZipFile } from "../../testing/zip-writer.ts";
import { createArchives } from "./index.ts";

const archives = createArchives();

interface Read {
  readonly files: Readonly<Record<string, string | undefined>>;
  readonly passedOver: readonly string[];
}

async function read(bytes: Uint8Array, maxFileBytes = 10_000): Promise<Read> {
  const files: Record<string, string | undefined> = {};
  const passedOver: string[] = [];
  const options = {
    wants: ({ path }: { readonly path: string }) => !path.startsWith("no/"),
    maxFileBytes,
    passedOver: (path: string, reason: string) => void passedOver.push(`${path}: ${reason}`),
  };
  for await (const { entry, content } of archives.readZip(bytes, options)) {
    if (content !== undefined) files[entry.path] = decodeUtf8(content);
  }
  return { files, passedOver };
}

describe("readZip", () => {
  test("reads what is wanted, deflated and stored, and no folders or links", async () => {
    const zip = writeZip([
      { path: "a/", content: "", stored: true },
      { path: "a/b.txt", content: "b".repeat(1_000) },
      { path: "a/ü.txt", content: "u", stored: true },
      { path: "a/empty", content: "", stored: true },
      { path: "a/link", content: "/etc/passwd", mode: 0o120777 },
      { path: "no/c.txt", content: "c" },
    ]);
    assert.deepEqual(await read(zip), {
      files: { "a/b.txt": "b".repeat(1_000), "a/ü.txt": "u", "a/empty": "" },
      passedOver: [],
    });
  });

  const passed: readonly (readonly [name: string, file: ZipFile, reason: RegExp])[] = [
    ["C9: climbs", { path: "../x", content: "x" }, /leads out of the archive/],
    ["C9: climbs on the way", { path: "a/../../x", content: "x" }, /leads out of the archive/],
    ["C9: climbs as on Windows", { path: "..\\x", content: "x" }, /leads out of the archive/],
    ["C9: is absolute", { path: "/etc/x", content: "x" }, /leads out of the archive/],
    ["C9: is on a drive", { path: "C:x", content: "x" }, /leads out of the archive/],
    ["C9: holds NUL", { path: "a\0b", content: "x" }, /leads out of the archive/],
    ["occurs twice", { path: "good", content: "other" }, /two files of this name/],
    ["is encrypted", { path: "x", content: "x", encrypted: true }, /encrypted/],
    ["is compressed otherwise", { path: "x", content: "x", method: 14 }, /method 14/],
    ["is too large", { path: "x", content: "x".repeat(10_001) }, /10001 bytes/],
    ["C9: is larger than it says", { path: "x", content: "x".repeat(100), statedSize: 10 }, /too many bytes/],
    ["C9: is smaller than it says", { path: "x", content: "x", statedSize: 10 }, /not enough bytes|cannot be read/],
    ["C9: has another checksum", { path: "x", content: "x", statedCrc: 7 }, /checksum/],
    ["C9: has another name in its own header", { path: "x", content: "x", localPath: "y" }, /local header/],
  ];
  for (const [name, file, reason] of passed) {
    test(`a file is told and the others are read where one ${name}`, async () => {
      const { files, passedOver } = await read(
        writeZip([{ path: "good", content: "good" }, file, { path: "z", content: "z" }]),
      );
      assert.deepEqual(files, { good: "good", z: "z" });
      assert.equal(passedOver.length, 1);
      assert.match(passedOver[0] ?? "", reason);
    });
  }

  test("is wanted by its first bytes, where these may say something", async () => {
    const looked: string[] = [];
    const zip = writeZip([
      { path: "bin/a", content: "MZ, a program", mode: 0o100755 },
      { path: "bin/b", content: "no program", mode: 0o100755 },
      { path: "text", content: "MZ, but no program" },
      { path: "bin/broken", content: "MZ, broken", mode: 0o100755, statedCrc: 7 },
    ]);
    const passedOver: string[] = [];
    const found = await collect(
      archives.readZip(zip, {
        wants: () => false,
        mayWantHead: ({ mode }) => (mode & 0o111) !== 0,
        wantsHead: ({ path }, head) => {
          looked.push(`${path}: ${decodeUtf8(head)}`);
          return head[0] === 0x4d;
        },
        maxFileBytes: 100,
        passedOver: (path) => void passedOver.push(path),
      }),
    );
    assert.deepEqual(looked, ["bin/a: MZ, a pr", "bin/b: no progr", "bin/broken: MZ, brok"]);
    assert.deepEqual(
      found.map(({ entry, content }) => [entry.path, content === undefined ? undefined : decodeUtf8(content)]),
      [
        ["bin/a", "MZ, a program"],
        ["bin/b", undefined],
        ["text", undefined],
        ["bin/broken", undefined],
      ],
    );
    assert.deepEqual(passedOver, ["bin/broken"]);
  });

  test("is read by parts of a file, and never as a whole", async () => {
    const zip = writeZip([
      { path: "skipped", content: new Uint8Array(3_000_000).fill(1), stored: true },
      { path: "wanted", content: "w".repeat(1_000_000), stored: true },
    ]);
    let bytes = 0;
    const file = {
      size: zip.length,
      read: async (from: number, length: number) => {
        bytes += length;
        return zip.slice(from, from + length);
      },
      close: async () => undefined,
    };
    const options = {
      wants: ({ path }: { readonly path: string }) => path === "wanted",
      maxFileBytes: 4e6,
      passedOver: () => {},
    };
    const found = await collect(archives.readZip(file, options));
    assert.deepEqual(
      found.map(({ content }) => content?.length),
      [undefined, 1_000_000],
    );
    assert.ok(bytes < 1_200_000, `${bytes} bytes were read`);
    await assert.rejects(collect(archives.readZip({ ...file, size: zip.length - 9 }, options)), (error) =>
      isAmapError(error, "ARCHIVE_INVALID"),
    );
  });

  test("C9: a small zip cannot become a large one", async () => {
    const small = createArchives({ layerRatio: 10, layerRatioFloor: 0 });
    const zip = writeZip(
      Array.from({ length: 20 }, (_, index) => ({ path: `${index}`, content: "x".repeat(100_000) })),
    );
    const options = { wants: () => true, maxFileBytes: 200_000, passedOver: () => {} };
    await assert.rejects(collect(small.readZip(zip, options)), (error) => isAmapError(error, "DECOMPRESSION_LIMIT"));
    const few = createArchives({ zipEntries: 19 });
    await assert.rejects(collect(few.readZip(zip, options)), (error) => isAmapError(error, "LIMIT_EXCEEDED"));
    assert.equal((await collect(few.readZip(zip, { ...options, maxEntries: 20 }))).length, 20);
    await assert.rejects(collect(archives.readZip(zip, { ...options, maxEntries: 19 })), (error) =>
      isAmapError(error, "LIMIT_EXCEEDED"),
    );
  });

  test("a damaged zip is an error, whatever is changed or cut", async () => {
    const zip = writeZip([
      { path: "good", content: "good".repeat(20) },
      { path: "z", content: "z" },
    ]);
    await fc.assert(
      fc.asyncProperty(fc.nat(zip.length - 1), fc.nat(255), fc.boolean(), async (at, byte, cuts) => {
        const changed = cuts ? zip.slice(0, at) : zip.with(at, byte);
        try {
          await read(changed);
        } catch (error) {
          assert.ok(isAmapError(error, "ARCHIVE_INVALID") || isAmapError(error, "LIMIT_EXCEEDED"), String(error));
        }
      }),
      { numRuns: 300, seed: 9 },
    );
  });
});

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of source) found.push(item);
  return found;
}
