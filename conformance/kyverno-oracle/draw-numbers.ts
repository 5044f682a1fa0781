import { times } from "./resources.ts";

/** The numbers of a pair, by a generator of George Marsaglia's (xorshift, 32 bits). */
export function drawNumbers(seed: number, index: number): readonly number[] {
  let state = (Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) | 1;
  return times(2000, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 8) & 0xffff;
  });
}
