import {
  type Candidate,
  IMAGE_SIGNATURE_PREDICATE_TYPE,
  isSamePredicateType,
  type RejectedCandidate,
  type VerifiedAttestation,
  type VerifiedSignature,
  type VerifierOptions,
  verifyCandidates,
} from "../../attestation/index.ts";
import { AmapError, isValueObject, memberOf } from "../../base/index.ts";
import { collectCandidates } from "../attachments/attachments.ts";
import { nameWithDigest, type OpenImage } from "../open-image.ts";

/** What an image's evidence is verified against. */
export interface VerifyOptions {
  readonly trust: VerifierOptions;
  /** Judged in place of what stands beside the image: bundles from files. */
  readonly candidates?: readonly Candidate[];
}

/** What `verify` found: at least one entry in `verified`, otherwise it is an error. */
export interface VerifyResult<T> {
  readonly verified: readonly T[];
  readonly rejected: readonly RejectedCandidate[];
}

/**
 * Verifies the signatures of an image: at least one by whom the caller trusts, for this digest, with these annotations.
 * An attestation is not a signature and never counts as one.
 * @throws {AmapError} NO_SIGNATURES when there is none, CLAIM_MISMATCH, or the code of the first candidate's refusal
 */
export async function verifyImage(
  image: OpenImage,
  options: VerifyOptions & { readonly annotations?: Readonly<Record<string, string>> },
): Promise<VerifyResult<VerifiedSignature>> {
  const candidates = options.candidates ?? (await collectCandidates(image, { kinds: ["sig"] }));
  const { signatures, rejected } = verifyCandidates(candidates, {
    ...options.trust,
    keys: options.trust.keys ?? [],
    subjects: [image.descriptor.digest],
  });
  const wanted = Object.entries(options.annotations ?? {});
  const verified = signatures.filter((signature) =>
    wanted.every(([key, value]) => memberOf(signature.annotations, key) === value),
  );
  if (verified.length > 0)
    return { verified: verified.map((signature) => nameSigner(nameImage(signature, image))), rejected };
  if (signatures.length > 0) {
    throw new AmapError(
      "CLAIM_MISMATCH",
      `${image.name}: ${signatures.length} signatures verify, none carries ${wanted.map(([key, value]) => `${key}=${value}`).join(", ")}`,
    );
  }
  throw refusal(image, {
    what: "signature",
    count: await countAttached(image, candidates, options),
    rejected: rejected.filter(mayBeSignature),
  });
}

/**
 * Verifies the attestations of one predicate type: at least one by whom the caller trusts, for this digest.
 * @throws {AmapError} NO_SIGNATURES, PREDICATE_TYPE_MISMATCH, or the code of the first candidate's refusal
 */
export async function verifyImageAttestations(
  image: OpenImage,
  options: VerifyOptions & { readonly predicateType: string },
): Promise<VerifyResult<VerifiedAttestation>> {
  const candidates = options.candidates ?? (await collectCandidates(image, { kinds: ["att"] }));
  const { attestations, rejected } = verifyCandidates(candidates, {
    ...options.trust,
    keys: options.trust.keys ?? [],
    subjects: [image.descriptor.digest],
  });
  const verified = attestations.filter((attestation) =>
    isSamePredicateType(attestation.predicateType, options.predicateType),
  );
  if (verified.length > 0) return { verified, rejected };
  const relevant = rejected.filter((candidate) => mayBeAttestation(candidate, options.predicateType));
  if (attestations.length > 0 && relevant.length === 0) {
    const found = [...new Set(attestations.map((attestation) => attestation.predicateType))].join(", ");
    throw new AmapError(
      "PREDICATE_TYPE_MISMATCH",
      `${image.name}: expected an attestation of type ${options.predicateType}, found ${found}`,
    );
  }
  const what = `attestation of type ${options.predicateType}`;
  throw refusal(image, { what, count: await countAttached(image, candidates, options), rejected: relevant });
}

/** Whether a refused candidate is an image signature, by what it claims; one that claims nothing may be. */
function mayBeSignature({ kind, claims }: RejectedCandidate): boolean {
  const claimed = claims?.predicateType;
  return kind === "simple-signing" || claimed === undefined || claimed === IMAGE_SIGNATURE_PREDICATE_TYPE;
}

function mayBeAttestation({ kind, claims }: RejectedCandidate, predicateType: string): boolean {
  const claimed = claims?.predicateType;
  return kind !== "simple-signing" && (claimed === undefined || isSamePredicateType(claimed, predicateType));
}

/** How much is attached in all; asked only where nothing counts, so that a message never says "nothing" wrongly. */
async function countAttached(
  image: OpenImage,
  found: readonly Candidate[],
  { candidates }: VerifyOptions,
): Promise<number> {
  return found.length > 0 || candidates !== undefined ? found.length : (await collectCandidates(image)).length;
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

/** Whom a certificate names, in cosign's place and words for it. */
function nameSigner(signature: VerifiedSignature): VerifiedSignature {
  const { signer, payload } = signature;
  if (signer.kind === "key" || !isValueObject(payload)) return signature;
  const optional = memberOf(payload, "optional");
  const workflow = Object.entries(signer.extensions).filter(([name]) => name.startsWith("githubWorkflow"));
  const named = {
    ...(isValueObject(optional) ? optional : {}),
    Subject: signer.subject,
    ...(signer.issuer === undefined ? {} : { Issuer: signer.issuer }),
    ...Object.fromEntries(workflow.map(([name, value]) => [name.replace(/SHA$/, "Sha"), value])),
  };
  return { ...signature, payload: { ...payload, optional: named } };
}

/** Reasons shown in one message. */
const SHOWN_REASONS = 5;

/** Why nothing counts: nothing there, or all of it refused. The first refusal gives the code, each reason is said once. */
function refusal(
  image: OpenImage,
  found: { readonly what: string; readonly count: number; readonly rejected: readonly RejectedCandidate[] },
): AmapError {
  const { what, count, rejected } = found;
  const [first] = rejected;
  if (first === undefined) {
    const others = count === 0 ? "nothing is attached to it" : `${count} attached, none is one`;
    return new AmapError("NO_SIGNATURES", `${nameWithDigest(image)}: no ${what} found (${others})`, {
      hint: image.document.kind === "index" ? INDEX_HINT : PLATFORM_HINT,
    });
  }
  const groups = [...Map.groupBy(rejected, ({ code, message }) => `${code}: ${message}`)];
  const reasons = groups.slice(0, SHOWN_REASONS).map(([reason, members]) => {
    const places = members.slice(0, 3).map(({ foundAt }) => `${foundAt.form} ${foundAt.manifest.slice(0, 19)}…`);
    return `${reason} (${places.join(", ")}${members.length > 3 ? ` and ${members.length - 3} more` : ""})`;
  });
  const more = groups.length > SHOWN_REASONS ? `; and ${groups.length - SHOWN_REASONS} more reasons` : "";
  return new AmapError(first.code, `${image.name}: no ${what} counts; ${reasons.join("; ")}${more}`, {
    ...(first.code === "SIGNATURE_INVALID" ? { hint: INVALID_HINT } : {}),
    details: { rejected: rejected.length },
  });
}

const INDEX_HINT =
  "Check that this is the digest that was published and signed; `amap tree` shows what is attached, to its platforms too.";
const PLATFORM_HINT =
  "Check the digest. If it is one platform of an image for several, its index may be what was signed: verify that one.";
const INVALID_HINT =
  "Check that --key is the signer's: not every signature names its key. If it is, the image or signature was changed.";
