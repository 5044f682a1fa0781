import type { Value } from "../../base/index.ts";
import type { KyvernoRule } from "../resource/kyverno/cluster-policy.ts";
import type { Condition, Conditions } from "../resource/kyverno/conditions.ts";

const OPERATIONS = ["CREATE", "UPDATE", "DELETE"] as const;

/**
 * The operations of a rule whose match block states none: a rule that asks for the operation in its conditions denies
 * under no other. What is about deletions and other operations together reads two objects, and is left to the default.
 */
export function operationsOf(rule: KyvernoRule): readonly string[] {
  const { preconditions, validate } = rule;
  const denied = validate?.deny?.conditions;
  const asked = [preconditions, denied].flatMap((conditions) => (conditions === undefined ? [] : needed(conditions)));
  const left = OPERATIONS.filter((operation) => asked.every((condition) => allows(condition, operation)));
  const isNarrowed = asked.some((condition) => OPERATIONS.some((operation) => !allows(condition, operation)));
  if (!isNarrowed || left.length === 0) return ["CREATE", "UPDATE"];
  if (left.length === 1 && left[0] === "DELETE" && denied === undefined) return ["CREATE", "UPDATE"];
  const kept = left.length > 1 ? left.filter((operation) => operation !== "DELETE") : left;
  return kept;
}

/** Conditions that all must hold. */
function needed(source: Conditions): readonly Condition[] {
  if (isList(source)) return source;
  const { any = [], all = [] } = source;
  return any.length === 1 ? [...all, ...any] : all;
}

const isList = (source: Conditions): source is readonly Condition[] => Array.isArray(source);

/** Whether a condition may hold for an operation. */
function allows({ key, operator, value = null }: Condition, operation: string): boolean {
  if (typeof key !== "string" || !isOperation(key)) return true;
  return holdsFor(operation, operator, value) ?? true;
}

const isOperation = (key: string): boolean =>
  /^\{\{\s*request\.operation\s*(?:\|\|\s*'BACKGROUND'\s*)?\}\}$/.test(key.trim());

/** Whether a text is as a condition with constants has it; undefined for other conditions. */
export function holdsFor(text: string, operator: Condition["operator"], value: Value): boolean | undefined {
  const list = Array.isArray(value) ? (value as readonly Value[]) : [value];
  if (!list.every((each) => typeof each === "string" && /^[A-Z]+$/.test(each))) return undefined;
  switch (operator) {
    case "Equal":
    case "Equals":
      return Array.isArray(value) ? undefined : value === text;
    case "NotEqual":
    case "NotEquals":
      return Array.isArray(value) ? undefined : value !== text;
    case "In":
    case "AnyIn":
    case "AllIn":
      return list.includes(text);
    case "NotIn":
    case "AnyNotIn":
    case "AllNotIn":
      return !list.includes(text);
    default:
      return undefined;
  }
}
