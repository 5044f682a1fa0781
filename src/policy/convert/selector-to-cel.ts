import type { LabelSelector } from "../compile/label-selector.ts";
import { and, atom, type CelText, not, quote, relation, TRUE } from "./cel-text.ts";
import { NotConvertible } from "./not-convertible.ts";
import type { QueryScope } from "./query-to-cel.ts";
import { textOf } from "./value-to-cel.ts";

/** A selector of objects that are listed: labels that the list is asked for, and what is left to ask of each `item`. */
export interface SelectedLabels {
  /** A map in CEL; empty when there are none. */
  readonly labels: string;
  readonly rest: CelText;
}

/** It throws NotConvertible for wildcards. */
export function selectedLabels(selector: LabelSelector | undefined, scope: QueryScope, path: string): SelectedLabels {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {};
  if (/[*?]/.test(JSON.stringify(selector ?? {})))
    throw new NotConvertible(path, "wildcards in a selector are read in their own way");
  const labels = Object.entries(matchLabels).map(
    ([key, value]) => `${textOf(key, scope, path)}: ${textOf(value, scope, `${path}.matchLabels.${key}`)}`,
  );
  return {
    labels: labels.length === 0 ? "" : `{${labels.join(", ")}}`,
    rest: matchExpressions.length === 0 ? TRUE : and(...matchExpressions.map((each) => demandOf(each))),
  };
}

function demandOf({ key, operator, values = [] }: NonNullable<LabelSelector["matchExpressions"]>[number]): CelText {
  const subject = `item.metadata.?labels[?${quote(key)}]`;
  const there = atom(`${subject}.hasValue()`);
  const among = and(there, relation(`${subject}.orValue('')`, "in", `[${values.map(quote).join(", ")}]`));
  if (operator === "Exists") return there;
  if (operator === "DoesNotExist") return not(there);
  return operator === "In" ? among : not(among);
}
