import { AmapError, memberOf, textOf, type Value } from "../../base/index.ts";
import { failureReason } from "../evaluate/cel/failure-reason.ts";
import type { FactReader } from "../evaluate/facts.ts";
import type { CelEnvironment } from "../language/cel/environment.ts";
import { CelError } from "../language/cel/error.ts";
import {
  ADMISSION_STEPS,
  type AdmissionResult,
  compileAdmissionExpression,
  createAdmissionEnvironment,
} from "../language/cel/kubernetes/admission-environment.ts";
import type { CelProgram } from "../language/cel/program.ts";
import type { CelType } from "../language/cel/types.ts";
import type { CelValue } from "../language/cel/values/value.ts";
import type { KyvernoRule } from "../resource/kyverno/cluster-policy.ts";
import type { CelRule } from "../resource/kyverno/rule-actions.ts";
import { type AdmissionValues, admissionValues, namespaceNameOf } from "./cel-request.ts";
import { evaluationError } from "./evaluation-error.ts";
import type { RuleCompiler } from "./rule-compiler.ts";
import { errorOf, fail, pass, type RuleOutcome, skip } from "./rule-outcome.ts";
import type { RuleRun } from "./rule-run.ts";

/** A validate.cel rule: a ValidatingAdmissionPolicy inside a rule. */
export interface CelValidation {
  readonly environment: CelEnvironment;
  /** Without the authorizer, as messageExpression has it. */
  readonly messageEnvironment: CelEnvironment;
  readonly variables: ReadonlyMap<string, CelProgram>;
  readonly preconditions: readonly NamedExpression[];
  readonly validations: readonly CelCheck[];
  readonly params: ParamSource | undefined;
}

interface NamedExpression {
  readonly path: string;
  readonly name: string;
  readonly program: CelProgram;
}

interface CelCheck {
  readonly path: string;
  readonly program: CelProgram;
  readonly message: string;
  readonly messageProgram: CelProgram | undefined;
}

/** `paramKind` and `paramRef`, when both are there. */
interface ParamSource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly ref: NonNullable<CelRule["paramRef"]>;
}

export function compileCelValidation(
  cel: CelRule,
  rule: KyvernoRule,
  path: string,
  compiler: RuleCompiler,
): CelValidation {
  const hasParams = cel.paramKind !== undefined && cel.paramRef !== undefined;
  const compile = (source: string, expected: AdmissionResult, at: string, environment: CelEnvironment) =>
    compiler.attempt(at, () => compileAdmissionExpression(source, expected, environment));
  const types: Record<string, CelType> = {};
  const variables = new Map<string, CelProgram>();
  for (const [index, { name, expression }] of (cel.variables ?? []).entries()) {
    const at = `${path}.variables[${index}].expression`;
    const program = compile(expression, "anything", at, createAdmissionEnvironment({ hasParams, variables: types }));
    if (program === undefined) continue;
    types[name] = program.type;
    variables.set(`variables.${name}`, program);
  }
  const environment = createAdmissionEnvironment({ hasParams, variables: types });
  const messageEnvironment = createAdmissionEnvironment({ hasParams, variables: types, hasAuthorizer: false });
  // What only speaks does not decide: Kyverno goes on without an audit annotation or a message that is not valid.
  const compileText = (source: string, expected: AdmissionResult, at: string, within: CelEnvironment) =>
    compiler.attemptOrWarn(at, () => compileAdmissionExpression(source, expected, within));
  for (const [index, { valueExpression }] of (cel.auditAnnotations ?? []).entries()) {
    compileText(valueExpression, "string or null", `${path}.auditAnnotations[${index}].valueExpression`, environment);
  }
  return {
    environment,
    messageEnvironment,
    variables,
    preconditions: (rule.celPreconditions ?? []).flatMap(({ name, expression }, index) => {
      const at = `${path}.celPreconditions[${index}].expression`;
      const program = compile(expression, "bool", at, environment);
      return program === undefined ? [] : [{ name, program, path: at }];
    }),
    validations: (cel.expressions ?? []).flatMap((check, index) => {
      const at = `${path}.expressions[${index}]`;
      const program = compile(check.expression, "bool", `${at}.expression`, environment);
      const { messageExpression, message = rule.validate?.message ?? "" } = check;
      const messageProgram =
        messageExpression === undefined
          ? undefined
          : compileText(messageExpression, "string", `${at}.messageExpression`, messageEnvironment);
      return program === undefined ? [] : [{ path: `${at}.expression`, program, message, messageProgram }];
    }),
    params: paramsOf(cel),
  };
}

