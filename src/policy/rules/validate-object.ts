import { AmapError, isValueObject, type Value } from "../../base/index.ts";
import type { CompiledEntries } from "../evaluate/context-entries.ts";
import type { RuleContext } from "../evaluate/rule-context.ts";
import type { JmesProgram } from "../language/jmespath/program.ts";
import type { ForEachValidation, Validation } from "../resource/kyverno/rule-actions.ts";
import { type CompiledConditions, compileConditions } from "./conditions.ts";
import { ELEMENT_STEPS, elementsOf, withElement } from "./elements.ts";
import { evaluationError } from "./evaluation-error.ts";
import { compilePatterns, matchPattern, type PatternSource, type ReadyPattern, renderPatterns } from "./patterns.ts";
import type { RuleCompiler } from "./rule-compiler.ts";
import { compileMessage, type RuleMessage } from "./rule-message.ts";
import { errorOf, fail, pass, type RuleOutcome, skip } from "./rule-outcome.ts";
import type { RuleRun } from "./rule-run.ts";

/** What an object, or an element of a list in it, must be like: the first of these that is there decides. */
interface ValidationNode {
  readonly deny: CompiledConditions | undefined;
  readonly patterns: PatternSource | undefined;
  readonly loops: readonly ValidationLoop[];
}

interface ValidationLoop {
  readonly path: string;
  readonly list: JmesProgram;
  readonly elementScope: boolean | undefined;
  readonly entries: CompiledEntries;
  readonly preconditions: CompiledConditions | undefined;
  readonly node: ValidationNode;
}

/** A validate rule that looks at the object itself: deny, pattern, anyPattern, foreach. */
export interface ObjectValidation {
  readonly message: RuleMessage;
  readonly node: ValidationNode;
}

/** The rule's patterns as its variables made them: an update compares the old object with the same ones. */
export interface RenderedPatterns {
  patterns?: readonly ReadyPattern[];
}

/** Where in the object and in the rule's loops an evaluation is. */
interface Place {
  readonly context: RuleContext;
  /** What patterns are about: the innermost element that is an object, else undefined for the object itself. */
  readonly element: Value | undefined;
  readonly nesting: number;
  readonly path: string;
}

/** One evaluation of a rule. */
interface Evaluated {
  readonly validation: ObjectValidation;
  readonly run: RuleRun;
}

export function compileObjectValidation(source: Validation, path: string, compiler: RuleCompiler): ObjectValidation {
  return {
    message: compileMessage(source.message ?? "", `${path}.message`, compiler),
    node: compileNode(source, path, compiler),
  };
}

function compileNode(
  source: Pick<ForEachValidation, "pattern" | "anyPattern" | "deny" | "foreach">,
  path: string,
  compiler: RuleCompiler,
): ValidationNode {
  const { deny, pattern, anyPattern, foreach } = source;
  return {
    deny: deny === undefined ? undefined : compileConditions(deny.conditions, `${path}.deny.conditions`, compiler),
    patterns:
      pattern !== undefined
        ? compilePatterns(pattern, { isList: false, path: `${path}.pattern` }, compiler)
        : anyPattern !== undefined
          ? compilePatterns(anyPattern, { isList: true, path: `${path}.anyPattern` }, compiler)
          : undefined,
    loops: (foreach ?? []).map((loop, index) => compileLoop(loop, `${path}.foreach[${index}]`, compiler)),
  };
}

function compileLoop(loop: ForEachValidation, path: string, compiler: RuleCompiler): ValidationLoop {
  const { preconditions } = loop;
  return {
    path,
    list: compiler.query(loop.list ?? "", `${path}.list`),
    elementScope: loop.elementScope,
    entries: compiler.entries(loop.context, `${path}.context`),
    preconditions:
      preconditions === undefined ? undefined : compileConditions(preconditions, `${path}.preconditions`, compiler),
    node: compileNode(loop, path, compiler),
  };
}

