import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { memberOf, textOf, type Value, type ValueObject } from "../../base/index.ts";
import { autogenRules } from "./autogen.ts";

const ANNOTATION = "pod-policies.kyverno.io/autogen-controllers";
const TEMPLATES = [
  "apps/v1/DaemonSet",
  "apps/v1/Deployment",
  "batch/v1/Job",
  "apps/v1/ReplicaSet",
  "v1/ReplicationController",
  "apps/v1/StatefulSet",
];
const PODS = { any: [{ resources: { kinds: ["Pod"] } }] };
const PATTERN = { pattern: { spec: { hostNetwork: false } } };

function namesOf(rules: readonly ValueObject[], controllers?: string, kind?: string): string {
  const made = autogenRules(rules, controllers === undefined ? undefined : { [ANNOTATION]: controllers });
  const rulesOfKind = kind === undefined ? made.all : made.forKind(kind);
  return rulesOfKind.map((rule) => textOf(rule, "name")).join(" ");
}

function ruleOf(fields: ValueObject): ValueObject {
  return { name: "r", match: PODS, validate: PATTERN, ...fields };
}

const BOTH = "r autogen-r autogen-cronjob-r";

interface WhenRow {
  readonly name: string;
  readonly rules: readonly ValueObject[];
  readonly controllers?: string;
  readonly kind?: string;
  readonly expected: string;
}

const resources = (fields: ValueObject): ValueObject => ({ any: [{ resources: { kinds: ["Pod"], ...fields } }] });

const when: readonly WhenRow[] = [
  { name: "a rule over pods", rules: [ruleOf({})], expected: BOTH },
  { name: "the older form", rules: [ruleOf({ match: { resources: { kinds: ["Pod"] } } })], expected: BOTH },
  { name: "all", rules: [ruleOf({ match: { all: PODS.any } })], expected: BOTH },
  { name: "namespaces", rules: [ruleOf({ match: resources({ namespaces: ["a"] }) })], expected: BOTH },
  { name: "namespaceSelector", rules: [ruleOf({ match: resources({ namespaceSelector: {} }) })], expected: BOTH },
  { name: "operations", rules: [ruleOf({ match: resources({ operations: ["CREATE"] }) })], expected: BOTH },
  { name: "a name", rules: [ruleOf({ match: resources({ name: "x" }) })], expected: "r" },
  { name: "names", rules: [ruleOf({ match: resources({ names: ["x"] }) })], expected: "r" },
  { name: "a selector", rules: [ruleOf({ match: resources({ selector: {} }) })], expected: "r" },
  { name: "annotations", rules: [ruleOf({ match: resources({ annotations: {} }) })], expected: "r" },
  { name: "an excluded name", rules: [ruleOf({ exclude: resources({ names: ["x"] }) })], expected: "r" },
  { name: "a further kind", rules: [ruleOf({ match: resources({ kinds: ["Pod", "Service"] }) })], expected: "r" },
  {
    name: "a kind with its version alone",
    rules: [ruleOf({ match: resources({ kinds: ["v1/Pod"] }) })],
    expected: "r",
  },
  {
    name: "a kind with its version beside a plain one",
    rules: [ruleOf({ match: resources({ kinds: ["v1/Pod"] }) }), ruleOf({ name: "s" })],
    expected: "r s autogen-r autogen-cronjob-r autogen-s autogen-cronjob-s",
  },
  { name: "other kinds", rules: [ruleOf({ match: resources({ kinds: ["Service"] }) })], expected: "r" },
  { name: "controllers alone", rules: [ruleOf({ match: resources({ kinds: ["Deployment"] }) })], expected: "r" },
  {
    name: "one rule with a name keeps all",
    rules: [ruleOf({}), ruleOf({ name: "s", match: resources({ names: ["x"] }) })],
    expected: "r s",
  },
  { name: "generate", rules: [ruleOf({ generate: { kind: "ConfigMap" } })], expected: "r" },
  { name: "a JSON patch", rules: [ruleOf({ mutate: { patchesJson6902: "[]" } })], expected: "r" },
  {
    name: "a JSON patch of each",
    rules: [ruleOf({ mutate: { foreach: [{ patchesJson6902: "[]" }] } })],
    expected: "r",
  },
  { name: "an exclude about pods", rules: [ruleOf({ exclude: PODS })], expected: BOTH },
  { name: "an exclude about others", rules: [ruleOf({ exclude: resources({ kinds: ["Service"] }) })], expected: "r" },
  {
    name: "an exclude without kinds",
    rules: [ruleOf({ exclude: { any: [{ clusterRoles: ["a"] }] } })],
    expected: BOTH,
  },
  { name: "an assertion tree", rules: [ruleOf({ validate: { assert: { a: 1 } } })], expected: BOTH },
  { name: "nothing to carry over", rules: [ruleOf({ validate: { manifests: { a: 1 } } })], expected: "r" },
  { name: "none", rules: [ruleOf({})], controllers: "none", expected: "r" },
  { name: "all stated", rules: [ruleOf({})], controllers: "all", expected: BOTH },
  { name: "one controller", rules: [ruleOf({})], controllers: "Deployment", expected: "r autogen-r" },
  { name: "CronJob alone", rules: [ruleOf({})], controllers: "CronJob", expected: "r autogen-cronjob-r" },
  { name: "none beside one", rules: [ruleOf({})], controllers: "none,Deployment", expected: "r autogen-r" },
  { name: "an empty annotation", rules: [ruleOf({})], controllers: "", expected: "r" },
  { name: "a kind of one's own", rules: [ruleOf({})], controllers: "Rollout", expected: "r autogen-r" },
  {
    name: "a name that begins as generated ones makes room",
    rules: [ruleOf({ name: "autogen-x" }), ruleOf({})],
    expected: BOTH,
  },
  { name: "a pod meets the policy's own", rules: [ruleOf({})], kind: "Pod", expected: "r" },
  { name: "a Deployment meets its own", rules: [ruleOf({})], kind: "Deployment", expected: "r autogen-r" },
  { name: "a CronJob meets its own", rules: [ruleOf({})], kind: "CronJob", expected: "r autogen-cronjob-r" },
  { name: "what is not listed", rules: [ruleOf({})], controllers: "Job", kind: "Deployment", expected: "r" },
  { name: "all is no kind", rules: [ruleOf({})], controllers: "all", kind: "Deployment", expected: "r" },
  { name: "none is no kind", rules: [ruleOf({})], controllers: "none,Job", kind: "none", expected: "r" },
  { name: "a kind listed", rules: [ruleOf({})], controllers: "Job,Rollout", kind: "Rollout", expected: "r autogen-r" },
];

