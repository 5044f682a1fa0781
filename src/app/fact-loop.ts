import { AmapError, Double, type ErrorCode, isAmapError, LIMITS, type Value } from "../base/index.ts";
import {
  abandonEvaluation,
  type Evaluation,
  evaluatePlan,
  type Fact,
  type FactRequest,
  type Facts,
  type Plan,
  type PolicyInput,
} from "../policy/index.ts";

/** What one resolution may spend. Counts, bytes and milliseconds. */
export interface FactLimits {
  readonly factLoads: number;
  readonly factBytes: number;
  readonly evaluationMs: number;
}

/** Something that is evaluated in passes: each names the facts that the next one needs. */
export interface Resumable {
  readonly pending: readonly FactRequest[];
}

/** What the loop is given. `E` is what a pass makes; nothing in it is looked at but `pending`. */
export interface FactLoop<E extends Resumable> {
  /** One pass with the facts that are there. It keeps what `previous` has finished, and changes neither argument. */
  evaluate(facts: Facts, previous: E | undefined): E;
  /**
   * Loads facts together. What cannot be loaded is a failed fact; a request that is not answered counts as failed. It
   * should end within `remainingMs`.
   */
  load(requests: readonly FactRequest[], remainingMs: number): Promise<ReadonlyMap<string, Fact>>;
  /** Ends what is unfinished as an error, keeping what is finished. */
  abandon(evaluation: E, failure: { readonly code: ErrorCode; readonly message: string }): E;
  /** Milliseconds of a clock that only goes forward. */
  now(): number;
  readonly limits?: Partial<FactLimits>;
}

/** How a resolution went. */
export interface Resolution<E> {
  /** The last pass; nothing is pending in it. */
  readonly evaluation: E;
  /** All facts that were loaded, frozen: with them the same evaluation can be made again without loading. */
  readonly facts: Facts;
  readonly loads: number;
  readonly passes: number;
}

/**
 * Evaluates, loads all facts that are missing together, and evaluates again, until nothing is pending or a limit is
 * reached: then what is unfinished ends as BUDGET_EXCEEDED, and what is finished stays. Each fact is loaded once, frozen
 * and never replaced; one that could not be loaded is a failed fact, never an absent one. There is no limit on passes:
 * every pass but the last adds a fact. The defaults are LIMITS.factLoads, factBytes and evaluationMs.
 *
 * @throws {AmapError} BUG when a pass asks only for facts that are there; and whatever `load` throws that is no AmapError
 * @example
 * ```ts
 * import { resolveFacts } from "./fact-loop.ts";
 * const { evaluation } = await resolveFacts({
 *   evaluate: (facts) => {
 *     const fact = facts.get("imageData:{}");
 *     if (fact === undefined) return { answer: "", pending: [{ key: "imageData:{}", kind: "imageData", params: {} }] };
 *     return { answer: fact.ok ? String(fact.value) : fact.code, pending: [] };
 *   },
 *   load: async () => new Map([["imageData:{}", { ok: true, value: "here" }]]),
 *   abandon: (_, failure) => ({ answer: failure.code, pending: [] }),
 *   now: () => 0,
 * });
 * evaluation.answer; // "here"
 * ```
 */
export async function resolveFacts<E extends Resumable>(loop: FactLoop<E>): Promise<Resolution<E>> {
  const limits: FactLimits = { ...LIMITS, ...loop.limits };
  const deadline = loop.now() + limits.evaluationMs;
  const facts = new Map<string, Fact>();
  let bytes = 0;
  let passes = 0;
  let evaluation: E | undefined;
  for (;;) {
    evaluation = loop.evaluate(facts, evaluation);
    passes++;
    const done = (last: E): Resolution<E> => ({ evaluation: last, facts, loads: facts.size, passes });
    if (evaluation.pending.length === 0) return done(evaluation);
    const requests = newRequests(evaluation.pending, facts);
    const spent = spentLimit(limits, {
      loads: facts.size + requests.length,
      bytes,
      remainingMs: deadline - loop.now(),
    });
    if (spent !== undefined) return done(loop.abandon(evaluation, { code: "BUDGET_EXCEEDED", message: spent }));
    const loaded = await loadAll(loop, requests, deadline - loop.now());
    for (const request of requests) {
      const fact = loaded.get(request.key) ?? unanswered(request);
      bytes += freezeFact(fact);
      facts.set(request.key, fact);
    }
  }
}

