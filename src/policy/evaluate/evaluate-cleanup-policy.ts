import { type ErrorCode, isAmapError, memberOf, textOf, type Value, type ValueObject } from "../../base/index.ts";
import type { CleanupPlan } from "../compile/cleanup-policy.ts";
import { MatchTarget } from "../language/match/target.ts";
import { RuleBudget, RuleMemory } from "../rules/rule-memory.ts";
import type { RuleRun } from "../rules/rule-run.ts";
import type { EntrySource } from "./context-entries.ts";
import { NotingFactReader, PendingFacts } from "./fact-reader.ts";
import { type FactRequest, type Facts, MISSING_FACT } from "./facts.ts";
import { imagesAlone } from "./image-variables.ts";
import type { PolicyInput } from "./input.ts";
import { RuleContext } from "./rule-context.ts";
import type { RuleTrace, TraceStep } from "./rule-trace.ts";

/** What else decides whether an object is deleted. */
export interface CleanupOptions {
  readonly facts: Facts;
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly now: number;
  /** For functions that draw at random: the same seed, the same draw. */
  readonly seed: string;
  /** The object's Namespace, where it is known; needed by namespaceSelector. */
  readonly namespaceObject?: Value;
  /** Sources of context entries that there are; all when left out. What the others would give is not there at all. */
  readonly served?: ReadonlySet<EntrySource>;
  /** Whether the evaluation carries its trace. */
  readonly explain?: boolean;
}

/** Whether a policy would delete an object. Where nobody can tell it is an `error`, and the object stays. */
export type CleanupVerdict =
  | { readonly status: "delete" }
  | { readonly status: "keep"; readonly reason: string }
  | { readonly status: "error"; readonly code: ErrorCode; readonly message: string };

/** One pass of a cleanup policy over an object. `pending` empty means done. */
export interface CleanupEvaluation {
  readonly policy: string;
  readonly namespace: string;
  /** Undefined while facts are missing. */
  readonly verdict: CleanupVerdict | undefined;
  /** What must be loaded before it can go on. */
  readonly pending: readonly FactRequest[];
  readonly trace?: RuleTrace;
}

/**
 * Whether a cleanup policy would delete an object when it runs: one pass. Call it again with the facts that are `pending`
 * until there are none. Verdicts are Kyverno's 1.19: the object is of a kind and a namespace that the policy looks through,
 * `match` is about it and `exclude` is not, all conditions of `conditions.all` hold, and one of `conditions.any` where there
 * are some. `target` is the object. A condition that fails is an `error`, as is one that takes more than
 * LIMITS.evaluationSteps. What Kyverno's controller leaves alone by its own configuration is not looked at.
 *
 * @example
 * ```ts
 * import { compileCleanupPolicy, decodePolicies, evaluateCleanupPolicy } from "../index.ts";
 * const decoded = decodePolicies(`
 * apiVersion: kyverno.io/v2
 * kind: ClusterCleanupPolicy
 * metadata: {name: no-replicas}
 * spec:
 *   schedule: "0 * * * *"
 *   match: {any: [{resources: {kinds: [Deployment]}}]}
 *   conditions: {all: [{key: "{{ target.spec.replicas }}", operator: LessThan, value: 1}]}
 * `, "cleanup.yaml");
 * const [policy] = decoded.ok ? decoded.value : [];
 * const plan = policy?.kind === "ClusterCleanupPolicy" ? compileCleanupPolicy(policy) : undefined;
 * const object = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" }, spec: { replicas: 0 } };
 * const options = { facts: new Map(), now: 0, seed: "" };
 * plan?.ok ? evaluateCleanupPolicy(plan.value, object, options).verdict : undefined; // { status: "delete" }
 * ```
 */
export function evaluateCleanupPolicy(
  plan: CleanupPlan,
  object: ValueObject,
  options: CleanupOptions,
): CleanupEvaluation {
  const trace: TraceStep[] | undefined = options.explain === true ? [] : undefined;
  const pending = new PendingFacts();
  const reader = new NotingFactReader(options.facts, pending);
  const verdict = judge({ plan, object, options, reader, trace });
  // Whatever came out, it does not count when a fact was missing on the way: the miss may have been swallowed.
  return Object.freeze({
    policy: plan.policy,
    namespace: plan.namespace,
    verdict: reader.misses > 0 ? undefined : verdict,
    pending: Object.freeze([...pending.requests.values()]),
    ...(trace === undefined ? {} : { trace }),
  });
}

