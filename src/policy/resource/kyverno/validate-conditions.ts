import { excerptOfValue, type Value } from "../../../base/index.ts";
import type { AnyAllConditions, Condition, Conditions } from "./conditions.ts";
import type { FindingsWriter } from "./findings.ts";

const OPERATIONS: ReadonlySet<unknown> = new Set(["CREATE", "UPDATE", "DELETE", "CONNECT"]);

/** What to write instead of the operators that Kyverno has in mind to remove. */
const BETTER_OPERATORS: ReadonlyMap<string, string> = new Map([
  ["In", "AllIn or AnyIn"],
  ["NotIn", "AllNotIn or AnyNotIn"],
]);

/** Each condition of any form, with its path. */
function placedConditions(conditions: Conditions, path: string): readonly { condition: Condition; path: string }[] {
  const place = (list: readonly Condition[] | undefined, at: string) =>
    list?.map((condition, index) => ({ condition, path: `${at}[${index}]` })) ?? [];
  if (isList(conditions)) return place(conditions, path);
  return [...place(conditions.any, `${path}.any`), ...place(conditions.all, `${path}.all`)];
}

export function isList(conditions: Conditions): conditions is readonly Condition[] {
  return Array.isArray(conditions);
}

/** A rule's preconditions and deny conditions: key and value must be there, and operations must be ones that exist. */
export function validateConditions(conditions: Conditions | undefined, path: string, findings: FindingsWriter): void {
  if (conditions === undefined) return;
  warnOfOperators(conditions, path, findings);
  for (const { condition, path: at } of placedConditions(conditions, path)) {
    for (const name of ["key", "value"] as const) {
      if (condition[name] === undefined) findings.fail(`${at}.${name}`, `expected a ${name}, found nothing`);
    }
    checkOperations(condition, at, findings);
  }
}

/** Conditions of loops and attestations, of which less is asked. */
export function warnOfOperators(
  conditions: Conditions | AnyAllConditions | undefined,
  path: string,
  findings: FindingsWriter,
): void {
  if (conditions === undefined) return;
  for (const { condition, path: at } of placedConditions(conditions, path)) {
    const better = BETTER_OPERATORS.get(condition.operator);
    if (better !== undefined) findings.warn(`${at}.operator`, `${condition.operator} is deprecated: write ${better}`);
  }
}

/** The oldest names of operators, which the CRD does not have where it knows the conditions' fields: in loops and attestations. */
export function refuseOldestOperators(
  conditions: Conditions | AnyAllConditions | undefined,
  path: string,
  findings: FindingsWriter,
): void {
  if (conditions === undefined) return;
  for (const { condition, path: at } of placedConditions(conditions, path)) {
    if (condition.operator !== "Equal" && condition.operator !== "NotEqual") continue;
    findings.failInCluster(`${at}.operator`, `expected ${condition.operator}s, found ${condition.operator}`);
  }
}

function checkOperations({ key, value }: Condition, path: string, findings: FindingsWriter): void {
  if (typeof key !== "string" || key.replaceAll(" ", "") !== "{{request.operation}}" || value === undefined) return;
  if (typeof value === "string" && /^\{\{.*\}\}$/s.test(value)) return;
  const values: readonly Value[] = Array.isArray(value) ? (value as readonly Value[]) : [value];
  values.forEach((each, index) => {
    if (OPERATIONS.has(each)) return;
    const at = Array.isArray(value) ? `${path}.value[${index}]` : `${path}.value`;
    findings.fail(at, `expected one of CREATE, UPDATE, DELETE, CONNECT, found ${excerptOfValue(each)}`);
  });
}
