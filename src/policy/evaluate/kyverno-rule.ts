import { isAmapError, isValueObject, memberOf, textOf, type Value, writeJson } from "../../base/index.ts";
import type { KyvernoPlan } from "../compile/cluster-policy.ts";
import type { PlannedKyvernoRule } from "../compile/planned-rule.ts";
import { MatchTarget } from "../language/match/target.ts";
import { exceptionConditionsHold } from "../rules/exception-conditions.ts";
import type { ActionRun, RuleAction } from "../rules/rule-action.ts";
import { RuleBudget, type RuleMemory } from "../rules/rule-memory.ts";
import { errorOf, joinNonEmpty, type RuleOutcome, type RuleResult, skip } from "../rules/rule-outcome.ts";
import type { RuleRun } from "../rules/rule-run.ts";
import { type CompiledException, exceptionsThatHold } from "./exceptions.ts";
import { NotingFactReader, type PendingFacts } from "./fact-reader.ts";
import { MISSING_FACT } from "./facts.ts";
import { imagesAlone } from "./image-variables.ts";
import { type PolicyInput, resourceTypeOf } from "./input.ts";
import type { ClusterPolicyOptions } from "./kyverno-options.ts";
import type { FinishedKyvernoRule } from "./kyverno-progress.ts";
import type { ImageOutcomes, KyvernoRuleResponse } from "./kyverno-response.ts";
import type { GivenVariable } from "./policy-values.ts";
import { membersOfRequest } from "./request-members.ts";
import { RuleContext } from "./rule-context.ts";
import type { TraceStep } from "./rule-trace.ts";
import { TraceWriter } from "./trace-writer.ts";

/** What the rules of one pass share. */
export interface KyvernoPass {
  readonly plan: KyvernoPlan;
  readonly input: PolicyInput;
  readonly options: ClusterPolicyOptions;
  /** Given variables that change no object. */
  readonly variables: readonly GivenVariable[];
  readonly pending: PendingFacts;
  /** How far a rule's loops have come. */
  readonly memoryOf: (key: string) => RuleMemory;
  /** What verifying a rule's images came to, when it is done. */
  readonly imagesOf: (rule: string) => ImageOutcomes | undefined;
}

const NOTHING: FinishedKyvernoRule = Object.freeze({ responses: [], effects: [] });

/**
 * What one rule says of the object in the action's phase; undefined when it waits for facts.
 */
export function evaluateKyvernoRule(
  pass: KyvernoPass,
  rule: PlannedKyvernoRule,
  action: RuleAction,
  object: Value,
  key: string,
): FinishedKyvernoRule | undefined {
  const evaluation = new RuleEvaluation(pass, rule, action, object, key);
  const { reader } = evaluation;
  let done: FinishedKyvernoRule;
  try {
    done = action.phase === "generate" ? evaluation.generate() : evaluation.apply();
  } catch (thrown) {
    if (thrown === MISSING_FACT) return undefined;
    // A spent budget and broken limits end the rule and no other one.
    if (!isAmapError(thrown)) throw thrown;
    done = evaluation.finish([{ status: "error", code: thrown.code, message: thrown.message }]);
  }
  // Whatever came out, it does not count when a fact was missing on the way: the miss may have been swallowed.
  return reader.misses > 0 ? undefined : { ...done, steps: evaluation.steps };
}

/** One rule in one phase of one pass. */
class RuleEvaluation {
  readonly reader: NotingFactReader;
  readonly #pass: KyvernoPass;
  readonly #rule: PlannedKyvernoRule;
  readonly #action: RuleAction;
  readonly #object: Value;
  readonly #key: string;
  readonly #budget: RuleBudget;
  readonly #trace: TraceWriter | undefined;
  #properties: Readonly<Record<string, string>> | undefined;

  constructor(pass: KyvernoPass, rule: PlannedKyvernoRule, action: RuleAction, object: Value, key: string) {
    const { plan, options } = pass;
    this.#pass = pass;
    this.#rule = rule;
    this.#action = action;
    this.#object = object;
    this.#key = key;
    this.reader = new NotingFactReader(options.facts, pass.pending);
    this.#budget = new RuleBudget([options.seed, plan.namespace, plan.policy, rule.name, action.phase]);
    this.#trace = options.explain === true ? new TraceWriter([object, pass.input.oldObject], options.facts) : undefined;
  }

  get steps(): number {
    return this.#budget.spent.steps;
  }

