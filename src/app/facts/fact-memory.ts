import type { Fact, FactRequest } from "../../policy/index.ts";
import { freezeFact } from "../fact-loop.ts";

/** Answers facts, by key. */
export type LoadFacts = (requests: readonly FactRequest[]) => Promise<ReadonlyMap<string, Fact>>;

/**
 * The loader with a memory of the facts it loaded last, to `maxBytes` together: the objects of a run ask the same again
 * and again. What failed, and what acts (`isRemembered` is false), is asked each time.
 */
export function rememberFacts(
  load: LoadFacts,
  options: { readonly maxBytes: number; readonly isRemembered: (request: FactRequest) => boolean },
): LoadFacts {
  // In the order of their last use.
  const kept = new Map<string, Fact>();
  let bytes = 0;
  const forget = (key: string, fact: Fact): void => {
    kept.delete(key);
    bytes -= sizeOf(key, fact);
  };
  const keep = (key: string, fact: Fact): void => {
    const known = kept.get(key);
    if (known !== undefined) forget(key, known);
    kept.set(key, fact);
    bytes += sizeOf(key, fact);
    for (const [oldest, other] of kept) {
      if (bytes <= options.maxBytes) return;
      forget(oldest, other);
    }
  };
  return async (requests) => {
    const found = new Map<string, Fact>();
    for (const { key } of requests) {
      const fact = kept.get(key);
      if (fact === undefined) continue;
      found.set(key, fact);
      keep(key, fact);
    }
    const missing = requests.filter(({ key }) => !found.has(key));
    if (missing.length === 0) return found;
    const loaded = await load(missing);
    for (const request of missing) {
      const fact = loaded.get(request.key);
      if (fact === undefined) continue;
      found.set(request.key, fact);
      if (fact.ok && options.isRemembered(request)) keep(request.key, fact);
    }
    return found;
  };
}

/** What a small object, its key and its place in the memory take beside their text. */
const ENTRY_BYTES = 512;

function sizeOf(key: string, fact: Fact): number {
  return ENTRY_BYTES + key.length + freezeFact(fact);
}
