import assert from "node:assert/strict";
import { test } from "node:test";
import { AmapError, LIMITS, type Value } from "../../base/index.ts";
import {
  attestation,
  creation,
  evaluateWith,
  evidenceOf,
  exampleAttestor,
  imageOf,
  planOf,
  pod,
  SIGNATURE,
  TEST_NOW,
} from "../../testing/policy-builders.ts";
import type { Plan } from "../compile/plan.ts";
import type { CelProgram } from "../language/cel/program.ts";
import { abandonEvaluation, evaluatePlan } from "./evaluate-plan.ts";
import { factRequest } from "./fact-reader.ts";
import type { Fact } from "./facts.ts";
import type { PolicyInput } from "./input.ts";
import type { RuleResponse } from "./response.ts";

type Spec = { readonly [key: string]: Value };
const OPTIONS = { now: TEST_NOW, seed: "" };
const nothing = (params: Value): Fact => ({ ok: true, value: evidenceOf(imageOf(params)) });
const signed = (params: Value): Fact => ({ ok: true, value: evidenceOf(imageOf(params), { signatures: [SIGNATURE] }) });
const noFacts = (): Fact => assert.fail("a fact was asked for");

const text = (response: RuleResponse | undefined): string => {
  if (response === undefined) return "none";
  if (response.status === "pass") return "pass";
  if (response.status === "skip") return `skip: ${response.reason}`;
  if (response.status === "error") return `error ${response.code}: ${response.message.split("\n")[0]}`;
  return `${response.status}: ${response.message}`;
};

function firstOf(spec: Spec, input: PolicyInput, answer: (params: Value, kind: string) => Fact = noFacts): string {
  return text(evaluateWith(planOf(spec), input, answer).evaluation.responses[0]);
}

const rules = (...expressions: readonly string[]): Spec => ({
  validations: expressions.map((expression) => ({ expression, message: "no" })),
});
const VERIFY = "images.containers.all(i, verifyImageSignatures(i, [attestors.demo]) > 0)";

