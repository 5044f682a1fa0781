import { matchesWildcard, type Value } from "../../base/index.ts";
import type { PolicyException } from "../resource/kyverno/policy-exception.ts";
import { atom, type CelText, quote, relation, TRUE } from "./cel-text.ts";
import { convertConditions } from "./conditions-to-cel.ts";
import type { ConversionNote, ConvertedPart, ConvertedRule } from "./converted-rule.ts";
import { typeOfKinds } from "./field-types.ts";
import { excludes, scopeOfKinds } from "./match-to-cel.ts";
import { NotConvertible, notesOf } from "./not-convertible.ts";
import { scopeOf } from "./validation-to-cel.ts";

/** A rule that was converted, and the policy that it stood in as exceptions name it: `namespace/name` for a Policy. */
export interface ExceptedRule {
  readonly policy: string;
  readonly rule: ConvertedRule;
}

/** What became of a PolicyException. */
export interface ExceptionConversion {
  readonly converted: readonly ConvertedException[];
  readonly unconverted: readonly ConversionNote[];
}

/** An exception from what rules were converted to. */
export interface ConvertedException extends ConvertedPart {
  readonly rules: readonly ExceptedRule[];
}

/**
 * A PolicyException of kyverno.io as one of policies.kyverno.io, from the policies that its rules were converted to. A
 * rule that is not among them is named; what its match block or conditions cannot say refuses the whole exception.
 *
 * @example
 * ```ts
 * import { convertException, convertPolicy, decodePolicies } from "../index.ts";
 * const decoded = decodePolicies(`
 * apiVersion: kyverno.io/v1
 * kind: ClusterPolicy
 * metadata: {name: named}
 * spec:
 *   rules:
 *   - name: team
 *     match: {any: [{resources: {kinds: [ConfigMap]}}]}
 *     validate: {message: say who, pattern: {metadata: {labels: {team: "?*"}}}}
 * ---
 * apiVersion: kyverno.io/v2
 * kind: PolicyException
 * metadata: {name: old, namespace: shop}
 * spec:
 *   exceptions: [{policyName: named, ruleNames: [team]}]
 *   match: {any: [{resources: {kinds: [ConfigMap], namespaces: [shop]}}]}
 * `, "named.yaml");
 * const [policy, exception] = decoded.ok ? decoded.value : [];
 * const rules = policy?.kind === "ClusterPolicy" ? convertPolicy(policy).converted : [];
 * const excepted = rules.map((rule) => ({ policy: "named", rule }));
 * const done = exception?.kind === "PolicyException" ? convertException(exception.policy, excepted) : undefined;
 * done?.converted.length; // 1
 * ```
 */
export function convertException(exception: PolicyException, rules: readonly ExceptedRule[]): ExceptionConversion {
  const unconverted: ConversionNote[] = [];
  const wanted = exception.spec.exceptions.flatMap(({ policyName, ruleNames }, index) => {
    const found = rules.flatMap((each): readonly Exempted[] => {
      if (each.policy !== policyName) return [];
      const restriction = restrictionOf(each.rule, ruleNames);
      return restriction === undefined ? [] : [{ ...each, restriction }];
    });
    if (found.length === 0) {
      const reason = `no rule ${ruleNames.join(", ")} of ${policyName} was converted, or it is not among the files`;
      unconverted.push({ path: `spec.exceptions[${index}]`, reason });
    }
    return found;
  });
  const groups = Map.groupBy(wanted, ({ restriction }) => restriction.text);
  const converted = [...groups.values()].flatMap((group, index) => {
    try {
      return [convertGroup(exception, group, index)];
    } catch (thrown) {
      unconverted.push(...notesOf(thrown, "spec"));
      return [];
    }
  });
  return { converted, unconverted };
}

interface Exempted extends ExceptedRule {
  /** The kinds that the rule's own names stand for; TRUE for all that it is about. */
  readonly restriction: CelText;
}

const TEMPLATE_KINDS = ["DaemonSet", "Deployment", "Job", "ReplicaSet", "StatefulSet"];

