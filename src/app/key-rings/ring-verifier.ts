import {
  type Bundle,
  type Candidate,
  createBundleVerifier,
  createVerifier,
  decodeBundle,
  decodeEnvelope,
  decodeStatement,
  isUsageLimited,
  type KeyRing,
  type KeyRingUse,
  type SignedTime,
  type SignerIdentity,
  type Verifier,
  type VerifierOptions,
} from "../../attestation/index.ts";
import { type Digest, type ErrorCode, encodeHex, isDigest, readPublicKey } from "../../base/index.ts";
import { trustOfKeyRing } from "./key-ring-file.ts";

/** What a ring says of one candidate. */
export type RingVerdict =
  | {
      readonly status: "counts";
      readonly kind: "signature" | "attestation";
      readonly predicateType?: string;
      readonly signer: SignerIdentity;
      readonly signedTime: SignedTime;
    }
  | { readonly status: "refused"; readonly code: ErrorCode; readonly message: string }
  /** It was not judged: what it is about is not there. */
  | { readonly status: "unjudged"; readonly code: ErrorCode; readonly message: string };

/** Judges one candidate after the other by a ring as it stands at a time. */
export interface RingVerifier {
  /** A candidate beside an image. */
  judge(candidate: Candidate, subject: Digest): RingVerdict;
  /** A candidate in a file, about whatever it says that it is about. */
  judgeFile(candidate: Candidate): RingVerdict;
}

type Terms = Omit<VerifierOptions, "keys" | "identities">;

/**
 * A verifier by a ring: each entry counts for what it may sign alone. `terms` are the trust root and thresholds; `now`, in
 * milliseconds, is when the ring is looked at.
 * @throws {AmapError} KEY_RING_INVALID for a pattern, USAGE for a threshold
 */
export function createRingVerifier(ring: KeyRing, now: number, terms: Terms): RingVerifier {
  const optionsFor = (use?: KeyRingUse): VerifierOptions => ({ ...terms, ...trustOfKeyRing(ring, now, use) });
  const verifiers = new Map<string, Verifier>();
  const verifierFor = (use?: KeyRingUse): Verifier => {
    const name = use === undefined ? "" : nameOfUse(use);
    const { keys = [], ...options } = verifiers.has(name) ? {} : optionsFor(use);
    const verifier = verifiers.get(name) ?? createVerifier(keys, options);
    verifiers.set(name, verifier);
    return verifier;
  };
  const isLimited = isUsageLimited(ring);
  const judge = (candidate: Candidate, subjects: readonly Digest[]): RingVerdict => {
    const verdict = verdictOf(verifierFor(), candidate, subjects);
    // What it is, is known once it verifies; then only the entries for that may say so.
    if (verdict.status !== "counts" || !isLimited) return verdict;
    return verdictOf(verifierFor(useOf(verdict)), candidate, subjects);
  };
  return {
    judge: (candidate, subject) => judge(candidate, [subject]),
    judgeFile: (candidate) => {
      const bundle = candidate.kind === "bundle" ? decodeBundle(candidate.bytes) : undefined;
      if (bundle?.ok === true && bundle.value.content.kind === "messageSignature") {
        return judgeBlob(bundle.value, ring, optionsFor({ kind: "signature" }));
      }
      const subjects = subjectsOf(candidate);
      if (subjects !== undefined && subjects.length === 0) {
        const message = "expected a subject with a sha256 or sha512 digest, found none";
        return { status: "unjudged", code: "NOT_SUPPORTED", message };
      }
      return judge(candidate, subjects ?? []);
    },
  };
}

function nameOfUse(use: KeyRingUse): string {
  return use.kind === "signature" ? "signature" : `attestation ${use.predicateType}`;
}

function useOf({ predicateType }: RingVerdict & { readonly status: "counts" }): KeyRingUse {
  return predicateType === undefined ? { kind: "signature" } : { kind: "attestation", predicateType };
}

function verdictOf(verifier: Verifier, candidate: Candidate, subjects: readonly Digest[]): RingVerdict {
  const { signatures, attestations, rejected } = verifier.verify([candidate], subjects);
  const [found] = [...signatures, ...attestations];
  if (found !== undefined) {
    const { kind, signer, signedTime } = found;
    const named = found.kind === "attestation" ? { predicateType: found.predicateType } : {};
    return { status: "counts", kind, ...named, signer, signedTime };
  }
  const [refused] = rejected;
  return {
    status: "refused",
    code: refused?.code ?? "SIGNER_UNKNOWN",
    message: refused?.message ?? "it does not count",
  };
}

/** A signature of a file, by the digest that the bundle states: whether that is the file's is not asked here. */
function judgeBlob(bundle: Bundle, ring: KeyRing, options: VerifierOptions): RingVerdict {
  if (bundle.content.kind !== "messageSignature") throw new Error("expected the signature of a file");
  const { algorithm, bytes } = bundle.content.messageSignature.digest;
  const digest = `${algorithm}:${encodeHex(bytes)}` as Digest;
  const outcome = createBundleVerifier(options).verify(bundle, { kind: "digests", digests: [digest] });
  if (outcome.ok) {
    return { status: "counts", kind: "signature", signer: outcome.signer, signedTime: outcome.signedTime };
  }
  const { code, message } = outcome.refusal;
  const isUnknown = code === "SIGNATURE_INVALID" || code === "SIGNER_UNKNOWN";
  if (!isUnknown || bundle.material.kind !== "publicKey" || !ring.keys.some(isEd25519)) {
    return { status: "refused", code, message };
  }
  const unjudged = "an Ed25519 key signs the file itself, which is not there: use `amap verify-blob --key-ring`";
  return { status: "unjudged", code: "NOT_SUPPORTED", message: unjudged };
}

function isEd25519({ publicKeyPem }: KeyRing["keys"][number]): boolean {
  return readPublicKey(publicKeyPem).algorithm === "ed25519";
}

/** The digests that a statement names as its subjects; undefined where there is no statement, which the verifier says. */
function subjectsOf(candidate: Candidate): readonly Digest[] | undefined {
  if (candidate.kind === "simple-signing") return undefined;
  const payload = candidate.kind === "envelope" ? payloadOfEnvelope(candidate.bytes) : payloadOfBundle(candidate.bytes);
  const statement = payload === undefined ? undefined : decodeStatement(payload);
  if (statement?.ok !== true) return undefined;
  return statement.value.subject
    .flatMap(({ digest }) => Object.entries(digest).map(([algorithm, hex]) => `${algorithm}:${hex}`))
    .filter(isDigest);
}

function payloadOfEnvelope(bytes: Uint8Array): Uint8Array | undefined {
  const envelope = decodeEnvelope(bytes);
  return envelope.ok ? envelope.value.payload : undefined;
}

function payloadOfBundle(bytes: Uint8Array): Uint8Array | undefined {
  const bundle = decodeBundle(bytes);
  if (!bundle.ok || bundle.value.content.kind !== "envelope") return undefined;
  return bundle.value.content.envelope.payload;
}
