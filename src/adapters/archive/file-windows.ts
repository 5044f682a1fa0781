import { concatBytes } from "../../base/index.ts";
import type { OpenedFile } from "../../ports/index.ts";

const WINDOW_BYTES = 64 * 1024;
/** A zip is read at two places in turn: its directory, and its entries, of which one may reach into the next window. */
const MAX_WINDOWS = 4;

/**
 * A file of which the parts that were read last are kept, 256 KiB at most: who reads some ten bytes after the other would
 * else wait for the disk each time.
 */
export class FileWindows implements Pick<OpenedFile, "size" | "read"> {
  readonly #file: OpenedFile;
  /** By their number from the file's start, the one used last at the end. */
  readonly #windows = new Map<number, Promise<Uint8Array>>();

  constructor(file: OpenedFile) {
    this.#file = file;
  }

  get size(): number {
    return this.#file.size;
  }

  /** The bytes from a place on; fewer where the file ends before. Not the caller's to change. */
  async read(from: number, length: number): Promise<Uint8Array> {
    if (length > WINDOW_BYTES) return this.#file.read(from, length);
    const parts: Uint8Array[] = [];
    for (let at = from; at < from + length; ) {
      const number = Math.floor(at / WINDOW_BYTES);
      const start = at - number * WINDOW_BYTES;
      const part = (await this.#window(number)).subarray(start, start + from + length - at);
      if (part.length === 0) break;
      parts.push(part);
      at += part.length;
    }
    return parts.length === 1 ? (parts[0] as Uint8Array) : concatBytes(parts);
  }

  #window(number: number): Promise<Uint8Array> {
    const start = number * WINDOW_BYTES;
    const found =
      this.#windows.get(number) ?? this.#file.read(start, Math.max(0, Math.min(WINDOW_BYTES, this.size - start)));
    this.#windows.delete(number);
    this.#windows.set(number, found);
    const [oldest] = this.#windows.keys();
    if (this.#windows.size > MAX_WINDOWS && oldest !== undefined) this.#windows.delete(oldest);
    return found;
  }
}
