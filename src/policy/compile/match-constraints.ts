import { memberOf, textOf, type Value } from "../../base/index.ts";
import { type PolicyInput, type ResourceType, resourceTypeOf, subjectOf } from "../evaluate/input.ts";
import { equivalentGroups, isClusterScoped } from "../resource/built-in-kinds.ts";
import type { ImageValidatingPolicy } from "../resource/image-validating-policy.ts";
import type { MATCH_RESOURCES } from "../resource/kubernetes-schema.ts";
import type { PolicyMatchConstraints, PolicyResourceRule } from "../resource/policies/policy-parts.ts";
import type { TypeOf } from "../resource/schema.ts";
import { controllerConstraints } from "./cel-autogen.ts";
import { matchesLabels, selectsAll } from "./label-selector.ts";

type MatchResources = TypeOf<typeof MATCH_RESOURCES>;

/** Resources and operations, as every kind of policy names them. */
interface ResourceRule {
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly resources: readonly string[];
  readonly operations: readonly string[];
  readonly resourceNames?: readonly string[] | undefined;
  readonly scope?: "*" | "Cluster" | "Namespaced" | undefined;
}

/** In what the engines' ways of matching differ. */
interface Matching {
  /** Whether rules take group and version as written; otherwise every version of the same resource (Equivalent). */
  readonly isExact: (matchPolicy: string | undefined) => boolean;
  /** A debug container is an image in the Pod like any other: rules over pods hold for it too (C14). */
  readonly coversDebugContainers: boolean;
  /** Of an object that has no name yet, names are held against the begin of its generateName. */
  readonly looksAtGenerateName: boolean;
  /** What is known of a Namespace that was not given. */
  readonly unknownNamespace: "nothing" | "its name";
  /** Whether no object that could have labels is told from one whose labels do not match. */
  readonly needsLabels: boolean;
}

export const MATCHING = {
  images: {
    isExact: (policy) => policy === "Exact",
    coversDebugContainers: true,
    looksAtGenerateName: false,
    unknownNamespace: "nothing",
    needsLabels: true,
  },
  // The API server converts to what the webhook's rules name before Kyverno looks at them.
  kyverno: {
    isExact: () => true,
    coversDebugContainers: false,
    looksAtGenerateName: true,
    unknownNamespace: "its name",
    needsLabels: false,
  },
  kubernetes: {
    isExact: (policy) => policy === "Exact",
    coversDebugContainers: false,
    looksAtGenerateName: false,
    unknownNamespace: "nothing",
    needsLabels: false,
  },
} as const satisfies Readonly<Record<string, Matching>>;

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
  readonly exact: boolean;
  readonly matching: Matching;
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

/** Where the controllers that a policy is extended to carry the Pod. */
const CONTROLLER_VIEWS = { "autogen-cronjobs": "jobTemplate", "autogen-defaults": "template" } as const;

/**
 * A policy's matchConstraints with the targets that autogen adds, as Kyverno adds them: when the only rule names
 * exactly v1 pods, without selectors, exclusions or names, the policy also applies to the pod controllers, to which it
 * is shown the Pod they would make.
 */
export function compileMatchConstraints(
  policy: ImageValidatingPolicy,
  matching: Matching = MATCHING.images,
): MatchConstraints {
  // In the mode JSON there may be none.
  const match: Partial<MatchResources> = policy.spec.matchConstraints ?? {};
  const rules = match.resourceRules ?? [];
  const targets: Target[] = [{ rules, view: "object" }];
  for (const { name, matchConstraints } of controllerConstraints(policy.spec)) {
    // Custom kinds are refused where the policy is read.
    if (name === "autogen-extract") continue;
    targets.push({ rules: (matchConstraints.resourceRules ?? []).map(completeRule), view: CONTROLLER_VIEWS[name] });
  }
  return {
    targets,
    exclude: match.excludeResourceRules ?? [],
    exact: matching.isExact(match.matchPolicy),
    matching,
    namespaceSelector: match.namespaceSelector,
    objectSelector: match.objectSelector,
    keys: keysOf(targets),
  };
}

/**
 * What a policy (or a binding) is about, as its engine takes it: without rules everything. Kyverno's policy without
 * constraints is about nothing.
 */
export function compileMatchResources(
  match: PolicyMatchConstraints | undefined,
  engine: "kyverno" | "kubernetes",
): MatchConstraints {
  const matching = MATCHING[engine];
  const rules = (match?.resourceRules ?? []).map(completeRule);
  const isAll = rules.length === 0 && (match !== undefined || engine === "kubernetes");
  const targets: readonly Target[] = isAll ? EVERYTHING : [{ rules, view: "object" }];
  return {
    targets,
    exclude: (match?.excludeResourceRules ?? []).map(completeRule),
    exact: matching.isExact(match?.matchPolicy),
    matching,
    namespaceSelector: match?.namespaceSelector,
    objectSelector: match?.objectSelector,
    keys: keysOf(targets),
  };
}

/** A list that is not there names nothing. */
function completeRule(rule: PolicyResourceRule): ResourceRule {
  const { apiGroups = [], apiVersions = [], resources = [], operations = [] } = rule;
  return { ...rule, apiGroups, apiVersions, resources, operations };
}