for (const { name, rules, controllers, kind, expected } of when) {
  test(`${name}: ${expected}`, () => {
    assert.equal(namesOf(rules, controllers, kind), expected);
  });
}

function generated(fields: ValueObject): readonly [Value | undefined, Value | undefined] {
  const { all } = autogenRules([ruleOf(fields)], undefined);
  return [all[1], all[2]];
}

function validations(validate: ValueObject): readonly (Value | undefined)[] {
  return generated({ validate }).map((rule) => memberOf(rule, "validate"));
}

test("kinds go where Pod was, for CronJobs everywhere", () => {
  const match = { any: [{ resources: { kinds: ["Pod"] } }, { resources: { namespaces: ["a"] } }] };
  const exclude = { any: [{ resources: { kinds: ["v1/Pod"], namespaces: ["b"] } }, { clusterRoles: ["c"] }] };
  const [template, job] = generated({ match, exclude });
  assert.deepEqual(memberOf(template, "match"), {
    any: [{ resources: { kinds: TEMPLATES } }, { resources: { namespaces: ["a"] } }],
  });
  assert.deepEqual(memberOf(template, "exclude"), {
    any: [{ resources: { kinds: TEMPLATES, namespaces: ["b"] } }, { clusterRoles: ["c"] }],
  });
  const kinds = ["batch/v1/CronJob"];
  assert.deepEqual(memberOf(job, "match"), {
    any: [{ resources: { kinds } }, { resources: { namespaces: ["a"], kinds } }],
  });
  assert.deepEqual(memberOf(job, "exclude"), {
    any: [{ resources: { kinds, namespaces: ["b"] } }, { clusterRoles: ["c"], resources: { kinds } }],
  });
});

