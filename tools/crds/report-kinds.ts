import type { ResourceKind } from "../../src/policy/index.ts";
import {
  boolean,
  integer,
  list,
  map,
  object,
  oneOf,
  optional,
  required,
  type Schema,
  string,
} from "../../src/policy/resource/schema.ts";

// Other tools write reports of these kinds too: nothing here is stricter than wgpolicyk8s.io/v1alpha2 itself.
const text = string({ allowEmpty: true });
const many = (item: Schema) => list(item, { maxItems: Number.MAX_SAFE_INTEGER });

const OBJECT_REFERENCE = object({
  apiVersion: optional(text, "Its API version."),
  kind: optional(text, "Its kind."),
  namespace: optional(text, "Its namespace."),
  name: optional(text, "Its name."),
  uid: optional(text, "Its UID."),
  resourceVersion: optional(text, "The version of it that was looked at."),
  fieldPath: optional(text, "The part of it that is meant."),
});

const LABEL_SELECTOR = object({
  matchLabels: optional(map(text), "Labels that must all be there with these values."),
  matchExpressions: optional(
    many(
      object({
        key: required(text, "The label."),
        operator: required(text, "In, NotIn, Exists or DoesNotExist."),
        values: optional(many(text), "Values for In and NotIn."),
      }),
    ),
    "Conditions that must all hold.",
  ),
});

const RESULT = object({
  source: optional(text, "The tool that found it."),
  policy: required(text, "The policy."),
  rule: optional(text, "The rule of the policy."),
  category: optional(text, "The policy's category."),
  severity: optional(oneOf(["critical", "high", "low", "medium", "info"]), "How bad a fail is."),
  result: optional(oneOf(["pass", "fail", "warn", "error", "skip"]), "What came out."),
  scored: optional(boolean(), "Whether it counts in a score."),
  message: optional(text, "What was found, for people."),
  timestamp: optional(
    object({
      seconds: required(integer(), "Seconds since 1970-01-01T00:00:00Z."),
      nanos: required(integer(), "Nanoseconds of the second."),
    }),
    "When it was found.",
  ),
  resources: optional(many(OBJECT_REFERENCE), "The objects it is about, when the report has no scope."),
  resourceSelector: optional(LABEL_SELECTOR, "The objects it is about, by label."),
  properties: optional(map(text), "More, as the tool likes."),
});

const COUNT = integer();

const REPORT = object({
  scope: optional(OBJECT_REFERENCE, "The one object that the report is about."),
  scopeSelector: optional(LABEL_SELECTOR, "The objects that the report is about, by label."),
  summary: optional(
    object({
      pass: optional(COUNT, "How many results are pass."),
      fail: optional(COUNT, "How many results are fail."),
      warn: optional(COUNT, "How many results are warn."),
      error: optional(COUNT, "How many could not be found out."),
      skip: optional(COUNT, "How many rules did not apply."),
    }),
    "How many results there are of each kind.",
  ),
  results: optional(many(RESULT), "One a rule."),
});

function reportKind(names: Pick<ResourceKind, "kind" | "plural" | "shortNames" | "scope" | "doc">): ResourceKind {
  return {
    ...names,
    group: "wgpolicyk8s.io",
    categories: [],
    versions: [{ name: "v1alpha2", storage: true }],
    schema: REPORT,
    printerColumns: [
      { name: "Kind", type: "string", jsonPath: ".scope.kind" },
      { name: "Name", type: "string", jsonPath: ".scope.name" },
      { name: "Pass", type: "integer", jsonPath: ".summary.pass" },
      { name: "Fail", type: "integer", jsonPath: ".summary.fail" },
      { name: "Warn", type: "integer", jsonPath: ".summary.warn" },
      { name: "Error", type: "integer", jsonPath: ".summary.error" },
      { name: "Skip", type: "integer", jsonPath: ".summary.skip" },
      { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
    ],
    unknownFields: "drop",
  };
}

/** The kinds of the Kubernetes policy working group in which results are shown (wgpolicyk8s.io/v1alpha2). */
export const REPORT_KINDS: readonly ResourceKind[] = [
  reportKind({
    kind: "PolicyReport",
    plural: "policyreports",
    shortNames: ["polr"],
    scope: "Namespaced",
    doc: "Results of policies for an object in this namespace.",
  }),
  reportKind({
    kind: "ClusterPolicyReport",
    plural: "clusterpolicyreports",
    shortNames: ["cpolr"],
    scope: "Cluster",
    doc: "Results of policies for an object outside namespaces.",
  }),
];
