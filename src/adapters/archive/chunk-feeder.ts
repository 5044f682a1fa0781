import { concatBytes } from "../../base/index.ts";

const EMPTY = new Uint8Array(0);

/**
 * Chunks of a source that can be given again: a decompressor takes whole chunks, but may end within one, and what is
 * behind belongs to the next. Positions count from the last `rewind`.
 */
export class ChunkFeeder {
  /** Bytes taken from the source so far. */
  pulledBytes = 0;
  readonly #iterator: AsyncIterator<Uint8Array>;
  /** Chunks that were pulled and may be needed again, oldest first. */
  #kept: Uint8Array[] = [];
  /** Where the first kept chunk begins. */
  #keptFrom = 0;
  /** How many of the kept chunks were given out. */
  #given = 0;
  #ended = false;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#iterator = source[Symbol.asyncIterator]();
  }

  /** The next chunk, or undefined at the end. */
  async next(): Promise<Uint8Array | undefined> {
    if (this.#given === this.#kept.length && !(await this.#pull())) return undefined;
    const chunk = this.#kept[this.#given];
    this.#given += 1;
    return chunk;
  }

  /** The next bytes without taking them: `length` of them, or fewer at the end. */
  async peek(length: number): Promise<Uint8Array> {
    const ahead = (): readonly Uint8Array[] => this.#kept.slice(this.#given);
    let size = ahead().reduce((sum, chunk) => sum + chunk.length, 0);
    while (size < length && (await this.#pull())) size += this.#kept.at(-1)?.length ?? 0;
    return concatBytes(ahead()).subarray(0, length);
  }

  /** Gives up what lies before this position: it is never asked for again. */
  forget(position: number): void {
    let chunk = this.#kept[0];
    while (chunk !== undefined && this.#given > 0 && this.#keptFrom + chunk.length <= position) {
      this.#kept.shift();
      this.#given -= 1;
      this.#keptFrom += chunk.length;
      chunk = this.#kept[0];
    }
  }

  /** Makes this position the next one to be given and the new 0. */
  rewind(position: number): void {
    this.forget(position);
    const first = this.#kept[0];
    const inFirst = position - this.#keptFrom;
    if (first !== undefined && inFirst > 0) {
      const rest = first.subarray(inFirst);
      if (rest.length === 0) this.#kept.shift();
      else this.#kept[0] = rest;
    }
    this.#given = 0;
    this.#keptFrom = 0;
  }

  /** Ends the source when it was not read to its end. */
  async close(): Promise<void> {
    if (!this.#ended) await this.#iterator.return?.();
  }

  async #pull(): Promise<boolean> {
    let chunk: Uint8Array = EMPTY;
    while (chunk.length === 0) {
      if (this.#ended) return false;
      const step = await this.#iterator.next();
      if (step.done === true) this.#ended = true;
      else chunk = step.value;
    }
    this.#kept.push(chunk);
    this.pulledBytes += chunk.length;
    return true;
  }
}
