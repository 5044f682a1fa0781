import type { ErrorCode, Value } from "../../base/index.ts";
import type { FactRequest } from "./facts.ts";

/**
 * The outcome of one rule for one resource. `error` is never `pass`. The rules of an ImageValidatingPolicy are its
 * validations, named by the annotation `policies.amap.dev/rule-names` or else by their place: `validations[0]`. Two
 * more appear only when they do not pass: `validationConfigurations.verifyDigest` and `.required`.
 *
 * `evidence` lists what the rule looked at, one object for each fact, made for reports: see `summariseFact`.
 */
export type RuleResponse = {
  readonly policy: string;
  readonly rule: string;
} & (
  | { readonly status: "pass"; readonly evidence: readonly Value[] }
  | {
      readonly status: "fail";
      readonly message: string;
      readonly evidence: readonly Value[];
      /** The validation's `reason`: Unauthorized, Forbidden, Invalid or RequestEntityTooLarge. */
      readonly statusReason?: string;
    }
  | { readonly status: "skip"; readonly reason: string }
  | { readonly status: "warn"; readonly message: string }
  | {
      readonly status: "error";
      readonly code: ErrorCode;
      readonly message: string;
      readonly evidence?: readonly Value[];
    }
);

/** The result of one pass of evaluation. Finished rules stay finished; `pending` empty means done. */
export interface Evaluation {
  /** The policy's name. */
  readonly policy: string;
  /** The finished rules, in the policy's order. */
  readonly responses: readonly RuleResponse[];
  /** What must be loaded before the unfinished rules can go on. */
  readonly pending: readonly FactRequest[];
  /** Names of the rules that wait for facts. */
  readonly unfinished: readonly string[];
  /** By image that a finished rule checked: whether one of its checks found a signature or attestation. */
  readonly verifications?: ReadonlyMap<string, boolean>;
}

/** Allow or deny, made in one place from responses, failure policy and validation actions. */
export interface Decision {
  readonly allowed: boolean;
  /** Every response of every policy. */
  readonly responses: readonly RuleResponse[];
  /** The responses that deny; empty when allowed. */
  readonly denials: readonly RuleResponse[];
  /** Those to show to the one who asked, without denying (validationActions Warn). */
  readonly warnings: readonly RuleResponse[];
  /** Those to record only (validationActions Audit, or errors of a policy with failurePolicy Ignore). */
  readonly audits: readonly RuleResponse[];
}
