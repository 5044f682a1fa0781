import type { Decoded } from "../../../base/index.ts";
import {
  anything,
  boolean,
  list,
  map,
  objectInAnyCase,
  optional,
  required,
  type TypeOf,
  textOfScalar,
} from "../schema.ts";
import { CLI_HEADER, CLI_META, type CliFile, decodeCliFile } from "./cli-file.ts";

const text = textOfScalar();

const API_RESOURCE = objectInAnyCase({
  name: optional(text, "The plural name; name/subresource for a subresource."),
  singularName: optional(text, "The singular name."),
  namespaced: optional(boolean(), "Whether its objects live in namespaces."),
  group: optional(text, "The API group."),
  version: optional(text, "The API version."),
  kind: optional(text, "The kind."),
  verbs: optional(list(text), "Not read."),
  shortNames: optional(list(text), "Not read."),
  categories: optional(list(text), "Not read."),
  storageVersionHash: optional(text, "Not read."),
});

/** The fields of a values file; a test file may have them below `values`. */
export const VALUES_FIELDS = {
  globalValues: optional(map(anything()), "Variables of all policies, by name: request.operation, say."),
  policies: optional(
    list(
      objectInAnyCase({
        name: required(text, "The policy."),
        resources: optional(
          list(
            objectInAnyCase({
              name: required(text, "The object."),
              values: optional(map(anything()), "Variables, by name."),
            }),
          ),
          "Variables that hold for one object.",
        ),
        rules: optional(
          list(
            objectInAnyCase({
              name: required(text, "The rule."),
              values: optional(map(anything()), "Variables, by name."),
              foreachValues: optional(map(list(anything())), "Variables by name, one value for each element."),
            }),
          ),
          "Variables that hold for one rule.",
        ),
      }),
    ),
    "Variables of one policy.",
  ),
  namespaceSelector: optional(
    list(
      objectInAnyCase({
        name: required(text, "The namespace."),
        labels: optional(map(text), "Its labels."),
      }),
    ),
    "Labels of namespaces.",
  ),
  namespaces: optional(
    list(
      objectInAnyCase({
        apiVersion: optional(text, "The API version: v1."),
        kind: optional(text, "The kind: Namespace."),
        metadata: optional(CLI_META, "Name, labels, annotations."),
        spec: optional(anything(), "Not read."),
        status: optional(anything(), "Not read."),
      }),
    ),
    "Namespaces, whole.",
  ),
  subresources: optional(
    list(
      objectInAnyCase({
        subresource: required(API_RESOURCE, "The subresource."),
        parentResource: required(API_RESOURCE, "The resource it is of."),
      }),
    ),
    "Subresources that Kubernetes itself does not have.",
  ),
} as const;

/** Kyverno's Values (also written Value, or without a kind), every field of it. */
export const VALUES_FILE = objectInAnyCase({ ...CLI_HEADER, ...VALUES_FIELDS });
export const INLINE_VALUES = objectInAnyCase(VALUES_FIELDS);

export type ValuesFile = TypeOf<typeof VALUES_FILE>;
export type InlineValues = TypeOf<typeof INLINE_VALUES>;

/**
 * The values file that `amap apply --values-file` and a test's `variables` name: variables, namespaces' labels and
 * subresources. Field names count in any case, numbers and booleans are text where text is meant, an empty file is one
 * without values. A field that does not exist is POLICY_INVALID; text that is not YAML is YAML_INVALID.
 *
 * @example
 * ```ts
 * import { decodeValuesFile } from "../../index.ts";
 * const decoded = decodeValuesFile("globalValues: {request.operation: DELETE}\n", "values.yaml");
 * decoded.ok ? decoded.value.file.globalValues : undefined; // { "request.operation": "DELETE" }
 * ```
 */
export function decodeValuesFile(input: Uint8Array | string, source: string): Decoded<CliFile<ValuesFile>> {
  return decodeCliFile<ValuesFile>(input, source, VALUES_FILE, ["Values", "Value"]);
}
