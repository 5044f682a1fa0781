import { LIMITS, memberOf, textOf, type Value } from "../../base/index.ts";
import type {
  CelPlan,
  KyvernoEvaluation,
  KyvernoPlan,
  KyvernoRuleResponse,
  UnmatchedRule,
} from "../../policy/index.ts";
import type { ExplainedRule } from "../../report/index.ts";
import type { Locate } from "./policy-places.ts";
import type { PolicyRun } from "./policy-run.ts";

/** An evaluation that was made with `explain`, and where its policy stands. */
interface ExplainedEvaluation<Plan> {
  readonly plan: Plan;
  readonly evaluation: KyvernoEvaluation;
  /** The object that it is about. */
  readonly object: Value;
  readonly locate: Locate;
}

/** What happened in an evaluation, rule after rule; those without a response with the reason. */
export function explainRun({
  plan,
  evaluation,
  object,
  locate,
}: ExplainedEvaluation<KyvernoPlan>): readonly ExplainedRule[] {
  const paths = new Map(plan.rules.map(({ name, path }) => [name, path]));
  const about = {
    policy: plan.namespace === "" ? plan.policy : `${plan.namespace}/${plan.policy}`,
    resource: nameOf(object),
    locate,
  };
  const pathOf = (rule: string): string => paths.get(rule) ?? "spec.rules";
  const answered = evaluation.responses.map((response) => ({
    ...about,
    ...answerOf(response),
    ...(response.status === "error" ? { failurePolicy: plan.failurePolicy } : {}),
    path: pathOf(response.rule),
  }));
  const silent = (evaluation.unmatched ?? [])
    .filter((unmatched) => isWorthTelling(unmatched, pathOf(unmatched.rule)))
    .map((unmatched) => ({ ...about, ...silenceOf(unmatched), path: pathOf(unmatched.rule) }));
  return [...answered, ...silent];
}

/** What happened in an evaluation of a policy of the CEL kinds, which stands in its whole `spec`. */
export function explainCelRun({
  plan,
  evaluation,
  object,
  locate,
}: ExplainedEvaluation<Pick<CelPlan, "namespace" | "policy">>): readonly ExplainedRule[] {
  const policy = plan.namespace === "" ? plan.policy : `${plan.namespace}/${plan.policy}`;
  const about = { policy, resource: nameOf(object), locate, path: "spec" };
  const answered = evaluation.responses.map((response) => ({ ...about, ...answerOf(response) }));
  const silent = (evaluation.unmatched ?? []).map((unmatched) => ({ ...about, ...silenceOf(unmatched) }));
  return [...answered, ...silent];
}

/** What happened in a run of a cleanup policy, which has one rule that stands in its whole `spec`. */
export function explainCleanup({ policy, resource, responses }: PolicyRun, locate: Locate): readonly ExplainedRule[] {
  const name = policy.namespace === "" ? policy.name : `${policy.namespace}/${policy.name}`;
  const about = { policy: name, resource: nameOf(resource), locate, path: "spec" };
  return responses.map((response) => ({ ...about, ...answerOf(response), failureAction: undefined }));
}

function answerOf(response: KyvernoRuleResponse): Omit<ExplainedRule, "policy" | "resource" | "locate" | "path"> {
  const { rule, status, message, code = "", failureAction, trace = [] } = response;
  return { rule, result: status, message, code, failureAction, reasons: [], steps: trace };
}

function silenceOf({
  rule,
  reasons,
  trace = [],
}: UnmatchedRule): Omit<ExplainedRule, "policy" | "resource" | "locate" | "path"> {
  return { rule, result: "none", message: "", code: "", failureAction: undefined, reasons, steps: trace };
}

/** Rules that were generated for other kinds would be told of for every object. */
function isWorthTelling({ trace }: UnmatchedRule, path: string): boolean {
  return trace !== undefined || !path.startsWith("spec.rules(");
}

function nameOf(object: Value): string {
  const metadata = memberOf(object, "metadata");
  return [textOf(metadata, "namespace"), textOf(object, "kind"), textOf(metadata, "name")]
    .filter((part) => part !== "")
    .join("/");
}

/** Every run is explained; or, with `isAsked` false, the first ones with an error: each is evaluated a second time. */
export function explanationWanted(isAsked: boolean): (hasError: boolean) => boolean {
  if (isAsked) return () => true;
  let left = LIMITS.explainedErrors;
  return (hasError) => hasError && left-- > 0;
}
