import { AmapError, equalValues, isValueObject, memberOf, textOf, type Value } from "../../../base/index.ts";
import type { MutationTargets } from "../../compile/cel-mutation-targets.ts";
import type { CelRun } from "../../compile/cel-plan.ts";
import { matchInput } from "../../compile/match-constraints.ts";
import { mutationValue } from "../../language/cel/kubernetes/mutation-values.ts";
import { evaluationError } from "../../rules/evaluation-error.ts";
import { MISSING_FACT } from "../facts.ts";
import type { KyvernoEffect, PatchedTarget } from "../kyverno-response.ts";
import type { CelOutcome } from "./cel-outcome.ts";
import { failureReason } from "./failure-reason.ts";
import { type Mutations, mutate } from "./mutations.ts";

/**
 * Changes existing objects: one outcome for each that it is about, and what is to be done for each that changes. The object
 * that was sent stays as it is. One outcome `skip` when conditions leave out all targets; none when there are no targets.
 * @throws MISSING_FACT, {AmapError} BUDGET_EXCEEDED
 */
export function mutateTargets(part: Mutations, targets: MutationTargets, run: CelRun): readonly CelOutcome[] {
  if (!targets.isEnabled) return [];
  let found: readonly Target[];
  try {
    found = findTargets(targets, run);
  } catch (thrown) {
    const error = evaluationError(thrown);
    return [run.failed(error, failureReason(error))];
  }
  const outcomes: CelOutcome[] = [];
  let isMissing = false;
  for (const target of found) {
    try {
      outcomes.push(...mutateTarget(part, targets, target, run));
    } catch (thrown) {
      // What the other targets wait for is asked for in the same pass.
      if (thrown !== MISSING_FACT) throw thrown;
      isMissing = true;
    }
  }
  if (isMissing) throw MISSING_FACT;
  return outcomes.length === 0 && found.length > 0 ? [UNMET] : outcomes;
}

const UNMET: CelOutcome = Object.freeze({ status: "skip", rule: "", message: "skip" });

interface Target {
  readonly object: Value;
  readonly subresource: string;
}

function mutateTarget(part: Mutations, targets: MutationTargets, target: Target, run: CelRun): readonly CelOutcome[] {
  const { object: original, subresource } = target;
  // To expressions the target is the object; the request stays the one that was sent.
  const values = { object: original, oldObject: null, namespaceObject: null };
  const own = run.withValues(values, { isFresh: true });
  try {
    if (!conditionsHold(targets, own)) return [];
  } catch (thrown) {
    const error = evaluationError(thrown);
    return [run.failed(error, failureReason(error))];
  }
  const mutated = mutate(part, own, original);
  if (!mutated.ok) return [mutated.outcome];
  const patched: PatchedTarget = { object: mutated.object, original, subresource };
  // Nothing is written where nothing changes.
  const effects = equalValues(mutated.object, original) ? [] : [effectOf(run, patched)];
  return [{ ...mutated.outcome, patched, effects }];
}

function effectOf({ plan }: CelRun, target: PatchedTarget): KyvernoEffect {
  return { kind: "mutateExisting", policy: plan.policy, namespace: plan.namespace, rule: "", target };
}

/** As conditions of the policy: one that is false decides, whatever those beside it come to. */
function conditionsHold({ conditions }: MutationTargets, run: CelRun): boolean {
  const failures: AmapError[] = [];
  for (const { name, program } of conditions) {
    try {
      if (run.evaluate(program, `targetMatchConditions/${name}`) !== true) return false;
    } catch (thrown) {
      failures.push(evaluationError(thrown));
    }
  }
  const [first] = failures;
  if (first === undefined) return true;
  throw new AmapError(first.code, failures.map(failureReason).join("; "), { cause: first });
}

function findTargets(targets: MutationTargets, run: CelRun): readonly Target[] {
  const found = targets.expression === undefined ? listTargets(targets, run) : evaluateTargets(targets, run);
  if (targets.match === undefined) return found;
  const namespaces = targets.asksNamespaces ? readNamespaces(run) : undefined;
  return found.filter((target) => isTarget(targets, target, namespaces, run));
}

/** What the expression makes: one object, or a list of them. */
function evaluateTargets({ expression, namespace }: MutationTargets, run: CelRun): readonly Target[] {
  if (expression === undefined) return [];
  const made = mutationValue(run.evaluate(expression.program, expression.path), "patch", run);
  const items = memberOf(made, "items");
  const objects = Array.isArray(items) ? (items as readonly Value[]) : [made];
  return objects.map((object) => {
    if (!isValueObject(object)) throw new AmapError("EXPRESSION_FAILED", "item is not a valid Kubernetes object");
    const own = namespaceOf(object);
    if (namespace !== "" && own !== namespace) {
      const message = `expected targets of namespace ${namespace}, found one of ${JSON.stringify(own)}`;
      throw new AmapError("EXPRESSION_FAILED", `${message}: a policy of a namespace changes nothing outside it`);
    }
    return { object, subresource: "" };
  });
}

/** All objects of the kinds. What several of them need is asked for together. */
function listTargets({ kinds, namespace }: MutationTargets, run: CelRun): readonly Target[] {
  const found: Target[] = [];
  let isMissing = false;
  for (const { apiVersion, resource, subresource } of kinds) {
    try {
      const list = run.facts.fact("resourceList", { apiVersion, resource, namespace, labels: {} });
      for (const object of itemsOf(list)) {
        run.charge(1);
        found.push({ object: withKind(object, list), subresource });
      }
    } catch (thrown) {
      if (thrown !== MISSING_FACT) throw thrown;
      isMissing = true;
    }
  }
  if (isMissing) throw MISSING_FACT;
  return found;
}

function itemsOf(list: Value): readonly Value[] {
  const items = memberOf(list, "items");
  return Array.isArray(items) ? (items as readonly Value[]) : [];
}

/** Items of a list that an API server gives may lack what the list says for all. */
function withKind(object: Value, list: Value): Value {
  if (!isValueObject(object) || textOf(object, "kind") !== "") return object;
  const kind = textOf(list, "kind").replace(/List$/, "");
  return { apiVersion: textOf(list, "apiVersion"), kind, ...object };
}

function readNamespaces({ facts }: CelRun): ReadonlyMap<string, Value> {
  const list = facts.fact("resourceList", { apiVersion: "v1", resource: "namespaces", namespace: "", labels: {} });
  return new Map(itemsOf(list).map((item) => [textOf(memberOf(item, "metadata"), "name"), item]));
}

function isTarget(
  { match, namespace }: MutationTargets,
  { object, subresource }: Target,
  namespaces: ReadonlyMap<string, Value> | undefined,
  { input }: CelRun,
): boolean {
  const own = namespaceOf(object);
  if (match === undefined || (namespace !== "" && own !== namespace)) return false;
  const namespaceObject = namespaces?.get(own);
  const target = {
    object,
    operation: input.operation,
    ...(subresource === "" ? {} : { subresource }),
    ...(namespaceObject === undefined ? {} : { namespaceObject }),
  };
  return matchInput(match, target).matched === true;
}

const namespaceOf = (object: Value): string => textOf(memberOf(object, "metadata"), "namespace");
