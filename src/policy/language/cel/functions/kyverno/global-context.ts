import { CelError } from "../../error.ts";
import { type CelContext, type CelFunction, celFunction } from "../../function.ts";
import { celTypes } from "../../types.ts";
import type { CelValue } from "../../values/value.ts";
import { bothSpellings } from "./spellings.ts";

const { dyn, string } = celTypes;
const since = "0.2.0";
const LOADS = "a global context entry";
/** Kubernetes' limit on names; of projections, which are names too. */
const MAX_NAME = 253;

function get(name: string, projection: string, context: CelContext): CelValue {
  if (name === "" || name.length > MAX_NAME || projection.length > MAX_NAME) {
    throw new CelError(
      "invalid_argument",
      `${JSON.stringify(name.slice(0, 80))} is not the name of a global context entry`,
    );
  }
  return context.facts.fact("globalContext", { name, projection });
}

/** Kyverno's globalContext library. */
export const GLOBAL_CONTEXT_FUNCTIONS: readonly CelFunction[] = bothSpellings("globalContext.", "Get", (name) => [
  celFunction({
    name,
    args: [string],
    result: dyn,
    note: "The data of a GlobalContextEntry; null when there is no entry of this name.",
    example: `${name}("team-values").tier == "gold"`,
    since,
    loads: LOADS,
    call: (entry, context) => get(entry, "", context),
  }),
  celFunction({
    name,
    args: [string, string],
    result: dyn,
    note: "One of the entry's projections; its data for an empty text.",
    example: `${name}("deployments", "count") == 2`,
    since,
    loads: LOADS,
    call: get,
  }),
]);
