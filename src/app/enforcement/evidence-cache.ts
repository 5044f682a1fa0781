import { AmapError, formatTime, isAmapError, LIMITS, parseTime, type Value } from "../../base/index.ts";
import type { Fact, FactRequest, Facts } from "../../policy/index.ts";
import type { Clock, EvidenceStore } from "../../ports/index.ts";
import { mapBounded } from "../bounded.ts";
import { freezeFact } from "../fact-loop.ts";
import { quietly, settleWithin } from "./deadline.ts";

/** Facts in memory; the least recently used go first. */
const MAX_FACTS = 2_000;
/** Facts loaded at the same time for one who asks. */
const WIDTH = 8;
/** The store is asked to save time: it is not waited for longer. */
const MAX_LOOKUP_MS = 1_000;
/** Writes that wait for the store; what comes on top is not shared. */
const MAX_WRITES = 64;
/** A load that has not ended by then hangs: nobody waits for it any more. */
const MAX_LOAD_MS = LIMITS.evaluationMs;

/** How facts are asked for. */
export interface CacheQuestion {
  /** What was loaded before this time (ms since 1970) is loaded anew. */
  readonly since: number;
  readonly timeoutMs: number;
  readonly load: (request: FactRequest) => Promise<Fact>;
}

/** Facts that were loaded before, for as long as they may be used again. */
export interface EvidenceCache {
  /**
   * Answers requests within `timeoutMs`: from memory, from the store, or by `load`, which is asked once for a key
   * whoever else waits for it. One that hangs or fails takes no other with it. A request that is not answered in time is
   * a failed fact; a load that was begun goes on for those who ask later. Failures are not kept.
   */
  facts(requests: readonly FactRequest[], question: CacheQuestion): Promise<Facts>;
  /** Loads a key anew the next time. */
  forget(key: string): void;
}

interface Loaded {
  readonly fact: Fact;
  /** Milliseconds since 1970: when the load began that it came from, here or in another replica. */
  readonly loadedAt: number;
}

interface Entry {
  readonly startedAt: number;
  readonly loading: Promise<Loaded>;
  /** Set when it was loaded. */
  loadedAt?: number;
  /** About how much memory the fact takes; 0 while it is loaded. */
  bytes: number;
}

/** What a cache is made with. */
export interface EvidenceCacheOptions {
  /** Names a request for all replicas: the same only where the answer would be. */
  readonly storeKeyOf: (request: FactRequest) => string;
  readonly onStoreFailure: (error: unknown) => void;
  readonly onBug: (error: unknown) => void;
  /** Memory for facts, bytes. */
  readonly maxBytes?: number;
}

