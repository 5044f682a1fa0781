import { AmapError, type ErrorCode, isAmapError, type Value } from "../../base/index.ts";
import type { CelBinding, CelPlan, CelRun, CelVariant, FindSchema, ValidationAction } from "../compile/cel-plan.ts";
import { type MatchResult, matchInput } from "../compile/match-constraints.ts";
import type { CelExceptionIndex } from "./cel/cel-exception.ts";
import type { CelOutcome } from "./cel/cel-outcome.ts";
import { initialValues } from "./cel/cel-values.ts";
import { failedOutcome, unknownMatch } from "./cel/engine-words.ts";
import { failureReason } from "./cel/failure-reason.ts";
import { checkMatchConditions } from "./cel/match-conditions.ts";
import { mergeOutcomes } from "./cel/merge-outcomes.ts";
import { judgePods } from "./cel/pod-outcomes.ts";
import { PolicyRun, StepMeter, type VariableMemory } from "./cel/policy-run.ts";
import { NotingFactReader, PendingFacts } from "./fact-reader.ts";
import { type Facts, MISSING_FACT } from "./facts.ts";
import { type PolicyInput, resourceTypeOf } from "./input.ts";
import type {
  KyvernoEffect,
  KyvernoEvaluation,
  KyvernoPhase,
  KyvernoRuleResponse,
  UnmatchedRule,
} from "./kyverno-response.ts";
import { TraceWriter } from "./trace-writer.ts";

/** What else decides an evaluation, given from outside so that the same facts give the same decision. */
export interface CelPolicyOptions {
  readonly facts: Facts;
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly now: number;
  /** For functions that draw at random: the same seed, the same draw. */
  readonly seed: string;
  /** All phases of the plan when left out. */
  readonly phases?: readonly (KyvernoPhase | "cleanup")[];
  /** Who asks: a policy that is switched off there says nothing. Every policy is evaluated when left out. */
  readonly process?: "admission" | "background";
  readonly exceptions?: CelExceptionIndex;
  /**
   * Schemas of kinds that Kubernetes does not bring: apply configurations are merged by them. Where there is none, what
   * an object holds tells: lists of such a kind are replaced.
   */
  readonly schemaOf?: FindSchema;
  /**
   * Whether a MutatingPolicy with `mutateExisting` that names no targets also changes the objects that exist and that it is
   * about, as Kyverno's background controller does: each object that is sent leads through all of them.
   */
  readonly changesExisting?: boolean;
  /** For the modes JSON, HTTP and Envoy: what `object` is. */
  readonly payload?: Value;
  /** Whether responses carry their trace, and policies that do not match say why. */
  readonly explain?: boolean;
  /**
   * What the policy, which asks for it (`CelPlan.reinvokes`), came to for the same request before other policies changed
   * the object: where it was invoked then it is invoked again, and nowhere else.
   */
  readonly invokedBefore?: KyvernoEvaluation;
  /** The result of the pass before, of the same plan and input: what is finished there is not evaluated again. */
  readonly previous?: KyvernoEvaluation | undefined;
}

/**
 * One pass of a policy of policies.kyverno.io or admissionregistration.k8s.io over an object: its responses, the object as
 * it leaves it, what is to be done, and the facts that it waits for. Call it again with these facts and the evaluation as
 * `previous` until `pending` is empty. Verdicts and messages are those of Kyverno 1.19 and of the API server (1.36); a
 * policy that is not about the object has no response. Nothing that is given is changed. A policy that uses more than
 * LIMITS.policySteps is `error`, and so is one that fails.
 *
 * @throws {AmapError} BUG when `previous` is of another plan
 * @example
 * ```ts
 * import { compileCelPolicy, decodePolicies, evaluateCelPolicy } from "../index.ts";
 * const decoded = decodePolicies(`
 * apiVersion: policies.kyverno.io/v1
 * kind: ValidatingPolicy
 * metadata: {name: few}
 * spec:
 *   matchConstraints:
 *     resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments]}]
 *   validations: [{expression: object.spec.replicas < 4, message: too many}]
 * `, "few.yaml");
 * const [policy] = decoded.ok ? decoded.value : [];
 * const plan = policy?.kind === "ValidatingPolicy" ? compileCelPolicy(policy) : undefined;
 * const object = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" }, spec: { replicas: 9 } };
 * const options = { facts: new Map(), now: 0, seed: "" };
 * const done = plan?.ok ? evaluateCelPolicy(plan.value, { object, operation: "CREATE" }, options) : undefined;
 * done?.responses[0]?.message; // "too many"
 * ```
 */
