import { isValueObject, type Value, type ValueObject } from "../../../base/index.ts";
import { isPolicyDocument } from "../decode-policies.ts";

/** A document in the form of today, with a message for each thing that was rewritten; without one it is as it was. */
export interface FixedDocument {
  readonly value: Value;
  readonly messages: readonly string[];
}

/** Members that the cluster sets, which a file should not have. */
const SET_BY_CLUSTER = ["creationTimestamp", "generation", "uid"] as const;

/**
 * A ClusterPolicy or Policy (or a List of them) in the form of today, meaning the same: the filter that stands in `match`
 * and `exclude` itself goes below `any`, a list of preconditions below `all`, the operators Equal, NotEqual, In and NotIn
 * get their names of today, and `validationFailureAction` its capital letter. What the cluster sets (status, uid…) goes
 * when something else is rewritten. Any other document is left as it is. The policy is taken to be valid.
 *
 * @example
 * ```ts
 * import { fixPolicyDocument } from "../../index.ts";
 * const spec = { validationFailureAction: "enforce", rules: [] };
 * fixPolicyDocument({ apiVersion: "kyverno.io/v1", kind: "ClusterPolicy", spec }).messages.length; // 1
 * ```
 */
export function fixPolicyDocument(value: Value): FixedDocument {
  if (!isValueObject(value)) return { value, messages: [] };
  const messages: string[] = [];
  if (typeof value["kind"] === "string" && value["kind"].endsWith("List") && isList(value["items"])) {
    const items = value["items"].map((item) => {
      const fixed = fixPolicyDocument(item);
      messages.push(...fixed.messages);
      return fixed.value;
    });
    return messages.length === 0 ? { value, messages } : { value: { ...value, items }, messages };
  }
  const { kind, spec } = value;
  if (!isPolicyDocument(value) || (kind !== "ClusterPolicy" && kind !== "Policy") || !isValueObject(spec)) {
    return { value, messages };
  }
  const fixed = fixSpec(spec, messages);
  if (messages.length === 0) return { value, messages };
  const { status: _, ...rest } = value;
  const metadata = isValueObject(rest["metadata"])
    ? { metadata: withoutMembers(rest["metadata"], SET_BY_CLUSTER) }
    : {};
  return { value: { ...rest, ...metadata, spec: fixed }, messages };
}

const ACTIONS: ReadonlyMap<Value, string> = new Map([
  ["enforce", "Enforce"],
  ["audit", "Audit"],
]);

function fixSpec(spec: ValueObject, messages: string[]): ValueObject {
  const action = ACTIONS.get(spec["validationFailureAction"] ?? null);
  if (action !== undefined) messages.push(`validationFailureAction uses an old value, writing \`${action}\``);
  return {
    ...spec,
    ...(action === undefined ? {} : { validationFailureAction: action }),
    ...(isList(spec["rules"]) ? { rules: spec["rules"].map((rule) => fixRule(rule, messages)) } : {}),
  };
}

function fixRule(rule: Value, messages: string[]): Value {
  if (!isValueObject(rule)) return rule;
  const fixed = new Map(Object.entries(rule));
  for (const name of ["match", "exclude"]) {
    const filter = fixed.get(name);
    if (isValueObject(filter)) fixed.set(name, fixMatch(name, filter, messages));
  }
  const preconditions = fixed.get("preconditions");
  if (preconditions !== undefined) fixed.set("preconditions", fixConditions(preconditions, messages));
  return Object.fromEntries(fixed);
}

const FILTER_MEMBERS = ["resources", "subjects", "roles", "clusterRoles"] as const;

function fixMatch(name: string, match: ValueObject, messages: string[]): ValueObject {
  const filter = Object.entries(match).filter(
    ([key, member]) => FILTER_MEMBERS.some((each) => each === key) && !isEmpty(member),
  );
  if (filter.length === 0) return match;
  messages.push(`${name} uses old syntax, moving to any`);
  const any = isList(match["any"]) ? match["any"] : [];
  return { ...withoutMembers(match, FILTER_MEMBERS), any: [...any, Object.fromEntries(filter)] };
}

function isEmpty(value: Value): boolean {
  if (isList(value)) return value.length === 0;
  return value === null || (isValueObject(value) && Object.keys(value).length === 0);
}

const OPERATORS: ReadonlyMap<string, string> = new Map([
  ["Equal", "Equals"],
  ["NotEqual", "NotEquals"],
  ["In", "AllIn"],
  ["NotIn", "AnyNotIn"],
]);

function fixConditions(conditions: Value, messages: string[]): Value {
  if (isList(conditions)) {
    messages.push("preconditions use old syntax, moving to all");
    return { all: conditions.map((condition) => fixCondition(condition, messages)) };
  }
  if (!isValueObject(conditions)) return conditions;
  const members = Object.entries(conditions).map(([key, list]) => [
    key,
    isList(list) ? list.map((condition) => fixCondition(condition, messages)) : list,
  ]);
  return Object.fromEntries(members);
}

/** The names of a condition's members are read in any case. */
function fixCondition(condition: Value, messages: string[]): Value {
  if (!isValueObject(condition)) return condition;
  const members = Object.entries(condition).map(([key, member]) => {
    if (key.toLowerCase() !== "operator" || typeof member !== "string") return [key, member];
    const operator = OPERATORS.get(member);
    if (operator === undefined) return [key, member];
    messages.push(`condition uses old operator \`${member}\`, updating`);
    return [key, operator];
  });
  return Object.fromEntries(members);
}

function withoutMembers(value: ValueObject, names: readonly string[]): ValueObject {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !names.includes(key)));
}

function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}
