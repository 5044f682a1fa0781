import { AmapError, type Issue, isAmapError, parseTime } from "../../../base/index.ts";
import { kyvernoEnvironment } from "../../compile/cel-environment.ts";
import type { CelPlan } from "../../compile/cel-plan.ts";
import type { NamedProgram } from "../../compile/plan.ts";
import type { CelEnvironment } from "../../language/cel/environment.ts";
import { compileAdmissionExpression } from "../../language/cel/kubernetes/admission-environment.ts";
import type { CelProgram } from "../../language/cel/program.ts";
import type { CelValue } from "../../language/cel/values/value.ts";
import type { CelPolicyException } from "../../resource/policies/cel-policy-exception.ts";
import type { TraceStep } from "../rule-trace.ts";
import type { CelExceptionIndex } from "./cel-exception.ts";
import type { CelOutcome } from "./cel-outcome.ts";
import { failureReason } from "./failure-reason.ts";

/** Decides which of several exceptions says what reports show: the highest one, the first where none is above 0. */
const PRIORITY_LABEL = "polex.kyverno.io/priority";

/** Where exceptions may live. */
export interface CelExceptionOptions {
  /** Those of other namespaces do not hold; all hold when left out. */
  readonly namespaces?: readonly string[];
}

/** A PolicyException of policies.kyverno.io, compiled when it is first asked. */
export interface CompiledCelException {
  /** `namespace/name`, as messages and reports name it; the name alone without a namespace. */
  readonly key: string;
  readonly exception: CelPolicyException;
  /** Whether it lifts the whole policy, rather than allowing images or values. */
  readonly isFull: boolean;
  /**
   * Its conditions as programs of an environment, or of what extends it.
   * @throws {AmapError} EXPRESSION_INVALID when one cannot be compiled
   */
  conditionsIn(environment: CelEnvironment): readonly NamedProgram[];
}

/** PolicyExceptions by the policies they are for. */
export interface CompiledCelExceptions extends CelExceptionIndex {
  /** Conditions that cannot be compiled; an exception with one never holds. */
  readonly issues: readonly Issue[];
  /** Those for a policy that have not expired by `now` (milliseconds since 1970), in the order they were given. */
  forPolicy(kind: string, policy: string, now: number): readonly CompiledCelException[];
}

/**
 * Compiles PolicyExceptions of policies.kyverno.io. Policies are named exactly, by kind and name; as in Kyverno, an
 * exception of any namespace holds for a namespaced policy. One that has expired holds no more. One with a condition that
 * cannot be compiled never holds: the policy is an error where the exception would have been asked, unless its
 * failurePolicy is Ignore.
 *
 * @see https://kyverno.io/docs/policy-types/cel-policies/policy-exception/
 * @example
 * ```ts
 * import { compileCelExceptions } from "../../index.ts";
 * const exception = {
 *   apiVersion: "policies.kyverno.io/v1",
 *   kind: "PolicyException",
 *   metadata: { name: "late", namespace: "ops" },
 *   spec: { policyRefs: [{ kind: "ValidatingPolicy", name: "owned" }], expiresAt: "2026-01-01T00:00:00Z" },
 * } as const;
 * const exceptions = compileCelExceptions([exception]);
 * exceptions.forPolicy("ValidatingPolicy", "owned", Date.UTC(2025, 11, 31)).length; // 1
 * exceptions.forPolicy("ValidatingPolicy", "owned", Date.UTC(2026, 0, 2)).length; // 0
 * ```
 */