const outcomes: readonly {
  name: string;
  spec: Spec;
  input?: PolicyInput;
  answer?: (params: Value) => Fact;
  expected: string | RegExp;
}[] = [
  { name: "true passes", spec: rules("true"), expected: "pass" },
  { name: "false fails with the message", spec: rules("object.kind == 'Job'"), expected: "fail: no" },
  {
    name: "anything else is an error",
    spec: rules("dyn(1) + dyn(1)"),
    expected: "error EXPRESSION_FAILED: the validation gave neither true nor false",
  },
  { name: "an error is an error", spec: rules("object.spec.nope == 1"), expected: /^error EXPRESSION_FAILED: .*nope/ },
  {
    name: "no message: the expression is shown",
    spec: { validations: [{ expression: "1 == 2" }] },
    expected: "fail: validations[0] is false: 1 == 2",
  },
  {
    name: "messageExpression",
    spec: { validations: [{ expression: "false", message: "no", messageExpression: "'not ' + object.kind" }] },
    expected: "fail: not Pod",
  },
  {
    name: "messageExpression that is no text: the message",
    spec: { validations: [{ expression: "false", message: "no", messageExpression: "dyn(1)" }] },
    expected: "fail: no",
  },
  {
    name: "messageExpression that fails: the rule stays failed",
    spec: { validations: [{ expression: "false", message: "no", messageExpression: "object.nope" }] },
    expected: /^fail: no \(messageExpression failed: .*nope/,
  },
  {
    name: "another kind is skipped",
    spec: rules("false"),
    input: creation({ apiVersion: "v1", kind: "Service" }),
    expected: "skip: matchConstraints.resourceRules do not match",
  },
  {
    name: "a namespace that is not known is an error",
    spec: {
      ...rules("true"),
      matchConstraints: {
        resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["*"], resources: ["pods"] }],
        namespaceSelector: { matchLabels: { a: "b" } },
      },
    },
    expected: "error FACT_FAILED: matchConstraints.namespaceSelector needs the Namespace, which is not known",
  },
  {
    name: "a false condition skips",
    spec: { ...rules("false"), matchConditions: [{ name: "c", expression: "false" }] },
    expected: "skip: matchConditions c is false",
  },
  {
    name: "a false condition decides over one that fails",
    spec: {
      ...rules("false"),
      matchConditions: [
        { name: "a", expression: "object.nope" },
        { name: "b", expression: "false" },
      ],
    },
    expected: "skip: matchConditions b is false",
  },
  {
    name: "a condition that fails is an error",
    spec: { ...rules("true"), matchConditions: [{ name: "a", expression: "object.nope" }] },
    expected: /^error EXPRESSION_FAILED: matchConditions a: .*nope/,
  },
  {
    name: "a condition that fails is ignored under failurePolicy Ignore",
    spec: { ...rules("false"), failurePolicy: "Ignore", matchConditions: [{ name: "a", expression: "object.nope" }] },
    expected: /^skip: failurePolicy Ignore: matchConditions a: /,
  },
  {
    name: "a condition that is no boolean",
    spec: { ...rules("true"), matchConditions: [{ name: "a", expression: "dyn(1)" }] },
    expected: /^error EXPRESSION_FAILED: matchConditions a: .*wrong type/,
  },
  {
    name: "a variable",
    spec: {
      ...rules("variables.b == 3"),
      variables: [
        { name: "a", expression: "1" },
        { name: "b", expression: "variables.a + 2" },
      ],
    },
    expected: "pass",
  },
  {
    name: "a variable that fails and is not used does not matter",
    spec: { ...rules("true"), variables: [{ name: "a", expression: "object.nope" }] },
    expected: "pass",
  },
  {
    name: "a variable that fails",
    spec: { ...rules("variables.a == 1"), variables: [{ name: "a", expression: "object.nope" }] },
    expected: /^error EXPRESSION_FAILED: .*nope/,
  },
  {
    name: "request",
    spec: rules(
      "request.operation == 'CREATE' && request.namespace == 'shop' && request.kind.kind == 'Pod' && request.object.kind == 'Pod'",
    ),
    expected: "pass",
  },
  {
    name: "a deleted object",
    spec: {
      ...rules("object == null && oldObject.kind == 'Pod' && images.containers == ['a']"),
      matchConstraints: {
        resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["DELETE"], resources: ["pods"] }],
      },
    },
    input: { object: null, oldObject: pod("a"), operation: "DELETE" },
    expected: "pass",
  },
  {
    name: "namespaceObject",
    spec: rules("namespaceObject.metadata.name == 'shop'"),
    input: { ...creation(pod("a")), namespaceObject: { metadata: { name: "shop" } } },
    expected: "pass",
  },
  { name: "no namespaceObject", spec: rules("namespaceObject == null"), expected: "pass" },
  {
    name: "images that cannot be read",
    spec: rules("images.containers.size() == 0"),
    input: creation({ apiVersion: "v1", kind: "Pod", spec: { containers: [{ image: 1 }] } }),
    expected: /^error VALUE_INVALID: .*expected a string at spec\.containers\[0\]\.image/,
  },
  {
    name: "a policy that is not about the images that are there",
    spec: { ...rules("true"), matchImageReferences: [{ glob: "ghcr.io/*" }] },
    expected: "skip: matchImageReferences cover none of the object's images",
  },
  {
    name: "… but a fail stays a fail",
    spec: { ...rules("false"), matchImageReferences: [{ glob: "ghcr.io/*" }] },
    expected: "fail: no",
  },
  { name: "signed", spec: rules(VERIFY), answer: signed, expected: "pass" },
  { name: "unsigned", spec: rules(VERIFY), answer: nothing, expected: "fail: no" },
  {
    name: "could not look is an error, not unsigned",
    spec: rules(VERIFY),
    answer: () => ({ ok: false, code: "REGISTRY_UNREACHABLE", message: "refused" }),
    expected: /^error REGISTRY_UNREACHABLE: .*refused/,
  },
  {
    name: "an error in one of two does not hide behind ||",
    spec: rules(`${VERIFY} || false`),
    answer: () => ({ ok: false, code: "REGISTRY_UNREACHABLE", message: "refused" }),
    expected: /^error REGISTRY_UNREACHABLE/,
  },
];

