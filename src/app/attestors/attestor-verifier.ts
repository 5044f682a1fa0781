import {
  ATTACHMENT_ANNOTATIONS,
  type Candidate,
  createVerifier,
  decodeCertificatesPem,
  type RejectedCandidate,
  type SignedTime,
  type Verification,
  type Verifier,
} from "../../attestation/index.ts";
import { type Digest, formatTime, parseTime } from "../../base/index.ts";
import type { TrustRootSource } from "../verification/trust-root-source.ts";
import type { World } from "../world.ts";
import type { ReadSecret } from "./attestor-key.ts";
import { readAttestorSigner } from "./attestor-signer.ts";
import type { AttestorForm, AttestorTerms } from "./attestor-terms.ts";
import { readAttestorTrust, thresholdsOf } from "./attestor-trust.ts";

/** One attestor, ready to judge what stands beside images. */
export interface AttestorVerifier {
  /** Judges candidates of the attestor's form; nothing that a candidate holds makes this throw. */
  verify(candidates: readonly Candidate[], subject: Digest): Verification;
  /** Why nothing counts, whatever the image: the policy's own certificate is not trusted. */
  readonly refusal?: string;
}

/** Where keys and trusted roots come from. */
export interface AttestorPlaces {
  readonly readSecret: ReadSecret;
  readonly trustRoot: TrustRootSource;
}

/**
 * Reads an attestor's keys, certificates, logs and authorities, with what Kyverno asks of signatures by default: an entry
 * in a transparency log, and of a certificate that it was published.
 * @throws {AmapError} KEY_…, CERTIFICATE_INVALID, NOT_SUPPORTED, CLUSTER_…, TRUST_…, OFFLINE, LIMIT_EXCEEDED
 */
export async function openAttestorVerifier(
  world: World,
  { form, terms }: { readonly form: AttestorForm; readonly terms: AttestorTerms },
  places: AttestorPlaces,
): Promise<AttestorVerifier> {
  const trust = await readAttestorTrust(world, form, terms, places.trustRoot);
  const signer = await readAttestorSigner(terms, trust, places.readSecret);
  if ("refusal" in signer) {
    return { verify: () => ({ signatures: [], attestations: [], rejected: [] }), refusal: signer.refusal };
  }
  const { trustRoot, now } = trust;
  const verifierOf = (isStamped: boolean): Verifier =>
    createVerifier(signer.keys, {
      identities: signer.identities,
      ...(trustRoot === undefined ? {} : { trustRoot }),
      thresholds: thresholdsOf(form, terms, isStamped),
      now,
    });
  // Kyverno verifies a timestamp where one is there, and asks for none.
  const [plain, stamped] = [verifierOf(false), verifierOf(true)];
  const isStamped = (candidate: Candidate): boolean =>
    form === "tags" && terms.timestampChain !== "" && annotationOf(candidate, ATTACHMENT_ANNOTATIONS.timestamp) !== "";
  const judge = (candidate: Candidate, subject: Digest): Verification => {
    const verification = (isStamped(candidate) ? stamped : plain).verify([candidate], [subject]);
    return signer.keys.length === 0 ? verification : withoutExpired(candidate, verification, now);
  };
  return { verify: (candidates, subject) => join(candidates.map((candidate) => judge(candidate, subject))) };
}

/** Of a key that a certificate stands beside, the signature counts while the certificate is valid, as cosign has it. */
function withoutExpired(candidate: Candidate, verification: Verification, now: number): Verification {
  const pem = annotationOf(candidate, ATTACHMENT_ANNOTATIONS.certificate);
  if (pem === "") return verification;
  const reject = (code: RejectedCandidate["code"], message: string): Verification => {
    const rejected = { foundAt: candidate.foundAt, kind: candidate.kind, code, message };
    return { signatures: [], attestations: [], rejected: [...verification.rejected, rejected] };
  };
  const verified = [...verification.signatures, ...verification.attestations];
  if (verified.length === 0) return verification;
  const decoded = decodeCertificatesPem(pem);
  const [certificate] = decoded.ok ? decoded.value : [];
  if (certificate === undefined)
    return reject("CERTIFICATE_INVALID", "expected a certificate in PEM beside the signature");
  const { notBefore, notAfter } = certificate;
  const times = verified.map(({ signedTime }) => provenTime(signedTime) ?? now);
  const outside = times.find((time) => time < notBefore || time > notAfter);
  if (outside === undefined) return verification;
  const period = `from ${formatTime(notBefore)} to ${formatTime(notAfter)}`;
  const message = `expected the certificate beside the signature to be valid at ${formatTime(Math.floor(outside))}, found it valid ${period}`;
  return reject("CERTIFICATE_EXPIRED", message);
}

function provenTime({ source, at }: SignedTime): number | undefined {
  return source === "self-asserted" || at === undefined ? undefined : parseTime(at);
}

function annotationOf(candidate: Candidate, name: string): string {
  if (candidate.kind === "bundle" || !Object.hasOwn(candidate.annotations, name)) return "";
  return candidate.annotations[name] ?? "";
}

function join(verifications: readonly Verification[]): Verification {
  return {
    signatures: verifications.flatMap(({ signatures }) => signatures),
    attestations: verifications.flatMap(({ attestations }) => attestations),
    rejected: verifications.flatMap(({ rejected }) => rejected),
  };
}
