import { type ErrorCode, isValueObject, LIMITS, memberOf, type Value, type ValueObject } from "../../base/index.ts";
import type { KyvernoPlan } from "../compile/cluster-policy.ts";
import { actionFor, type PlannedKyvernoRule } from "../compile/planned-rule.ts";
import { MatchTarget } from "../language/match/target.ts";
import type { RuleAction } from "../rules/rule-action.ts";
import { NO_SCOPE } from "../rules/rule-compiler.ts";
import { RuleMemory } from "../rules/rule-memory.ts";
import { PendingFacts } from "./fact-reader.ts";
import type { PolicyInput } from "./input.ts";
import type { ClusterPolicyOptions } from "./kyverno-options.ts";
import { type FinishedKyvernoRule, type KyvernoProgress, recallKyverno, rememberKyverno } from "./kyverno-progress.ts";
import type {
  ImageOutcomes,
  KyvernoEffect,
  KyvernoEvaluation,
  KyvernoPhase,
  KyvernoRuleResponse,
  UnmatchedRule,
} from "./kyverno-response.ts";
import { evaluateKyvernoRule, type KyvernoPass } from "./kyverno-rule.ts";
import type { GivenVariable } from "./policy-values.ts";
import { RuleContext } from "./rule-context.ts";

/**
 * One pass of a kyverno.io policy over an object: the responses of all rules that are finished, the object as they leave
 * it, what is to be done, and the facts that the others wait for. Call it again with these facts and the evaluation as
 * `previous` until `pending` is empty. Verdicts and messages are Kyverno's 1.19; a rule that does not match has no
 * response. Nothing that is given is changed. A rule that uses more than LIMITS.evaluationSteps is `error`, and so is one
 * that fails: the others go on with the object as it was before it. So are all rules behind those that together use more
 * than LIMITS.policySteps.
 *
 * @throws {AmapError} BUG when `previous` is of another plan
 * @example
 * ```ts
 * import { compileClusterPolicy, decodePolicies, evaluateClusterPolicy } from "../index.ts";
 * const decoded = decodePolicies(`
 * apiVersion: kyverno.io/v1
 * kind: ClusterPolicy
 * metadata: {name: named}
 * spec:
 *   rules:
 *   - name: team
 *     match: {any: [{resources: {kinds: [Pod]}}]}
 *     validate: {message: who owns it?, pattern: {metadata: {labels: {team: "?*"}}}}
 * `, "named.yaml");
 * const [policy] = decoded.ok ? decoded.value : [];
 * const plan = policy?.kind === "ClusterPolicy" ? compileClusterPolicy(policy) : undefined;
 * const object = { apiVersion: "v1", kind: "Pod", metadata: { name: "web", labels: { team: "" } } };
 * const options = { facts: new Map(), now: 0, seed: "" };
 * const done = plan?.ok ? evaluateClusterPolicy(plan.value, { object, operation: "CREATE" }, options) : undefined;
 * done?.responses[0]?.message; // "validation error: who owns it?. rule team failed at path /metadata/labels/team/"
 * ```
 */
export function evaluateClusterPolicy(
  plan: KyvernoPlan,
  input: PolicyInput,
  options: ClusterPolicyOptions,
): KyvernoEvaluation {
  const { previous } = options;
  if (previous !== undefined && previous.policy === plan.policy && previous.pending.length === 0) return previous;
  const before = previous === undefined ? undefined : recallKyverno(plan, previous);
  return new PlanPass(plan, input, options, before).run();
}

/**
 * The same evaluation with every unfinished rule ended as `error`: what a spent budget or a passed deadline leads to.
 * Finished rules stay as they are; an evaluation that is finished is given back.
 *
 * @throws {AmapError} BUG when the evaluation is of another plan
 * @example
 * ```ts
 * import { abandonClusterPolicy, compileClusterPolicy, decodePolicies, evaluateClusterPolicy } from "../index.ts";
 * const decoded = decodePolicies(`
 * apiVersion: kyverno.io/v1
 * kind: ClusterPolicy
 * metadata: {name: known}
 * spec:
 *   rules:
 *   - name: owner
 *     match: {any: [{resources: {kinds: [Pod]}}]}
 *     context: [{name: owners, configMap: {name: owners, namespace: base}}]
 *     validate: {pattern: {metadata: {labels: {team: "{{owners.data.team}}"}}}}
 * `, "known.yaml");
 * const [policy] = decoded.ok ? decoded.value : [];
 * const plan = policy?.kind === "ClusterPolicy" ? compileClusterPolicy(policy) : undefined;
 * const input = { object: { apiVersion: "v1", kind: "Pod", metadata: { name: "web" } }, operation: "CREATE" } as const;
 * const options = { facts: new Map(), now: 0, seed: "" };
 * const late = { code: "TIMEOUT", message: "too late" } as const;
 * const done = plan?.ok
 *   ? abandonClusterPolicy(plan.value, evaluateClusterPolicy(plan.value, input, options), late)
 *   : undefined;
 * done?.responses[0]?.status; // "error"
 * ```
 */
