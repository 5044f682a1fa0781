import type { CelRun } from "../../compile/cel-plan.ts";
import type { EnvoyAnswer } from "../../language/cel/functions/authz/envoy.ts";
import type { HttpAnswer } from "../../language/cel/functions/authz/http.ts";
import type { CelProgram } from "../../language/cel/program.ts";
import { type CelValue, Opaque } from "../../language/cel/values/value.ts";
import { evaluationError } from "../../rules/evaluation-error.ts";
import type { CelOutcome } from "./cel-outcome.ts";
import { engineWords } from "./engine-words.ts";

/** One validation of a policy that answers requests, compiled. */
export interface AuthorizationCheck {
  readonly path: string;
  readonly program: CelProgram;
}

/** The first answer decides. Without one the policy says nothing of the request; nor does one that fails under Ignore. */
export function runAuthorizations(checks: readonly AuthorizationCheck[], run: CelRun): CelOutcome {
  for (const { path, program } of checks) {
    let value: CelValue;
    try {
      value = run.evaluate(program, path);
    } catch (thrown) {
      const error = evaluationError(thrown);
      if (run.plan.failurePolicy === "Ignore") break;
      return run.failed(error);
    }
    if (value instanceof Opaque) return { ...outcomeOf(value), rule: run.plan.policy };
  }
  const { unmet = { message: "" } } = engineWords(run.plan);
  return { status: "skip", ...unmet, rule: run.plan.policy };
}

/** The type of the program says whose answer it is. */
function outcomeOf({ value }: Opaque): Pick<CelOutcome, "status" | "message"> {
  const { reason, status } = value as Partial<HttpAnswer & EnvoyAnswer>;
  if (reason !== undefined) return { status: "fail", message: `request denied, reason: ${reason}` };
  if (status !== undefined) return { status: "fail", message: `request denied with status code ${status}` };
  return { status: "pass", message: "request allowed" };
}
