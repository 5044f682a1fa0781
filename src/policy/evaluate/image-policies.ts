import { parseImageReference } from "../../artifact/index.ts";
import { AmapError, type ErrorCode, isAmapError, type Value } from "../../base/index.ts";
import { kyvernoEnvironment } from "../compile/cel-environment.ts";
import type { Plan } from "../compile/plan.ts";
import type { CelProgram } from "../language/cel/program.ts";
import { type CompiledCelExceptions, exceptionsThatHold } from "./cel/cel-exceptions.ts";
import { bindValues, initialValues } from "./cel/cel-values.ts";
import { StepMeter } from "./cel/policy-run.ts";
import { evaluatePlan } from "./evaluate-plan.ts";
import { NotingFactReader, PendingFacts } from "./fact-reader.ts";
import { type FactRequest, type Facts, MISSING_FACT } from "./facts.ts";
import { type PolicyInput, resourceTypeOf } from "./input.ts";
import type { KyvernoEvaluation, KyvernoRuleResponse, UnmatchedRule } from "./kyverno-response.ts";
import { prepareRequest } from "./request.ts";
import type { Evaluation, RuleResponse } from "./response.ts";
import type { TraceStep } from "./rule-trace.ts";
import { VariableScope } from "./variable-scope.ts";

/** What else decides an evaluation, given from outside so that the same facts give the same decision. */
export interface ImagePoliciesOptions {
  readonly facts: Facts;
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly now: number;
  /** For functions that draw at random: the same seed, the same draw. */
  readonly seed: string;
  readonly exceptions?: Pick<CompiledCelExceptions, "forPolicy">;
  /** For policies of the mode JSON: what `object` is. Those of the mode Kubernetes then say nothing. */
  readonly payload?: Value;
  /** Whether responses carry their trace, and policies that say nothing tell why. */
  readonly explain?: boolean;
  /** The result of the pass before, of the same plans and input: what is finished there is not evaluated again. */
  readonly previous?: ImagePoliciesEvaluation | undefined;
}

/** One pass of policies about images over an object. `pending` empty means done. */
export interface ImagePoliciesEvaluation {
  /** In the order of the plans; without a response where a policy says nothing, or waits for facts. */
  readonly evaluations: readonly KyvernoEvaluation[];
  readonly pending: readonly FactRequest[];
}

/**
 * One pass of ImageValidatingPolicies over an object, with what Kyverno 1.19 reports of each: one response named after
 * the policy (`pass`, or `fail` with the message of the first validation that is false), `exception` where a
 * PolicyException lifts it, `evaluation` where it could not be evaluated. What a policy needs and nobody can answer is an
 * error, never a pass. `validationConfigurations.required` is met when any of the policies has verified the image.
 * Nothing is pinned: the object stays as it is.
 *
 * @throws {AmapError} BUG when `previous` is of other plans
 * @example
 * ```ts
 * import { compileImagePolicy, decodePolicies, evaluateImagePolicies } from "../index.ts";
 * const decoded = decodePolicies(`
 * apiVersion: policies.kyverno.io/v1
 * kind: ImageValidatingPolicy
 * metadata: {name: pinned}
 * spec:
 *   matchConstraints:
 *     resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
 *   attestors: []
 *   validations: [{expression: "true"}]
 * `, "pinned.yaml");
 * const [policy] = decoded.ok ? decoded.value : [];
 * const plan = policy?.kind === "ImageValidatingPolicy" ? compileImagePolicy(policy) : undefined;
 * const object = { apiVersion: "v1", kind: "Pod", spec: { containers: [{ name: "web", image: "nginx:1" }] } };
 * const options = { facts: new Map(), now: 0, seed: "" };
 * const done = plan?.ok && evaluateImagePolicies([plan.value], { object, operation: "CREATE" }, options);
 * done && done.evaluations[0]?.responses[0]?.message; // "image nginx:1 does not have a digest"
 * ```
 */
