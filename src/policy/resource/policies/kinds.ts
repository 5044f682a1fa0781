import type { KindVersion, PrinterColumn, ResourceKind } from "../crd.ts";
import { IMAGE_VALIDATING_POLICY } from "../image-validating-policy.ts";
import {
  anything,
  boolean,
  integer,
  list,
  map,
  type ObjectSchema,
  object,
  oneOf,
  optional,
  required,
  string,
} from "../schema.ts";
import {
  MUTATING_ADMISSION_POLICY,
  MUTATING_ADMISSION_POLICY_BINDING,
  VALIDATING_ADMISSION_POLICY,
  VALIDATING_ADMISSION_POLICY_BINDING,
} from "./admission-policy.ts";
import { CEL_POLICY_EXCEPTION } from "./cel-policy-exception.ts";
import { DELETING_POLICY } from "./deleting-policy.ts";
import { GENERATING_POLICY } from "./generating-policy.ts";
import { MUTATING_POLICY } from "./mutating-policy.ts";
import { VALIDATING_POLICY } from "./validating-policy.ts";

const text = string({ allowEmpty: true });

const CONDITION = object({
  type: required(text, "What the condition is about."),
  status: required(oneOf(["True", "False", "Unknown"]), "Whether it holds."),
  reason: required(text, "Why, in one word."),
  message: required(text, "Why, for people."),
  lastTransitionTime: required(text, "When it last changed (RFC 3339)."),
  observedGeneration: optional(integer(0), "The metadata.generation that was looked at."),
});

const READINESS = object({
  ready: optional(boolean(), "Whether the policy is in force."),
  message: optional(text, "Why it is not."),
  conditions: optional(list(CONDITION), "The steps to being in force, one by one."),
});
const conditionStatus = optional(READINESS, "Whether the policy is in force.");

const TARGET = object({
  group: optional(text, "The kind's group."),
  version: required(text, "Its version."),
  resource: required(text, "Its plural name."),
  kind: required(text, "The kind."),
});

const AUTOGEN = {
  conditionStatus,
  autogen: optional(
    object({
      configs: optional(
        map(
          object({
            spec: required(anything(), "The policy as it is for them."),
            targets: required(list(TARGET), "The kinds it is for."),
          }),
        ),
        "What autogen made of the policy, by name: defaults, cronjobs.",
      ),
    }),
    "What was made of the policy for pod controllers.",
  ),
};
const AUTOGEN_STATUS = object({
  ...AUTOGEN,
  generated: optional(boolean(), "Whether one of Kubernetes' own admission policies was made of it."),
});

const CREATED: PrinterColumn = { name: "AGE", type: "date", jsonPath: ".metadata.creationTimestamp" };
const READY: PrinterColumn = { name: "READY", type: "string", jsonPath: ".status.conditionStatus.ready" };

const SERVED: readonly KindVersion[] = [
  { name: "v1", storage: false },
  { name: "v1beta1", storage: true },
];

/** v1alpha1, which the kinds of a namespace do not have, and what a client is told that still uses it. */
const withAlpha = (kind: string): readonly KindVersion[] => [
  ...SERVED,
  {
    name: "v1alpha1",
    storage: false,
    deprecationWarning: `policies.kyverno.io/v1alpha1 ${kind} is deprecated; write policies.kyverno.io/v1, which has the same fields`,
  },
];

interface Verb {
  /** What the kind's name starts with. */
  readonly verb: "Validating" | "Mutating" | "Generating" | "Deleting";
  readonly letter: string;
  /** What it says, without its end. */
  readonly doc: string;
  readonly schema: ObjectSchema;
  readonly status: ObjectSchema;
  readonly printerColumns: readonly PrinterColumn[];
}

const VERBS: readonly Verb[] = [
  {
    verb: "Validating",
    letter: "v",
    doc: "CEL expressions that must be true",
    schema: VALIDATING_POLICY,
    status: AUTOGEN_STATUS,
    printerColumns: [CREATED, READY],
  },
  {
    verb: "Mutating",
    letter: "m",
    doc: "CEL expressions that make changes",
    schema: MUTATING_POLICY,
    status: AUTOGEN_STATUS,
    printerColumns: [CREATED, READY],
  },
  {
    verb: "Generating",
    letter: "g",
    doc: "CEL expressions that make other objects",
    schema: GENERATING_POLICY,
    status: object({ conditionStatus }),
    printerColumns: [CREATED],
  },
  {
    verb: "Deleting",
    letter: "d",
    doc: "What is deleted at set times",
    schema: DELETING_POLICY,
    status: object({
      conditionStatus,
      lastExecutionTime: optional(text, "When objects were last deleted (RFC 3339)."),
    }),
    printerColumns: [CREATED, READY],
  },
];

