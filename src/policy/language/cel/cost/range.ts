/** From `min` to `max`, both unsigned 64-bit: a cost in units, or a size in characters, bytes, elements or entries. */
export interface CostRange {
  readonly min: bigint;
  readonly max: bigint;
}

/** The largest unsigned 64-bit number: nothing grows over it, and a size nothing is known of has it as its end. */
export const MAX_UINT64 = 0xffff_ffff_ffff_ffffn;

export const UNKNOWN_SIZE: CostRange = { min: 0n, max: MAX_UINT64 };

export const exactly = (count: bigint): CostRange => ({ min: count, max: count });

export const ZERO: CostRange = exactly(0n);
export const ONE: CostRange = exactly(1n);

const saturate = (value: bigint): bigint => (value > MAX_UINT64 ? MAX_UINT64 : value);

export function addRanges(...ranges: readonly CostRange[]): CostRange {
  let min = 0n;
  let max = 0n;
  for (const range of ranges) {
    min += range.min;
    max += range.max;
  }
  return { min: saturate(min), max: saturate(max) };
}

export function multiplyRanges(left: CostRange, right: CostRange): CostRange {
  return { min: saturate(left.min * right.min), max: saturate(left.max * right.max) };
}

/** Times a factor, rounded up; computed in double precision, as Kubernetes does, so that the figures are the same. */
export function scaleRange(range: CostRange, factor: number): CostRange {
  return { min: scale(range.min, factor), max: scale(range.max, factor) };
}

function scale(value: bigint, factor: number): bigint {
  const product = Math.ceil(Number(value) * factor);
  return product >= 2 ** 64 ? MAX_UINT64 : BigInt(product);
}

/** The smallest range that holds both. */
export function uniteRanges(left: CostRange, right: CostRange): CostRange {
  return { min: left.min < right.min ? left.min : right.min, max: left.max > right.max ? left.max : right.max };
}
