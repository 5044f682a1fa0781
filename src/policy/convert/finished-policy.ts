import type { Value } from "../../base/index.ts";
import {
  type ConversionNote,
  type ConvertedRule,
  metadataOf,
  type RuleBody,
  type RuleHead,
  uniqueNames,
} from "./converted-rule.ts";
import { NotConvertible } from "./not-convertible.ts";

/** What differs between the kinds that generate and verifyImages rules become. */
export interface PolicyParts extends Omit<RuleBody, "statesMessage"> {
  readonly kind: "GeneratingPolicy" | "ImageValidatingPolicy";
  readonly phase: ConvertedRule["phase"];
  /** Where in the policy it was, if not the whole rule. */
  readonly path?: string;
  /** Tells it from other policies of the same rule. */
  readonly suffix?: string;
  readonly differences: readonly ConversionNote[];
}

/** The policy of a rule that makes objects or verifies images. */
export function finishPolicy(head: RuleHead, parts: PolicyParts): ConvertedRule {
  const { resource, rule, match, controllers } = head;
  const { path = head.path, differences, phase, suffix = "" } = parts;
  if (resource.policy.kind === "Policy" && parts.matchConditions.some(({ expression }) => asksCluster(expression)))
    throw new NotConvertible(`${path}.preconditions`, "a policy of a namespace looks objects up in its own way");
  const matchConditions = uniqueNames([...match.conditions, ...parts.matchConditions]);
  const metadata = metadataOf(resource, rule);
  const policy: Value = {
    apiVersion: "policies.kyverno.io/v1",
    kind: resource.policy.kind === "Policy" ? `Namespaced${parts.kind}` : parts.kind,
    metadata: suffix === "" ? metadata : withSuffix(metadata, suffix),
    spec: {
      ...timeoutOf(head),
      matchConstraints: {
        resourceRules: match.resourceRules,
        ...(match.namespaceSelector === undefined ? {} : { namespaceSelector: match.namespaceSelector }),
      },
      ...(matchConditions.length === 0 ? {} : { matchConditions }),
      ...parts.spec,
    },
  };
  return {
    rule: rule.name,
    path,
    policy,
    differences,
    phase,
    kinds: match.kinds,
    controllers,
    operations: [...new Set(match.kinds.flatMap((kind) => kind.operations))],
    statesMessage: false,
  };
}

/** Whether an expression looks up objects, in the words of a policy for the cluster. */
export const asksCluster = (expression: string): boolean => /\bresource\.(?:Get|List|get|list)\(/.test(expression);

function withSuffix(metadata: Value, suffix: string): Value {
  const named = metadata as { readonly name: string };
  return { ...named, name: `${named.name.slice(0, 62 - suffix.length)}-${suffix}` };
}

function timeoutOf({ resource }: RuleHead): Readonly<Record<string, Value>> {
  const { spec } = resource.policy;
  const timeoutSeconds = spec.webhookConfiguration?.timeoutSeconds ?? spec.webhookTimeoutSeconds;
  return timeoutSeconds === undefined ? {} : { webhookConfiguration: { timeoutSeconds } };
}
