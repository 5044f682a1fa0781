import type { PrinterColumn, ResourceKind } from "../crd.ts";
import {
  anything,
  boolean,
  integer,
  list,
  type ObjectSchema,
  object,
  oneOf,
  optional,
  required,
  string,
} from "../schema.ts";
import { CLEANUP_POLICY } from "./cleanup-policy.ts";
import { CLUSTER_POLICY } from "./cluster-policy.ts";
import { CLUSTER_RESOURCE_FILE, CONTEXT_FILE } from "./context-file.ts";
import { GLOBAL_CONTEXT_ENTRY } from "./global-context-entry.ts";
import { POLICY_EXCEPTION } from "./policy-exception.ts";
import { TEST_FILE } from "./test-file.ts";
import { USER_INFO_FILE } from "./user-info-file.ts";
import { VALUES_FILE } from "./values-file.ts";

const text = string({ allowEmpty: true });

const CONDITIONS = list(
  object({
    type: required(text, "What the condition is about."),
    status: required(oneOf(["True", "False", "Unknown"]), "Whether it holds."),
    reason: required(text, "Why, in one word."),
    message: required(text, "Why, for people."),
    lastTransitionTime: required(text, "When it last changed (RFC 3339)."),
    observedGeneration: optional(integer(0), "The metadata.generation that was looked at."),
  }),
);
const conditions = optional(CONDITIONS, "The steps to being in force, one by one.");
const COUNT = integer(0);

const CLUSTER_POLICY_STATUS = object({
  conditions,
  ready: optional(boolean(), "Whether the policy is in force; the condition Ready says more."),
  rulecount: optional(
    object({
      validate: required(COUNT, "How many rules validate."),
      mutate: required(COUNT, "How many rules mutate."),
      generate: required(COUNT, "How many rules generate."),
      verifyimages: required(COUNT, "How many rules verify images."),
    }),
    "How many rules there are of each kind.",
  ),
  autogen: optional(
    object({ rules: optional(list(anything()), "The rules.") }),
    "Rules for Pod controllers that were made of rules for Pods.",
  ),
  validatingadmissionpolicy: optional(
    object({
      generated: required(boolean(), "Whether one was made."),
      message: required(text, "Why none was made."),
    }),
    "The ValidatingAdmissionPolicy that was made of the policy.",
  ),
});

const CLEANUP_STATUS = object({
  conditions,
  lastExecutionTime: optional(text, "When objects were last deleted (RFC 3339)."),
});

const GLOBAL_CONTEXT_STATUS = object({
  conditions,
  ready: optional(boolean(), "Whether the data is there, in older versions; the condition Ready says more."),
  lastRefreshTime: optional(text, "When the data was last loaded (RFC 3339)."),
});

const age = (name: string): PrinterColumn => ({ name, type: "date", jsonPath: ".metadata.creationTimestamp" });
const count = (name: string, field: string): PrinterColumn => ({
  name,
  type: "integer",
  jsonPath: `.status.rulecount.${field}`,
  priority: 1,
});

const CLUSTER_POLICY_COLUMNS: readonly PrinterColumn[] = [
  { name: "ADMISSION", type: "boolean", jsonPath: ".spec.admission" },
  { name: "BACKGROUND", type: "boolean", jsonPath: ".spec.background" },
  { name: "READY", type: "string", jsonPath: '.status.conditions[?(@.type == "Ready")].status' },
  age("AGE"),
  { name: "FAILURE POLICY", type: "string", jsonPath: ".spec.failurePolicy", priority: 1 },
  count("VALIDATE", "validate"),
  count("MUTATE", "mutate"),
  count("GENERATE", "generate"),
  count("VERIFY IMAGES", "verifyimages"),
  { name: "MESSAGE", type: "string", jsonPath: '.status.conditions[?(@.type == "Ready")].message' },
];
const CLEANUP_COLUMNS: readonly PrinterColumn[] = [
  { name: "Schedule", type: "string", jsonPath: ".spec.schedule" },
  age("Age"),
];
const GLOBAL_CONTEXT_COLUMNS: readonly PrinterColumn[] = [
  age("AGE"),
  { name: "REFRESH INTERVAL", type: "string", jsonPath: ".spec.apiCall.refreshInterval" },
  { name: "LAST REFRESH", type: "date", jsonPath: ".status.lastRefreshTime" },
];

type Names = Pick<ResourceKind, "kind" | "plural" | "shortNames" | "scope" | "doc">;

/** Unlike ImageValidatingPolicies these are judged by no webhook of amap: that a client is told of a misspelt field counts. */
const kyvernoKind = (names: Names, rest: Omit<ResourceKind, keyof Names | "group" | "categories" | "unknownFields">) =>
  Object.freeze({ ...names, group: "kyverno.io", categories: ["kyverno"], unknownFields: "drop" as const, ...rest });