export function abandonClusterPolicy(
  plan: KyvernoPlan,
  evaluation: KyvernoEvaluation,
  failure: { readonly code: ErrorCode; readonly message: string },
): KyvernoEvaluation {
  if (evaluation.pending.length === 0) return evaluation;
  const { unfinished } = recallKyverno(plan, evaluation);
  const abandoned = unfinished.map((each) => abandonedResponse(plan, each, failure));
  const responses = Object.freeze([...evaluation.responses, ...abandoned]);
  return Object.freeze({ ...evaluation, responses, pending: [], unfinished: [] });
}

function abandonedResponse(
  plan: KyvernoPlan,
  { rule, action }: Pick<PlannedAction, "rule" | "action">,
  { code, message }: { readonly code: ErrorCode; readonly message: string },
): KyvernoRuleResponse {
  return {
    policy: plan.policy,
    namespace: plan.namespace,
    rule: rule.name,
    type: action.type,
    phase: action.phase,
    status: "error",
    code,
    message,
    failureAction: plan.failureAction,
    emitWarning: true,
  };
}

/** What one rule does in a phase; `index` is its place in the phase. */
interface PlannedAction {
  readonly rule: PlannedKyvernoRule;
  readonly action: RuleAction;
  readonly index: number;
}

/** One pass. */
class PlanPass {
  readonly #plan: KyvernoPlan;
  readonly #pass: KyvernoPass;
  readonly #phases: readonly KyvernoPhase[];
  readonly #finished: Map<string, FinishedKyvernoRule>;
  readonly #memories: Map<string, RuleMemory>;
  readonly #unfinished: KyvernoProgress["unfinished"][number][] = [];
  readonly #responses: KyvernoRuleResponse[] = [];
  readonly #effects: KyvernoEffect[] = [];
  readonly #images = new Map<string, ImageOutcomes>();
  readonly #unmatched: UnmatchedRule[] = [];
  #object: Value;
  /** What the finished rules have used up, in the order of the rules: it does not depend on the passes. */
  #steps = 0;

