import { isValueObject, type Value } from "../../../base/index.ts";
import { printed } from "../../language/pattern/go-text.ts";
import { isExpressionFailure, type QueryScope } from "../../language/variables/scope.ts";
import { compileTemplate, type Template } from "../../language/variables/template.ts";
import type { LazyMember } from "../rule-context.ts";
import { explained } from "./jmes-path.ts";

/** Where entries get their values from. */
export type EntrySource = "configMap" | "apiCall" | "imageRegistry" | "globalReference" | "variable";

/** A compiled context entry. */
export interface CompiledEntry extends LazyMember {
  readonly source: EntrySource;
}

/** What the entries of one policy are compiled with. */
export interface EntryOptions {
  /** Of a Policy, which may read only this namespace; empty for a ClusterPolicy. */
  readonly policyNamespace: string;
  /** Where they stand in it: `spec.rules[0].context`. */
  readonly place?: string;
}

/**
 * Renders a part of an entry; `what` stands in the message of a failure.
 * @throws MISSING_FACT, {AmapError}
 */
export function renderPart(template: Template, scope: QueryScope, what: string): Value {
  try {
    return template.render(scope);
  } catch (error) {
    if (!isExpressionFailure(error)) throw error;
    throw explained(error, `failed to substitute variables in ${what}`);
  }
}

/** A template of what may be absent. */
export function compileOptional(value: Value | undefined): Template | undefined {
  return value === undefined || value === null ? undefined : compileTemplate(value);
}

/** A part of an entry as messages show it: as Go prints it. */
export function shownText({ source }: Template): string {
  return printed(source, true);
}

/** The type that Kyverno names in a message. */
export function goTypeOf(value: Value): string {
  if (value === null) return "<nil>";
  if (Array.isArray(value)) return "[]interface {}";
  if (isValueObject(value)) return "map[string]interface {}";
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "bool";
  return Number.isInteger(Number(value)) ? "int64" : "float64";
}
