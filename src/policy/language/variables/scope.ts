import { type AmapError, isAmapError, type Value } from "../../../base/index.ts";
import type { JmesExplanation } from "../jmespath/explain/explanation.ts";
import type { JmesContext, JmesProgram } from "../jmespath/program.ts";

/** Where a template's variables get their values. */
export interface QueryScope {
  readonly context: JmesContext;
  /** `request.operation`: when an object is deleted, `request.object` in a variable means `request.oldObject`. */
  readonly operation: string;
  /**
   * The value of a query over the scope. The message of a failed one is Kyverno's: `JMESPath query failed: …`.
   * @throws MISSING_FACT
   * @throws {AmapError} VARIABLE_NOT_FOUND, EXPRESSION_FAILED, BUDGET_EXCEEDED, LIMIT_EXCEEDED, or what a context entry
   * failed with
   */
  query(program: JmesProgram): Value;
  /** Is told of each variable, where an explanation is asked for. */
  readonly note?: ((step: VariableNote) => void) | undefined;
}

/** What became of one variable or context entry; `path` is where it stands in its policy, empty when that is not known. */
export type VariableNote =
  | { readonly kind: "variable"; readonly path: string; readonly expression: string; readonly value: Value }
  | {
      readonly kind: "variableFailed";
      readonly path: string;
      readonly expression: string;
      readonly message: string;
      /** Why, in other words; undefined when all is said by the message. */
      readonly explanation?: JmesExplanation;
    }
  | { readonly kind: "entry"; readonly path: string; readonly name: string; readonly value: Value }
  | {
      readonly kind: "entryFailed";
      readonly path: string;
      readonly name: string;
      readonly message: string;
      readonly explanation?: JmesExplanation;
    };

/** The explanation that an error carries where explanations are made. */
export function explanationIn({ details }: AmapError): { readonly explanation?: JmesExplanation } {
  const { explanation } = details;
  return explanation === undefined ? {} : { explanation: explanation as JmesExplanation };
}

/** Makes one value of a scope. */
export type Render = (scope: QueryScope) => Value;

/**
 * Whether a thrown value says that an expression failed. Everything else passes through every catch: a missing fact, a
 * spent budget, a limit and a bug end the rule, whatever the policy would make of a failure.
 */
export function isExpressionFailure(error: unknown): error is AmapError {
  if (!isAmapError(error)) return false;
  return error.code !== "BUDGET_EXCEEDED" && error.code !== "LIMIT_EXCEEDED" && error.code !== "BUG";
}
