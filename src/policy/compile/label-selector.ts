import { isValueObject, memberOf, type Value } from "../../base/index.ts";
import type { LABEL_SELECTOR } from "../resource/kubernetes-schema.ts";
import type { TypeOf } from "../resource/schema.ts";

/** A label selector as written. */
export type LabelSelector = TypeOf<typeof LABEL_SELECTOR>;

/** Whether a selector demands nothing: then it matches everything, and labels need not be known. */
export function selectsAll(selector: LabelSelector | undefined): boolean {
  return Object.keys(selector?.matchLabels ?? {}).length === 0 && (selector?.matchExpressions ?? []).length === 0;
}

/** Whether an object's labels meet a selector (meta/v1 LabelSelector: every label and every expression). */
export function matchesLabels(selector: LabelSelector | undefined, object: Value): boolean {
  const labels = memberOf(memberOf(object, "metadata"), "labels");
  const valueOf = (key: string): Value | undefined => (isValueObject(labels) ? memberOf(labels, key) : undefined);
  for (const [key, value] of Object.entries(selector?.matchLabels ?? {})) {
    if (valueOf(key) !== value) return false;
  }
  return (selector?.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const value = valueOf(key);
    const listed = typeof value === "string" && values.includes(value);
    if (operator === "In") return listed;
    if (operator === "NotIn") return !listed;
    return (operator === "Exists") === (value !== undefined);
  });
}
