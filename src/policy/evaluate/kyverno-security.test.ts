/** Known ways around policy engines, tried against kyverno.io policies (C12 to C15, C16, C18). */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LIMITS, readYaml, type Value, type ValueObject } from "../../base/index.ts";
import { clusterPolicy, linesOf, planOf, runPlan, type TestWorld, valueOf } from "../../testing/kyverno-runs.ts";
import type { PolicyException } from "../resource/kyverno/policy-exception.ts";
import { compileExceptions } from "./exceptions.ts";
import type { PolicyInput } from "./input.ts";

const POD =
  "{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop}, spec: {containers: [{name: a, image: nginx}]}}";
const IS_POD = "match: {any: [{resources: {kinds: [Pod]}}]}";
const created = (object: string): PolicyInput => ({ object: valueOf(object), operation: "CREATE" });

/** A Policy of the namespace shop. */
const namespaced = (rules: string): string =>
  clusterPolicy(rules)
    .replace("kind: ClusterPolicy", "kind: Policy")
    .replace("{name: policy}", "{name: policy, namespace: shop}");

function asked(
  policy: string,
  world: TestWorld,
  object = POD,
): { readonly lines: readonly string[]; readonly params: readonly Value[] } {
  const params: Value[] = [];
  const noting = Object.fromEntries(
    Object.entries(world).map(([kind, answer]) => [kind, (given: Value) => (params.push(given), answer(given))]),
  );
  const run = runPlan(planOf(policy), created(object), { world: noting });
  return { lines: linesOf(run.responses), params };
}

describe("a Policy does not reach beyond its namespace (C12)", () => {
  const anything = {
    resource: () => ({ data: { value: "x" } }),
    kubernetesApi: () => ({}),
    objectOfKind: () => ({ data: {} }),
    objectsOfKind: () => [],
  };
  const deny = "validate: {deny: {conditions: {any: [{key: '{{map.data.value}}', operator: Equals, value: x}]}}}";
  const reads: readonly (readonly [name: string, context: string])[] = [
    ["a configMap of another namespace", "{name: map, configMap: {name: secrets, namespace: kube-system}}"],
    [
      "a configMap whose namespace is a variable",
      "{name: map, configMap: {name: secrets, namespace: '{{request.object.metadata.labels.ns}}'}}",
    ],
    ["an apiCall to another namespace", "{name: map, apiCall: {urlPath: /api/v1/namespaces/kube-system/configmaps/a}}"],
    ["a path that climbs out", "{name: map, apiCall: {urlPath: /api/v1/namespaces/shop/../kube-system/configmaps/a}}"],
    [
      "the same in disguise",
      "{name: map, apiCall: {urlPath: /api/v1/namespaces/shop/%2e%2e/kube-system/configmaps/a}}",
    ],
    ["a list over all namespaces", "{name: map, apiCall: {urlPath: /api/v1/secrets}}"],
    [
      "a path made by a variable",
      "{name: map, apiCall: {urlPath: '/api/v1/namespaces/{{request.object.metadata.labels.ns}}/configmaps/a'}}",
    ],
  ];
  const object = POD.replace("namespace: shop", "namespace: shop, labels: {ns: kube-system}");
  for (const [name, context] of reads) {
    test(`${name} is an error, and nothing is asked`, () => {
      const rules = `- name: r\n  ${IS_POD}\n  context: [${context}]\n  ${deny}`;
      let result: ReturnType<typeof asked>;
      try {
        result = asked(namespaced(rules), anything, object);
      } catch (error) {
        // Refused when it is read: as good.
        assert.match(String(error), /namespace|kube-system|urlPath/);
        return;
      }
      assert.deepEqual([result.lines.map((line) => line.split(" ")[1]), result.params], [["error"], []]);
    });
  }
  test("a ClusterPolicy may read it", () => {
    const rules = `- name: r\n  ${IS_POD}\n  context: [{name: map, configMap: {name: secrets, namespace: kube-system}}]\n  ${deny}`;
    assert.deepEqual(asked(clusterPolicy(rules), anything).lines, ["r: fail validation error: rule r failed"]);
  });
  test("targets are those of its own namespace, whatever they say", () => {
    const rules = (namespace: string) =>
      `- name: r\n  ${IS_POD}\n  mutate: {targets: [{apiVersion: v1, kind: Secret, ${namespace}name: a}], patchStrategicMerge: {metadata: {labels: {a: b}}}}`;
    assert.throws(
      () => planOf(namespaced(rules("namespace: '{{request.object.metadata.labels.ns}}', "))),
      /its own namespace only/,
    );
    const { params } = asked(namespaced(rules("")), anything, object);
    assert.deepEqual(
      params.map((each) => (each as ValueObject)["namespace"]),
      ["shop"],
    );
  });
  const generates: readonly (readonly [name: string, generate: string])[] = [
    ["an object elsewhere", "namespace: '{{request.object.metadata.labels.ns}}', data: {}"],
    ["an object outside namespaces", "namespace: '{{request.object.metadata.labels.none}}', data: {}"],
    ["a copy from elsewhere", "namespace: shop, clone: {namespace: '{{request.object.metadata.labels.ns}}', name: a}"],
    [
      "copies from elsewhere",
      "namespace: shop, cloneList: {namespace: '{{request.object.metadata.labels.ns}}', kinds: [v1/Secret]}",
    ],
  ];
  for (const [name, generate] of generates) {
    test(`it does not make ${name}`, () => {
      const kind = generate.includes("cloneList") ? "" : "apiVersion: v1, kind: Secret, name: made, ";
      const rules = `- name: r\n  ${IS_POD}\n  generate: {${kind}${generate}}`;
      assert.throws(() => planOf(namespaced(rules)), /namespace/);
    });
  }
  test("objects of other namespaces are not its business", () => {
    const rules = `- name: r\n  ${IS_POD}\n  validate: {pattern: {kind: Service}}`;
    assert.deepEqual(asked(namespaced(rules), {}, POD.replace("namespace: shop", "namespace: other")).lines, []);
    assert.deepEqual(asked(namespaced(rules), {}).lines.length, 1);
  });
  test("an object that moves in from elsewhere is not looked at as if it had been there", () => {
    const rules = `- name: r\n  ${IS_POD}\n  validate: {pattern: {kind: Service}}`;
    const oldObject = valueOf(POD.replace("namespace: shop", "namespace: other"));
    const run = runPlan(planOf(namespaced(rules)), { object: valueOf(POD), oldObject, operation: "UPDATE" });
    assert.deepEqual(run.responses, []);
  });
});

