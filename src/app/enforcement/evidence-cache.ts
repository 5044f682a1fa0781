import { digestOf, encodeUtf8, formatTime, isAmapError, type Value } from "../../base/index.ts";
import type { Fact, FactRequest, Facts } from "../../policy/index.ts";
import type { Clock, EvidenceStore } from "../../ports/index.ts";

/** Facts in memory; the least recently used go first. */
const MAX_FACTS = 2_000;

/** Facts that were loaded before, for as long as they may be used again. */
export interface EvidenceCache {
  /**
   * Answers requests within `timeoutMs`: from memory, from the store, or by `load`, which is asked once for a key
   * whoever else waits for it. What was loaded before `since` (ms since 1970) is loaded anew. A request that is not
   * answered in time is a failed fact; its load goes on for those who ask later.
   */
  facts(
    requests: readonly FactRequest[],
    options: {
      readonly since: number;
      readonly timeoutMs: number;
      readonly load: (requests: readonly FactRequest[]) => Promise<Facts>;
    },
  ): Promise<Facts>;
}

interface Entry {
  readonly startedAt: number;
  readonly fact: Promise<Fact>;
}

/** A cache over a store that replicas share. A store that fails is slower, never an answer. */
export function createEvidenceCache(
  clock: Clock,
  store: EvidenceStore,
  onStoreFailure: (error: unknown) => void,
): EvidenceCache {
  const entries = new Map<string, Entry>();
  const remember = (key: string, entry: Entry): void => {
    entries.delete(key);
    entries.set(key, entry);
    for (const oldest of entries.keys()) {
      if (entries.size <= MAX_FACTS) break;
      entries.delete(oldest);
    }
  };
  const fromStore = async (key: string, since: number): Promise<Fact | undefined> => {
    try {
      const found = await store.find(storeKey(key), formatTime(since));
      return found === undefined ? undefined : { ok: true, value: found.value };
    } catch (error) {
      onStoreFailure(error);
      return undefined;
    }
  };
  const toStore = async (key: string, value: Value, startedAt: number): Promise<void> => {
    try {
      await store.put(storeKey(key), { loadedAt: formatTime(startedAt), value });
    } catch (error) {
      onStoreFailure(error);
    }
  };
  const loadMissing = (
    requests: readonly FactRequest[],
    since: number,
    load: (requests: readonly FactRequest[]) => Promise<Facts>,
  ): void => {
    const startedAt = clock.now();
    const loading = (async (): Promise<Facts> => {
      const found = new Map<string, Fact>();
      for (const { key } of requests) {
        const fact = await fromStore(key, since);
        if (fact !== undefined) found.set(key, fact);
      }
      const missing = requests.filter(({ key }) => !found.has(key));
      if (missing.length === 0) return found;
      const loaded = await load(missing);
      for (const [key, fact] of loaded) if (fact.ok) await toStore(key, fact.value, startedAt);
      return new Map([...found, ...loaded]);
    })();
    for (const request of requests) {
      const fact = loading.then(
        (facts) => facts.get(request.key) ?? unanswered(request),
        (error: unknown) => failureOf(error),
      );
      remember(request.key, { startedAt, fact });
      // What failed is asked again by the next one; those who wait already get the failure.
      void fact.then((settled) => {
        if (!settled.ok && entries.get(request.key)?.fact === fact) entries.delete(request.key);
      });
    }
  };
  return {
    async facts(requests, { since, timeoutMs, load }) {
      const missing = requests.filter(({ key }) => (entries.get(key)?.startedAt ?? Number.NEGATIVE_INFINITY) < since);
      if (missing.length > 0) loadMissing(missing, since, load);
      const alarm = clock.alarm(Math.max(0, timeoutMs));
      const answers = await Promise.all(
        requests.map(async (request): Promise<readonly [string, Fact]> => {
          const entry = entries.get(request.key);
          const fact = entry === undefined ? unanswered(request) : await Promise.race([entry.fact, alarm.rings]);
          return [request.key, fact ?? late(request, timeoutMs)];
        }),
      );
      alarm.cancel();
      return new Map(answers);
    },
  };
}

function storeKey(key: string): string {
  return digestOf(encodeUtf8(key));
}

function late(request: FactRequest, timeoutMs: number): Fact {
  return {
    ok: false,
    code: "FACT_FAILED",
    message: `${request.kind} was not loaded within ${Math.round(timeoutMs)} ms`,
  };
}

function unanswered(request: FactRequest): Fact {
  return { ok: false, code: "FACT_FAILED", message: `nothing answered for ${request.kind}` };
}

function failureOf(error: unknown): Fact {
  if (isAmapError(error)) return { ok: false, code: error.code, message: error.message };
  return { ok: false, code: "BUG", message: "loading a fact failed unexpectedly" };
}
