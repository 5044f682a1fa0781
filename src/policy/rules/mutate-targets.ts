import { AmapError, memberOf, textOf, type Value } from "../../base/index.ts";
import type { CompiledEntries } from "../evaluate/context-entries.ts";
import type { KyvernoEffect, PatchedTarget } from "../evaluate/kyverno-response.ts";
import type { RuleContext } from "../evaluate/rule-context.ts";
import { parseKindSelector } from "../language/match/kind-selector.ts";
import type { Template } from "../language/variables/template.ts";
import { pluralOf } from "../resource/built-in-kinds.ts";
import type { Mutation, MutationTarget } from "../resource/kyverno/rule-actions.ts";
import { type CompiledConditions, compileConditions } from "./conditions.ts";
import { evaluationError } from "./evaluation-error.ts";
import { type MutationOutcome, mutateObject, type ObjectMutation } from "./mutate-object.ts";
import type { RuleCompiler } from "./rule-compiler.ts";
import { errorOf, joinNonEmpty, type RuleOutcome, type RuleResult, skip } from "./rule-outcome.ts";
import type { RuleRun } from "./rule-run.ts";

/** Which existing objects a mutate rule changes. */
export interface TargetSelection {
  readonly path: string;
  readonly selector: Template;
  readonly entries: CompiledEntries;
  readonly preconditions: CompiledConditions | undefined;
}

export function compileTargets(
  targets: NonNullable<Mutation["targets"]>,
  path: string,
  compiler: RuleCompiler,
): readonly TargetSelection[] {
  return targets.map((target, index) => compileTarget(target, `${path}.targets[${index}]`, compiler));
}

function compileTarget(target: MutationTarget, path: string, compiler: RuleCompiler): TargetSelection {
  const { context, preconditions, ...selector } = target;
  return {
    path,
    selector: compiler.template(selector, path),
    entries: compiler.entries(context, `${path}.context`),
    preconditions:
      preconditions === undefined ? undefined : compileConditions(preconditions, `${path}.preconditions`, compiler),
  };
}

/** An existing object, and the subresource of it that was read. */
interface Target {
  readonly object: Value;
  readonly subresource: string;
  readonly selection: TargetSelection;
}

/**
 * Changes existing objects: one outcome for each. The object that triggers the rule stays as it is.
 * @throws MISSING_FACT, {AmapError} BUDGET_EXCEEDED
 */
export function mutateTargets(
  selections: readonly TargetSelection[],
  mutation: ObjectMutation,
  run: RuleRun,
): RuleResult {
  const failures: string[] = [];
  let code: AmapError["code"] | undefined;
  const targets: Target[] = [];
  for (const [index, selection] of selections.entries()) {
    try {
      targets.push(...loadTargets(selection, index, run));
    } catch (thrown) {
      const error = evaluationError(thrown);
      code ??= error.code;
      failures.push(error.message);
    }
  }
  // Kyverno says all of it in one error, with nothing before the colon.
  const first: readonly RuleOutcome[] =
    code === undefined ? [] : [{ status: "error", code, message: `: ${failures.join("; ")}` }];
  const outcomes = run.memory.fold("targets", run.budget, { count: targets.length, first }, (before, index) => {
    const target = targets[index];
    if (target === undefined) throw new AmapError("BUG", "a loop ran beyond its end");
    run.budget.charge(1 + before.length);
    return { result: [...before, mutateTarget(target, mutation, run, `${index}.`)], isFinal: false };
  });
  return {
    outcomes,
    effects: outcomes.flatMap(({ patched }) => (patched === undefined ? [] : [effectOf(run, patched)])),
  };
}

function effectOf(run: RuleRun, target: PatchedTarget): KyvernoEffect {
  return { kind: "mutateExisting", policy: run.policy, namespace: run.policyNamespace, rule: run.rule, target };
}

function loadTargets(selection: TargetSelection, index: number, run: RuleRun): readonly Target[] {
  const selector = renderSelector(selection, index, run);
  // A Policy changes nothing outside its namespace.
  const namespace = run.policyNamespace || textOf(selector, "namespace");
  const { group, version, kind, subresource } = parseKindSelector(
    joinNonEmpty([textOf(selector, "apiVersion"), textOf(selector, "kind")], "/"),
  );
  const name = textOf(selector, "name");
  const found = run.facts.fact("objectsOfKind", {
    apiVersion: group === "" ? version : `${group}/${version}`,
    kind,
    subresource,
    namespace,
    name,
    selector: memberOf(selector, "selector") ?? {},
  });
  if (!Array.isArray(found)) return [];
  // What is named without wildcards is asked for alone.
  const isNamed = namespace !== "" && name !== "" && !/[*?]/.test(namespace + name);
  if (found.length === 0 && isNamed) {
    const resource = group === "" || group === "*" ? pluralOf(kind) : `${pluralOf(kind)}.${group}`;
    throw new AmapError("FACT_FAILED", `${resource} "${name}" not found`);
  }
  return (found as readonly Value[]).map((item) => ({
    object: memberOf(item, "object") ?? null,
    subresource: textOf(item, "subresource"),
    selection,
  }));
}

function renderSelector({ selector }: TargetSelection, index: number, run: RuleRun): Value {
  try {
    return selector.render(run.context);
  } catch (thrown) {
    const { code, message } = evaluationError(thrown);
    throw new AmapError(code, `failed to substitute variables in target[${index}]: ${message}`);
  }
}

function mutateTarget(
  { object, subresource, selection }: Target,
  mutation: ObjectMutation,
  run: RuleRun,
  path: string,
): RuleOutcome {
  let context: RuleContext;
  try {
    context = run.load(selection.entries, run.context.withMembers({ target: object }));
  } catch (thrown) {
    return errorOf("failed to load context", thrown);
  }
  try {
    const met = selection.preconditions?.evaluate(run, context);
    if (met?.holds === false) return skip(joinNonEmpty(["preconditions not met", met.message], "; "));
  } catch (thrown) {
    return errorOf("failed to evaluate preconditions", thrown);
  }
  const outcome = mutateObject(mutation, run, { object, context, path });
  if (outcome.status !== "pass") return outcome;
  return { ...mutated(outcome), patched: { object: outcome.object, original: object, subresource } };
}

/** The outcome of a mutation that changed something, with Kyverno's sentence. */
export function mutated({ object }: MutationOutcome & { readonly status: "pass" }): RuleOutcome {
  const metadata = memberOf(object, "metadata");
  const namespace = textOf(metadata, "namespace");
  const name = `mutated ${textOf(object, "kind")}/${textOf(metadata, "name")}`;
  return { status: "pass", message: namespace === "" ? name : `${name} in namespace ${namespace}` };
}
