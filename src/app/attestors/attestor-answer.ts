import type { Candidate, RejectedCandidate, Statement, VerifiedAttestation } from "../../attestation/index.ts";
import { type Digest, digestAlgorithm, digestHex, memberOf, type Value } from "../../base/index.ts";
import { nameWithDigest } from "../open-image.ts";
import type { AttestorForm, AttestorQuestion } from "./attestor-terms.ts";
import type { AttestorVerifier } from "./attestor-verifier.ts";
import type { ImageCandidates } from "./image-candidates.ts";

/**
 * The value of an `imageAttestor` fact: whether the attestor signed the image, or made statements about it. An attestation
 * is never a signature; the annotations that are asked for are those that the same signer stated.
 */
export function answerAttestor(question: AttestorQuestion, verifier: AttestorVerifier, found: ImageCandidates): Value {
  if (verifier.refusal !== undefined) return { verified: false, message: verifier.refusal };
  return question.predicateType === ""
    ? answerSignature(question, verifier, found)
    : answerStatements(question, verifier, found);
}

const ARE_ATTESTATIONS = "what is attached are attestations; ask for them under `attestations`, by their type";

function answerSignature(question: AttestorQuestion, verifier: AttestorVerifier, found: ImageCandidates): Value {
  const { digest } = found.image.descriptor;
  const looked = found.candidates.filter((candidate) => isLookedAt(candidate, question));
  const { signatures, attestations, rejected } = verifier.verify(looked, digest);
  if (signatures.some(({ annotations }) => carries(question, annotations))) {
    return { verified: true, digest, statements: [] };
  }
  if (signatures.length > 0) return refused("no signature matched the required annotations");
  const reasons = reasonsOf(rejected);
  if (reasons !== "") return refused(`no matching signatures: ${reasons}`);
  const others = attestations.length === 0 ? notLookedAt(found, question) : ARE_ATTESTATIONS;
  return refused(`no signatures found beside ${nameWithDigest(found.image)} (${others})`);
}

/** Statements of other types are none of those that are asked for; that there are some only changes the message. */
function answerStatements(question: AttestorQuestion, verifier: AttestorVerifier, found: ImageCandidates): Value {
  const { digest } = found.image.descriptor;
  const looked = found.candidates.filter((candidate) => isLookedAt(candidate, question));
  const { attestations, rejected } = verifier.verify(looked, digest);
  const wanted = attestations.filter(({ predicateType }) => predicateType === question.predicateType);
  const stated = wanted.filter(({ statement }) => carries(question, annotationsOf(statement, digest)));
  if (stated.length > 0 || (wanted.length === 0 && attestations.length > 0)) {
    return { verified: true, digest, statements: stated.map(toStatement) };
  }
  if (wanted.length > 0) return refused("no attestation matched the required annotations");
  const reasons = reasonsOf(rejected);
  if (reasons !== "") return refused(`no matching attestations: ${reasons}`);
  return refused(`no attestations found beside ${nameWithDigest(found.image)} (${notLookedAt(found, question)})`);
}

function refused(message: string): Value {
  return { verified: false, message };
}

function toStatement({ predicateType, predicate }: VerifiedAttestation): Value {
  return { type: predicateType, predicate };
}

/** Whether a candidate is of the kind that is asked for, and where such are looked for. */
function isLookedAt(
  { kind, foundAt }: Candidate,
  { form, predicateType, readsReferrers }: Pick<AttestorQuestion, "form" | "predicateType" | "readsReferrers">,
): boolean {
  if (form === "bundles") return kind === "bundle";
  if (kind !== (predicateType === "" ? "simple-signing" : "envelope")) return false;
  return foundAt.form === "tag" || readsReferrers;
}

function carries({ annotations }: AttestorQuestion, stated: Value): boolean {
  return annotations.every(([name, value]) => memberOf(stated, name) === value);
}

/** What the signer of a statement says of the image beside its digest. */
function annotationsOf({ subject }: Statement, digest: Digest): Value {
  const algorithm = digestAlgorithm(digest);
  const own = subject.find((each) => memberOf(each.digest, algorithm) === digestHex(digest));
  return own?.annotations ?? {};
}

const FORM_NAMES: Readonly<Record<AttestorForm, string>> = {
  tags: "signatures and attestations as cosign's tags hold them; type: Cosign looks at those",
  bundles: "bundles; type: SigstoreBundle looks at those",
};

/** What is there and was not looked at, so that a message never says "nothing" wrongly. */
function notLookedAt({ candidates }: ImageCandidates, { form }: AttestorQuestion): string {
  if (candidates.length === 0) return "nothing is attached to it";
  const other: AttestorForm = form === "tags" ? "bundles" : "tags";
  const count = candidates.filter(({ kind }) => (kind === "bundle") === (other === "bundles")).length;
  return count === 0 ? `${candidates.length} attached, none is one` : `${count} attached are ${FORM_NAMES[other]}`;
}

/** Reasons shown in one message. */
const SHOWN_REASONS = 5;

/** Each reason once; empty for none. */
function reasonsOf(rejected: readonly RejectedCandidate[]): string {
  const reasons = [...new Set(rejected.map(({ code, message }) => `${code}: ${message}`))];
  const more = reasons.length > SHOWN_REASONS ? [`and ${reasons.length - SHOWN_REASONS} more reasons`] : [];
  return [...reasons.slice(0, SHOWN_REASONS), ...more].join("; ");
}
