import { createHash } from "node:crypto";

/** What the sizes of blocks come to, so that those of a million blocks need not be kept to be compared with an index. */
export class RecordSums {
  count = 0;
  readonly #hash = createHash("sha256");

  add(packedBytes: number, bytes: number): void {
    this.count += 1;
    this.#hash.update(`${packedBytes} ${bytes}\n`);
  }

  /** Whether the same sizes were added in the same order. Asked once. */
  isSameAs(other: RecordSums): boolean {
    return this.count === other.count && this.#hash.digest("hex") === other.#hash.digest("hex");
  }
}