const EVERYTHING: readonly Target[] = [
  { rules: [{ apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["*/*"] }], view: "object" },
];

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
    rules.some((rule) => matchesRule(rule, as, input, constraints));
  const target = constraints.targets.find((candidate) => matchesAny(candidate.rules, type));
  if (target === undefined) return { matched: false, reason: "matchConstraints.resourceRules do not match" };
  // Where a plural is guessed only the likeliest leaves an object out: a check too many is seen, one too few is not.
  if (matchesAny(constraints.exclude, { ...type, resources: [type.resource] })) {
    return { matched: false, reason: "matchConstraints.excludeResourceRules match" };
  }
  const { objectSelector } = constraints;
  if (!selectsAll(objectSelector)) {
    const objects = [input.object, input.oldObject ?? null].filter((object) => object !== null);
    if (objects.length === 0 && constraints.matching.needsLabels)
      return { matched: "unknown", message: "matchConstraints.objectSelector needs the object, which is not there" };
    if (!objects.some((object) => matchesLabels(objectSelector, object)))
      return { matched: false, reason: "matchConstraints.objectSelector does not match" };
  }
  return matchNamespace(constraints, input, type) ?? { matched: true, view: target.view };
}

/** Why an object is left out by its namespace, or that nobody knows; undefined when it is not. */
function matchNamespace(
  constraints: MatchConstraints,
  input: PolicyInput,
  type: ResourceType,
): MatchResult | undefined {
  // The selector never leaves out what lives in no namespace, other than Namespaces (admissionregistration/v1).
  if (selectsAll(constraints.namespaceSelector)) return undefined;
  const isOwnNamespace = isNamespace(type);
  if (!isOwnNamespace && isOutside(input, type)) return undefined;
  const namespace = isOwnNamespace ? subjectOf(input) : namespaceOf(constraints.matching, input, type);
  if (memberOf(namespace, "metadata") === undefined || namespace === undefined) {
    return {
      matched: "unknown",
      message: "matchConstraints.namespaceSelector needs the Namespace, which is not known",
    };
  }
  return matchesLabels(constraints.namespaceSelector, namespace)
    ? undefined
    : { matched: false, reason: "matchConstraints.namespaceSelector does not match" };
}

function isNamespace({ group, kind }: ResourceType): boolean {
  return group === "" && kind === "Namespace";
}

/** Whether it lives in no namespace. */
function isOutside({ requested }: PolicyInput, { group, kind }: ResourceType): boolean {
  return requested === undefined ? isClusterScoped(group, kind) : requested.namespace === "";
}

function namespaceOf(matching: Matching, input: PolicyInput, { namespace }: ResourceType): Value | undefined {
  const { namespaceObject, namespaceLabels } = input;
  if (matching.unknownNamespace === "nothing" && namespaceLabels === undefined) return namespaceObject;
  if (namespaceObject !== undefined && namespaceObject !== null) return namespaceObject;
  return { metadata: { labels: namespaceLabels ?? { "kubernetes.io/metadata.name": namespace } } };
}

function matchesRule(
  rule: ResourceRule,
  type: ResourceType,
  input: PolicyInput,
  constraints: MatchConstraints,
): boolean {
  const { exact, matching } = constraints;
  const matchesGroup = (group: string): boolean => has(rule.apiGroups, group);
  return (
    has(rule.operations, input.operation) &&
    matchesScope(rule, type, input) &&
    (exact ? matchesGroup(type.resourceGroup) : groupsOf(type).some(matchesGroup)) &&
    (has(rule.apiVersions, type.resourceVersion) || (!exact && type.resourceVersion !== "")) &&
    rule.resources.some((resource) => matchesResource(resource, type, matching)) &&
    matchesName(rule.resourceNames ?? [], type, input, matching)
  );
}

function matchesScope({ scope = "*" }: ResourceRule, type: ResourceType, input: PolicyInput): boolean {
  if (scope === "*") return true;
  return (scope === "Cluster") === (isNamespace(type) || isOutside(input, type));
}

function matchesName(names: readonly string[], type: ResourceType, input: PolicyInput, matching: Matching): boolean {
  if (names.length === 0 || names.includes(type.name)) return true;
  if (type.name !== "" || !matching.looksAtGenerateName) return false;
  const prefix = textOf(memberOf(input.object, "metadata"), "generateName");
  return names.some((name) => prefix.startsWith(name));
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
function matchesResource(pattern: string, type: ResourceType, matching: Matching): boolean {
  const [resource = "", subresource = ""] = pattern.split("/", 2);
  const resourceMatches = resource === "*" || type.resources.includes(resource);
  return (
    resourceMatches &&
    (subresource === type.subresource ||
      (subresource === "*" && pattern.includes("/")) ||
      (subresource === "" && matching.coversDebugContainers && isEphemeralContainers(type)))
  );
}

function isEphemeralContainers({ resourceGroup, resource, subresource }: ResourceType): boolean {
  return resourceGroup === "" && resource === "pods" && subresource === "ephemeralcontainers";
}
