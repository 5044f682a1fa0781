import { AUDIT_ANNOTATION, LABEL_SELECTOR, VARIABLE } from "../kubernetes-schema.ts";
import {
  anything,
  boolean,
  deprecated,
  list,
  object,
  oneOf,
  optional,
  optionalWithDefault,
  recursive,
  required,
  type Schema,
  string,
  type TypeOf,
} from "../schema.ts";
import { ANY_ALL_CONDITIONS, CONDITIONS } from "./conditions.ts";
import { CONTEXT_ENTRY } from "./context-entry.ts";
import { ATTESTOR_SET } from "./image-verification.ts";

const text = string({ allowEmpty: true });

/** Old policies write the actions in lower case. */
export const FAILURE_ACTION = oneOf(["Audit", "Enforce", "audit", "enforce"]);

export const FAILURE_ACTION_OVERRIDE = object({
  action: optional(FAILURE_ACTION, "What a fail leads to in these namespaces."),
  namespaces: optional(list(text), "Namespaces; * and ? are wildcards."),
  namespaceSelector: optional(LABEL_SELECTOR, "Labels of the namespaces."),
});

export const POD_SECURITY_CONTROLS = [
  "HostProcess",
  "Host Namespaces",
  "Privileged Containers",
  "Capabilities",
  "HostPath Volumes",
  "Host Ports",
  "AppArmor",
  "SELinux",
  "/proc Mount Type",
  "Seccomp",
  "Sysctls",
  "Volume Types",
  "Privilege Escalation",
  "Running as Non-root",
  "Running as Non-root user",
] as const;

export const POD_SECURITY_EXCLUSION = object({
  controlName: required(oneOf(POD_SECURITY_CONTROLS), "The control of the Pod Security Standards."),
  images: optional(list(text), "Images of the containers it is not asked of; * and ? are wildcards."),
  restrictedField: optional(text, "The field that may have the values; the whole control is left out when absent."),
  values: optional(list(text), "Values the field may have all the same."),
});

const POD_SECURITY_VERSIONS = [
  "v1.19",
  "v1.20",
  "v1.21",
  "v1.22",
  "v1.23",
  "v1.24",
  "v1.25",
  "v1.26",
  "v1.27",
  "v1.28",
  "v1.29",
  "v1.30",
  "v1.31",
  "v1.32",
  "latest",
] as const;

export const POD_SECURITY = object({
  level: optional(oneOf(["privileged", "baseline", "restricted"]), "The Pod Security Standard."),
  version: optionalWithDefault(oneOf(POD_SECURITY_VERSIONS), "The Kubernetes version that defines it.", "latest"),
  exclude: optional(list(POD_SECURITY_EXCLUSION), "Controls that are not asked of all containers."),
});

const CEL_EXPRESSION = object({
  expression: required(text, "CEL; false is a fail."),
  message: optional(text, "What to tell the user."),
  messageExpression: optional(text, "CEL that makes the message; `message` is used when it fails."),
  reason: optional(text, "The machine-readable reason in the admission answer."),
});

export const CEL = object({
  generate: optionalWithDefault(boolean(), "Whether a ValidatingAdmissionPolicy is made of the rule.", "false"),
  expressions: optional(list(CEL_EXPRESSION), "What must be true."),
  paramKind: optional(
    object({
      apiVersion: optional(text, "The parameters' API version."),
      kind: optional(text, "The parameters' kind."),
    }),
    "The kind of the resources that are `params`.",
  ),
  paramRef: optional(
    object({
      name: optional(text, "The resource's name."),
      namespace: optional(text, "The resource's namespace."),
      selector: optional(LABEL_SELECTOR, "Labels of the resources."),
      parameterNotFoundAction: optional(oneOf(["Allow", "Deny"]), "What it means when there is none."),
    }),
    "The resources that are `params`.",
  ),
  auditAnnotations: optional(list(AUDIT_ANNOTATION), "Annotations of the audit event."),
  variables: optional(list(VARIABLE), "Named CEL expressions."),
});

