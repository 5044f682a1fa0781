import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { AmapError, concatBytes, decodeUtf8, type ErrorCode, encodeUtf8 } from "../../../base/index.ts";
import {
  SAMPLE_TEXT,
  storedChunks,
  writeXz,
  XZ_SAMPLES,
  type XzChunk,
  type XzOptions,
  ZEROS_CHUNK,
} from "../../../testing/xz-writer.ts";
import { createArchives } from "../archives.ts";
import type { ArchiveLimits } from "../decompress.ts";

async function expand(
  bytes: Uint8Array,
  limits: Partial<ArchiveLimits> = {},
  chunkBytes = 1 << 16,
): Promise<Uint8Array> {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
  }
  const parts: Uint8Array[] = [];
  for await (const part of createArchives(limits).decompress(chunks())) parts.push(part);
  return concatBytes(parts);
}

async function rejectsWith(code: ErrorCode, message: RegExp, run: () => Promise<unknown>): Promise<void> {
  await assert.rejects(run, (error) => {
    assert.ok(error instanceof AmapError, `expected ${code}, found ${String(error)}`);
    assert.deepEqual([error.code, message.test(error.message)], [code, true], error.message);
    return true;
  });
}

describe("xz is expanded", () => {
  for (const [options, xz] of XZ_SAMPLES) {
    for (const chunkBytes of [1, 7, 1 << 16]) {
      test(`${options}, in chunks of ${chunkBytes}`, async () => {
        assert.equal(decodeUtf8(await expand(xz, {}, chunkBytes)), SAMPLE_TEXT);
      });
    }
  }

  test("whatever was stored, in several streams with padding between them", async () => {
    const content = fc.uint8Array({ maxLength: 200 });
    const check = fc.constantFrom("none" as const, "crc32" as const, "sha256" as const);
    await fc.assert(
      fc.asyncProperty(content, content, check, fc.nat(3), async (first, second, kind, words) => {
        const streams = [first, second].map((each) => writeXz(storedChunks(each), { check: kind }));
        const whole = concatBytes([streams[0] as Uint8Array, new Uint8Array(4 * words), streams[1] as Uint8Array]);
        assert.deepEqual(await expand(whole), concatBytes([first, second]));
      }),
      { numRuns: 50 },
    );
  });

  test("more than a window holds, and matches across chunks", async () => {
    const random = Uint8Array.from({ length: 300_000 }, (_, index) => (index * index * 31 + (index >> 5)) & 255);
    const chunks = [...storedChunks(random), ...Array.from({ length: 8 }, () => ZEROS_CHUNK), ...storedChunks(random)];
    const expanded = await expand(writeXz(chunks, { dictionaryBits: 0 }));
    assert.equal(Buffer.compare(expanded, concatBytes(chunks.map(({ bytes }) => bytes))), 0);
  });

  test("two streams at the same time, one within the other", async () => {
    const inner = writeXz(storedChunks("inner"));
    const outer = writeXz(storedChunks(inner));
    const archives = createArchives();
    async function* once(): AsyncGenerator<Uint8Array> {
      yield outer;
    }
    const parts: Uint8Array[] = [];
    for await (const part of archives.decompress(archives.decompress(once()))) parts.push(part);
    assert.equal(decodeUtf8(concatBytes(parts)), "inner");
  });
});

