import assert from "node:assert/strict";
import { test } from "node:test";
import { isAmapError, listOf, memberOf, readYaml, textOf, type Value } from "../../base/index.ts";
import {
  EXAMPLE_PUBLIC_KEY,
  evidenceOf,
  imageOf,
  pod,
  policyDocument,
  SIGNATURE,
} from "../../testing/policy-builders.ts";
import { compileImagePolicy } from "../compile/compile-policies.ts";
import type { Plan } from "../compile/plan.ts";
import { decodePolicy } from "../resource/decode-policies.ts";
import type { CelPolicyException } from "../resource/policies/cel-policy-exception.ts";
import { compileCelExceptions } from "./cel/cel-exceptions.ts";
import type { Fact, FactRequest, Facts } from "./facts.ts";
import {
  abandonImagePolicies,
  evaluateImagePolicies,
  type ImagePoliciesEvaluation,
  type ImagePoliciesOptions,
} from "./image-policies.ts";
import type { PolicyInput } from "./input.ts";

type Spec = { readonly [key: string]: Value };

const NOW = Date.UTC(2026, 10, 22);
const IMAGE = "ghcr.io/acme/app:1.0";
const PINNED = `ghcr.io/acme/app@sha256:${"a".repeat(64)}`;
const OTHER = "docker.io/library/other:1";
const VERIFY = "images.containers.all(i, verifyImageSignatures(i, [attestors.demo]) > 0)";
const STRICT = { validationConfigurations: { verifyDigest: false } };
const NOTARY = { name: "notary", notary: { certs: { value: "PEM" } } };

function planOf(spec: Spec, { kind = "ImageValidatingPolicy", name = "p", namespace = "" } = {}): Plan {
  const document = readYaml(policyDocument(spec, { name, ...(namespace === "" ? {} : { namespace }) }))[0] as Spec;
  const place = { source: "p.yaml", document: 1 };
  const decoded = decodePolicy({ ...document, kind }, place, { defersUnanswered: true });
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.issues));
  const resource = decoded.value;
  if (resource.kind !== "ImageValidatingPolicy" && resource.kind !== "NamespacedImageValidatingPolicy")
    throw new Error();
  const compiled = compileImagePolicy(resource, { asInKyverno: true });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.issues));
  return compiled.value;
}

type Answer = (request: FactRequest) => Fact;
const signed: Answer = ({ params }) => ({ ok: true, value: evidenceOf(imageOf(params), { signatures: [SIGNATURE] }) });
const unsigned: Answer = ({ params }) => ({ ok: true, value: evidenceOf(imageOf(params)) });
const unreachable: Answer = () => ({ ok: false, code: "REGISTRY_UNAUTHORIZED", message: "who are you" });
const noFacts: Answer = ({ kind }) => assert.fail(`${kind} was asked for`);

function evaluate(
  plans: readonly Plan[],
  input: PolicyInput,
  answer: Answer = noFacts,
  options: Partial<ImagePoliciesOptions> = {},
): ImagePoliciesEvaluation {
  const facts = new Map<string, Fact>();
  let previous: ImagePoliciesEvaluation | undefined;
  for (let passes = 0; passes < 50; passes++) {
    previous = evaluateImagePolicies(plans, input, { now: NOW, seed: "", ...options, facts, previous });
    if (previous.pending.length === 0) return previous;
    for (const request of previous.pending) facts.set(request.key, answer(request));
  }
  throw new Error("no end");
}

/** `status rule: message` of each response. */
function said({ evaluations }: ImagePoliciesEvaluation): readonly string[] {
  return evaluations.flatMap(({ responses }) =>
    responses.map(({ status, rule, message }) => `${status} ${rule}: ${message.split("\n")[0]}`),
  );
}

const create = (object: Value): PolicyInput => ({ object, operation: "CREATE" });
const rules = (...expressions: readonly string[]): Spec => ({
  validations: expressions.map((expression) => ({ expression, message: `not ${expression}` })),
});
const deployment = (image: string): Value => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "shop" },
  spec: { template: { spec: { containers: [{ name: "c", image }] } } },
});

interface Row {
  readonly name: string;
  readonly spec: Spec;
  readonly object?: Value;
  readonly answer?: Answer;
  readonly expected: readonly (string | RegExp)[];
}