export const DENY = object({ conditions: optional(CONDITIONS, "A fail when they hold; always when there are none.") });

const MANIFESTS = object({
  attestors: optional(list(ATTESTOR_SET), "Who must have signed the manifest."),
  annotationDomain: optional(text, "The prefix of the annotations with message and signature."),
  ignoreFields: optional(
    list(
      object({
        objects: optional(
          list(
            object({
              group: optional(text, "The API group."),
              version: optional(text, "The API version."),
              kind: optional(text, "The kind."),
              name: optional(text, "The name."),
              namespace: optional(text, "The namespace."),
            }),
          ),
          "The objects it is about.",
        ),
        fields: optional(list(text), "Fields that are not compared."),
      }),
    ),
    "What is not compared.",
  ),
  dryRun: optional(
    object({
      enable: optional(boolean(), "Whether a dry run fills in the defaults before comparing; it is not done."),
      namespace: optional(text, "The namespace of the dry run."),
    }),
    "How defaults are told from changes.",
  ),
  repository: optional(text, "An image with the signed manifests; an error, not supported."),
});
/** What validate.manifests asks for. */
export type SignedManifests = TypeOf<typeof MANIFESTS>;

const loopFields = {
  list: optional(text, "JMESPath to the elements."),
  context: optional(list(CONTEXT_ENTRY), "Variables, made for each element."),
  preconditions: optional(ANY_ALL_CONDITIONS, "Which elements are looked at."),
} as const;

const forEachValidationFields = {
  ...loopFields,
  elementScope: optional(boolean(), "Whether patterns are about the element (unless false) or the whole object."),
  pattern: optional(anything(), "What the element must look like."),
  anyPattern: optional(anything(), "What the element must look like: one of several patterns."),
  deny: optional(DENY, "Conditions of a fail."),
} as const;
const FOR_EACH_VALIDATION_BASE = object(forEachValidationFields);
type ForEachValidationBase = TypeOf<typeof FOR_EACH_VALIDATION_BASE>;

/** One loop of validate.foreach; loops may be nested. */
export type ForEachValidation = ForEachValidationBase & { readonly foreach?: readonly ForEachValidation[] };

const FOR_EACH_VALIDATION = object({
  ...forEachValidationFields,
  foreach: optional(
    list(recursive<ForEachValidation>((): Schema => FOR_EACH_VALIDATION)),
    "Loops over lists inside the element.",
  ),
});

const VALIDATE = object({
  failureAction: optional(FAILURE_ACTION, "What a fail leads to; the policy's own action when absent."),
  failureActionOverrides: optional(list(FAILURE_ACTION_OVERRIDE), "Other actions for some namespaces."),
  allowExistingViolations: optionalWithDefault(
    boolean(),
    "Whether an update may leave an object as bad as it was.",
    "true",
  ),
  message: optional(text, "What to say on a fail; variables are allowed."),
  manifests: optional(MANIFESTS, "Signatures over the object's own YAML, in its annotations."),
  foreach: optional(list(FOR_EACH_VALIDATION), "Loops over lists in the object."),
  pattern: optional(anything(), "What the object must look like."),
  anyPattern: optional(anything(), "What the object must look like: one of several patterns."),
  deny: optional(DENY, "Conditions of a fail."),
  podSecurity: optional(POD_SECURITY, "A Pod Security Standard that the Pod must meet."),
  cel: optional(CEL, "CEL expressions that must be true."),
  assert: deprecated(
    anything(),
    "An assertion tree, evaluated as Kyverno before 1.19 did; newer ones refuse the policy.",
    "Kyverno refuses it since 1.19; write a ValidatingPolicy, or a pattern",
  ),
});