  /** As Kyverno goes through a mutate, verifyImages or validate rule. */
  apply(): FinishedKyvernoRule {
    const target = this.#target(this.#object);
    if (!this.#matches(target)) return this.#unmatched(target);
    const early = this.#webhookOutcome();
    if (early?.status === "skip") return this.#silent(early.message);
    if (early !== undefined) return this.finish([early], target);
    let run = this.#run(this.#baseContext());
    try {
      if (!this.#action.concerns(run)) return this.#silent("it has nothing to say of this object");
    } catch (thrown) {
      return this.finish([errorOf("failed to instantiate handler", thrown)], target);
    }
    try {
      run = { ...run, context: run.load(this.#rule.entries, run.context) };
    } catch (thrown) {
      return this.finish([errorOf("failed to load context", thrown)], target);
    }
    const unmet = this.#preconditions(run, "failed to evaluate preconditions");
    if (unmet !== undefined) return this.finish([unmet], target);
    this.#readProperties(run);
    const exceptions = this.#exceptions(run, target);
    // A podSecurity rule may be excepted from some controls only.
    const isWhole =
      this.#action.isPodSecurity !== true || exceptions.some(({ podSecurity }) => podSecurity.length === 0);
    // It says nothing of an object that is deleted, excepted or not.
    const isSilent = this.#action.isPodSecurity === true && run.operation === "DELETE";
    if (exceptions.length > 0 && isWhole && !isSilent) return this.finish([this.#excepted(exceptions)], target);
    return this.#act(run, target, exceptions);
  }

  /** As Kyverno finds out whether a generate rule is triggered: exceptions come first, an old object may match, too. */
  generate(): FinishedKyvernoRule {
    const { input } = this.#pass;
    const target = this.#target(this.#object);
    let run = this.#run(this.#baseContext());
    const exceptions = this.#exceptions(run, target);
    if (exceptions.length > 0) {
      const keys = exceptions.map(({ key }) => key);
      const message = `rule is skipped due to policy exception ${keys.join(", ")}`;
      return this.finish([{ ...skip(message), exceptions: keys }], target);
    }
    const old = input.oldObject ?? null;
    if (!isValueObject(this.#object) || !this.#matches(target)) {
      const before = isValueObject(old) ? this.#target(old) : undefined;
      const matched = before !== undefined && this.#rule.match.matches(before).matched;
      return matched ? this.finish([{ status: "fail", message: "" }], target) : this.#unmatched(target);
    }
    try {
      run = { ...run, context: run.load(this.#rule.entries, run.context) };
    } catch (thrown) {
      return this.finish([errorOf("failed to load context", thrown)], target);
    }
    this.#readProperties(run);
    const unmet = this.#preconditions(run, "failed to evaluate conditions");
    if (unmet === undefined) return this.#act(run, target, []);
    if (unmet.status === "error") return this.finish([unmet], target);
    if (!isValueObject(old)) return this.finish([skip("")], target);
    // What was generated before goes when the object no longer meets the conditions that it met.
    const before = { ...run, context: run.context.withResource(old) };
    try {
      const held = this.#rule.preconditions?.evaluate(before, before.context);
      return this.finish([held?.holds === true ? { status: "fail", message: held.message } : skip("")], target);
    } catch (thrown) {
      return this.finish([errorOf("failed to evaluate conditions for old resource", thrown)], target);
    }
  }

  /** The responses of outcomes. */
  finish(
    outcomes: readonly RuleOutcome[],
    target = this.#target(this.#object),
    result?: RuleResult,
  ): FinishedKyvernoRule {
    const failureAction = this.#rule.failureAction(target);
    const { plan } = this.#pass;
    const { phase } = this.#action;
    const responses = outcomes.map(({ emitWarning, ...outcome }): KyvernoRuleResponse => {
      const isTrouble = outcome.status === "fail" || outcome.status === "error" || outcome.status === "warn";
      return Object.freeze({
        policy: plan.policy,
        namespace: plan.namespace,
        rule: this.#rule.name,
        type: this.#action.type,
        phase,
        ...outcome,
        failureAction,
        emitWarning: emitWarning ?? isTrouble,
        ...(this.#properties === undefined ? {} : { properties: this.#properties }),
        ...(this.#trace === undefined ? {} : { trace: this.#trace.steps }),
      });
    });
    return {
      responses,
      effects: result?.effects ?? [],
      ...(result?.object === undefined ? {} : { object: result.object }),
    };
  }

  #act(run: RuleRun, target: MatchTarget, exceptions: readonly CompiledException[]): FinishedKyvernoRule {
    const result = this.#action.evaluate({
      ...run,
      exceptions,
      asOldObject: () => this.#asOldObject(run),
      imageOutcomes: () => this.#imageOutcomes(run),
    });
    const { type } = result;
    const done = this.finish(result.outcomes, target, result);
    const silent = result.outcomes.length === 0 ? this.#silent("it looked at nothing of this object") : NOTHING;
    return {
      ...done,
      ...(silent.unmatched === undefined ? {} : { unmatched: silent.unmatched }),
      responses: type === undefined ? done.responses : done.responses.map((response) => ({ ...response, type })),
      ...(result.images === undefined ? {} : { images: result.images }),
    };
  }

  #matches(target: MatchTarget): boolean {
    const result = this.#rule.match.matches(target);
    const reason = result.matched ? "" : result.reason;
    this.#trace?.push({ kind: "match", matched: result.matched, reason });
    return result.matched;
  }

  #target(object: Value): MatchTarget {
    return new MatchTarget({ ...this.#pass.input, object }, (steps) => this.#budget.charge(steps));
  }

  /** Why nothing is said, for explanations. */
  #silent(...reasons: readonly string[]): FinishedKyvernoRule {
    if (this.#trace === undefined) return NOTHING;
    const { name: rule } = this.#rule;
    return { ...NOTHING, unmatched: { rule, phase: this.#action.phase, reasons, trace: this.#trace.steps } };
  }

  #unmatched(target: MatchTarget): FinishedKyvernoRule {
    return this.#trace === undefined ? NOTHING : this.#silent(...this.#rule.match.explain(target));
  }

  /** A `skip` is silent: the API server would not have asked. */
  #webhookOutcome(): RuleOutcome | undefined {
    const { plan, input, options } = this.#pass;
    const outcome = plan.conditions(input, this.#object, options.now, this.reader);
    if (outcome.status === "applies") return undefined;
    return outcome.status === "skip" ? skip(outcome.reason) : outcome;
  }

  #run(context: RuleContext): RuleRun {
    const { plan, input, options } = this.#pass;
    const given = options.values?.rules.get(this.#rule.name) ?? [];
    return {
      policy: plan.policy,
      policyNamespace: plan.namespace,
      rule: this.#rule.name,
      input,
      now: options.now,
      object: this.#object,
      oldObject: input.oldObject ?? null,
      operation: input.operation,
      context,
      facts: this.reader,
      load: (entries, parent) => entries(parent.withVariables(given), this.reader, options.served),
      budget: this.#budget,
      memory: this.#pass.memoryOf(this.#key),
      note: this.#trace === undefined ? undefined : (step) => this.#trace?.push(step),
    };
  }

  #baseContext(): RuleContext {
    const { input, options } = this.#pass;
    const budget = this.#budget;
    const object = this.#object;
    const members = membersOfRequest({
      object: isValueObject(object) ? object : undefined,
      oldObject: input.oldObject ?? undefined,
      operation: input.operation,
      namespace: input.requested?.namespace || textOf(memberOf(object, "metadata"), "namespace"),
      userInfo: input.userInfo,
      roles: input.roles,
      clusterRoles: input.clusterRoles,
      admission: options.isAdmission === true ? admissionMembers(input, object) : undefined,
    });
    const surroundings = {
      now: options.now,
      charge: (steps: number) => budget.charge(steps),
      entropy: () => budget.draw(),
    };
    // Kyverno finds the images when it begins to mutate: those that a mutate rule of the policy writes do not count.
    const subject = this.#action.phase === "mutate" ? (input.object ?? object) : object;
    const trace = this.#trace;
    const note = trace === undefined ? undefined : (step: TraceStep) => trace.push(step);
    return RuleContext.create(members, input.operation, surroundings, note)
      .withLazyMembers(imagesAlone(subject), this.reader)
      .withVariables(this.#pass.variables);
  }

  /** Why the rule does not go on; undefined when its preconditions are met. */
  #preconditions(run: RuleRun, doing: string): RuleOutcome | undefined {
    try {
      const met = this.#rule.preconditions?.evaluate(run, run.context);
      if (met?.holds !== false) return undefined;
      return skip(joinNonEmpty(["preconditions not met", met.message], "; "));
    } catch (thrown) {
      return errorOf(doing, thrown);
    }
  }

  /** What of them cannot be substituted stays as it is written: no verdict hangs on it. */
  #readProperties({ context }: RuleRun): void {
    const { properties, source } = this.#rule;
    if (properties === undefined) return;
    try {
      const rendered = properties.render(context);
      if (isValueObject(rendered)) this.#properties = textsOf(rendered);
    } catch (thrown) {
      errorOf("", thrown);
      this.#properties = source.reportProperties ?? {};
    }
  }

  #exceptions(run: RuleRun, target: MatchTarget): readonly CompiledException[] {
    const { plan, options } = this.#pass;
    const policy = plan.namespace === "" ? plan.policy : `${plan.namespace}/${plan.policy}`;
    const found = options.exceptions?.forRule(policy, this.#rule.name) ?? [];
    if (found.length === 0) return found;
    const holding = exceptionsThatHold(found, target, (conditions) =>
      exceptionConditionsHold(conditions, run, run.context),
    );
    for (const exception of found) {
      this.#trace?.push({ kind: "exception", name: exception.key, holds: holding.includes(exception) });
    }
    return holding;
  }

  #excepted(exceptions: readonly CompiledException[]): RuleOutcome {
    // Of a podSecurity rule one that is from the whole rule is named, of others all of them.
    const named =
      this.#action.isPodSecurity === true
        ? exceptions.filter(({ podSecurity }) => podSecurity.length === 0).slice(0, 1)
        : exceptions;
    const keys = named.map(({ key }) => key);
    const text = keys.join(", ");
    const message =
      this.#action.isPodSecurity === true
        ? `rule is skipped due to policy exception ${text}`
        : `rule is skipped due to policy exceptions${text}`;
    return { ...skip(message), exceptions: keys };
  }

  /** As if the object's old version were being created, by nobody that a rule could name. */
  #asOldObject(run: RuleRun): RuleRun | undefined {
    const { input } = this.#pass;
    const object = run.oldObject;
    // As in Kyverno, which cannot evaluate preconditions here: then the old object counts as not matched.
    if (this.#rule.preconditions !== undefined || !isValueObject(object)) return undefined;
    const { requested: _, subresource: __, ...rest } = input;
    const before: PolicyInput = {
      ...rest,
      object,
      oldObject: null,
      operation: "CREATE",
      userInfo: NOBODY,
      roles: [NO_ROLE],
      clusterRoles: [NO_ROLE],
    };
    const target = new MatchTarget(before, (steps) => this.#budget.charge(steps));
    if (!this.#rule.match.matches(target).matched) return undefined;
    const request = run.context.member("request");
    const shown = { ...(isValueObject(request) ? request : {}), object, oldObject: {}, operation: "CREATE" };
    return {
      ...run,
      input: before,
      object,
      oldObject: null,
      operation: "CREATE",
      context: run.context.withMembers({ request: shown }),
      memory: this.#pass.memoryOf(`${this.#key}/old`),
      note: undefined,
    };
  }

  /** What the phase before found, or else what verifying finds now. */
  #imageOutcomes(run: RuleRun): ImageOutcomes {
    const known = this.#pass.imagesOf(this.#rule.name);
    if (known !== undefined) return known;
    const verify = this.#rule.actions.find(({ phase }) => phase === "verifyImages");
    const actionRun: ActionRun = {
      ...run,
      memory: this.#pass.memoryOf(`${this.#key}/images`),
      exceptions: [],
      asOldObject: () => undefined,
      imageOutcomes: () => new Map(),
    };
    return verify?.evaluate(actionRun).images ?? new Map();
  }
}

const NO_ROLE = "kyverno:invalidrole";
const NOBODY: Value = Object.freeze({
  username: "kyverno:kyverno-invalid-controller",
  uid: "kyverno:invaliduid",
  groups: ["kyverno:invalidgroup"],
});

function textsOf(value: Readonly<Record<string, Value>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, typeof member === "string" ? member : writeJson(member)]),
  );
}

/** What else an AdmissionRequest has. */
function admissionMembers(input: PolicyInput, object: Value): Readonly<Record<string, Value>> {
  const type = resourceTypeOf({ ...input, object });
  return {
    kind: { group: type.resourceGroup, version: type.resourceVersion, kind: input.requested?.kind ?? type.kind },
    resource: { group: type.resourceGroup, version: type.resourceVersion, resource: type.resource },
    ...(type.subresource === "" ? {} : { subResource: type.subresource }),
    name: type.name,
    dryRun: false,
    object: null,
    oldObject: null,
  };
}