for (const { name, spec, input, answer, expected } of outcomes) {
  test(`evaluatePlan: ${name}`, () => {
    const found = firstOf(spec, input ?? creation(pod("a")), answer);
    if (expected instanceof RegExp) assert.match(found, expected);
    else assert.equal(found, expected);
  });
}

test("evaluatePlan: a pass is not counted while a fact is missing, whatever it would be", () => {
  for (const expression of [
    VERIFY,
    `!(${VERIFY})`,
    `${VERIFY} || true`,
    `true || ${VERIFY}`,
    `[${VERIFY}].size() == 1`,
  ]) {
    const evaluation = evaluatePlan(planOf(rules(expression)), creation(pod("a")), new Map(), OPTIONS);
    const decided = evaluation.responses.length === 1;
    assert.equal(decided, evaluation.pending.length === 0, expression);
    assert.equal(decided, evaluation.unfinished.length === 0, expression);
  }
});

const swallowing = (program: CelProgram): CelProgram => ({
  source: program.source,
  checked: program.checked,
  loads: true,
  type: program.type,
  evaluate(activation) {
    try {
      activation.facts.fact("imageData", { image: "x" });
    } catch {
      return true;
    }
    return false;
  },
});

test("evaluatePlan: a function that swallows a miss makes no result", () => {
  const plan = planOf({ variables: [{ name: "a", expression: "true" }], ...rules("variables.a", "true") });
  const [first, second] = plan.rules;
  assert.ok(first !== undefined && second !== undefined);
  const bad: Plan = {
    ...plan,
    rules: [first, { ...second, program: swallowing(second.program) }],
    variables: new Map([...plan.variables].map(([name, program]) => [name, swallowing(program)])),
  };
  const one = evaluatePlan(bad, creation(pod("a")), new Map(), OPTIONS);
  assert.deepEqual(one.responses, []);
  const facts = new Map(one.pending.map(({ key }): [string, Fact] => [key, { ok: true, value: null }]));
  const two = evaluatePlan(bad, creation(pod("a")), facts, { ...OPTIONS, previous: one });
  assert.deepEqual(
    two.responses.map(({ status }) => status),
    ["fail", "fail"],
  );
});

test("evaluatePlan: statusReason goes with a fail", () => {
  const plan = planOf({ validations: [{ expression: "false", reason: "Forbidden" }] });
  const [response] = evaluateWith(plan, creation(pod("a")), noFacts).evaluation.responses;
  assert.equal(response?.status === "fail" && response.statusReason, "Forbidden");
});

test("evaluatePlan: rules are independent, and all facts are asked for together", () => {
  const plan = planOf(rules(VERIFY, "false", "images.containers.all(i, getImageData(i).ok)"));
  const input = creation(pod("a", "b"));
  const first = evaluatePlan(plan, input, new Map(), OPTIONS);
  assert.deepEqual(
    first.responses.map(({ rule, status }) => [rule, status]),
    [["validations[1]", "fail"]],
  );
  assert.deepEqual(first.unfinished, ["validations[0]", "validations[2]"]);
  const kinds = first.pending.map(({ kind, params }) => `${kind} ${imageOf(params)}`);
  assert.deepEqual(kinds.slice(0, 1), ["imageEvidence a"]);
  assert.ok(kinds.includes("imageData a"), kinds.join());
});

