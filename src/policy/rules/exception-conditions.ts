import { AmapError } from "../../base/index.ts";
import type { RuleContext } from "../evaluate/rule-context.ts";
import type { AnyAllConditions } from "../resource/kyverno/conditions.ts";
import { type CompiledConditions, compileConditions } from "./conditions.ts";
import { RuleCompiler } from "./rule-compiler.ts";
import type { RuleRun } from "./rule-run.ts";

/** Exceptions are few and meet many objects: their conditions are compiled when they are first met. */
const COMPILED = new WeakMap<AnyAllConditions, CompiledConditions>();

/**
 * Whether an exception's conditions hold with a rule's variables.
 * @throws MISSING_FACT, {AmapError} when a variable fails or an expression cannot be read
 */
export function exceptionConditionsHold(conditions: AnyAllConditions, run: RuleRun, context: RuleContext): boolean {
  let compiled = COMPILED.get(conditions);
  if (compiled === undefined) {
    const compiler = new RuleCompiler(run.policy, run.policyNamespace);
    const { any = [], all = [] } = conditions;
    // As in Kyverno, an empty list of `any` counts as absent here.
    compiled = compileConditions(any.length === 0 ? { all } : { any, all }, "spec.conditions", compiler);
    const [issue] = compiler.issues;
    if (issue !== undefined) throw new AmapError(issue.code, issue.message);
    COMPILED.set(conditions, compiled);
  }
  return compiled.evaluate(run, context).holds;
}
