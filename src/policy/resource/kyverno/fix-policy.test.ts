import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readYaml, type Value } from "../../../base/index.ts";
import { decodePolicy } from "../decode-policies.ts";
import { fixPolicyDocument } from "./fix-policy.ts";

const yaml = (text: string): Value => readYaml(text)[0] ?? null;

/** A policy with one rule, and what is given beside it. */
const policy = (rule: string, spec = ""): Value =>
  yaml(`
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: p}
spec:
  background: false
  ${spec}
  rules:
  - name: r
    validate: {message: m, pattern: {a: b}}
    ${rule}
`);

const MATCH = "match: {any: [{resources: {kinds: [Pod]}}]}";

interface Row {
  readonly name: string;
  readonly from: Value;
  readonly to: Value;
  readonly messages: readonly string[];
}

const rows: readonly Row[] = [
  {
    name: "a filter in match goes below any, with the user",
    from: policy(
      "match: {resources: {kinds: [Pod]}, subjects: [{kind: User, name: ann}], roles: [a:b], clusterRoles: [c]}",
    ),
    to: policy(
      "match: {any: [{resources: {kinds: [Pod]}, subjects: [{kind: User, name: ann}], roles: [a:b], clusterRoles: [c]}]}",
    ),
    messages: ["match uses old syntax, moving to any"],
  },
  {
    name: "so it does in exclude",
    from: policy(`exclude: {resources: {namespaces: [x]}}\n    ${MATCH}`),
    to: policy(`exclude: {any: [{resources: {namespaces: [x]}}]}\n    ${MATCH}`),
    messages: ["exclude uses old syntax, moving to any"],
  },
  {
    name: "a filter with nothing in it is left alone",
    from: policy(`exclude: {resources: {}, roles: []}\n    ${MATCH}`),
    to: policy(`exclude: {resources: {}, roles: []}\n    ${MATCH}`),
    messages: [],
  },
  {
    name: "a list of preconditions goes below all, with the operators of today",
    from: policy(
      `${MATCH}\n    preconditions: [{key: a, operator: In, value: [b]}, {key: a, OPERATOR: NotIn, value: [b]}, {key: a, operator: Equal, value: b}]`,
    ),
    to: policy(
      `${MATCH}\n    preconditions: {all: [{key: a, operator: AllIn, value: [b]}, {key: a, OPERATOR: AnyNotIn, value: [b]}, {key: a, operator: Equals, value: b}]}`,
    ),
    messages: [
      "preconditions use old syntax, moving to all",
      "condition uses old operator `In`, updating",
      "condition uses old operator `NotIn`, updating",
      "condition uses old operator `Equal`, updating",
    ],
  },
  {
    name: "preconditions below any and all get the operators of today",
    from: policy(`${MATCH}\n    preconditions: {any: [{key: a, operator: NotEqual, value: b}], all: []}`),
    to: policy(`${MATCH}\n    preconditions: {any: [{key: a, operator: NotEquals, value: b}], all: []}`),
    messages: ["condition uses old operator `NotEqual`, updating"],
  },
  {
    name: "an action gets its capital letter",
    from: policy(MATCH, "validationFailureAction: enforce"),
    to: policy(MATCH, "validationFailureAction: Enforce"),
    messages: ["validationFailureAction uses an old value, writing `Enforce`"],
  },
  {
    name: "an action that is not written is not added",
    from: policy(MATCH),
    to: policy(MATCH),
    messages: [],
  },
  {
    name: "what the cluster sets goes",
    from: yaml(
      "{apiVersion: kyverno.io/v1, kind: Policy, metadata: {name: p, uid: u, generation: 2}, spec: {validationFailureAction: audit}, status: {ready: true}}",
    ),
    to: yaml("{apiVersion: kyverno.io/v1, kind: Policy, metadata: {name: p}, spec: {validationFailureAction: Audit}}"),
    messages: ["validationFailureAction uses an old value, writing `Audit`"],
  },
  {
    name: "the policies of a list are rewritten",
    from: { kind: "List", apiVersion: "v1", items: [policy(MATCH, "validationFailureAction: audit"), { kind: "Pod" }] },
    to: { kind: "List", apiVersion: "v1", items: [policy(MATCH, "validationFailureAction: Audit"), { kind: "Pod" }] },
    messages: ["validationFailureAction uses an old value, writing `Audit`"],
  },
  {
    name: "a Policy of another group is left alone",
    from: yaml("{apiVersion: example.org/v1, kind: Policy, spec: {validationFailureAction: audit}}"),
    to: yaml("{apiVersion: example.org/v1, kind: Policy, spec: {validationFailureAction: audit}}"),
    messages: [],
  },
];

describe("fixPolicyDocument", () => {
  for (const { name, from, to, messages } of rows) {
    it(name, () => {
      const before = structuredClone(from);
      assert.deepEqual(fixPolicyDocument(from), { value: to, messages });
      assert.deepEqual(from, before);
    });

    it(`${name}: nothing is left for a second time`, () => {
      assert.deepEqual(fixPolicyDocument(to), { value: to, messages: [] });
    });
  }

  it("makes policies that are valid", () => {
    for (const { name, to, messages } of rows) {
      if ((to as { kind?: Value }).kind !== "ClusterPolicy" || messages.length === 0) continue;
      assert.equal(decodePolicy(to, { source: name, document: 1 }).ok, true, name);
    }
  });

  it("takes keys such as __proto__ for data", () => {
    const from = JSON.parse(
      '{"apiVersion":"kyverno.io/v1","kind":"Policy","__proto__":{"a":1},"metadata":{"__proto__":1},"spec":{"validationFailureAction":"audit","rules":[{"__proto__":2,"match":{"__proto__":3,"roles":["a"]}}]}}',
    );
    const { value } = fixPolicyDocument(from);
    assert.equal(
      JSON.stringify(value),
      '{"apiVersion":"kyverno.io/v1","kind":"Policy","__proto__":{"a":1},"metadata":{"__proto__":1},"spec":{"validationFailureAction":"Audit","rules":[{"__proto__":2,"match":{"__proto__":3,"any":[{"roles":["a"]}]}}]}}',
    );
  });

  for (const junk of [
    null,
    1,
    "x",
    [],
    { kind: "List", items: [null, 1] },
    { kind: "Policy", apiVersion: "kyverno.io/v1" },
  ]) {
    it(`leaves ${JSON.stringify(junk)} alone`, () => {
      assert.deepEqual(fixPolicyDocument(junk), { value: junk, messages: [] });
    });
  }
});
