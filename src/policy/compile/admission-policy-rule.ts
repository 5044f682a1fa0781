import type { Issue } from "../../base/index.ts";
import { parseKindSelector } from "../language/match/kind-selector.ts";
import type { PolicyResource } from "../resource/decode-policies.ts";
import { type KubernetesKind, kubernetesKinds } from "../resource/kubernetes-kinds.ts";
import type { KyvernoRule } from "../resource/kyverno/cluster-policy.ts";
import type { MatchResources, ResourceDescription, ResourceFilter } from "../resource/kyverno/match-resources.ts";
import type { PolicyMatchConstraints, PolicyResourceRule } from "../resource/policies/policy-parts.ts";
import { autogenRules } from "./autogen.ts";
import { readFailureAction } from "./failure-action.ts";

/** The specs of a ValidatingAdmissionPolicy and of its binding. */
export interface ClusterPolicyParts {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly binding: Readonly<Record<string, unknown>>;
}

type ClusterPolicyResource = Extract<PolicyResource, { readonly kind: "ClusterPolicy" }>;
type Note = (path: string, reason: string) => void;

/**
 * A ClusterPolicy with one validate.cel rule in the words of Kubernetes; what it cannot say is noted in `issues`, and then
 * the result is not to be used.
 */
export function readCelRule(
  { name, policy }: ClusterPolicyResource,
  exceptions: readonly PolicyResource[],
  issues: Issue[],
): ClusterPolicyParts | undefined {
  const note: Note = (path, reason) => {
    issues.push({ code: "NOT_SUPPORTED", path, message: `Kubernetes cannot say this: ${reason}` });
  };
  const { spec, metadata } = policy;
  const [rule, ...more] = spec.rules ?? [];
  const cel = rule?.validate?.cel;
  if (rule === undefined || more.length > 0) {
    note("spec.rules", `expected one rule, found ${more.length + (rule === undefined ? 0 : 1)}`);
    return undefined;
  }
  if (cel === undefined) {
    note("spec.rules[0]", "expected a rule with validate.cel");
    return undefined;
  }
  if (autogenRules([rule], metadata.annotations).all.length > 1) {
    const hint = 'the annotation pod-policies.kyverno.io/autogen-controllers: "none" has it for Pods alone';
    note("spec.rules[0].match", `the rule is extended to the controllers of Pods: ${hint}`);
  }
  checkSurroundings(policy.spec, rule, note);
  for (const exception of exceptions) {
    if (exception.kind !== "PolicyException") continue;
    if (!exception.policy.spec.exceptions.some(({ policyName }) => policyName === name)) continue;
    note("spec", `the PolicyException ${exception.name} is about the policy; write it as an exclude block`);
  }
  const action = readFailureAction(rule.validate?.failureAction ?? spec.validationFailureAction);
  return {
    spec: {
      failurePolicy: spec.webhookConfiguration?.failurePolicy ?? spec.failurePolicy,
      paramKind: cel.paramKind,
      matchConstraints: constraintsOf(rule, note),
      matchConditions: rule.celPreconditions,
      variables: cel.variables,
      validations: cel.expressions?.map((check) => ({ ...messageOf(rule), ...check })),
      auditAnnotations: cel.auditAnnotations,
    },
    binding: {
      paramRef: cel.paramRef,
      validationActions: action === "Enforce" ? ["Deny"] : ["Audit", "Warn"],
    },
  };
}

function messageOf({ validate }: KyvernoRule): { readonly message?: string } {
  return validate?.message === undefined ? {} : { message: validate.message };
}

/** What stands around the expressions and has no counterpart. */
function checkSurroundings(spec: ClusterPolicyResource["policy"]["spec"], rule: KyvernoRule, note: Note): void {
  const at = "spec.rules[0]";
  if (rule.preconditions !== undefined) note(`${at}.preconditions`, "write them as celPreconditions");
  if ((rule.validate?.message ?? "").includes("{{")) note(`${at}.validate.message`, "a message has no variables");
  if ((rule.validate?.failureActionOverrides ?? []).length > 0) {
    note(`${at}.validate.failureActionOverrides`, "a binding has one action for all namespaces");
  }
  if ((spec.validationFailureActionOverrides ?? []).length > 0) {
    note("spec.validationFailureActionOverrides", "a binding has one action for all namespaces");
  }
  if ((spec.webhookConfiguration?.matchConditions ?? []).length > 0) {
    note("spec.webhookConfiguration.matchConditions", "write them as celPreconditions");
  }
  if (spec.admission === false)
    note("spec.admission", "an admission policy has no use where admission is switched off");
}