/** What {@link resolvePlans} is given. */
export interface ResolvePlansOptions {
  readonly plans: readonly Plan[];
  readonly input: PolicyInput;
  readonly load: FactLoop<Resumable>["load"];
  /** The evaluation's time and seed: the same for all passes. */
  readonly now: number;
  readonly seed: string;
  /** Milliseconds of a clock that only goes forward, for the deadline. */
  readonly elapsed: () => number;
  readonly limits?: Partial<FactLimits>;
  /** Whether the time is over in which another plan may be begun; those that were not are then errors. */
  readonly isOver?: () => boolean;
}

/** Why a plan was not begun. */
export const OUT_OF_TIME = "there was no time left to evaluate the policy";

/**
 * Evaluations of several plans over one input, in the plans' order, with one budget and all of their facts loaded
 * together. Hand them to `decide` with their plans.
 * @throws {AmapError} BUG as resolveFacts
 */
export async function resolvePlans(options: ResolvePlansOptions): Promise<Resolution<readonly Evaluation[]>> {
  const { plans, input, now, seed } = options;
  const resolution = await resolveFacts<Passes>({
    evaluate: (facts, previous) =>
      collect(
        plans.map((plan, index) => {
          const before = previous?.evaluations[index];
          if (before !== undefined && before.pending.length === 0) return before;
          if (options.isOver?.() === true) return endLate(plan, before);
          return evaluatePlan(plan, input, facts, { now, seed, previous: before });
        }),
      ),
    load: options.load,
    abandon: ({ evaluations }, failure) => collect(evaluations.map((each) => abandonEvaluation(each, failure))),
    now: options.elapsed,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  return { ...resolution, evaluation: resolution.evaluation.evaluations };
}

/** A policy's steps are limited, but a thousand policies that use them up would take minutes (C15). */
function endLate(plan: Plan, before: Evaluation | undefined): Evaluation {
  const unfinished = plan.rules.map(({ name }) => name);
  const begun = before ?? { policy: plan.policy, responses: [], pending: [], unfinished };
  return abandonEvaluation(begun, { code: "BUDGET_EXCEEDED", message: OUT_OF_TIME });
}

/** One pass over several plans. */
interface Passes extends Resumable {
  readonly evaluations: readonly Evaluation[];
}

function collect(evaluations: readonly Evaluation[]): Passes {
  return { evaluations, pending: evaluations.flatMap((evaluation) => evaluation.pending) };
}

function newRequests(pending: readonly FactRequest[], facts: Facts): readonly FactRequest[] {
  const requests = new Map<string, FactRequest>();
  for (const request of pending) if (!facts.has(request.key)) requests.set(request.key, request);
  if (requests.size > 0) return [...requests.values()];
  throw new AmapError("BUG", `an evaluation waits for facts that are there: ${pending[0]?.kind}`);
}

function spentLimit(
  limits: FactLimits,
  used: { readonly loads: number; readonly bytes: number; readonly remainingMs: number },
): string | undefined {
  if (used.loads > limits.factLoads) return `the policies ask for more than ${limits.factLoads} facts`;
  if (used.bytes > limits.factBytes) return `the facts take more than ${limits.factBytes} bytes`;
  if (used.remainingMs <= 0) return `loading facts took more than ${limits.evaluationMs} ms`;
  return undefined;
}

async function loadAll<E extends Resumable>(
  loop: FactLoop<E>,
  requests: readonly FactRequest[],
  remainingMs: number,
): Promise<ReadonlyMap<string, Fact>> {
  try {
    return await loop.load(requests, remainingMs);
  } catch (error) {
    if (!isAmapError(error) || error.code === "BUG") throw error;
    const failed: Fact = { ok: false, code: error.code, message: error.message };
    return new Map(requests.map((request) => [request.key, failed]));
  }
}

function unanswered(request: FactRequest): Fact {
  return { ok: false, code: "FACT_FAILED", message: `nothing answered for ${request.kind}` };
}

/** Facts that were frozen before: a cached one is met by every review. */
const sizes = new WeakMap<Fact, number>();

/** Freezes a fact to its leaves and returns about how many bytes it takes. Not recursive: facts may be deep. */
export function freezeFact(fact: Fact): number {
  const known = sizes.get(fact);
  if (known !== undefined) return known;
  Object.freeze(fact);
  let bytes = 0;
  const open: Value[] = [fact.ok ? fact.value : fact.message];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    bytes += 8;
    if (typeof value === "string") bytes += value.length;
    if (typeof value !== "object" || value === null || value instanceof Double) continue;
    Object.freeze(value);
    for (const [key, member] of Object.entries(value)) {
      bytes += key.length;
      open.push(member);
    }
  }
  sizes.set(fact, bytes);
  return bytes;
}
