/** Numbers from a stream of random bytes that comes in blocks: the same blocks, the same numbers. */
export class Draws {
  readonly #next: () => Uint8Array;
  #block = new Uint8Array(0);
  #at = 0;

  constructor(next: () => Uint8Array) {
    this.#next = next;
  }

  /** A whole number from 0 to before `bound` (at most 2^32), each as likely as the others. */
  below(bound: number): number {
    if (bound <= 1) return 0;
    // What is above the last whole multiple would favour small numbers.
    const limit = 2 ** 32 - (2 ** 32 % bound);
    for (;;) {
      const drawn = this.#word();
      if (drawn < limit) return drawn % bound;
    }
  }

  #word(): number {
    if (this.#at + 4 > this.#block.length) {
      this.#block = new Uint8Array(this.#next());
      this.#at = 0;
    }
    let word = 0;
    for (let index = 0; index < 4; index++) word = word * 256 + (this.#block[this.#at + index] ?? 0);
    this.#at += 4;
    return word;
  }
}