describe("exceptions (C13)", () => {
  const rules = `- name: r\n  ${IS_POD}\n  validate: {pattern: {metadata: {labels: {owner: '?*'}}}}`;
  const exception = (spec: string, namespace = "shop"): PolicyException =>
    readYaml(
      `{apiVersion: kyverno.io/v2, kind: PolicyException, metadata: {name: e, namespace: ${namespace}}, spec: ${spec}}`,
    )[0] as unknown as PolicyException;
  const matching = "match: {any: [{resources: {kinds: [Pod], names: [web]}}]}";
  const judge = (exceptions: readonly PolicyException[], object = POD, policy = clusterPolicy(rules)) =>
    linesOf(runPlan(planOf(policy), created(object), { exceptions: compileExceptions(exceptions) }).responses);
  test("none given, none hold", () => assert.match(judge([])[0] ?? "", /^r: fail/));
  test("one that holds makes a skip that names it", () => {
    const holding = exception(`{exceptions: [{policyName: policy, ruleNames: [r]}], ${matching}}`);
    assert.deepEqual(judge([holding]), ["r: skip rule is skipped due to policy exceptionsshop/e"]);
  });
  const others: readonly (readonly [name: string, spec: string])[] = [
    ["for another policy", `{exceptions: [{policyName: other, ruleNames: [r]}], ${matching}}`],
    ["for another rule", `{exceptions: [{policyName: policy, ruleNames: [s]}], ${matching}}`],
    [
      "for another object",
      "{exceptions: [{policyName: policy, ruleNames: [r]}], match: {any: [{resources: {kinds: [Pod], names: [api]}}]}}",
    ],
    ["with an empty match", "{exceptions: [{policyName: policy, ruleNames: [r]}], match: {}}"],
    [
      "whose conditions do not hold",
      `{exceptions: [{policyName: policy, ruleNames: [r]}], ${matching}, conditions: {all: [{key: a, operator: Equals, value: b}]}}`,
    ],
    [
      "whose conditions fail",
      `{exceptions: [{policyName: policy, ruleNames: [r]}], ${matching}, conditions: {all: [{key: '{{request.object.nothing}}', operator: Equals, value: b}]}}`,
    ],
    [
      "whose conditions cannot be read",
      `{exceptions: [{policyName: policy, ruleNames: [r]}], ${matching}, conditions: {all: [{key: '{{ request.( }}', operator: Equals, value: b}]}}`,
    ],
  ];
  for (const [name, spec] of others) {
    test(`one ${name} changes nothing`, () => assert.match(judge([exception(spec)])[0] ?? "", /^r: fail/));
  }
  test("a podSecurity rule says nothing of an object that is deleted, excepted or not", () => {
    const pss = clusterPolicy(`- name: r\n  ${IS_POD}\n  validate: {podSecurity: {level: baseline}}`);
    const exceptions = compileExceptions([
      exception(`{exceptions: [{policyName: policy, ruleNames: [r]}], ${matching}}`),
    ]);
    const input = { object: null, oldObject: valueOf(POD), operation: "DELETE" } as const;
    assert.deepEqual(runPlan(planOf(pss), input, { exceptions }).responses, []);
    assert.equal(runPlan(planOf(pss), created(POD), { exceptions }).responses[0]?.status, "skip");
  });
  test("two that each leave out half of it do not leave out more than both say", () => {
    const controls = (name: string) =>
      exception(
        `{exceptions: [{policyName: policy, ruleNames: [r]}], ${matching}, podSecurity: [{controlName: ${name}}]}`,
      );
    const pss = `- name: r\n  ${IS_POD}\n  validate: {podSecurity: {level: baseline, version: latest}}`;
    const object = POD.replace(
      "spec: {",
      "spec: {hostPID: true, securityContext: {sysctls: [{name: kernel.msgmax, value: '1'}]}, ",
    );
    const policy = clusterPolicy(pss);
    assert.match(judge([controls("Host Namespaces")], object, policy)[0] ?? "", /^r: fail/);
    assert.match(judge([controls("Sysctls")], object, policy)[0] ?? "", /^r: fail/);
    assert.match(judge([controls("Host Namespaces"), controls("Sysctls")], object, policy)[0] ?? "", /^r: skip/);
    assert.match(
      judge([controls("Host Namespaces"), controls("Host Namespaces")], object, policy)[0] ?? "",
      /^r: fail/,
    );
  });
});

