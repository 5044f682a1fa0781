import { isAmapError, textOf } from "../../base/index.ts";
import {
  type Fact,
  type FactRequest,
  type GlobalContextEntry,
  type GlobalContextFacts,
  globalContextFacts,
  globalContextRequest,
} from "../../policy/index.ts";
import type { LoadFacts } from "../facts/fact-memory.ts";

/** What GlobalContextEntries give, read when it is first asked for. */
export interface GlobalContext {
  /** The names of the entries. */
  readonly names: ReadonlySet<string>;
  /** The fact for a request of the kind `globalContext`: null when no entry has its name. */
  answer(request: FactRequest): Promise<Fact>;
}

/**
 * GlobalContextEntries over a loader of other facts: of a cluster, or of given objects. It is asked `resourceList`,
 * `kubernetesApi`, `kubernetesApiPost`, `http` or `httpPost`, once for each entry that is used. Of two entries of the same
 * name the later counts. `now` is in milliseconds since 1970.
 *
 * @example
 * ```ts
 * import { readGlobalContext } from "./global-context.ts";
 * readGlobalContext([], async () => new Map(), 0).names.size; // 0
 * ```
 */
export function readGlobalContext(entries: readonly GlobalContextEntry[], load: LoadFacts, now: number): GlobalContext {
  const byName = new Map(entries.map((entry) => [entry.metadata.name, entry]));
  const loaded = new Map<string, Promise<GlobalContextFacts>>();
  return {
    names: new Set(byName.keys()),
    async answer({ params }) {
      const name = textOf(params, "name");
      const entry = byName.get(name);
      if (entry === undefined) return NO_ENTRY;
      const reading = loaded.get(name) ?? readEntry(entry, load, now);
      loaded.set(name, reading);
      const { data, projections } = await reading;
      const projection = textOf(params, "projection");
      return projection === "" ? data : (projections.get(projection) ?? noProjection(name, projection, projections));
    },
  };
}

const NO_ENTRY: Fact = Object.freeze({ ok: true, value: null });

function noProjection(name: string, projection: string, there: ReadonlyMap<string, unknown>): Fact {
  const known = there.size === 0 ? "it has none" : `it has ${[...there.keys()].join(", ")}`;
  const message = `GlobalContextEntry ${name}: there is no projection ${projection}; ${known}`;
  return Object.freeze({ ok: false, code: "FACT_FAILED", message });
}

async function readEntry(entry: GlobalContextEntry, load: LoadFacts, now: number): Promise<GlobalContextFacts> {
  return globalContextFacts(entry, await answerFor(entry, load), now);
}

async function answerFor(entry: GlobalContextEntry, load: LoadFacts): Promise<Fact> {
  try {
    const request = globalContextRequest(entry);
    const answers = await load([request]);
    return answers.get(request.key) ?? { ok: false, code: "FACT_FAILED", message: "nothing answered" };
  } catch (error) {
    if (!isAmapError(error) || error.code === "BUG") throw error;
    return { ok: false, code: error.code, message: error.message };
  }
}
