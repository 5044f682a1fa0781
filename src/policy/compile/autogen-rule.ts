import { isValueObject, listOf, memberOf, textOf, type Value, type ValueObject } from "../../base/index.ts";
import { parseKindSelector } from "../language/match/kind-selector.ts";
import { mapTexts } from "./map-texts.ts";

/** Where a controller has its pods: `spec.template`, or for CronJobs `spec.jobTemplate.spec.template`. */
type TemplatePlace = "template" | "jobTemplate";

/** How a rule is carried over to controllers. */
interface Carrying {
  readonly name: string;
  readonly place: TemplatePlace;
  /** The controllers, as `kinds` name them. */
  readonly kinds: readonly string[];
  /** Whether a filter of `any` or `all` gets these kinds. */
  readonly concerns: (filter: Value) => boolean;
}

/** What a generated rule keeps of its own; everything else it has is made anew. */
const KEPT = ["celPreconditions", "context", "preconditions", "verifyImages", "skipBackgroundRequests"] as const;
/** What a validation keeps beside what it checks. */
const KEPT_OF_VALIDATION = ["failureAction", "failureActionOverrides", "allowExistingViolations"] as const;

/**
 * A rule over pods as a rule over controllers, its texts not yet rewritten; undefined when it has nothing that Kyverno
 * carries over. As there, a patch loses its targets and a step of a mutating foreach its order and inner steps.
 */
export function carryOver(rule: ValueObject, carrying: Carrying): ValueObject | undefined {
  const action = carriedAction(rule, carrying);
  if (action === undefined) return undefined;
  const carried: Record<string, Value> = { name: carrying.name };
  const match = memberOf(rule, "match");
  carried["match"] = withKinds(match ?? {}, carrying, true);
  const exclude = memberOf(rule, "exclude");
  if (isValueObject(exclude) && Object.keys(exclude).length > 0)
    carried["exclude"] = withKinds(exclude, carrying, false);
  copyFields(carried, rule, [...KEPT, "reportProperties"]);
  return Object.assign(carried, action);
}

function copyFields(target: Record<string, Value>, source: Value, fields: readonly string[]): void {
  for (const field of fields) {
    const value = memberOf(source, field);
    if (value !== undefined && value !== null) target[field] = value;
  }
}

/** A match or exclude block with the controllers for pods. One that excludes by no kind stays as it is. */
function withKinds(block: Value, carrying: Carrying, isMatch: boolean): Value {
  for (const mode of ["any", "all"]) {
    const filters = listOf(block, mode);
    if (filters.length > 0) {
      const carried = filters.map((filter) => (carrying.concerns(filter) ? naming(filter, carrying.kinds) : filter));
      return { ...(block as ValueObject), [mode]: carried };
    }
  }
  const hasKinds = listOf(memberOf(block, "resources"), "kinds").length > 0;
  return isMatch || hasKinds ? naming(block, carrying.kinds) : block;
}

function naming(filter: Value, kinds: readonly string[]): Value {
  return { ...(filter as ValueObject), resources: { ...(memberOf(filter, "resources") as ValueObject), kinds } };
}

/** Whether some of the kinds that a filter names is Pod. */
export function namesPods(filter: Value): boolean {
  return listOf(memberOf(filter, "resources"), "kinds").some(
    (kind) => typeof kind === "string" && parseKindSelector(kind).kind === "Pod",
  );
}

function carriedAction(rule: ValueObject, { place }: Carrying): ValueObject | undefined {
  const mutate = memberOf(rule, "mutate");
  const patch = memberOf(mutate, "patchStrategicMerge");
  if (isPresent(patch)) return { mutate: { patchStrategicMerge: below(place, patch) } };
  const steps = listOf(mutate, "foreach");
  if (steps.length > 0) return { mutate: { foreach: steps.map((step) => carryStep(step, place)) } };
  const validate = memberOf(rule, "validate");
  const carried = isValueObject(validate) ? carryValidation(validate, place) : undefined;
  if (carried !== undefined) return { validate: carried };
  return listOf(rule, "verifyImages").length > 0 ? {} : undefined;
}

function carryStep(step: Value, place: TemplatePlace): Value {
  const carried: Record<string, Value> = {};
  copyFields(carried, step, ["list", "context", "preconditions"]);
  carried["patchStrategicMerge"] = below(place, memberOf(step, "patchStrategicMerge") ?? null);
  return carried;
}

