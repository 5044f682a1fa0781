import { type AmapError, concatBytes } from "../../base/index.ts";

const EMPTY = new Uint8Array(0);

/** Takes bytes of a stream of chunks, as many as are asked for. */
export class ByteTaker {
  /** Bytes taken so far. */
  position = 0;
  readonly #next: () => Promise<Uint8Array | undefined>;
  readonly #cutOff: () => AmapError;
  #chunk: Uint8Array = EMPTY;

  /**
   * @param next the next chunk, or undefined at the end
   * @param cutOff what to throw where there are fewer bytes than are asked for
   */
  constructor(next: () => Promise<Uint8Array | undefined>, cutOff: () => AmapError) {
    this.#next = next;
    this.#cutOff = cutOff;
  }

  /** Whether nothing is left. */
  async isAtEnd(): Promise<boolean> {
    return !(await this.#fill());
  }

  /** The next bytes, which may be views of a chunk. */
  async take(length: number): Promise<Uint8Array> {
    if (this.#chunk.length >= length) return this.#cut(length);
    const parts: Uint8Array[] = [];
    for (let missing = length; missing > 0; ) {
      if (!(await this.#fill())) throw this.#cutOff();
      const part = this.#cut(Math.min(missing, this.#chunk.length));
      parts.push(part);
      missing -= part.length;
    }
    return concatBytes(parts);
  }

  /** Fills the bytes from a place on with the next ones. */
  async takeInto(target: Uint8Array, from: number): Promise<void> {
    for (let at = from; at < target.length; ) {
      if (!(await this.#fill())) throw this.#cutOff();
      const part = this.#cut(Math.min(target.length - at, this.#chunk.length));
      target.set(part, at);
      at += part.length;
    }
  }

  async takeByte(): Promise<number> {
    return (await this.take(1))[0] as number;
  }

  /** Passes over bytes without holding them. */
  async skip(length: number): Promise<void> {
    for (let missing = length; missing > 0; ) {
      if (!(await this.#fill())) throw this.#cutOff();
      missing -= this.#cut(Math.min(missing, this.#chunk.length)).length;
    }
  }

  /** Goes to the end of the stream. */
  async skipRest(): Promise<void> {
    while (await this.#fill()) this.#cut(this.#chunk.length);
  }

  #cut(length: number): Uint8Array {
    const part = this.#chunk.subarray(0, length);
    this.#chunk = this.#chunk.subarray(length);
    this.position += length;
    return part;
  }

  async #fill(): Promise<boolean> {
    while (this.#chunk.length === 0) {
      const chunk = await this.#next();
      if (chunk === undefined) return false;
      this.#chunk = chunk;
    }
    return true;
  }
}
