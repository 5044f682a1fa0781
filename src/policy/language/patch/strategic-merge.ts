import { equalValues, type Value } from "../../../base/index.ts";
import { mergeNodes } from "./kustomize-merge.ts";
import { type Charge, PatchError, PatchNode, toNode, toValue } from "./node.ts";
import { ConditionError, preprocessPatch } from "./preprocess.ts";

/**
 * What a strategic merge made of an object. `skip`: a condition of the patch does not hold, the object stays.
 * `applied`: `object` is the given object itself when nothing changed (Kyverno: "no patches applied").
 */
export type MergeOutcome =
  | { readonly status: "applied"; readonly object: Value }
  | { readonly status: "skip"; readonly message: string }
  | { readonly status: "error"; readonly message: string };

/**
 * Merges `patch` into `object` as Kyverno's mutate.patchStrategicMerge does; neither is changed. First the anchors of
 * the patch are compared with the object, then what is left is merged as kustomize does: objects by member, null takes
 * a member away, lists with merge keys of built-in kinds by element with new elements first, other lists whole;
 * `$patch: delete`, `replace` and `merge` are followed. Variables are already substituted.
 * @throws {AmapError} LIMIT_EXCEEDED (depth); what `charge` throws, BUDGET_EXCEEDED as a rule
 * @see https://kyverno.io/docs/policy-types/cluster-policy/mutate/#strategic-merge-patch
 * @example
 * ```ts
 * import { mergeStrategically } from "./strategic-merge.ts";
 * mergeStrategically({ a: 1, b: 2 }, { b: null, "+(a)": 5, "+(c)": 3 }, () => {}); // { status: "applied", object: { a: 1, c: 3 } }
 * ```
 */
export function mergeStrategically(object: Value, patch: Value, charge: Charge): MergeOutcome {
  try {
    const target = toNode(object, charge);
    const prepared = toNode(patch, charge);
    let failed: ConditionError | undefined;
    try {
      preprocessPatch(prepared, target, charge);
    } catch (error) {
      if (error instanceof PatchError) throw new PatchError(`failed to preProcess rule: ${error.message}`);
      if (!(error instanceof ConditionError)) throw error;
      failed = error;
    }
    // Where a condition fails Kyverno still merges an empty patch, which tidies lists with equal elements.
    const merged = mergeNodes(target, failed === undefined ? prepared : emptyPatch(), charge);
    if (merged === undefined || merged.isNull) throw new PatchError("filter cannot create or delete objects");
    const after = toValue(merged, object, charge);
    const isSame = after === object || equalValues(after, object);
    if (failed !== undefined && isSame) return { status: "skip", message: failed.message };
    return { status: "applied", object: isSame ? object : after };
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    return { status: "error", message: error.message };
  }
}

function emptyPatch(): PatchNode {
  const patch = new PatchNode();
  patch.kind = "object";
  return patch;
}