test("evaluatePlan: finished rules and variables are kept, not made again", () => {
  const plan = planOf({
    variables: [
      { name: "first", expression: "getImageData('a').next" },
      { name: "second", expression: "getImageData(variables.first).next" },
    ],
    validations: [{ expression: "object.kind == 'Pod'" }, { expression: "variables.second == 'c'" }],
  });
  const input = creation(pod("a"));
  const facts = new Map<string, Fact>();
  const one = evaluatePlan(plan, input, facts, OPTIONS);
  facts.set(factRequest("imageData", { image: "a" }).key, { ok: true, value: { next: "b" } });
  const two = evaluatePlan(plan, input, facts, { ...OPTIONS, previous: one });
  assert.equal(two.responses[0], one.responses[0], "the same response object");
  assert.deepEqual(
    two.pending.map(({ params }) => imageOf(params)),
    ["b"],
  );
  facts.set(factRequest("imageData", { image: "b" }).key, { ok: true, value: { next: "c" } });
  // The first variable is remembered: its fact is not read again, so a change to it (which must not happen) is not seen.
  facts.set(factRequest("imageData", { image: "a" }).key, { ok: true, value: { next: "z" } });
  const three = evaluatePlan(plan, input, facts, { ...OPTIONS, previous: two });
  assert.equal(text(three.responses[1]), "pass");
  assert.deepEqual(evaluatePlan(plan, input, facts, { ...OPTIONS, previous: three }).responses, three.responses);
});

test("evaluatePlan: the previous evaluation is not changed by the next pass", () => {
  const plan = planOf(rules(VERIFY));
  const input = creation(pod("a"));
  const one = evaluatePlan(plan, input, new Map(), OPTIONS);
  const [request] = one.pending;
  assert.ok(request !== undefined && Object.isFrozen(one) && Object.isFrozen(one.pending));
  const resume = (fact: Fact): string =>
    text(evaluatePlan(plan, input, new Map([[request.key, fact]]), { ...OPTIONS, previous: one }).responses[0]);
  assert.equal(resume(signed(request.params)), "pass");
  assert.equal(resume(nothing(request.params)), "fail: no");
});

test("evaluatePlan: an evaluation of another plan cannot be resumed", () => {
  const other = evaluatePlan(planOf(rules(VERIFY)), creation(pod("a")), new Map(), OPTIONS);
  assert.throws(
    () => evaluatePlan(planOf(rules("true")), creation(pod("a")), new Map(), { ...OPTIONS, previous: other }),
    (error) => error instanceof AmapError && error.code === "BUG",
  );
});

test("evaluatePlan: a pass looks ahead over a bounded number of facts", () => {
  const images = Array.from({ length: 500 }, (_, index) => `image-${index}`);
  const plan = planOf(
    rules(VERIFY, "images.containers.map(i, verifyImageSignatures(i, [attestors.demo])).all(n, n > 0)"),
  );
  const { pending } = evaluatePlan(plan, creation(pod(...images)), new Map(), OPTIONS);
  assert.ok(pending.length <= LIMITS.factLookAhead, String(pending.length));
  const { evaluation, facts, passes } = evaluateWith(plan, creation(pod(...images)), signed);
  assert.deepEqual(
    evaluation.responses.map(({ status }) => status),
    ["pass", "pass"],
  );
  assert.equal(facts.size, 500);
  assert.ok(passes < 50, `${passes} passes`);
});

test("evaluatePlan: a rule that takes too many steps is an error, and the others are not", () => {
  const deep = Array.from({ length: 8 }, (_, index) => `[1,2,3,4,5,6,7,8,9,10].all(x${index}, `).join("");
  const plan = planOf(rules(`${deep}true${")".repeat(8)}`, "true"));
  const { responses } = evaluateWith(plan, creation(pod("a")), noFacts).evaluation;
  assert.match(text(responses[0]), /^error BUDGET_EXCEEDED/);
  assert.equal(text(responses[1]), "pass");
});

