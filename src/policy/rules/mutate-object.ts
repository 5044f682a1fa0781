import { AmapError, equalValues, type Value } from "../../base/index.ts";
import type { CompiledEntries } from "../evaluate/context-entries.ts";
import type { RuleContext } from "../evaluate/rule-context.ts";
import type { JmesProgram } from "../language/jmespath/program.ts";
import type { ForEachMutation, Mutation } from "../resource/kyverno/rule-actions.ts";
import { type CompiledConditions, compileConditions } from "./conditions.ts";
import { ELEMENT_STEPS, elementsOf, withElement } from "./elements.ts";
import { evaluationError } from "./evaluation-error.ts";
import { compilePatch, type Patch } from "./patches.ts";
import type { RuleCompiler } from "./rule-compiler.ts";
import type { RuleRun } from "./rule-run.ts";

/** What changes an object: one patch, or loops that patch it once for each element. */
export interface ObjectMutation {
  readonly path: string;
  readonly patch: Patch | undefined;
  readonly loops: readonly MutationLoop[] | undefined;
}

interface MutationLoop {
  readonly path: string;
  readonly listText: string;
  readonly list: JmesProgram;
  readonly isReversed: boolean;
  readonly entries: CompiledEntries;
  readonly preconditions: CompiledConditions | undefined;
  readonly mutation: ObjectMutation;
}

/** What a mutation made of an object. */
export type MutationOutcome =
  | { readonly status: "pass"; readonly object: Value }
  | { readonly status: "skip"; readonly message: string }
  | { readonly status: "error"; readonly code: AmapError["code"]; readonly message: string };

/** Where in a rule's loops a mutation is. */
interface Place {
  readonly context: RuleContext;
  readonly nesting: number;
  readonly path: string;
}

/**
 * Compiles a mutation. `rule` is what stands beside the patch in its rule and may have variables: before Kyverno patches
 * it substitutes the whole rule, so that an unknown variable anywhere in it is an error; loops it substitutes alone.
 */
export function compileObjectMutation(
  source: Pick<Mutation, "patchStrategicMerge" | "patchesJson6902" | "foreach">,
  path: string,
  compiler: RuleCompiler,
  rule: Value = null,
): ObjectMutation {
  const { foreach } = source;
  const isLoop = foreach !== undefined && foreach.length > 0;
  return {
    path,
    loops: isLoop ? foreach.map((loop, index) => compileLoop(loop, `${path}.foreach[${index}]`, compiler)) : undefined,
    patch: isLoop ? undefined : withinRule(compilePatch(source, path, compiler), rule, path, compiler),
  };
}

function withinRule(patch: Patch | undefined, rule: Value, path: string, compiler: RuleCompiler): Patch | undefined {
  const template = compiler.template(rule, path);
  if (patch === undefined || template.isConstant) return patch;
  return {
    prepare(context) {
      template.render(context);
      return patch.prepare(context);
    },
  };
}

function compileLoop(loop: ForEachMutation, path: string, compiler: RuleCompiler): MutationLoop {
  const { preconditions, order } = loop;
  return {
    path,
    listText: loop.list ?? "",
    list: compiler.query(loop.list ?? "", `${path}.list`),
    // A merge puts what is new in front: elements are taken from the end so that they stay in order.
    isReversed: order === undefined ? loop.patchStrategicMerge !== undefined : order === "Descending",
    entries: compiler.entries(loop.context, `${path}.context`),
    preconditions:
      preconditions === undefined ? undefined : compileConditions(preconditions, `${path}.preconditions`, compiler),
    mutation: compileObjectMutation(loop, path, compiler),
  };
}

/**
 * What the mutation makes of an object, which stays as it is. `context` shows it as `request.object` or `target`.
 * @throws MISSING_FACT, {AmapError} BUDGET_EXCEEDED, LIMIT_EXCEEDED
 */
export function mutateObject(
  mutation: ObjectMutation,
  run: RuleRun,
  subject: { readonly object: Value; readonly context: RuleContext; readonly path: string },
): MutationOutcome {
  const { object, context, path } = subject;
  if (mutation.loops === undefined) return applyOnePatch(mutation, run, object, context);
  return mutateInLoops(mutation.loops, run, object, { context, nesting: 0, path });
}

function applyOnePatch(mutation: ObjectMutation, run: RuleRun, object: Value, context: RuleContext): MutationOutcome {
  const outcome = patchOnce(mutation, run, object, context);
  const { status } = outcome;
  run.note?.({ kind: "patch", path: mutation.path, status, message: status === "pass" ? "" : outcome.message });
  return outcome;
}

