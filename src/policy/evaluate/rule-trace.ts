import type { Value } from "../../base/index.ts";

/** One thing that happened while a rule was evaluated, in order; made only when an explanation is asked for. */
export type TraceStep =
  | { readonly kind: "match"; readonly matched: boolean; readonly reason: string }
  | {
      readonly kind: "condition";
      /** Where in the rule: `preconditions.any[0]`. */
      readonly path: string;
      readonly key: Value;
      readonly operator: string;
      readonly value: Value;
      readonly holds: boolean;
    }
  | { readonly kind: "variable"; readonly path: string; readonly expression: string; readonly value: Value }
  | { readonly kind: "variableFailed"; readonly path: string; readonly expression: string; readonly message: string }
  | {
      readonly kind: "pattern";
      readonly path: string;
      readonly status: "pass" | "fail" | "skip" | "error";
      /** Where in the object; empty when it is not known. */
      readonly at: string;
      readonly pattern: Value;
      /** What stands there. */
      readonly found: Value | undefined;
      readonly message: string;
    }
  | { readonly kind: "element"; readonly path: string; readonly index: number; readonly element: Value }
  | { readonly kind: "expression"; readonly path: string; readonly source: string; readonly value: Value }
  | { readonly kind: "exception"; readonly name: string; readonly holds: boolean }
  | { readonly kind: "note"; readonly path: string; readonly message: string };

/** What happened while a rule was evaluated. */
export type RuleTrace = readonly TraceStep[];