const POLICY = {
  versions: [
    { name: "v1", storage: true },
    { name: "v2beta1", storage: false },
  ],
  schema: CLUSTER_POLICY,
  status: CLUSTER_POLICY_STATUS,
  printerColumns: CLUSTER_POLICY_COLUMNS,
};
const CLEANUP = {
  versions: [
    { name: "v2", storage: true },
    { name: "v2beta1", storage: false },
  ],
  schema: CLEANUP_POLICY,
  status: CLEANUP_STATUS,
  printerColumns: CLEANUP_COLUMNS,
};

/**
 * The kinds of kyverno.io that amap reads, by Kyverno's names, scopes, versions and columns. Each makes a CRD, which
 * nothing installs by itself (a cluster with Kyverno has them already), and a chapter of the reference.
 *
 * @example
 * ```ts
 * import { KYVERNO_KINDS } from "../../index.ts";
 * KYVERNO_KINDS.map(({ plural }) => plural)[0]; // "clusterpolicies"
 * ```
 */
export const KYVERNO_KINDS: readonly ResourceKind[] = Object.freeze([
  kyvernoKind(
    {
      kind: "ClusterPolicy",
      plural: "clusterpolicies",
      shortNames: ["cpol"],
      scope: "Cluster",
      doc: "Rules about objects of the whole cluster.",
    },
    POLICY,
  ),
  kyvernoKind(
    {
      kind: "Policy",
      plural: "policies",
      shortNames: ["pol"],
      scope: "Namespaced",
      doc: "Rules about objects of the policy's namespace.",
    },
    POLICY,
  ),
  kyvernoKind(
    {
      kind: "PolicyException",
      plural: "policyexceptions",
      shortNames: ["polex"],
      scope: "Namespaced",
      doc: "Rules that do not apply to some objects.",
    },
    {
      versions: [
        { name: "v2", storage: true },
        { name: "v2beta1", storage: false },
      ],
      schema: POLICY_EXCEPTION,
      printerColumns: [],
    },
  ),
  kyvernoKind(
    {
      kind: "CleanupPolicy",
      plural: "cleanuppolicies",
      shortNames: ["cleanpol"],
      scope: "Namespaced",
      doc: "Objects of the policy's namespace that are deleted at set times.",
    },
    CLEANUP,
  ),
  kyvernoKind(
    {
      kind: "ClusterCleanupPolicy",
      plural: "clustercleanuppolicies",
      shortNames: ["ccleanpol"],
      scope: "Cluster",
      doc: "Objects of the whole cluster that are deleted at set times.",
    },
    CLEANUP,
  ),
  kyvernoKind(
    {
      kind: "GlobalContextEntry",
      plural: "globalcontextentries",
      shortNames: ["gctxentry"],
      scope: "Cluster",
      doc: "Data that policies share, loaded once and kept up to date.",
    },
    {
      versions: [
        { name: "v2", storage: false },
        { name: "v2beta1", storage: true },
        {
          name: "v2alpha1",
          storage: false,
          deprecationWarning:
            "kyverno.io/v2alpha1 GlobalContextEntry is deprecated; write kyverno.io/v2, which has the same fields",
        },
      ],
      schema: GLOBAL_CONTEXT_ENTRY,
      status: GLOBAL_CONTEXT_STATUS,
      printerColumns: GLOBAL_CONTEXT_COLUMNS,
    },
  ),
]);

/** A kind of file that `amap apply` and `amap test` read, and no cluster. */
export interface FileKind {
  readonly kind: string;
  /** One sentence. */
  readonly doc: string;
  readonly schema: ObjectSchema;
}

/** The kinds of cli.kyverno.io/v1alpha1; each makes a chapter of the reference. */
export const CLI_FILE_KINDS: readonly FileKind[] = Object.freeze([
  { kind: "Test", doc: "What policies must say of objects: kyverno-test.yaml, run by `amap test`.", schema: TEST_FILE },
  {
    kind: "Values",
    doc: "Values of variables, labels of namespaces and subresources: `amap apply --values-file`, `variables` of a Test.",
    schema: VALUES_FILE,
  },
  {
    kind: "UserInfo",
    doc: "Who sends the requests: `amap apply --userinfo`, `userinfo` of a Test.",
    schema: USER_INFO_FILE,
  },
  {
    kind: "Context",
    doc: "Objects and images that policies find outside: `amap apply --context-file`, `context` of a Test.",
    schema: CONTEXT_FILE,
  },
  {
    kind: "ClusterResource",
    doc: "What the API server would know: `clusterResources` of a Test.",
    schema: CLUSTER_RESOURCE_FILE,
  },
]);
