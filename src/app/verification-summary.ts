import { createStatement } from "../attestation/index.ts";
import {
  AmapError,
  canonicalJson,
  type Digest,
  digestAlgorithm,
  digestHex,
  digestOf,
  encodeUtf8,
  type Value,
} from "../base/index.ts";
import { encodeSimpleVerificationResult, encodeVerificationSummary } from "../metadata/index.ts";
import type { Signer } from "../ports/index.ts";
import type { CheckReport } from "../report/index.ts";
import { predicateTypeOf } from "./predicates.ts";
import { bundleOf, signStatement } from "./signing/sign-envelope.ts";

/**
 * A signed verification summary (SLSA VSA 1) of a check: the result for one image, the policy it was held against and
 * the attestations that were looked at, as a Sigstore bundle.
 *
 * It says more than that nothing was denied: PASSED only when a rule passed for the image, and none failed or could not
 * be evaluated, whether the policy denies then (Deny) or only records (Audit, Warn, failurePolicy Ignore).
 *
 * A summary names one policy, by the digest of its file. Verifiers compare that digest, so a check by several files has
 * no summary: put the policies into one file.
 * @throws {AmapError} USAGE for a report of more than one policy file
 * @see https://slsa.dev/spec/v1.2/verification_summary
 */
export async function signVerificationSummary(
  report: CheckReport,
  image: SummarySubject,
  signer: Signer,
  verifier: SummaryVerifier,
): Promise<Uint8Array> {
  const rows = report.resources.flatMap((resource) => resource.images.filter((row) => row.digest === image.digest));
  const manifests = new Set(rows.flatMap((row) => row.evidence.map((each) => each.manifest.split("/")[1] ?? "")));
  const policy = onePolicyFile(report);
  const passed = hasPassed(report, image.digest);
  const predicate = encodeVerificationSummary({
    verifierId: verifier.id,
    verifierVersion: { amap: verifier.version },
    timeVerified: report.checkedAt,
    resourceUri: image.name,
    policy: { uri: policy.source, digest: digestSetOf(policy.digest) },
    inputAttestations: [...manifests].sort().map((digest) => ({ digest: digestSetOf(digest) })),
    verificationResult: passed ? "PASSED" : "FAILED",
    verifiedLevels: [passed ? "AMAP_POLICY_PASSED" : "FAILED"],
    slsaVersion: "1.2",
  });
  return signAbout(image, "vsa", predicate, signer);
}

/** Who says so, by a URI and the version of amap. */
export interface SummaryVerifier {
  readonly id: string;
  readonly version: string;
}

/** The image that a summary speaks of. */
export interface SummarySubject {
  readonly name: string;
  readonly digest: Digest;
}

/**
 * A signed simple verification result (in-toto SVR 0.2) of a check: of one image the policies that passed, and
 * `AMAP_POLICY_PASSED` where all of it did, as a Sigstore bundle. What did not hold is not in it: nothing says FAILED, and a
 * check in which nothing held has an empty list.
 * @see https://github.com/in-toto/attestation/blob/main/spec/predicates/svr.md
 */
export function signVerificationResult(
  report: CheckReport,
  image: SummarySubject,
  signer: Signer,
  verifier: SummaryVerifier,
): Promise<Uint8Array> {
  const rules = report.resources.flatMap((resource) => resource.rules);
  const hasFailed = (name: string): boolean =>
    rules.some(({ policy, status }) => policy === name && (status === "fail" || status === "error"));
  const passing = rulesOf(report, image.digest).filter(({ status }) => status === "pass");
  const names = new Set(passing.map(({ policy }) => policy).filter((name) => !hasFailed(name)));
  const files = new Map(report.policies.map((policy) => [`${policy.source}@${policy.digest}`, policy]));
  const predicate = encodeSimpleVerificationResult({
    verifierId: verifier.id,
    policies: [...files.values()].map(({ source, digest }) => ({ uri: source, digest: digestSetOf(digest) })),
    timeCreated: report.checkedAt,
    properties: [
      ...(hasPassed(report, image.digest) ? ["AMAP_POLICY_PASSED"] : []),
      ...[...names].sort().map((name) => `AMAP_POLICY_PASSED:${name}`),
    ],
  });
  return signAbout(image, "svr", predicate, signer);
}