export function evaluateImagePolicies(
  plans: readonly Plan[],
  input: PolicyInput,
  options: ImagePoliciesOptions,
): ImagePoliciesEvaluation {
  const { previous, payload } = options;
  if (previous?.pending.length === 0) return previous;
  const before = previous === undefined ? [] : recall(plans, previous).states;
  const pending = new PendingFacts();
  const judged: PolicyInput = payload === undefined ? input : { object: payload, operation: "CREATE" };
  const states = plans.map((plan, place): State => {
    const earlier = before[place];
    if (earlier !== undefined && earlier.kind !== "open") return earlier;
    if (pending.full) return earlier ?? { kind: "open" };
    return new ImagePass(plan, judged, options, pending).judge(earlier?.evaluation);
  });
  return conclude({ plans, object: input.object, explain: options.explain === true }, states, pending.requests);
}

/**
 * The same evaluation with every policy that waits for facts ended as `error`: what a spent budget or a passed deadline
 * leads to. Those that are finished stay as they are.
 *
 * @throws {AmapError} BUG when the evaluation is of other plans
 * @example
 * ```ts
 * import { abandonImagePolicies, evaluateImagePolicies } from "../index.ts";
 * const options = { facts: new Map(), now: 0, seed: "" };
 * const done = evaluateImagePolicies([], { object: {}, operation: "CREATE" }, options);
 * abandonImagePolicies([], done, { code: "TIMEOUT", message: "too late" }).evaluations; // []
 * ```
 */
export function abandonImagePolicies(
  plans: readonly Plan[],
  evaluation: ImagePoliciesEvaluation,
  failure: { readonly code: ErrorCode; readonly message: string },
): ImagePoliciesEvaluation {
  if (evaluation.pending.length === 0) return evaluation;
  const { subject, states } = recall(plans, evaluation);
  const ended = states.map((state): State => (state.kind === "open" ? failed(failure) : state));
  return conclude(subject, ended, new Map());
}

/** What a policy came to. */
interface Outcome {
  readonly status: "pass" | "fail" | "skip" | "error";
  readonly rule?: string;
  readonly message: string;
  readonly code?: ErrorCode;
  readonly exceptions?: readonly string[];
}

/** How far a policy is. */
type State =
  | { readonly kind: "open"; readonly evaluation?: Evaluation }
  | { readonly kind: "silent"; readonly reason: string; readonly steps: readonly TraceStep[] }
  | {
      readonly kind: "done";
      readonly outcome: Outcome;
      /** Those that the policy is about. */
      readonly images: readonly string[];
      readonly verifications: ReadonlyMap<string, boolean>;
      readonly steps: readonly TraceStep[];
    };

const NOTHING: ReadonlyMap<string, boolean> = new Map();

function failed(failure: { readonly code: ErrorCode; readonly message: string }): State {
  return { kind: "done", outcome: failedOutcome(failure), images: [], verifications: NOTHING, steps: [] };
}

/** With the message in one line, without the place in the expression: the trace has it. */
function failedOutcome({ code, message }: { readonly code: ErrorCode; readonly message: string }): Outcome {
  const [first = ""] = message.split("\n  | ", 1);
  const reason = first.replace(/^(matchConditions \S+: )?\d+:\d+: /, "$1");
  return { status: "error", rule: "evaluation", code, message: `failed to evaluate policy: ${reason}` };
}

// Keyed by the evaluation itself: nobody outside can read it, forge it, or be tempted to store it.
const PROGRESS = new WeakMap<ImagePoliciesEvaluation, Progress>();

/** What one pass hands to the next. */
interface Progress {
  readonly subject: Subject;
  readonly states: readonly State[];
}

/** What is evaluated. */
interface Subject {
  readonly plans: readonly Plan[];
  readonly object: Value;
  readonly explain: boolean;
}

function recall(plans: readonly Plan[], evaluation: ImagePoliciesEvaluation): Progress {
  const progress = PROGRESS.get(evaluation);
  if (progress?.subject.plans === plans) return progress;
  throw new AmapError("BUG", "an evaluation of policies about images was resumed with other policies");
}

/** One policy in one pass. */
class ImagePass {
  readonly #plan: Plan;
  readonly #input: PolicyInput;
  readonly #options: ImagePoliciesOptions;
  readonly #pending: PendingFacts;
  readonly #steps: TraceStep[] = [];

  constructor(plan: Plan, input: PolicyInput, options: ImagePoliciesOptions, pending: PendingFacts) {
    this.#plan = plan;
    this.#input = input;
    this.#options = options;
    this.#pending = pending;
  }

