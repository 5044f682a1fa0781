import { decodeUtf8 } from "../../base/index.ts";

/** Takes the fields of an SSH message (RFC 4251 §5) off, one after the other; once one is missing, all that follow are. */
export class SshFields {
  readonly #bytes: Uint8Array;
  #at = 0;
  #isBroken = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The next `length` bytes, or undefined where there are fewer. */
  take(length: number): Uint8Array | undefined {
    if (this.#isBroken || length > this.#bytes.length - this.#at) {
      this.#isBroken = true;
      return undefined;
    }
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  uint32(): number | undefined {
    const bytes = this.take(4);
    return bytes?.reduce((sum, byte) => sum * 256 + byte, 0);
  }

  /** A `string`: its length, and so many bytes. */
  string(): Uint8Array | undefined {
    const length = this.uint32();
    return length === undefined ? undefined : this.take(length);
  }

  /** A `string` that is text. */
  text(): string | undefined {
    const bytes = this.string();
    return bytes === undefined ? undefined : decodeUtf8(bytes);
  }

  /** An `mpint` that is not negative and written in the one way: its bytes, the highest first, without a zero before them. */
  unsigned(): Uint8Array | undefined {
    const bytes = this.string();
    if (bytes === undefined || bytes.length === 0) return undefined;
    const [first = 0, second = 0] = bytes;
    if (first > 0x7f || (first === 0 && (bytes.length === 1 || second < 0x80))) return undefined;
    return first === 0 ? bytes.subarray(1) : bytes;
  }

  /** Whether all fields were there and nothing follows them. */
  isAtEnd(): boolean {
    return !this.#isBroken && this.#at === this.#bytes.length;
  }
}