/**
 * What the rule says of its object; undefined when it says nothing: no element was looked at, or a pattern and no object.
 * @throws MISSING_FACT, {AmapError} BUDGET_EXCEEDED, LIMIT_EXCEEDED
 */
export function validateObject(
  validation: ObjectValidation,
  run: RuleRun,
  rendered: RenderedPatterns = {},
): RuleOutcome | undefined {
  const place: Place = { context: run.context, element: undefined, nesting: 0, path: "" };
  return validateNode({ validation, run }, validation.node, place, rendered);
}

function validateNode(
  evaluated: Evaluated,
  node: ValidationNode,
  place: Place,
  rendered: RenderedPatterns,
): RuleOutcome | undefined {
  if (node.deny !== undefined) return validateDeny(evaluated, node.deny, place);
  if (node.patterns !== undefined) return validatePatterns(evaluated, node.patterns, place, rendered);
  return validateLoops(evaluated, node.loops, place);
}

function validateDeny({ validation, run }: Evaluated, conditions: CompiledConditions, { context }: Place): RuleOutcome {
  try {
    const denied = conditions.evaluate(run, context);
    if (!denied.holds) return pass(`validation rule '${run.rule}' passed.`);
    return fail(validation.message.ofDenial(run.rule, denied.message, context));
  } catch (thrown) {
    return errorOf("failed to check deny conditions", thrown);
  }
}

function validatePatterns(
  { validation, run }: Evaluated,
  source: PatternSource,
  { context, element }: Place,
  rendered: RenderedPatterns,
): RuleOutcome | undefined {
  try {
    rendered.patterns ??= renderPatterns(source, context);
  } catch (thrown) {
    return errorOf("variable substitution failed", thrown);
  }
  const subject = element ?? run.object;
  if (element === undefined && (run.operation === "DELETE" || !isValueObject(run.object))) return undefined;
  const matched = { patterns: rendered.patterns, path: source.path, subject };
  return source.isList
    ? validateAnyPattern(validation.message, matched, run, context)
    : validateOnePattern(validation.message, matched, run, context);
}

interface Matched {
  readonly patterns: readonly ReadyPattern[];
  readonly path: string;
  readonly subject: Value;
}

function validateOnePattern(
  message: RuleMessage,
  { patterns: [pattern], path, subject }: Matched,
  run: RuleRun,
  context: RuleContext,
): RuleOutcome {
  if (pattern === undefined) throw new AmapError("BUG", `${path} has no pattern`);
  const outcome = matchPattern(pattern, path, subject, run);
  switch (outcome.status) {
    case "pass":
      return pass(`validation rule '${run.rule}' passed.`);
    case "skip":
      return skip(outcome.message);
    case "fail":
      return fail(message.ofPattern(run.rule, outcome, context));
    default: {
      const text = message.ofPattern(run.rule, { ...outcome, path: "" }, context);
      return { status: "error", code: "EXPRESSION_FAILED", message: text };
    }
  }
}

function validateAnyPattern(
  message: RuleMessage,
  { patterns, path, subject }: Matched,
  run: RuleRun,
  context: RuleContext,
): RuleOutcome {
  const skipped: string[] = [];
  const failed: string[] = [];
  for (const [index, pattern] of patterns.entries()) {
    const outcome = matchPattern(pattern, `${path}[${index}]`, subject, run);
    const name = `rule ${run.rule}[${index}]`;
    if (outcome.status === "pass") return pass(`validation rule '${run.rule}' anyPattern[${index}] passed.`);
    if (outcome.status === "skip") skipped.push(`${name} skipped: ${outcome.message}`);
    else if (outcome.status === "error") failed.push(`${name} failed: ${outcome.message}`);
    else failed.push(`${name} failed at path ${outcome.path}`);
  }
  if (failed.length > 0) return fail(message.ofAnyPattern(run.rule, failed.join(" "), context));
  if (skipped.length > 0) return skip(skipped.join(" "));
  return pass(message.text);
}

