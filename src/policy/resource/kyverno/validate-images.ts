import type { KyvernoRule } from "./cluster-policy.ts";
import type { FindingsWriter } from "./findings.ts";
import type { Attestor, AttestorSet, ImageVerification } from "./image-verification.ts";
import { refuseOldestOperators, validateConditions, warnOfOperators } from "./validate-conditions.ts";

const HASHES: readonly string[] = ["", "sha224", "sha256", "sha384", "sha512"];

/** The image verifications of a rule. `policyAudits` is whether the policy's own action is Audit, as it is by default. */
export function validateVerifyImages(
  rule: KyvernoRule,
  path: string,
  policyAudits: boolean,
  findings: FindingsWriter,
): void {
  // As in Kyverno, an action holds for the verifications after it, too.
  let audits = policyAudits;
  rule.verifyImages?.forEach((image, index) => {
    if (image.failureAction !== undefined) audits = image.failureAction === "Audit";
    checkVerification(image, `${path}.verifyImages[${index}]`, audits, findings);
  });
  const mutates = rule.verifyImages?.some(({ mutateDigest = true }) => mutateDigest) ?? false;
  if (!mutates) return;
  for (const [kind, extractors] of Object.entries(rule.imageExtractors ?? {})) {
    extractors.forEach(({ jmesPath = "" }, index) => {
      if (jmesPath === "") return;
      const at = `${path}.imageExtractors.${kind}[${index}].jmesPath`;
      findings.fail(at, "an image that a jmesPath makes cannot be rewritten: set mutateDigest to false");
    });
  }
}

function checkVerification(image: ImageVerification, path: string, audits: boolean, findings: FindingsWriter): void {
  if (audits && (image.mutateDigest ?? true)) {
    findings.fail(`${path}.mutateDigest`, "expected false, because the action is Audit");
  }
  const references = [...(image.imageReferences ?? []), ...(image.image ? [image.image] : [])];
  if (references.length === 0) findings.fail(`${path}.imageReferences`, "expected at least one image pattern");
  if (references.some((each) => each.includes("{{"))) {
    findings.fail(`${path}.imageReferences`, "variables are not allowed in image patterns");
  }
  checkSets(image.attestors, `${path}.attestors`, findings);
  image.attestations?.forEach((attestation, index) => {
    const at = `${path}.attestations[${index}]`;
    checkSets(attestation.attestors, `${at}.attestors`, findings);
    attestation.conditions?.forEach((conditions, each) => {
      warnOfOperators(conditions, `${at}.conditions[${each}]`, findings);
      refuseOldestOperators(conditions, `${at}.conditions[${each}]`, findings);
    });
  });
  validateConditions(image.validate?.deny?.conditions, `${path}.validate.deny.conditions`, findings);
  if (image.type === "Notary") checkNotary(image, path, findings);
}

function checkNotary({ attestors }: ImageVerification, path: string, findings: FindingsWriter): void {
  attestors?.forEach((set, index) => {
    set.entries?.forEach((entry, each) => {
      for (const name of ["keys", "keyless"] as const) {
        if (entry[name] === undefined) continue;
        findings.fail(`${path}.attestors[${index}].entries[${each}].${name}`, "Notary signatures need certificates");
      }
    });
  });
}

function checkSets(sets: readonly AttestorSet[] | undefined, path: string, findings: FindingsWriter): void {
  sets?.forEach((set, index) => {
    checkSet(set, `${path}[${index}]`, findings);
  });
}

function checkSet({ count = 0, entries = [] }: AttestorSet, path: string, findings: FindingsWriter): void {
  if (entries.length === 0) findings.fail(`${path}.entries`, "expected at least one attestor");
  else if (count > entries.length) {
    findings.fail(`${path}.count`, `expected at most ${entries.length}, the number of attestors, found ${count}`);
  }
  entries.forEach((entry, index) => {
    checkAttestor(entry, `${path}.entries[${index}]`, findings);
  });
}

function checkAttestor(attestor: Attestor, path: string, findings: FindingsWriter): void {
  const { keys, certificates, keyless } = attestor;
  const kinds = [keys, certificates, keyless, attestor.attestor].filter((each) => each !== undefined);
  if (kinds.length !== 1) {
    findings.fail(path, `expected exactly one of keys, certificates, keyless, attestor, found ${kinds.length}`);
  }
  if (keys !== undefined) {
    if (!keys.publicKeys && !keys.kms && keys.secret === undefined) {
      findings.fail(`${path}.keys`, "expected publicKeys, kms or secret, found none");
    }
    if (!HASHES.includes(keys.signatureAlgorithm ?? "")) {
      findings.fail(`${path}.keys.signatureAlgorithm`, `expected one of ${HASHES.slice(1).join(", ")}`);
    }
  }
  if (certificates !== undefined && !certificates.cert && !certificates.certChain) {
    findings.fail(`${path}.certificates`, "expected cert or certChain, found neither");
  }
  if (keyless !== undefined) {
    if (keyless.rekor === undefined && !keyless.roots) {
      findings.fail(`${path}.keyless`, "expected rekor or roots, found neither");
    }
    if (keyless.rekor !== undefined && !keyless.rekor.url) findings.fail(`${path}.keyless.rekor.url`, "expected a URL");
  }
  if (attestor.attestor !== undefined) checkSet(attestor.attestor, `${path}.attestor`, findings);
}
