import { isValueObject, type Value } from "../../base/index.ts";
import type { ClusterPolicyResource } from "../compile/cluster-policy.ts";
import type { KyvernoRule } from "../resource/kyverno/cluster-policy.ts";
import type { ConvertedMatch } from "./match-to-cel.ts";
import type { MatchedKind } from "./matched-kinds.ts";
import { NotConvertible } from "./not-convertible.ts";

/** Something of a policy, where it is, and why it is so. */
export interface ConversionNote {
  /** As in `spec.rules[0].validate.pattern.spec`. */
  readonly path: string;
  readonly reason: string;
}

/** A rule or a document in the words of a CEL kind. */
export interface ConvertedPart {
  /** The rule's name, or the document's. */
  readonly rule: string;
  /** `spec.rules[0]`. */
  readonly path: string;
  /** The policy that says the same. */
  readonly policy: Value;
  /** Where it does not say the same all the same: a proof leaves that out. */
  readonly differences: readonly ConversionNote[];
  /** What it is about, for making objects that try it. */
  readonly kinds: readonly MatchedKind[];
  /** Kinds of controllers of Pods that it is extended to. */
  readonly controllers: readonly string[];
  readonly operations: readonly string[];
  /** The objects of other kinds are another part's. */
  readonly onlyKinds?: readonly string[];
}

/** A rule in the words of a CEL kind. */
export interface ConvertedRule extends ConvertedPart {
  readonly phase: "mutate" | "validate" | "generate" | "verifyImages";
  /** Whether the rule states a message: then messages must agree, too. */
  readonly statesMessage: boolean;
}

/** What all converted rules have. */
export interface RuleHead {
  readonly resource: ClusterPolicyResource;
  readonly rule: KyvernoRule;
  readonly path: string;
  readonly match: ConvertedMatch;
  readonly controllers: readonly string[];
}

/** What a rule says, whatever it is about. */
export interface RuleBody {
  readonly spec: Readonly<Record<string, Value>>;
  readonly matchConditions: readonly { readonly name: string; readonly expression: string }[];
  readonly statesMessage: boolean;
}

/** What differs between the kinds that a rule becomes. */
export interface RuleParts extends RuleBody {
  readonly kind: "ValidatingPolicy" | "MutatingPolicy";
  readonly differences: readonly ConversionNote[];
}

/** The policy of a rule, and what it does not say. */
export function finishRule({ resource, rule, path, match, controllers }: RuleHead, parts: RuleParts): ConvertedRule {
  const { spec } = resource.policy;
  const differences = [...parts.differences];
  const extended = extension(match, controllers);
  if (extended.refused !== undefined) throw new NotConvertible(`${path}.match`, extended.refused);
  if (controllers.includes("ReplicationController")) {
    differences.push({ path, reason: "it is not extended to ReplicationControllers" });
  }
  if (/"operator":"(?:Any|All)?(?:Not)?In"/.test(JSON.stringify([rule.preconditions, rule.validate]))) {
    differences.push({ path, reason: "a value of the object that itself holds * or ? is not read as a pattern" });
  }
  if (JSON.stringify(parts.spec).includes("resource.Get('v1', 'configmaps'")) {
    differences.push({
      path: `${path}.context`,
      reason: "a ConfigMap without data is an error in it, and null in the rule",
    });
  }
  if (/'\{\{/.test(JSON.stringify(rule))) {
    differences.push({ path, reason: "an apostrophe in a value does not end the text that the value is put into" });
  }
  const matchConditions = uniqueNames([...match.conditions, ...parts.matchConditions]);
  if (
    controllers.length > 0 &&
    /\b(?:object|oldObject)\.(?:spec|metadata)/.test(JSON.stringify(messagesOf(parts.spec)))
  ) {
    throw new NotConvertible(path, "the message has a path in it that would be rewritten for the controllers of Pods");
  }
  const { failurePolicy = spec.failurePolicy } = spec.webhookConfiguration ?? {};
  if (failurePolicy === "Ignore" && parts.matchConditions.length > 0) {
    throw new NotConvertible(
      path,
      "under failurePolicy Ignore a condition that fails leaves the object alone, where the rule is an error",
    );
  }
  const policy: Value = {
    apiVersion: "policies.kyverno.io/v1",
    kind: resource.policy.kind === "Policy" ? `Namespaced${parts.kind}` : parts.kind,
    metadata: metadataOf(resource, rule),
    spec: {
      ...evaluationOf(spec),
      ...webhookOf(spec),
      ...extended.spec,
      matchConstraints: {
        resourceRules: match.resourceRules,
        ...(match.namespaceSelector === undefined ? {} : { namespaceSelector: match.namespaceSelector }),
      },
      ...(matchConditions.length === 0 ? {} : { matchConditions }),
      ...parts.spec,
    },
  };
  const operations = [...new Set(match.kinds.flatMap((kind) => kind.operations))];
  if (statesNoOperations(rule)) {
    differences.push({
      path: `${path}.match`,
      reason: "it does not look at deletions and connections, where the rule finds no object or fails",
    });
  }
  return {
    rule: rule.name,
    path,
    policy,
    differences,
    phase: parts.kind === "MutatingPolicy" ? "mutate" : "validate",
    kinds: match.kinds,
    controllers,
    operations,
    statesMessage: parts.statesMessage,
  };
}

