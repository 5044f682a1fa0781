import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { memberOf, type Value } from "../../base/index.ts";
import { decodePolicies } from "../resource/decode-policies.ts";
import { convertPolicy } from "./convert-policy.ts";
import { convertException, type ExceptionConversion } from "./exception-to-cel.ts";

const POLICY = `
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: p}
spec:
  rules:
  - {name: one, match: {any: [{resources: {kinds: [Pod]}}]}, validate: {message: m, pattern: {spec: {hostNetwork: false}}}}
  - {name: two, match: {any: [{resources: {kinds: [Pod]}}]}, validate: {message: m, pattern: {spec: {hostPID: false}}}}
`;

function convert(spec: string): ExceptionConversion {
  const exception = `apiVersion: kyverno.io/v2\nkind: PolicyException\nmetadata: {name: e, namespace: ops}\nspec: {${spec}}\n`;
  const decoded = decodePolicies(`${POLICY}---\n${exception}`, "p.yaml");
  const [policy, given] = decoded.ok ? decoded.value : [];
  assert.ok(policy?.kind === "ClusterPolicy" && given?.kind === "PolicyException", JSON.stringify(decoded));
  const rules = convertPolicy(policy).converted.map((rule) => ({ policy: "p", rule }));
  return convertException(given.policy, rules);
}

const PODS = "match: {any: [{resources: {kinds: [Pod, Deployment]}}]}";
const names = (...list: readonly string[]): string =>
  `exceptions: [{policyName: p, ruleNames: [${list.map((each) => `"${each}"`).join(", ")}]}]`;
const ONE = names("one", "autogen-one", "autogen-cronjob-one");
const IS_EITHER = "object.kind == 'Pod' || object.kind == 'Deployment'";

function conditionsOf({ converted }: ExceptionConversion): readonly (Value | undefined)[] {
  const conditions = memberOf(memberOf(converted[0]?.policy, "spec"), "matchConditions") ?? [];
  assert.ok(Array.isArray(conditions));
  return (conditions as readonly Value[]).map((each) => memberOf(each, "expression"));
}

const CONDITIONS: readonly (readonly [name: string, spec: string, expressions: readonly string[]])[] = [
  ["kinds", `${ONE}, ${PODS}`, [IS_EITHER]],
  ["every name", `${names("*")}, ${PODS}`, [IS_EITHER]],
  ["the rule as written alone", `${names("one")}, ${PODS}`, ["object.kind == 'Pod'", IS_EITHER]],
  [
    "the forms for controllers alone",
    `${names("autogen-*")}, ${PODS}`,
    ["object.kind in ['DaemonSet', 'Deployment', 'Job', 'ReplicaSet', 'StatefulSet', 'CronJob']", IS_EITHER],
  ],
  [
    "operations are not looked at",
    `${ONE}, match: {any: [{resources: {kinds: [Pod], operations: [CREATE], namespaces: [a]}}]}`,
    ["object.kind == 'Pod' && object.metadata.namespace == 'a'"],
  ],
  [
    "a condition that misses something does not hold",
    `${ONE}, ${PODS}, conditions: {all: [{key: "{{ request.object.metadata.labels.team }}", operator: Equals, value: a}]}`,
    [IS_EITHER, "object.metadata.?labels.?team.hasValue() && object.metadata.labels.team == 'a'"],
  ],
];

const REFUSED: readonly (readonly [name: string, spec: string, path: string])[] = [
  ["an unknown rule", `${names("three")}, ${PODS}`, "spec.exceptions[0]"],
  ["controls", `${ONE}, ${PODS}, podSecurity: [{controlName: Seccomp, images: ["*"]}]`, "spec.podSecurity"],
  ["no background scans", `${ONE}, ${PODS}, background: false`, "spec.background"],
  [
    "labels of namespaces",
    `${ONE}, match: {any: [{resources: {kinds: [Pod], namespaceSelector: {matchLabels: {a: b}}}}]}`,
    "spec.match.any[0].resources.namespaceSelector",
  ],
];

describe("convertException", () => {
  for (const [name, spec, expressions] of CONDITIONS) {
    test(name, () => {
      const done = convert(spec);
      assert.deepEqual([done.unconverted, conditionsOf(done)], [[], expressions]);
    });
  }
  for (const [name, spec, path] of REFUSED) {
    test(`${name}: nothing is written`, () => {
      const { converted, unconverted } = convert(spec);
      assert.deepEqual([converted, unconverted.map((note) => note.path)], [[], [path]]);
    });
  }

  test("policies that are excepted from in the same way are in one exception", () => {
    const { converted } = convert(`${names("*")}, ${PODS}`);
    assert.deepEqual(memberOf(memberOf(converted[0]?.policy, "spec"), "policyRefs"), [
      { name: "p-one", kind: "ValidatingPolicy" },
      { name: "p-two", kind: "ValidatingPolicy" },
    ]);
    const several = convert(`${names("one", "autogen-two", "autogen-cronjob-two")}, ${PODS}`);
    const made = several.converted.map(({ policy }) => memberOf(memberOf(policy, "metadata"), "name"));
    assert.deepEqual(made, ["e", "e-2"]);
  });

  test("a rule that is not there is named, the others are converted", () => {
    const exceptions = `exceptions: [{policyName: p, ruleNames: ["*"]}, {policyName: q, ruleNames: [x]}]`;
    const { converted, unconverted } = convert(`${exceptions}, ${PODS}`);
    assert.deepEqual([converted.length, unconverted.map(({ path }) => path)], [1, ["spec.exceptions[1]"]]);
  });
});
