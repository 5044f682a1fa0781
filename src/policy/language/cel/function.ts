import type { RE2JS } from "re2js";
import type { FactReader } from "../../evaluate/facts.ts";
import { type CelType, formatType } from "./types.ts";
import type { CelValue } from "./values/value.ts";

/** Something an expression wants done: data, carried out by the caller. */
export interface CelEffect {
  readonly kind: "generate";
  /** Where the objects go; empty for what is not in a namespace. */
  readonly namespace: string;
  readonly objects: readonly CelValue[];
}

/** What a function may ask for while it runs; handed to every row's `call` as the last argument. */
export interface CelContext {
  /** Milliseconds since 1970-01-01T00:00:00Z: the evaluation's time, the same for all of it. */
  readonly now: number;
  /** The world. A row that uses it states so in `loads`. */
  readonly facts: FactReader;
  /**
   * The value of a lazy name of the evaluation; undefined where there are none. It throws as `facts` does, so a row that
   * uses it states so in `loads`, too.
   */
  readonly lazy: ((name: string) => CelValue) | undefined;
  /**
   * Takes steps from the budget, for work that grows with a list or map, or for what is written. Reading the arguments'
   * texts and bytes once is charged by the engine.
   * @throws {AmapError} BUDGET_EXCEEDED
   */
  charge(steps: number): void;
  /**
   * The next 32 bytes that look random: the same ones for the same seed of the evaluation and the same ordinal.
   * @throws {CelError} failed where the evaluation has no seed
   */
  entropy(): Uint8Array;
  /**
   * States what is to be done when the evaluation succeeds.
   * @throws {CelError} failed where nothing may be done
   */
  emit(effect: CelEffect): void;
  /**
   * A compiled RE2 pattern, remembered for this evaluation.
   * @throws {CelError} invalid_argument
   */
  pattern(text: string): RE2JS;
}

type ValuesOf<A extends readonly CelType[]> = { [K in keyof A]: A[K] extends CelType<infer V> ? V : never };

/** The part of a row that documentation is generated from. */
interface CelFunctionHead {
  /** `size`, or with its namespace: `time.now`, `amap.evidence`. */
  readonly name: string;
  /** Called as a method, the first of `args` being the object: `"a".size()`. A function with both forms has two rows. */
  readonly receiver?: true;
  /** The types of the arguments. Rows of one name and form are overloads and differ in these. */
  readonly args: readonly CelType[];
  readonly result: CelType;
  /** One sentence for the reference page. */
  readonly note: string;
  /** An expression that is true; it is run by a test. */
  readonly example: string;
  /** The version of amap that had it first. */
  readonly since: string;
  /** What it asks of the world ("image evidence"). Without it the engine never looks ahead over the call. */
  readonly loads?: string;
  /**
   * Never what a type check chooses: tried last, when an argument's type was not known and no other row takes its value
   * (a list that mixes numbers).
   */
  readonly isFallback?: true;
  /** Its result depends on more than its arguments (the time, chance): a call with constants is not made ahead. */
  readonly isVolatile?: true;
  /**
   * Makes a faster call when some arguments are constants (undefined: not constant), or refuses them when the
   * expression is loaded, by throwing a CelError. Returns undefined to use `call`.
   */
  readonly prepare?: (constants: readonly (CelValue | undefined)[]) => CelCall | undefined;
  /**
   * The same result, where it is made without charging and cannot fail; undefined for everything else, and for values
   * that are not of `args`: nothing has checked them. Tried first.
   */
  readonly quick?: QuickCall;
  /** The number of the elements of its list, charged as `call` is: for `size(…)` of it, without making the list. */
  readonly count?: CelCall;
  /** It is the number of its argument's elements: a call that only counts them may stand for both. */
  readonly isListSize?: true;
}

/** See {@link CelFunction.quick}. */
export type QuickCall = (...args: readonly (CelValue | undefined)[]) => CelValue | undefined;

/** A row's function as the engine calls it: the arguments, then the context. */
export type CelCall = (...args: [...CelValue[], CelContext]) => CelValue;

/** One row of the function table: one signature and what it does. Made with {@link celFunction}. */
export interface CelFunction extends CelFunctionHead {
  readonly call: CelCall;
}

/**
 * A row of the function table with `call` typed by `args`: the engine has checked each argument's type (of lists, each
 * element's too) before it calls. A call fails by throwing a CelError or an AmapError; the engine adds the place.
 *
 * @example
 * ```ts
 * import { celFunction, celTypes } from "../../index.ts";
 * celFunction({
 *   name: "twice", args: [celTypes.string], result: celTypes.string, note: "The text two times.",
 *   example: 'twice("ab") == "abab"', since: "0.1.0", call: (text) => text + text,
 * });
 * ```
 */
export function celFunction<const A extends readonly CelType[]>(
  row: CelFunctionHead & {
    readonly args: A;
    readonly call: (...args: [...ValuesOf<A>, CelContext]) => CelValue;
  },
): CelFunction {
  // The engine has checked the argument types when it calls, which the type system cannot know.
  return row as unknown as CelFunction;
}

/** A row's signature: `string.startsWith(string) -> bool`, `time.now() -> google.protobuf.Timestamp`. */
export function formatSignature(row: CelFunction): string {
  const types = row.args.map(formatType);
  const [target, ...rest] = types;
  const head = row.receiver ? `${target}.${row.name}(${rest.join(", ")})` : `${row.name}(${types.join(", ")})`;
  return `${head} -> ${formatType(row.result)}`;
}
