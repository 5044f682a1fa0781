import type { Value } from "../../base/index.ts";
import {
  abandonCelPolicy,
  type CelExceptionIndex,
  type CelPlan,
  type CelPolicyOptions,
  evaluateCelPolicy,
  type Facts,
  type KyvernoEvaluation,
  type PolicyInput,
} from "../../policy/index.ts";
import { resolveFacts } from "../fact-loop.ts";
import type { LoadFacts } from "../facts/fact-memory.ts";
import { explainCelRun } from "./explain-run.ts";
import type { PolicyPlaces } from "./policy-places.ts";
import type { PolicyName, PolicyRun } from "./policy-run.ts";

/** What one policy of the CEL kinds is asked about. */
export interface CelSubject {
  /** The object as it was when the policy came to it, also when it is deleted; or the payload. */
  readonly object: Value;
  readonly input: PolicyInput;
  /** What the policy came to before others changed the object, when it is invoked once more. */
  readonly invokedBefore?: KyvernoEvaluation;
  /** What `object` is in the modes JSON, HTTP and Envoy. */
  readonly payload?: Value;
}

/** What it is judged with. */
export interface CelRunOptions {
  readonly exceptions: CelExceptionIndex;
  readonly places: PolicyPlaces;
  readonly load: LoadFacts;
  readonly schemaOf?: NonNullable<CelPolicyOptions["schemaOf"]>;
  readonly changesExisting?: boolean;
  readonly now: number;
  readonly seed: string;
  readonly elapsed: () => number;
  /** Whether a run with such an evaluation is explained. */
  readonly isExplained: (evaluation: KyvernoEvaluation) => boolean;
}

/** A run with the evaluation it tells of. */
export interface EvaluatedRun {
  readonly run: PolicyRun;
  readonly evaluation: KyvernoEvaluation;
}

/** What a policy of the CEL kinds says of one object or payload. */
export async function runCelPolicy(plan: CelPlan, subject: CelSubject, options: CelRunOptions): Promise<PolicyRun> {
  return (await evaluateCelRun(plan, subject, options)).run;
}

/** As {@link runCelPolicy}, with the evaluation. */
export async function evaluateCelRun(
  plan: CelPlan,
  subject: CelSubject,
  options: CelRunOptions,
): Promise<EvaluatedRun> {
  const { exceptions, places, load, schemaOf, changesExisting = false, now, seed, elapsed, isExplained } = options;
  const given = {
    ...(subject.payload === undefined ? {} : { payload: subject.payload }),
    ...(schemaOf === undefined ? {} : { schemaOf }),
    ...(subject.invokedBefore === undefined ? {} : { invokedBefore: subject.invokedBefore }),
  };
  const pass = (facts: Facts, previous: KyvernoEvaluation | undefined, explain = false): KyvernoEvaluation =>
    evaluateCelPolicy(plan, subject.input, {
      facts,
      now,
      seed,
      exceptions,
      explain,
      previous,
      changesExisting,
      ...given,
    });
  // Most policies need no facts: what needs none is done without waiting.
  const first = pass(NO_FACTS, undefined);
  const { evaluation, facts } =
    first.pending.length === 0
      ? { evaluation: first, facts: NO_FACTS }
      : await resolveFacts<KyvernoEvaluation>({
          evaluate: (known, previous) => (previous === undefined ? first : pass(known, previous)),
          load: (requests) => load(requests),
          abandon: (unfinished, failure) => abandonCelPolicy(plan, unfinished, failure),
          now: elapsed,
        });
  const { responses } = evaluation;
  const run: PolicyRun = {
    policy: nameOf(plan),
    resource: subject.object,
    patched: evaluation.object ?? subject.object,
    responses,
    ...(responses.length === 0 && isSilent(plan, subject) ? { isSilent: true } : {}),
  };
  if (!isExplained(evaluation)) return { run, evaluation };
  // In one pass from the begin: what earlier passes have finished would not be told.
  const told = pass(facts, undefined, true);
  const explained = explainCelRun({
    plan,
    evaluation: told,
    object: subject.object,
    locate: await places.ofPlan(plan),
  });
  return { run: { ...run, explained }, evaluation };
}

const NO_FACTS: Facts = new Map();

/**
 * Whether a policy that says nothing of an object is as if it were not there, as Kyverno's `test` has it: else the object
 * counts as excluded. Of policies over objects it is so where they, and all that autogen makes of them, match by one rule
 * of resources alone.
 */
function isSilent({ kind, mode, variants }: CelPlan, { payload }: CelSubject): boolean {
  if (kind === "ValidatingAdmissionPolicy") return false;
  if (!SELECTING.has(kind)) return true;
  if (mode !== "Kubernetes") return payload === undefined;
  return variants.every(({ match }) => {
    const [rule, ...more] = match.targets.flatMap(({ rules }) => rules);
    const isPlain = (rule?.resourceNames ?? []).length === 0 && match.exclude.length === 0;
    return rule !== undefined && more.length === 0 && isPlain && !selectsBy(match);
  });
}

function selectsBy({ namespaceSelector, objectSelector }: CelPlan["variants"][number]["match"]): boolean {
  return [namespaceSelector, objectSelector].some((selector) => {
    const labels = Object.keys(selector?.matchLabels ?? {});
    return labels.length + (selector?.matchExpressions ?? []).length > 0;
  });
}

const SELECTING: ReadonlySet<string> = new Set([
  "ValidatingPolicy",
  "NamespacedValidatingPolicy",
  "MutatingPolicy",
  "NamespacedMutatingPolicy",
]);

const NAMES = new WeakMap<CelPlan, PolicyName>();

function nameOf(plan: CelPlan): PolicyName {
  let name = NAMES.get(plan);
  if (name === undefined) {
    const { kind, namespace, policy, annotations } = plan;
    name = Object.freeze({ kind, namespace, name: policy, annotations, process: processOf(plan) });
    NAMES.set(plan, name);
  }
  return name;
}

/** Where results come from in a cluster. */
function processOf({ type, background, admission, rules }: CelPlan): string {
  if (type === "Deletion") return "";
  if (type === "Generation") return "admission review";
  if (background || rules === "kubernetes") return "background scan";
  return admission ? "admission review" : "";
}
