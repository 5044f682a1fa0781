import type { JmesFunction } from "../function.ts";
import { COMMUNITY_FUNCTIONS } from "./community.ts";
import { KYVERNO_JMES_FUNCTIONS } from "./kyverno.ts";
import { COLLECTION_FUNCTIONS } from "./standard-collections.ts";
import { EXPRESSION_FUNCTIONS } from "./standard-expressions.ts";
import { NUMBER_FUNCTIONS } from "./standard-numbers.ts";
import { TEXT_FUNCTIONS } from "./standard-texts.ts";

/** JMESPath's own 26 functions. Kyverno's `sum` takes the place of the one here. */
export const STANDARD_JMES_FUNCTIONS: readonly JmesFunction[] = [
  ...COLLECTION_FUNCTIONS,
  ...EXPRESSION_FUNCTIONS,
  ...NUMBER_FUNCTIONS,
  ...TEXT_FUNCTIONS,
];

/** Every function of an expression, by its name: the standard ones, then Kyverno's. */
export const JMES_FUNCTIONS: ReadonlyMap<string, JmesFunction> = tableOf(
  STANDARD_JMES_FUNCTIONS,
  KYVERNO_JMES_FUNCTIONS,
);

/** The same for expressions in the community's dialect, which has some more. */
export const COMMUNITY_JMES_FUNCTIONS: ReadonlyMap<string, JmesFunction> = tableOf(
  STANDARD_JMES_FUNCTIONS,
  COMMUNITY_FUNCTIONS,
  KYVERNO_JMES_FUNCTIONS,
);

function tableOf(...families: readonly (readonly JmesFunction[])[]): ReadonlyMap<string, JmesFunction> {
  return new Map(families.flat().map((row) => [row.name, row]));
}
