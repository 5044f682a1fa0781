import { anything, boolean, integer, list, map, object, oneOf, optional, required, string } from "./schema.ts";

/** ObjectMeta (k8s.io/apimachinery meta/v1): what people write, and what the API server adds. */
export const OBJECT_META = object({
  name: required(string(), "The policy's name."),
  generateName: optional(string(), "A prefix for a name the API server makes."),
  namespace: optional(string(), "The namespace, for kinds that live in one."),
  labels: optional(map(string({ allowEmpty: true })), "Labels."),
  annotations: optional(map(string({ allowEmpty: true })), "Annotations."),
  uid: optional(string(), "Set by the API server."),
  resourceVersion: optional(string(), "Set by the API server."),
  generation: optional(integer(), "Set by the API server."),
  creationTimestamp: optional(string(), "Set by the API server."),
  deletionTimestamp: optional(string(), "Set by the API server."),
  deletionGracePeriodSeconds: optional(integer(), "Set by the API server."),
  selfLink: optional(string(), "Set by old API servers."),
  finalizers: optional(list(string()), "What must happen before the object is removed."),
  ownerReferences: optional(list(anything()), "The objects this one belongs to."),
  managedFields: optional(list(anything()), "Set by the API server."),
});

/** A label selector (meta/v1 LabelSelector). */
export const LABEL_SELECTOR = object({
  matchLabels: optional(map(string({ allowEmpty: true })), "Labels that must all be there with these values."),
  matchExpressions: optional(
    list(
      object({
        key: required(string(), "The label."),
        operator: required(oneOf(["In", "NotIn", "Exists", "DoesNotExist"]), "How values are compared."),
        values: optional(list(string({ allowEmpty: true })), "Values for In and NotIn."),
      }),
    ),
    "Conditions that must all hold.",
  ),
});

/** One rule of matchConstraints (admissionregistration/v1 NamedRuleWithOperations). */
export const RESOURCE_RULE = object({
  apiGroups: required(list(string({ allowEmpty: true }), { minItems: 1 }), 'API groups; "" is the core, * is all.'),
  apiVersions: required(list(string(), { minItems: 1 }), "API versions; * is all."),
  resources: required(
    list(string(), { minItems: 1 }),
    "Plural names: pods, pods/status, */scale; * is all without subresources, */* all with them.",
  ),
  operations: required(
    list(oneOf(["CREATE", "UPDATE", "DELETE", "CONNECT", "*"]), { minItems: 1 }),
    "Admission operations; * is all.",
  ),
  resourceNames: optional(list(string()), "Names of objects; all when empty."),
  scope: optional(
    oneOf(["*"], {
      Cluster: "amap cannot tell a kind's scope without a cluster yet",
      Namespaced: "amap cannot tell a kind's scope without a cluster yet",
    }),
    "Cluster, Namespaced or *.",
  ),
});

/** What a policy applies to (admissionregistration/v1 MatchResources). */
export const MATCH_RESOURCES = object({
  resourceRules: optional(
    list(RESOURCE_RULE),
    "Resources and operations; an object meets the policy when one matches.",
  ),
  excludeResourceRules: optional(list(RESOURCE_RULE), "Resources and operations that are left out."),
  namespaceSelector: optional(LABEL_SELECTOR, "Labels of the object's namespace."),
  objectSelector: optional(LABEL_SELECTOR, "Labels of the object."),
  matchPolicy: optional(
    oneOf(["Exact", "Equivalent"]),
    "Whether rules also mean the resource's other versions, and a group it moved from (Equivalent, the default).",
  ),
});

export const MATCH_CONDITION = object({
  name: required(string(), "The condition's name."),
  expression: required(string(), "CEL; the policy applies when every condition is true."),
});

export const VARIABLE = object({
  name: required(string(), "The name under `variables`."),
  expression: required(string(), "CEL; evaluated when it is first used, once."),
});

export const VALIDATION = object({
  expression: required(string(), "CEL; false is a fail."),
  message: optional(string(), "What to tell the user."),
  messageExpression: optional(string(), "CEL that makes the message; `message` is used when it fails."),
  reason: optional(
    oneOf(["Unauthorized", "Forbidden", "Invalid", "RequestEntityTooLarge"]),
    "The machine-readable reason in the admission answer.",
  ),
});

export const AUDIT_ANNOTATION = object({
  key: required(string(), "The annotation's key."),
  valueExpression: required(string(), "CEL that makes its value."),
});

export const WEBHOOK_CONFIGURATION = object({
  timeoutSeconds: optional(integer(1, 30), "How long the API server waits for the webhook."),
});

export const FAILURE_POLICY = oneOf(["Fail", "Ignore"]);
export const VALIDATION_ACTIONS = list(oneOf(["Deny", "Audit", "Warn"]), { maxItems: 3 });

const enabled = object({ enabled: optional(boolean(), "Whether it is on; it is unless said otherwise.") });

export const EVALUATION = object({
  mode: optional(
    oneOf(["Kubernetes"], {
      JSON: "amap evaluates Kubernetes resources only",
      Envoy: "amap evaluates Kubernetes resources only",
      HTTP: "amap evaluates Kubernetes resources only",
    }),
    "What is evaluated.",
  ),
  admission: optional(enabled, "Whether the policy applies at admission."),
  background: optional(enabled, "Whether the policy applies in background scans."),
});