const rows: readonly Row[] = [
  { name: "true passes", spec: rules("true"), expected: ["pass p: success"] },
  {
    name: "the first that is false decides",
    spec: rules("true", "1 == 2", "1 == 3"),
    expected: ["fail p: not 1 == 2"],
  },
  {
    name: "without a message its place is told",
    spec: { validations: [{ expression: "true" }, { expression: "1 == 2" }] },
    expected: ["fail p: CEL expression validation failed at index 1"],
  },
  {
    name: "messageExpression",
    spec: { validations: [{ expression: "false", messageExpression: "'no ' + object.kind" }] },
    expected: ["fail p: no Pod"],
  },
  {
    name: "one that fails is an error, whatever stands behind it",
    spec: rules("object.nope", "1 == 2"),
    expected: [/^error evaluation: failed to evaluate policy: .*nope/],
  },
  {
    name: "one that is false stands before one that fails",
    spec: rules("1 == 2", "object.nope"),
    expected: ["fail p: not 1 == 2"],
  },
  {
    name: "an object of another kind",
    spec: rules("false"),
    object: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } },
    expected: [],
  },
  { name: "a controller of Pods", spec: rules("false"), object: deployment(IMAGE), expected: ["fail p: not false"] },
  {
    name: "conditions that do not hold",
    spec: { matchConditions: [{ name: "a", expression: "1 == 2" }], ...rules("false") },
    expected: [],
  },
  {
    name: "conditions that fail",
    spec: { matchConditions: [{ name: "a", expression: "object.nope == 1" }], ...rules("true") },
    expected: [/^error evaluation: failed to evaluate policy: matchConditions a: .*nope/],
  },
  {
    name: "conditions that fail under Ignore",
    spec: {
      failurePolicy: "Ignore",
      matchConditions: [{ name: "a", expression: "object.nope == 1" }],
      ...rules("false"),
    },
    expected: [],
  },
  {
    name: "images that the policy does not cover",
    spec: { matchImageReferences: [{ glob: "quay.io/*" }], ...rules(VERIFY) },
    expected: ["pass p: success"],
  },
  {
    name: "a tag where digests are asked for; nothing is looked at",
    spec: { ...rules(VERIFY), validationConfigurations: {} },
    expected: [`fail p: image ${IMAGE} does not have a digest`],
  },
  {
    name: "a digest where digests are asked for",
    spec: { ...rules("true"), validationConfigurations: { required: false } },
    object: pod(PINNED),
    expected: ["pass p: success"],
  },
  {
    name: "a name that is none where digests are asked for",
    spec: { ...rules("true"), validationConfigurations: { required: false } },
    object: pod("A B"),
    expected: [/^error evaluation: failed to evaluate policy: /],
  },
  { name: "signed", spec: { ...STRICT, ...rules(VERIFY) }, answer: signed, expected: ["pass p: success"] },
  { name: "not signed", spec: rules(VERIFY), answer: unsigned, expected: [`fail p: not ${VERIFY}`] },
  {
    name: "nobody could look",
    spec: rules(VERIFY),
    answer: unreachable,
    expected: [/^error evaluation: failed to evaluate policy: .*who are you/],
  },
  {
    name: "required, and nothing is checked",
    spec: { ...STRICT, ...rules("true") },
    expected: [`fail p: image ${IMAGE} is not verified: no policy performed a signature or attestation check on it`],
  },
  {
    name: "required, and the check is talked away",
    spec: { ...STRICT, ...rules(`${VERIFY} || true`) },
    answer: unsigned,
    expected: [`fail p: image ${IMAGE} failed signature or attestation verification`],
  },
  {
    name: "an attestor that amap cannot ask, and no policy needs",
    spec: { attestors: [NOTARY], ...rules("true") },
    expected: ["pass p: success"],
  },
  {
    name: "no key that can be read",
    spec: {
      attestors: [{ name: "demo", cosign: { key: { data: "none" }, ctlog: { insecureIgnoreTlog: true } } }],
      ...rules("true"),
    },
    expected: ["pass p: success"],
  },
];

for (const { name, spec, object = pod(IMAGE), answer, expected } of rows) {
  test(`policies about images: ${name}`, () => {
    const found = said(evaluate([planOf(spec)], create(object), answer));
    assert.equal(found.length, expected.length, found.join());
    for (const [index, wanted] of expected.entries()) {
      if (typeof wanted === "string") assert.equal(found[index], wanted);
      else assert.match(found[index] ?? "", wanted);
    }
  });
}

test("an image that another policy has verified is verified, in whatever order they stand", () => {
  const everything = planOf({ ...STRICT, ...rules("true") }, { name: "everything" });
  const checking = planOf({ ...rules(VERIFY) }, { name: "checking" });
  for (const plans of [
    [everything, checking],
    [checking, everything],
  ]) {
    const ok = said(evaluate(plans, create(pod(IMAGE)), signed));
    assert.deepEqual(ok.toSorted(), ["pass checking: success", "pass everything: success"]);
    const bad = said(evaluate(plans, create(pod(IMAGE)), unsigned));
    assert.ok(bad.includes(`fail everything: image ${IMAGE} failed signature or attestation verification`));
  }
});

