import { addRanges, type CostRange, MAX_UINT64, multiplyRanges } from "./range.ts";

/** One end of a text's size after its replacement: how often it is made, and how much of the text stays. */
interface Replaced {
  readonly count: bigint;
  readonly kept: bigint;
}

/** How large a text is after each of a pattern has been replaced. */
export function estimateReplacement(text: CostRange, pattern: CostRange, replacement: CostRange): CostRange {
  // Longest: the shortest patterns replaced; shortest: the longest patterns replaced.
  const longest = replace(text.max, pattern.min, replacement.max <= pattern.min);
  const shortest = replace(text.min, pattern.max, pattern.max <= replacement.min);
  const count = { min: shortest.count, max: longest.count };
  return addRanges(multiplyRanges(count, replacement), { min: shortest.kept, max: longest.kept });
}

function replace(text: bigint, pattern: bigint, isSame: boolean): Replaced {
  // An empty pattern is found around each character.
  if (pattern === 0n) return { count: text < MAX_UINT64 ? text + 1n : text, kept: text };
  if (isSame) return { count: 0n, kept: text };
  // In double precision and cut at the end, as in Kubernetes.
  const count = BigInt(Math.ceil(Number(text) / Number(pattern)));
  return { count: count > MAX_UINT64 ? MAX_UINT64 : count, kept: 0n };
}
