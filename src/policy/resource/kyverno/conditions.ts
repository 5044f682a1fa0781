import { anything, either, list, objectInAnyCase, oneOf, optional, required, string, type TypeOf } from "../schema.ts";

/** How a condition compares its key with its value. Equal, NotEqual, In and NotIn are older names. */
export const CONDITION_OPERATORS = [
  "Equals",
  "NotEquals",
  "AnyIn",
  "AllIn",
  "AnyNotIn",
  "AllNotIn",
  "GreaterThanOrEquals",
  "GreaterThan",
  "LessThanOrEquals",
  "LessThan",
  "DurationGreaterThanOrEquals",
  "DurationGreaterThan",
  "DurationLessThanOrEquals",
  "DurationLessThan",
  "Equal",
  "NotEqual",
  "In",
  "NotIn",
] as const;

/** Kyverno's CRDs leave conditions open, and its decoder reads their names in any case. */
export const CONDITION = objectInAnyCase({
  key: optional(anything(), "What is compared, mostly a variable."),
  operator: required(oneOf(CONDITION_OPERATORS), "How it is compared."),
  value: optional(anything(), "What it is compared with: a value, a list of values, or variables."),
  message: optional(string({ allowEmpty: true }), "What to say when the condition does not hold."),
});

export const ANY_ALL_CONDITIONS = objectInAnyCase({
  any: optional(list(CONDITION), "Conditions of which one must hold."),
  all: optional(list(CONDITION), "Conditions that must all hold."),
});

/** Conditions as policies of all ages have them: any and all, or a list that means all. */
export const CONDITIONS = either(list(CONDITION), ANY_ALL_CONDITIONS);

export type Condition = TypeOf<typeof CONDITION>;
export type AnyAllConditions = TypeOf<typeof ANY_ALL_CONDITIONS>;
export type Conditions = TypeOf<typeof CONDITIONS>;
