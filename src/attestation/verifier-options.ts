import type { Digest } from "../base/index.ts";
import type { IdentityExpectation } from "./certificate/identity.ts";
import type { TrustRoot, ValidityPeriod } from "./trust-root.ts";

/** When the holder of a key, or an identity, is trusted. */
export interface TrustedPeriod {
  /** When it was in use. A signature then needs a proven time, and it must lie within; left out, any time will do. */
  readonly validFor?: ValidityPeriod;
  /** With `validFor`: a signature without a proven time counts too, since the signer is in use at the time of verifying. */
  readonly acceptsUnprovenTime?: boolean;
}

/** A key the caller trusts. */
export interface TrustedKey extends TrustedPeriod {
  readonly name: string;
  /** PEM block `PUBLIC KEY`. */
  readonly pem: string;
}

/** An identity that the caller trusts to sign; all that it names must hold. */
export interface TrustedIdentity extends IdentityExpectation, TrustedPeriod {
  /** The name under which the caller trusts it: a policy's attestor name. */
  readonly name?: string;
}

/** How many distinct logs and authorities must vouch for a signature; those of one operator count once. */
export interface VerificationThresholds {
  /** Transparency logs that hold the signature. With 0 entries are not looked at. */
  readonly logs?: number;
  /** Timestamp authorities that signed a time for it. */
  readonly timestamps?: number;
  /** Logs and authorities together that prove a time. */
  readonly times?: number;
  /** Certificate transparency logs that hold the signer's certificate. With 0 its timestamps are not looked at. */
  readonly certificateTimestamps?: number;
}

/** Whom and what to trust. */
export interface VerifierOptions {
  /** Logs and authorities; without one no certificate is trusted. */
  readonly trustRoot?: TrustRoot;
  readonly keys?: readonly TrustedKey[];
  /** Whose certificates count; any one suffices. Without any no certificate is trusted. */
  readonly identities?: readonly TrustedIdentity[];
  readonly thresholds?: VerificationThresholds;
  /** What is asked of signatures by keys, where it differs from `thresholds`. */
  readonly keyThresholds?: VerificationThresholds;
  /** A bundle 0.3 beside an image may hold a chain of certificates (`BundleRules`). */
  readonly allowsCertificateChain?: boolean;
  /** A certificate timestamp (SCT) for certificates that hold none: JSON as Fulcio answers and cosign keeps it. */
  readonly detachedCertificateTimestamp?: Uint8Array;
  /** Milliseconds: the time at which a certificate must be valid that no proven time speaks for, where `times` is 0. */
  readonly now?: number;
}

/** What to verify the candidates of one image against. */
export interface VerificationPolicy extends VerifierOptions {
  readonly keys: readonly TrustedKey[];
  /** The digests a statement may speak of: the image's own first, then its index's or platforms' by the bridging rule. */
  readonly subjects: readonly Digest[];
}
