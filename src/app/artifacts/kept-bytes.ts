import { AmapError, type ErrorCode, hashHex, LIMITS } from "../../base/index.ts";
import type { FileDigests } from "../../metadata/index.ts";

/** Something in a file that could not be looked into. */
export interface FileProblem {
  readonly path: string;
  readonly code: ErrorCode;
  readonly message: string;
}

/** Counts what is kept of an artifact's files. */
export class KeptBytes {
  readonly #name: string;
  #bytes = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** @throws {AmapError} LIMIT_EXCEEDED above LIMITS.catalogTotalBytes */
  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes <= LIMITS.catalogTotalBytes) return;
    throw new AmapError(
      "LIMIT_EXCEEDED",
      `${this.#name}: its package files have more than ${LIMITS.catalogTotalBytes} bytes (catalogTotalBytes)`,
    );
  }
}

/** Both digests that catalogers may ask for. */
export function digestsOf(bytes: Uint8Array): FileDigests {
  return { sha1: hashHex("sha1", bytes), sha256: hashHex("sha256", bytes) };
}
