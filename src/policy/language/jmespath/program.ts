import type { Value } from "../../../base/index.ts";

/** One evaluation's surroundings. */
export interface JmesContext {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly now: number;
  /**
   * Takes steps from the budget.
   * @throws {AmapError} BUDGET_EXCEEDED
   */
  charge(steps: number): void;
  /** The next 32 bytes that look random: the same ones for the same seed and the same ordinal. */
  entropy(): Uint8Array;
  /**
   * The value of a variable of the community's dialect, by its name without `$`; undefined when there is none.
   * @throws MISSING_FACT, {AmapError} when it cannot be made
   */
  variable?(name: string): Value | undefined;
}

/** What a query starts from when its members are made on demand. */
export abstract class JmesRoot {
  /**
   * A member's value; undefined when there is no such key.
   * @throws MISSING_FACT, {AmapError} when the member cannot be made
   */
  abstract member(name: string): Value | undefined;
  /**
   * All of it as plain data, for `@` and for functions and operators over the root.
   * @throws MISSING_FACT, {AmapError} when a member cannot be made
   */
  abstract whole(): Value;
}

/** A compiled expression: immutable, for any number of evaluations. */
export interface JmesProgram {
  readonly source: string;
  /** Members of the root that it may read by name, each once. */
  readonly names: readonly string[];
  /** Whether it may also read the root as a whole (`@`, `*`, `keys(@)`). */
  readonly readsWhole: boolean;
  /** Functions it calls that do not exist: a call of one fails when it is reached, as in Kyverno. */
  readonly unknownFunctions: readonly string[];
  /**
   * The expression's value. The input is never changed; the result may share parts with it.
   * @throws MISSING_FACT from the root
   * @throws {AmapError} VARIABLE_NOT_FOUND for a key that is not there, EXPRESSION_FAILED for a failed call (both with
   * Kyverno's message), BUDGET_EXCEEDED, LIMIT_EXCEEDED (LIMITS.documentDepth of the result), or what the root throws
   */
  evaluate(input: Value | JmesRoot, context: JmesContext): Value;
}
