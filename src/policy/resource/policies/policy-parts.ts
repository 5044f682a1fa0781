import {
  FAILURE_POLICY,
  LABEL_SELECTOR,
  MATCH_CONDITION,
  VARIABLE,
  WEBHOOK_CONFIGURATION,
} from "../kubernetes-schema.ts";
import {
  boolean,
  list,
  object,
  oneOf,
  optional,
  optionalWithDefault,
  required,
  string,
  type TypeOf,
} from "../schema.ts";

const text = string({ allowEmpty: true });

/** API versions of policies.kyverno.io: all kinds have the same fields in each; v1alpha1 is deprecated. */
export const POLICIES_VERSIONS = [
  "policies.kyverno.io/v1",
  "policies.kyverno.io/v1beta1",
  "policies.kyverno.io/v1alpha1",
] as const;

const RESOURCE_RULE_FIELDS = {
  apiGroups: optional(list(text), 'API groups; "" is the core, * is all.'),
  apiVersions: optional(list(text), "API versions; * is all."),
  resources: optional(
    list(text),
    "Plural names: pods, pods/status, */scale; * is all without subresources, */* all with them.",
  ),
  operations: optional(list(oneOf(["CREATE", "UPDATE", "DELETE", "CONNECT", "*"])), "Admission operations; * is all."),
  resourceNames: optional(list(text), "Names of objects; all when empty."),
  scope: optional(oneOf(["*", "Cluster", "Namespaced"]), "Which objects by scope: Cluster, Namespaced or * (all)."),
};

const RESOURCE_RULE = object(RESOURCE_RULE_FIELDS);
const resourceRules = list(RESOURCE_RULE);

const MATCH_FIELDS = {
  resourceRules: optional(resourceRules, "Resources and operations; an object meets the policy when one matches."),
  excludeResourceRules: optional(resourceRules, "Resources and operations that are left out."),
  namespaceSelector: optional(LABEL_SELECTOR, "Labels of the object's namespace."),
  objectSelector: optional(LABEL_SELECTOR, "Labels of the object."),
  matchPolicy: optionalWithDefault(
    oneOf(["Exact", "Equivalent"]),
    "Whether rules also mean the resource's other versions, and a group it moved from.",
    "Equivalent",
  ),
};

/** What a policy applies to (admissionregistration/v1 MatchResources), as the CRDs of policies.kyverno.io take it. */
export const MATCH_CONSTRAINTS = object(MATCH_FIELDS);

/** The objects a MutatingPolicy changes beside the one that was sent. */
export const TARGET_MATCH_CONSTRAINTS = object({
  ...MATCH_FIELDS,
  expression: optional(text, "CEL that makes the target, a list of them, or a filter of those the rules find."),
});

export const MATCH_CONDITIONS = list(MATCH_CONDITION, { maxItems: 64 });
export const VARIABLES = list(VARIABLE, { maxItems: 1_000 });

/** One check; unlike Kubernetes' own kinds any reason is taken. */
export const POLICY_VALIDATION = object({
  expression: required(text, "CEL; false is a fail."),
  message: optional(text, "What to tell the user."),
  messageExpression: optional(text, "CEL that makes the message; message is used when it fails."),
  reason: optional(text, "The machine-readable reason in the admission answer."),
});

const MODE = oneOf(["Kubernetes", "JSON", "Envoy", "HTTP"]);
export const EVALUATION_MODE = optionalWithDefault(MODE, "What is evaluated.", "Kubernetes");

export const switchedOn = object({ enabled: optionalWithDefault(boolean(), "Whether it is on.", "true") });
export const switchedOff = object({ enabled: optionalWithDefault(boolean(), "Whether it is on.", "false") });

/** When a policy is evaluated, and on what. */
export const EVALUATION_FIELDS = {
  mode: EVALUATION_MODE,
  admission: optional(switchedOn, "Whether the policy applies at admission."),
  background: optional(switchedOn, "Whether the policy applies in background scans."),
};

/** The pod controllers that a policy for Pods is extended to; `none` is a value of Kyverno's. */
export const POD_CONTROLLERS = object({
  controllers: optional(
    list(text),
    "Plural names: deployments, daemonsets, replicasets, statefulsets, jobs, cronjobs; all of them when absent, none when the list is empty.",
  ),
});

/** What a policy that answers admission requests has in every kind. */
export const ADMISSION_FIELDS = {
  matchConstraints: optional(MATCH_CONSTRAINTS, "The resources the policy applies to."),
  matchConditions: optional(MATCH_CONDITIONS, "CEL conditions under which it applies."),
  variables: optional(VARIABLES, "Named CEL expressions; each sees those before it."),
  webhookConfiguration: optional(WEBHOOK_CONFIGURATION, "How the API server calls the webhook."),
};

export const FAILURE_POLICY_FIELD = optionalWithDefault(FAILURE_POLICY, "What an error means.", "Fail");

export type PolicyResourceRule = TypeOf<typeof RESOURCE_RULE>;
export type PolicyMatchConstraints = TypeOf<typeof MATCH_CONSTRAINTS>;
export type PolicyCondition = TypeOf<typeof MATCH_CONDITION>;
export type PolicyVariable = TypeOf<typeof VARIABLE>;
export type PolicyValidation = TypeOf<typeof POLICY_VALIDATION>;
