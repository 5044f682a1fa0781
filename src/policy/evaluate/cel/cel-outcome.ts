import type { ErrorCode, Value } from "../../../base/index.ts";
import type { KyvernoEffect, KyvernoRuleStatus, PatchedTarget } from "../kyverno-response.ts";

/** What one part of a policy came to: it becomes a response. */
export interface CelOutcome {
  readonly status: KyvernoRuleStatus;
  readonly message: string;
  /** As the engine names it in results; empty where it gives none. */
  readonly rule?: string;
  /** Why it is an `error`. */
  readonly code?: ErrorCode;
  /** The reason in the admission answer: `Invalid`, `Forbidden`, … */
  readonly statusReason?: string;
  /** What reports show beside: audit annotations and the engine's own. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Of Kubernetes' kinds: what goes to the audit event, by the policy's own keys. */
  readonly auditAnnotations?: Readonly<Record<string, string>>;
  /** Of Kubernetes' kinds: it denies under failurePolicy Fail, whatever the binding's actions are. */
  readonly denies?: true;
  /** The object as the policy leaves it. */
  readonly object?: Value;
  readonly patched?: PatchedTarget;
  readonly generated?: readonly Value[];
  readonly effects?: readonly KyvernoEffect[];
  /** PolicyExceptions because of which it is what it is: `namespace/name`. */
  readonly exceptions?: readonly string[];
}