/** A filter with its place. */
interface PlacedFilter {
  readonly path: string;
  readonly filter: ResourceFilter;
}

function constraintsOf(rule: KyvernoRule, note: Note): PolicyMatchConstraints {
  const matched = filtersOf(rule.match, "spec.rules[0].match", note);
  const excluded = filtersOf(rule.exclude, "spec.rules[0].exclude", note);
  const resourceRules = matched.flatMap((placed) => rulesOf(placed, note));
  if (matched.length > 1 && matched.some(({ filter }) => hasSelectors(filter))) {
    note("spec.rules[0].match", "selectors and namespaces hold for all resources; write one filter, or none with them");
  }
  const { selector, namespaceSelector, namespaces = [] } = matched[0]?.filter.resources ?? {};
  const isNarrowed = namespaces.length > 0 || namespaceSelector !== undefined;
  if (isNarrowed) checkScope(matched, note);
  const exclusions = excluded.map((placed) => readExclusion(placed, note));
  const left = exclusions.flatMap((exclusion) => exclusion.namespaces);
  const requirements = [
    ...(namespaces.length === 0 ? [] : [nameRequirement("In", namespaces)]),
    ...(left.length === 0 ? [] : [nameRequirement("NotIn", left)]),
  ];
  const excludeResourceRules = exclusions.flatMap((exclusion) => exclusion.rules);
  return {
    resourceRules,
    ...(excludeResourceRules.length === 0 ? {} : { excludeResourceRules }),
    ...(selector === undefined ? {} : { objectSelector: selector }),
    ...(requirements.length === 0
      ? namespaceSelector && { namespaceSelector }
      : {
          namespaceSelector: {
            ...namespaceSelector,
            matchExpressions: [...(namespaceSelector?.matchExpressions ?? []), ...requirements],
          },
        }),
  };
}

function nameRequirement(operator: "In" | "NotIn", values: readonly string[]) {
  return { key: "kubernetes.io/metadata.name", operator, values: [...new Set(values)] };
}

function hasSelectors({ resources = {} }: ResourceFilter): boolean {
  const { selector, namespaceSelector, namespaces = [] } = resources;
  return selector !== undefined || namespaceSelector !== undefined || namespaces.length > 0;
}

/** The filters of a block, of which one must match. */
function filtersOf(block: MatchResources | undefined, path: string, note: Note): readonly PlacedFilter[] {
  if (block === undefined) return [];
  const { any = [], all = [], ...own } = block;
  if (all.length > 1) note(`${path}.all`, "of several filters one matches, never all");
  const placed = [
    ...any.map((filter, index) => ({ path: `${path}.any[${index}]`, filter })),
    ...all.map((filter, index) => ({ path: `${path}.all[${index}]`, filter })),
    ...(Object.keys(own).length === 0 ? [] : [{ path, filter: own }]),
  ];
  for (const each of placed) checkFilter(each, note);
  return placed;
}

function checkFilter({ path, filter }: PlacedFilter, note: Note): void {
  const { resources = {}, subjects = [], roles = [], clusterRoles = [] } = filter;
  if (subjects.length + roles.length + clusterRoles.length > 0) {
    note(path, "users and roles; a match condition on request.userInfo says it");
  }
  if (Object.keys(resources.annotations ?? {}).length > 0) note(`${path}.resources.annotations`, "annotations");
  const isPattern = (text: string): boolean => /[*?]/.test(text);
  if (namesOf(resources).some(isPattern)) note(`${path}.resources.names`, "a name with wildcards");
  if ((resources.namespaces ?? []).some(isPattern)) note(`${path}.resources.namespaces`, "a namespace with wildcards");
  for (const field of ["selector", "namespaceSelector"] as const) {
    const labels = Object.entries(resources[field]?.matchLabels ?? {}).flat();
    if (labels.some(isPattern)) note(`${path}.resources.${field}`, "labels with wildcards");
  }
}