export function compileCelExceptions(
  exceptions: readonly CelPolicyException[],
  { namespaces }: CelExceptionOptions = {},
): CompiledCelExceptions {
  const byPolicy = new Map<string, CompiledCelException[]>();
  const issues: Issue[] = [];
  for (const exception of exceptions) {
    const { namespace = "" } = exception.metadata;
    if (namespaces !== undefined && !namespaces.includes(namespace)) continue;
    const compiled = new LazyException(exception);
    issues.push(...compiled.issues());
    const keys = new Set(exception.spec.policyRefs.map(({ kind, name }) => keyOf(kind, name)));
    for (const key of keys) byPolicy.set(key, [...(byPolicy.get(key) ?? []), compiled]);
  }
  const forPolicy: CompiledCelExceptions["forPolicy"] = (kind, policy, now) =>
    (byPolicy.get(keyOf(kind, policy)) ?? []).filter(({ exception }) => !isExpired(exception, now));
  return {
    issues,
    forPolicy,
    exemptionFor(plan, run) {
      if (plan.rules !== "kyverno") return undefined;
      const candidates = forPolicy(plan.kind, plan.policy, run.now);
      if (candidates.length === 0) return undefined;
      const environment = environmentOf(plan, run.variant.variables.environment);
      const { full, holding } = exceptionsThatHold(candidates, {
        environment,
        failurePolicy: plan.failurePolicy,
        // What would be deleted is exempted as a whole or not at all.
        countsAsFull: plan.type === "Deletion" ? () => true : ({ isFull }) => isFull,
        evaluate: (program, path) => run.evaluate(program, path),
        note: (step) => run.note(step),
      });
      if (full) return { outcome: outcomeOf(plan, holding), allowedImages: [], allowedValues: [] };
      return {
        allowedImages: holding.flatMap(({ exception }) => exception.spec.images ?? []),
        allowedValues: holding.flatMap(({ exception }) => exception.spec.allowedValues ?? []),
      };
    },
  };
}

const keyOf = (kind: string, policy: string): string => `${kind}/${policy}`;

function isExpired({ spec }: CelPolicyException, now: number): boolean {
  if (spec.expiresAt === undefined) return false;
  const end = parseTime(spec.expiresAt);
  // A time that nobody can read has not been seen to be in the future.
  return end === undefined || now > end;
}

/** Conditions see the request and no variables; in the modes HTTP and Envoy the request is another. */
function environmentOf({ mode, namespace }: CelPlan, ofVariant: CelEnvironment): CelEnvironment {
  return mode === "HTTP" || mode === "Envoy" ? ofVariant : kyvernoEnvironment(namespace);
}

class LazyException implements CompiledCelException {
  readonly key: string;
  readonly exception: CelPolicyException;
  readonly isFull: boolean;
  readonly #programs = new WeakMap<CelEnvironment, readonly NamedProgram[]>();

  constructor(exception: CelPolicyException) {
    const { name, namespace = "" } = exception.metadata;
    const { images = [], allowedValues = [] } = exception.spec;
    this.key = namespace === "" ? name : `${namespace}/${name}`;
    this.exception = exception;
    this.isFull = images.length === 0 && allowedValues.length === 0;
  }

  conditionsIn(environment: CelEnvironment): readonly NamedProgram[] {
    let programs = this.#programs.get(environment);
    if (programs === undefined) {
      const { matchConditions = [] } = this.exception.spec;
      programs = matchConditions.map(({ name, expression }) => ({
        name,
        program: compileAdmissionExpression(expression, "bool", environment),
      }));
      this.#programs.set(environment, programs);
    }
    return programs;
  }

  /** What is wrong with it whatever policy it is for. */
  issues(): readonly Issue[] {
    const { matchConditions = [], evaluationMode } = this.exception.spec;
    if (evaluationMode === "HTTP" || evaluationMode === "Envoy") return [];
    return matchConditions.flatMap(({ expression }, index) => {
      try {
        compileAdmissionExpression(expression, "bool", kyvernoEnvironment(""));
        return [];
      } catch (error) {
        if (!isAmapError(error)) throw error;
        const path = `spec.matchConditions[${index}].expression`;
        return [{ code: error.code, path, message: `PolicyException ${this.key}: ${error.message}` }];
      }
    });
  }
}

