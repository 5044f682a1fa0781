import type { Value } from "../../base/index.ts";
import type { AnchorNote } from "../language/pattern/explain-anchors.ts";
import type { VariableNote } from "../language/variables/scope.ts";

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
  | VariableNote
  | {
      readonly kind: "pattern";
      readonly path: string;
      readonly status: "pass" | "fail" | "skip" | "error";
      /** Where in the object; empty when it is not known. */
      readonly at: string;
      readonly pattern: Value;
      /** What the pattern asks for there; undefined when it does not say. */
      readonly wanted: Value | undefined;
      /** What stands there. */
      readonly found: Value | undefined;
      readonly message: string;
    }
  | (AnchorNote & { readonly kind: "anchor"; readonly path: string })
  | {
      readonly kind: "patch";
      readonly path: string;
      readonly status: "pass" | "skip" | "error";
      readonly message: string;
    }
  | { readonly kind: "element"; readonly path: string; readonly index: number; readonly element: Value }
  | { readonly kind: "expression"; readonly path: string; readonly source: string; readonly value: Value }
  | { readonly kind: "exception"; readonly name: string; readonly holds: boolean }
  | { readonly kind: "note"; readonly path: string; readonly message: string };

/** What happened while a rule was evaluated. */
export type RuleTrace = readonly TraceStep[];
