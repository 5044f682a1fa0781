import type { AmapError } from "../../../base/index.ts";
import type { CelRun } from "../../compile/cel-plan.ts";
import { CelError } from "../../language/cel/error.ts";
import { evaluationError } from "../../rules/evaluation-error.ts";
import { expressionFailure, failureReason } from "./failure-reason.ts";

/** What a policy's audit annotations came to, or the first that failed with what is said of it. */
export type AuditAnnotations =
  | { readonly ok: true; readonly values: Readonly<Record<string, string>> }
  | {
      readonly ok: false;
      readonly error: AmapError;
      readonly message: string;
      readonly values: Readonly<Record<string, string>>;
    };

/** At most this many characters of one value reach an audit event (Kubernetes' limit). */
const VALUE_LENGTH = 10 * 1024;

/**
 * The audit annotations of the policy for one object, by key. Empty ones are left out. As the engine has it: the API
 * server leaves out null as well, and under failurePolicy Ignore those that fail; to Kyverno both are errors.
 * @throws MISSING_FACT, {AmapError} BUDGET_EXCEEDED
 */
export function auditAnnotations(run: CelRun): AuditAnnotations {
  const isKyverno = run.plan.rules === "kyverno";
  const values = new Map<string, string>();
  let failure: { readonly error: AmapError; readonly message: string } | undefined;
  for (const { key, program } of run.variant.auditAnnotations) {
    let value: unknown;
    try {
      value = run.evaluate(program, `auditAnnotations/${key}`);
      if (isKyverno && typeof value !== "string") {
        throw new CelError("no_such_overload", "type conversion error from 'null_type' to 'string'");
      }
    } catch (thrown) {
      const error = evaluationError(thrown);
      if (!isKyverno && run.plan.failurePolicy === "Ignore") continue;
      const message = isKyverno
        ? `failed to evaluate auditAnnotation '${key}': ${failureReason(error)}`
        : expressionFailure(program, error);
      failure ??= { error, message };
      // The API server still notes the others.
      if (isKyverno) break;
      continue;
    }
    const text = typeof value === "string" ? (isKyverno ? value : value.trim().slice(0, VALUE_LENGTH)) : "";
    if (text !== "") values.set(key, text);
  }
  const found = Object.fromEntries(values);
  return failure === undefined ? { ok: true, values: found } : { ok: false, ...failure, values: found };
}