function paramsOf({ paramKind, paramRef }: CelRule): ParamSource | undefined {
  if (paramKind === undefined || paramRef === undefined) return undefined;
  return { apiVersion: paramKind.apiVersion ?? "", kind: paramKind.kind ?? "", ref: paramRef };
}

/**
 * What the expressions say of the object: the first that is not true fails the rule. An expression that fails denies, as
 * the API server denies by it.
 * @throws MISSING_FACT, {AmapError} BUDGET_EXCEEDED
 */
export function validateCel(rule: CelValidation, run: RuleRun): RuleOutcome {
  const values = admissionValues(run.input, run.object);
  let params: readonly (Value | undefined)[] = [undefined];
  if (rule.params !== undefined) {
    try {
      params = readParams(rule.params, run);
    } catch (thrown) {
      return errorOf("error in parameterized resource", thrown);
    }
  }
  for (const each of params) {
    const outcome = validateOnce(rule, run, each === undefined ? values : { ...values, params: each });
    if (outcome !== undefined) return outcome;
  }
  return pass(`Validation rule '${run.rule}' passed.`);
}

function validateOnce(rule: CelValidation, run: RuleRun, values: AdmissionValues): RuleOutcome | undefined {
  const evaluate = evaluatorOf(rule, run, values);
  const unmet = checkPreconditions(rule, run, evaluate);
  if (unmet !== undefined) return unmet;
  for (const { program, path, message, messageProgram } of rule.validations) {
    let value: CelValue;
    try {
      value = evaluate(program);
    } catch (thrown) {
      return fail(failedExpression(program, path, run, thrown));
    }
    run.note?.({ kind: "expression", path, source: program.source, value: value === true });
    if (value !== true) return fail(messageOf(program, message, messageProgram, evaluate));
  }
  return undefined;
}

/** One that is false skips the rule, whatever the others come to; else one that fails denies, and all of them are told. */
function checkPreconditions(
  { preconditions }: CelValidation,
  run: RuleRun,
  evaluate: (program: CelProgram) => CelValue,
): RuleOutcome | undefined {
  const failures = new Set<string>();
  for (const { program, path } of preconditions) {
    let value: CelValue;
    try {
      value = evaluate(program);
    } catch (thrown) {
      failures.add(failedExpression(program, path, run, thrown));
      continue;
    }
    run.note?.({ kind: "expression", path, source: program.source, value: value === true });
    if (value !== true) return skip("cel preconditions not met");
  }
  const all = [...failures];
  return all.length === 0 ? undefined : fail(all.length === 1 ? (all[0] ?? "") : `[${all.join(", ")}]`);
}

/** An expression that fails denies, as the API server denies by it; where it failed is in the trace. */
function failedExpression(program: CelProgram, path: string, run: RuleRun, thrown: unknown): string {
  const error = evaluationError(thrown);
  run.note?.({ kind: "note", path, message: error.message });
  return `expression '${program.source}' resulted in error: ${failureReason(error)}`;
}

/** At most this many bytes of a message that an expression made (Kubernetes' limit). */
const MESSAGE_BYTES = 5 * 1024;

function messageOf(
  program: CelProgram,
  message: string,
  messageProgram: CelProgram | undefined,
  evaluate: (program: CelProgram) => CelValue,
): string {
  let made = "";
  if (messageProgram !== undefined) {
    try {
      const value = evaluate(messageProgram);
      if (typeof value === "string") made = value.trim();
    } catch (thrown) {
      evaluationError(thrown);
    }
  }
  if (made !== "" && made.length <= MESSAGE_BYTES && !made.includes("\n")) return made;
  return message.trim() || `failed expression: ${program.source.trim()}`;
}

