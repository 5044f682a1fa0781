import { AmapError } from "../../../../../base/index.ts";
import type { CelLibrary } from "../../library.ts";
import { generatorFunctions } from "./generator.ts";
import { GLOBAL_CONTEXT_FUNCTIONS } from "./global-context.ts";
import { GZIP_FUNCTIONS } from "./gzip.ts";
import { HASH_FUNCTIONS } from "./hash.ts";
import { HTTP_FUNCTIONS } from "./http.ts";
import { IMAGE_REFERENCE_FUNCTIONS } from "./image.ts";
import { IMAGE_DATA_FUNCTIONS } from "./image-data.ts";
import { JSON_FUNCTIONS } from "./json.ts";
import { KYVERNO_MATH_FUNCTIONS } from "./math.ts";
import { RANDOM_FUNCTIONS } from "./random.ts";
import { resourceFunctions } from "./resource.ts";
import { KYVERNO_TIME_FUNCTIONS } from "./time.ts";
import { TRANSFORM_FUNCTIONS } from "./transform.ts";
import { USER_FUNCTIONS } from "./user.ts";
import { X509_FUNCTIONS } from "./x509.ts";
import { YAML_FUNCTIONS } from "./yaml.ts";

const OF_THE_CLUSTER_ALONE: readonly CelLibrary[] = [
  { name: "kyverno.http", functions: HTTP_FUNCTIONS },
  { name: "kyverno.globalcontext", functions: GLOBAL_CONTEXT_FUNCTIONS },
];

/**
 * Kyverno's libraries for a policy: of the cluster, or (`namespace`) a namespaced one, of which `resource` and
 * `generator` reach only the policy's own namespace and take none. As in Kyverno's default a namespaced policy has
 * neither `http` (whoever may write one would reach what the server reaches) nor `globalContext` (its entries hold
 * objects of all namespaces).
 *
 * @throws {AmapError} BUG for an empty namespace, which would mean all of them
 * @example
 * ```ts
 * import { kyvernoLibraries } from "../../../../index.ts";
 * kyvernoLibraries({ namespace: "shop" }).map((library) => library.name)[0]; // "kyverno.resource"
 * ```
 */
export function kyvernoLibraries(scope: { readonly namespace?: string } = {}): readonly CelLibrary[] {
  if (scope.namespace === "") throw new AmapError("BUG", "a namespaced policy without the name of its namespace");
  return [
    { name: "kyverno.resource", functions: resourceFunctions(scope.namespace) },
    ...(scope.namespace === undefined ? OF_THE_CLUSTER_ALONE : []),
    { name: "kyverno.image", functions: IMAGE_REFERENCE_FUNCTIONS },
    { name: "kyverno.imagedata", functions: IMAGE_DATA_FUNCTIONS },
    { name: "kyverno.user", functions: USER_FUNCTIONS },
    { name: "kyverno.hash", functions: HASH_FUNCTIONS },
    { name: "kyverno.math", functions: KYVERNO_MATH_FUNCTIONS },
    { name: "kyverno.random", functions: RANDOM_FUNCTIONS },
    { name: "kyverno.json", functions: JSON_FUNCTIONS },
    { name: "kyverno.yaml", functions: YAML_FUNCTIONS },
    { name: "kyverno.gzip", functions: GZIP_FUNCTIONS },
    { name: "kyverno.x509", functions: X509_FUNCTIONS },
    { name: "kyverno.time", functions: KYVERNO_TIME_FUNCTIONS },
    { name: "kyverno.transform", functions: TRANSFORM_FUNCTIONS },
    { name: "kyverno.generator", functions: generatorFunctions(scope.namespace) },
  ];
}

/** Kyverno's libraries of policies for the whole cluster. */
export const KYVERNO_LIBRARIES: readonly CelLibrary[] = kyvernoLibraries();
