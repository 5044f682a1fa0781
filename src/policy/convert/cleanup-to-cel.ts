import { isValueObject, type Value } from "../../base/index.ts";
import type { CleanupPolicyResource } from "../compile/cleanup-policy.ts";
import type { AnyAllConditions } from "../resource/kyverno/conditions.ts";
import { convertCleanupConditions } from "./cleanup-conditions.ts";
import type { ConversionNote, ConvertedPart } from "./converted-rule.ts";
import { typeOfKinds } from "./field-types.ts";
import { asksCluster } from "./finished-policy.ts";
import { convertMatch } from "./match-to-cel.ts";
import { NotConvertible, notesOf } from "./not-convertible.ts";
import { single } from "./query-to-cel.ts";
import { scopeOf, withContext } from "./validation-to-cel.ts";

/** What became of a document that is one policy as a whole. */
export interface DocumentConversion {
  readonly converted: readonly ConvertedPart[];
  readonly unconverted: readonly ConversionNote[];
}

/**
 * A CleanupPolicy or ClusterCleanupPolicy as a NamespacedDeletingPolicy or DeletingPolicy that deletes the same objects at
 * the same times: whole or not at all. What has no counterpart is named with its place and the reason.
 *
 * @example
 * ```ts
 * import { convertCleanupPolicy, decodePolicies } from "../index.ts";
 * const decoded = decodePolicies(`
 * apiVersion: kyverno.io/v2
 * kind: ClusterCleanupPolicy
 * metadata: {name: no-replicas}
 * spec:
 *   schedule: "0 * * * *"
 *   match: {any: [{resources: {kinds: [Deployment]}}]}
 *   conditions: {all: [{key: "{{ target.spec.replicas }}", operator: Equals, value: 0}]}
 * `, "cleanup.yaml");
 * const [policy] = decoded.ok ? decoded.value : [];
 * const done = policy?.kind === "ClusterCleanupPolicy" ? convertCleanupPolicy(policy) : undefined;
 * done?.converted.length; // 1
 * ```
 */
export function convertCleanupPolicy(resource: CleanupPolicyResource): DocumentConversion {
  try {
    return { converted: [convert(resource)], unconverted: [] };
  } catch (thrown) {
    return { converted: [], unconverted: notesOf(thrown, "spec") };
  }
}

function convert({ kind, policy }: CleanupPolicyResource): ConvertedPart {
  const { metadata, spec } = policy;
  const match = convertMatch(spec.match, spec.exclude, "spec", ["CREATE"]);
  if (match.kinds.some(({ resource }) => resource.includes("/")))
    throw new NotConvertible("spec.match", "a part of an object is deleted");
  const conditions = [...match.conditions];
  if (conditions.some(({ expression }) => /\brequest\b/.test(expression)))
    throw new NotConvertible("spec.match", "who asks, or what for, and nobody asks for a cleanup");
  const type = typeOfKinds(
    match.kinds.map(({ group, version, kind: name }) => ({
      apiVersion: group === "" ? version : `${group}/${version}`,
      kind: name,
    })),
    false,
  );
  if (spec.conditions !== undefined) {
    if (/\brequest\b/.test(JSON.stringify([spec.conditions, spec.context ?? []])))
      throw new NotConvertible("spec.conditions", "nobody asks for a cleanup: there is no request");
    const own = conditionsOf(spec.conditions, resourceScope(type, spec.context));
    if (kind === "CleanupPolicy" && own.some(({ expression }) => asksCluster(expression)))
      throw new NotConvertible("spec.context", "a policy of a namespace looks objects up in its own way");
    conditions.push(...own);
  }
  const propagation = spec.deletionPropagationPolicy;
  const made: Value = {
    apiVersion: "policies.kyverno.io/v1",
    kind: kind === "CleanupPolicy" ? "NamespacedDeletingPolicy" : "DeletingPolicy",
    metadata: {
      name: metadata.name,
      ...(kind === "CleanupPolicy" && metadata.namespace !== undefined ? { namespace: metadata.namespace } : {}),
      ...(metadata.labels === undefined ? {} : { labels: metadata.labels }),
      ...(metadata.annotations === undefined ? {} : { annotations: metadata.annotations }),
    },
    spec: {
      schedule: spec.schedule,
      ...(propagation === undefined ? {} : { deletionPropagationPolicy: propagation }),
      matchConstraints: {
        resourceRules: match.resourceRules.map((rule) => (isValueObject(rule) ? { ...rule, operations: ["*"] } : rule)),
        ...(match.namespaceSelector === undefined ? {} : { namespaceSelector: match.namespaceSelector }),
      },
      ...(conditions.length === 0 ? {} : { conditions }),
    },
  };
  return {
    rule: metadata.name,
    path: "spec",
    policy: made,
    differences: [],
    kinds: match.kinds,
    controllers: [],
    operations: ["CREATE"],
  };
}

/** Conditions and the context speak of `target`. */
function resourceScope(
  type: ReturnType<typeof typeOfKinds>,
  context: CleanupPolicyResource["policy"]["spec"]["context"],
): ReturnType<typeof scopeOf> {
  const base = scopeOf("object", type, undefined, "spec.context");
  const target = single(base.object);
  const named = { ...base, names: { get: (name: string) => (name === "target" ? target : undefined) } };
  return withContext(named, context, "spec.context");
}

function conditionsOf(
  source: AnyAllConditions,
  scope: ReturnType<typeof scopeOf>,
): readonly { readonly name: string; readonly expression: string }[] {
  return convertCleanupConditions(source, scope, "spec.conditions")
    .filter(({ constant }) => constant !== true)
    .map(({ text }, index) => ({ name: index === 0 ? "conditions" : `conditions-${index + 1}`, expression: text }));
}