test("evaluatePlan: a variable costs each rule what it costs the first one", () => {
  const inner = Array.from({ length: 6 }, (_, index) => `[1,2,3,4,5,6,7,8,9,10].all(x${index}, `).join("");
  const plan = planOf({
    variables: [{ name: "costly", expression: `${inner}true${")".repeat(6)}` }],
    validations: [
      { expression: "variables.costly" },
      { expression: "[1,2,3,4,5,6,7,8,9,10].all(x, variables.costly)" },
    ],
  });
  const { responses } = evaluateWith(plan, creation(pod("a")), noFacts).evaluation;
  assert.equal(text(responses[0]), "pass");
  assert.match(text(responses[1]), /^error BUDGET_EXCEEDED/);
});

test("evaluatePlan: variables stand on each other as deep as they like, in whatever order they are used", () => {
  const deep = (inner: string, levels: number): string =>
    levels === 0 ? inner : `[${deep(inner, levels - 1)}].map(x${levels}, x${levels})[0]`;
  for (const [count, levels] of [
    [990, 0],
    [100, 60],
  ] as const) {
    const variables = Array.from({ length: count }, (_, index) => ({
      name: `v${index}`,
      expression: index === 0 ? "1" : deep(`variables.v${index - 1} + 1`, levels),
    }));
    const [last, half] = [`variables.v${count - 1} == ${count}`, `variables.v${count / 2} == ${count / 2 + 1}`];
    for (const expressions of [
      [last, half],
      [half, last],
    ]) {
      const plan = planOf({ variables, validations: expressions.map((expression) => ({ expression })) });
      assert.deepEqual(evaluateWith(plan, creation(pod("a")), noFacts).evaluation.responses.map(text), [
        "pass",
        "pass",
      ]);
    }
  }
});

test("evaluatePlan: 990 facts that stand on each other are loaded one after the other, each variable made once", () => {
  const variables = Array.from({ length: 990 }, (_, index) => ({
    name: `v${index}`,
    expression: index === 0 ? "getImageData('0').next" : `getImageData(variables.v${index - 1}).next`,
  }));
  const plan = planOf({ variables, validations: [{ expression: "variables.v989 == '990'" }] });
  const { evaluation, facts, passes } = evaluateWith(plan, creation(pod("a")), (params) => ({
    ok: true,
    value: { next: String(Number(imageOf(params)) + 1) },
  }));
  assert.deepEqual(evaluation.responses.map(text), ["pass"]);
  assert.equal(facts.size, 990);
  assert.equal(passes, 991);
});

test("evaluatePlan: input, facts and params are not changed", () => {
  const freeze = (value: Value): Value => {
    if (typeof value === "object" && value !== null) {
      for (const member of Object.values(value)) freeze(member);
      Object.freeze(value);
    }
    return value;
  };
  const object = freeze({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: { template: pod("a") },
  });
  const plan = planOf({ ...rules(VERIFY, "object.metadata.name == 'web' && object.spec.containers.size() == 1") });
  const { evaluation } = evaluateWith(plan, Object.freeze(creation(object)), (params) => ({
    ok: true,
    value: freeze((signed(params) as { value: Value }).value),
  }));
  assert.deepEqual(evaluation.responses.map(text), ["pass", "pass"]);
});

