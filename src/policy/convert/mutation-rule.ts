import { isValueObject, memberOf, textOf, type Value } from "../../base/index.ts";
import { autogenRules } from "../compile/autogen.ts";
import type { ClusterPolicyResource } from "../compile/cluster-policy.ts";
import type { KyvernoRule } from "../resource/kyverno/cluster-policy.ts";
import { convertConditions } from "./conditions-to-cel.ts";
import { type ConvertedRule, finishRule, type RuleHead } from "./converted-rule.ts";
import type { FieldType } from "./field-types.ts";
import { convertMutation } from "./mutation-to-cel.ts";
import { NotConvertible } from "./not-convertible.ts";
import { scopeOf } from "./validation-to-cel.ts";

/** How a rule is read: what it matches, and the types of what it is about. */
interface RuleReader {
  readonly headOf: (rule: KyvernoRule) => RuleHead;
  readonly typeOf: (head: RuleHead) => FieldType;
}

/**
 * A mutate rule as one policy; where that cannot be extended to the controllers of Pods (a JSON patch is not, nor what
 * changes metadata), as one policy for each place that Pods are in. It throws NotConvertible.
 */
export function convertMutationRules(
  resource: ClusterPolicyResource,
  rule: KyvernoRule,
  reader: RuleReader,
): readonly ConvertedRule[] {
  const head = reader.headOf(rule);
  const made = convertOne(head, reader);
  if (made !== undefined) return [made];
  const extended = autogenRules(resource.policy.spec.rules ?? [], resource.policy.metadata.annotations);
  const parts: readonly Part[] = [
    { rule, kinds: ["Pod"], suffix: "" },
    ...TEMPLATES.flatMap(({ kinds, prefix, suffix }) => {
      const chosen = head.controllers.filter((kind) => kinds.includes(kind));
      const [first] = chosen;
      const own = first === undefined ? undefined : generated(extended.forKind(first), prefix, rule.name);
      return own === undefined ? [] : [{ rule: own, kinds: chosen, suffix }];
    }),
  ];
  return parts.map((part) => convertPart(part, rule, reader));
}

/** What a rule is for the objects of some kinds. */
interface Part {
  readonly rule: KyvernoRule;
  readonly kinds: readonly string[];
  /** What the name of its policy ends with. */
  readonly suffix: string;
}

const TEMPLATES: readonly { readonly kinds: readonly string[]; readonly prefix: string; readonly suffix: string }[] = [
  {
    kinds: ["DaemonSet", "Deployment", "Job", "ReplicaSet", "ReplicationController", "StatefulSet"],
    prefix: "autogen-",
    suffix: "-controllers",
  },
  { kinds: ["CronJob"], prefix: "autogen-cronjob-", suffix: "-cronjobs" },
];

/** Names are cut off at 63 bytes. */
function generated(rules: readonly KyvernoRule[], prefix: string, name: string): KyvernoRule | undefined {
  return rules.find((each) => each.name === `${prefix}${name}`.slice(0, 63));
}

function convertPart({ rule, kinds, suffix }: Part, source: KyvernoRule, reader: RuleReader): ConvertedRule {
  const head: RuleHead = { ...reader.headOf(rule), controllers: [] };
  const made = convertOne(head, reader);
  if (made === undefined) throw new NotConvertible(head.path, "the rule is extended to other kinds in its own way");
  const isForPods = suffix === "";
  return {
    ...made,
    rule: source.name,
    controllers: isForPods ? [] : kinds,
    onlyKinds: kinds,
    policy: isForPods ? made.policy : renamed(made.policy, source.name, rule.name, suffix),
  };
}

function renamed(policy: Value, name: string, generatedName: string, suffix: string): Value {
  const metadata = memberOf(policy, "metadata");
  if (!isValueObject(policy) || !isValueObject(metadata)) return policy;
  const own = textOf(metadata, "name");
  const plain = own.endsWith(generatedName) ? `${own.slice(0, -generatedName.length)}${name}` : own;
  const short = plain.slice(0, 63 - suffix.length).replace(/[-.]+$/, "");
  return { ...policy, metadata: { ...metadata, name: `${short}${suffix}` } };
}

/** Undefined where it would have to be extended to controllers, and cannot be. */
function convertOne(head: RuleHead, reader: RuleReader): ConvertedRule | undefined {
  const { rule, path, match, controllers } = head;
  const { mutate } = rule;
  if (mutate === undefined) throw new NotConvertible(path, "there is nothing to change");
  const operations = [...new Set(match.kinds.flatMap((kind) => kind.operations))];
  const scope = scopeOf("object", reader.typeOf(head), rule.context, `${path}.context`, { operations });
  const { mutations, condition } = convertMutation(mutate, scope, `${path}.mutate`);
  if (controllers.length > 0 && /Object\.metadata\{|JSONPatch\{/.test(JSON.stringify(mutations))) return undefined;
  const matchConditions: { name: string; expression: string }[] = [];
  if (rule.preconditions !== undefined) {
    const met = convertConditions(rule.preconditions, { scope, path: `${path}.preconditions` });
    if (met.constant !== true) matchConditions.push({ name: "preconditions", expression: met.text });
  }
  if (condition.constant !== true) matchConditions.push({ name: "to-be-changed", expression: condition.text });
  return finishRule(head, {
    kind: "MutatingPolicy",
    spec: { mutations },
    matchConditions,
    statesMessage: false,
    differences: [],
  });
}