export function evaluateCelPolicy(plan: CelPlan, input: PolicyInput, options: CelPolicyOptions): KyvernoEvaluation {
  const { previous } = options;
  if (previous !== undefined && previous.policy === plan.policy && previous.pending.length === 0) return previous;
  const before = previous === undefined ? undefined : recallCel(plan, previous);
  return new CelPass(plan, input, options, before).run();
}

/**
 * The same evaluation with what is unfinished ended as `error`: what a spent budget or a passed deadline leads to. An
 * evaluation that is finished is given back.
 *
 * @throws {AmapError} BUG when the evaluation is of another plan
 * @example
 * ```ts
 * import { abandonCelPolicy, compileCelPolicy, decodePolicies, evaluateCelPolicy } from "../index.ts";
 * const decoded = decodePolicies(`
 * apiVersion: policies.kyverno.io/v1
 * kind: ValidatingPolicy
 * metadata: {name: known}
 * spec:
 *   matchConstraints:
 *     resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]
 *   validations: [{expression: 'resource.get("v1", "configmaps", "base", "names").data[object.metadata.name] == "yes"'}]
 * `, "known.yaml");
 * const [policy] = decoded.ok ? decoded.value : [];
 * const plan = policy?.kind === "ValidatingPolicy" ? compileCelPolicy(policy) : undefined;
 * const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "web", namespace: "shop" } };
 * const options = { facts: new Map(), now: 0, seed: "" };
 * const late = { code: "TIMEOUT", message: "too late" } as const;
 * const done = plan?.ok
 *   ? abandonCelPolicy(plan.value, evaluateCelPolicy(plan.value, { object, operation: "CREATE" }, options), late)
 *   : undefined;
 * done?.responses[0]?.status; // "error"
 * ```
 */
export function abandonCelPolicy(
  plan: CelPlan,
  evaluation: KyvernoEvaluation,
  failure: { readonly code: ErrorCode; readonly message: string },
): KyvernoEvaluation {
  if (evaluation.pending.length === 0) return evaluation;
  const { unfinished } = recallCel(plan, evaluation);
  const outcome = failedOutcome(plan, failure, failure.message);
  const responses = Object.freeze([
    ...evaluation.responses,
    ...unfinished.map((unit) => responseOf(plan, unit, outcome)),
  ]);
  return Object.freeze({ ...evaluation, responses, pending: [], unfinished: [] });
}

/** One way in which the policy meets the object: a variant, under a binding. */
interface Unit {
  readonly key: string;
  readonly variant: CelVariant;
  readonly binding: CelBinding | undefined;
}

interface FinishedUnit {
  readonly responses: readonly KyvernoRuleResponse[];
  readonly effects: readonly KyvernoEffect[];
  readonly object: Value | undefined;
  readonly unmatched: UnmatchedRule | undefined;
  readonly steps: number;
}

/** What one pass hands to the next. */
interface CelProgress {
  readonly plan: CelPlan;
  readonly finished: ReadonlyMap<string, FinishedUnit>;
  readonly memory: VariableMemory;
  readonly unfinished: readonly Unit[];
}

// Keyed by the evaluation itself: nobody outside can read it, forge it, or be tempted to store it.
const PROGRESS = new WeakMap<KyvernoEvaluation, CelProgress>();

/** By evaluation: the units in which the policy had something to do. */
const INVOKED = new WeakMap<KyvernoEvaluation, ReadonlySet<string>>();

