import { MATCH_CONDITION, OBJECT_META } from "../kubernetes-schema.ts";
import {
  anything,
  boolean,
  deprecated,
  integer,
  list,
  map,
  object,
  oneOf,
  optional,
  optionalWithDefault,
  required,
  string,
  type TypeOf,
} from "../schema.ts";
import { CONDITIONS } from "./conditions.ts";
import { CONTEXT_ENTRY } from "./context-entry.ts";
import { IMAGE_VERIFICATION } from "./image-verification.ts";
import { MATCH_RESOURCES } from "./match-resources.ts";
import { FAILURE_ACTION, FAILURE_ACTION_OVERRIDE, RULE_ACTIONS } from "./rule-actions.ts";

const text = string({ allowEmpty: true });

/** API versions in which ClusterPolicy and Policy are served. */
export const CLUSTER_POLICY_VERSIONS = ["kyverno.io/v1", "kyverno.io/v2beta1"] as const;

const IMAGE_EXTRACTOR = object({
  path: required(text, "Where images are: names with slashes between them; * is every member."),
  value: optional(text, "The member below path that is the image."),
  name: optionalWithDefault(text, "The name under `images`.", "custom"),
  key: optional(text, "The member below path that tells the images apart."),
  jmesPath: optional(text, "JMESPath that makes the image of the value."),
});

export const RULE = object({
  name: required(text, "The rule's name, unique in the policy, at most 63 characters."),
  context: optional(list(CONTEXT_ENTRY), "Variables, made when they are first used."),
  reportProperties: optional(map(text), "Properties of the report's results; variables are allowed."),
  match: required(MATCH_RESOURCES, "The objects the rule is about."),
  exclude: optional(MATCH_RESOURCES, "The objects it is not about all the same."),
  imageExtractors: optional(map(list(IMAGE_EXTRACTOR)), "By kind: where images are in other kinds than Pods."),
  preconditions: optional(CONDITIONS, "Conditions under which the rule applies."),
  celPreconditions: optional(list(MATCH_CONDITION), "CEL conditions under which the rule applies."),
  ...RULE_ACTIONS,
  verifyImages: optional(list(IMAGE_VERIFICATION), "Signatures and attestations that images must have."),
  skipBackgroundRequests: optionalWithDefault(
    boolean(),
    "Whether requests of Kyverno's own background controller are left alone.",
    "true",
  ),
});

const FAILURE_POLICY = oneOf(["Ignore", "Fail"]);
const perRule = (name: string): string => `write ${name} of each rule`;

const SPEC = object({
  rules: optional(list(RULE), "The rules."),
  applyRules: optionalWithDefault(
    oneOf(["All", "One"]),
    "Whether the rules after one that applied are looked at.",
    "All",
  ),
  failurePolicy: deprecated(FAILURE_POLICY, "What an error means.", "write webhookConfiguration.failurePolicy"),
  validationFailureAction: deprecated(FAILURE_ACTION, "What a fail leads to.", perRule("validate.failureAction")),
  validationFailureActionOverrides: deprecated(
    list(FAILURE_ACTION_OVERRIDE),
    "Other actions for some namespaces.",
    perRule("validate.failureActionOverrides"),
  ),
  emitWarning: optionalWithDefault(boolean(), "Whether an audited fail is a warning to the user.", "false"),
  admission: optionalWithDefault(boolean(), "Whether the rules apply at admission.", "true"),
  background: optionalWithDefault(boolean(), "Whether the rules apply in background scans.", "true"),
  schemaValidation: deprecated(boolean(), "Not read any more.", "leave it out"),
  webhookTimeoutSeconds: deprecated(
    integer(),
    "How long the API server waits for the webhook.",
    "write webhookConfiguration.timeoutSeconds",
  ),
  mutateExistingOnPolicyUpdate: deprecated(
    boolean(),
    "Whether targets are changed when the policy changes.",
    perRule("mutate.mutateExistingOnPolicyUpdate"),
  ),
  generateExistingOnPolicyUpdate: deprecated(
    boolean(),
    "Whether objects that are there already trigger the rules.",
    perRule("generate.generateExisting"),
  ),
  generateExisting: deprecated(
    boolean(),
    "Whether objects that are there already trigger the rules.",
    perRule("generate.generateExisting"),
  ),
  useServerSideApply: optional(boolean(), "Whether made objects are written by server-side apply."),
  webhookConfiguration: optional(
    object({
      failurePolicy: optionalWithDefault(FAILURE_POLICY, "What an error means.", "Fail"),
      timeoutSeconds: optional(integer(), "How long the API server waits for the webhook: 1 to 30."),
      matchConditions: optional(list(MATCH_CONDITION), "CEL conditions under which the API server calls the webhook."),
    }),
    "How the API server calls the webhook.",
  ),
});

/** Kyverno's ClusterPolicy and Policy, every field of them. */
export const CLUSTER_POLICY = object({
  apiVersion: required(oneOf(CLUSTER_POLICY_VERSIONS), "The API version."),
  kind: required(oneOf(["ClusterPolicy", "Policy"]), "The kind."),
  metadata: required(OBJECT_META, "Name, labels, annotations."),
  spec: required(SPEC, "The rules and how they apply."),
  status: optional(anything(), "Set by controllers; not read."),
});

/** A ClusterPolicy or a Policy as written, without nulls (those inside patterns and patches stay). */
export type ClusterPolicy = TypeOf<typeof CLUSTER_POLICY>;
export type ClusterPolicySpec = TypeOf<typeof SPEC>;
export type KyvernoRule = TypeOf<typeof RULE>;
export type ImageExtractor = TypeOf<typeof IMAGE_EXTRACTOR>;
