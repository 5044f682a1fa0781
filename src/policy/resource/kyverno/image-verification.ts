import {
  boolean,
  deprecated,
  integer,
  list,
  map,
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
import { REGISTRY_CREDENTIALS } from "./context-entry.ts";

const text = string({ allowEmpty: true });

const logFields = {
  rekor: optional(
    object({
      url: optional(text, "The transparency log; Sigstore's public one when absent."),
      pubkey: optional(text, "The log's public key (PEM)."),
      ignoreTlog: optional(boolean(), "Whether a signature counts without an entry in the log."),
    }),
    "How the transparency log is treated.",
  ),
  ctlog: optional(
    object({
      ignoreSCT: optional(boolean(), "Whether a certificate counts without its log's timestamp."),
      pubkey: optional(text, "The certificate log's public key (PEM)."),
      tsaCertChain: optional(text, "The timestamp authority's certificates (PEM)."),
    }),
    "How certificate and timestamp logs are treated.",
  ),
} as const;

const KEYS = object({
  publicKeys: optional(text, "PEM public keys, a file's name or k8s://namespace/secret; any of them may have signed."),
  signatureAlgorithm: optionalWithDefault(text, "The hash that is signed: sha224, sha256, sha384 or sha512.", "sha256"),
  kms: optional(text, "A key in a key management service."),
  secret: optional(
    object({ name: required(text, "The Secret's name."), namespace: required(text, "The Secret's namespace.") }),
    "A Secret whose cosign.pub is the key.",
  ),
  ...logFields,
});

const CERTIFICATES = object({
  cert: optional(text, "The certificate (PEM)."),
  certChain: optional(text, "Its chain (PEM)."),
  ...logFields,
});

const KEYLESS = object({
  issuer: optional(text, "The OIDC issuer."),
  issuerRegExp: optional(text, "A regular expression for the issuer."),
  subject: optional(text, "The identity; wildcards."),
  subjectRegExp: optional(text, "A regular expression for the identity."),
  roots: optional(text, "Trusted root certificates (PEM)."),
  additionalExtensions: optional(map(text), "Certificate extensions that must match."),
  ...logFields,
});

const attestorFields = {
  keys: optional(KEYS, "Public keys."),
  certificates: optional(CERTIFICATES, "A certificate of one's own."),
  keyless: optional(KEYLESS, "Identities in certificates of Fulcio."),
  annotations: optional(map(text), "Annotations a signature must carry."),
  repository: optional(text, "Another repository that holds the signatures."),
  signatureAlgorithm: optional(text, "The signature's hash, when a nested entry does not say."),
} as const;

const countField = optional(integer(0), "How many entries must have signed; all of them when absent.");

/** Attestors of which `count` must have signed. A type and no interface, so that it counts as a Value. */
export type AttestorSet = {
  readonly count?: number;
  readonly entries?: readonly Attestor[];
};
/** Who must have signed: keys, a certificate, an identity, or a set of attestors. */
export type Attestor = AttestorBase & { readonly attestor?: AttestorSet };
type AttestorBase = TypeOf<typeof ATTESTOR_BASE>;
const ATTESTOR_BASE = object(attestorFields);

export const ATTESTOR_SET = object({
  count: countField,
  entries: optional(
    list(
      object({
        ...attestorFields,
        attestor: optional(
          recursive<AttestorSet>((): Schema => ATTESTOR_SET),
          "A set of attestors in place of one.",
        ),
      }),
    ),
    "The attestors.",
  ),
});

export const ATTESTATION = object({
  name: optional(text, "The name under which conditions elsewhere know the statement."),
  predicateType: deprecated(text, "The predicate type.", "write type"),
  type: optional(text, "The predicate type, or the artifact type of a Notary attestation."),
  attestors: optional(list(ATTESTOR_SET), "Who must have signed the statement."),
  conditions: optional(list(ANY_ALL_CONDITIONS), "What must hold for the predicate, whose members are the variables."),
});

export const IMAGE_VERIFICATION = object({
  failureAction: optional(oneOf(["Audit", "Enforce"]), "What a fail leads to."),
  type: optionalWithDefault(oneOf(["Cosign", "SigstoreBundle", "Notary"]), "How the images are signed.", "Cosign"),
  image: deprecated(text, "An image pattern.", "write imageReferences, a list"),
  imageReferences: optional(list(text), "Image patterns, of which one must match; * and ? are wildcards."),
  skipImageReferences: optional(list(text), "Patterns of images that are left out."),
  key: deprecated(text, "A public key.", "write attestors with keys"),
  roots: deprecated(text, "Trusted root certificates.", "write attestors with keyless"),
  subject: deprecated(text, "The identity.", "write attestors with keyless"),
  issuer: deprecated(text, "The OIDC issuer.", "write attestors with keyless"),
  additionalExtensions: deprecated(map(text), "Certificate extensions.", "write attestors with keyless"),
  attestors: optional(list(ATTESTOR_SET), "Who must have signed the image; every set must be fulfilled."),
  attestations: optional(list(ATTESTATION), "Signed statements that must be there."),
  annotations: deprecated(map(text), "Annotations a signature must carry.", "write annotations of an attestor"),
  repository: optional(text, "Another repository that holds signatures and attestations."),
  cosignOCI11: optional(boolean(), "Whether cosign's OCI 1.1 layout is looked for."),
  mutateDigest: optionalWithDefault(boolean(), "Whether admission rewrites tags to digests.", "true"),
  verifyDigest: optionalWithDefault(boolean(), "Whether every image must be named by digest.", "true"),
  validate: optional(
    object({
      message: optional(text, "What to say on a fail."),
      deny: optional(object({ conditions: optional(CONDITIONS, "A fail when they hold.") }), "Conditions of a fail."),
    }),
    "Conditions over several attestations and the context.",
  ),
  required: optionalWithDefault(boolean(), "Whether every image must pass a check.", "true"),
  imageRegistryCredentials: optional(REGISTRY_CREDENTIALS, "Credentials for the registry."),
  useCache: optionalWithDefault(boolean(), "Whether results may come from a cache.", "true"),
});

export type Attestation = TypeOf<typeof ATTESTATION>;
export type ImageVerification = TypeOf<typeof IMAGE_VERIFICATION>;
