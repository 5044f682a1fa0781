import { parseDurationNs } from "../../../base/index.ts";
import type { CleanupPolicy } from "./cleanup-policy.ts";
import { cronFault } from "./cron.ts";
import { createFindings, inClusterOnly, type PolicyFindings } from "./findings.ts";
import type { GlobalContextEntry } from "./global-context-entry.ts";
import type { PolicyException } from "./policy-exception.ts";
import { warnOfOperators } from "./validate-conditions.ts";
import { checkJmesPath } from "./validate-context.ts";
import { checkForm, matchesNothing } from "./validate-match.ts";
import { checkExclusion } from "./validate-validation.ts";

/** What Kyverno refuses in a PolicyException beyond its schema: in a cluster, because its CLI takes them as they are. */
export function validatePolicyException({ spec }: PolicyException): PolicyFindings {
  const findings = createFindings();
  const context = { namespaced: false, policyNamespace: "", background: spec.background ?? true, anyKind: true };
  checkForm(spec.match, "spec.match", context, findings);
  warnOfOperators(spec.conditions, "spec.conditions", findings);
  spec.exceptions.forEach(({ policyName }, index) => {
    if (policyName === "") findings.fail(`spec.exceptions[${index}].policyName`, "expected a policy's name");
  });
  spec.podSecurity?.forEach((exclusion, index) => {
    checkExclusion(exclusion, `spec.podSecurity[${index}]`, findings);
  });
  return inClusterOnly(findings);
}

/** As {@link validatePolicyException}, for a CleanupPolicy or ClusterCleanupPolicy. */
export function validateCleanupPolicy({ kind, metadata, spec }: CleanupPolicy): PolicyFindings {
  const findings = createFindings();
  if (metadata.name.length > 63) {
    findings.fail("metadata.name", `expected at most 63 characters, found ${metadata.name.length}`);
  }
  // Nobody asks for a cleanup, as in a background scan.
  const context = {
    namespaced: kind === "CleanupPolicy",
    policyNamespace: metadata.namespace ?? "",
    background: true,
    anyKind: true,
    userHint: "when a cleanup runs: leave it out",
  };
  checkForm(spec.match, "spec.match", context, findings);
  if (spec.exclude !== undefined) checkForm(spec.exclude, "spec.exclude", context, findings);
  if (excludesAll(spec)) findings.fail("spec.exclude", "the policy matches nothing: it excludes all that it matches");
  spec.context?.forEach((entry, index) => {
    for (const name of ["configMap", "imageRegistry"] as const) {
      if (entry[name] !== undefined) findings.fail(`spec.context[${index}].${name}`, "not allowed in a cleanup policy");
    }
  });
  warnOfOperators(spec.conditions, "spec.conditions", findings);
  const fault = cronFault(spec.schedule);
  if (fault !== undefined) findings.fail("spec.schedule", fault);
  return inClusterOnly(findings);
}

/** What Kyverno refuses in a GlobalContextEntry beyond its schema. */
export function validateGlobalContextEntry({ metadata, spec }: GlobalContextEntry): PolicyFindings {
  const findings = createFindings();
  const { kubernetesResource: resource, apiCall, projections } = spec;
  if (resource !== undefined && (resource.group ?? "") === "" && resource.version !== "v1") {
    findings.fail("spec.kubernetesResource.group", "expected a group: the core group has v1 only");
  }
  if (apiCall !== undefined) {
    if ((apiCall.service === undefined) === ((apiCall.urlPath ?? "") === "")) {
      findings.fail("spec.apiCall", "expected exactly one of urlPath, service");
    }
    if (apiCall.data !== undefined && apiCall.method !== "POST") {
      findings.fail("spec.apiCall.method", "expected POST, because there is data");
    }
    if ((parseDurationNs(apiCall.refreshInterval ?? "10m") ?? 0n) === 0n) {
      findings.fail("spec.apiCall.refreshInterval", "expected a duration such as 10m, greater than 0");
    }
  }
  projections?.forEach(({ name, jmesPath }, index) => {
    const path = `spec.projections[${index}]`;
    if (name === metadata.name) findings.fail(`${path}.name`, "expected another name than the entry's");
    checkJmesPath(jmesPath, `${path}.jmesPath`, findings);
  });
  return findings;
}

/** For cleanup policies an exclude that is no list of filters counts as all, if it says anything. */
function excludesAll({ match, exclude }: CleanupPolicy["spec"]): boolean {
  return exclude !== undefined && Object.keys(exclude).length > 0 && matchesNothing({ match, exclude });
}