/** What came of a scan's gates. */
export interface GateOutcome {
  /** Each gate by its flag: `fail-on` → `high`; `yes` where it has no value. */
  readonly gates: Readonly<Record<string, string>>;
  /** Flags of the gates that findings did not pass. */
  readonly failed: readonly string[];
  /** What else let findings pass: `only-fixed`, `new-since`, `accepted-risk`, `stated-sbom`, `gaps`. They stand beside what holds. */
  readonly conditions: readonly string[];
  /** Everything was looked at, with advisories as new as they were to be. */
  readonly isWhole: boolean;
  /** RFC 3339. */
  readonly at: string;
}

/**
 * A signed verification summary (SLSA VSA 1) of a scan's gates. PASSED needs a gate, no finding that one stops, and that
 * everything was looked at. The policy is the gates themselves, by the digest of their canonical JSON.
 */
export function signScanSummary(
  outcome: GateOutcome,
  image: SummarySubject,
  signer: Signer,
  verifier: SummaryVerifier,
): Promise<Uint8Array> {
  const passed = outcome.isWhole && outcome.failed.length === 0 && Object.keys(outcome.gates).length > 0;
  const predicate = encodeVerificationSummary({
    verifierId: verifier.id,
    verifierVersion: { amap: verifier.version },
    timeVerified: outcome.at,
    resourceUri: image.name,
    policy: gatePolicy(outcome),
    inputAttestations: [],
    verificationResult: passed ? "PASSED" : "FAILED",
    verifiedLevels: [passed ? conditioned("AMAP_SCAN_PASSED", outcome) : "FAILED"],
    slsaVersion: "1.2",
  });
  return signAbout(image, "vsa", predicate, signer);
}

/**
 * A signed simple verification result (in-toto SVR 0.2) of a scan's gates: each gate that was passed, in a scan that looked
 * at everything; `AMAP_SCAN_PASSED` where all were.
 */
export function signScanResult(
  outcome: GateOutcome,
  image: SummarySubject,
  signer: Signer,
  verifier: SummaryVerifier,
): Promise<Uint8Array> {
  const gates = Object.entries(outcome.gates);
  const met = outcome.isWhole ? gates.filter(([name]) => !outcome.failed.includes(name)) : [];
  const predicate = encodeSimpleVerificationResult({
    verifierId: verifier.id,
    policies: [gatePolicy(outcome)],
    timeCreated: outcome.at,
    properties: [
      ...(met.length > 0 && met.length === gates.length ? [conditioned("AMAP_SCAN_PASSED", outcome)] : []),
      ...met.map(([name, value]) => conditioned(`AMAP_SCAN_PASSED:${name}=${value}`, outcome)),
    ],
  });
  return signAbout(image, "svr", predicate, signer);
}

/** Who asks for the plain name does not find one that holds on conditions. */
function conditioned(name: string, { conditions }: GateOutcome): string {
  return [name, ...conditions].join(";");
}

function gatePolicy({ gates, conditions }: GateOutcome): {
  readonly uri: string;
  readonly digest: Readonly<Record<string, string>>;
} {
  return {
    uri: "urn:amap:policy:scan-gates:v1",
    digest: digestSetOf(digestOf(encodeUtf8(canonicalJson({ gates, conditions })))),
  };
}

async function signAbout(image: SummarySubject, type: string, predicate: Value, signer: Signer): Promise<Uint8Array> {
  const statement = createStatement({
    subjects: [{ name: image.name, digest: digestSetOf(image.digest) }],
    predicateType: predicateTypeOf(type),
    predicate,
  });
  return bundleOf(await signStatement(statement, signer), signer);
}

function hasPassed(report: CheckReport, digest: Digest): boolean {
  const rules = report.resources.flatMap((resource) => resource.rules);
  return (
    report.allowed &&
    rulesOf(report, digest).some(({ status }) => status === "pass") &&
    !rules.some(({ status }) => status === "fail" || status === "error")
  );
}

/** The rules about resources with the image. */
function rulesOf(report: CheckReport, digest: Digest): CheckReport["resources"][number]["rules"] {
  return report.resources
    .filter((resource) => resource.images.some((row) => row.digest === digest))
    .flatMap((resource) => resource.rules);
}

function onePolicyFile({ policies }: CheckReport): CheckReport["policies"][number] {
  const [policy] = policies;
  const files = new Set(policies.map(({ source, digest }) => `${source}@${digest}`));
  if (policy === undefined || files.size !== 1) {
    throw new AmapError("USAGE", `a verification summary names one policy file; this check used ${files.size}`, {
      hint: "Put the policies into one file, with --- between them.",
    });
  }
  return policy;
}

function digestSetOf(digest: string): Readonly<Record<string, string>> {
  return { [digestAlgorithm(digest as Digest)]: digestHex(digest as Digest) };
}