type Spec = ClusterPolicyResource["policy"]["spec"];

export function metadataOf({ policy: { kind, metadata, spec } }: ClusterPolicyResource, rule: KyvernoRule): Value {
  const { name, namespace, labels } = metadata;
  const annotations = Object.entries(metadata.annotations ?? {}).filter(
    ([key]) => !key.startsWith("pod-policies.kyverno.io/"),
  );
  return {
    name: (spec.rules ?? []).length === 1 ? name : nameFor(name, rule.name),
    ...(kind === "Policy" && namespace !== undefined ? { namespace } : {}),
    ...(labels === undefined ? {} : { labels }),
    ...(annotations.length === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
  };
}

function webhookOf(spec: Spec): Readonly<Record<string, Value>> {
  const { failurePolicy = spec.failurePolicy, timeoutSeconds = spec.webhookTimeoutSeconds } =
    spec.webhookConfiguration ?? {};
  return {
    ...(failurePolicy === undefined ? {} : { failurePolicy }),
    ...(timeoutSeconds === undefined ? {} : { webhookConfiguration: { timeoutSeconds } }),
  };
}

function statesNoOperations({ match, validate }: KyvernoRule): boolean {
  if (validate === undefined || validate.pattern !== undefined || validate.anyPattern !== undefined) return false;
  const filters = [match, ...(match.any ?? []), ...(match.all ?? [])];
  return filters.every(({ resources }) => (resources?.operations ?? []).length === 0);
}

function messagesOf(spec: Readonly<Record<string, Value>>): Value {
  const validations = spec["validations"];
  return Array.isArray(validations)
    ? (validations as readonly Value[]).map((each) => (isValueObject(each) ? (each["message"] ?? "") : ""))
    : [];
}

export function uniqueNames(
  conditions: readonly { readonly name: string; readonly expression: string }[],
): readonly { readonly name: string; readonly expression: string }[] {
  return conditions.map((condition, index) => {
    const isTaken = conditions.slice(0, index).some(({ name }) => name === condition.name);
    return isTaken ? { ...condition, name: `${condition.name}-${index}` } : condition;
  });
}

export function evaluationOf({
  admission = true,
  background = true,
}: ClusterPolicyResource["policy"]["spec"]): Readonly<Record<string, Value>> {
  if (admission && background) return {};
  return {
    evaluation: {
      ...(admission ? {} : { admission: { enabled: false } }),
      ...(background ? {} : { background: { enabled: false } }),
    },
  };
}

const PLURALS: Readonly<Record<string, string>> = {
  DaemonSet: "daemonsets",
  Deployment: "deployments",
  ReplicaSet: "replicasets",
  StatefulSet: "statefulsets",
  Job: "jobs",
  CronJob: "cronjobs",
};

/** Which controllers of Pods the policy is extended to, where that is not what it is when nothing is said. */
function extension(
  match: ConvertedMatch,
  controllers: readonly string[],
): { readonly spec: Readonly<Record<string, Value>>; readonly refused?: string } {
  const extends_ = match.resourceRules.length === 1 && match.kinds.length === 1 && match.kinds[0]?.resource === "pods";
  if (!extends_)
    return controllers.length === 0
      ? { spec: {} }
      : { spec: {}, refused: "the rule is extended to the controllers of Pods, and a policy like this one is not" };
  const wanted = controllers.flatMap((kind) => PLURALS[kind] ?? []);
  if (wanted.length === Object.keys(PLURALS).length) return { spec: {} };
  return { spec: { autogen: { podControllers: { controllers: wanted } } } };
}

function nameFor(policy: string, rule: string): string {
  const name = `${policy}-${rule}`
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  return name.slice(0, 63).replace(/[-.]+$/, "");
}
