import type { CelFunction } from "../function.ts";
import { COLLECTION_FUNCTIONS } from "./collections.ts";
import { CONVERSION_FUNCTIONS } from "./conversions.ts";
import { ENCODER_FUNCTIONS } from "./encoders.ts";
import { MATH_FUNCTIONS } from "./math.ts";
import { OPTIONAL_FUNCTIONS } from "./optionals.ts";
import { STANDARD_LIBRARY } from "./standard.ts";
import { STRING_FUNCTIONS } from "./strings.ts";
import { TIME_FUNCTIONS } from "./timestamps.ts";

/** The rows every environment has, by family. A duplicate signature is a start-up error of createEnvironment. */
export const STANDARD_FUNCTIONS: readonly CelFunction[] = [
  ...STANDARD_LIBRARY,
  ...CONVERSION_FUNCTIONS,
  ...TIME_FUNCTIONS,
  ...STRING_FUNCTIONS,
  ...COLLECTION_FUNCTIONS,
  ...MATH_FUNCTIONS,
  ...ENCODER_FUNCTIONS,
  ...OPTIONAL_FUNCTIONS,
];