/** Evaluates programs of one environment over the same values, each variable once. */
function evaluatorOf(rule: CelValidation, run: RuleRun, values: AdmissionValues): (program: CelProgram) => CelValue {
  const bound = rule.environment.bind(values);
  const { authorizer: _, "authorizer.requestResource": __, ...plain } = values;
  const messageBound = rule.messageEnvironment.bind(plain);
  const made = new Map<string, { readonly value: CelValue } | { readonly error: AmapError }>();
  const messages = new Set(rule.validations.map(({ messageProgram }) => messageProgram));
  const evaluate = (program: CelProgram): CelValue => {
    // Each expression has Kubernetes' own budget; the rule's is charged with what it took.
    const budget = { steps: ADMISSION_STEPS };
    try {
      const variables = messages.has(program) ? messageBound : bound;
      return program.evaluate({ variables, lazy, now: run.now, facts: run.facts, budget });
    } finally {
      run.budget.charge(ADMISSION_STEPS - Math.max(0, budget.steps));
    }
  };
  const lazy = (name: string): CelValue => {
    let known = made.get(name);
    if (known === undefined) {
      const program = rule.variables.get(name);
      if (program === undefined) throw new AmapError("BUG", `the variable ${name} has no program`);
      try {
        const value = evaluate(program);
        known = { value };
        run.note?.({ kind: "expression", path: name, source: program.source, value: shownValue(value) });
      } catch (thrown) {
        const error = evaluationError(thrown);
        const plain = name.slice("variables.".length);
        const message = `composited variable "${plain}" fails to evaluate: ${failureReason(error)}`;
        known = { error: new CelError("failed", message, { code: error.code, cause: error }) };
      }
      made.set(name, known);
    }
    if ("error" in known) throw known.error;
    return known.value;
  };
  return evaluate;
}

/** A text, number or boolean of CEL as it is told of; of everything else that it is none. */
function shownValue(value: CelValue): Value {
  const isPlain = typeof value === "string" || typeof value === "boolean" || typeof value === "number";
  return isPlain || typeof value === "bigint" || value === null ? value : "(a list, an object or another value)";
}

/** The objects that `params` is, one after the other; none where none is found and that is allowed. */
function readParams({ apiVersion, kind, ref }: ParamSource, run: RuleRun): readonly Value[] {
  const { name = "", selector } = ref;
  const namespace = paramNamespace(ref.namespace ?? "", run);
  const facts: FactReader = run.facts;
  if (name !== "") {
    const found = facts.fact("objectOfKind", { apiVersion, kind, namespace, name });
    if (found === null) throw new AmapError("FACT_FAILED", `${kind} "${name}" not found`);
    return [found];
  }
  const list =
    selector === undefined
      ? []
      : facts.fact("objectsOfKind", {
          apiVersion,
          kind,
          subresource: "",
          namespace,
          name: "",
          selector: selector as Value,
        });
  const found = Array.isArray(list) ? list.flatMap((item) => memberOf(item as Value, "object") ?? []) : [];
  if (found.length === 0 && ref.parameterNotFoundAction === "Deny") {
    throw new AmapError("FACT_FAILED", "no params found");
  }
  return found;
}

/** A Policy reads nothing outside its namespace, whatever its paramRef says. */
function paramNamespace(stated: string, run: RuleRun): string {
  const { policyNamespace } = run;
  if (policyNamespace !== "" && stated !== "" && stated !== policyNamespace) {
    const message = `a Policy of namespace ${policyNamespace} may not read parameters of namespace ${stated}`;
    throw new AmapError("FACT_FAILED", message);
  }
  return stated || namespaceNameOf(run.input) || textOf(memberOf(run.oldObject, "metadata"), "namespace");
}
