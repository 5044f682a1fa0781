import { OBJECT_META } from "../kubernetes-schema.ts";
import { anything, object, oneOf, optional, required, string, type TypeOf } from "../schema.ts";
import { MATCH_CONDITIONS, MATCH_CONSTRAINTS, POLICIES_VERSIONS, VARIABLES } from "./policy-parts.ts";

/** Kyverno's DeletingPolicy and NamespacedDeletingPolicy, every field of them. */
export const DELETING_POLICY = object({
  apiVersion: required(oneOf(POLICIES_VERSIONS), "The API version."),
  kind: required(oneOf(["DeletingPolicy", "NamespacedDeletingPolicy"]), "The kind."),
  metadata: required(OBJECT_META, "Name, labels, annotations."),
  spec: required(
    object({
      matchConstraints: optional(MATCH_CONSTRAINTS, "The objects to delete."),
      conditions: optional(MATCH_CONDITIONS, "CEL conditions under which an object is deleted."),
      variables: optional(VARIABLES, "Named CEL expressions; each sees those before it."),
      schedule: required(string({ allowEmpty: true }), "When, in cron's format."),
      deletionPropagationPolicy: optional(
        oneOf(["Foreground", "Background", "Orphan"]),
        "What happens to the objects that belong to it.",
      ),
    }),
    "What is deleted, and when.",
  ),
  status: optional(anything(), "Set by controllers; not read."),
});

/** A DeletingPolicy or NamespacedDeletingPolicy as written, without nulls. */
export type DeletingPolicy = TypeOf<typeof DELETING_POLICY>;