/** What loops found: the outcome that ended them, or how many elements were fine. */
interface LoopsResult {
  readonly applied: number;
  readonly ended?: RuleOutcome;
}

function validateLoops(evaluated: Evaluated, loops: readonly ValidationLoop[], place: Place): RuleOutcome | undefined {
  const { memory, budget } = evaluated.run;
  const first: LoopsResult = { applied: 0 };
  const { applied, ended } = memory.fold(`${place.path}loops`, budget, { count: loops.length, first }, (sum, index) => {
    const loop = loops[index];
    if (loop === undefined) throw new AmapError("BUG", "a loop ran beyond its end");
    const result = validateElements(evaluated, loop, { ...place, path: `${place.path}${index}.` });
    return { result: { ...result, applied: sum.applied + result.applied }, isFinal: result.ended !== undefined };
  });
  if (ended !== undefined) return ended;
  return applied === 0 ? undefined : pass("rule passed");
}

function validateElements(evaluated: Evaluated, loop: ValidationLoop, place: Place): LoopsResult {
  const { memory, budget } = evaluated.run;
  let elements: readonly Value[];
  try {
    elements = elementsOf(loop.list, place.context, `${loop.path}.list`);
  } catch (thrown) {
    const error = evaluationError(thrown);
    // An optional list: Kyverno goes on, and so do its users' policies.
    if (error.code === "VARIABLE_NOT_FOUND") return { applied: 0 };
    return { applied: 0, ended: errorOf("failed to evaluate list", error) };
  }
  const first: LoopsResult = { applied: 0 };
  return memory.fold(`${place.path}elements`, budget, { count: elements.length, first }, (sum, index) => {
    budget.charge(ELEMENT_STEPS);
    const element = elements[index] ?? null;
    const outcome = element === null ? undefined : validateElement(evaluated, loop, place, { element, index });
    if (outcome === undefined || isPassedOver(outcome)) return { result: sum, isFinal: false };
    if (outcome.status === "pass") return { result: { applied: sum.applied + 1 }, isFinal: false };
    const ended = { ...outcome, message: `validation failure: ${outcome.message}` };
    return { result: { applied: sum.applied, ended }, isFinal: true };
  });
}

/** As in Kyverno: an element without what its preconditions ask for is not looked at. Other failures count. */
function isPassedOver({ status, code, message }: RuleOutcome): boolean {
  if (status === "skip") return true;
  return status === "error" && code === "VARIABLE_NOT_FOUND" && message.includes("failed to evaluate preconditions");
}

function validateElement(
  evaluated: Evaluated,
  loop: ValidationLoop,
  place: Place,
  { element, index }: { readonly element: Value; readonly index: number },
): RuleOutcome | undefined {
  const { run } = evaluated;
  run.note?.({ kind: "element", path: loop.path, index, element });
  const isObject = isValueObject(element);
  if (loop.elementScope === true && !isObject) {
    const message = "cannot use elementScope=true foreach rules for elements that are not maps";
    return { status: "error", code: "VALUE_INVALID", message: `failed to process foreach: ${message}` };
  }
  let context: RuleContext;
  try {
    context = run.load(loop.entries, withElement(place.context, element, index, place.nesting));
  } catch (thrown) {
    return errorOf("failed to load context", thrown);
  }
  try {
    const met = loop.preconditions?.evaluate(run, context);
    if (met?.holds === false) return skip("preconditions not met");
  } catch (thrown) {
    return errorOf("failed to evaluate preconditions", thrown);
  }
  const inner: Place = {
    context,
    element: (loop.elementScope ?? isObject) ? element : place.element,
    nesting: place.nesting + 1,
    path: `${place.path}${index}.`,
  };
  return validateNode(evaluated, loop.node, inner, {});
}
