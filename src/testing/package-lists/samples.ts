import { COMPILED_SAMPLES } from "./compiled.ts";
import { CONDA_SAMPLES } from "./conda.ts";
import { JAVASCRIPT_SAMPLES } from "./javascript.ts";
import { JVM_SAMPLES } from "./jvm.ts";
import { MANAGED_SAMPLES } from "./managed.ts";
import { NATIVE_SAMPLES } from "./native.ts";
import { PYTHON_SAMPLES } from "./python.ts";
import type { PackageListSample } from "./sample.ts";
import { SCRIPTING_SAMPLES } from "./scripting.ts";
import { SMALL_REGISTRY_SAMPLES } from "./small-registries.ts";

/** Samples of every format of package lists. */
export const PACKAGE_LIST_SAMPLES: readonly PackageListSample[] = [
  ...JAVASCRIPT_SAMPLES,
  ...PYTHON_SAMPLES,
  ...CONDA_SAMPLES,
  ...NATIVE_SAMPLES,
  ...MANAGED_SAMPLES,
  ...JVM_SAMPLES,
  ...COMPILED_SAMPLES,
  ...SCRIPTING_SAMPLES,
  ...SMALL_REGISTRY_SAMPLES,
];