test("an image that another policy has verified lends nothing to the one beside it", () => {
  const everything = planOf({ ...STRICT, ...rules("true") }, { name: "everything" });
  const checking = planOf({ matchImageReferences: [{ glob: "ghcr.io/*" }], ...rules(VERIFY) }, { name: "checking" });
  const [first] = said(evaluate([everything, checking], create(pod(IMAGE, OTHER)), signed));
  assert.match(first ?? "", /^fail everything: image docker\.io\/library\/other:1 is not verified/);
});

const unanswered: readonly (readonly [string, Spec, RegExp])[] = [
  ["Notary", { attestors: [NOTARY] }, /Notary/],
  [
    "an identity without an issuer",
    { attestors: [{ name: "notary", cosign: { keyless: { identities: [{ subject: "a" }] } } }] },
    /expected issuer or issuerRegExp, found neither/,
  ],
  [
    "a key service",
    { attestors: [{ name: "notary", cosign: { key: { kms: "awskms:///alias/k" } } }] },
    /key management service/,
  ],
  [
    "a transparency log without an address",
    { attestors: [{ name: "notary", cosign: { key: { data: EXAMPLE_PUBLIC_KEY }, ctlog: {} } }] },
    /address of the transparency log/,
  ],
];

for (const [name, spec, reason] of unanswered) {
  const expression = "images.containers.all(i, verifyImageSignatures(i, [attestors.notary]) > 0)";
  // What a loader does that knows of nothing given.
  const answer: Answer = ({ params }) => {
    const [attestor = null] = listOf(params, "attestors");
    return { ok: false, code: "NOT_SUPPORTED", message: textOf(attestor, "unanswered") };
  };

  test(`an attestor by ${name} is an error that says so, and counts where its answer is given`, () => {
    const plan = planOf({ ...spec, ...rules(expression) });
    const [error] = evaluate([plan], create(pod(IMAGE)), answer).evaluations[0]?.responses ?? [];
    assert.equal(error?.status, "error");
    assert.equal(error?.code, "NOT_SUPPORTED");
    assert.match(error?.message ?? "", reason);
    assert.deepEqual(said(evaluate([plan], create(pod(IMAGE)), signed)), ["pass p: success"]);
    assert.deepEqual(said(evaluate([plan], create(pod(IMAGE)), unsigned)), [`fail p: not ${expression}`]);
  });
}

test("an attestation that amap cannot read is an error, and is read where it is given", () => {
  const plan = planOf({
    attestations: [{ name: "sbom", referrer: { type: "sbom/cyclone-dx" } }],
    ...rules(
      "images.containers.all(i, verifyAttestationSignatures(i, attestations.sbom, [attestors.demo]) > 0)",
      "images.containers.all(i, extractPayload(i, attestations.sbom).bomFormat == 'CycloneDX')",
    ),
  });
  assert.match(said(evaluate([plan], create(pod(IMAGE)), signed)).join(), /^error evaluation: .*attestation sbom: /);
  const given = (bomFormat: string): Answer => {
    const attestations = [{ predicateType: "sbom/cyclone-dx", payload: { bomFormat } }];
    return ({ params }) => ({ ok: true, value: evidenceOf(imageOf(params), { attestations, isGiven: true }) });
  };
  assert.deepEqual(said(evaluate([plan], create(pod(IMAGE)), given("CycloneDX"))), ["pass p: success"]);
  assert.match(said(evaluate([plan], create(pod(IMAGE)), given("SPDX"))).join(), /^fail p: not .*bomFormat/);
});

test("without being asked for, policies that cannot be verified are refused where they are read", () => {
  const document = readYaml(policyDocument({ attestors: [NOTARY] }))[0] as Value;
  const decoded = decodePolicy(document, { source: "p.yaml", document: 1 });
  assert.equal(decoded.ok ? "" : decoded.issues[0]?.code, "NOT_SUPPORTED");
  const misspelt = readYaml(policyDocument({ attestors: [{ name: "a", notry: {} }] }))[0] as Value;
  assert.equal(decodePolicy(misspelt, { source: "p.yaml", document: 1 }, { defersUnanswered: true }).ok, false);
});

