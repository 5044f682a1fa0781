import type { CelFunction } from "../language/cel/function.ts";
import { createImageFunctions } from "./image-functions.ts";

/** The rows of the functions over the evidence of images, for the reference: of a policy without attestors. */
export function evidenceFunctions(): readonly CelFunction[] {
  return createImageFunctions({ attestors: [], attestations: new Map(), covers: () => true });
}