function namesOf({ name, names = [] }: ResourceDescription): readonly string[] {
  return name === undefined || name === "" ? names : [...names, name];
}

/** A namespaceSelector says nothing of what lives in no namespace, other than Namespaces; Kyverno's namespaces leave it out. */
function checkScope(filters: readonly PlacedFilter[], note: Note): void {
  for (const { path, filter } of filters) {
    const kinds = (filter.resources?.kinds ?? []).flatMap((text) => kindsNamed(text));
    const outside = kinds.find(({ namespaced, group, kind }) => !namespaced && !(group === "" && kind === "Namespace"));
    if (outside !== undefined) note(`${path}.resources`, `namespaces with ${outside.kind}, which lives in none`);
  }
}

const ALL_OPERATIONS = ["CREATE", "UPDATE", "CONNECT", "DELETE"] as const;

function rulesOf({ path, filter }: PlacedFilter, note: Note): readonly PolicyResourceRule[] {
  const { resources = {} } = filter;
  const { kinds = [], operations = ALL_OPERATIONS } = resources;
  if (kinds.length === 0) note(`${path}.resources.kinds`, "expected kinds, found none");
  const names = namesOf(resources);
  return kinds.flatMap((text, index) =>
    resourcesOf(text, `${path}.resources.kinds[${index}]`, note).map((rule) => ({
      ...(names.length === 0 ? {} : { resourceNames: names }),
      ...rule,
      operations: operations.length === 0 ? ALL_OPERATIONS : operations,
    })),
  );
}

/** An entry of `kinds` by groups, versions and plural names. */
function resourcesOf(text: string, path: string, note: Note): readonly PolicyResourceRule[] {
  if (text === "*") return [{ apiGroups: ["*"], apiVersions: ["*"], resources: ["*"] }];
  const { subresource } = parseKindSelector(text);
  const found = kindsNamed(text).filter(
    (kind) => subresource === "" || kind.subresources.some(({ name }) => name === subresource),
  );
  if (found.length === 0) {
    note(path, `expected one of Kubernetes' own kinds without wildcards, found ${JSON.stringify(text)}`);
  }
  const byGroup = Map.groupBy(found, ({ group }) => group);
  return [...byGroup].map(([group, kinds]) => ({
    apiGroups: [group],
    apiVersions: [...new Set(kinds.map(({ version }) => version))],
    resources: [...new Set(kinds.flatMap(({ plural }) => pluralsOf(plural, subresource)))],
  }));
}

/** Debug containers are of the Pod: Kyverno's rules for Pods hold for them. */
function pluralsOf(plural: string, subresource: string): readonly string[] {
  if (subresource !== "") return [`${plural}/${subresource}`];
  return plural === "pods" ? ["pods", "pods/ephemeralcontainers"] : [plural];
}

function kindsNamed(text: string): readonly KubernetesKind[] {
  const { group, version, kind } = parseKindSelector(text);
  return kubernetesKinds().filter(
    (known) =>
      known.kind === kind && (version === "*" || known.version === version) && (group === "*" || known.group === group),
  );
}

/** What an exclude filter leaves out: resources by rules, or all of some namespaces. */
function readExclusion(
  placed: PlacedFilter,
  note: Note,
): { readonly rules: readonly PolicyResourceRule[]; readonly namespaces: readonly string[] } {
  const { resources = {} } = placed.filter;
  const { kinds = [], namespaces = [] } = resources;
  if (resources.selector !== undefined || resources.namespaceSelector !== undefined) {
    note(`${placed.path}.resources`, "selectors hold for what is matched, not for what is left out");
  }
  if (namespaces.length === 0) return { rules: rulesOf(placed, note), namespaces: [] };
  if (kinds.length + namesOf(resources).length + (resources.operations ?? []).length > 0) {
    note(`${placed.path}.resources`, "what is left out in some namespaces only");
  }
  return { rules: [], namespaces };
}
