import { matchesWildcard } from "../../../base/index.ts";
import { hasWildcard } from "../../language/pattern/wildcard.ts";
import type { ClusterPolicy, ClusterPolicySpec } from "./cluster-policy.ts";
import { createFindings, type FindingsWriter, type PolicyFindings } from "./findings.ts";
import type { FailureActionOverride } from "./rule-actions.ts";
import { filtersOf } from "./validate-match.ts";
import { validateRule } from "./validate-rule.ts";
import { refuseUserVariables } from "./validate-variables.ts";

const AUTOGEN = "pod-policies.kyverno.io/autogen-controllers";
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * What Kyverno refuses when a ClusterPolicy or Policy is made, and its schema does not say: every finding, each with its
 * path. What needs a cluster (kinds that exist, permissions) or a compiler (JMESPath, CEL) is not looked at here.
 */
export function validateClusterPolicy(policy: ClusterPolicy): PolicyFindings {
  const findings = createFindings();
  const { spec, metadata } = policy;
  checkMetadata(policy, findings);
  checkSpec(spec, findings);
  const namespaced = policy.kind === "Policy";
  const background = spec.background ?? true;
  const context = {
    namespaced,
    policyNamespace: metadata.namespace ?? "",
    background,
    audits: !isEnforce(spec.validationFailureAction ?? "Audit"),
  };
  const seen = new Set<string>();
  spec.rules?.forEach((rule, index) => {
    const path = `spec.rules[${index}]`;
    if (seen.has(rule.name))
      findings.fail(`${path}.name`, `there is already a rule named ${JSON.stringify(rule.name)}`);
    seen.add(rule.name);
    validateRule(rule, path, context, findings);
  });
  if (namespaced && spec.validationFailureActionOverrides !== undefined) {
    findings.fail("spec.validationFailureActionOverrides", "a Policy holds in one namespace: expected none");
  }
  if (!namespaced) checkAllOverrides(spec, findings);
  if (background && !changesTargets(spec)) checkUserVariables(policy, findings);
  if (policy.apiVersion === "kyverno.io/v2beta1") refuseOlderForm(spec, findings);
  return findings;
}

function isEnforce(action: string): boolean {
  return action.toLowerCase() === "enforce";
}

function checkMetadata({ kind, metadata }: ClusterPolicy, findings: FindingsWriter): void {
  if (kind === "ClusterPolicy" && metadata.namespace !== undefined) {
    findings.fail("metadata.namespace", "a ClusterPolicy has no namespace: write a Policy, or leave it out");
  }
  if (metadata.name.length > 63) {
    findings.fail("metadata.name", `expected at most 63 characters, found ${metadata.name.length}`);
  }
  if (metadata.annotations?.[AUTOGEN] === "all") {
    findings.fail(`metadata.annotations["${AUTOGEN}"]`, 'expected controllers or none: "all" is the default');
  }
}

function checkSpec(spec: ClusterPolicySpec, findings: FindingsWriter): void {
  const { webhookConfiguration: webhook, rules = [] } = spec;
  if (spec.webhookTimeoutSeconds !== undefined && webhook?.timeoutSeconds !== undefined) {
    findings.fail("spec.webhookTimeoutSeconds", "webhookConfiguration.timeoutSeconds is there as well: leave this out");
  }
  if (spec.failurePolicy !== undefined && webhook?.failurePolicy !== undefined) {
    findings.fail("spec.failurePolicy", "webhookConfiguration.failurePolicy is there as well: leave this out");
  }
  if (spec.generateExistingOnPolicyUpdate !== undefined) {
    findings.fail("spec.generateExistingOnPolicyUpdate", "removed: write generate.generateExisting of each rule");
  }
  checkTimeout(spec.webhookTimeoutSeconds, "spec.webhookTimeoutSeconds", findings);
  checkTimeout(webhook?.timeoutSeconds, "spec.webhookConfiguration.timeoutSeconds", findings);
  if (spec.admission === false) {
    if (spec.background === false) findings.fail("spec.admission", "expected admission or background, found both off");
    if (rules.some((rule) => rule.mutate ?? rule.generate ?? rule.verifyImages)) {
      findings.fail("spec.admission", "expected rules with validate only, because admission is off");
    }
  }
  rules.forEach(({ mutate }, index) => {
    const onUpdate = mutate?.mutateExistingOnPolicyUpdate ?? spec.mutateExistingOnPolicyUpdate ?? false;
    if (mutate === undefined || !onUpdate || (mutate.targets ?? []).length > 0) return;
    const path = `spec.rules[${index}].mutate.targets`;
    findings.fail(path, "expected targets, because mutateExistingOnPolicyUpdate is set");
  });
}