/** A rule that is extended to controllers has a name for each of its forms, and an exception may name one alone. */
function restrictionOf({ rule, controllers }: ConvertedRule, patterns: readonly string[]): CelText | undefined {
  const isNamed = (name: string): boolean => patterns.some((pattern) => matchesWildcard(pattern, name));
  const own = isNamed(rule);
  if (controllers.length === 0) return own ? TRUE : undefined;
  const kinds = [
    ...(own ? ["Pod"] : []),
    ...(isNamed(`autogen-${rule}`.slice(0, 63)) ? TEMPLATE_KINDS.filter((kind) => controllers.includes(kind)) : []),
    ...(isNamed(`autogen-cronjob-${rule}`.slice(0, 63)) && controllers.includes("CronJob") ? ["CronJob"] : []),
  ];
  if (kinds.length === 0) return undefined;
  const all = ["Pod", ...controllers.filter((kind) => TEMPLATE_KINDS.includes(kind) || kind === "CronJob")];
  if (kinds.length === all.length) return TRUE;
  const [only = ""] = kinds;
  return kinds.length === 1
    ? relation("object.kind", "==", quote(only))
    : atom(`object.kind in [${kinds.map(quote).join(", ")}]`);
}

function convertGroup(exception: PolicyException, group: readonly Exempted[], index: number): ConvertedException {
  const { metadata, spec } = exception;
  if ((spec.podSecurity ?? []).length > 0)
    throw new NotConvertible("spec.podSecurity", "controls of the Pod Security Standards are no CEL");
  if (spec.background === false)
    throw new NotConvertible("spec.background", "an exception holds in background scans, too");
  const kinds = group.flatMap(({ rule }) => rule.kinds);
  const conditions = conditionsOf(exception, group);
  const made: Value = {
    apiVersion: "policies.kyverno.io/v1",
    kind: "PolicyException",
    metadata: {
      name: index === 0 ? metadata.name : `${metadata.name}-${index + 1}`,
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      ...(metadata.labels === undefined ? {} : { labels: metadata.labels }),
      ...(metadata.annotations === undefined ? {} : { annotations: metadata.annotations }),
    },
    spec: {
      policyRefs: refsOf(group),
      ...(conditions.length === 0 ? {} : { matchConditions: conditions }),
    },
  };
  return {
    rule: metadata.name,
    path: "spec",
    policy: made,
    differences: [{ path: "spec.match", reason: "it does not look at deletions" }],
    kinds,
    controllers: [...new Set(group.flatMap(({ rule }) => rule.controllers))],
    operations: ["CREATE", "UPDATE"],
    rules: group.map(({ policy, rule }) => ({ policy, rule })),
  };
}

function refsOf(group: readonly Exempted[]): Value {
  const refs = group.map(({ rule: { policy } }) => {
    const { kind, metadata } = policy as { readonly kind: string; readonly metadata: { readonly name: string } };
    return { name: metadata.name, kind };
  });
  return refs.filter(
    (ref, index) => refs.findIndex((other) => other.name === ref.name && other.kind === ref.kind) === index,
  );
}

interface NamedCondition {
  readonly [key: string]: string;
  readonly name: string;
  readonly expression: string;
}

function conditionsOf({ spec }: PolicyException, group: readonly Exempted[]): readonly NamedCondition[] {
  const kinds = group.flatMap(({ rule }) => rule.kinds);
  const isExtended = group.some(({ rule }) => rule.controllers.length > 0);
  const filters = [...(spec.match.any ?? []), ...(spec.match.all ?? [])];
  if (filters.length === 0) throw new NotConvertible("spec.match", "it is about nothing");
  // Operations are not looked at.
  const match = {
    ...(spec.match.any === undefined ? {} : { any: spec.match.any.map(withoutOperations) }),
    ...(spec.match.all === undefined ? {} : { all: spec.match.all.map(withoutOperations) }),
  };
  const matches = excludes(match, "spec.match", scopeOfKinds(kinds));
  if (matches.constant === false) throw new NotConvertible("spec.match", "it is about nothing");
  const type = typeOfKinds(
    kinds.map(({ group: apiGroup, version, kind }) => ({
      apiVersion: apiGroup === "" ? version : `${apiGroup}/${version}`,
      kind,
    })),
    isExtended,
  );
  // A condition that fails means that the exception does not hold: here it would fail the policy.
  const met =
    spec.conditions === undefined
      ? TRUE
      : convertConditions(spec.conditions, {
          scope: scopeOf("object", type, undefined, "spec"),
          path: "spec.conditions",
          missingFails: true,
        });
  const restriction = group[0]?.restriction ?? TRUE;
  const parts: readonly (readonly [string, CelText])[] = [
    ["kinds", restriction],
    ["matches", matches],
    ["conditions", met],
  ];
  return parts.flatMap(([name, { text, constant }]) => (constant === true ? [] : [{ name, expression: text }]));
}

type Filter = NonNullable<PolicyException["spec"]["match"]["any"]>[number];

function withoutOperations({ resources, ...rest }: Filter): Filter {
  if (resources === undefined) return rest;
  const { operations: _, ...kept } = resources;
  return { ...rest, resources: kept };
}
