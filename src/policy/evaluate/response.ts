import type { ErrorCode, Value } from "../../base/index.ts";
import type { FactRequest } from "./facts.ts";

/** The outcome of one rule for one resource. `error` is never `pass`. */
export type RuleResponse = {
  readonly policy: string;
  /** The validation's name: `rules` of an ImageValidatingPolicy are its validations, by index or by a leading `name:` in the message. */
  readonly rule: string;
} & (
  | { readonly status: "pass" }
  | { readonly status: "fail"; readonly message: string; readonly evidence: readonly Value[] }
  | { readonly status: "skip"; readonly reason: string }
  | { readonly status: "warn"; readonly message: string }
  | { readonly status: "error"; readonly code: ErrorCode; readonly message: string }
);

/** The result of one pass of evaluation. Finished rules stay finished; `pending` empty means done. */
export interface Evaluation {
  readonly responses: readonly RuleResponse[];
  readonly pending: readonly FactRequest[];
}

/** Allow or deny, made in one place from responses and failure policy. */
export interface Decision {
  readonly allowed: boolean;
  readonly responses: readonly RuleResponse[];
}
