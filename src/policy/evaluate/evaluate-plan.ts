import { type ErrorCode, isAmapError } from "../../base/index.ts";
import type { Plan, PlannedRule } from "../compile/plan.ts";
import { CelError } from "../language/cel/error.ts";
import { type EvaluationNote, NotingFactReader, PendingFacts } from "./fact-reader.ts";
import { summariseFact } from "./fact-summary.ts";
import { type FactRequest, type Facts, MISSING_FACT } from "./facts.ts";
import { checkImages } from "./image-checks.ts";
import type { PolicyInput } from "./input.ts";
import { type FinishedRule, type Remembered, recallProgress, rememberProgress } from "./progress.ts";
import { type PreparedRequest, prepareRequest } from "./request.ts";
import type { Evaluation, RuleResponse } from "./response.ts";
import { VariableScope, type VariableSource } from "./variable-scope.ts";

/** What else decides an evaluation, given from outside so that the same facts give the same decision. */
export interface EvaluateOptions {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly now: number;
  /** For functions that draw at random: the same seed, the same draw. */
  readonly seed: string;
  /** The result of the pass before, of the same plan and input: what is finished there is not evaluated again. */
  readonly previous?: Evaluation | undefined;
}

/**
 * One pass of a plan over an input: the responses of all rules that are finished, and the facts the others wait for.
 * Call it again with these facts and the evaluation as `previous` until `pending` is empty (`resolveFacts` does).
 * Facts, input and plan are not changed. A rule of which any part waits for a fact has no response yet; one that fails
 * with an error, that reads a fact that could not be loaded, or that uses more than LIMITS.evaluationSteps is `error`.
 * An input that the plan does not match gives `skip` for every rule.
 *
 * @throws {AmapError} BUG when `previous` is of another plan
 * @example
 * ```ts
 * import { compilePolicies, decodePolicies, evaluatePlan } from "../index.ts";
 * const decoded = decodePolicies(`
 * apiVersion: policies.kyverno.io/v1
 * kind: ImageValidatingPolicy
 * metadata: {name: no-latest}
 * spec:
 *   validationConfigurations: {verifyDigest: false, required: false}
 *   matchConstraints:
 *     resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
 *   attestors: []
 *   validations: [{expression: 'images.containers.all(i, image(i).tag() != "latest")', message: pin a version}]
 * `, "no-latest.yaml");
 * const plans = compilePolicies(decoded.ok ? decoded.value : []);
 * const object = { apiVersion: "v1", kind: "Pod", spec: { containers: [{ name: "web", image: "nginx" }] } };
 * const options = { now: 0, seed: "" };
 * const plan = plans.ok ? plans.value[0] : undefined;
 * plan && evaluatePlan(plan, { object, operation: "CREATE" }, new Map(), options).responses[0].status; // "fail"
 * ```
 */
export function evaluatePlan(plan: Plan, input: PolicyInput, facts: Facts, options: EvaluateOptions): Evaluation {
  const { previous } = options;
  if (previous?.policy === plan.policy && previous.pending.length === 0) return previous;
  const before = previous === undefined ? undefined : recallProgress(plan, previous);
  const request = before?.request ?? prepareRequest(plan, input, options.now);
  const pass: Pass = {
    plan,
    request,
    facts,
    now: options.now,
    seed: options.seed,
    pending: new PendingFacts(),
    remembered: new Map(before?.variables),
    waiting: new Map(before?.waiting),
  };
  const finished = new Map(before?.finished);
  for (const rule of plan.rules) {
    // Beyond the look-ahead a rule is not even begun: what it would ask for may no longer be needed by then.
    if (finished.has(rule.name) || pass.pending.full) continue;
    const done = evaluateRule(pass, rule);
    if (done !== undefined) finished.set(rule.name, done);
  }
  const unfinished = plan.rules.map((rule) => rule.name).filter((name) => !finished.has(name));
  const evaluation: Evaluation = Object.freeze({
    policy: plan.policy,
    responses: Object.freeze(responsesOf(pass, finished, unfinished.length === 0)),
    pending: Object.freeze([...pass.pending.requests.values()]),
    unfinished: Object.freeze(unfinished),
    ...verificationsIn(finished.values()),
  });
  // A finished evaluation has no next pass, and the weak map that remembers is not cheap.
  if (unfinished.length === 0) return evaluation;
  return rememberProgress(evaluation, {
    plan,
    request,
    finished,
    variables: pass.remembered,
    waiting: pass.waiting,
  });
}

/**
 * The same evaluation with every unfinished rule ended as `error`: what a spent budget or a passed deadline leads to.
 * Finished rules stay as they are.
 *
 * @example
 * ```ts
 * import { abandonEvaluation } from "../index.ts";
 * const waiting = { policy: "p", responses: [], pending: [], unfinished: ["signed"] };
 * abandonEvaluation(waiting, { code: "BUDGET_EXCEEDED", message: "late" }).responses[0].status; // "error"
 * ```
 */
export function abandonEvaluation(
  evaluation: Evaluation,
  failure: { readonly code: ErrorCode; readonly message: string },
): Evaluation {
  const { code, message } = failure;
  const abandoned = evaluation.unfinished.map(
    (rule): RuleResponse => ({ policy: evaluation.policy, rule, status: "error", code, message }),
  );
  return Object.freeze({
    policy: evaluation.policy,
    responses: Object.freeze([...evaluation.responses, ...abandoned]),
    pending: [],
    unfinished: [],
  });
}

