import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { concatBytes, encodeUtf8, isAmapError } from "../../base/index.ts";
import { createArchives } from "./index.ts";

const archives = createArchives();
const LARGE = Uint8Array.from({ length: 70_001 }, (_, index) => index % 251);

async function tarOf(): Promise<Uint8Array> {
  const { bytes } = await archives.writeTarGzip([
    { path: "a/large", kind: "file", mode: 0o644, content: LARGE },
    { path: "b/empty", kind: "file", mode: 0o644, content: new Uint8Array(0) },
    { path: "c/small", kind: "file", mode: 0o755, content: encodeUtf8("\x7fELF and more") },
  ]);
  return bytes;
}

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe("readTarFile", () => {
  const rows: readonly (readonly [path: string, content: Uint8Array])[] = [
    ["a/large", LARGE],
    ["b/empty", new Uint8Array(0)],
    ["c/small", encodeUtf8("\x7fELF and more")],
  ];
  for (const [path, content] of rows) {
    for (const size of [1, 511, 1 << 20]) {
      test(`${path} in chunks of ${size}`, async () => {
        const plain = new Uint8Array(gunzipSync(await tarOf()));
        const chunks = await collect(archives.readTarFile(inChunks(plain, size), path));
        assert.deepEqual(concatBytes(chunks), content);
      });
    }
  }

  test("reads no further than the file's end, and says what is not there", async () => {
    const plain = new Uint8Array(gunzipSync(await tarOf()));
    let given = 0;
    const source = (async function* () {
      for await (const chunk of inChunks(plain, 512)) {
        given += chunk.length;
        yield chunk;
      }
    })();
    for await (const _ of archives.readTarFile(source, "a/large")) void _;
    assert.ok(given < plain.length, `${given} of ${plain.length}`);
    await assert.rejects(collect(archives.readTarFile(inChunks(plain, 512), "gone")), (error) =>
      isAmapError(error, "FILE_NOT_FOUND"),
    );
  });
});

describe("readTar with wantsHead", () => {
  test("collects files by their first bytes", async () => {
    const heads: string[] = [];
    const read = archives.readTar(inChunks(await tarOf(), 100), {
      wants: () => false,
      wantsHead: ({ path }, head) => {
        heads.push(`${path} ${head.length}`);
        return head[0] === 0x7f;
      },
      maxFileBytes: 100,
    });
    const found = await collect(read);
    assert.deepEqual(heads, ["a/large 8", "b/empty 0", "c/small 8"]);
    assert.deepEqual(
      found.map(({ content }) => content),
      [undefined, undefined, encodeUtf8("\x7fELF and more")],
    );
  });

  test("refuses a file that is larger than allowed", async () => {
    const read = archives.readTar(inChunks(await tarOf(), 100), {
      wants: () => false,
      wantsHead: () => true,
      maxFileBytes: 100,
    });
    await assert.rejects(collect(read), (error) => isAmapError(error, "LIMIT_EXCEEDED"));
  });
});

describe("decompress", () => {
  test("gives the bytes behind gzip, and others as they are", async () => {
    const zipped = await tarOf();
    const plain = new Uint8Array(gunzipSync(zipped));
    for (const bytes of [zipped, plain]) {
      assert.deepEqual(concatBytes(await collect(archives.decompress(inChunks(bytes, 999)))), plain);
    }
  });
});

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of source) found.push(item);
  return found;
}
