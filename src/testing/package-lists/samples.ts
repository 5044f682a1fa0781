import { JAVASCRIPT_SAMPLES } from "./javascript.ts";
import { MANAGED_SAMPLES } from "./managed.ts";
import { NATIVE_SAMPLES } from "./native.ts";
import { PYTHON_SAMPLES } from "./python.ts";
import type { PackageListSample } from "./sample.ts";

/** Samples of every format of package lists. */
export const PACKAGE_LIST_SAMPLES: readonly PackageListSample[] = [
  ...JAVASCRIPT_SAMPLES,
  ...PYTHON_SAMPLES,
  ...NATIVE_SAMPLES,
  ...MANAGED_SAMPLES,
];