const exceptionOf = (spec: Partial<CelPolicyException["spec"]> = {}): CelPolicyException => ({
  apiVersion: "policies.kyverno.io/v1",
  kind: "PolicyException",
  metadata: { name: "e", namespace: "ops" },
  spec: { policyRefs: [{ kind: "ImageValidatingPolicy", name: "p" }], ...spec },
});
const when = (expression: string) => ({ matchConditions: [{ name: "c", expression }] });
const SKIPPED = "skip exception: rule is skipped due to policy exception: ops/e";

const excepted: readonly (readonly [string, CelPolicyException, string | RegExp])[] = [
  ["the whole policy", exceptionOf(), SKIPPED],
  ["by a condition", exceptionOf(when("object.metadata.name == 'web'")), SKIPPED],
  ["by a condition that is false", exceptionOf(when("object.metadata.name == 'x'")), "fail p: not false"],
  ["by a condition that fails", exceptionOf(when("object.nope == 1")), /^error evaluation: .*PolicyException ops\/e: /],
  [
    "by a condition that fails, for images alone",
    exceptionOf({ images: ["*"], ...when("object.nope == 1") }),
    "fail p: not false",
  ],
  ["images alone lift nothing", exceptionOf({ images: ["*"] }), "fail p: not false"],
  ["values alone lift nothing", exceptionOf({ allowedValues: ["*"] }), "fail p: not false"],
  ["reports say skip whatever it asks for", exceptionOf({ reportResult: "pass" }), SKIPPED],
  ["expired", exceptionOf({ expiresAt: "2026-11-21T00:00:00Z" }), "fail p: not false"],
  [
    "of the namespaced kind",
    exceptionOf({ policyRefs: [{ kind: "NamespacedImageValidatingPolicy", name: "p" }] }),
    "fail p: not false",
  ],
];

for (const [name, exception, expected] of excepted) {
  test(`exception from a policy about images: ${name}`, () => {
    const exceptions = compileCelExceptions([exception]);
    const evaluation = evaluate([planOf(rules("false"))], create(pod(IMAGE)), noFacts, { exceptions });
    const [found = "none"] = said(evaluation);
    if (typeof expected === "string") assert.equal(found, expected);
    else assert.match(found, expected);
    const isLifted = found === SKIPPED;
    assert.deepEqual(evaluation.evaluations[0]?.responses[0]?.exceptions, isLifted ? ["ops/e"] : undefined);
  });
}

test("an exception sees a controller itself, not the Pod that it makes", () => {
  const exceptions = compileCelExceptions([exceptionOf(when("object.kind == 'Deployment'"))]);
  const plan = planOf(rules("object.kind == 'Job'"));
  assert.deepEqual(said(evaluate([plan], create(deployment(IMAGE)), noFacts, { exceptions })), [SKIPPED]);
});

test("what is written in vain is warned of", () => {
  const plan = planOf({
    auditAnnotations: [{ key: "a", valueExpression: "'b'" }],
    credentials: { secrets: ["s"] },
    ...rules("true"),
  });
  assert.deepEqual(
    plan.warnings.map((warning) => warning.split(" is not acted on")[0]),
    ["policy p: spec.auditAnnotations", "policy p: spec.credentials.secrets"],
  );
  assert.deepEqual(said(evaluate([plan], create(pod(IMAGE)))), ["pass p: success"]);
  assert.deepEqual(planOf({ attestors: [NOTARY], ...rules("true") }).warnings, []);
});

test("many exceptions that take long are an error, also under Ignore, and not a long wait", () => {
  const labels = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`l${index}`, "x"]));
  const object = { ...(pod(IMAGE) as object), metadata: { name: "web", namespace: "shop", labels } };
  const slow = "object.metadata.labels.all(a, object.metadata.labels.all(b, a != '' && b != '')) && object.kind == 'x'";
  const exceptions = compileCelExceptions(Array.from({ length: 1_000 }, () => exceptionOf(when(slow))));
  const plan = planOf({ failurePolicy: "Ignore", ...rules("true") });
  const found = said(evaluate([plan], create(object), noFacts, { exceptions }));
  assert.deepEqual(found, ["error evaluation: failed to evaluate policy: the policy takes more than 30000000 steps"]);
});

test("an exception may ask for facts", () => {
  const exceptions = compileCelExceptions([
    exceptionOf(when("resource.Get('v1', 'configmaps', 'ops', 'on').data.on == 'yes'")),
  ]);
  const answer =
    (on: string): Answer =>
    () => ({ ok: true, value: { data: { on } } });
  const plans = [planOf(rules("false"))];
  assert.deepEqual(said(evaluate(plans, create(pod(IMAGE)), answer("yes"), { exceptions })), [SKIPPED]);
  assert.deepEqual(said(evaluate(plans, create(pod(IMAGE)), answer("no"), { exceptions })), ["fail p: not false"]);
});

