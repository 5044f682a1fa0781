import {
  type Candidate,
  createVerifier,
  type FoundAt,
  type RejectedCandidate,
  type Verification,
  type VerifiedAttestation,
  type VerifiedSignature,
} from "../../attestation/index.ts";
import { canonicalJson, compareText, type Digest, memberOf } from "../../base/index.ts";
import type { AttestorRequest } from "../../policy/index.ts";
import type { TrustRootSource } from "../verification/trust-root-source.ts";
import type { World } from "../world.ts";
import { type AttestorTrust, readAttestorTrust } from "./attestor-trust.ts";

/** Judges what stands beside images, for one attestor after the other. What an attestor trusts is read once. */
interface AttestorVerifier {
  /**
   * What counts for one attestor, under its name.
   * @throws {AmapError} as readAttestorTrust
   */
  verify(request: AttestorRequest, candidates: readonly Candidate[], image: Digest): Promise<Verification>;
}

export function createAttestorVerifier(world: World, source: TrustRootSource): AttestorVerifier {
  const trusts = new Map<string, Promise<AttestorTrust>>();
  const trustOf = (request: AttestorRequest): Promise<AttestorTrust> => {
    const key = canonicalJson(request);
    const trust = trusts.get(key) ?? readAttestorTrust(world, request, source);
    trusts.set(key, trust);
    return trust;
  };
  return {
    async verify(request, candidates, image) {
      const { keys, ...trust } = await trustOf(request);
      const verification = createVerifier(keys, { ...trust, now: world.clock.now() }).verify(candidates, [image]);
      return requireAnnotations(verification, request.annotations ?? {});
    },
  };
}

type Verified = VerifiedSignature | VerifiedAttestation;

/** Only what states all of the annotations, signed: those of a manifest are anybody's word. */
function requireAnnotations(verification: Verification, wanted: { readonly [name: string]: string }): Verification {
  const conditions = Object.entries(wanted);
  if (conditions.length === 0) return verification;
  const rejected: RejectedCandidate[] = [...verification.rejected];
  const keep = (verified: Verified): boolean => {
    const lacking = conditions.find(([name, value]) => !states(verified, name, value));
    if (lacking === undefined) return true;
    const message = `expected the signed annotation ${lacking[0]}=${lacking[1]}, found none such`;
    rejected.push({ foundAt: verified.foundAt, kind: formOf(verified), code: "CLAIM_MISMATCH", message });
    return false;
  };
  const signatures = verification.signatures.filter(keep);
  return { signatures, attestations: verification.attestations.filter(keep), rejected };
}

function states(verified: Verified, name: string, value: string): boolean {
  if (verified.kind === "signature") return memberOf(verified.annotations, name) === value;
  return verified.statement.subject.some(
    ({ digest, annotations = {} }) =>
      Object.entries(digest).some(([algorithm, hex]) => `${algorithm}:${hex}` === verified.subject) &&
      memberOf(annotations, name) === value,
  );
}

function formOf(verified: Verified): Candidate["kind"] {
  if (verified.foundAt.form !== "tag") return "bundle";
  return verified.kind === "signature" ? "simple-signing" : "envelope";
}

/**
 * What several attestors vouch for, as one: each entry once, with the names of all attestors that its signer is to; what
 * one of them accepts is not rejected. In the order of the attestors.
 */
export function mergeVerifications(verifications: readonly Verification[]): Verification {
  const [only] = verifications;
  if (only !== undefined && verifications.length === 1) return only;
  const signatures = mergeVerified(verifications.flatMap((each) => each.signatures));
  const attestations = mergeVerified(verifications.flatMap((each) => each.attestations));
  const accepted = new Set([...signatures, ...attestations].map(({ foundAt }) => placeOf(foundAt)));
  const rejected = new Map<string, RejectedCandidate>();
  for (const each of verifications.flatMap((verification) => verification.rejected)) {
    const place = placeOf(each.foundAt);
    const known = rejected.get(place);
    // That somebody else signed it says least.
    if (!accepted.has(place) && (known === undefined || known.code === "SIGNER_UNKNOWN")) rejected.set(place, each);
  }
  return { signatures, attestations, rejected: [...rejected.values()] };
}

function placeOf({ form, manifest, blob }: FoundAt): string {
  return `${form} ${manifest} ${blob}`;
}

function mergeVerified<T extends Verified>(all: readonly T[]): readonly T[] {
  const merged = new Map<string, T>();
  for (const verified of all) {
    const { signer, foundAt } = verified;
    const who = signer.kind === "key" ? signer.keyId : signer.fingerprint;
    const key = `${placeOf(foundAt)} ${who}`;
    const known = merged.get(key);
    merged.set(key, known === undefined ? verified : withName(known, signer.name));
  }
  return [...merged.values()];
}

function withName<T extends Verified>(verified: T, name: string): T {
  const { signer } = verified;
  const names = [signer.name, ...(signer.otherNames ?? [])];
  if (names.includes(name)) return verified;
  const otherNames = [...names.slice(1), name].sort(compareText);
  // Not a copy of all members: the predicate of an attestation is made when it is asked for.
  return Object.create(verified, { signer: { value: { ...signer, otherNames }, enumerable: true } }) as T;
}
