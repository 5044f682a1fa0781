import type { ErrorCode, Value, ValueObject } from "../../base/index.ts";
import {
  abandonClusterPolicy,
  type CelPlan,
  type ClusterPolicyOptions,
  evaluateClusterPolicy,
  type Facts,
  type KyvernoEvaluation,
  type KyvernoPhase,
  type KyvernoPlan,
  type PolicyInput,
  type PolicyValues,
} from "../../policy/index.ts";
import { resolveFacts } from "../fact-loop.ts";
import { explainCleanup, explainRun } from "./explain-run.ts";
import type { Payload } from "./given-payloads.ts";
import { runImagePolicies } from "./image-runs.ts";
import type { PolicyRun } from "./policy-run.ts";
import type { PolicySet } from "./policy-set.ts";
import {
  type CelRunOptions,
  type CelSubject,
  type EvaluatedRun,
  evaluateCelRun,
  runCelPolicy,
} from "./run-cel-policy.ts";
import { runCleanup } from "./run-cleanup.ts";
import { asApiServer, inputOf, operationOf, type Subject, subjectOf } from "./run-input.ts";
import type { RunOptions } from "./surroundings.ts";

/**
 * What the policies say of one object, in the order in which Kyverno's command line applies them: of kyverno.io all
 * mutations, then image verifications and validations; then Kubernetes' and Kyverno's mutating, validating and generating
 * policies of the CEL kinds; then what rules generate. Each sees the object as the one before left it. Then cleanup and
 * deleting policies say whether they would delete it as it was given.
 */
export async function runPolicies(
  set: PolicySet,
  object: ValueObject,
  options: RunOptions,
): Promise<readonly PolicyRun[]> {
  const course = new Course(set, object, options);
  for (const phase of ["mutate", "verifyImages", "validate"] as const) await course.runPhase(phase);
  await course.runCelPolicies();
  await course.runPhase("generate");
  await course.runImages();
  // No request leads to a cleanup: a run for one operation has none.
  if (options.operation === undefined) await course.runCleanups();
  return course.runs;
}

/** What the policies that judge payloads of its mode say of one; deleting policies take any JSON. */
export async function runPoliciesOnPayload(
  set: PolicySet,
  { mode, value }: Payload,
  options: RunOptions,
): Promise<readonly PolicyRun[]> {
  const runs: PolicyRun[] = [];
  const input: PolicyInput = { object: value, operation: "CREATE" };
  for (const plan of set.celPlans) {
    if (plan.type === "Deletion" ? mode !== "JSON" : plan.mode !== mode) continue;
    runs.push(await runCelPolicy(plan, { object: value, input, payload: value }, celOptionsOf(set, options)));
  }
  if (mode === "JSON") runs.push(...(await runImages(set, { object: value, input, payload: value }, options)));
  return runs;
}

/** ImageValidatingPolicies, which come after what changes and validates, over the object as it was given. */
async function runImages(set: PolicySet, subject: CelSubject, options: RunOptions): Promise<readonly PolicyRun[]> {
  const ofCel = celOptionsOf(set, options);
  const { imageLoad: load = ofCel.load } = options;
  const runs = await runImagePolicies(set.imagePlans, subject, { ...ofCel, exceptions: set.celExceptions, load });
  return runs.filter(({ isSilent, explained }) => isSilent !== true || explained !== undefined);
}

/** What an admission policy that changes objects came to. */
interface Invocation extends EvaluatedRun {
  readonly plan: CelPlan;
}

/** The policies that one object meets, one after the other. */
class Course {
  readonly runs: PolicyRun[] = [];
  readonly #set: PolicySet;
  readonly #object: ValueObject;
  readonly #options: RunOptions;
  readonly #celOptions: CelRunOptions;
  readonly #images = new Map<KyvernoPlan, ImageOutcomes>();
  #current: Value;
  #subject: Subject | undefined;
  #celInput: { readonly of: Value; readonly input: PolicyInput } | undefined;

  constructor(set: PolicySet, object: ValueObject, options: RunOptions) {
    this.#set = set;
    this.#object = object;
    this.#options = options;
    this.#celOptions = celOptionsOf(set, options);
    this.#current = object;
  }

