import { type ErrorCode, type Value } from "../../base/index.ts";
import type { FactReader } from "../evaluate/facts.ts";
import type { PolicyInput } from "../evaluate/input.ts";
import {
  ADMISSION_STEPS,
  compileAdmissionExpression,
  createAdmissionEnvironment,
} from "../language/cel/kubernetes/admission-environment.ts";
import type { ClusterPolicySpec } from "../resource/kyverno/cluster-policy.ts";
import { admissionValues } from "../rules/cel-request.ts";
import { evaluationError } from "../rules/evaluation-error.ts";
import type { RuleCompiler } from "../rules/rule-compiler.ts";

/** Whether a policy's webhookConfiguration.matchConditions let it see an input. */
export type WebhookOutcome =
  | { readonly status: "applies" }
  | { readonly status: "skip"; readonly reason: string }
  | { readonly status: "error"; readonly code: ErrorCode; readonly message: string };

/** The conditions, compiled; they can ask for nothing. */
export type WebhookConditions = (input: PolicyInput, object: Value, now: number, facts: FactReader) => WebhookOutcome;

const APPLIES: WebhookOutcome = Object.freeze({ status: "applies" });

/**
 * Compiles the conditions as the API server evaluates them: one that is false decides, whatever the others say; otherwise
 * one that fails counts by the failure policy.
 */
export function compileWebhookConditions(
  spec: ClusterPolicySpec,
  failurePolicy: "Fail" | "Ignore",
  compiler: RuleCompiler,
): WebhookConditions {
  const stated = spec.webhookConfiguration?.matchConditions ?? [];
  if (stated.length === 0) return () => APPLIES;
  const environment = createAdmissionEnvironment({ hasAuthorizer: false });
  const conditions = stated.flatMap(({ name, expression }, index) => {
    const path = `spec.webhookConfiguration.matchConditions[${index}].expression`;
    const program = compiler.attempt(path, () => compileAdmissionExpression(expression, "bool", environment));
    return program === undefined ? [] : [{ name, program }];
  });
  return (input, object, now, facts) => {
    const { authorizer: _, "authorizer.requestResource": __, ...values } = admissionValues(input, object);
    const variables = environment.bind(values);
    let failure: WebhookOutcome | undefined;
    for (const { name, program } of conditions) {
      try {
        const met = program.evaluate({ variables, now, facts, budget: { steps: ADMISSION_STEPS } });
        if (met !== true) return { status: "skip", reason: `matchConditions ${name} is false` };
      } catch (thrown) {
        const { code, message } = evaluationError(thrown);
        failure ??= { status: "error", code, message: `matchConditions ${name}: ${message}` };
      }
    }
    if (failure?.status !== "error" || failurePolicy === "Fail") return failure ?? APPLIES;
    return { status: "skip", reason: `failurePolicy Ignore: ${failure.message}` };
  };
}
