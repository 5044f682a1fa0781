import { LABEL_SELECTOR } from "../kubernetes-schema.ts";
import { deprecated, list, map, object, oneOf, optional, required, string, type TypeOf } from "../schema.ts";

const text = string({ allowEmpty: true });

export const RESOURCE_DESCRIPTION = object({
  kinds: optional(list(text), "Kind, Version/Kind, Group/Version/Kind or Kind/subresource; * and ? are wildcards."),
  name: deprecated(text, "The object's name; * and ? are wildcards.", "write names, a list"),
  names: optional(list(text), "Names of objects, of which one must match; * and ? are wildcards."),
  namespaces: optional(list(text), "Namespaces, of which one must match; * and ? are wildcards."),
  annotations: optional(map(text), "Annotations that must be there; keys and values may have wildcards."),
  selector: optional(LABEL_SELECTOR, "Labels of the object; matchLabels may have wildcards."),
  namespaceSelector: optional(LABEL_SELECTOR, "Labels of the object's namespace; matchLabels may have wildcards."),
  operations: optional(
    list(oneOf(["CREATE", "UPDATE", "DELETE", "CONNECT"])),
    "Admission operations; CREATE and UPDATE for most rules when absent.",
  ),
});

const SUBJECT = object({
  kind: required(text, "User, Group or ServiceAccount."),
  apiGroup: optional(text, "The group of the subject's kind; not compared."),
  name: required(text, "The user, the group or the service account; * and ? are wildcards."),
  namespace: optional(text, "The service account's namespace."),
});

const userFields = {
  subjects: optional(list(SUBJECT), "Users, groups and service accounts, of which one must have sent the request."),
  roles: optional(list(text), "Roles as namespace:name, of which the user must have one; wildcards."),
  clusterRoles: optional(list(text), "ClusterRoles, of which the user must have one; wildcards."),
} as const;

export const RESOURCE_FILTER = object({
  resources: optional(RESOURCE_DESCRIPTION, "Which objects."),
  ...userFields,
});

const filterFields = {
  any: optional(list(RESOURCE_FILTER), "Filters, of which one must match."),
  all: optional(list(RESOURCE_FILTER), "Filters that must all match."),
} as const;

/** match and exclude of a rule: any, all, or the older form with the filter's own fields. */
export const MATCH_RESOURCES = object({
  ...filterFields,
  resources: optional(RESOURCE_DESCRIPTION, "Which objects, in the older form; any or all is better."),
  ...userFields,
});

/** match and exclude of PolicyException and CleanupPolicy: any or all. */
export const MATCH_ANY_ALL = object(filterFields);

export type ResourceDescription = TypeOf<typeof RESOURCE_DESCRIPTION>;
export type Subject = TypeOf<typeof SUBJECT>;
export type ResourceFilter = TypeOf<typeof RESOURCE_FILTER>;
export type MatchResources = TypeOf<typeof MATCH_RESOURCES>;
