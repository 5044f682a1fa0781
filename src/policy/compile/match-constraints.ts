import { memberOf } from "../../base/index.ts";
import { type PolicyInput, type ResourceType, resourceTypeOf, subjectOf } from "../evaluate/input.ts";
import { equivalentGroups, isClusterScoped } from "../resource/built-in-kinds.ts";
import type { AUTOGEN_CONTROLLERS, ImageValidatingPolicy } from "../resource/image-validating-policy.ts";
import type { MATCH_RESOURCES, RESOURCE_RULE } from "../resource/kubernetes-schema.ts";
import type { TypeOf } from "../resource/schema.ts";
import { matchesLabels, selectsAll } from "./label-selector.ts";

type ResourceRule = TypeOf<typeof RESOURCE_RULE>;
type MatchResources = TypeOf<typeof MATCH_RESOURCES>;

/** Where an object carries the Pod that a policy for Pods speaks of. */
export type PodView = "object" | "template" | "jobTemplate";

/** One way in which objects meet a policy: as written, or through autogen. */
interface Target {
  readonly rules: readonly ResourceRule[];
  readonly view: PodView;
}

/** What a policy applies to. */
export interface MatchConstraints {
  readonly targets: readonly Target[];
  readonly exclude: readonly ResourceRule[];
  /** Whether rules take group and version as written; otherwise every version of the same resource (Equivalent). */
  readonly exact: boolean;
  readonly namespaceSelector: MatchResources["namespaceSelector"];
  readonly objectSelector: MatchResources["objectSelector"];
  /** `group/resource` of everything it can match, or undefined when a wildcard stands in the rules. */
  readonly keys: readonly string[] | undefined;
}

/** Whether, and how, a policy meets an input. */
export type MatchResult =
  | { readonly matched: true; readonly view: PodView }
  | { readonly matched: false; readonly reason: string }
  | { readonly matched: "unknown"; readonly message: string };

const AUTOGEN_GROUPS: Readonly<Record<(typeof AUTOGEN_CONTROLLERS)[number], "apps" | "batch">> = {
  daemonsets: "apps",
  deployments: "apps",
  replicasets: "apps",
  statefulsets: "apps",
  jobs: "batch",
  cronjobs: "batch",
};

/**
 * A policy's matchConstraints with the targets that autogen adds, as Kyverno adds them: when the only rule names
 * exactly v1 pods, without selectors, exclusions or names, the policy also applies to the pod controllers, to which it
 * is shown the Pod they would make.
 */
export function compileMatchConstraints(policy: ImageValidatingPolicy): MatchConstraints {
  const match = policy.spec.matchConstraints;
  const rules = match.resourceRules ?? [];
  const targets: Target[] = [{ rules, view: "object" }];
  if (isExtendedByAutogen(match)) {
    const operations = rules[0]?.operations ?? [];
    const controllers = policy.spec.autogen?.podControllers?.controllers ?? objectKeys(AUTOGEN_GROUPS);
    for (const controller of controllers) {
      const view = controller === "cronjobs" ? "jobTemplate" : "template";
      const rule = {
        apiGroups: [AUTOGEN_GROUPS[controller]],
        apiVersions: ["v1"],
        resources: [controller],
        operations,
      };
      targets.push({ rules: [rule], view });
    }
  }
  return {
    targets,
    exclude: match.excludeResourceRules ?? [],
    exact: match.matchPolicy === "Exact",
    namespaceSelector: match.namespaceSelector,
    objectSelector: match.objectSelector,
    keys: keysOf(targets),
  };
}

function objectKeys<K extends string>(value: Readonly<Record<K, unknown>>): readonly K[] {
  return Object.keys(value) as K[];
}

function isExtendedByAutogen(match: MatchResources): boolean {
  const [rule, ...more] = match.resourceRules ?? [];
  if (rule === undefined || more.length > 0 || (match.excludeResourceRules ?? []).length > 0) return false;
  if (!selectsAll(match.namespaceSelector) || !selectsAll(match.objectSelector)) return false;
  return (
    (rule.resourceNames ?? []).length === 0 &&
    isOnly(rule.apiGroups, "") &&
    isOnly(rule.apiVersions, "v1") &&
    isOnly(rule.resources, "pods")
  );
}

function isOnly(list: readonly string[], value: string): boolean {
  return list.length === 1 && list[0] === value;
}

function has(list: readonly string[], value: string): boolean {
  return list.includes("*") || list.includes(value);
}

