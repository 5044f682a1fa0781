import { OBJECT_META } from "../kubernetes-schema.ts";
import { anything, list, object, oneOf, optional, required, string, type TypeOf } from "../schema.ts";
import { ANY_ALL_CONDITIONS } from "./conditions.ts";
import { CONTEXT_ENTRY } from "./context-entry.ts";
import { MATCH_ANY_ALL } from "./match-resources.ts";

/** API versions in which the kinds are served; v2alpha1 was dropped by Kyverno. */
export const CLEANUP_POLICY_VERSIONS = ["kyverno.io/v2", "kyverno.io/v2beta1"] as const;

/** Kyverno's CleanupPolicy and ClusterCleanupPolicy, every field of them. */
export const CLEANUP_POLICY = object({
  apiVersion: required(oneOf(CLEANUP_POLICY_VERSIONS), "The API version."),
  kind: required(oneOf(["CleanupPolicy", "ClusterCleanupPolicy"]), "The kind."),
  metadata: required(OBJECT_META, "Name, labels, annotations."),
  spec: required(
    object({
      context: optional(list(CONTEXT_ENTRY), "Variables; ConfigMaps and image data are not allowed."),
      match: required(MATCH_ANY_ALL, "The objects to delete."),
      exclude: optional(MATCH_ANY_ALL, "The objects that stay all the same."),
      schedule: required(string(), "When, in cron's format."),
      conditions: optional(ANY_ALL_CONDITIONS, "Conditions under which an object is deleted; `target` is the object."),
      deletionPropagationPolicy: optional(
        oneOf(["Foreground", "Background", "Orphan"]),
        "What happens to the objects that belong to it.",
      ),
    }),
    "What is deleted, and when.",
  ),
  status: optional(anything(), "Set by controllers; not read."),
});

/** A CleanupPolicy or ClusterCleanupPolicy as written, without nulls. */
export type CleanupPolicy = TypeOf<typeof CLEANUP_POLICY>;