describe("selectors and states of objects (C14)", () => {
  const rules = (match: string) =>
    `- name: r\n  match: {any: [{resources: {kinds: [Pod], ${match}}}]}\n  validate: {pattern: {metadata: {labels: {owner: '?*'}}}}`;
  const judge = (match: string, input: Partial<PolicyInput>) =>
    linesOf(runPlan(planOf(clusterPolicy(rules(match))), { ...created(POD), ...input }).responses).length;
  test("a namespaceSelector goes by the Namespace's own labels, not by the object's", () => {
    const selector = "namespaceSelector: {matchLabels: {tier: gold}}";
    const object = valueOf(POD.replace("namespace: shop", "namespace: shop, labels: {tier: gold}"));
    assert.equal(judge(selector, { object, namespaceLabels: { tier: "none" } }), 0);
    assert.equal(judge(selector, { namespaceLabels: { tier: "gold" } }), 1);
  });
  test("pods/ephemeralcontainers are pods", () => {
    const requested = { group: "", version: "v1", kind: "Pod", name: "web", namespace: "shop" };
    assert.equal(
      judge("", { operation: "UPDATE", oldObject: valueOf(POD), subresource: "ephemeralcontainers", requested }),
      1,
    );
  });
  test("an object that is being deleted is judged all the same", () => {
    const object = valueOf(
      POD.replace("namespace: shop", "namespace: shop, deletionTimestamp: '2026-01-01T00:00:00Z'"),
    );
    assert.equal(judge("", { object, oldObject: object, operation: "UPDATE" }), 1);
  });
  test("an update that takes the label away is judged by what it will be", () => {
    const oldObject = valueOf(POD.replace("namespace: shop", "namespace: shop, labels: {owner: me}"));
    const run = runPlan(planOf(clusterPolicy(rules(""), "validationFailureAction: Enforce")), {
      ...created(POD),
      oldObject,
      operation: "UPDATE",
    });
    assert.match(linesOf(run.responses)[0] ?? "", /^r: fail/);
  });
});