  constructor(
    plan: KyvernoPlan,
    input: PolicyInput,
    options: ClusterPolicyOptions,
    before: KyvernoProgress | undefined,
  ) {
    this.#plan = plan;
    this.#phases = plan.phases.filter((phase) => options.phases === undefined || options.phases.includes(phase));
    this.#finished = new Map(before?.finished);
    this.#memories = new Map(before?.memories);
    const given = withVariables(input, options.values?.variables ?? []);
    this.#object = given.input.object;
    this.#pass = {
      plan,
      input: given.input,
      variables: given.others,
      options,
      pending: new PendingFacts(),
      memoryOf: (key) => {
        let memory = this.#memories.get(key);
        if (memory === undefined) {
          memory = new RuleMemory();
          this.#memories.set(key, memory);
        }
        return memory;
      },
      imagesOf: (rule) => this.#images.get(rule) ?? options.imageOutcomes?.get(rule),
    };
  }

  run(): KyvernoEvaluation {
    let isWaiting = false;
    for (const phase of this.#phases) {
      if (isWaiting) this.#postpone(phase);
      else isWaiting = !this.#runPhase(phase);
    }
    const evaluation: KyvernoEvaluation = Object.freeze({
      policy: this.#plan.policy,
      responses: Object.freeze([...this.#responses]),
      object: this.#object,
      effects: Object.freeze([...this.#effects]),
      pending: Object.freeze([...this.#pass.pending.requests.values()]),
      unfinished: Object.freeze(this.#unfinished.map(({ rule }) => rule.name)),
      imageOutcomes: this.#images,
      ...(this.#pass.options.explain === true ? { unmatched: this.#unmatched } : {}),
    });
    if (this.#unfinished.length === 0) return evaluation;
    return rememberKyverno(evaluation, {
      plan: this.#plan,
      finished: this.#finished,
      memories: this.#memories,
      unfinished: this.#unfinished,
    });
  }

  /** The rules of a phase that has to wait for one before it: an evaluation that is given up must not forget them. */
  #postpone(phase: KyvernoPhase): void {
    for (const { rule, action } of this.#actionsOf(phase)) this.#unfinished.push({ rule, action });
  }

  /** What is to be done in a phase, in order. */
  #actionsOf(phase: KyvernoPhase): readonly PlannedAction[] {
    const isAdmission = this.#pass.options.isAdmission === true;
    const rules = this.#plan.rulesFor(kindAskedFor(this.#pass.input, this.#object), phase);
    return rules.flatMap((rule, index) => {
      const action = actionFor(rule, phase);
      return action === undefined || (action.isBackground === true && isAdmission) ? [] : [{ rule, action, index }];
    });
  }

  /** Whether all rules of a phase are finished. */
  #runPhase(phase: KyvernoPhase): boolean {
    const plan = this.#plan;
    if (this.#pass.options.explain === true) this.#explainOthers(phase);
    // A rule sees what those before it made, and of applyRules One only the first that applies counts.
    const isChain = phase === "mutate" || phase === "verifyImages" || plan.applyRules === "One";
    let isWaiting = false;
    for (const { rule, action, index } of this.#actionsOf(phase)) {
      if ((isWaiting && isChain) || this.#pass.pending.full) {
        this.#unfinished.push({ rule, action });
        isWaiting = true;
        continue;
      }
      const key = `${phase}/${index}`;
      const done = this.#evaluate({ rule, action, index }, key);
      if (done === undefined) {
        this.#unfinished.push({ rule, action });
        isWaiting = true;
        continue;
      }
      this.#finished.set(key, done);
      this.#take(rule, done);
      if (plan.applyRules === "One" && done.responses.some((response) => counts(phase, response))) break;
    }
    return !isWaiting;
  }

  /** What a rule came to, now or in a pass before; an error behind rules that have used up the policy's budget. */
  #evaluate({ rule, action }: PlannedAction, key: string): FinishedKyvernoRule | undefined {
    if (this.#steps >= LIMITS.policySteps) {
      const message = `the rules of the policy take more than ${LIMITS.policySteps} steps`;
      const response = abandonedResponse(this.#plan, { rule, action }, { code: "BUDGET_EXCEEDED", message });
      return { responses: [response], effects: [] };
    }
    return this.#finished.get(key) ?? evaluateKyvernoRule(this.#pass, rule, action, this.#object, key);
  }

  #take(rule: PlannedKyvernoRule, done: FinishedKyvernoRule): void {
    // What was asked for at once and refused was not done.
    this.#steps += Math.min(done.steps ?? 0, LIMITS.evaluationSteps);
    this.#responses.push(...done.responses);
    this.#effects.push(...done.effects);
    if (done.object !== undefined) this.#object = done.object;
    if (done.images !== undefined) this.#images.set(rule.name, done.images);
    if (done.unmatched !== undefined) this.#unmatched.push(done.unmatched);
  }

  /** Rules for other kinds are not even looked at; an explanation names them. */
  #explainOthers(phase: KyvernoPhase): void {
    const rules = this.#plan.rulesFor(kindAskedFor(this.#pass.input, this.#object), phase);
    const target = new MatchTarget({ ...this.#pass.input, object: this.#object }, () => {});
    for (const rule of this.#plan.rules) {
      if (rules.some(({ name }) => name === rule.name) || !rule.phases.includes(phase)) continue;
      this.#unmatched.push({ rule: rule.name, phase, reasons: rule.match.explain(target) });
    }
  }
}

/** Whether a response means that its rule applied. */
function counts(phase: KyvernoPhase, { status }: KyvernoRuleResponse): boolean {
  return phase === "generate" ? status !== "skip" : status === "pass" || status === "fail";
}

function kindAskedFor(input: PolicyInput, object: Value): string {
  const subject = isValueObject(object) ? object : (input.oldObject ?? null);
  const kind = memberOf(subject, "kind");
  return input.requested?.kind ?? (typeof kind === "string" ? kind : "");
}

const OBJECT_VARIABLE = /^request\.(?:object|oldObject)(?:\.|$)/;

/** The input as given variables change its objects, and the variables that change something else. */
function withVariables(
  input: PolicyInput,
  all: readonly GivenVariable[],
): { readonly input: PolicyInput; readonly others: readonly GivenVariable[] } {
  const own = all.filter(([name]) => OBJECT_VARIABLE.test(name));
  if (own.length === 0) return { input, others: all };
  const { object, oldObject = null } = input;
  const shown: ValueObject = {
    ...(isValueObject(object) ? { object } : {}),
    ...(oldObject === null ? {} : { oldObject }),
  };
  const request = RuleContext.create({ request: shown }, input.operation, NO_SCOPE.context)
    .withVariables(own)
    .member("request");
  return {
    input: {
      ...input,
      object: input.operation === "DELETE" ? null : (memberOf(request, "object") ?? null),
      ...(oldObject === null ? {} : { oldObject: memberOf(request, "oldObject") ?? null }),
    },
    others: all.filter(([name]) => !OBJECT_VARIABLE.test(name)),
  };
}
