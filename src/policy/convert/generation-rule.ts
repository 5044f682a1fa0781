import type { Value } from "../../base/index.ts";
import type { Generation } from "../resource/kyverno/rule-actions.ts";
import { convertConditions } from "./conditions-to-cel.ts";
import type { ConversionNote, ConvertedRule, RuleHead } from "./converted-rule.ts";
import { typeOfKinds } from "./field-types.ts";
import { finishPolicy } from "./finished-policy.ts";
import { convertGeneration } from "./generation-to-cel.ts";
import { NotConvertible } from "./not-convertible.ts";
import { PolicyVariables } from "./policy-variables.ts";
import { scopeOf } from "./validation-to-cel.ts";

/** A generate rule as a GeneratingPolicy. It throws NotConvertible. */
export function convertGenerationRule(head: RuleHead, source: Generation): ConvertedRule {
  const { resource, rule, path, match } = head;
  if (match.kinds.some(({ operations }) => operations.includes("DELETE") || operations.includes("CONNECT"))) {
    throw new NotConvertible(`${path}.match`, "what deletions and connections make is told of another object");
  }
  const type = typeOfKinds(
    match.kinds.map(({ group, version, kind }) => ({
      apiVersion: group === "" ? version : `${group}/${version}`,
      kind,
    })),
    false,
  );
  const looked = new PolicyVariables();
  const scope = scopeOf("object", type, rule.context, `${path}.context`, { variables: looked });
  const namespace = resource.policy.kind === "Policy" ? (resource.policy.metadata.namespace ?? "default") : "";
  const made = convertGeneration(source, scope, `${path}.generate`, namespace);
  refuseLookups(looked, head);
  const { variables, generate } = made;
  const matchConditions: { name: string; expression: string }[] = [];
  if (rule.preconditions !== undefined) {
    // Conditions of a match know no variables: what they look up is written where it is used.
    const own = scopeOf("object", type, rule.context, `${path}.context`);
    const met = convertConditions(rule.preconditions, { scope: own, path: `${path}.preconditions` });
    if (met.constant !== true) matchConditions.push({ name: "preconditions", expression: met.text });
  }
  const { useServerSideApply } = resource.policy.spec;
  return finishPolicy(head, {
    kind: "GeneratingPolicy",
    phase: "generate",
    spec: {
      ...evaluationOf(head, source),
      ...variablesOf(looked, variables, `${path}.generate`),
      generate,
      ...(useServerSideApply === undefined ? {} : { useServerSideApply }),
    },
    matchConditions,
    differences: differencesOf(head),
  });
}

/** Functions of a namespaced policy name no namespace: what a context looks up is written for the whole cluster. */
export function refuseLookups({ list }: PolicyVariables, { resource, path }: RuleHead): void {
  if (resource.policy.kind === "Policy" && list.length > 0)
    throw new NotConvertible(`${path}.context`, "a policy of a namespace looks objects up in its own way");
}

/** What is looked up, then what is copied. */
function variablesOf(
  looked: PolicyVariables,
  own: PolicyVariables["list"],
  path: string,
): Readonly<Record<string, Value>> {
  const taken = own.find(({ name }) => looked.list.some((other) => other.name === name));
  if (taken !== undefined) throw new NotConvertible(path, `a variable of the context is named ${taken.name}, too`);
  const variables = [...looked.list, ...own];
  return variables.length === 0 ? {} : { variables };
}

/** What a GeneratingPolicy does as a matter of course is not written. */
function evaluationOf({ resource, rule }: RuleHead, source: Generation): Readonly<Record<string, Value>> {
  const { spec } = resource.policy;
  const existing = source.generateExisting ?? spec.generateExisting ?? spec.generateExistingOnPolicyUpdate ?? false;
  const evaluation: Value = {
    ...(existing ? { generateExisting: { enabled: true } } : {}),
    ...(source.synchronize === true ? { synchronize: { enabled: true } } : {}),
    ...(source.orphanDownstreamOnPolicyDelete === true ? { orphanDownstreamOnPolicyDelete: { enabled: true } } : {}),
    ...(rule.skipBackgroundRequests === false ? { skipBackgroundRequests: false } : {}),
  };
  return Object.keys(evaluation).length === 0 ? {} : { evaluation };
}

function differencesOf({ resource, rule, path }: RuleHead): readonly ConversionNote[] {
  const { failurePolicy = resource.policy.spec.failurePolicy } = resource.policy.spec.webhookConfiguration ?? {};
  return [
    { path: `${path}.generate`, reason: "the labels by which Kyverno finds what it made are those of the new kind" },
    ...(rule.preconditions === undefined
      ? []
      : [{ path: `${path}.preconditions`, reason: "an update does not fail by what the object was before" }]),
    ...(failurePolicy === undefined
      ? []
      : [{ path: "spec.failurePolicy", reason: "a GeneratingPolicy has none: it denies nothing" }]),
    ...(resource.policy.spec.background === false
      ? [{ path: "spec.background", reason: "a GeneratingPolicy takes part in no background scans" }]
      : []),
  ];
}