  judge(previous: Evaluation | undefined): State {
    try {
      return this.#judge(previous);
    } catch (thrown) {
      if (thrown === MISSING_FACT) return { kind: "open" };
      if (!isAmapError(thrown) || thrown.code === "BUG") throw thrown;
      return failed(thrown);
    }
  }

  /** In Kyverno's order: matching and conditions, exceptions, digests, validations. */
  #judge(previous: Evaluation | undefined): State {
    const plan = this.#plan;
    const outside = this.#reasonToSayNothing();
    if (outside !== undefined) return this.#silent(outside);
    const { applies, images } = prepareRequest(plan, this.#input, this.#options.now);
    if (applies.status === "skip") return this.#silent(applies.reason);
    if (applies.status === "error") return failed(applies);
    this.#steps.push({ kind: "match", matched: true, reason: "" });
    const exempted = this.#exemption();
    if (exempted !== undefined) return this.#done(exempted, []);
    if (!images.ok) return failed(images);
    const undigested = plan.verifyDigest ? findUndigested(images.coveredImages) : undefined;
    if (undigested !== undefined) {
      return this.#done(
        { status: "fail", message: `image ${undigested} does not have a digest` },
        images.coveredImages,
      );
    }
    const { facts, now, seed } = this.#options;
    const evaluation = evaluatePlan(plan, this.#input, facts, { now, seed, previous });
    if (evaluation.pending.length > 0) {
      for (const request of evaluation.pending) this.#pending.requests.set(request.key, request);
      return { kind: "open", evaluation };
    }
    return this.#done(this.#outcomeOf(evaluation), images.coveredImages, evaluation.verifications);
  }