test("an older exclude without kinds stays as it is", () => {
  const exclude = { resources: { namespaces: ["a"] } };
  for (const rule of generated({ match: { resources: { kinds: ["Pod"] } }, exclude })) {
    assert.deepEqual(memberOf(rule, "exclude"), exclude);
  }
});

test("a pattern goes below the template, with its message and actions", () => {
  const spec = { hostNetwork: false };
  const validate = { message: "no $(./pattern/spec/hostNetwork)", failureAction: "Enforce", pattern: { spec } };
  assert.deepEqual(validations({ ...validate, manifests: {} }), [
    {
      message: "no $(./pattern/spec/template/spec/hostNetwork)",
      failureAction: "Enforce",
      pattern: { spec: { template: { spec } } },
    },
    {
      message: "no $(./pattern/spec/jobTemplate/spec/template/spec/template/spec/hostNetwork)",
      failureAction: "Enforce",
      pattern: { spec: { jobTemplate: { spec: { template: { spec } } } } },
    },
  ]);
});

test("each anyPattern goes below the template", () => {
  const message = "$(./anyPattern/1/a) $(./anyPattern/1/b) $(./anyPattern/0/c)";
  const [template] = validations({ message, anyPattern: [{ a: "b" }, { c: "d" }] });
  assert.deepEqual(template, {
    message: "$(./anyPattern/1/spec/template/a) $(./anyPattern/1/spec/template/b) $(./anyPattern/0/c)",
    anyPattern: [{ spec: { template: { a: "b" } } }, { spec: { template: { c: "d" } } }],
  });
});

test("deny, podSecurity and foreach stay, their paths lead to the template", () => {
  const path = "request.object.spec.containers[].image";
  const cron = "request.object.spec.jobTemplate.spec.template.spec.containers[].image";
  const deny = (key: string): ValueObject => ({
    deny: { conditions: { any: [{ key: `{{ ${key} }}`, operator: "In" }] } },
  });
  assert.deepEqual(validations(deny(path)), [deny(path.replace("spec", "spec.template.spec")), deny(cron)]);
  const podSecurity = { podSecurity: { level: "baseline", version: "latest", exclude: [{ controlName: "Seccomp" }] } };
  assert.deepEqual(validations(podSecurity), [podSecurity, podSecurity]);
  const each = (list: string): ValueObject => ({ foreach: [{ list, pattern: { image: "*:*" } }] });
  assert.deepEqual(validations(each(path)), [each(path.replace("spec", "spec.template.spec")), each(cron)]);
});

test("cel is rewritten without request, and only there", () => {
  const cel = (object: string): ValueObject => ({
    cel: { expressions: [{ expression: `has(${object}.spec.x) && oldO${object.slice(1)}.metadata.name != ''` }] },
  });
  const [template] = validations(cel("object"));
  assert.deepEqual(template, {
    cel: {
      expressions: [{ expression: "has(object.spec.template.spec.x) && oldObject.spec.template.metadata.name != ''" }],
    },
  });
  const message = "object.spec stays, request.oldObject.metadata.name does not";
  assert.equal(
    memberOf(validations({ message, deny: {} })[0], "message"),
    "object.spec stays, request.oldObject.spec.template.metadata.name does not",
  );
});

test("a strategic merge goes below the template; targets, order and inner steps are lost", () => {
  const patch = { spec: { dnsPolicy: "None" } };
  const mutates = (mutate: ValueObject): readonly (Value | undefined)[] =>
    generated({ validate: null, mutate }).map((rule) => memberOf(rule, "mutate"));
  const below = { spec: { template: patch } };
  assert.deepEqual(mutates({ patchStrategicMerge: patch, targets: [{ kind: "Pod" }] }), [
    { patchStrategicMerge: below },
    { patchStrategicMerge: { spec: { jobTemplate: below } } },
  ]);
  const step = { list: "request.object.spec.containers", order: "Descending", patchStrategicMerge: patch, foreach: [] };
  assert.deepEqual(mutates({ foreach: [step] })[0], {
    foreach: [{ list: "request.object.spec.template.spec.containers", patchStrategicMerge: below }],
  });
});

