import { OBJECT_META } from "../kubernetes-schema.ts";
import {
  anything,
  integer,
  list,
  object,
  oneOf,
  optional,
  optionalWithDefault,
  required,
  string,
  type TypeOf,
} from "../schema.ts";
import { API_CALL_FIELDS } from "./context-entry.ts";

/** API versions in which the kind is served. */
export const GLOBAL_CONTEXT_ENTRY_VERSIONS = ["kyverno.io/v2", "kyverno.io/v2beta1", "kyverno.io/v2alpha1"] as const;

const text = string({ allowEmpty: true });

/** Kyverno's GlobalContextEntry, every field of it. */
export const GLOBAL_CONTEXT_ENTRY = object({
  apiVersion: required(oneOf(GLOBAL_CONTEXT_ENTRY_VERSIONS), "The API version."),
  kind: required(oneOf(["GlobalContextEntry"]), "The kind."),
  metadata: required(OBJECT_META, "Name, labels, annotations."),
  spec: required(
    object(
      {
        kubernetesResource: optional(
          object({
            group: optional(text, "The API group; empty for the core."),
            version: required(string(), "The API version."),
            resource: required(string(), "The plural name."),
            namespace: optional(text, "The namespace; all when absent."),
          }),
          "Objects of one kind, kept up to date.",
        ),
        apiCall: optional(
          object({
            ...API_CALL_FIELDS,
            refreshInterval: optionalWithDefault(text, "How often the call is made.", "10m"),
            retryLimit: optionalWithDefault(integer(1), "How often a failed call is made again.", "3"),
          }),
          "The answer of the Kubernetes API or of a service.",
        ),
        projections: optional(
          list(
            object({
              name: required(string(), "The name after the entry's name and a point."),
              jmesPath: required(string(), "JMESPath over the data."),
            }),
          ),
          "Parts of the data that are made once.",
        ),
      },
      [["kubernetesResource", "apiCall"]],
    ),
    "The data, and where it comes from.",
  ),
  status: optional(anything(), "Set by controllers; not read."),
});

/** A GlobalContextEntry as written, without nulls. */
export type GlobalContextEntry = TypeOf<typeof GLOBAL_CONTEXT_ENTRY>;
