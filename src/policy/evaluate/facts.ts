import type { ErrorCode, Value } from "../../base/index.ts";

/** What a policy may ask of the world in this version. */
export type FactKind = "imageEvidence" | "imageData";

/** One question to the world: a kind and all that can change the answer. */
export interface FactRequest {
  /** The kind and the canonical JSON of the parameters: equal questions have equal keys. */
  readonly key: string;
  readonly kind: FactKind;
  readonly params: Value;
}

/** The answer: loaded once, frozen. Absent from the store, null and failed are three different things. */
export type Fact =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string };

/** Facts that are already there, by key. */
export type Facts = ReadonlyMap<string, Fact>;

/**
 * Thrown when a fact is absent, after its request has been noted. One frozen constant, not an Error: it is thrown often
 * and its stack says nothing. Never caught in `policy/` without passing it on.
 */
export const MISSING_FACT: unique symbol = Symbol("missing fact");

/** What evaluation code uses to ask the world. One is made for each evaluation pass. */
export interface FactReader {
  /**
   * The fact's value.
   * @throws MISSING_FACT when it is not there yet, {AmapError} with the fact's code when it could not be loaded
   */
  fact(kind: FactKind, params: Value): Value;
  /** How often a fact was missing: a result counts only when this did not move while it was made. */
  readonly misses: number;
  /** Requests noted so far, without duplicates. */
  readonly pending: ReadonlyMap<string, FactRequest>;
}
