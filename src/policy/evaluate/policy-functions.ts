import type { CelFunction } from "../language/cel/function.ts";
import { KYVERNO_LIBRARIES } from "../language/cel/functions/kyverno/libraries.ts";
import { createImageFunctions } from "./image-functions.ts";

/** The rows of the functions that Kyverno's policies have beside the language's own, for the reference. */
export function policyFunctions(): readonly CelFunction[] {
  const scope = { attestors: [], attestations: new Map<string, string>(), covers: () => true };
  return [...KYVERNO_LIBRARIES.flatMap((library) => library.functions), ...createImageFunctions(scope)];
}