/**
 * The same evaluation ended as `error`: what a spent budget or a passed deadline leads to. One that is finished is given
 * back.
 *
 * @example
 * ```ts
 * import { abandonCleanupPolicy } from "../index.ts";
 * const done = { policy: "old-pods", namespace: "", verdict: { status: "delete" }, pending: [] } as const;
 * abandonCleanupPolicy(done, { code: "TIMEOUT", message: "too late" }).verdict; // { status: "delete" }
 * ```
 */
export function abandonCleanupPolicy(
  evaluation: CleanupEvaluation,
  failure: { readonly code: ErrorCode; readonly message: string },
): CleanupEvaluation {
  if (evaluation.verdict !== undefined) return evaluation;
  const { code, message } = failure;
  return Object.freeze({ ...evaluation, verdict: { status: "error" as const, code, message }, pending: [] });
}

/** One pass over one object. */
interface CleanupPass {
  readonly plan: CleanupPlan;
  readonly object: ValueObject;
  readonly options: CleanupOptions;
  readonly reader: NotingFactReader;
  readonly trace: TraceStep[] | undefined;
}

function judge(pass: CleanupPass): CleanupVerdict | undefined {
  try {
    return verdictOf(pass);
  } catch (thrown) {
    if (thrown === MISSING_FACT) return undefined;
    if (!isAmapError(thrown) || thrown.code === "BUG") throw thrown;
    return { status: "error", code: thrown.code, message: thrown.message };
  }
}

function verdictOf({ plan, object, options, reader, trace }: CleanupPass): CleanupVerdict {
  const { namespaceObject } = options;
  const input: PolicyInput = {
    object,
    operation: "DELETE",
    ...(namespaceObject === undefined ? {} : { namespaceObject }),
  };
  const budget = new RuleBudget([options.seed, plan.namespace, plan.policy, nameOf(object)]);
  const matched = plan.match.matches(new MatchTarget(input, (steps) => budget.charge(steps)));
  const reason = matched.matched ? "" : matched.reason;
  trace?.push({ kind: "match", matched: matched.matched, reason });
  if (!matched.matched) return { status: "keep", reason };
  const note = trace === undefined ? undefined : (step: TraceStep) => void trace.push(step);
  const context = contextOf(object, budget, options.now, note).withLazyMembers(imagesAlone(object), reader);
  const run: RuleRun = {
    policy: plan.policy,
    policyNamespace: plan.namespace,
    rule: plan.policy,
    input,
    now: options.now,
    object,
    oldObject: null,
    operation: input.operation,
    context: plan.entries(context, reader, options.served),
    facts: reader,
    load: (entries, parent) => entries(parent, reader, options.served),
    budget,
    memory: new RuleMemory(),
    note,
  };
  return holds(plan, run);
}

function holds({ conditions }: CleanupPlan, run: RuleRun): CleanupVerdict {
  for (const block of ["all", "any"] as const) {
    const outcome = conditions[block]?.evaluate(run, run.context);
    if (outcome?.holds === false) {
      const message = outcome.message === "" ? "" : `: ${outcome.message}`;
      const reason = block === "all" ? "a condition of conditions.all does not hold" : "none of conditions.any holds";
      return { status: "keep", reason: `${reason}${message}` };
    }
  }
  return { status: "delete" };
}

/** What conditions see: the object as `target`, and no request but its namespace. */
function contextOf(
  object: ValueObject,
  budget: RuleBudget,
  now: number,
  note: ((step: TraceStep) => void) | undefined,
): RuleContext {
  const surroundings = { now, charge: (steps: number) => budget.charge(steps), entropy: () => budget.draw() };
  const namespace = textOf(memberOf(object, "metadata"), "namespace");
  return RuleContext.create({ request: { namespace }, target: object }, "", surroundings, note);
}

function nameOf(object: Value): string {
  return textOf(memberOf(object, "metadata"), "name");
}
