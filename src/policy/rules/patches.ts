import { type Value, writeJson } from "../../base/index.ts";
import type { RuleContext } from "../evaluate/rule-context.ts";
import { applyJsonPatch, type PatchOutcome, parseJsonPatch } from "../language/patch/json-patch.ts";
import { type MergeOutcome, mergeStrategically } from "../language/patch/strategic-merge.ts";
import type { MixedText, Template } from "../language/variables/template.ts";
import type { Mutation } from "../resource/kyverno/rule-actions.ts";
import { PatchShape } from "./patch-shape.ts";
import { NO_SCOPE, type RuleCompiler } from "./rule-compiler.ts";

/** A patch as written: it may have variables. */
export interface Patch {
  /** The patch with its variables replaced. @throws MISSING_FACT, {AmapError} when a variable fails */
  prepare(context: RuleContext): PreparedPatch;
}

/** A patch for an object, which stays as it is. */
export interface PreparedPatch {
  apply(object: Value, charge: (steps: number) => void): PatchOutcome | MergeOutcome;
}

/** The patch of a mutate rule or loop: of two, the strategic merge; undefined when there is none. */
export function compilePatch(
  { patchStrategicMerge, patchesJson6902 }: Pick<Mutation, "patchStrategicMerge" | "patchesJson6902">,
  path: string,
  compiler: RuleCompiler,
): Patch | undefined {
  if (patchStrategicMerge !== undefined && patchStrategicMerge !== null) {
    const template = compiler.template(
      patchStrategicMerge,
      `${path}.patchStrategicMerge`,
      "/mutate/patchStrategicMerge",
    );
    return prepareOnce(template, mergePatch);
  }
  if (patchesJson6902 === undefined || patchesJson6902 === "") return undefined;
  const template = compiler.template(patchesJson6902, `${path}.patchesJson6902`, "/mutate/patchesJson6902");
  return template.mixed === undefined ? prepareOnce(template, jsonPatch) : mixedPatch(template, template.mixed);
}

function prepareOnce(template: Template, prepare: (rendered: Value) => PreparedPatch): Patch {
  if (!template.isConstant) return { prepare: (context) => prepare(template.render(context)) };
  let ready: PreparedPatch | undefined;
  return {
    prepare: () => {
      ready ??= prepare(template.render(NO_SCOPE));
      return ready;
    },
  };
}

function mergePatch(patch: Value): PreparedPatch {
  return { apply: (object, charge) => mergeStrategically(object, patch, charge) };
}

/** A JSON Patch whose text has variables: their values are no operations. */
function mixedPatch(template: Template, mixed: MixedText): Patch {
  // A patch that is one variable is what that says.
  if (mixed.pieces.length === 1) return { prepare: (context) => jsonPatch(template.render(context)) };
  const shape = new PatchShape(mixed);
  return {
    prepare(context) {
      const rendered = mixed.render(context);
      const parsed = parseJsonPatch(rendered.join(""));
      if (parsed.status === "error") return { apply: () => parsed };
      const charge = (steps: number): void => context.context.charge(steps);
      return shape.fits(parsed.operations, rendered, charge)
        ? operationsPatch(parsed.operations)
        : { apply: () => OTHER };
    },
  };
}

const OTHER: PatchOutcome = Object.freeze({
  status: "error",
  message: "the texts of variables change the operations of patchesJson6902",
});

function jsonPatch(rendered: Value): PreparedPatch {
  const parsed = parseJsonPatch(typeof rendered === "string" ? rendered : writeJson(rendered));
  if (parsed.status === "error") return { apply: () => parsed };
  return operationsPatch(parsed.operations);
}

function operationsPatch(operations: readonly Value[]): PreparedPatch {
  return { apply: (object, charge) => applyJsonPatch(object, operations, charge) };
}
