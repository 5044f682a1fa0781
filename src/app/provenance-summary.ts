import {
  type Candidate,
  createStatement,
  type RejectedCandidate,
  type VerifiedAttestation,
  type VerifierOptions,
  verifyCandidates,
} from "../attestation/index.ts";
import { AmapError, type Digest, digestAlgorithm, digestHex, formatTime, parseTime } from "../base/index.ts";
import {
  type BuildCheck,
  type BuildExpectations,
  coversLevel,
  decodeVerificationSummary,
  encodeVerificationSummary,
  type VerificationSummary,
} from "../metadata/index.ts";
import type { Signer } from "../ports/index.ts";
import { predicateTypeOf } from "./predicates.ts";
import type { BuilderTrust, ProvenanceOutcome } from "./provenance-verify.ts";
import { bundleOf, signStatement } from "./signing/sign-envelope.ts";

/** What a summary of verified provenance says beside its outcome. */
export interface SummaryRequest {
  readonly verifier: { readonly id: string; readonly version: string };
  /** The artifact as its users name it. */
  readonly resourceUri: string;
  readonly builders: BuilderTrust;
  readonly expected: BuildExpectations;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * A signed verification summary (SLSA VSA 1) of what came of an artifact's provenance, as a Sigstore bundle: PASSED with the
 * build level that is proven, or FAILED. The policy is the list of builders, with what was expected beside it.
 * @see https://slsa.dev/spec/v1.2/verification_summary
 */
export async function signProvenanceSummary(
  outcome: ProvenanceOutcome,
  request: SummaryRequest,
  signer: Signer,
): Promise<Uint8Array> {
  const { accepted, artifact, judged } = outcome;
  const { uri, digest } = request.builders.source;
  const inputs = accepted === undefined ? judged : [accepted];
  const predicate = encodeVerificationSummary({
    verifierId: request.verifier.id,
    verifierVersion: { amap: request.verifier.version },
    timeVerified: formatTime(request.now),
    resourceUri: request.resourceUri,
    policy: {
      uri,
      digest: digest === undefined ? {} : digestSetOf(digest),
      annotations: { expectations: { ...request.expected } },
    },
    inputAttestations: inputs.map(({ attestation }) => ({ digest: digestSetOf(attestation.foundAt.blob) })),
    verificationResult: accepted === undefined ? "FAILED" : "PASSED",
    verifiedLevels: [accepted === undefined ? "FAILED" : `SLSA_BUILD_LEVEL_${accepted.verdict.level.level}`],
    slsaVersion: "1.2",
  });
  const statement = createStatement({
    subjects: [{ name: request.resourceUri, digest: Object.assign({}, ...artifact.digests.map(digestSetOf)) }],
    predicateType: predicateTypeOf("vsa"),
    predicate,
  });
  return bundleOf(await signStatement(statement, signer), signer);
}

function digestSetOf(digest: Digest): Readonly<Record<string, string>> {
  return { [digestAlgorithm(digest)]: digestHex(digest) };
}

/** What a verification summary must say. */
export interface SummaryExpectations {
  /** `sha256:…`, or of any other algorithm that the summary's subjects use; all of them must be subjects. */
  readonly subjects: readonly string[];
  readonly verifierId: string;
  readonly resourceUri: string;
  /** Levels as in the summary; of SLSA's tracks a higher one will do. */
  readonly levels: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** One verified summary, held against what was expected. */
export interface JudgedSummary {
  readonly attestation: VerifiedAttestation;
  readonly summary: VerificationSummary;
  readonly checks: readonly BuildCheck[];
}

/** What came of a summary. */
export interface SummaryOutcome {
  readonly accepted?: JudgedSummary;
  readonly judged: readonly JudgedSummary[];
  readonly rejected: readonly RejectedCandidate[];
  readonly refusal?: AmapError;
}

/**
 * Verifies verification summaries: a trusted signature, the artifact among the subjects, the verifier that the signer is
 * trusted for, the resource, PASSED, and every level that is asked for.
 * @throws {AmapError} USAGE without a subject
 * @see slsa.dev/spec/v1.2/verification_summary, how to verify
 */
export function verifySummary(
  candidates: readonly Candidate[],
  trust: VerifierOptions,
  expected: SummaryExpectations,
): SummaryOutcome {
  const [first] = expected.subjects;
  if (first === undefined)
    throw new AmapError("USAGE", "--subject-digest is needed: the artifact that the summary is about");
  // Statements may name subjects by digests that no image has; they are compared as texts.
  const subjects = [first as Digest];
  const { attestations, rejected } = verifyCandidates(candidates, { ...trust, keys: trust.keys ?? [], subjects });
  const judged: JudgedSummary[] = [];
  const unread: RejectedCandidate[] = [];
  for (const attestation of attestations) {
    const { predicateType, predicate, foundAt } = attestation;
    const reject = (code: RejectedCandidate["code"], message: string): void =>
      void unread.push({ foundAt, kind: "bundle", code, message, claims: { predicateType } });
    if (predicateType !== predicateTypeOf("vsa")) {
      reject("PREDICATE_TYPE_MISMATCH", `expected a verification summary, found ${predicateType.slice(0, 200)}`);
      continue;
    }
    const decoded = decodeVerificationSummary(predicate);
    if (!decoded.ok) {
      const [issue] = decoded.issues;
      reject("STATEMENT_INVALID", `the signature holds, but ${issue?.path ?? ""}: ${issue?.message ?? "malformed"}`);
      continue;
    }
    judged.push({ attestation, summary: decoded.value, checks: checkSummary(decoded.value, attestation, expected) });
  }
  const accepted = judged.find(({ checks }) => checks.every(({ passed }) => passed));
  const all = { judged, rejected: [...rejected, ...unread] };
  return accepted === undefined ? { ...all, refusal: refuse(all) } : { ...all, accepted };
}

/** How far a verifier's clock may be ahead. */
const CLOCK_SKEW_MS = 5 * 60_000;

function checkSummary(
  summary: VerificationSummary,
  { statement }: VerifiedAttestation,
  expected: SummaryExpectations,
): readonly BuildCheck[] {
  const named = statement.subject.flatMap(({ digest }) =>
    Object.entries(digest).map(([name, hex]) => `${name}:${hex}`),
  );
  const equal = (name: string, wanted: string, found: string): BuildCheck => ({
    name,
    passed: wanted === found,
    expected: wanted,
    found: found.slice(0, 300),
  });
  const at = parseTime(summary.timeVerified ?? "");
  return [
    ...expected.subjects.map((wanted) => ({
      name: "subject",
      passed: named.includes(wanted),
      expected: wanted,
      found: named.slice(0, 5).join(", "),
    })),
    equal("verifier", expected.verifierId, summary.verifierId),
    equal("resource", expected.resourceUri, summary.resourceUri),
    equal("result", "PASSED", summary.verificationResult),
    ...expected.levels.map((wanted) => ({
      name: "level",
      passed: summary.verifiedLevels.some((level) => coversLevel(level, wanted)),
      expected: wanted,
      found: summary.verifiedLevels.slice(0, 20).join(", ").slice(0, 300) || "none",
    })),
    {
      name: "time",
      passed: at === undefined || at <= expected.now + CLOCK_SKEW_MS,
      expected: `not after ${formatTime(expected.now)}`,
      found: summary.timeVerified ?? "none stated",
    },
  ];
}

function refuse({ judged, rejected }: Pick<SummaryOutcome, "judged" | "rejected">): AmapError {
  const [summary] = judged;
  if (summary !== undefined) {
    const failed = summary.checks.filter(({ passed }) => !passed);
    const reasons = failed.map((each) => `${each.name}: expected ${each.expected}, found ${each.found}`);
    return new AmapError("EXPECTATION_UNMET", `the summary is not the expected one: ${reasons.join("; ")}`);
  }
  const [first] = rejected;
  if (first === undefined) return new AmapError("NO_SIGNATURES", "no verification summary was found");
  return new AmapError(first.code, `no verification summary counts; ${first.message}`);
}
