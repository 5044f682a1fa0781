import type { JmesFunction } from "../function.ts";
import { ARITHMETIC_FUNCTIONS } from "./arithmetic.ts";
import { COLLECTION_FUNCTIONS } from "./collections.ts";
import { ENCODING_FUNCTIONS } from "./encoding.ts";
import { IMAGE_FUNCTIONS } from "./image.ts";
import { NETWORK_FUNCTIONS } from "./network.ts";
import { RANDOM_FUNCTIONS } from "./random.ts";
import { MATCHING_FUNCTIONS } from "./regex.ts";
import { SEMVER_FUNCTIONS } from "./semver.ts";
import { TEXT_FUNCTIONS } from "./text.ts";
import { TIME_FUNCTIONS } from "./time.ts";
import { X509_FUNCTIONS } from "./x509.ts";

/** The 51 functions that Kyverno adds to JMESPath. */
export const KYVERNO_JMES_FUNCTIONS: readonly JmesFunction[] = [
  ...TEXT_FUNCTIONS,
  ...MATCHING_FUNCTIONS,
  ...ARITHMETIC_FUNCTIONS,
  ...ENCODING_FUNCTIONS,
  ...TIME_FUNCTIONS,
  ...SEMVER_FUNCTIONS,
  ...COLLECTION_FUNCTIONS,
  ...RANDOM_FUNCTIONS,
  ...X509_FUNCTIONS,
  ...IMAGE_FUNCTIONS,
  ...NETWORK_FUNCTIONS,
];
