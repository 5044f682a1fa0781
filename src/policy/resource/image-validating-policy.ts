import { type Issue, memberOf, type Value } from "../../base/index.ts";
import {
  AUDIT_ANNOTATION,
  EVALUATION,
  FAILURE_POLICY,
  MATCH_CONDITION,
  MATCH_RESOURCES,
  OBJECT_META,
  VALIDATION,
  VALIDATION_ACTIONS,
  VARIABLE,
  WEBHOOK_CONFIGURATION,
} from "./kubernetes-schema.ts";
import {
  anything,
  boolean,
  known,
  list,
  map,
  object,
  oneOf,
  optional,
  required,
  string,
  type TypeOf,
  validateResource,
} from "./schema.ts";

/** API versions in which the kind is served (all with the same fields; v1alpha1 is deprecated). */
export const IMAGE_VALIDATING_POLICY_VERSIONS = [
  "policies.kyverno.io/v1",
  "policies.kyverno.io/v1beta1",
  "policies.kyverno.io/v1alpha1",
] as const;

/** Resources that Kyverno's autogen extends a Pod policy to (by `autogen.podControllers.controllers`). */
export const AUTOGEN_CONTROLLERS = [
  "daemonsets",
  "deployments",
  "replicasets",
  "statefulsets",
  "jobs",
  "cronjobs",
] as const;

const NO_KMS = "amap asks no key management service yet: write the public key (key.data)";
const NO_SHA224 = "amap verifies signatures over SHA-256, SHA-384 and SHA-512";
const NO_TUF =
  "amap starts from the root that `amap initialize --root` was given on this machine, or takes trustedRoot";

const stringOrExpression = object(
  { value: optional(string(), "The text itself."), expression: optional(string(), "CEL that makes it.") },
  [["value", "expression"]],
);

const identity = object({
  issuer: optional(string(), "The OIDC issuer."),
  subject: optional(string(), "The identity: any alternative name of the certificate."),
  issuerRegExp: optional(string(), "RE2 that matches in the issuer; both count where both are there."),
  subjectRegExp: optional(string(), "RE2 that matches in the identity; both count where both are there."),
  subjectExpression: known(
    string(),
    "CEL for the identity.",
    "Kyverno 1.19 reads this field and does not act on it: write subject or subjectRegExp",
  ),
});

const ctlog = object({
  url: optional(string(), "The transparency log; needed unless insecureIgnoreTlog is true."),
  insecureIgnoreTlog: optional(
    boolean(),
    "Whether a signature counts without an entry in the transparency log; false when absent, also without ctlog.",
  ),
  insecureIgnoreSCT: optional(boolean(), "Whether a certificate counts without its log's timestamp; keys have none."),
  rekorPubKey: optional(string(), "The transparency log's public key, in place of the trusted root's."),
  ctLogPubKey: optional(string(), "The certificate log's public key, in place of the trusted root's."),
  tsaCertChain: optional(string(), "A timestamp authority's certificates; given, a signature needs a signed time."),
});

