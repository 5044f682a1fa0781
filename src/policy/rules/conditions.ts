import type { Value } from "../../base/index.ts";
import type { RuleContext } from "../evaluate/rule-context.ts";
import {
  type ConditionOperator,
  type ConditionOutcome,
  evaluateBlock,
  evaluateConditionList,
  evaluateOperator,
} from "../language/conditions/conditions.ts";
import type { Template } from "../language/variables/template.ts";
import type { Condition, Conditions } from "../resource/kyverno/conditions.ts";
import { rethrowAs } from "./evaluation-error.ts";
import type { RuleCompiler } from "./rule-compiler.ts";
import type { RuleRun } from "./rule-run.ts";

/** Conditions of a rule, compiled: `any` and `all`, or a list that means all. */
export interface CompiledConditions {
  /**
   * Whether they hold, and the messages of those that decided.
   * @throws MISSING_FACT, {AmapError} when a variable of one that is looked at fails
   */
  evaluate(run: RuleRun, context: RuleContext): ConditionOutcome;
}

interface CompiledCondition {
  readonly path: string;
  readonly key: Template;
  readonly operator: ConditionOperator;
  readonly value: Template;
  readonly message: string;
}

/** Conditions that always hold when there are none, as in Kyverno: a deny without conditions denies. */
export function compileConditions(
  source: Conditions | undefined,
  path: string,
  compiler: RuleCompiler,
): CompiledConditions {
  const compileEach = (conditions: readonly Condition[], at: string): readonly CompiledCondition[] =>
    conditions.map((condition, index) => compileCondition(condition, `${at}[${index}]`, compiler));
  if (isOldForm(source)) {
    const all = compileEach(source, path);
    return { evaluate: (run, context) => evaluateConditionList(all, (condition) => holds(condition, run, context)) };
  }
  const block = {
    ...(source?.any === undefined ? {} : { any: compileEach(source.any, `${path}.any`) }),
    all: compileEach(source?.all ?? [], `${path}.all`),
  };
  return { evaluate: (run, context) => evaluateBlock(block, (condition) => holds(condition, run, context)) };
}

function isOldForm(source: Conditions | undefined): source is readonly Condition[] {
  return Array.isArray(source);
}

function compileCondition(condition: Condition, path: string, compiler: RuleCompiler): CompiledCondition {
  return {
    path,
    key: compiler.template(condition.key ?? null, `${path}.key`),
    operator: condition.operator,
    value: compiler.template(condition.value ?? null, `${path}.value`),
    message: condition.message ?? "",
  };
}

/** What evaluating one condition costs beside what its variables and its comparison do. */
const CONDITION_STEPS = 3;

function holds(condition: CompiledCondition, run: RuleRun, context: RuleContext): boolean {
  const { path, operator } = condition;
  run.budget.charge(CONDITION_STEPS);
  const key = render(condition.key, "key", context);
  const value = render(condition.value, "value", context);
  const result = evaluateOperator(operator, key, value, context.context);
  run.note?.({ kind: "condition", path, key, operator, value, holds: result });
  return result;
}

function render(template: Template, part: "key" | "value", context: RuleContext): Value {
  try {
    return template.render(context);
  } catch (thrown) {
    throw rethrowAs(`failed to substitute variables in condition ${part}`, thrown);
  }
}