test("evaluatePlan: evidence says what was looked at, for pass, fail and error", () => {
  const value = evidenceOf("a", {
    signatures: [SIGNATURE],
    attestations: [attestation("https://x", {}, "2026-11-22T00:00:00Z"), attestation("https://x")],
    scans: [{ finishedAt: "2026-11-22T00:00:00Z" }],
    sboms: [{ format: "SPDX" }],
    findings: [{ answered: true }, { answered: false }],
    rejected: [{ kind: "bundle", code: "SIGNER_UNKNOWN", message: "another key", foundAt: {} }],
  });
  const expected = {
    kind: "imageEvidence",
    image: "a",
    attestors: ["demo"],
    digest: `sha256:${"a".repeat(64)}`,
    signatures: 1,
    attestations: [{ predicateType: "https://x", count: 2, signedTime: { source: "self-asserted" } }],
    sboms: ["SPDX"],
    scannedAt: "2026-11-22T00:00:00Z",
    findings: 2,
    unanswered: 1,
    rejected: [{ code: "SIGNER_UNKNOWN", message: "another key" }],
  };
  const plan = planOf({
    variables: [{ name: "ok", expression: VERIFY }],
    ...rules("variables.ok", "!variables.ok", "variables.ok && object.nope"),
  });
  const { responses } = evaluateWith(plan, creation(pod("a")), () => ({ ok: true, value })).evaluation;
  assert.deepEqual(
    responses.map(({ status }) => status),
    ["pass", "fail", "error"],
  );
  for (const response of responses) assert.deepEqual("evidence" in response && response.evidence, [expected]);
});

test("evaluatePlan: evidence of a fact that could not be loaded is its failure", () => {
  const failed: Fact = { ok: false, code: "MANIFEST_NOT_FOUND", message: "no such tag" };
  const [response] = evaluateWith(planOf(rules(VERIFY)), creation(pod("a")), () => failed).evaluation.responses;
  assert.deepEqual(response?.status === "error" && response.evidence, [
    { kind: "imageEvidence", image: "a", attestors: ["demo"], code: "MANIFEST_NOT_FOUND", message: "no such tag" },
  ]);
});

const CHECKS: Spec = { validationConfigurations: { verifyDigest: true, required: true } };
const pinned = `a@sha256:${"d".repeat(64)}`;
const checks: readonly {
  name: string;
  spec: Spec;
  images: readonly string[];
  answer?: (params: Value) => Fact;
  expected: readonly string[];
}[] = [
  { name: "both hold", spec: { ...CHECKS, ...rules(VERIFY) }, images: [pinned], answer: signed, expected: [] },
  {
    name: "no digest",
    spec: { ...CHECKS, ...rules(VERIFY) },
    images: ["a:1"],
    answer: signed,
    expected: ["validationConfigurations.verifyDigest fail: image a:1 does not name a digest"],
  },
  {
    name: "no rule checks",
    spec: { ...CHECKS, ...rules("true") },
    images: [pinned],
    expected: [
      `validationConfigurations.required fail: image ${pinned} is not verified: no rule checks a signature or attestation of it`,
    ],
  },
  {
    name: "a check that failed, whatever the rule made of it",
    spec: { ...CHECKS, ...rules("images.containers.all(i, verifyImageSignatures(i, [attestors.demo]) >= 0)") },
    images: [pinned],
    answer: nothing,
    expected: [
      `validationConfigurations.required fail: image ${pinned} is not verified: no signature or attestation of it passed a check`,
    ],
  },
  {
    name: "a check by no attestor is none",
    spec: { ...CHECKS, ...rules("images.containers.all(i, verifyImageSignatures(i, []) == 0)") },
    images: [pinned],
    expected: [
      `validationConfigurations.required fail: image ${pinned} is not verified: no rule checks a signature or attestation of it`,
    ],
  },
  {
    name: "reading evidence is no check",
    spec: {
      ...CHECKS,
      ...rules("images.containers.all(i, amap.evidence(i, [attestors.demo]).signatures.size() == 1)"),
    },
    images: [pinned],
    answer: signed,
    expected: [
      `validationConfigurations.required fail: image ${pinned} is not verified: no rule checks a signature or attestation of it`,
    ],
  },
  {
    name: "one of two images",
    spec: { ...CHECKS, ...rules("images.containers.exists(i, verifyImageSignatures(i, [attestors.demo]) > 0)") },
    images: [pinned, `b@sha256:${"e".repeat(64)}`],
    answer: signed,
    expected: [
      `validationConfigurations.required fail: image b@sha256:${"e".repeat(64)} is not verified: no rule checks a signature or attestation of it`,
    ],
  },
  {
    name: "images that are not covered",
    spec: { ...CHECKS, ...rules("true"), matchImageReferences: [{ glob: "ghcr.io/*" }] },
    images: ["a:1"],
    expected: [],
  },
  {
    name: "switched off",
    spec: { ...rules("true"), validationConfigurations: { verifyDigest: false, required: false } },
    images: ["a:1"],
    expected: [],
  },
  {
    name: "on by default",
    spec: { ...rules("true"), validationConfigurations: {} },
    images: ["a:1"],
    expected: [
      "validationConfigurations.verifyDigest fail: image a:1 does not name a digest",
      "validationConfigurations.required fail: image a:1 is not verified: no rule checks a signature or attestation of it",
    ],
  },
  {
    name: "a reference that is none",
    spec: { ...rules("true"), validationConfigurations: { required: false } },
    images: ["A:@"],
    expected: [
      'validationConfigurations.verifyDigest fail: "A:@" is not an image reference: after @ it needs sha256: and 64 lower-case hex digits (or sha512: and 128)',
    ],
  },
];

