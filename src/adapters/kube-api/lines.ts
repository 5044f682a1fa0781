import { AmapError, concatBytes } from "../../base/index.ts";

const LINE_FEED = 10;

/**
 * Cuts a stream into its lines, empty ones left out; what follows the last line feed is not a line.
 * @throws {AmapError} LIMIT_EXCEEDED for a line of more than `maxBytes`
 */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let parts: Uint8Array[] = [];
  let size = 0;
  const add = (part: Uint8Array): void => {
    size += part.length;
    if (size > maxBytes) {
      throw new AmapError("LIMIT_EXCEEDED", `expected an event of at most ${maxBytes} bytes, found more`);
    }
    parts.push(part);
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      add(chunk.subarray(start, end));
      if (size > 0) yield concatBytes(parts);
      parts = [];
      size = 0;
      start = end + 1;
    }
    if (start < chunk.length) add(chunk.subarray(start));
  }
}
