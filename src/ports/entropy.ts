/** Unpredictable bytes, for keys, salts, nonces and document ids. */
export interface Entropy {
  bytes(length: number): Uint8Array;
}
