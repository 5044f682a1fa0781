import type { ErrorCode, Value } from "../../base/index.ts";
import type { PodSecurityViolation } from "../language/podsecurity/pod-security.ts";
import type { FactRequest } from "./facts.ts";
import type { RuleTrace } from "./rule-trace.ts";

/**
 * The steps in which Kyverno applies its policies to an object: all policies' mutations, then all image verifications
 * (they pin digests), then all validations, then what is generated. Each step sees the object that the one before left.
 */
export type KyvernoPhase = "mutate" | "verifyImages" | "validate" | "generate";

/** A rule's status in a report (wgpolicyk8s.io results). `warn` is made from `fail` by who reports, never here. */
export type KyvernoRuleStatus = "pass" | "fail" | "warn" | "error" | "skip";

/** What a failed rule does at admission. */
export type FailureAction = "Audit" | "Enforce";

/** An existing object as a mutate rule with `targets` would leave it. */
export interface PatchedTarget {
  readonly object: Value;
  readonly original: Value;
  /** The subresource that was read and is to be written; empty for the object itself. */
  readonly subresource: string;
}

/** A check of the Pod Security Standards that a pod does not meet, with the images of the containers it names. */
export interface PodSecurityFinding extends PodSecurityViolation {
  readonly images: readonly string[];
}

/** What a pod security rule looked at. */
export interface PodSecurityChecks {
  readonly level: string;
  readonly version: string;
  readonly checks: readonly PodSecurityFinding[];
}

/** The outcome of one rule of a kyverno.io policy for one object, as Kyverno reports it. */
export interface KyvernoRuleResponse {
  /** The policy's `metadata.name`, and its namespace: empty for a ClusterPolicy. */
  readonly policy: string;
  readonly namespace: string;
  readonly rule: string;
  /** Deletion and the phase cleanup are those of a cleanup policy: `pass` when it would delete the object. */
  readonly type: "Validation" | "Mutation" | "Generation" | "ImageVerify" | "Deletion";
  readonly phase: KyvernoPhase | "cleanup";
  readonly status: KyvernoRuleStatus;
  readonly message: string;
  /** Why it is an `error`; or why a generate rule that was triggered, and so is `pass`, made nothing. */
  readonly code?: ErrorCode;
  /** What its failure does: its overrides, its own action, the policy's overrides, the policy's action. */
  readonly failureAction: FailureAction;
  /** Whether its message is shown to who asked, where the policy has emitWarning. */
  readonly emitWarning: boolean;
  /** `reportProperties`, substituted. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Of a mutate rule with targets that passed. */
  readonly patched?: PatchedTarget;
  /** Objects that a generate rule makes. */
  readonly generated?: readonly Value[];
  /** PolicyExceptions because of which it is skipped: `namespace/name`. */
  readonly exceptions?: readonly string[];
  readonly podSecurity?: PodSecurityChecks;
  /** Of CEL policies: the reason in the admission answer (`Invalid`, `Forbidden`). */
  readonly statusReason?: string;
  /** Of CEL policies: what a failure leads to; `failureAction` is Enforce when Deny is among them and nothing lifts it. */
  readonly validationActions?: readonly ("Deny" | "Audit" | "Warn")[];
  /** Of Kubernetes' admission policies: the binding under which it was evaluated, and what goes to the audit event. */
  readonly binding?: string;
  readonly auditAnnotations?: Readonly<Record<string, string>>;
  /** Of a policy that autogen extended: `autogen-defaults`, `autogen-cronjobs`; not there for the policy as written. */
  readonly variant?: string;
  /** What happened, where it was asked for. */
  readonly trace?: RuleTrace;
}

/** Whether images passed verification, by their references: what the phase validate asks for. */
export type ImageOutcomes = ReadonlyMap<string, "pass" | "fail" | "skip">;

/** What is to be done to the cluster when the decision stands: data, applied by who asked. */
export type KyvernoEffect =
  | {
      readonly kind: "generate";
      readonly policy: string;
      readonly namespace: string;
      readonly rule: string;
      readonly object: Value;
      /** Whether later changes of the source or of the rule are carried over. */
      readonly synchronize: boolean;
      readonly orphanDownstreamOnPolicyDelete: boolean;
      readonly useServerSideApply: boolean;
      /** The object it was copied from. */
      readonly source?: Value;
    }
  | {
      readonly kind: "mutateExisting";
      readonly policy: string;
      readonly namespace: string;
      readonly rule: string;
      readonly target: PatchedTarget;
    };

/** A rule that says nothing of an object, and why. */
export interface UnmatchedRule {
  readonly rule: string;
  readonly phase: KyvernoPhase | "cleanup";
  /** Each with its place in the rule: `match.any[0].resources.names`. */
  readonly reasons: readonly string[];
  /** What happened until then; not there for one that was not even looked at. */
  readonly trace?: RuleTrace;
}

/** One pass of a plan over an object. `pending` empty means done. */
export interface KyvernoEvaluation {
  readonly policy: string;
  /** Of the finished rules, in the order of phases and rules; a rule that does not match has none. */
  readonly responses: readonly KyvernoRuleResponse[];
  /** The object after mutation and after digests were pinned; null when it is deleted. */
  readonly object: Value;
  readonly effects: readonly KyvernoEffect[];
  /** What must be loaded before the unfinished rules can go on. */
  readonly pending: readonly FactRequest[];
  /** Names of the rules that wait for facts, and of those behind them. */
  readonly unfinished: readonly string[];
  /** What verifying images came to, by rule: for the phase validate, when it is evaluated apart. */
  readonly imageOutcomes: ReadonlyMap<string, ImageOutcomes>;
  /** Rules without a response, where an explanation was asked for. */
  readonly unmatched?: readonly UnmatchedRule[];
}
