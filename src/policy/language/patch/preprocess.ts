import type { Value } from "../../../base/index.ts";
import { type Anchor, type AnchorKind, formatAnchor, parseAnchor } from "../pattern/anchor.ts";
import { compilePattern } from "../pattern/pattern.ts";
import { type Charge, copyNode, expectKind, PatchError, PatchNode, toValue } from "./node.ts";

/** A condition of a patch that does not hold: for an element of a list, or for all of the rule. */
export class ConditionError extends Error {
  readonly isGlobal: boolean;
  constructor(message: string, isGlobal: boolean) {
    super(`${isGlobal ? "global condition" : "condition"} failed: ${message}`);
    this.isGlobal = isGlobal;
  }
}

/**
 * Takes the anchors out of a patch: conditions are compared with the resource and go, elements of lists that hold
 * conditions are repeated for each named element of the resource that meets them, `+()` stays where the resource has
 * nothing. Follows Kyverno's pkg/engine/mutate/patch, its order and its side effects included: they decide which
 * elements remain.
 * @throws {ConditionError} where the patch does not apply
 * @throws {PatchError} where patch and resource do not fit
 */
export function preprocessPatch(patch: PatchNode, resource: PatchNode, charge: Charge): void {
  preprocess(patch, resource, charge);
  expectKind(patch, "object");
  for (const key of patch.fields.map((field) => field.key)) {
    const value = patch.field(key);
    if (value !== undefined && removeAnchors(value, isCondition(parseAnchor(key)), charge)) patch.clear(key);
  }
}

function preprocess(patch: PatchNode, resource: PatchNode | undefined, charge: Charge): void {
  charge(1);
  if (patch.kind === "object") preprocessObject(patch, resource, charge);
  else if (patch.items[0]?.kind === "object") preprocessObjects(patch, resource, charge);
}

function preprocessObject(patch: PatchNode, resource: PatchNode | undefined, charge: Charge): void {
  charge(patch.fields.length * STEPS_PER_FIELD);
  decideAdditions(patch, resource);
  checkConditions(patch, resource, "global", charge);
  checkConditions(patch, resource, "condition", charge);
  for (const key of patch.fields.map((field) => field.key)) {
    if (isPatchAnchor(parseAnchor(key))) continue;
    const value = patch.field(key);
    if (value !== undefined) preprocess(value, resource?.field(key), charge);
  }
}

/** A member's key is read for each kind of anchor. */
const STEPS_PER_FIELD = 4;
/** What compiling a condition's pattern costs beside what matching it does. */
const CONDITION_STEPS = 16;

/** `+(key)`: gone where the resource has the key, `key` where it has not. How many there were. */
function decideAdditions(patch: PatchNode, resource: PatchNode | undefined): number {
  const anchors = anchorsOf(patch, "addIfNotPresent");
  for (const anchor of anchors) {
    if (resource?.field(anchor.key) === undefined) rename(patch, formatAnchor(anchor), anchor.key);
    else patch.clear(formatAnchor(anchor));
  }
  return anchors.length;
}

function checkConditions(
  patch: PatchNode,
  resource: PatchNode | undefined,
  kind: "global" | "condition",
  charge: Charge,
): void {
  for (const anchor of anchorsOf(patch, kind)) {
    const wanted = patch.field(formatAnchor(anchor));
    if (wanted === undefined) throw new PatchError(`the anchor ${formatAnchor(anchor)} has space around it`);
    const found = resource?.field(anchor.key);
    if (found === undefined) {
      throw new ConditionError(`could not found "${anchor.key}" key in the resource`, kind === "global");
    }
    if (decideAdditions(wanted, found) > 0) continue;
    charge(CONDITION_STEPS);
    const outcome = compilePattern(comparable(wanted, charge)).match(comparable(found, charge), charge);
    if (outcome.status !== "pass") throw new ConditionError(outcome.message, kind === "global");
  }
}

/** What a condition compares: scalars as the text they are written as. */
function comparable(node: PatchNode, charge: Charge): Value {
  return node.kind === "scalar" ? node.text : toValue(node, undefined, charge);
}

