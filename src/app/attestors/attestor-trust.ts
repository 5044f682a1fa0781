import type { TrustRoot, VerificationThresholds } from "../../attestation/index.ts";
import { type AssembledTrustRequest, assembleTrust } from "../verification/assembled-trust.ts";
import type { TrustRootSource } from "../verification/trust-root-source.ts";
import type { World } from "../world.ts";
import type { AttestorForm, AttestorTerms } from "./attestor-terms.ts";

/** Logs and authorities that an attestor is verified against, and the time of it; no root where nothing is judged by one. */
export interface AttestorTrust {
  readonly trustRoot?: TrustRoot;
  /** Milliseconds since 1970. */
  readonly now: number;
}

const NOTHING_TRUSTED: TrustRoot = {
  transparencyLogs: [],
  certificateAuthorities: [],
  ctLogs: [],
  timestampAuthorities: [],
};

/**
 * Puts an attestor's logs and authorities together: those that the policy states, and for the rest the trusted root of this
 * machine's repository.
 * @throws {AmapError} as assembleTrust
 */
export async function readAttestorTrust(
  world: World,
  form: AttestorForm,
  terms: AttestorTerms,
  source: TrustRootSource,
): Promise<AttestorTrust> {
  const { trustRoot, now } = await assembleTrust(world, requestOf(form, terms), source);
  const own = await readTimestampAuthorities(world, terms);
  // In tags only the policy's own authority counts, as in Kyverno.
  const others = form === "bundles" ? trustRoot?.timestampAuthorities : undefined;
  const timestampAuthorities = own ?? others ?? [];
  if (trustRoot === undefined && timestampAuthorities.length === 0) return { now };
  return { trustRoot: { ...(trustRoot ?? NOTHING_TRUSTED), timestampAuthorities }, now };
}

function requestOf(form: AttestorForm, terms: AttestorTerms): AssembledTrustRequest {
  const { signer, ignoresLogs, ignoresCertificateTimestamps, logKey, logUrl, certificateLogKey, timestampChain } =
    terms;
  const roots = signer.kind === "identity" ? signer.roots : signer.kind === "certificate" ? signer.chain : "";
  const isTimeFromOthers = form === "bundles" && timestampChain === "" && !ignoresCertificateTimestamps;
  return {
    place: terms.place,
    isKeyless: signer.kind === "identity" || roots !== "",
    ignoresLogs,
    ignoresCertificateTimestamps: form === "bundles" || ignoresCertificateTimestamps,
    needsTimestamps: isTimeFromOthers && ignoresLogs,
    ...(roots === "" ? {} : { roots }),
    ...(logKey === "" ? {} : { rekorKeys: [{ pem: logKey, ...(logUrl === "" ? {} : { url: logUrl }) }] }),
    ...(certificateLogKey === "" ? {} : { ctLogKeys: [certificateLogKey] }),
  };
}

async function readTimestampAuthorities(
  world: World,
  { timestampChain: chain, place }: AttestorTerms,
): Promise<TrustRoot["timestampAuthorities"] | undefined> {
  if (chain === "") return undefined;
  const request = { isKeyless: false, ignoresLogs: true, ignoresCertificateTimestamps: true, place };
  return (await assembleTrust(world, { ...request, tsaChains: [chain] })).trustRoot?.timestampAuthorities;
}

/**
 * What Kyverno asks. Of a signature in tags: an entry in a log, and of a certificate that it was published; without a
 * proven time the certificate is judged now. Of a bundle: an entry in a log and, by the field `ignoreSCT`, a time that a
 * log or an authority proves; not that a certificate was published.
 */
export function thresholdsOf(
  form: AttestorForm,
  { signer, ignoresLogs, ignoresCertificateTimestamps }: AttestorTerms,
  isStamped: boolean,
): Required<VerificationThresholds> {
  const logs = ignoresLogs ? 0 : 1;
  const timestamps = isStamped ? 1 : 0;
  if (form === "tags")
    return { logs, timestamps, times: 0, certificateTimestamps: ignoresCertificateTimestamps ? 0 : 1 };
  const needsTime = !ignoresCertificateTimestamps || (signer.kind === "identity" && !ignoresLogs);
  return { logs, timestamps, times: needsTime ? 1 : 0, certificateTimestamps: 0 };
}