test("a rule keeps context, conditions and images, and loses imageExtractors", () => {
  const kept = {
    context: [{ name: "n", variable: { value: "{{ request.object.metadata.name }}" } }],
    preconditions: { all: [] },
    celPreconditions: [{ name: "c", expression: "true" }],
    skipBackgroundRequests: false,
    reportProperties: { a: "{{request.object.metadata.name}}" },
    verifyImages: [{ imageReferences: ["*"] }],
  };
  const [template] = generated({ ...kept, validate: null, imageExtractors: { Pod: [] } });
  assert.deepEqual(template, {
    name: "autogen-r",
    match: { any: [{ resources: { kinds: TEMPLATES } }] },
    ...kept,
    context: [{ name: "n", variable: { value: "{{ request.object.spec.template.metadata.name }}" } }],
    reportProperties: { a: "{{request.object.spec.template.metadata.name}}" },
  });
});

const nameRows: readonly (readonly [string, string, string])[] = [
  ["short", "autogen-short", "autogen-cronjob-short"],
  ["x".repeat(60), `autogen-${"x".repeat(55)}`, `autogen-cronjob-${"x".repeat(47)}`],
  // 8 bytes of prefix, 54 letters, and one byte of the two of é.
  [`${"x".repeat(54)}é`, `autogen-${"x".repeat(54)}\ufffd`, `autogen-cronjob-${"x".repeat(47)}`],
];

for (const [name, template, job] of nameRows) {
  test(`the names made of ${name} have at most 63 bytes`, () => {
    assert.equal(namesOf([ruleOf({ name })]), `${name} ${template} ${job}`);
  });
}

const references: readonly (readonly [string, string])[] = [
  ["none", "none"],
  ["$(./a/pattern/b) and $(pattern)", "$(./a/pattern/spec/template/b) and $(pattern/spec/template)"],
  ["\\$(pattern)", "\\$(pattern)"],
  ["$(no end/pattern)", "$(no end/pattern)"],
  ["$(pattern/a)/pattern)", "$(pattern/spec/template/a)/pattern/spec/template)"],
  ["$(pattern", "$(pattern"],
  ["$()", "$()"],
  ["$(.)", "$(.)"],
];

for (const [message, expected] of references) {
  test(`the message ${message} becomes ${expected}`, () => {
    assert.equal(memberOf(validations({ message, pattern: { a: 1 } })[0], "message"), expected);
  });
}

test("references are found in time linear in the message", () => {
  for (const message of ["$(".repeat(200_000), "$(a)".repeat(100_000), "( ".repeat(200_000), "$(a ".repeat(100_000)]) {
    assert.equal(memberOf(validations({ message, pattern: { a: 1 } })[0], "message"), message);
  }
});

test("rules for a kind are those of all the rules, the same objects", () => {
  const made = autogenRules([ruleOf({}), ruleOf({ name: "s" })], undefined);
  for (const kind of ["Pod", "Deployment", "CronJob", "Service"]) {
    for (const rule of made.forKind(kind)) assert.ok(made.all.includes(rule));
  }
});

test("law: the policy's own rules come first, unchanged", () => {
  const anyRule = fc.record({
    name: fc.constantFrom("a", "b", "c"),
    match: fc.constantFrom(PODS, resources({ names: ["x"] }), resources({ kinds: ["Service"] })),
    validate: fc.constantFrom<ValueObject>(PATTERN, { deny: {} }, { message: "m", assert: {} }),
  });
  fc.assert(
    fc.property(
      fc.array(anyRule, { maxLength: 4 }),
      fc.constantFrom("all", "none", "Job", "CronJob"),
      (rules, chosen) => {
        const before = JSON.stringify(rules);
        const { all } = autogenRules(rules, { [ANNOTATION]: chosen });
        assert.deepEqual(all.slice(0, rules.length), rules);
        assert.ok(all.slice(rules.length).every(({ name }) => (name as string).startsWith("autogen-")));
        assert.equal(JSON.stringify(rules), before);
      },
    ),
  );
});
