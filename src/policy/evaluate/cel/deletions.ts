import type { AmapError } from "../../../base/index.ts";
import type { CelRun } from "../../compile/cel-plan.ts";
import type { NamedProgram } from "../../compile/plan.ts";
import { evaluationError } from "../../rules/evaluation-error.ts";
import type { CelOutcome } from "./cel-outcome.ts";
import { failureReason } from "./failure-reason.ts";

/**
 * Whether a deleting policy that is about an object would delete it: `pass` when it would, `fail` when it would not, as
 * Kyverno's `apply` says it. A condition that is false decides, also where others fail; where none is and some fail,
 * nobody can tell: an `error`, and the object stays.
 * @throws MISSING_FACT, {AmapError} BUDGET_EXCEEDED
 */
export function runDeletions(conditions: readonly NamedProgram[], run: CelRun): CelOutcome {
  const rule = run.plan.policy;
  const errors: AmapError[] = [];
  for (const [index, { name, program }] of conditions.entries()) {
    try {
      if (run.evaluate(program, `spec.conditions[${index}].expression`) === true) continue;
    } catch (thrown) {
      errors.push(evaluationError(thrown));
      continue;
    }
    return {
      status: "fail",
      rule,
      message: `resource did not match: the condition ${JSON.stringify(name)} does not hold`,
    };
  }
  const [first] = errors;
  if (first === undefined) return { status: "pass", rule, message: "resource matched" };
  return run.failed(first, errors.map(failureReason).join("; "));
}
