import {
  ATTACHMENT_ANNOTATIONS,
  type AttachmentKind,
  type Candidate,
  type CertificateSigner,
  FULCIO_EXTENSIONS,
  type FulcioExtension,
  IMAGE_SIGNATURE_PREDICATE_TYPE,
  isSamePredicateType,
  type RejectedCandidate,
  type Verification,
  type VerifiedAttestation,
  type VerifiedSignature,
  type VerifierOptions,
  verifyCandidates,
} from "../../attestation/index.ts";
import {
  AmapError,
  isAmapError,
  isValueObject,
  memberOf,
  readJson,
  type Value,
  type ValueObject,
} from "../../base/index.ts";
import { collectCandidates } from "../attachments/attachments.ts";
import { nameWithDigest, type OpenImage } from "../open-image.ts";
import { type GivenCertificate, useCertificate } from "./given-candidates.ts";

/** What an image's evidence is verified against. */
export interface VerifyOptions {
  readonly trust: VerifierOptions;
  /** Judged in place of what stands beside the image: bundles from files. */
  readonly candidates?: readonly Candidate[];
  /** Whose signatures under cosign's tags count, in place of the certificates beside them. */
  readonly certificate?: GivenCertificate | undefined;
}

/** As {@link VerifyOptions}, for signatures. */
export interface VerifySignatureOptions extends VerifyOptions {
  /** What a signature must carry. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** As {@link VerifyOptions}, for attestations. */
export interface VerifyAttestationOptions extends VerifyOptions {
  readonly predicateType: string;
}

/** What `verify` found: at least one entry in `verified`, otherwise it is an error. */
export interface VerifyResult<T> {
  readonly verified: readonly T[];
  readonly rejected: readonly RejectedCandidate[];
}

/** What became of everything beside an image. */
export interface ImageVerdict<T> extends VerifyResult<T> {
  /** What verifies and is not what was asked for: another kind, another predicate type, other annotations. */
  readonly others: readonly (VerifiedSignature | VerifiedAttestation)[];
  /** Why nothing counts; absent where something does. */
  readonly refusal?: AmapError;
}

/**
 * Verifies the signatures of an image: at least one by whom the caller trusts, for this digest, with these annotations.
 * An attestation is not a signature and never counts as one.
 * @throws {AmapError} NO_SIGNATURES when there is none, CLAIM_MISMATCH, or the code of the first candidate's refusal
 */
export async function verifyImage(
  image: OpenImage,
  options: VerifySignatureOptions,
): Promise<VerifyResult<NamedSignature>> {
  return orThrow(await judgeImage(image, options));
}

/**
 * Verifies the attestations of one predicate type: at least one by whom the caller trusts, for this digest.
 * @throws {AmapError} NO_SIGNATURES, PREDICATE_TYPE_MISMATCH, or the code of the first candidate's refusal
 */
export async function verifyImageAttestations(
  image: OpenImage,
  options: VerifyAttestationOptions,
): Promise<VerifyResult<VerifiedAttestation>> {
  return orThrow(await judgeImageAttestations(image, options));
}

function orThrow<T>({ verified, rejected, refusal }: ImageVerdict<T>): VerifyResult<T> {
  if (refusal !== undefined) throw refusal;
  return { verified, rejected };
}

/**
 * As {@link verifyImage}, with the refusal as a value, and with all that does not count.
 * @throws {AmapError} where it cannot be looked at
 */
export async function judgeImage(
  image: OpenImage,
  options: VerifySignatureOptions,
): Promise<ImageVerdict<NamedSignature>> {
  const { candidates, signatures, attestations, rejected } = await judgeCandidates(image, options, "sig");
  const wanted = Object.entries(options.annotations ?? {});
  const [fitting, unfitting] = partition(signatures, (signature) =>
    wanted.every(([key, value]) => memberOf(signature.annotations, key) === value),
  );
  const verified = fitting.map((signature) => nameSigner(nameImage(signature, image), candidates));
  const verdict = { verified, rejected, others: [...unfitting, ...attestations] };
  if (verified.length > 0) return verdict;
  if (signatures.length > 0) {
    const asked = wanted.map(([key, value]) => `${key}=${value}`).join(", ");
    const message = `${image.name}: ${signatures.length} signatures verify, none carries ${asked}`;
    return { ...verdict, refusal: new AmapError("CLAIM_MISMATCH", message) };
  }
  const count = await countAttached(image, candidates, options);
  const relevant = rejected.filter(mayBeSignature);
  return { ...verdict, refusal: refusal(image, { what: "signature", count, rejected: relevant }) };
}

/**
 * As {@link verifyImageAttestations}, with the refusal as a value, and with all that does not count.
 * @throws {AmapError} where it cannot be looked at
 */
export async function judgeImageAttestations(
  image: OpenImage,
  options: VerifyAttestationOptions,
): Promise<ImageVerdict<VerifiedAttestation>> {
  const { candidates, signatures, attestations, rejected } = await judgeCandidates(image, options, "att");
  const { predicateType } = options;
  const [verified, unfitting] = partition(attestations, (each) =>
    isSamePredicateType(each.predicateType, predicateType),
  );
  const verdict = { verified, rejected, others: [...unfitting, ...signatures] };
  if (verified.length > 0) return verdict;
  const relevant = rejected.filter((candidate) => mayBeAttestation(candidate, predicateType));
  if (attestations.length > 0 && relevant.length === 0) {
    const found = [...new Set(attestations.map((attestation) => attestation.predicateType))].join(", ");
    const message = `${image.name}: expected an attestation of type ${predicateType}, found ${found}`;
    return { ...verdict, refusal: new AmapError("PREDICATE_TYPE_MISMATCH", message) };
  }
  const count = await countAttached(image, candidates, options);
  const what = `attestation of type ${predicateType}`;
  return { ...verdict, refusal: refusal(image, { what, count, rejected: relevant }) };
}

type Judged = Verification & { readonly candidates: readonly Candidate[] };

async function judgeCandidates(image: OpenImage, options: VerifyOptions, kind: AttachmentKind): Promise<Judged> {
  const found = options.candidates ?? (await collectCandidates(image, { kinds: [kind] }));
  const { candidates, rejected } =
    options.certificate === undefined
      ? { candidates: found, rejected: [] }
      : useCertificate(found, options.certificate);
  const judged = verifyCandidates(candidates, {
    ...options.trust,
    keys: options.trust.keys ?? [],
    subjects: [image.descriptor.digest],
  });
  return { ...judged, candidates: found, rejected: [...rejected, ...judged.rejected] };
}

function partition<T>(items: readonly T[], isFitting: (item: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [items.filter(isFitting), items.filter((item) => !isFitting(item))];
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

/** As {@link VerifiedSignature}, with what cosign's `-o json` tells beside the signed payload. */
export interface NamedSignature extends VerifiedSignature {
  /** The payload as it was signed; `payload` has the signer, too, and what stood beside the signature. */
  readonly signedPayload: Value;
}

/** Whom a certificate names and what stands beside a signature under a tag, in cosign's places and words. */
function nameSigner(signature: VerifiedSignature, candidates: readonly Candidate[]): NamedSignature {
  const { signer, payload } = signature;
  const beside = besideOf(signature, candidates);
  const isPlain = signer.kind === "key" && Object.keys(beside).length === 0;
  if (isPlain || !isValueObject(payload)) return { ...signature, signedPayload: payload };
  const optional = memberOf(payload, "optional");
  const isTag = signature.foundAt.form === "tag";
  const told = {
    ...(isValueObject(optional) ? optional : {}),
    ...(signer.kind === "certificate" ? certificateMembers(signer, isTag) : {}),
    ...beside,
  };
  // As Go writes a map.
  const sorted = Object.entries(told).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return { ...signature, signedPayload: payload, payload: { ...payload, optional: Object.fromEntries(sorted) } };
}

/** What a certificate says of its holder; under tags cosign tells it by the extensions' identifiers, too. */
function certificateMembers({ subject, issuer, extensions }: CertificateSigner, isTag: boolean): ValueObject {
  const workflow = Object.entries(extensions).filter(([name]) => name.startsWith("githubWorkflow"));
  const byName = workflow.map(([name, value]) => [name.replace(/SHA$/, "Sha"), value] as const);
  const byId = workflow.map(([name, value]) => [FULCIO_EXTENSIONS[name as FulcioExtension].oid, value] as const);
  return {
    Subject: subject,
    ...(issuer === undefined ? {} : { Issuer: issuer, ...(isTag ? { [OLD_ISSUER]: issuer } : {}) }),
    ...Object.fromEntries(byName),
    ...(isTag ? Object.fromEntries(byId) : {}),
  };
}

/** Fulcio's first identifier of the issuer, by which cosign names it. */
const OLD_ISSUER = "1.3.6.1.4.1.57264.1.1";

/** The log's entry and the timestamp of a layer, as they stand there. */
function besideOf({ foundAt }: VerifiedSignature, candidates: readonly Candidate[]): ValueObject {
  const candidate = candidates.find(
    (each) => each.foundAt.manifest === foundAt.manifest && each.foundAt.blob === foundAt.blob,
  );
  if (candidate?.kind !== "simple-signing") return {};
  const { transparencyLog, timestamp } = ATTACHMENT_ANNOTATIONS;
  const entry = readAnnotation(candidate.annotations, transparencyLog);
  const token = readAnnotation(candidate.annotations, timestamp);
  return {
    ...(entry === undefined ? {} : { Bundle: entry }),
    ...(token === undefined ? {} : { RFC3161Timestamp: token }),
  };
}

/** An annotation's JSON; it is shown and not judged, so one that is malformed is left out. */
function readAnnotation(annotations: Readonly<Record<string, string>>, name: string): ValueObject | undefined {
  const text = Object.hasOwn(annotations, name) ? annotations[name] : undefined;
  if (text === undefined || text === "") return undefined;
  try {
    const value = readJson(text);
    return isValueObject(value) ? value : undefined;
  } catch (error) {
    if (isAmapError(error)) return undefined;
    throw error;
  }
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
