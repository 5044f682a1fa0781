import type { TrustedIdentity } from "../../attestation/index.ts";
import type { AttestorRequest } from "../../policy/index.ts";

/** A hash that signatures are verified with. */
export type KeyHash = NonNullable<AttestorRequest["key"]>["hashAlgorithm"];

/** Who must have signed. */
export type SignerTerms =
  | { readonly kind: "key" /** PEM, or `k8s://NAMESPACE/NAME`. */; readonly key: string; readonly hash: KeyHash }
  | {
      readonly kind: "certificate";
      /** PEM. */
      readonly certificate: string;
      /** PEM, from the certificate's issuer to the root; empty when it is trusted for itself. */
      readonly chain: string;
      readonly hash: KeyHash;
    }
  | {
      readonly kind: "identity";
      readonly identity: TrustedIdentity;
      /** PEM; empty for the authorities of the trusted root. */
      readonly roots: string;
    };

/** What an attestor of verifyImages or validate.manifests asks of a signature. Empty texts are what the policy does not say. */
export interface AttestorTerms {
  /** The part of the policy, for messages. */
  readonly place: string;
  readonly signer: SignerTerms;
  readonly ignoresLogs: boolean;
  /** PEM of the transparency log's key, and where it is. */
  readonly logKey: string;
  readonly logUrl: string;
  readonly ignoresCertificateTimestamps: boolean;
  /** PEM of the key of the log of certificates. */
  readonly certificateLogKey: string;
  /** PEM of the timestamp authority's certificates. */
  readonly timestampChain: string;
}

/** Where signatures are looked for: Kyverno's types Cosign and SigstoreBundle. */
export type AttestorForm = "tags" | "bundles";

/** What an `imageAttestor` fact asks. */
export interface AttestorQuestion {
  readonly image: string;
  readonly form: AttestorForm;
  readonly terms: AttestorTerms;
  /** What the signer must have stated. */
  readonly annotations: readonly (readonly [name: string, value: string])[];
  /** Another repository that holds what stands beside the image; empty for the image's own. */
  readonly repository: string;
  /** The type of the statements that are wanted; empty for a signature. */
  readonly predicateType: string;
  /** Whether cosign's old payloads count where they are referrers, too. */
  readonly readsReferrers: boolean;
}
