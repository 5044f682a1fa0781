import type { EntrySource } from "./context-entries.ts";
import type { ExceptionIndex } from "./exceptions.ts";
import type { Facts } from "./facts.ts";
import type { ImageOutcomes, KyvernoEvaluation, KyvernoPhase } from "./kyverno-response.ts";
import type { PolicyValues } from "./policy-values.ts";

/** What else decides an evaluation, given from outside so that the same facts give the same decision. */
export interface ClusterPolicyOptions {
  readonly facts: Facts;
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly now: number;
  /** For functions that draw at random: the same seed, the same draw. */
  readonly seed: string;
  /** All phases of the plan when left out. Kyverno goes through one phase with all policies before the next. */
  readonly phases?: readonly KyvernoPhase[];
  /** Whether the API server asks: then rules that change existing objects are left to the background. */
  readonly isAdmission?: boolean;
  readonly exceptions?: ExceptionIndex;
  /** Variables that a test or the command line gives. */
  readonly values?: PolicyValues;
  /** Sources of context entries that are there; all when left out. What the others would give is not there at all. */
  readonly served?: ReadonlySet<EntrySource>;
  /** What verifying images came to in an evaluation of the phase verifyImages, by rule; else it is done again. */
  readonly imageOutcomes?: ReadonlyMap<string, ImageOutcomes>;
  /** Whether responses carry their trace, and rules that do not match are listed with the reason. */
  readonly explain?: boolean;
  /** The result of the pass before, of the same plan and input: what is finished there is not evaluated again. */
  readonly previous?: KyvernoEvaluation | undefined;
}