function recallCel(plan: CelPlan, evaluation: KyvernoEvaluation): CelProgress {
  const progress = PROGRESS.get(evaluation);
  if (progress?.plan === plan) return progress;
  throw new AmapError("BUG", `an evaluation of ${evaluation.policy} was resumed as that of something else`);
}

/** One pass. */
class CelPass {
  readonly #plan: CelPlan;
  readonly #options: CelPolicyOptions;
  readonly #pending = new PendingFacts();
  readonly #finished: Map<string, FinishedUnit>;
  readonly #memory: VariableMemory;
  readonly #unfinished: Unit[] = [];
  #input: PolicyInput;
  #steps = 0;

  constructor(plan: CelPlan, input: PolicyInput, options: CelPolicyOptions, before: CelProgress | undefined) {
    this.#plan = plan;
    this.#input = input;
    this.#options = options;
    this.#finished = new Map(before?.finished);
    this.#memory = new Map(before?.memory);
  }

  run(): KyvernoEvaluation {
    const done: FinishedUnit[] = [];
    const outside = this.#reasonToSayNothing();
    // A unit sees the object as those before it left it.
    const isChain = this.#plan.type === "Mutation";
    for (const unit of outside === undefined ? this.#units() : []) {
      const isBlocked = this.#pending.full || (isChain && this.#unfinished.length > 0);
      const finished = isBlocked ? undefined : (this.#finished.get(unit.key) ?? this.#evaluate(unit));
      if (finished === undefined) {
        this.#unfinished.push(unit);
        continue;
      }
      this.#finished.set(unit.key, finished);
      this.#steps += finished.steps;
      if (finished.object !== undefined) this.#input = { ...this.#input, object: finished.object };
      done.push(finished);
    }
    return this.#result(done, outside);
  }

  #result(done: readonly FinishedUnit[], outside: string | undefined): KyvernoEvaluation {
    const plan = this.#plan;
    const unmatched = done.flatMap((unit) => unit.unmatched ?? []);
    if (outside !== undefined) unmatched.push(unmatchedRule(plan, outside));
    const evaluation: KyvernoEvaluation = Object.freeze({
      policy: plan.policy,
      responses: Object.freeze(done.flatMap(({ responses }) => responses)),
      object: this.#input.object,
      effects: Object.freeze(done.flatMap(({ effects }) => effects)),
      pending: Object.freeze([...this.#pending.requests.values()]),
      unfinished: Object.freeze(this.#unfinished.map(() => plan.policy)),
      imageOutcomes: new Map(),
      ...(this.#options.explain === true ? { unmatched } : {}),
    });
    if (plan.reinvokes) INVOKED.set(evaluation, this.#invoked());
    if (this.#unfinished.length > 0) {
      PROGRESS.set(evaluation, { plan, finished: this.#finished, memory: this.#memory, unfinished: this.#unfinished });
    }
    return evaluation;
  }

  #invoked(): ReadonlySet<string> {
    // Where its conditions do not hold it is skipped.
    const units = [...this.#finished].filter(([, { responses }]) => responses.some(({ status }) => status !== "skip"));
    return new Set(units.map(([key]) => key));
  }

  /** Why the policy is not even held against the object. */
  #reasonToSayNothing(): string | undefined {
    const { mode, namespace, phases } = this.#plan;
    const { process, payload } = this.#options;
    if (this.#options.phases !== undefined && !phases.some((phase) => this.#options.phases?.includes(phase))) {
      return "the policy has nothing to do in this phase";
    }
    if (process !== undefined && !this.#plan[process]) return `spec.evaluation.${process}.enabled is false`;
    // What is deleted may be anything: Kyverno says of any payload whether its conditions hold.
    if (this.#plan.type === "Deletion" && !this.#hasKind()) return undefined;
    if (mode === "Kubernetes" ? payload !== undefined : mode !== "JSON" && payload === undefined) {
      return `spec.evaluation.mode is ${mode}`;
    }
    if (mode === "Kubernetes" && namespace !== "" && resourceTypeOf(this.#input).namespace !== namespace) {
      return `the policy is about namespace ${namespace} alone`;
    }
    return undefined;
  }

  /** Whether it is an object of Kubernetes. */
  #hasKind(): boolean {
    const { payload } = this.#options;
    const { version, kind } = resourceTypeOf(payload === undefined ? this.#input : { ...this.#input, object: payload });
    return version !== "" && kind !== "";
  }

  #units(): readonly Unit[] {
    const { variants, bindings } = this.#plan;
    const bound = bindings ?? [undefined];
    // A payload is no Pod and no controller of Pods.
    const own = this.#plan.mode === "Kubernetes" ? variants : variants.slice(0, 1);
    const units = own.flatMap((variant, place) =>
      bound.map((binding, index) => ({ key: `${place}/${index}`, variant, binding })),
    );
    const { invokedBefore } = this.#options;
    if (invokedBefore === undefined) return units;
    const invoked = INVOKED.get(invokedBefore);
    return units.filter(({ key }) => invoked?.has(key) === true);
  }

  /** What a unit came to; undefined while a fact is missing. */
  #evaluate(unit: Unit): FinishedUnit | undefined {
    const reader = new NotingFactReader(this.#options.facts, this.#pending);
    const trace =
      this.#options.explain === true
        ? new TraceWriter([this.#input.object, this.#input.oldObject], this.#options.facts)
        : undefined;
    const meter = new StepMeter(this.#steps);
    const shared = {
      plan: this.#plan,
      variant: unit.variant,
      input: this.#input,
      now: this.#options.now,
      schemaOf: this.#options.schemaOf ?? NO_SCHEMAS,
      changesExisting: this.#options.changesExisting === true,
      seed: this.#options.seed,
      reader,
      memory: this.#memory,
      key: unit.key,
      meter,
      note: trace === undefined ? undefined : trace.push.bind(trace),
    };
    const judged = this.#judge(
      unit,
      ({ values = {}, place = "", input = this.#input } = {}) =>
        new PolicyRun(
          { ...shared, input, key: `${unit.key}${place}` },
          { ...initialValues(this.#plan, input, this.#options.payload), ...values },
        ),
    );
    // Whatever came out, it does not count when a fact was missing on the way: the miss may have been swallowed.
    if (judged === MISSING_FACT || reader.misses > 0) return undefined;
    const steps = trace === undefined ? {} : { trace: trace.steps };
    const responses = judged.outcomes.map((outcome) => ({ ...responseOf(this.#plan, unit, outcome), ...steps }));
    return {
      responses: Object.freeze(responses.map((response) => Object.freeze(response))),
      effects: judged.outcomes.flatMap(({ effects = [] }) => effects),
      object: judged.outcomes.findLast(({ object }) => object !== undefined)?.object,
      unmatched: judged.reason === "" ? undefined : unmatchedRule(this.#plan, judged.reason, steps.trace),
      steps: meter.steps - this.#steps,
    };
  }

  #judge(unit: Unit, start: StartRun): Judged | typeof MISSING_FACT {
    try {
      return this.#outcomesOf(unit, start);
    } catch (thrown) {
      if (thrown === MISSING_FACT) return MISSING_FACT;
      if (!isAmapError(thrown) || thrown.code === "BUG") throw thrown;
      return judgedAs(failedOutcome(this.#plan, thrown, failureReason(thrown)));
    }
  }

  #outcomesOf({ variant, binding }: Unit, start: StartRun): Judged {
    if (this.#plan.mode === "Kubernetes" && (this.#plan.type !== "Deletion" || this.#hasKind())) {
      const matched = this.#match(variant, binding);
      if (matched.matched === false) return { outcomes: [], reason: matched.reason };
      if (matched.matched === "unknown") return judgedAs(unknownMatch(this.#plan, matched.message));
    }
    if (variant.extractsPods) {
      const outcomes = judgePods(this.#plan, this.#input, (input, place) => this.#runOnce(start({ input, place })));
      return { outcomes, reason: "" };
    }
    if (binding?.params === undefined) return { outcomes: this.#runOnce(start()), reason: "" };
    const reader = start();
    let params: readonly Value[];
    try {
      params = binding.params.load({ input: this.#input, facts: reader.facts });
    } catch (thrown) {
      if (!isAmapError(thrown) || thrown.code === "BUG") throw thrown;
      return judgedAs({ ...failedOutcome(this.#plan, thrown, failureReason(thrown)), denies: true });
    }
    if (params.length === 0) return { outcomes: [], reason: `binding ${binding.name} finds no params` };
    let input = this.#input;
    const outcomes = params.map((value, index) => {
      const made = this.#runOnce(start({ values: { params: value }, place: `/${index}`, input }));
      // A mutation for one param sees the object as the one before left it.
      const object = made.findLast((outcome) => outcome.object !== undefined)?.object;
      if (object !== undefined) input = { ...input, object };
      return made;
    });
    return { outcomes: mergeOutcomes(outcomes), reason: "" };
  }

  #match(variant: CelVariant, binding: CelBinding | undefined): MatchResult {
    const own = matchInput(variant.match, this.#input);
    if (own.matched !== true || binding?.match === undefined) return own;
    return matchInput(binding.match, this.#input);
  }

  #runOnce(run: CelRun): readonly CelOutcome[] {
    const exemption = this.#options.exceptions?.exemptionFor(this.#plan, run);
    if (exemption?.outcome !== undefined) return [exemption.outcome];
    const { allowedImages = [], allowedValues = [] } = exemption ?? {};
    const excepted =
      exemption === undefined
        ? run
        : run.withValues({ exceptions: { allowedImages, allowedValues } }, { isFresh: true });
    const conditions = checkMatchConditions(this.#beforeNamespace(excepted));
    return conditions.hold ? run.variant.part.run(excepted) : conditions.outcomes;
  }

  /** The API server evaluates conditions before it has looked for the Namespace. */
  #beforeNamespace(run: CelRun): CelRun {
    if (this.#plan.rules === "kyverno" || run.variant.matchConditions.length === 0) return run;
    return run.withValues({ namespaceObject: null }, { isFresh: true });
  }
}

const NO_SCHEMAS: FindSchema = () => undefined;

type StartRun = (options?: {
  readonly values?: Readonly<Record<string, Value>>;
  readonly place?: string;
  readonly input?: PolicyInput;
}) => PolicyRun;

interface Judged {
  readonly outcomes: readonly CelOutcome[];
  /** Why there are none; else empty. */
  readonly reason: string;
}

const judgedAs = (outcome: CelOutcome): Judged => ({ outcomes: [outcome], reason: "" });

function unmatchedRule(plan: CelPlan, reason: string, trace?: UnmatchedRule["trace"]): UnmatchedRule {
  const [phase = "validate"] = plan.phases;
  return { rule: plan.policy, phase, reasons: [reason], ...(trace === undefined ? {} : { trace }) };
}

const DENY: readonly ValidationAction[] = Object.freeze(["Deny"]);

function responseOf(plan: CelPlan, { variant, binding }: Unit, outcome: CelOutcome): KyvernoRuleResponse {
  const { rule, object: _object, effects: _effects, denies, ...shown } = outcome;
  const [phase = "validate"] = plan.phases;
  const actions = denies === true ? DENY : (binding?.validationActions ?? plan.validationActions);
  // The API server does not deny by what fails under Ignore.
  const isIgnored = outcome.status === "error" && plan.rules === "kubernetes" && plan.failurePolicy === "Ignore";
  return {
    ...shown,
    policy: plan.policy,
    namespace: plan.namespace,
    rule: rule ?? (plan.rules === "kubernetes" ? plan.policy : ""),
    type: plan.type,
    phase,
    failureAction: actions.includes("Deny") && !isIgnored ? "Enforce" : "Audit",
    emitWarning: actions.includes("Warn") && !isIgnored,
    validationActions: actions,
    ...(binding === undefined ? {} : { binding: binding.name }),
    ...(variant.name === "" ? {} : { variant: variant.name }),
  };
}