/** How exceptions are asked. */
interface Asking {
  readonly environment: CelEnvironment;
  readonly failurePolicy: "Fail" | "Ignore";
  countsAsFull(exception: CompiledCelException): boolean;
  /** @throws as CelRun's */
  evaluate(program: CelProgram, path: string): CelValue;
  note?(step: TraceStep): void;
}

/** Which exceptions hold, in their order; `full` when one of them lifts the whole policy. */
interface Holding {
  readonly full: boolean;
  readonly holding: readonly CompiledCelException[];
}

/**
 * Asks exceptions in their order. One whose conditions fail never holds; it ends the policy, unless one before lifts all
 * of it already or the failurePolicy is Ignore.
 * @throws MISSING_FACT; {AmapError} that of the condition, naming it
 */
export function exceptionsThatHold(candidates: readonly CompiledCelException[], asking: Asking): Holding {
  const holding: CompiledCelException[] = [];
  let full = false;
  for (const candidate of candidates) {
    const answer = askConditions(candidate, asking);
    asking.note?.({ kind: "exception", name: candidate.key, holds: answer === true });
    if (typeof answer !== "boolean") {
      if (full || asking.failurePolicy === "Ignore") continue;
      throw answer;
    }
    if (!answer) continue;
    holding.push(candidate);
    full ||= asking.countsAsFull(candidate);
  }
  return { full, holding };
}

/** Whether all conditions hold. One that is false decides, whatever the others say; else the first that failed. */
function askConditions(candidate: CompiledCelException, asking: Asking): boolean | AmapError {
  let failure: AmapError | undefined;
  const failed = (about: string, error: AmapError): AmapError => {
    const message = `PolicyException ${candidate.key}: ${about}${failureReason(error)}`;
    return new AmapError(error.code, message, { cause: error });
  };
  let conditions: readonly NamedProgram[];
  try {
    conditions = candidate.conditionsIn(asking.environment);
  } catch (error) {
    if (!isAmapError(error)) throw error;
    return failed("", error);
  }
  for (const [index, { name, program }] of conditions.entries()) {
    try {
      const value = asking.evaluate(program, `exceptions/${candidate.key}/${index}`);
      if (value === false) return false;
      if (value !== true) failure ??= failed("", new AmapError("EXPRESSION_FAILED", `${name} gave no boolean`));
    } catch (error) {
      // MISSING_FACT is none, and passes; so does a spent budget, which is the policy's.
      if (!isAmapError(error) || error.code === "BUDGET_EXCEEDED" || error.code === "BUG") throw error;
      failure ??= failed(`matchConditions ${name}: `, error);
    }
  }
  return failure ?? true;
}

/** What Kyverno reports of a policy that exceptions lift. What is deleted is reported as not chosen. */
function outcomeOf(plan: CelPlan, holding: readonly CompiledCelException[]): CelOutcome {
  const exceptions = holding.map(({ key }) => key);
  if (plan.type === "Deletion") {
    return { status: "fail", message: "resource did not match", rule: plan.policy, exceptions };
  }
  const isPassed = deciding(holding)?.exception.spec.reportResult === "pass";
  const message = `rule is ${isPassed ? "passed" : "skipped"} due to policy exception: ${exceptions.join(", ")}`;
  return { status: isPassed ? "pass" : "skip", message, rule: "exception", exceptions };
}

function deciding(holding: readonly CompiledCelException[]): CompiledCelException | undefined {
  let highest = 0;
  let [decides] = holding;
  for (const candidate of holding) {
    const priority = priorityOf(candidate);
    if (priority <= highest) continue;
    highest = priority;
    decides = candidate;
  }
  return decides;
}

function priorityOf({ exception }: CompiledCelException): number {
  const label = exception.metadata.labels?.[PRIORITY_LABEL] ?? "";
  return /^[+-]?\d{1,15}$/.test(label) ? Number(label) : 0;
}