describe("xz is refused", () => {
  const hello = storedChunks("hello, hello");
  const chunk = (...packed: readonly number[]): readonly XzChunk[] => [
    { packed: Uint8Array.from(packed), bytes: new Uint8Array(0) },
  ];
  const rows: readonly (readonly [name: string, chunks: readonly XzChunk[], XzOptions, ErrorCode, RegExp])[] = [
    ["a wrong CRC32", hello, { wrongCheck: true }, "ARCHIVE_INVALID", /checksum of its bytes/],
    ["a wrong SHA-256", hello, { wrongCheck: true, check: "sha256" }, "ARCHIVE_INVALID", /checksum of its bytes/],
    ["an index that lies about a size", hello, { statedBytes: 13 }, "ARCHIVE_INVALID", /other sizes/],
    ["an index that lies about blocks", hello, { statedBlocks: 2 }, "ARCHIVE_INVALID", /2 blocks, and it has 1/],
    ["a large dictionary", hello, { dictionaryBits: 35 }, "LIMIT_EXCEEDED", /xzDictionaryBytes/],
    ["the largest dictionary", hello, { dictionaryBits: 40 }, "LIMIT_EXCEEDED", /4294967295 bytes/],
    ["a dictionary that is none", hello, { dictionaryBits: 41 }, "ARCHIVE_INVALID", /does not state its dictionary/],
    ["a filter for programs", hello, { filter: 4 }, "NOT_SUPPORTED", /the filter x86/],
    ["a chunk of no kind", chunk(3, 0, 0, 0), {}, "ARCHIVE_INVALID", /begins with the byte 3/],
    ["no dictionary", chunk(2, 0, 0, 65), {}, "ARCHIVE_INVALID", /does not begin a dictionary/],
    ["no parameters", chunk(1, 0, 0, 65, 0xa0, 0, 0, 0, 4, 0, 0, 0, 0, 0), {}, "ARCHIVE_INVALID", /parameters/],
    ["wrong parameters", chunk(0xe0, 0, 0, 0, 4, 225, 0, 0, 0, 0, 0), {}, "ARCHIVE_INVALID", /parameters are 225/],
    ["a code that begins wrongly", chunk(0xe0, 0, 0, 0, 4, 93, 1, 0, 0, 0, 0), {}, "ARCHIVE_INVALID", /begin/],
    ["a match with nothing", chunk(0xe0, 0, 9, 0, 4, 93, 0, 255, 255, 255, 0), {}, "ARCHIVE_INVALID", /not there/],
  ];
  for (const [name, chunks, options, code, message] of rows) {
    test(name, () => rejectsWith(code, message, () => expand(writeXz(chunks, options))));
  }

  test("every cut, told as one", async () => {
    for (const whole of [writeXz(hello), XZ_SAMPLES[0]?.[1] ?? new Uint8Array(0)]) {
      for (let length = 6; length < whole.length; length += 1) {
        await rejectsWith("ARCHIVE_INVALID", /xz stream is damaged: it is cut off/, () =>
          expand(whole.subarray(0, length)),
        );
      }
    }
  });

  test("what follows its end", async () => {
    for (const behind of [encodeUtf8("more"), new Uint8Array(3), new Uint8Array(5)]) {
      await rejectsWith("ARCHIVE_INVALID", /damaged/, () => expand(concatBytes([writeXz(hello), behind])));
    }
  });

  test("every changed byte, or the same text: nothing else is ever given, and nothing but AmapError is thrown", async () => {
    const [, sample = new Uint8Array(0)] = XZ_SAMPLES[1] ?? [];
    for (let at = 0; at < sample.length; at += 1) {
      const changed = sample.with(at, (sample[at] ?? 0) ^ (1 << (at % 8)));
      const read = expand(changed).catch((error: unknown) => {
        assert.ok(error instanceof AmapError, String(error));
        return undefined;
      });
      // Only a change in the magic makes other bytes of it, which are given as they are.
      if (at >= 6) assert.equal(await read, undefined, `byte ${at}`);
      else await read;
    }
  });
});

describe("a bomb of xz", () => {
  const bomb = writeXz(
    Array.from({ length: 50 }, () => ZEROS_CHUNK),
    { check: "none" },
  );
  test("is stopped by its ratio", async () => {
    assert.ok(bomb.length < 20_000);
    await rejectsWith("DECOMPRESSION_LIMIT", /200 times/, () => expand(bomb));
  });
  test("is stopped by its size", async () => {
    await rejectsWith("DECOMPRESSION_LIMIT", /more than 5000000 bytes/, () => expand(bomb, { layerBytes: 5_000_000 }));
  });
  test("that claims a dictionary takes no more memory than it expands to", async () => {
    const before = process.memoryUsage().arrayBuffers;
    await expand(writeXz(storedChunks("small"), { dictionaryBits: 30 }));
    assert.ok(process.memoryUsage().arrayBuffers - before < 16 * 1024 * 1024);
  });
});