const cosign = object(
  {
    key: optional(
      object(
        {
          data: optional(string(), "A PEM block PUBLIC KEY."),
          kms: known(string(), "A key in a key management service.", NO_KMS),
          hashAlgorithm: optional(
            oneOf(["sha256", "sha384", "sha512"], { sha224: NO_SHA224 }),
            "What signatures are over; sha256 when absent.",
          ),
          expression: optional(string(), "CEL that makes the key."),
        },
        [["data", "kms", "expression"]],
      ),
      "A public key.",
    ),
    keyless: optional(
      object({
        identities: required(list(identity, { minItems: 1 }), "Who may have signed; any one of them is enough."),
        roots: optional(
          string(),
          "Certificates in PEM that issue signers' certificates, in place of the trusted root's.",
        ),
        additionalExtensions: optional(
          map(string()),
          "Certificate extensions that must be equal, by Sigstore's names or object identifiers.",
        ),
      }),
      "Identities in certificates of Fulcio.",
    ),
    certificate: optional(
      object({
        cert: optional(stringOrExpression, "The certificate whose key signs."),
        certChain: optional(
          stringOrExpression,
          "Its chain up to a root; without cert, whoever has a certificate of this chain may have signed.",
        ),
      }),
      "A certificate of one's own.",
    ),
    source: optional(
      object({
        repository: optional(string(), "Another repository that holds the signatures."),
        PullSecrets: known(
          list(object({ name: optional(string(), "The Secret's name.") })),
          "Secrets for it.",
          "amap uses docker's configuration and credential helpers for registries",
        ),
        tagPrefix: optional(string(), "A prefix of the tags there."),
      }),
      "Where signatures are stored.",
    ),
    ctlog: optional(ctlog, "How logs and timestamp authorities are treated."),
    tuf: optional(
      object({
        root: known(
          object({ path: optional(string(), "A file or URL."), data: optional(string(), "The root in base64.") }),
          "The TUF root.",
          NO_TUF,
        ),
        mirror: optional(string(), "The TUF repository: the one that amap uses on this machine, or it is an error."),
      }),
      "Where Sigstore's trust root comes from.",
    ),
    annotations: optional(map(string()), "Annotations that a signature must carry, signed."),
    trustedRoot: optional(stringOrExpression, "A Sigstore trusted root, JSON, in place of the one of this machine."),
  },
  [["key", "keyless", "certificate"]],
);

const attestor = object(
  {
    name: required(string(), "The name under `attestors`."),
    cosign: optional(cosign, "Signatures as cosign makes them."),
    notary: known(
      object({
        certs: optional(stringOrExpression, "The certificates."),
        tsaCerts: optional(stringOrExpression, "The timestamp authority's certificates."),
      }),
      "Signatures as notation makes them.",
      "amap does not verify Notary signatures yet",
    ),
  },
  [["cosign", "notary"]],
);

const attestation = object(
  {
    name: required(string(), "The name under `attestations`."),
    intoto: optional(
      object({ type: required(string(), "The predicate type, or a short name of it.") }),
      "An in-toto statement in a signed envelope.",
    ),
    referrer: known(
      object({ type: required(string(), "The artifact type.") }),
      "An artifact that names the image as its subject.",
      "amap reads in-toto attestations (intoto.type) only, for now",
    ),
  },
  [["intoto", "referrer"]],
);

