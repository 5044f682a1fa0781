import {
  type Candidate,
  isSamePredicateType,
  type RejectedCandidate,
  type TrustedKey,
  type VerifiedAttestation,
  type VerifiedSignature,
  verifyCandidates,
} from "../attestation/index.ts";
import { AmapError, type ErrorCode, isValueObject, memberOf } from "../base/index.ts";
import { collectCandidates } from "./attachments.ts";
import type { OpenImage } from "./open-image.ts";

/** What `verify` found: at least one entry in `verified`, otherwise it is an error. */
export interface VerifyResult<T> {
  readonly verified: readonly T[];
  readonly rejected: readonly RejectedCandidate[];
}

/**
 * Verifies the signatures of an image: at least one by a trusted key, for this digest, with these annotations.
 * An attestation is not a signature and never counts as one.
 * @throws {AmapError} NO_SIGNATURES when there is none, CLAIM_MISMATCH, or the code of the first candidate's refusal
 */
export async function verifyImage(
  image: OpenImage,
  options: { readonly keys: readonly TrustedKey[]; readonly annotations?: Readonly<Record<string, string>> },
): Promise<VerifyResult<VerifiedSignature>> {
  const candidates = await collectCandidates(image);
  const { signatures, rejected } = verifyCandidates(candidates, {
    keys: options.keys,
    subjects: [image.descriptor.digest],
  });
  const wanted = Object.entries(options.annotations ?? {});
  const verified = signatures.filter((signature) =>
    wanted.every(([key, value]) => memberOf(signature.annotations, key) === value),
  );
  if (verified.length > 0) return { verified: verified.map((signature) => nameImage(signature, image)), rejected };
  if (signatures.length > 0) {
    throw new AmapError(
      "CLAIM_MISMATCH",
      `${image.name}: ${signatures.length} signatures verify, none carries ${wanted.map(([key, value]) => `${key}=${value}`).join(", ")}`,
    );
  }
  throw refusal(image, "signature", candidates, rejected);
}

/**
 * Verifies the attestations of one predicate type: at least one by a trusted key, for this digest.
 * @throws {AmapError} NO_SIGNATURES, PREDICATE_TYPE_MISMATCH, or the code of the first candidate's refusal
 */
export async function verifyImageAttestations(
  image: OpenImage,
  options: { readonly keys: readonly TrustedKey[]; readonly predicateType: string },
): Promise<VerifyResult<VerifiedAttestation>> {
  const candidates = await collectCandidates(image);
  const { attestations, rejected } = verifyCandidates(candidates, {
    keys: options.keys,
    subjects: [image.descriptor.digest],
  });
  const verified = attestations.filter((attestation) =>
    isSamePredicateType(attestation.predicateType, options.predicateType),
  );
  if (verified.length > 0) return { verified, rejected };
  if (attestations.length > 0) {
    const found = [...new Set(attestations.map((attestation) => attestation.predicateType))].join(", ");
    throw new AmapError(
      "PREDICATE_TYPE_MISMATCH",
      `${image.name}: expected an attestation of type ${options.predicateType}, found ${found}`,
    );
  }
  throw refusal(image, "attestation", candidates, rejected);
}

/**
 * A bundle's statement names no repository: as cosign does, the payload shown for it names the image that was asked for.
 */
function nameImage(signature: VerifiedSignature, { storage, descriptor }: OpenImage): VerifiedSignature {
  const critical = memberOf(signature.payload, "critical") ?? null;
  if (!isValueObject(signature.payload) || !isValueObject(critical)) return signature;
  if (memberOf(memberOf(critical, "identity"), "docker-reference") !== "") return signature;
  const identity = { "docker-reference": `${storage.repository}@${descriptor.digest}` };
  return { ...signature, payload: { ...signature.payload, critical: { ...critical, identity } } };
}

/** Why nothing counts: nothing there, or all of it refused. The first refusal gives the code, the message lists them. */
function refusal(
  image: OpenImage,
  what: string,
  candidates: readonly Candidate[],
  rejected: readonly RejectedCandidate[],
): AmapError {
  const [first] = rejected;
  if (first === undefined) {
    const others =
      candidates.length === 0 ? "nothing is attached to it" : `${candidates.length} attached, none is a ${what}`;
    return new AmapError("NO_SIGNATURES", `${image.name}@${image.descriptor.digest}: no ${what} found (${others})`);
  }
  const reasons = rejected
    .slice(0, 5)
    .map(({ code, message, foundAt }) => `${code} (${foundAt.form} ${foundAt.manifest.slice(0, 19)}): ${message}`);
  const more = rejected.length > 5 ? `; and ${rejected.length - 5} more` : "";
  const code: ErrorCode = first.code;
  return new AmapError(code, `${image.name}: no ${what} counts; ${reasons.join("; ")}${more}`, {
    details: { rejected: rejected.length },
  });
}
