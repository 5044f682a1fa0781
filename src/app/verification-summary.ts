import { createStatement } from "../attestation/index.ts";
import { AmapError, type Digest, digestAlgorithm, digestHex } from "../base/index.ts";
import { encodeVerificationSummary } from "../metadata/index.ts";
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
  image: { readonly name: string; readonly digest: Digest },
  signer: Signer,
  verifier: { readonly id: string; readonly version: string },
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
  const statement = createStatement({
    subjects: [{ name: image.name, digest: digestSetOf(image.digest) }],
    predicateType: predicateTypeOf("vsa"),
    predicate,
  });
  return bundleOf(await signStatement(statement, signer), signer);
}

function hasPassed(report: CheckReport, digest: Digest): boolean {
  const rules = report.resources.flatMap((resource) => resource.rules);
  const ownRules = report.resources
    .filter((resource) => resource.images.some((row) => row.digest === digest))
    .flatMap((resource) => resource.rules);
  return (
    report.allowed &&
    ownRules.some(({ status }) => status === "pass") &&
    !rules.some(({ status }) => status === "fail" || status === "error")
  );
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
