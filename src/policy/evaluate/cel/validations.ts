import { type AmapError, encodeUtf8 } from "../../../base/index.ts";
import type { CelRun } from "../../compile/cel-plan.ts";
import type { CelProgram } from "../../language/cel/program.ts";
import type { CelValue } from "../../language/cel/values/value.ts";
import { evaluationError } from "../../rules/evaluation-error.ts";
import { auditAnnotations } from "./audit-annotations.ts";
import type { CelOutcome } from "./cel-outcome.ts";
import { expressionFailure, failureReason } from "./failure-reason.ts";

/** One validation, compiled. */
export interface CelCheck {
  readonly path: string;
  readonly program: CelProgram;
  readonly message: string;
  readonly messageProgram: CelProgram | undefined;
  readonly reason: string | undefined;
}

/** Kyverno: the first validation that is false or fails decides. */
export function runKyvernoValidations(checks: readonly CelCheck[], run: CelRun): readonly CelOutcome[] {
  return [kyvernoVerdict(checks, run)];
}

function kyvernoVerdict(checks: readonly CelCheck[], run: CelRun): CelOutcome {
  for (const [index, check] of checks.entries()) {
    const place = { "cel.validationIndex": String(index) };
    const result = tryEvaluate(run, check.program, check.path);
    if ("error" in result) return kyvernoError(result.error, place);
    if (result.value === true) continue;
    const message = kyvernoMessage(check, index, run);
    const annotations = auditAnnotations(run);
    if (!annotations.ok) return kyvernoError(annotations.error, place, annotations.message);
    return {
      status: "fail",
      message,
      ...reasonOf(check),
      properties: { ...place, ...annotations.values },
    };
  }
  const annotations = auditAnnotations(run);
  if (!annotations.ok) return run.failed(annotations.error, annotations.message);
  return { status: "pass", message: "success", properties: annotations.values };
}

function kyvernoError(error: AmapError, properties: CelOutcome["properties"], message?: string): CelOutcome {
  const { code } = error;
  return {
    status: "error",
    code,
    message: `error: ${message ?? failureReason(error)}`,
    ...(properties && { properties }),
  };
}

function kyvernoMessage({ message, messageProgram, path }: CelCheck, index: number, run: CelRun): string {
  const made = messageProgram === undefined ? message : madeMessage(messageProgram, path, run);
  return made === "" ? `CEL expression validation failed at index ${index}` : made;
}

function madeMessage(program: CelProgram, path: string, run: CelRun): string {
  const result = tryEvaluate(run, program, `${path}/message`);
  if ("error" in result) return `failed to evaluate message expression: ${failureReason(result.error)}`;
  return typeof result.value === "string" ? result.value : "";
}

/**
 * The API server: a validation that is false denies; one that fails denies or not by the failure policy, and then those
 * behind it count. What is said is the first that denies. Audit annotations are made in any case; one that fails denies,
 * unless failurePolicy is Ignore, whatever the binding's actions are.
 */
export function runKubernetesValidations(checks: readonly CelCheck[], run: CelRun): readonly CelOutcome[] {
  const verdict = kubernetesVerdict(checks, run);
  const annotations = auditAnnotations(run);
  const noted = { auditAnnotations: annotations.values };
  const failure: CelOutcome | undefined = annotations.ok
    ? undefined
    : { ...run.failed(annotations.error, annotations.message), denies: true };
  if (verdict === undefined) return [{ ...(failure ?? { status: "pass", message: "" }), ...noted }];
  return [{ ...verdict, ...noted }, ...(failure === undefined ? [] : [failure])];
}

/** What is not as demanded; undefined when all is. */
function kubernetesVerdict(checks: readonly CelCheck[], run: CelRun): CelOutcome | undefined {
  const { failurePolicy } = run.plan;
  let failure: CelOutcome | undefined;
  for (const check of checks) {
    const result = tryEvaluate(run, check.program, check.path);
    if ("error" in result) {
      failure ??= run.failed(result.error, expressionFailure(check.program, result.error));
      if (failurePolicy === "Fail") return failure;
    } else if (result.value !== true) {
      return { status: "fail", message: kubernetesMessage(check, run), ...reasonOf(check, "Invalid") };
    }
  }
  return failure;
}

/** At most this many bytes of a message that an expression made (Kubernetes' limit). */
const MESSAGE_BYTES = 5 * 1024;

function kubernetesMessage({ program, message, messageProgram, path }: CelCheck, run: CelRun): string {
  let made = "";
  if (messageProgram !== undefined) {
    const result = tryEvaluate(run, messageProgram, `${path}/message`);
    if ("value" in result && typeof result.value === "string") made = result.value.trim();
  }
  if (made !== "" && !made.includes("\n") && encodeUtf8(made).length <= MESSAGE_BYTES) return made;
  return message.trim() || `failed expression: ${program.source.trim()}`;
}

function reasonOf({ reason }: CelCheck, otherwise?: string): { readonly statusReason?: string } {
  const statusReason = reason ?? otherwise;
  return statusReason === undefined ? {} : { statusReason };
}

/** The value, or why there is none; what must not be caught is thrown on. */
function tryEvaluate(
  run: CelRun,
  program: CelProgram,
  path: string,
): { readonly value: CelValue } | { readonly error: AmapError } {
  try {
    return { value: run.evaluate(program, path) };
  } catch (thrown) {
    return { error: evaluationError(thrown) };
  }
}