describe("rules that would not end (C15)", () => {
  const list = 'list: "request.object.spec.items"';
  const many = (count: number): PolicyInput => ({
    object: {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "web" },
      spec: { items: Array.from({ length: count }, (_, index) => `item ${index}`) },
    },
    operation: "CREATE",
  });
  const fine = `- name: fine\n  ${IS_POD}\n  validate: {pattern: {kind: Pod}}`;
  const bombs: readonly (readonly [name: string, rule: string, input: PolicyInput])[] = [
    [
      "nested loops over the same list",
      `validate: {foreach: [{${list}, foreach: [{${list}, foreach: [{${list}, deny: {conditions: {any: [{key: a, operator: Equals, value: b}]}}}]}]}]}`,
      many(2_000),
    ],
    [
      "a loop over 10^6 elements",
      `validate: {foreach: [{${list}, deny: {conditions: {any: [{key: "{{element}}{{request.object.spec.items}}", operator: Equals, value: b}]}}}]}`,
      many(1_000_000),
    ],
    [
      "patches that grow the object",
      `mutate: {foreach: [{${list}, patchesJson6902: "- {op: add, path: /metadata/annotations/a, value: '{{request.object.spec.items}}{{element}}'}"}]}`,
      many(20_000),
    ],
  ];
  for (const [name, rule, input] of bombs) {
    test(`${name} is an error, and the rule beside it is judged`, () => {
      const run = runPlan(planOf(clusterPolicy(`- name: bomb\n  ${IS_POD}\n  ${rule}\n${fine}`)), input);
      const bomb = run.responses.find((response) => response.rule === "bomb");
      assert.ok(
        bomb?.status === "error" && /BUDGET_EXCEEDED|LIMIT_EXCEEDED/.test(bomb.code ?? ""),
        JSON.stringify(bomb),
      );
      assert.equal(run.responses.find((response) => response.rule === "fine")?.status, "pass");
    });
  }
  test("variables that double what they hold stop at a limit", () => {
    const entries = Array.from(
      { length: 60 },
      (_, index) => `{name: v${index + 1}, variable: {value: "{{v${index}}}{{v${index}}}"}}`,
    );
    const context = `  context: [{name: v0, variable: {value: xxxxxxxx}}, ${entries.join(", ")}]\n`;
    const rule = `- name: bomb\n  ${IS_POD}\n${context}  validate: {deny: {conditions: {any: [{key: "{{v60}}", operator: Equals, value: b}]}}}\n${fine}`;
    const run = runPlan(planOf(clusterPolicy(rule)), created(POD));
    assert.deepEqual(
      run.responses.map(({ rule: name, status }) => [name, status]),
      [
        ["bomb", "error"],
        ["fine", "pass"],
      ],
    );
  });
  test("a regular expression that others choke on", () => {
    const rule = `- name: r\n  ${IS_POD}\n  validate: {deny: {conditions: {any: [{key: "{{ regex_match('^(a+)+$', request.object.metadata.name) }}", operator: Equals, value: true}]}}}`;
    const object = POD.replace("name: web", `name: ${"a".repeat(2_000)}b`);
    assert.equal(asked(clusterPolicy(rule), {}, object).lines.length, 1);
  });
  test("a failing rule hides no other: each says what it says alone", () => {
    const bodies = [
      "validate: {pattern: {metadata: {labels: {a: '{{request.object.nothing}}'}}}}",
      "validate: {deny: {conditions: {any: [{key: '{{ to_upper(`[]`) }}', operator: Equals, value: a}]}}}",
      "validate: {foreach: [{list: 'abs(request.object.kind)', pattern: {}}]}",
      "validate: {pattern: {kind: Service}}",
    ];
    const ruleOf = (body: string, index: number) => `- name: r${index}\n  ${IS_POD}\n  ${body}`;
    const alone = bodies.flatMap((body, index) => asked(clusterPolicy(ruleOf(body, index)), {}).lines);
    const together = asked(clusterPolicy(bodies.map(ruleOf).join("\n")), {}).lines;
    assert.deepEqual(together, alone);
    assert.deepEqual(
      together.map((line) => line.split(" ")[1]),
      ["error", "error", "error", "fail"],
    );
  });
  test("keys of an object never reach a prototype", () => {
    const rule = `- name: m\n  ${IS_POD}\n  mutate: {patchesJson6902: "- {op: add, path: /metadata/__proto__/polluted, value: yes}"}`;
    runPlan(planOf(clusterPolicy(rule)), created(POD));
    assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
  });
  test("the budget is the rule's", () => assert.ok(LIMITS.evaluationSteps > 0));
});

