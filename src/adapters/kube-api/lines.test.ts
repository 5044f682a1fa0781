import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeUtf8, encodeUtf8 } from "../../base/index.ts";
import { splitLines } from "./lines.ts";

async function* chunksOf(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (let index = 0; at < bytes.length; index += 1) {
    const size = sizes[index % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function linesOf(text: string, sizes: readonly number[], maxBytes: number): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const line of splitLines(chunksOf(encodeUtf8(text), sizes), maxBytes)) lines.push(decodeUtf8(line) ?? "?");
  return lines;
}

test("lines are the same wherever the chunks end", async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom("a", "ü", "\n", "\r", "{}"), { maxLength: 40 }),
      sizes,
      async (parts, sizes) => {
        const text = parts.join("");
        const expected = text
          .split("\n")
          .slice(0, -1)
          .filter((line) => line !== "");
        assert.deepEqual(await linesOf(text, sizes, 1_000), expected);
      },
    ),
    { seed: 4, numRuns: 200 },
  );
});

test("a line of exactly the limit passes, one byte more does not, finished or not", async () => {
  for (const sizes of [[1], [3], [100]]) {
    assert.deepEqual(await linesOf("abcd\nefgh\n", sizes, 4), ["abcd", "efgh"]);
    await assert.rejects(linesOf("abcd\nefghi\n", sizes, 4), { code: "LIMIT_EXCEEDED" });
    await assert.rejects(linesOf("abcde", sizes, 4), { code: "LIMIT_EXCEEDED" });
  }
});