function patchOnce({ patch }: ObjectMutation, run: RuleRun, object: Value, context: RuleContext): MutationOutcome {
  if (patch === undefined) return { status: "error", code: "POLICY_INVALID", message: "empty mutate rule" };
  let made: ReturnType<Patch["prepare"]>;
  try {
    made = patch.prepare(context);
  } catch (thrown) {
    return failed("variable substitution failed", thrown);
  }
  const result = made.apply(object, (steps) => run.budget.charge(steps));
  if (result.status === "error") {
    return { status: "error", code: "EXPRESSION_FAILED", message: `failed to patch resource: ${result.message}` };
  }
  if (result.status === "skip" || equalValues(result.object, object)) {
    return { status: "skip", message: "no patches applied" };
  }
  return { status: "pass", object: result.object };
}

/** What loops have made so far: plain data, so that a later pass can go on from it. */
interface Chain {
  readonly object: Value;
  readonly applied: number;
  readonly error?: MutationOutcome & { readonly status: "error" };
}

function mutateInLoops(loops: readonly MutationLoop[], run: RuleRun, object: Value, place: Place): MutationOutcome {
  const first: Chain = { object, applied: 0 };
  const path = `${place.path}loops`;
  const chain = run.memory.fold(path, run.budget, { count: loops.length, first }, (so, index) => {
    // A loop sees what the one before has made; the elements of one loop do not see each other's.
    const context = so.applied === 0 ? place.context : place.context.withResource(so.object);
    const inner = { ...place, context, path: `${place.path}${index}.` };
    const outcome = mutateElements(at(loops, index), run, so.object, inner);
    if (outcome.status === "skip") return { result: so, isFinal: false };
    if (outcome.status === "error") return { result: { ...so, error: outcome }, isFinal: true };
    return { result: { object: outcome.object, applied: so.applied + 1 }, isFinal: false };
  });
  if (chain.error !== undefined) return chain.error;
  if (chain.applied === 0) return { status: "skip", message: "0 elements processed" };
  return { status: "pass", object: chain.object };
}

function mutateElements(loop: MutationLoop, run: RuleRun, object: Value, place: Place): MutationOutcome {
  let elements: readonly Value[];
  try {
    elements = elementsOf(loop.list, place.context, `${loop.path}.list`);
  } catch (thrown) {
    const { code, message } = evaluationError(thrown);
    // Kyverno says the cause twice.
    return { status: "error", code, message: `failed to evaluate list ${loop.listText}: ${message}: ${message}` };
  }
  const count = elements.length;
  const first: Chain = { object, applied: 0 };
  const chain = run.memory.fold(`${place.path}elements`, run.budget, { count, first }, (so, step) => {
    run.budget.charge(ELEMENT_STEPS);
    const index = loop.isReversed ? count - 1 - step : step;
    const element = elements[index] ?? null;
    if (element === null) return { result: so, isFinal: false };
    run.note?.({ kind: "element", path: loop.path, index, element });
    const outcome = mutateElement(loop, run, so.object, { place, element, index });
    if (outcome.status === "error") return { result: { ...so, error: outcome }, isFinal: true };
    if (outcome.status === "skip") return { result: so, isFinal: false };
    return { result: { object: outcome.object, applied: so.applied + 1 }, isFinal: false };
  });
  if (chain.error !== undefined) {
    return { ...chain.error, message: `failed to mutate elements: ${chain.error.message}` };
  }
  if (equalValues(chain.object, object)) return { status: "skip", message: "no patches applied" };
  return { status: "pass", object: chain.object };
}

function mutateElement(
  loop: MutationLoop,
  run: RuleRun,
  object: Value,
  { place, element, index }: { readonly place: Place; readonly element: Value; readonly index: number },
): MutationOutcome {
  let context: RuleContext;
  try {
    context = run.load(loop.entries, withElement(place.context, element, index, place.nesting));
  } catch (thrown) {
    return failed(`failed to load to mutate.foreach[${index}].context`, thrown);
  }
  try {
    const met = loop.preconditions?.evaluate(run, context);
    if (met?.holds === false) return { status: "skip", message: "preconditions not met" };
  } catch (thrown) {
    return failed(`failed to evaluate mutate.foreach[${index}].preconditions`, thrown);
  }
  const { mutation } = loop;
  if (mutation.loops === undefined) return applyOnePatch(mutation, run, object, context);
  const inner: Place = { context, nesting: place.nesting + 1, path: `${place.path}${index}.` };
  return mutateInLoops(mutation.loops, run, object, inner);
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new AmapError("BUG", "a loop ran beyond its end");
  return item;
}

function failed(doing: string, thrown: unknown): MutationOutcome {
  const { code, message } = evaluationError(thrown);
  return { status: "error", code, message: `${doing}: ${message}` };
}