test("a policy of a namespace is about its own alone", () => {
  const options = { kind: "NamespacedImageValidatingPolicy", namespace: "shop" };
  const shown = (namespace: string) =>
    said(evaluate([planOf(rules("false"), { ...options, namespace })], create(pod(IMAGE))));
  assert.deepEqual(shown("shop"), ["fail p: not false"]);
  assert.deepEqual(shown("ops"), []);
});

test("a policy of the mode JSON judges payloads alone", () => {
  const plan = planOf({
    evaluation: { mode: "JSON" },
    matchConstraints: null,
    images: [{ name: "used", expression: "[object.image]" }],
    matchConditions: [{ name: "a", expression: "has(object.image)" }],
    validations: [{ expression: "images.used.all(i, i.startsWith('ghcr.io/'))", message: "not ours" }],
  });
  const shown = (payload: Value) => said(evaluate([plan], create(payload), noFacts, { payload }));
  assert.deepEqual(shown({ image: IMAGE }), ["pass p: success"]);
  assert.deepEqual(shown({ image: OTHER }), ["fail p: not ours"]);
  assert.deepEqual(shown({}), []);
  assert.deepEqual(said(evaluate([plan], create(pod(IMAGE)))), []);
  const other = planOf(rules("false"));
  assert.deepEqual(said(evaluate([other], create(pod(IMAGE)), noFacts, { payload: pod(IMAGE) })), []);
});

test("what cannot be finished is an error, and what is finished stays", () => {
  const plans = [planOf(rules("true"), { name: "done" }), planOf(rules(VERIFY), { name: "open" })];
  const first = evaluateImagePolicies(plans, create(pod(IMAGE)), { now: NOW, seed: "", facts: new Map() });
  assert.equal(first.pending.length, 1);
  assert.deepEqual(said(first), ["pass done: success"]);
  const ended = abandonImagePolicies(plans, first, { code: "BUDGET_EXCEEDED", message: "late" });
  assert.deepEqual(said(ended), ["pass done: success", "error evaluation: failed to evaluate policy: late"]);
  assert.equal(ended.pending.length, 0);
  assert.equal(abandonImagePolicies(plans, ended, { code: "TIMEOUT", message: "x" }), ended);
  assert.throws(
    () =>
      evaluateImagePolicies([...plans], create(pod(IMAGE)), { now: NOW, seed: "", facts: new Map(), previous: first }),
    (error) => isAmapError(error, "BUG"),
  );
});

test("law: any order in which facts come leads to the same responses", () => {
  const plans = [planOf({ ...STRICT, ...rules("true") }, { name: "a" }), planOf(rules(VERIFY), { name: "b" })];
  const input = create(pod(IMAGE, OTHER));
  const answers = new Map<string, Fact>();
  const all = evaluate(plans, input, (request) => {
    const fact = request.key.includes(IMAGE) ? signed(request) : unsigned(request);
    answers.set(request.key, fact);
    return fact;
  });
  const keys = [...answers.keys()];
  assert.equal(keys.length, 2);
  for (const withheld of keys) {
    const some: Facts = new Map([...answers].filter(([key]) => key !== withheld));
    const first = evaluateImagePolicies(plans, input, { now: NOW, seed: "", facts: some });
    assert.deepEqual(
      first.pending.map(({ key }) => key),
      [withheld],
    );
    const then = evaluateImagePolicies(plans, input, { now: NOW, seed: "", facts: answers, previous: first });
    assert.deepEqual(said(then), said(all));
  }
  const given = evaluateImagePolicies(plans, input, { now: NOW, seed: "", facts: answers });
  assert.deepEqual(said(given), said(all));
});

test("an explanation tells what each validation came to, and why a policy says nothing", () => {
  const plans = [planOf(rules("true", "1 == 2")), planOf({ matchConditions: [{ name: "a", expression: "false" }] })];
  const { evaluations } = evaluate(plans, create(pod(IMAGE)), noFacts, { explain: true });
  const [first, second] = evaluations;
  const steps = first?.responses[0]?.trace ?? [];
  assert.deepEqual(
    steps.map((step) => (step.kind === "note" ? `${step.path} ${step.message}` : step.kind)),
    ["match", "validations[0] pass", "validations[1] fail: not 1 == 2"],
  );
  assert.deepEqual(second?.unmatched?.[0]?.reasons, ["matchConditions a is false"]);
  assert.equal(
    memberOf(evaluate(plans, create(pod(IMAGE))).evaluations[0]?.responses[0] as unknown as Value, "trace"),
    undefined,
  );
});
