import { AmapError, canonicalJson, LIMITS, type Value } from "../../base/index.ts";
import { renderEach } from "../language/variables/render-each.ts";
import { FACT_KINDS, type FactKind, type FactReader, type FactRequest, type Facts, MISSING_FACT } from "./facts.ts";

/** What happened while something was evaluated: a fact was read, or an image passed or failed a signature check. */
export type EvaluationNote =
  | { readonly kind: "read"; readonly request: FactRequest }
  | { readonly kind: "verification"; readonly image: string; readonly verified: boolean };

/**
 * Requests that one pass over a plan has found missing, over all of its rules. Look-ahead ends at
 * LIMITS.factLookAhead: what is asked for after that would often not be needed once the first answers are there.
 */
export class PendingFacts {
  readonly requests = new Map<string, FactRequest>();

  get full(): boolean {
    return this.requests.size >= LIMITS.factLookAhead;
  }
}

/** The request for one fact: equal questions get equal keys, whatever the order of their members. */
export function factRequest(kind: FactKind, params: Value): FactRequest {
  return { key: `${kind}:${canonicalJson(params)}`, kind, params };
}

/** The reader of one rule in one pass. It keeps notes, so that a response can say what it was made from. */
export class NotingFactReader implements FactReader {
  readonly notes: EvaluationNote[] = [];
  readonly #facts: Facts;
  readonly #pending: PendingFacts;
  #misses = 0;

  constructor(facts: Facts, pending: PendingFacts) {
    this.#facts = facts;
    this.#pending = pending;
  }

  get misses(): number {
    return this.#misses;
  }

  get pending(): ReadonlyMap<string, FactRequest> {
    return this.#pending.requests;
  }

  fact(kind: FactKind, params: Value): Value {
    const request = factRequest(kind, params);
    const fact = this.#facts.get(request.key);
    if (fact === undefined) {
      this.#misses++;
      // What acts waits until all before it is known: with another answer there it might never be asked.
      const mayAsk = !FACT_KINDS[kind].acts || this.#misses === 1;
      if (mayAsk && !this.#pending.full) this.#pending.requests.set(request.key, request);
      throw MISSING_FACT;
    }
    this.notes.push({ kind: "read", request });
    if (!fact.ok) throw new AmapError(fact.code, fact.message);
    return fact.value;
  }
}

/** Notes that an image passed or failed a signature check, where the reader keeps notes. */
export function noteVerification(facts: FactReader, image: string, verified: boolean): void {
  if (facts instanceof NotingFactReader) facts.notes.push({ kind: "verification", image, verified });
}

/**
 * The values of several independent facts, in order. All that are missing are asked for together; a failed one counts
 * only when none before it is missing, as if each were awaited in turn.
 * @throws MISSING_FACT, {AmapError} with the code of the first that failed
 */
export function readFacts(facts: FactReader, kind: FactKind, params: readonly Value[]): readonly Value[] {
  return renderEach(params, (each) => facts.fact(kind, each));
}

/** The reader of expressions that cannot ask for facts. */
export const NO_FACTS: FactReader = Object.freeze({
  misses: 0,
  pending: new Map<string, FactRequest>(),
  fact(kind: FactKind): never {
    throw new AmapError("BUG", `an expression that cannot load facts asked for ${kind}`);
  },
});
