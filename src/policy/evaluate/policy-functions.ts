import type { CelFunction } from "../language/cel/function.ts";
import { createImageFunctions } from "./image-functions.ts";
import { IMAGE_REFERENCE_FUNCTIONS } from "./image-reference-functions.ts";

/** The rows of the functions that policies over images have beside the language's own, for the reference. */
export function policyFunctions(): readonly CelFunction[] {
  const scope = { attestors: [], attestations: new Map<string, string>(), covers: () => true };
  return [...IMAGE_REFERENCE_FUNCTIONS, ...createImageFunctions(scope)];
}