function carryValidation(validate: ValueObject, place: TemplatePlace): ValueObject | undefined {
  const made = (pivot: string, field: string, value: Value): ValueObject => {
    const carried: Record<string, Value> = {};
    const message = textOf(validate, "message");
    if (message !== "") carried["message"] = shiftReferences(message, SHIFTS[place], pivot);
    copyFields(carried, validate, KEPT_OF_VALIDATION);
    carried[field] = value;
    return carried;
  };
  const { pattern, deny, podSecurity, anyPattern, cel } = validate;
  if (isPresent(pattern)) return made("pattern", "pattern", below(place, pattern));
  if (isPresent(deny)) return made("deny", "deny", deny);
  if (isPresent(podSecurity)) return made("podSecurity", "podSecurity", podSecurity);
  if (isPresent(anyPattern)) {
    const patterns = listOf(validate, "anyPattern").map((row) => below(place, row));
    return made("anyPattern", "anyPattern", patterns);
  }
  const steps = listOf(validate, "foreach");
  if (steps.length > 0) return made("pattern", "foreach", steps);
  if (isValueObject(cel) && Object.keys(cel).length > 0) return validate;
  const { assert } = validate;
  return isPresent(assert) ? { ...validate, assert: assertBelow(place, assert) } : undefined;
}

/** The parts of an assertion tree that are about the object; those that ask by queries stay as they are. */
function assertBelow(place: TemplatePlace, tree: Value): Value {
  if (!isValueObject(tree)) return tree;
  const carried = Object.entries(tree).map(([key, value]) => {
    const isCarried = (key === "object" || key === "oldObject") && isValueObject(value);
    return [key, isCarried ? below(place, value) : value] as const;
  });
  return Object.fromEntries(carried);
}

function isPresent(value: Value | undefined): value is Exclude<Value, null> {
  return value !== undefined && value !== null;
}

function below(place: TemplatePlace, value: Value): Value {
  return { spec: { [place]: value } };
}

const SHIFTS: Readonly<Record<TemplatePlace, string>> = {
  template: "spec/template",
  jobTemplate: "spec/jobTemplate/spec/template",
};

/**
 * A message whose references `$(…)` lead to where the pattern is now. Kyverno's ways are kept: the shift goes behind every
 * `pivot` in a reference; of an anyPattern only references with the number of the first one are shifted.
 */
function shiftReferences(message: string, shift: string, pivot: string): string {
  let shifted = "";
  let copiedTo = 0;
  let place = pivot;
  for (let found = nextReference(message, 0); found !== undefined; found = nextReference(message, copiedTo)) {
    const reference = message.slice(found.start, found.end);
    if (place === "anyPattern") {
      const rest = reference.slice(reference.indexOf(place) + place.length + 1);
      place = `${place}/${rest.split("/")[0]}`;
    }
    shifted += message.slice(copiedTo, found.start) + reference.replaceAll(place, () => `${place}/${shift}`);
    copiedTo = found.end;
  }
  return shifted + message.slice(copiedTo);
}

/** The next `$(…)` that no backslash escapes: up to the last `)` before a space. Takes time linear in the message. */
function nextReference(message: string, from: number): { readonly start: number; readonly end: number } | undefined {
  let start = message.indexOf("$(", from);
  while (start >= 0) {
    const space = message.indexOf(" ", start + 3);
    const runEnd = space < 0 ? message.length : space;
    const closing = message.slice(start + 3, runEnd).lastIndexOf(")");
    if (closing >= 0 && message[start - 1] !== "\\" && message[start + 2] !== "\n") {
      return { start, end: start + 3 + closing + 1 };
    }
    // Where nothing closes one, nothing closes those behind it up to the space either.
    start = message.indexOf("$(", closing < 0 ? Math.max(start + 2, runEnd - 2) : start + 2);
  }
  return undefined;
}

/** What Kyverno replaces in the JSON text of a rule: roots of paths into a pod, by the roots in the controller. */
const ROOTS = ["object.spec", "oldObject.spec", "object.metadata", "oldObject.metadata"] as const;
const PATHS: Readonly<Record<TemplatePlace, string>> = {
  template: "spec.template",
  jobTemplate: "spec.jobTemplate.spec.template",
};

/**
 * A generated rule whose texts and keys name the controller's template: `request.object.spec` becomes
 * `request.object.spec.template.spec` wherever it stands, also inside longer words; in rules with CEL without `request.`.
 */
export function rewriteForTemplate(rule: ValueObject, place: TemplatePlace): ValueObject {
  const prefix = isPresent(memberOf(memberOf(rule, "validate"), "cel")) ? "" : "request.";
  const replacements = ROOTS.map((root): readonly [string, string] => {
    const [object, field] = root.split(".") as [string, string];
    return [prefix + root, `${prefix}${object}.${PATHS[place]}.${field}`];
  });
  return mapTexts(rule, (text) => rewriteText(text, replacements)) as ValueObject;
}

function rewriteText(text: string, replacements: readonly (readonly [string, string])[]): string {
  return replacements.reduce((written, [from, to]) => written.replaceAll(from, to), text);
}
