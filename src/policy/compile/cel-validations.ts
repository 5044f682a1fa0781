import { type CelOutcome } from "../evaluate/cel/cel-outcome.ts";
import { type CelCheck, runKubernetesValidations, runKyvernoValidations } from "../evaluate/cel/validations.ts";
import type { PolicyValidation } from "../resource/policies/policy-parts.ts";
import type { CelCompiler, CelPart, CelRun } from "./cel-plan.ts";

/** What a validating policy demands. */
export interface ValidationPart extends CelPart {
  readonly checks: readonly CelCheck[];
}

/** The validations of a policy, in order. */
export function compileValidations(
  validations: readonly PolicyValidation[],
  path: string,
  compiler: CelCompiler,
): ValidationPart {
  const checks = validations.flatMap((validation, index): readonly CelCheck[] => {
    const at = `${path}[${index}]`;
    const { expression, message = "", messageExpression = "", reason } = validation;
    const program = compiler.compile(expression, `${at}.expression`, "bool");
    const messageProgram =
      messageExpression === ""
        ? undefined
        : compiler.compile(messageExpression, `${at}.messageExpression`, "string", compiler.messageEnvironment);
    return program === undefined ? [] : [{ path: `${at}.expression`, program, message, messageProgram, reason }];
  });
  const runAll = compiler.rules === "kyverno" ? runKyvernoValidations : runKubernetesValidations;
  return { checks, run: (run: CelRun): readonly CelOutcome[] => runAll(checks, run) };
}
