import { AmapError, type Value } from "../../../base/index.ts";
import type { CONDITION_OPERATORS } from "../../resource/kyverno/conditions.ts";
import { goNumber, printed } from "../pattern/go-text.ts";
import type { Charge } from "../pattern/wildcard.ts";
import { compareDurations, compareNumbers, type Order } from "./comparison.ts";
import { isEqual, isNotEqual } from "./equality.ts";
import { type ListOperator, listMembership, textMembership } from "./membership.ts";
import { oldListMembership, oldTextMembership } from "./old-membership.ts";

/** The name of an operator, as policies write it. */
export type ConditionOperator = (typeof CONDITION_OPERATORS)[number];

/** What pays for the steps of an evaluation, a JmesContext for one. */
interface Charging {
  charge(steps: number): void;
}

/** Whether an operator holds between a key and a value. `charge` is told of the steps. */
type Comparison = (key: Value, value: Value, charge: Charge) => boolean;

/**
 * The operators of conditions. `Equal`, `NotEqual`, `In`, `NotIn` and the `Duration…` ones are deprecated in Kyverno and
 * work on.
 */
const OPERATORS: Readonly<Record<ConditionOperator, Comparison>> = {
  Equal: isEqual,
  Equals: isEqual,
  NotEqual: isNotEqual,
  NotEquals: isNotEqual,
  In: oldMember("In"),
  AnyIn: member("AnyIn"),
  AllIn: member("AllIn"),
  NotIn: oldMember("NotIn"),
  AnyNotIn: member("AnyNotIn"),
  AllNotIn: member("AllNotIn"),
  GreaterThanOrEquals: numeric((order) => order >= 0),
  GreaterThan: numeric((order) => order > 0),
  LessThanOrEquals: numeric((order) => order <= 0),
  LessThan: numeric((order) => order < 0),
  DurationGreaterThanOrEquals: duration((order) => order >= 0),
  DurationGreaterThan: duration((order) => order > 0),
  DurationLessThanOrEquals: duration((order) => order <= 0),
  DurationLessThan: duration((order) => order < 0),
};

/**
 * Whether `key operator value` holds, exactly as in Kyverno: `null` as key holds under no operator, a value that the
 * operator cannot read holds under none but NotEquals, and for `AnyIn` and its like key and value may have wildcards.
 * @throws {AmapError} EXPRESSION_INVALID for a name that is no operator, and for what In and NotIn cannot compare;
 * what `charge` throws
 * @see https://kyverno.io/docs/policy-types/cluster-policy/preconditions/#operators
 * @example
 * ```ts
 * import { evaluateOperator } from "./operators.ts";
 * evaluateOperator("GreaterThan", "90m", "1h"); // true
 * ```
 */
export function evaluateOperator(name: string, key: Value, value: Value, context: Charging = FREE): boolean {
  const compare: Comparison | undefined = Object.hasOwn(OPERATORS, name)
    ? OPERATORS[name as ConditionOperator]
    : undefined;
  if (compare === undefined) throw new AmapError("EXPRESSION_INVALID", `${name} is no operator of a condition`);
  return compare(key, value, (steps) => context.charge(steps));
}

function member(operator: ListOperator): Comparison {
  return (key, value, charge) => {
    if (Array.isArray(key)) return listMembership(operator, key as readonly Value[], value, charge);
    const text = keyText(key);
    return text !== undefined && textMembership(operator, text, value, charge);
  };
}

function oldMember(operator: "In" | "NotIn"): Comparison {
  return (key, value, charge) => {
    if (Array.isArray(key)) return oldListMembership(operator, key as readonly Value[], value, charge);
    const text = keyText(key);
    return text !== undefined && oldTextMembership(operator, text, value, charge);
  };
}

/** A key that is looked for among texts; none for null and maps. */
function keyText(key: Value): string | undefined {
  if (typeof key === "string") return key;
  return typeof key === "boolean" || goNumber(key) !== undefined ? printed(key) : undefined;
}

function numeric(accepts: Order): Comparison {
  return (key, value) => compareNumbers(key, value, accepts);
}

function duration(accepts: Order): Comparison {
  return (key, value) => compareDurations(key, value, accepts);
}

const FREE: Charging = { charge: () => {} };
