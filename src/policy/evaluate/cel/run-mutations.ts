import type { CelRun } from "../../compile/cel-plan.ts";
import type { CelOutcome } from "./cel-outcome.ts";
import { mutateTargets } from "./mutation-targets.ts";
import { type Mutations, mutate } from "./mutations.ts";

/**
 * What a mutating policy comes to for one object: the object with all changes, or the existing objects that it changes
 * instead; both where existing objects are changed and the policy names none.
 * @throws MISSING_FACT, {AmapError} BUDGET_EXCEEDED
 */
export function runMutations(part: Mutations, run: CelRun): readonly CelOutcome[] {
  const { targets } = part;
  if (targets === undefined) return [mutateSent(part, run)];
  if (!targets.isImplied) return mutateTargets(part, targets, run);
  const sent = mutateSent(part, run);
  return run.changesExisting ? [sent, ...mutateTargets(part, targets, run)] : [sent];
}

function mutateSent(part: Mutations, run: CelRun): CelOutcome {
  const mutated = mutate(part, run, run.object);
  if (!mutated.ok) {
    // What the other mutations made is sent on where the failure policy lets the request pass.
    return mutated.object === undefined ? mutated.outcome : { ...mutated.outcome, object: mutated.object };
  }
  return { ...mutated.outcome, object: mutated.object };
}