describe("verified images (C16, C18)", () => {
  const key = "-----BEGIN PUBLIC KEY-----\\nMFkw\\n-----END PUBLIC KEY-----";
  const rules = (references: string, more = "") =>
    `- name: v\n  ${IS_POD}\n  verifyImages: [{imageReferences: [${references}], mutateDigest: false, verifyDigest: false, attestors: [{entries: [{keys: {publicKeys: "${key}"}}]}]${more}}]`;
  const signed = { imageAttestor: () => ({ verified: true, digest: "sha256:aa", statements: [] }) };
  const unsigned = { imageAttestor: () => ({ verified: false, message: "no signatures found" }) };
  const judge = (policy: string, world: TestWorld, object: string) => asked(clusterPolicy(policy), world, object).lines;
  test("an annotation that says verified is not believed (C16)", () => {
    const annotations = `annotations: {kyverno.io/verify-images: '{"docker.io/nginx:latest":"pass"}', kyverno.io/verify-images-scoped: '{"version":1,"policies":{"/policy":{"v":{"docker.io/nginx:latest":"pass"}}}}'}`;
    const object = POD.replace("namespace: shop", `namespace: shop, ${annotations}`);
    assert.deepEqual(
      judge(rules("'*'"), unsigned, object).map((line) => line.split(" ")[1]),
      ["fail", "fail"],
    );
    assert.deepEqual(
      judge(rules("'*'"), signed, object).map((line) => line.split(" ")[1]),
      ["pass", "pass"],
    );
  });
  test("it is verified where only the validate phase is asked for (C16)", () => {
    const plan = planOf(clusterPolicy(rules("'*'")));
    const run = (world: TestWorld) =>
      runPlan(plan, created(POD), { world, phases: ["validate"] }).responses.map(({ status }) => status);
    assert.deepEqual([run(unsigned), run(signed)], [["fail"], ["pass"]]);
  });
  test("not looked at is an error, never unsigned and never signed", () => {
    assert.deepEqual(
      judge(rules("'*'"), {}, POD).map((line) => line.split(" ")[1]),
      ["error", "fail"],
    );
  });
  const spellings: readonly (readonly [image: string, reference: string, isCovered: boolean])[] = [
    ["nginx", "docker.io/nginx:*", true],
    ["docker.io/nginx:latest", "docker.io/nginx*", true],
    ["registry.example:5000/team/app:v1", "registry.example:5000/team/*", true],
    [
      "registry.example:5000/team/app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
      "registry.example:5000/team/*",
      true,
    ],
    ["registry.example/team/app:v1", "registry.example:5000/*", false],
    ["evil.example/docker.io/nginx:latest", "docker.io/*", false],
    ["ghcr.io/org/app:v1", "ghcr.io/org/ap?:v1", true],
    ["ghcr.io/org/app:v1", "ghcr.io/org", false],
  ];
  for (const [image, reference, isCovered] of spellings) {
    test(`${image} is ${isCovered ? "" : "not "}covered by ${reference} (C18)`, () => {
      const lines = judge(rules(`'${reference}'`), unsigned, POD.replace("image: nginx", `image: '${image}'`));
      assert.equal(lines.length > 0, isCovered, lines.join("\n"));
    });
  }
  test("a path that an include covers and an exclude leaves out (C18)", () => {
    const excluded = rules("'*'", ", skipImageReferences: ['docker.io/nginx:*']");
    assert.deepEqual(
      judge(excluded, unsigned, POD).map((line) => line.split(" ")[1]),
      ["skip", "skip"],
    );
    const other = judge(excluded, unsigned, POD.replace("image: nginx", "image: docker.io/nginx-evil"));
    assert.deepEqual(
      other.map((line) => line.split(" ")[1]),
      ["fail", "fail"],
    );
  });
});
