import type { Mutation } from "../resource/kyverno/rule-actions.ts";
import { TRUE } from "./cel-text.ts";
import { writeJsonPatch } from "./json-patch-to-cel.ts";
import { convertMerge, type MutationsText } from "./merge-to-cel.ts";
import { convertMutationLoop } from "./mutation-loop-to-cel.ts";
import { NotConvertible } from "./not-convertible.ts";
import type { QueryScope } from "./query-to-cel.ts";

/** What a mutate rule changes, in the words of a MutatingPolicy. It throws NotConvertible. */
export function convertMutation(source: Mutation, scope: QueryScope, path: string): MutationsText {
  if (source.targets !== undefined)
    throw new NotConvertible(`${path}.targets`, "changes of other objects are not converted yet");
  const { foreach } = source;
  if (foreach !== undefined && foreach.length > 0) {
    const loops = foreach.flatMap((loop, index) => convertMutationLoop(loop, scope, `${path}.foreach[${index}]`));
    return { mutations: loops, condition: TRUE };
  }
  if (source.patchStrategicMerge !== undefined) {
    return convertMerge(source.patchStrategicMerge, scope, `${path}.patchStrategicMerge`);
  }
  if (source.patchesJson6902 !== undefined) {
    const root = { place: scope.object, pointer: "" };
    const writer = writeJsonPatch(source.patchesJson6902, { scope, root, path: `${path}.patchesJson6902` });
    return { mutations: [{ patchType: "JSONPatch", jsonPatch: { expression: writer.text } }], condition: TRUE };
  }
  throw new NotConvertible(path, "there is nothing to change");
}