function checkTimeout(seconds: number | undefined, path: string, findings: FindingsWriter): void {
  if (seconds === undefined || (seconds >= 1 && seconds <= 30)) return;
  findings.fail(path, `expected an integer from 1 to 30, found ${seconds}`);
}

function changesTargets(spec: ClusterPolicySpec): boolean {
  return spec.rules?.some(({ mutate }) => mutate?.targets !== undefined) ?? false;
}

/** Kyverno looks through the whole policy, annotations as well, but for the copy of it that kubectl keeps. */
function checkUserVariables({ metadata, spec }: ClusterPolicy, findings: FindingsWriter): void {
  const { [LAST_APPLIED]: _copy, ...annotations } = metadata.annotations ?? {};
  refuseUserVariables(annotations, "metadata.annotations", findings);
  refuseUserVariables(spec, "spec", findings);
}

function checkAllOverrides(spec: ClusterPolicySpec, findings: FindingsWriter): void {
  checkOverrides(spec.validationFailureActionOverrides, "spec.validationFailureActionOverrides", findings);
  spec.rules?.forEach(({ validate }, index) => {
    checkOverrides(validate?.failureActionOverrides, `spec.rules[${index}].validate.failureActionOverrides`, findings);
  });
}

/** A namespace may have one action only. */
function checkOverrides(
  overrides: readonly FailureActionOverride[] | undefined,
  path: string,
  findings: FindingsWriter,
): void {
  const seen = { enforce: createNameSet(), audit: createNameSet() };
  overrides?.forEach(({ action, namespaces }, index) => {
    if (action === undefined) {
      findings.fail(`${path}[${index}].action`, "expected an action");
      return;
    }
    const [own, other] = isEnforce(action) ? [seen.enforce, seen.audit] : [seen.audit, seen.enforce];
    for (const name of namespaces ?? []) {
      const found = other.find(name);
      if (found !== undefined) {
        const message = `${JSON.stringify(name)} and ${JSON.stringify(found)} have different actions`;
        findings.fail(`${path}[${index}].namespaces`, message);
      }
      own.add(name);
    }
  });
}

interface NameSet {
  add(name: string): void;
  /** A name or pattern of the set that has a name in common with this one. */
  find(name: string): string | undefined;
}

/** Names and patterns; names are looked up, and only patterns are compared with each. */
function createNameSet(): NameSet {
  const names = new Set<string>();
  const patterns: string[] = [];
  return {
    add(name) {
      if (hasWildcard(name)) patterns.push(name);
      names.add(name);
    },
    find(name) {
      if (names.has(name)) return name;
      const isPattern = hasWildcard(name);
      return (
        patterns.find((pattern) => matchesWildcard(pattern, name)) ??
        (isPattern ? [...names].find((other) => matchesWildcard(name, other)) : undefined)
      );
    },
  };
}

function refuseOlderForm(spec: ClusterPolicySpec, findings: FindingsWriter): void {
  spec.rules?.forEach(({ match, exclude }, index) => {
    for (const [name, part] of Object.entries({ match, exclude })) {
      const path = `spec.rules[${index}].${name}`;
      if (part === undefined || !filtersOf(part, path).some((each) => each.path === path)) continue;
      findings.fail(path, "kyverno.io/v2beta1 has any and all only");
    }
  });
}