/** A list of objects: each element with anchors is tried against each element of the resource's list. */
function preprocessObjects(patch: PatchNode, resource: PatchNode | undefined, charge: Charge): void {
  expectKind(resource, "list");
  // What is added to the list below is ready.
  const elements = patch.items.slice();
  for (const element of elements) {
    if (!hasAnchors(element, isPatchAnchor, charge)) continue;
    const isGlobal = hasAnchors(element, (anchor) => anchor?.kind === "global", charge);
    const trial = copyNode(element, charge);
    let failed: ConditionError | undefined;
    let passed = false;
    for (const candidate of resource?.items ?? [undefined]) {
      const error = conditionError(() => preprocess(trial, candidate, charge));
      if (error !== undefined) {
        if (!error.isGlobal) continue;
        // Without a list to compare with, Kyverno ends at once.
        if (resource === undefined) throw error;
        failed = error;
      } else if (isGlobal) {
        passed = true;
      } else if (candidate !== undefined) {
        addNamed(patch, trial, candidate, charge);
      }
    }
    if (!passed && failed !== undefined) throw failed;
  }
}

/** The condition that did not hold while `run` ran, if that is how it ended. */
function conditionError(run: () => void): ConditionError | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof ConditionError) return error;
    throw error;
  }
}

/** Adds the element without its anchors for one of the resource's elements, which must have a name. */
function addNamed(patch: PatchNode, element: PatchNode, candidate: PatchNode, charge: Charge): void {
  const name = candidate.field("name");
  if (name === undefined || name.isEmpty) return;
  const added = copyNode(element, charge);
  if (removeAnchors(added, true, charge)) return;
  const named = new PatchNode();
  named.become(name);
  added.set("name", named);
  patch.items.push(added);
}

/** Whether an element holds such an anchor at any depth; a text that is written like a condition counts as one. */
function hasAnchors(node: PatchNode, isAnchor: (anchor: Anchor | undefined) => boolean, charge: Charge): boolean {
  charge(1);
  if (node.kind === "scalar") return isCondition(parseAnchor(node.text));
  if (node.kind === "list") return node.items.some((item) => hasAnchors(item, isAnchor, charge));
  return node.fields.some(
    ({ key, value }) => isAnchor(parseAnchor(key)) || (!value.isEmpty && hasAnchors(value, isAnchor, charge)),
  );
}

/** Takes anchors and what they leave empty out of a patch; whether the node itself is to go. */
function removeAnchors(node: PatchNode, removesScalar: boolean, charge: Charge): boolean {
  charge(1);
  if (node.kind === "scalar") return removesScalar;
  return node.kind === "list" ? removeFromList(node, charge) : removeFromObject(node, charge);
}

function removeFromObject(node: PatchNode, charge: Charge): boolean {
  charge(node.fields.length * STEPS_PER_FIELD);
  const conditions = [...anchorsOf(node, "condition", "global")];
  let remain = false;
  for (const anchor of conditions) {
    const value = node.field(formatAnchor(anchor));
    if (value === undefined || removeAnchors(value, true, charge)) node.clear(formatAnchor(anchor));
    else remain = true;
  }
  if (remain) {
    for (const anchor of anchorsOf(node, "condition", "global")) rename(node, formatAnchor(anchor), anchor.key);
  }
  let isEmpty = true;
  for (const key of node.fields.map((field) => field.key)) {
    const value = node.field(key);
    if (value !== undefined && removeAnchors(value, false, charge)) node.clear(key);
    else isEmpty = false;
  }
  // An object that was empty from the start goes as well: Kyverno adds no `emptyDir: {}`.
  return isEmpty;
}

function removeFromList(node: PatchNode, charge: Charge): boolean {
  const items = [...node.items];
  for (const [index, item] of items.entries()) {
    if (!hasAnchors(item, isPatchAnchor, charge) && !removeAnchors(item, false, charge)) continue;
    // Kyverno counts on in the list that has become shorter, and ends with a Go panic behind its end.
    if (index >= node.items.length) throw new PatchError("a list of the patch has more than one element with anchors");
    node.items.splice(index, 1);
  }
  return node.items.length === 0 && items.length > 0;
}

function anchorsOf(node: PatchNode, ...kinds: readonly AnchorKind[]): readonly Anchor[] {
  return node.fields.flatMap(({ key }) => {
    const anchor = parseAnchor(key);
    return anchor !== undefined && kinds.includes(anchor.kind) ? [anchor] : [];
  });
}

function rename(node: PatchNode, from: string, to: string): void {
  const field = node.fields.findLast((candidate) => candidate.key === from);
  if (field !== undefined) field.key = to;
}

function isCondition(anchor: Anchor | undefined): boolean {
  return anchor?.kind === "condition" || anchor?.kind === "global";
}

function isPatchAnchor(anchor: Anchor | undefined): boolean {
  return isCondition(anchor) || anchor?.kind === "addIfNotPresent";
}