for (const { name, spec, images, answer, expected } of checks) {
  test(`validationConfigurations: ${name}`, () => {
    const { responses } = evaluateWith(planOf(spec), creation(pod(...images)), answer ?? noFacts).evaluation;
    assert.deepEqual(
      responses.slice(1).map((response) => `${response.rule} ${text(response)}`),
      expected,
    );
  });
}

test("validationConfigurations: a check in a remembered variable counts", () => {
  const plan = planOf({
    ...CHECKS,
    variables: [{ name: "ok", expression: VERIFY }],
    ...rules("variables.ok", "variables.ok && getImageData('x').ok"),
  });
  const { evaluation, passes } = evaluateWith(plan, creation(pod(pinned)), (params, kind) =>
    kind === "imageData" ? { ok: true, value: { ok: true } } : signed(params),
  );
  assert.ok(passes > 2);
  assert.deepEqual(
    evaluation.responses.map(({ status }) => status),
    ["pass", "pass"],
  );
});

test("abandonEvaluation: unfinished rules are errors, finished ones stay", () => {
  const evaluation = evaluatePlan(planOf(rules("true", VERIFY, "false")), creation(pod("a")), new Map(), OPTIONS);
  const { responses, pending } = abandonEvaluation(evaluation, { code: "BUDGET_EXCEEDED", message: "enough" });
  assert.deepEqual(
    responses.map((response) => `${response.rule} ${text(response)}`),
    ["validations[0] pass", "validations[2] fail: no", "validations[1] error BUDGET_EXCEEDED: enough"],
  );
  assert.deepEqual(pending, []);
});

const nameOf = (params: Value): string => (JSON.stringify(params).includes('"name":"a"') ? "a" : "b");

test("two attestors are asked for together, and a failed one is an error", () => {
  const attestors = [exampleAttestor("a"), exampleAttestor("b")];
  const plan = planOf({ attestors, ...rules("verifyImageSignatures('x', [attestors.a, attestors.b]) == 1") });
  const first = evaluatePlan(plan, creation(pod("x")), new Map(), OPTIONS);
  assert.deepEqual(
    first.pending.map(({ params }) => nameOf(params)),
    ["a", "b"],
  );
  const one = evaluateWith(plan, creation(pod("x")), (params) =>
    nameOf(params) === "a" ? signed(params) : nothing(params),
  );
  assert.equal(text(one.evaluation.responses[0]), "pass");
  const failed = evaluateWith(plan, creation(pod("x")), (params) =>
    nameOf(params) === "a" ? signed(params) : { ok: false, code: "TIMEOUT", message: "late" },
  );
  assert.match(text(failed.evaluation.responses[0]), /^error TIMEOUT/);
});