const spec = object({
  matchConstraints: required(MATCH_RESOURCES, "The resources the policy applies to."),
  matchConditions: optional(list(MATCH_CONDITION, { maxItems: 64 }), "CEL conditions under which it applies."),
  variables: optional(list(VARIABLE, { maxItems: 1_000 }), "Named CEL expressions."),
  validations: required(list(VALIDATION, { minItems: 1, maxItems: 1_000 }), "The rules."),
  failurePolicy: optional(FAILURE_POLICY, "What an error means: Fail (unless said otherwise) or Ignore."),
  auditAnnotations: known(
    list(AUDIT_ANNOTATION),
    "Annotations of the audit event.",
    "amap writes no audit annotations yet",
  ),
  validationActions: optional(VALIDATION_ACTIONS, "What a fail leads to: Deny unless said otherwise."),
  webhookConfiguration: optional(WEBHOOK_CONFIGURATION, "How the API server calls the webhook."),
  evaluation: optional(EVALUATION, "What is evaluated, and when."),
  validationConfigurations: optional(
    object({
      mutateDigest: optional(boolean(), "Whether admission rewrites tags to digests; true unless said otherwise."),
      verifyDigest: optional(boolean(), "Whether every image must be named by digest; true unless said otherwise."),
      required: optional(boolean(), "Whether every image must pass a signature or attestation check; true by default."),
    }),
    "Checks that need no expression.",
  ),
  matchImageReferences: optional(
    list(
      object(
        { glob: optional(string(), "A pattern with * and ?."), expression: optional(string(), "CEL over `ref`.") },
        [["glob", "expression"]],
      ),
    ),
    "The images the policy speaks of; all when absent.",
  ),
  credentials: optional(
    object({
      allowInsecureRegistry: optional(
        boolean({
          value: false,
          reason: "whether a registry may be plain HTTP is amap's configuration, not a policy's",
        }),
        "Whether the registry may be plain HTTP.",
      ),
      providers: optional(
        list(
          oneOf(["default"], {
            amazon: "amap uses docker's configuration and credential helpers",
            azure: "amap uses docker's configuration and credential helpers",
            google: "amap uses docker's configuration and credential helpers",
            github: "amap uses docker's configuration and credential helpers",
          }),
        ),
        "Where credentials come from.",
      ),
      secrets: known(list(string()), "Secrets with credentials.", "amap reads no Secrets yet"),
    }),
    "Credentials for the registry.",
  ),
  images: optional(
    list(
      object({
        name: required(string(), "The name under `images`."),
        expression: required(string(), "CEL that makes a list of image references."),
      }),
    ),
    "Where else the object names images.",
  ),
  attestors: required(list(attestor), "Who is trusted."),
  attestations: optional(list(attestation), "The attestations the rules speak of."),
  autogen: optional(
    object({
      podControllers: optional(
        object({ controllers: optional(list(oneOf(AUTOGEN_CONTROLLERS)), "Plural names; all of them when absent.") }),
        "The pod controllers a Pod policy is extended to.",
      ),
    }),
    "How a policy for Pods is extended to their controllers.",
  ),
});

/** Kyverno's ImageValidatingPolicy, every field of it. */
export const IMAGE_VALIDATING_POLICY = object({
  apiVersion: required(oneOf(IMAGE_VALIDATING_POLICY_VERSIONS), "The API version."),
  kind: required(oneOf(["ImageValidatingPolicy", "NamespacedImageValidatingPolicy"]), "The kind."),
  metadata: required(OBJECT_META, "Name, labels, annotations."),
  spec: required(spec, "What the policy demands."),
  status: optional(anything(), "Set by controllers; not read."),
});

const DEFERRED = /^spec\.(?:attestors\[|attestations\[|credentials\.|auditAnnotations$)/;

/** Whether an issue with a policy is about what is only needed when images are verified, or about the mode JSON. */
export function isDeferred({ code, path }: Issue, policy: Value): boolean {
  if (code === "NOT_SUPPORTED" && DEFERRED.test(path)) return true;
  const spec = memberOf(policy, "spec");
  if (memberOf(memberOf(spec, "evaluation"), "mode") !== "JSON") return false;
  return (
    path === "spec.evaluation.mode" ||
    (path === "spec.matchConstraints" && isMissing(memberOf(spec, "matchConstraints")))
  );
}

const isMissing = (value: Value | undefined): boolean => value === undefined || value === null;

/** What a policy that was read with its deferred fields says in vain, whatever is verified. */
export function ignoredFields(policy: ImageValidatingPolicy): readonly Issue[] {
  return validateResource(policy, IMAGE_VALIDATING_POLICY).filter(({ path }) =>
    /^spec\.(?:credentials|auditAnnotations)\b/.test(path),
  );
}

/** Why the attestor or attestation at a path of a policy that was read with its deferred fields cannot be asked. */
export function deferredReasonAt(policy: ImageValidatingPolicy, path: string): string | undefined {
  const issues = validateResource(policy, IMAGE_VALIDATING_POLICY);
  return issues.find((issue) => issue.code === "NOT_SUPPORTED" && issue.path.startsWith(`${path}.`))?.message;
}

/** An ImageValidatingPolicy as written, without nulls. */
export type ImageValidatingPolicy = TypeOf<typeof IMAGE_VALIDATING_POLICY>;
