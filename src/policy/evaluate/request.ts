import { type ErrorCode, isAmapError, LIMITS, type Value } from "../../base/index.ts";
import { type MatchResult, matchInput, type PodView } from "../compile/match-constraints.ts";
import type { Plan } from "../compile/plan.ts";
import type { CelActivation, CelProgram } from "../language/cel/program.ts";
import type { CelValue } from "../language/cel/values/value.ts";
import { NO_FACTS } from "./fact-reader.ts";
import { type PolicyInput, resourceTypeOf, subjectOf } from "./input.ts";
import { extractPodImages, type ImageLists, viewAsPod } from "./pod-images.ts";

/** Why no rule of a plan is evaluated for an input. */
export type Failure = { readonly code: ErrorCode; readonly message: string };

/** Whether a plan applies, decided once before any rule. */
export type Applies =
  | { readonly status: "applies" }
  | { readonly status: "skip"; readonly reason: string }
  | ({ readonly status: "error" } & Failure);

/** The images of the object, and those that matchImageReferences cover. */
export type ImageLookup =
  | {
      readonly ok: true;
      readonly covered: ImageLists;
      readonly coveredImages: readonly string[];
      readonly total: number;
    }
  | ({ readonly ok: false } & Failure);

/** What all rules of a plan see of one input: the same in every pass. */
export interface PreparedRequest {
  readonly applies: Applies;
  readonly images: ImageLookup;
  /** Values by slot of `plan.environment`. */
  readonly variables: CelActivation["variables"];
}

/** Matches the input, evaluates the conditions, and reads the images. Nothing here can ask for facts. */
export function prepareRequest(plan: Plan, input: PolicyInput, now: number): PreparedRequest {
  const match: MatchResult = plan.mode === "JSON" ? { matched: true, view: "object" } : matchInput(plan.match, input);
  const values = requestValues(input, match.matched === true ? match.view : "object");
  const variables = plan.environment.bind({ ...values, ...plan.constants });
  const activation: CelActivation = {
    variables: plan.requestEnvironment.bind(values),
    now,
    facts: NO_FACTS,
    budget: { steps: LIMITS.evaluationSteps },
  };
  const applies: Applies =
    match.matched === true
      ? evaluateConditions(plan, activation)
      : match.matched === false
        ? { status: "skip", reason: match.reason }
        : { status: "error", code: "FACT_FAILED", message: match.message };
  const images: ImageLookup =
    applies.status === "applies"
      ? readImages(plan, input, activation)
      : { ok: true, covered: {}, coveredImages: [], total: 0 };
  return { applies, images, variables };
}

function requestValues(input: PolicyInput, view: PodView): Readonly<Record<string, Value>> {
  const type = resourceTypeOf(input);
  const object = viewAsPod(input.object, view);
  const oldObject = viewAsPod(input.oldObject ?? null, view);
  const { group, version, kind, resource, resourceGroup, resourceVersion } = type;
  const request: Value = {
    kind: { group, version, kind },
    resource: { group: resourceGroup, version: resourceVersion, resource },
    subResource: type.subresource,
    name: type.name,
    namespace: type.namespace,
    operation: input.operation,
    userInfo: input.userInfo ?? {},
    object,
    oldObject,
    dryRun: false,
  };
  return { object, oldObject, request, namespaceObject: input.namespaceObject ?? null };
}

/**
 * All conditions must be true. One that is false decides, whatever the others say; otherwise an error counts by the
 * failure policy, as in Kubernetes: Ignore leaves the object alone.
 */
function evaluateConditions(plan: Plan, activation: CelActivation): Applies {
  let failure: Failure | undefined;
  for (const { name, program } of plan.matchConditions) {
    const result = tryProgram(program, activation, (value) => (typeof value === "boolean" ? value : undefined));
    if (!result.ok) failure ??= { ...result, message: `matchConditions ${name}: ${result.message}` };
    else if (!result.value) return { status: "skip", reason: `matchConditions ${name} is false` };
  }
  if (failure === undefined) return { status: "applies" };
  if (plan.failurePolicy === "Ignore") return { status: "skip", reason: `failurePolicy Ignore: ${failure.message}` };
  return { status: "error", code: failure.code, message: failure.message };
}

function readImages(plan: Plan, input: PolicyInput, activation: CelActivation): ImageLookup {
  const extraction = extractPodImages(subjectOf(input));
  if (!extraction.ok) return { ok: false, code: "VALUE_INVALID", message: extraction.message };
  // A Map, because policies choose the names.
  const lists = new Map(Object.entries(extraction.lists));
  for (const { name, program } of plan.extractors) {
    const result = tryProgram(program, activation, stringList);
    if (!result.ok) return { ...result, message: `images ${name}: ${result.message}` };
    lists.set(name, result.value);
  }
  const scope = {
    now: activation.now,
    charge: (steps: number) => {
      activation.budget.steps -= steps;
    },
  };
  const covered = new Map<string, readonly string[]>();
  for (const [name, images] of lists) {
    const kept: string[] = [];
    for (const image of images) {
      const result = attempt(() => plan.covers(image, scope));
      if (!result.ok) return result;
      if (result.value) kept.push(image);
    }
    covered.set(name, kept);
  }
  const total = [...lists.values()].flat().length;
  const coveredImages = [...new Set([...covered.values()].flat())];
  return { ok: true, covered: Object.fromEntries(covered), coveredImages, total };
}

function stringList(value: CelValue): readonly string[] | undefined {
  return Array.isArray(value) && value.every((item) => typeof item === "string") ? value : undefined;
}

type Attempt<T> = { readonly ok: true; readonly value: T } | ({ readonly ok: false } & Failure);

function tryProgram<T>(
  program: CelProgram,
  activation: CelActivation,
  accept: (value: CelValue) => T | undefined,
): Attempt<T> {
  const result = attempt(() => accept(program.evaluate(activation)));
  if (!result.ok) return result;
  if (result.value !== undefined) return { ok: true, value: result.value };
  return { ok: false, code: "EXPRESSION_FAILED", message: "the expression gave a value of the wrong type" };
}

function attempt<T>(run: () => T): Attempt<T> {
  try {
    return { ok: true, value: run() };
  } catch (error) {
    if (!isAmapError(error)) throw error;
    return { ok: false, code: error.code, message: error.message };
  }
}