const resourceFields = {
  apiVersion: optional(text, "The API version."),
  kind: optional(text, "The kind."),
  namespace: optional(text, "The namespace."),
  name: optional(text, "The name."),
  uid: optional(text, "The object's uid."),
} as const;

const MUTATION_TARGET = object({
  ...resourceFields,
  selector: optional(LABEL_SELECTOR, "Labels of the objects."),
  context: optional(list(CONTEXT_ENTRY), "Variables, made for each target."),
  preconditions: optional(CONDITIONS, "Which targets are changed; `target` is the object."),
});

const forEachMutationFields = {
  ...loopFields,
  order: optional(oneOf(["Ascending", "Descending"]), "Which element comes first."),
  patchStrategicMerge: optional(anything(), "A patch that is merged into the object."),
  patchesJson6902: optional(text, "JSON Patch operations, as YAML or JSON in a string."),
} as const;
const FOR_EACH_MUTATION_BASE = object(forEachMutationFields);
type ForEachMutationBase = TypeOf<typeof FOR_EACH_MUTATION_BASE>;

/** One loop of mutate.foreach; loops may be nested. */
export type ForEachMutation = ForEachMutationBase & { readonly foreach?: readonly ForEachMutation[] };

const FOR_EACH_MUTATION = object({
  ...forEachMutationFields,
  foreach: optional(
    list(recursive<ForEachMutation>((): Schema => FOR_EACH_MUTATION)),
    "Loops over lists inside the element.",
  ),
});

const MUTATE = object({
  mutateExistingOnPolicyUpdate: optional(boolean(), "Whether targets are changed when the policy changes."),
  targets: optional(list(MUTATION_TARGET), "Existing objects to change, in place of the one that comes in."),
  patchStrategicMerge: optional(anything(), "A patch that is merged into the object."),
  patchesJson6902: optional(text, "JSON Patch operations, as YAML or JSON in a string."),
  foreach: optional(list(FOR_EACH_MUTATION), "Loops over lists in the object."),
});

const generatePatternFields = {
  ...resourceFields,
  data: optional(anything(), "The object to make."),
  clone: optional(
    object({
      namespace: optional(text, "The namespace of the object to copy."),
      name: optional(text, "The name of the object to copy."),
    }),
    "An object to copy.",
  ),
  cloneList: optional(
    object({
      namespace: optional(text, "The namespace of the objects to copy."),
      kinds: optional(list(text), "Their kinds."),
      selector: optional(LABEL_SELECTOR, "Their labels."),
    }),
    "Several objects to copy.",
  ),
} as const;

const FOR_EACH_GENERATION = object({ ...loopFields, ...generatePatternFields });

const GENERATE = object({
  generateExisting: optional(boolean(), "Whether objects that are there already trigger the rule."),
  synchronize: optional(boolean(), "Whether the made objects follow their source."),
  orphanDownstreamOnPolicyDelete: optional(boolean(), "Whether the made objects stay when the rule goes."),
  ...generatePatternFields,
  foreach: optional(list(FOR_EACH_GENERATION), "Loops, each element of which makes an object."),
});

export const RULE_ACTIONS = {
  mutate: optional(MUTATE, "Changes to objects."),
  validate: optional(VALIDATE, "What objects must be like."),
  generate: optional(GENERATE, "Objects to make."),
} as const;

export type FailureActionOverride = TypeOf<typeof FAILURE_ACTION_OVERRIDE>;
export type PodSecurityExclusion = TypeOf<typeof POD_SECURITY_EXCLUSION>;
export type PodSecurity = TypeOf<typeof POD_SECURITY>;
export type CelRule = TypeOf<typeof CEL>;
export type Validation = TypeOf<typeof VALIDATE>;
export type MutationTarget = TypeOf<typeof MUTATION_TARGET>;
export type Mutation = TypeOf<typeof MUTATE>;
export type Generation = TypeOf<typeof GENERATE>;
export type ForEachGeneration = TypeOf<typeof FOR_EACH_GENERATION>;
