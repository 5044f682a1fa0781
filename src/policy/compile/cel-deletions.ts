import { runDeletions } from "../evaluate/cel/deletions.ts";
import type { PropagationPolicy } from "../evaluate/deletion-time.ts";
import type { DeletingPolicy } from "../resource/policies/deleting-policy.ts";
import { readDeletionSchedule } from "../resource/policies/deletion-schedule.ts";
import type { CelCompiler, CelPart, CelRun } from "./cel-plan.ts";
import { nextDeletion } from "./deletion-times.ts";
import type { NamedProgram } from "./plan.ts";

/** What a deleting policy demands of the objects it deletes, and when it runs. */
export interface DeletionPart extends CelPart {
  /** All must hold; an object meets none of them when there are none. */
  readonly conditions: readonly NamedProgram[];
  /** When it runs, in UTC: see `nextDeletion`. */
  readonly schedule: string;
  /** What happens to the objects that belong to one that is deleted; the API server decides when absent. */
  readonly propagation?: PropagationPolicy;
}

/** The part of a DeletingPolicy that says which objects are deleted; issues are noted with their path in `spec`. */
export function compileDeletions(spec: DeletingPolicy["spec"], compiler: CelCompiler): DeletionPart {
  const { conditions: written = [], schedule, deletionPropagationPolicy: propagation } = spec;
  const conditions = written.flatMap(({ name, expression }, index): readonly NamedProgram[] => {
    const program = compiler.compile(expression, `spec.conditions[${index}].expression`, "bool");
    return program === undefined ? [] : [{ name, program }];
  });
  const next = nextDeletion(schedule, 0);
  // What is no schedule at all is told where policies are read.
  if (next.status === "never" && !("fault" in readDeletionSchedule(schedule))) {
    compiler.warnings.push(`spec.schedule never runs: ${next.reason}`);
  }
  return Object.freeze({
    conditions: Object.freeze(conditions),
    schedule,
    ...(propagation === undefined ? {} : { propagation }),
    run: (run: CelRun) => [runDeletions(conditions, run)],
  });
}