function keysOf(targets: readonly Target[]): readonly string[] | undefined {
  const keys = new Set<string>();
  for (const rule of targets.flatMap((target) => target.rules)) {
    for (const group of rule.apiGroups) {
      for (const resource of rule.resources) {
        const plural = resource.split("/")[0] ?? "";
        if (group === "*" || plural === "*") return undefined;
        keys.add(`${group}/${plural}`);
      }
    }
  }
  return [...keys];
}

/** Whether an input meets a policy's matchConstraints, and as what the policy sees it. */
export function matchInput(constraints: MatchConstraints, input: PolicyInput): MatchResult {
  const type = resourceTypeOf(input);
  const matchesAny = (rules: readonly ResourceRule[], as: ResourceType): boolean =>
    rules.some((rule) => matchesRule(rule, as, input.operation, constraints.exact));
  const target = constraints.targets.find((candidate) => matchesAny(candidate.rules, type));
  if (target === undefined) return { matched: false, reason: "matchConstraints.resourceRules do not match" };
  // Where a plural is guessed only the likeliest leaves an object out: a check too many is seen, one too few is not.
  if (matchesAny(constraints.exclude, { ...type, resources: [type.resource] })) {
    return { matched: false, reason: "matchConstraints.excludeResourceRules match" };
  }
  if (!selectsAll(constraints.objectSelector)) {
    const objects = [input.object, input.oldObject ?? null].filter((object) => object !== null);
    if (objects.length === 0)
      return { matched: "unknown", message: "matchConstraints.objectSelector needs the object, which is not there" };
    if (!objects.some((object) => matchesLabels(constraints.objectSelector, object)))
      return { matched: false, reason: "matchConstraints.objectSelector does not match" };
  }
  const isNamespace = type.group === "" && type.kind === "Namespace";
  const isOutside =
    input.requested === undefined ? isClusterScoped(type.group, type.kind) : input.requested.namespace === "";
  // The selector never leaves out what lives in no namespace, other than Namespaces (admissionregistration/v1).
  if (selectsAll(constraints.namespaceSelector) || (!isNamespace && isOutside)) {
    return { matched: true, view: target.view };
  }
  const namespace = isNamespace ? subjectOf(input) : input.namespaceObject;
  if (memberOf(namespace, "metadata") === undefined || namespace === undefined) {
    return {
      matched: "unknown",
      message: "matchConstraints.namespaceSelector needs the Namespace, which is not known",
    };
  }
  return matchesLabels(constraints.namespaceSelector, namespace)
    ? { matched: true, view: target.view }
    : { matched: false, reason: "matchConstraints.namespaceSelector does not match" };
}

function matchesRule(rule: ResourceRule, type: ResourceType, operation: string, exact: boolean): boolean {
  const matchesGroup = (group: string): boolean => has(rule.apiGroups, group);
  return (
    has(rule.operations, operation) &&
    (exact ? matchesGroup(type.resourceGroup) : groupsOf(type).some(matchesGroup)) &&
    (has(rule.apiVersions, type.resourceVersion) || (!exact && type.resourceVersion !== "")) &&
    rule.resources.some((resource) => matchesResource(resource, type)) &&
    ((rule.resourceNames ?? []).length === 0 || (rule.resourceNames ?? []).includes(type.name))
  );
}

function groupsOf({ resourceGroup, resource }: ResourceType): readonly string[] {
  return equivalentGroups(resourceGroup, resource);
}

/** The keys of {@link MatchConstraints} under which policies may be that meet an input. */
export function matchKeysOf(input: PolicyInput): readonly string[] {
  const type = resourceTypeOf(input);
  return groupsOf(type).flatMap((group) => type.resources.map((resource) => `${group}/${resource}`));
}

// Forms (admissionregistration/v1 Rule): pods, pods/status, pods/*, * (without subresources), */status, */*.
function matchesResource(pattern: string, type: ResourceType): boolean {
  const [resource = "", subresource = ""] = pattern.split("/", 2);
  const resourceMatches = resource === "*" || type.resources.includes(resource);
  return (
    resourceMatches &&
    (subresource === type.subresource ||
      (subresource === "*" && pattern.includes("/")) ||
      (subresource === "" && isEphemeralContainers(type)))
  );
}

/** A debug container is an image in the Pod like any other: a rule over pods holds for it too (C14). */
function isEphemeralContainers({ resourceGroup, resource, subresource }: ResourceType): boolean {
  return resourceGroup === "" && resource === "pods" && subresource === "ephemeralcontainers";
}
