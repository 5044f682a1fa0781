import type { ErrorCode } from "../../base/index.ts";
import type {
  CelPlan,
  CleanupPlan,
  CompiledCelExceptions,
  ExceptionIndex,
  GlobalContextEntry,
  KyvernoPlan,
  Plan,
} from "../../policy/index.ts";
import type { PolicyPlaces } from "./policy-places.ts";

/** A document that is no policy, or none that is understood. */
export interface BrokenPolicy {
  /** Empty where it has none. */
  readonly name: string;
  readonly source: string;
  readonly code: ErrorCode;
  readonly message: string;
}

/** What objects are judged by. */
export interface PolicySet {
  readonly plans: readonly KyvernoPlan[];
  /** Policies of the CEL kinds and Kubernetes' own, in the order in which they are applied. */
  readonly celPlans: readonly CelPlan[];
  /** Exceptions to them. */
  readonly celExceptions: CompiledCelExceptions;
  /** Cleanup policies: they say whether they would delete an object, and delete none. */
  readonly cleanups: readonly CleanupPlan[];
  /** Data that context entries name. */
  readonly globalContext: readonly GlobalContextEntry[];
  /** ImageValidatingPolicies: they are judged together, after what changes and validates. */
  readonly imagePlans: readonly Plan[];
  readonly exceptions: ExceptionIndex;
  readonly exceptionCount: number;
  /** Policies that are not applied because they are not valid, and why. */
  readonly refused: ReadonlyMap<string, string>;
  /** What could not be read as a policy. */
  readonly broken: readonly BrokenPolicy[];
  readonly warnings: readonly string[];
  /** What is good to know. */
  readonly notes: readonly string[];
  /** Where the policies stand in their files. */
  readonly places: PolicyPlaces;
}
