import { matchesWildcard } from "../../base/index.ts";
import type { FailureAction } from "../evaluate/kyverno-response.ts";
import { compileSelector } from "../language/match/selector.ts";
import type { MatchTarget } from "../language/match/target.ts";
import type { ClusterPolicySpec, KyvernoRule } from "../resource/kyverno/cluster-policy.ts";
import type { FailureActionOverride } from "../resource/kyverno/rule-actions.ts";

/** What a rule's failure does for an object: Enforce denies, Audit reports. */
export type FailureActionOf = (target: MatchTarget) => FailureAction;

/** Old policies write the actions in lower case. */
export function readFailureAction(action: string | undefined): FailureAction {
  return action?.toLowerCase() === "enforce" ? "Enforce" : "Audit";
}

/**
 * A rule's failure action: its overrides, its own action (of verifyImages: Enforce when some entry says so), the policy's
 * overrides, the policy's action.
 */
export function compileFailureAction(rule: KyvernoRule, spec: ClusterPolicySpec): FailureActionOf {
  const { validate, verifyImages = [] } = rule;
  const stated = verifyImages.flatMap(({ failureAction }) => failureAction ?? []);
  const own =
    validate === undefined ? (stated.find((action) => action === "Enforce") ?? stated[0]) : validate.failureAction;
  const ownOverrides = (validate?.failureActionOverrides ?? []).map(compileOverride);
  const overrides = (spec.validationFailureActionOverrides ?? []).map(compileOverride);
  const fallback = readFailureAction(spec.validationFailureAction);
  const ownAction = own === undefined ? undefined : readFailureAction(own);
  if (ownOverrides.length === 0 && (ownAction !== undefined || overrides.length === 0)) {
    return () => ownAction ?? fallback;
  }
  const find = (list: readonly Override[], target: MatchTarget): FailureAction | undefined =>
    list.find((each) => each.applies(target))?.action;
  return (target) => find(ownOverrides, target) ?? ownAction ?? find(overrides, target) ?? fallback;
}

interface Override {
  readonly action: FailureAction;
  applies(target: MatchTarget): boolean;
}

function compileOverride({ action, namespaces, namespaceSelector }: FailureActionOverride): Override {
  const selector = namespaceSelector === undefined ? undefined : compileSelector(namespaceSelector);
  return {
    action: readFailureAction(action),
    applies(target) {
      if (action === undefined) return false;
      const isNamed = namespaces === undefined || namespaces.some((each) => matchesWildcard(each, target.namespace));
      return isNamed && (selector === undefined || selector.selects(target.namespaceLabels, target));
    },
  };
}
