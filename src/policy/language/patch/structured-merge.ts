import { isValueObject, memberOf, type Value, type ValueObject } from "../../../base/index.ts";
import type { MergeType } from "./merge-type.ts";
import type { Charge } from "./node.ts";
import { mergeTyped } from "./typed-merge.ts";
import { checkDepth, type MergeIssue, validateTyped } from "./typed-validation.ts";

/** How an apply configuration is merged. */
export interface StructuredMergeOptions {
  /** Of the object's kind: `mergeTypeOf`, or DEDUCED_MERGE_TYPE for a kind without a schema. */
  readonly type: MergeType;
  /** Takes the steps that the merge costs. */
  readonly charge: Charge;
  /**
   * Whether a patch may hold atomic lists and objects, which then take the place of the object's whole ones. The API
   * server refuses them (the default); Kyverno's useServerSideApply takes them.
   */
  readonly allowsAtomic?: boolean;
}

/**
 * What a structured merge made. `object` is the given object itself when nothing changed. An error says which part
 * failed and where; `message` is the one text that the API server gives for it (`error applying patch: …`).
 */
export type StructuredMergeOutcome =
  | { readonly status: "applied"; readonly object: ValueObject }
  | {
      readonly status: "error";
      readonly part: "patch" | "object";
      readonly issues: readonly MergeIssue[];
      readonly message: string;
    };

/**
 * Merges an apply configuration into an object as the API server of Kubernetes 1.36 does for the ApplyConfiguration of a
 * MutatingAdmissionPolicy; neither is changed. Objects are merged by member, sets and map lists by element, the rest is
 * replaced; nothing is ever taken away, except that null takes the place of a scalar or an atomic value. The object's
 * apiVersion and kind count, whatever the patch says. The patch must be of the type, without unknown fields, without
 * elements that are there twice and, unless allowed, without atomic parts; the object must be of the type as well, but
 * elements may be there twice. What the API server does with the result of a built-in kind, `convertToKubernetesType` does.
 *
 * Where several things are wrong, the API server's message names them in an order that changes from one time to the next;
 * amap's follows the object.
 *
 * @throws {AmapError} LIMIT_EXCEEDED (depth); VALUE_INVALID for a malformed schema; what `charge` throws
 * @see https://kubernetes.io/docs/reference/access-authn-authz/mutating-admission-policy/#patch-type-apply-configuration
 * @example
 * ```ts
 * import { findKubernetesSchema, mergeStructured, mergeTypeOf } from "../../index.ts";
 * const type = mergeTypeOf(findKubernetesSchema("apps/v1", "Deployment")!);
 * const deployment = { apiVersion: "apps/v1", kind: "Deployment", spec: { replicas: 1, paused: true } };
 * const outcome = mergeStructured(deployment, { spec: { replicas: 3 } }, { type, charge: () => {} });
 * outcome.status === "applied" && outcome.object["spec"]; // { replicas: 3, paused: true }
 * ```
 */
export function mergeStructured(
  object: ValueObject,
  patch: ValueObject,
  options: StructuredMergeOptions,
): StructuredMergeOutcome {
  const { type, charge } = options;
  const typed: ValueObject = {
    ...patch,
    apiVersion: memberOf(object, "apiVersion") ?? "",
    kind: memberOf(object, "kind") ?? "",
  };
  const patchIssues = validateTyped(typed, type, { allowsDuplicates: false, charge });
  if (patchIssues.length > 0) return refuse("patch", "failed to convert patch object to typed object", patchIssues);
  if (options.allowsAtomic !== true) {
    const atomics: string[] = [];
    findAtomics(typed, type, "", atomics, charge, 0);
    if (atomics.length > 0) return refuseAtomics(atomics);
  }
  const objectIssues = validateTyped(object, type, { allowsDuplicates: true, charge });
  if (objectIssues.length > 0)
    return refuse("object", "failed to convert original object to typed object", objectIssues);
  return { status: "applied", object: mergeTyped(object, typed, type, charge) as ValueObject };
}

function refuse(part: "patch" | "object", prefix: string, issues: readonly MergeIssue[]): StructuredMergeOutcome {
  const lines = issues.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`));
  const text = lines.length === 1 ? lines[0] : ["errors:", ...lines.map((line) => `  ${line}`)].join("\n");
  return { status: "error", part, issues, message: `error applying patch: ${prefix}: ${text}` };
}

const ATOMIC_MESSAGE = "may not mutate atomic arrays, maps or structs";

function refuseAtomics(paths: readonly string[]): StructuredMergeOutcome {
  return {
    status: "error",
    part: "patch",
    issues: paths.map((path) => ({ path, message: ATOMIC_MESSAGE })),
    message: `error applying patch: invalid ApplyConfiguration: ${ATOMIC_MESSAGE}: ${paths.join(", ")}`,
  };
}

/** As the API server, which looks into fields and elements, and not into members that are no fields. */
function findAtomics(
  value: Value,
  type: MergeType,
  path: string,
  found: string[],
  charge: Charge,
  depth: number,
): void {
  charge(1);
  checkDepth(depth);
  const { map, list } = type();
  if (map !== undefined && isValueObject(value)) {
    if (map.isAtomic) found.push(path);
    for (const [key, member] of Object.entries(value)) {
      const field = map.field(key);
      if (field !== undefined) findAtomics(member, field.type, `${path}.${key}`, found, charge, depth + 1);
    }
  }
  if (list !== undefined && Array.isArray(value)) {
    if (list.isAtomic) found.push(path);
    for (const [index, element] of (value as readonly Value[]).entries()) {
      findAtomics(element, list.element, `${path}[${index}]`, found, charge, depth + 1);
    }
  }
}