/** A cache over a store that replicas share. A store that fails or hangs is slower, never an answer. */
export function createEvidenceCache(clock: Clock, store: EvidenceStore, options: EvidenceCacheOptions): EvidenceCache {
  const { storeKeyOf, maxBytes = LIMITS.evidenceCacheBytes } = options;
  const entries = new Map<string, Entry>();
  const told = quietly(options.onStoreFailure);
  const toldBug = quietly(options.onBug);
  let bytes = 0;
  let writing = 0;

  const remove = (key: string, entry: Entry): void => {
    if (entries.get(key) !== entry) return;
    entries.delete(key);
    bytes -= entry.bytes;
  };
  const trim = (): void => {
    for (const [key, oldest] of entries) {
      if (entries.size <= MAX_FACTS && bytes <= maxBytes) return;
      remove(key, oldest);
    }
  };
  const fromStore = async (request: FactRequest, since: number, waitMs: number): Promise<Loaded | undefined> => {
    try {
      const finding = store.find(storeKeyOf(request), formatTime(since));
      const found = await settleWithin(clock, waitMs, finding);
      if (found.status === "late")
        throw new AmapError("STORE_UNAVAILABLE", "the store was too slow to look evidence up");
      const loadedAt = parseTime(found.value?.loadedAt ?? "");
      // A replica whose clock is ahead must not make evidence younger than it is.
      if (found.value === undefined || loadedAt === undefined || loadedAt < since || loadedAt > clock.now())
        return undefined;
      return { fact: { ok: true, value: found.value.value }, loadedAt };
    } catch (error) {
      told(error);
      return undefined;
    }
  };
  const share = async (request: FactRequest, value: Value, loadedAt: number): Promise<void> => {
    if (writing >= MAX_WRITES) return;
    writing++;
    try {
      await store.put(storeKeyOf(request), { loadedAt: formatTime(loadedAt), value });
    } catch (error) {
      told(error);
    } finally {
      writing--;
    }
  };
  const loadAnew = async (request: FactRequest, startedAt: number, question: CacheQuestion): Promise<Loaded> => {
    try {
      // What must be newer than now is not in any store.
      const waitMs = Math.min(MAX_LOOKUP_MS, question.timeoutMs / 4);
      const kept = question.since < startedAt ? await fromStore(request, question.since, waitMs) : undefined;
      if (kept !== undefined) return kept;
      const fact = await question.load(request);
      // Nobody waits for the sharing: a slow store delays no answer.
      if (fact.ok) void share(request, fact.value, startedAt);
      return { fact, loadedAt: startedAt };
    } catch (error) {
      if (!isAmapError(error) || error.code === "BUG") toldBug(error);
      return { fact: failureOf(error), loadedAt: startedAt };
    }
  };
  const begin = (request: FactRequest, question: CacheQuestion): Entry => {
    const startedAt = clock.now();
    const loading = loadAnew(request, startedAt, question).then((loaded) => {
      const size = freezeFact(loaded.fact);
      if (!loaded.fact.ok) remove(request.key, entry);
      else if (entries.get(request.key) === entry) {
        entry.bytes = size;
        entry.loadedAt = loaded.loadedAt;
        bytes += size;
        trim();
      }
      return loaded;
    });
    const entry: Entry = { startedAt, loading, bytes: 0 };
    entries.set(request.key, entry);
    trim();
    return entry;
  };
  const isUsable = ({ startedAt, loadedAt }: Entry, since: number): boolean => {
    const now = clock.now();
    if (loadedAt === undefined && now - startedAt > MAX_LOAD_MS) return false;
    const from = loadedAt ?? startedAt;
    // A clock that was set back leaves entries from a future; how old they are nobody knows.
    return from >= since && from <= now;
  };
  const obtain = async (request: FactRequest, question: CacheQuestion): Promise<Fact> => {
    for (;;) {
      const known = entries.get(request.key);
      if (known !== undefined) remove(request.key, known);
      const usable = known !== undefined && isUsable(known, question.since) ? known : undefined;
      if (usable === undefined) return (await begin(request, question).loading).fact;
      entries.set(request.key, usable);
      bytes += usable.bytes;
      const { fact, loadedAt } = await usable.loading;
      // Another's load may have ended with what a replica loaded earlier.
      if (loadedAt >= question.since) return fact;
      remove(request.key, usable);
    }
  };
  /** With no time left only what is there counts; nothing is begun that nobody can wait for. */
  const atOnce = async (request: FactRequest, { since }: CacheQuestion): Promise<Fact> => {
    const known = entries.get(request.key);
    if (known?.loadedAt === undefined || !isUsable(known, since)) return late(request);
    return (await known.loading).fact;
  };
  return {
    async facts(requests, question) {
      if (question.timeoutMs <= 0)
        return new Map(
          await mapBounded(requests, WIDTH, async (each) => [each.key, await atOnce(each, question)] as const),
        );
      const facts = new Map<string, Fact>();
      let isOver = false;
      const work = mapBounded(requests, WIDTH, async (request) => {
        if (!isOver) facts.set(request.key, await obtain(request, question));
      });
      await settleWithin(clock, question.timeoutMs, work);
      isOver = true;
      return new Map(requests.map((request) => [request.key, facts.get(request.key) ?? late(request)]));
    },
    forget(key) {
      const entry = entries.get(key);
      if (entry !== undefined) remove(key, entry);
    },
  };
}

function late(request: FactRequest): Fact {
  return { ok: false, code: "FACT_FAILED", message: `${request.kind} was not loaded in the time that a review has` };
}

function failureOf(error: unknown): Fact {
  if (isAmapError(error)) return { ok: false, code: error.code, message: error.message };
  return { ok: false, code: "BUG", message: "loading a fact failed unexpectedly" };
}