  async runPhase(phase: KyvernoPhase): Promise<void> {
    for (const plan of this.#set.plans) if (plan.phases.includes(phase)) await this.#runPlan(plan, phase);
  }

  async #runPlan(plan: KyvernoPlan, phase: KyvernoPhase): Promise<void> {
    const [set, options, object] = [this.#set, this.#options, this.#current];
    this.#subject = subjectOf(object, plan, options, this.#subject);
    const pass = passOf(set, plan, this.#subject, options, phase, this.#images.get(plan));
    // Most policies need no facts: what needs none is done without waiting.
    const first = pass(NO_FACTS, undefined);
    const { evaluation, facts } =
      first.pending.length === 0 ? { evaluation: first, facts: NO_FACTS } : await loadFacts(plan, pass, first, options);
    if (phase === "verifyImages") this.#images.set(plan, evaluation.imageOutcomes);
    const isExplained = asksForExplanation(options, evaluation);
    // What a policy generates is only of note where it says something of the object.
    const isSilent = phase === "generate" && evaluation.responses.length === 0;
    if (isSilent && !isExplained) return;
    const patched: Value = evaluation.object ?? object;
    const run: PolicyRun = { policy: nameOf(plan), resource: object, patched, responses: evaluation.responses };
    if (isExplained) {
      // In one pass from the begin: what earlier passes have finished would not be told.
      const told = { plan, evaluation: pass(facts, undefined, true), object };
      this.runs.push({ ...run, isSilent, explained: explainRun({ ...told, locate: await set.places.ofPlan(plan) }) });
    } else this.runs.push(run);
    this.#current = patched;
  }

  async runCelPolicies(): Promise<void> {
    const invoked: Invocation[] = [];
    for (const plan of this.#set.celPlans) {
      if (plan.type === "Deletion" || plan.mode === "HTTP" || plan.mode === "Envoy") continue;
      // The API server asks its own policies first, and those of them once more, before it asks a webhook.
      if (plan.kind !== "MutatingAdmissionPolicy") await this.#reinvoke(invoked.splice(0));
      const { run, evaluation } = await this.#runCelPlan(plan);
      if (run.isSilent !== true || run.explained !== undefined) this.runs.push(run);
      if (plan.kind === "MutatingAdmissionPolicy") invoked.push({ plan, run, evaluation });
    }
    await this.#reinvoke(invoked);
    this.#showWhatAllLeft();
  }

  async #runCelPlan(plan: CelPlan, invokedBefore?: KyvernoEvaluation): Promise<EvaluatedRun> {
    const object = this.#current;
    if (this.#celInput?.of !== object) {
      const operation = operationOf(this.#options.operation ?? this.#options.values.operation);
      this.#celInput = { of: object, input: inputOf(object, operation, this.#options) };
    }
    const { input } = this.#celInput;
    const asked = plan.rules === "kubernetes" ? asApiServer(input, object, this.#options) : input;
    const before = invokedBefore === undefined ? {} : { invokedBefore };
    const evaluated = await evaluateCelRun(plan, { object, input: asked, ...before }, this.#celOptions);
    this.#current = evaluated.run.patched;
    return evaluated;
  }

  /**
   * Once any admission policy has changed the object, those that were invoked and ask for it are invoked once more, the
   * one that changed it among them: the API server looks at whether a mutation was made, not at what it came to.
   */
  async #reinvoke(invoked: readonly Invocation[]): Promise<void> {
    if (!invoked.some(({ run }) => run.responses.some(({ status }) => status === "pass"))) return;
    for (const { plan, run, evaluation } of invoked) {
      const place = this.runs.indexOf(run);
      if (!plan.reinvokes || place < 0 || run.responses.length === 0) continue;
      const again = (await this.#runCelPlan(plan, evaluation)).run;
      const failed = again.responses.some(({ status }) => status === "error");
      const { responses, explained } = failed ? again : run;
      const told = explained === undefined ? {} : { explained };
      this.runs[place] = { ...run, patched: again.patched, responses, ...told };
    }
  }

  /** Of MutatingPolicies Kyverno's command line shows the object as all of them together left it. */
  #showWhatAllLeft(): void {
    const last = this.runs.findLast(({ policy }) => TOGETHER.has(policy.kind));
    if (last === undefined) return;
    for (const [index, run] of this.runs.entries()) {
      if (TOGETHER.has(run.policy.kind)) this.runs[index] = { ...run, patched: last.patched };
    }
  }

  async runImages(): Promise<void> {
    const [set, options, object] = [this.#set, this.#options, this.#object];
    const input = inputOf(object, operationOf(options.operation ?? options.values.operation), options);
    this.runs.push(...(await runImages(set, { object, input }, options)));
  }

  async runCleanups(): Promise<void> {
    const [set, options, object] = [this.#set, this.#options, this.#object];
    for (const plan of set.cleanups) {
      const run = await runCleanup(plan, object, { ...options, explain: options.explain?.(false) === true });
      const isExplained = asksForExplanation(options, run);
      this.runs.push(isExplained ? { ...run, explained: explainCleanup(run, await set.places.ofPlan(plan)) } : run);
    }
    const input = inputOf(object, "CREATE", options);
    for (const plan of set.celPlans) {
      if (plan.type !== "Deletion") continue;
      const run = await runCelPolicy(plan, { object, input }, this.#celOptions);
      if (run.isSilent !== true || run.explained !== undefined) this.runs.push(run);
    }
  }
}

const TOGETHER: ReadonlySet<string> = new Set(["MutatingPolicy", "NamespacedMutatingPolicy"]);

function celOptionsOf({ celExceptions, places }: PolicySet, options: RunOptions): CelRunOptions {
  const { load, celLoad = load, schemaOf, changesExisting = false, now, seed, elapsed } = options;
  const isExplained = (evaluation: KyvernoEvaluation): boolean => asksForExplanation(options, evaluation);
  const schemas = schemaOf === undefined ? {} : { schemaOf };
  return {
    exceptions: celExceptions,
    places,
    load: celLoad,
    ...schemas,
    changesExisting,
    now,
    seed,
    elapsed,
    isExplained,
  };
}

/** What a spent budget says needs no explanation, and making one would take as long again. */
const SELF_EXPLAINING: ReadonlySet<ErrorCode | undefined> = new Set(["BUDGET_EXCEEDED", "LIMIT_EXCEEDED"]);

/** A generate rule that made nothing has a code, too. */
function asksForExplanation({ explain }: RunOptions, { responses }: Pick<PolicyRun, "responses">): boolean {
  if (explain === undefined) return false;
  return explain(
    responses.some(({ status, code }) => (status === "error" || code !== undefined) && !SELF_EXPLAINING.has(code)),
  );
}

type ImageOutcomes = NonNullable<ClusterPolicyOptions["imageOutcomes"]>;

/** One pass of a policy over an object, with the facts that there are. */
type Pass = (facts: Facts, previous: KyvernoEvaluation | undefined, explain?: boolean) => KyvernoEvaluation;

const NO_FACTS: Facts = new Map();
const NO_RULE_VALUES: PolicyValues["rules"] = new Map();

function passOf(
  { exceptions }: PolicySet,
  plan: KyvernoPlan,
  { input, values }: Subject,
  { now, seed, served, values: given }: RunOptions,
  phase: KyvernoPhase,
  imageOutcomes: ImageOutcomes | undefined,
): Pass {
  const rules = given.hasRuleValues(plan.policy)
    ? new Map(plan.rules.map(({ name }) => [name, given.forRule(plan.policy, name)] as const))
    : NO_RULE_VALUES;
  const options = {
    now,
    seed,
    served,
    exceptions,
    phases: [phase],
    values: { variables: values.variables, rules },
    ...(imageOutcomes === undefined ? {} : { imageOutcomes }),
  };
  return (facts, previous, explain = false) =>
    evaluateClusterPolicy(plan, input, { ...options, facts, previous, explain });
}

/** Goes on with facts where the first pass could not finish. */
function loadFacts(
  plan: KyvernoPlan,
  pass: Pass,
  first: KyvernoEvaluation,
  { load, elapsed }: RunOptions,
): Promise<{ readonly evaluation: KyvernoEvaluation; readonly facts: Facts }> {
  return resolveFacts<KyvernoEvaluation>({
    evaluate: (facts, previous) => (previous === undefined ? first : pass(facts, previous)),
    load: (requests) => load(requests),
    abandon: (unfinished, failure) => abandonClusterPolicy(plan, unfinished, failure),
    now: elapsed,
  });
}

const NAMES = new WeakMap<KyvernoPlan, PolicyRun["policy"]>();

function nameOf(plan: KyvernoPlan): PolicyRun["policy"] {
  let name = NAMES.get(plan);
  if (name === undefined) {
    const { kind, namespace, policy, annotations } = plan;
    const process = plan.background ? "background scan" : "admission review";
    name = Object.freeze({ kind, namespace, name: policy, annotations, process });
    NAMES.set(plan, name);
  }
  return name;
}