function verificationsIn(rules: Iterable<FinishedRule>): Pick<Evaluation, "verifications"> {
  let verifications: Map<string, boolean> | undefined;
  for (const { notes } of rules) {
    for (const note of notes) {
      if (note.kind !== "verification") continue;
      verifications ??= new Map();
      verifications.set(note.image, note.verified || verifications.get(note.image) === true);
    }
  }
  return verifications === undefined ? {} : { verifications };
}

/** What the rules of one pass share. */
interface Pass {
  readonly plan: Plan;
  readonly request: PreparedRequest;
  readonly facts: Facts;
  readonly now: number;
  readonly seed: string;
  readonly pending: PendingFacts;
  readonly remembered: Map<string, Remembered>;
  readonly waiting: Map<string, readonly string[]>;
}

/** In the policy's order; the checks that need no expression come last, when everything else is finished. */
function responsesOf(
  pass: Pass,
  finished: ReadonlyMap<string, FinishedRule>,
  complete: boolean,
): readonly RuleResponse[] {
  const rules = pass.plan.rules.map((rule) => finished.get(rule.name)).filter((rule) => rule !== undefined);
  const responses = rules.map((rule) => rule.response);
  if (!complete || pass.request.applies.status !== "applies") return responses;
  const notes = rules.flatMap((rule) => rule.notes);
  return [...responses, ...checkImages(pass.plan, pass.request.images, notes, responses)];
}

/** A rule's response with what it looked at, or undefined when a fact was missing in any part of it. */
function evaluateRule(pass: Pass, rule: PlannedRule): FinishedRule | undefined {
  const { applies } = pass.request;
  const head = { policy: pass.plan.policy, rule: rule.name };
  if (applies.status !== "applies") return { response: Object.freeze({ ...head, ...applies }), notes: [] };
  const reader = new NotingFactReader(pass.facts, pass.pending);
  const scope = new VariableScope(sourceOf(pass), reader, pass, pass.waiting.get(rule.name) ?? []);
  const outcome = outcomeOf(pass, rule, scope);
  pass.waiting.set(rule.name, scope.waiting);
  // Whatever came out, it does not count when a fact was missing on the way: the miss may have been swallowed.
  if (outcome === MISSING_FACT || reader.misses > 0) return undefined;
  const evidence = Object.freeze(evidenceOf(reader.notes, pass.facts));
  const response: RuleResponse =
    outcome.status === "skip" ? { ...head, ...outcome } : { ...head, ...outcome, evidence };
  return { response: Object.freeze(response), notes: reader.notes };
}

/** `images` and the policy's variables. */
function sourceOf({ plan, request }: Pass): VariableSource {
  const { images, variables } = request;
  return {
    policy: plan.policy,
    programs: plan.variables,
    values: variables,
    other() {
      if (images.ok) return images.covered;
      throw new CelError("failed", images.message, { code: images.code });
    },
  };
}

type Outcome =
  | { readonly status: "pass" }
  | { readonly status: "fail"; readonly message: string; readonly statusReason?: string }
  | { readonly status: "skip"; readonly reason: string }
  | { readonly status: "error"; readonly code: ErrorCode; readonly message: string };

function outcomeOf(pass: Pass, rule: PlannedRule, scope: VariableScope): Outcome | typeof MISSING_FACT {
  try {
    const value = scope.evaluate(rule.program, `rules/${rule.name}`);
    if (value === true) return passOrSkip(pass.request);
    if (value === false) {
      const message = messageOf(rule, scope);
      if (message === MISSING_FACT) return MISSING_FACT;
      return {
        status: "fail",
        message,
        ...(rule.statusReason === undefined ? {} : { statusReason: rule.statusReason }),
      };
    }
    return { status: "error", code: "EXPRESSION_FAILED", message: "the validation gave neither true nor false" };
  } catch (error) {
    if (error === MISSING_FACT) return MISSING_FACT;
    if (!isAmapError(error)) throw error;
    return { status: "error", code: error.code, message: error.message };
  }
}

/** A policy for images that covers none of the object's has nothing to say of it. */
function passOrSkip({ images }: PreparedRequest): Outcome {
  if (images.ok && images.total > 0 && images.coveredImages.length === 0) {
    return { status: "skip", reason: "matchImageReferences cover none of the object's images" };
  }
  return { status: "pass" };
}

/** `messageExpression` where it gives a text, else `message`; a rule that failed stays failed when its message fails. */
function messageOf(rule: PlannedRule, scope: VariableScope): string | typeof MISSING_FACT {
  const fallback = rule.message ?? `${rule.name} is false: ${rule.program.source.trim()}`;
  if (rule.messageProgram === undefined) return fallback;
  try {
    const message = scope.evaluate(rule.messageProgram, `rules/${rule.name}/message`);
    return typeof message === "string" && message.trim() !== "" ? message : fallback;
  } catch (error) {
    if (error === MISSING_FACT) return MISSING_FACT;
    if (!isAmapError(error)) throw error;
    return `${fallback} (messageExpression failed: ${error.message})`;
  }
}

/** One summary for each fact that was read, in the order of first reading. */
function evidenceOf(notes: readonly EvaluationNote[], facts: Facts): ReturnType<typeof summariseFact>[] {
  const requests = new Map<string, FactRequest>();
  for (const note of notes) if (note.kind === "read") requests.set(note.request.key, note.request);
  return [...requests.values()].flatMap((request) => {
    const fact = facts.get(request.key);
    return fact === undefined ? [] : [summariseFact(request, fact)];
  });
}
