/** Numbers that depend on a seed alone (mulberry32). */
export interface Random {
  /** From 0 up to `limit`, which is left out. */
  below(limit: number): number;
  pick<T>(items: readonly T[]): T;
}

/** A sequence that another seed changes wholly. */
export function createRandom(seed: number): Random {
  let state = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * limit);
  };
  return { below, pick: (items) => items[below(items.length)] as (typeof items)[number] };
}
