import { AmapError } from "../base/index.ts";
import { CertificateMemory } from "./certificate-memory.ts";
import type { SignerIdentity } from "./evidence.ts";
import type { TrustRoot } from "./trust-root.ts";
import type { TrustedIdentity, VerificationThresholds, VerifierOptions } from "./verifier-options.ts";

/** Whom and what to trust, ready for use. */
export interface TrustContext {
  readonly identities: readonly TrustedIdentity[];
  readonly trustRoot: TrustRoot;
  readonly thresholds: Readonly<Record<SignerIdentity["kind"], Required<VerificationThresholds>>>;
  readonly now?: number | undefined;
  readonly detachedCertificateTimestamp?: Uint8Array | undefined;
  readonly allowsCertificateChain: boolean;
  readonly memory: CertificateMemory;
}

const NOTHING_TRUSTED: TrustRoot = {
  transparencyLogs: [],
  certificateAuthorities: [],
  ctLogs: [],
  timestampAuthorities: [],
};

/** Thresholds that a certificate needs unless the caller says otherwise. */
const CERTIFICATE_THRESHOLDS = { logs: 1, timestamps: 0, times: 1, certificateTimestamps: 1 };

/**
 * A caller's options with the defaults; `keyThresholds` hold for keys where the caller states none.
 * @throws {AmapError} USAGE for a threshold that is no count
 */
export function createTrustContext(
  options: VerifierOptions,
  keyThresholds: Required<VerificationThresholds>,
): TrustContext {
  return {
    identities: options.identities ?? [],
    trustRoot: options.trustRoot ?? NOTHING_TRUSTED,
    thresholds: {
      key: thresholdsOf(keyThresholds, options.keyThresholds ?? options.thresholds),
      certificate: thresholdsOf(CERTIFICATE_THRESHOLDS, options.thresholds),
    },
    now: options.now,
    detachedCertificateTimestamp: options.detachedCertificateTimestamp,
    allowsCertificateChain: options.allowsCertificateChain === true,
    memory: new CertificateMemory(),
  };
}

/** Nothing is below a threshold that is no number: such a one would ask for nothing. */
function thresholdsOf(
  defaults: Required<VerificationThresholds>,
  given: VerificationThresholds = {},
): Required<VerificationThresholds> {
  const thresholds = { ...defaults };
  for (const name of ["logs", "timestamps", "times", "certificateTimestamps"] as const) {
    const count = given[name] ?? defaults[name];
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new AmapError("USAGE", `thresholds.${name}: expected a number of 0 or more, found ${count}`);
    }
    thresholds[name] = count;
  }
  return thresholds;
}