  #reasonToSayNothing(): string | undefined {
    const { mode, namespace } = this.#plan;
    if ((mode === "JSON") !== (this.#options.payload !== undefined)) return `spec.evaluation.mode is ${mode}`;
    if (mode === "JSON" || namespace === "" || resourceTypeOf(this.#input).namespace === namespace) return undefined;
    return `the policy is about namespace ${namespace} alone`;
  }

  /** Only exceptions from the whole policy count: its expressions do not see those from a part. */
  #exemption(): Outcome | undefined {
    const { exceptions, facts, now, seed, payload } = this.#options;
    const { kind, policy, namespace, mode, failurePolicy } = this.#plan;
    const candidates = (exceptions?.forPolicy(kind, policy, now) ?? []).filter(({ isFull }) => isFull);
    if (candidates.length === 0) return undefined;
    const environment = kyvernoEnvironment(namespace);
    const reader = new NotingFactReader(facts, this.#pending);
    const values = bindValues(
      environment,
      initialValues({ mode, rules: "kyverno", type: "ImageVerify" }, this.#input, payload),
    );
    const scope = new VariableScope(
      { policy: `${namespace}/${policy}`, programs: NO_PROGRAMS, values },
      reader,
      { now, seed, remembered: new Map() },
      [],
    );
    // Each condition has a budget of its own, and there may be any number of exceptions.
    const meter = new StepMeter(0);
    const { full, holding } = exceptionsThatHold(candidates, {
      environment,
      failurePolicy,
      countsAsFull: () => true,
      evaluate: (program, path) => {
        const value = scope.evaluate(program, path);
        meter.charge(scope.stepsUsed);
        return value;
      },
      note: (step) => this.#steps.push(step),
    });
    // The miss may have been swallowed.
    if (reader.misses > 0) throw MISSING_FACT;
    if (!full) return undefined;
    const keys = holding.map(({ key }) => key);
    const message = `rule is skipped due to policy exception: ${keys.join(", ")}`;
    return { status: "skip", rule: "exception", message, exceptions: keys };
  }

  /** The first validation that does not pass decides. */
  #outcomeOf({ responses }: Evaluation): Outcome {
    for (const [index, rule] of this.#plan.rules.entries()) {
      const response = responses.find((each) => each.rule === rule.name);
      this.#noteRule(index, response);
      if (response?.status === "error") return failedOutcome(response);
      if (response?.status !== "fail") continue;
      const isStated = rule.message !== undefined || rule.messageProgram !== undefined;
      const message = isStated ? response.message : `CEL expression validation failed at index ${index}`;
      return { status: "fail", message };
    }
    return { status: "pass", message: "success" };
  }

  #noteRule(index: number, response: RuleResponse | undefined): void {
    const said = response === undefined || !("message" in response) ? "" : `: ${response.message}`;
    const message = `${response?.status ?? "nothing"}${said}`;
    this.#steps.push({ kind: "note", path: `validations[${index}]`, message });
  }

  #silent(reason: string): State {
    return { kind: "silent", reason, steps: this.#steps };
  }

  #done(outcome: Outcome, images: readonly string[], verifications: ReadonlyMap<string, boolean> = NOTHING): State {
    return { kind: "done", outcome, images, verifications, steps: this.#steps };
  }
}

const NO_PROGRAMS: ReadonlyMap<string, CelProgram> = new Map();

/**
 * The first image that is named without a digest.
 * @throws {AmapError} REFERENCE_INVALID
 */
function findUndigested(images: readonly string[]): string | undefined {
  return images.find((image) => parseImageReference(image).digest === undefined);
}

function conclude(
  subject: Subject,
  states: readonly State[],
  requests: ReadonlyMap<string, FactRequest>,
): ImagePoliciesEvaluation {
  const isWhole = requests.size === 0;
  const verified = isWhole ? mergeVerifications(states) : NOTHING;
  const evaluations = subject.plans.map((plan, place) => {
    const state = states[place] ?? { kind: "open" };
    const final = isWhole && plan.required ? withRequired(state, verified) : state;
    return evaluationOf(subject, plan, final, requests);
  });
  const result: ImagePoliciesEvaluation = Object.freeze({
    evaluations: Object.freeze(evaluations),
    pending: Object.freeze([...requests.values()]),
  });
  if (!isWhole) PROGRESS.set(result, { subject, states });
  return result;
}

function mergeVerifications(states: readonly State[]): ReadonlyMap<string, boolean> {
  const merged = new Map<string, boolean>();
  for (const state of states) {
    if (state.kind !== "done") continue;
    for (const [image, isVerified] of state.verifications) merged.set(image, isVerified || merged.get(image) === true);
  }
  return merged;
}

/** A policy that passes has failed all the same when an image that it is about was verified by none of them. */
function withRequired(state: State, verified: ReadonlyMap<string, boolean>): State {
  if (state.kind !== "done" || state.outcome.status !== "pass") return state;
  const lacking = state.images.find((image) => verified.get(image) !== true);
  if (lacking === undefined) return state;
  const message = verified.has(lacking)
    ? `image ${lacking} failed signature or attestation verification`
    : `image ${lacking} is not verified: no policy performed a signature or attestation check on it`;
  return { ...state, outcome: { status: "fail", message } };
}

function evaluationOf(
  { object, explain }: Subject,
  plan: Plan,
  state: State,
  requests: ReadonlyMap<string, FactRequest>,
): KyvernoEvaluation {
  const isOpen = state.kind === "open";
  const response = state.kind === "done" ? responseOf(plan, state.outcome) : undefined;
  const told = explain && state.kind === "done" ? { trace: state.steps } : {};
  return Object.freeze({
    policy: plan.policy,
    responses: Object.freeze(response === undefined ? [] : [Object.freeze({ ...response, ...told })]),
    object,
    effects: [],
    pending: isOpen ? [...requests.values()] : [],
    unfinished: isOpen ? [plan.policy] : [],
    imageOutcomes: new Map(),
    ...(explain ? { unmatched: unmatchedOf(plan, state) } : {}),
  });
}

function unmatchedOf({ policy }: Plan, state: State): readonly UnmatchedRule[] {
  if (state.kind !== "silent") return [];
  return [{ rule: policy, phase: PHASE, reasons: [state.reason], trace: state.steps }];
}

const PHASE = "verifyImages";

function responseOf(plan: Plan, outcome: Outcome): KyvernoRuleResponse {
  return {
    policy: plan.policy,
    namespace: plan.namespace,
    type: "ImageVerify",
    phase: PHASE,
    failureAction: plan.validationActions.includes("Deny") ? "Enforce" : "Audit",
    emitWarning: plan.validationActions.includes("Warn"),
    rule: plan.policy,
    ...outcome,
  };
}
