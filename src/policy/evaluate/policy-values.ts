import type { Value } from "../../base/index.ts";

/** A variable by its name, which may be dotted: `request.object.metadata.name`. */
export type GivenVariable = readonly [name: string, value: Value];

/** Variables that a test or the command line gives for one policy and object. */
export interface PolicyValues {
  /** For all rules: they change what the request shows, and so the object that the rules see. */
  readonly variables: readonly GivenVariable[];
  /** By rule: what its context entries would have given. */
  readonly rules: ReadonlyMap<string, readonly GivenVariable[]>;
}