/** Unlike the ImageValidatingPolicies of `POLICY_KINDS` no webhook of amap judges these: a client must learn of a misspelt field. */
const POLICIES = { group: "policies.kyverno.io", unknownFields: "drop" } as const;

function kindsOf({ verb, letter, doc, ...rest }: Verb): readonly ResourceKind[] {
  const plural = `${verb.toLowerCase()}policies`;
  return [
    {
      ...POLICIES,
      ...rest,
      kind: `${verb}Policy`,
      plural,
      shortNames: [`${letter}pol`],
      categories: ["kyverno"],
      scope: "Cluster",
      doc: `${doc}, for objects of the whole cluster.`,
      versions: withAlpha(`${verb}Policy`),
    },
    {
      ...POLICIES,
      ...rest,
      kind: `Namespaced${verb}Policy`,
      plural: `namespaced${plural}`,
      shortNames: [`n${letter}pol`],
      categories: ["kyverno"],
      scope: "Namespaced",
      doc: `${doc}, for objects of the policy's namespace.`,
      versions: SERVED,
    },
  ];
}

/**
 * The kinds of policies.kyverno.io that amap reads and does not enforce in a cluster yet, by Kyverno's names, scopes,
 * versions and columns. As with `KYVERNO_KINDS`, each makes a CRD, which nothing installs by itself, and a chapter of the
 * reference. ImageValidatingPolicy, which the controller enforces, is one of `POLICY_KINDS`.
 *
 * @example
 * ```ts
 * import { CEL_KINDS } from "../../index.ts";
 * CEL_KINDS.map(({ plural }) => plural)[0]; // "validatingpolicies"
 * ```
 */
export const CEL_KINDS: readonly ResourceKind[] = Object.freeze([
  ...VERBS.flatMap(kindsOf),
  {
    ...POLICIES,
    kind: "NamespacedImageValidatingPolicy",
    plural: "namespacedimagevalidatingpolicies",
    shortNames: ["nivpol"],
    categories: ["kyverno"],
    scope: "Namespaced",
    doc: "What the images of matching objects of the policy's namespace must fulfil.",
    versions: SERVED,
    schema: IMAGE_VALIDATING_POLICY,
    status: object(AUTOGEN),
    printerColumns: [CREATED, READY],
  },
  {
    ...POLICIES,
    kind: "PolicyException",
    plural: "policyexceptions",
    shortNames: [],
    categories: [],
    scope: "Namespaced",
    doc: "Policies that do not apply to some objects.",
    versions: withAlpha("PolicyException"),
    schema: CEL_POLICY_EXCEPTION,
    printerColumns: [],
  },
]);

const ADMISSION = {
  group: "admissionregistration.k8s.io",
  categories: [],
  shortNames: [],
  scope: "Cluster",
  printerColumns: [],
  unknownFields: "drop",
  versions: [
    { name: "v1", storage: true },
    { name: "v1beta1", storage: false },
    { name: "v1alpha1", storage: false },
  ],
} as const;

/**
 * Kubernetes' own admission policies and their bindings, as amap reads them: chapters of the reference. The API server has
 * the kinds built in; they make no CRDs.
 *
 * @example
 * ```ts
 * import { ADMISSION_KINDS } from "../../index.ts";
 * ADMISSION_KINDS.map(({ kind }) => kind)[0]; // "ValidatingAdmissionPolicy"
 * ```
 */
export const ADMISSION_KINDS: readonly ResourceKind[] = Object.freeze([
  {
    ...ADMISSION,
    kind: "ValidatingAdmissionPolicy",
    plural: "validatingadmissionpolicies",
    doc: "CEL expressions that must be true, evaluated by the API server itself.",
    schema: VALIDATING_ADMISSION_POLICY,
  },
  {
    ...ADMISSION,
    kind: "ValidatingAdmissionPolicyBinding",
    plural: "validatingadmissionpolicybindings",
    doc: "Where a ValidatingAdmissionPolicy holds, with which parameters.",
    schema: VALIDATING_ADMISSION_POLICY_BINDING,
  },
  {
    ...ADMISSION,
    kind: "MutatingAdmissionPolicy",
    plural: "mutatingadmissionpolicies",
    doc: "CEL expressions that make changes, evaluated by the API server itself.",
    schema: MUTATING_ADMISSION_POLICY,
  },
  {
    ...ADMISSION,
    kind: "MutatingAdmissionPolicyBinding",
    plural: "mutatingadmissionpolicybindings",
    doc: "Where a MutatingAdmissionPolicy holds, with which parameters.",
    schema: MUTATING_ADMISSION_POLICY_BINDING,
  },
]);
