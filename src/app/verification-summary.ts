import { createStatement } from "../attestation/index.ts";
import { type Digest, digestAlgorithm, digestHex } from "../base/index.ts";
import { encodeVerificationSummary } from "../metadata/index.ts";
import type { Signer } from "../ports/index.ts";
import type { CheckReport } from "../report/index.ts";
import { bundleOf, signStatement } from "./attach.ts";
import { predicateTypeOf } from "./predicates.ts";

/**
 * A signed verification summary (SLSA VSA 1) of a check: the result for one image, the policies it was held against and
 * the attestations that were looked at, as a Sigstore bundle. It says what the report says, allowed or not.
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
  const [policy] = report.policies;
  const predicate = encodeVerificationSummary({
    verifierId: verifier.id,
    verifierVersion: { amap: verifier.version },
    timeVerified: report.checkedAt,
    resourceUri: image.name,
    policy: { uri: policy?.source ?? "", digest: policy === undefined ? {} : digestSetOf(policy.digest) },
    inputAttestations: [...manifests].sort().map((digest) => ({ digest: digestSetOf(digest) })),
    verificationResult: report.allowed ? "PASSED" : "FAILED",
    verifiedLevels: [report.allowed ? "AMAP_POLICY_PASSED" : "FAILED"],
    slsaVersion: "1.2",
  });
  const statement = createStatement({
    subjects: [{ name: image.name, digest: digestSetOf(image.digest) }],
    predicateType: predicateTypeOf("vsa"),
    predicate,
  });
  return bundleOf(await signStatement(statement, signer), signer);
}

function digestSetOf(digest: string): Readonly<Record<string, string>> {
  return { [digestAlgorithm(digest as Digest)]: digestHex(digest as Digest) };
}
