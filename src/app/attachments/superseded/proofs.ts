import {
  ATTACHMENT_ANNOTATIONS,
  type Candidate,
  createVerifier,
  decodeBundle,
  decodeEnvelope,
  type VerifiedAttestation,
  type VerifiedSignature,
  type Verifier,
  type VerifierOptions,
} from "../../../attestation/index.ts";
import type { Digest } from "../../../base/index.ts";
import type { Proof } from "./claims.ts";

/** Verifies a candidate as the caller asks, and finds out what else about it can be verified. */
export interface ProofFinder {
  find(candidate: Candidate, subjects: readonly Digest[]): FoundProofs;
}

/** What holds of one candidate. */
export interface FoundProofs {
  /** One for each trusted signer; none where it does not count. */
  readonly entries: readonly (VerifiedSignature | VerifiedAttestation)[];
  /** Why it does not count. */
  readonly code?: string;
  readonly proofs: ReadonlySet<Proof>;
  /** RFC 3339: a proven time. */
  readonly provenAt?: string;
  /** Why it must stay although it verifies. */
  readonly refusal?: string;
}

const MORE = { log: { logs: 1 }, timestamp: { timestamps: 1 } } as const;

/** A finder whose keys and trusted root are read once. */
export function createProofFinder({ keys = [], ...options }: VerifierOptions): ProofFinder {
  const asked = createVerifier(keys, options);
  // Without a trusted root nothing about a log entry or timestamp can be known.
  const further = (options.trustRoot === undefined ? [] : (["log", "timestamp"] as const)).map((proof) => {
    const { thresholds, keyThresholds = thresholds } = options;
    const more = { thresholds: { ...thresholds, ...MORE[proof] }, keyThresholds: { ...keyThresholds, ...MORE[proof] } };
    return [proof, createVerifier(keys, { ...options, ...more })] as const;
  });
  return {
    find: (candidate, subjects) => {
      const { signatures, attestations, rejected } = asked.verify([candidate], subjects);
      const entries = [...signatures, ...attestations];
      if (entries.length === 0) return { entries, proofs: new Set(), code: rejected[0]?.code ?? "SIGNER_UNKNOWN" };
      const around = surroundingsOf(candidate, entries);
      const found = prove(
        candidate,
        subjects,
        further.filter(([proof]) => around.present.has(proof)),
      );
      return { entries, ...found, ...refusalOf(around, entries.length, found.proofs) };
    },
  };
}

function prove(
  candidate: Candidate,
  subjects: readonly Digest[],
  further: readonly (readonly [Proof, Verifier])[],
): Pick<FoundProofs, "proofs" | "provenAt"> {
  const proofs = new Set<Proof>();
  let provenAt: string | undefined;
  for (const [proof, verifier] of further) {
    const { signatures, attestations } = verifier.verify([candidate], subjects);
    const [entry] = [...signatures, ...attestations];
    if (entry === undefined) continue;
    proofs.add(proof);
    if (entry.signedTime.source !== "self-asserted") provenAt ??= entry.signedTime.at;
  }
  return { proofs, ...(provenAt === undefined ? {} : { provenAt }) };
}

/** What stands around a signature, verified or not. */
interface Surroundings {
  readonly present: ReadonlySet<Proof | "certificate">;
  readonly signatures: number;
}

function surroundingsOf(candidate: Candidate, entries: FoundProofs["entries"]): Surroundings {
  const present = new Set<Proof | "certificate">();
  if (candidate.kind === "bundle") {
    const decoded = decodeBundle(candidate.bytes);
    if (!decoded.ok) throw new Error("a bundle that was verified cannot be read");
    const { logEntries, timestamps, content } = decoded.value;
    if (logEntries.length > 0) present.add("log");
    if (timestamps.length > 0) present.add("timestamp");
    return { present, signatures: content.kind === "envelope" ? content.envelope.signatures.length : 1 };
  }
  const has = (name: "transparencyLog" | "timestamp" | "certificate"): boolean =>
    (candidate.annotations[ATTACHMENT_ANNOTATIONS[name]] ?? "") !== "";
  if (has("transparencyLog")) present.add("log");
  if (has("timestamp")) present.add("timestamp");
  // Somebody else may verify the same signature by its certificate.
  if (has("certificate") && entries.some(({ signer }) => signer.kind === "key")) present.add("certificate");
  if (candidate.kind === "simple-signing") return { present, signatures: 1 };
  const envelope = decodeEnvelope(candidate.bytes);
  if (!envelope.ok) throw new Error("an envelope that was verified cannot be read");
  return { present, signatures: envelope.value.signatures.length };
}

function refusalOf(
  { present, signatures }: Surroundings,
  signers: number,
  proofs: ReadonlySet<Proof>,
): Pick<FoundProofs, "refusal"> {
  if (signatures > signers) return { refusal: "others signed it, too" };
  const unverified = [...present].filter((each) => each === "certificate" || !proofs.has(each));
  return unverified.length === 0 ? {} : { refusal: `its ${unverified.join(" and ")} was not verified` };
}
