import assert from "node:assert/strict";
import { test } from "node:test";
import { isAmapError, LIMITS, type Value } from "../../../base/index.ts";
import { kyvernoEnvironment } from "../../compile/cel-environment.ts";
import type { CelPlan, CelRun } from "../../compile/cel-plan.ts";
import type { CelPolicyException } from "../../resource/policies/cel-policy-exception.ts";
import { NotingFactReader, PendingFacts } from "../fact-reader.ts";
import { MISSING_FACT } from "../facts.ts";
import type { TraceStep } from "../rule-trace.ts";
import type { CelExemption } from "./cel-exception.ts";
import { type CelExceptionOptions, compileCelExceptions } from "./cel-exceptions.ts";

const POD = { apiVersion: "v1", kind: "Pod", metadata: { name: "web", namespace: "shop" } };
const NOW = Date.UTC(2026, 5, 1);
const FALSE = "object.metadata.name == 'other'";
const BROKEN = "object.metadata.labels.team == 'a'";
const NOT_CEL = "object.metadata.name ==";

type Spec = Partial<CelPolicyException["spec"]>;

function exceptionOf(name: string, spec: Spec = {}, labels: Readonly<Record<string, string>> = {}): CelPolicyException {
  return {
    apiVersion: "policies.kyverno.io/v1",
    kind: "PolicyException",
    metadata: { name, namespace: "ops", labels },
    spec: { policyRefs: [{ kind: "ValidatingPolicy", name: "p" }], ...spec },
  };
}

const when = (...expressions: readonly string[]): Spec => ({
  matchConditions: expressions.map((expression, index) => ({ name: `c${index}`, expression })),
});

const PLAN = {
  engine: "cel",
  kind: "ValidatingPolicy",
  rules: "kyverno",
  policy: "p",
  namespace: "",
  mode: "Kubernetes",
  type: "Validation",
  failurePolicy: "Fail",
} as CelPlan;

interface Asked {
  readonly plan?: Partial<CelPlan>;
  readonly object?: Value;
  readonly options?: CelExceptionOptions;
  readonly steps?: number;
  readonly notes?: TraceStep[];
}

function ask(exceptions: readonly CelPolicyException[], asked: Asked = {}): CelExemption | undefined {
  const plan = { ...PLAN, ...asked.plan } as CelPlan;
  const environment = kyvernoEnvironment(plan.namespace).extend({ lazyVariables: {} });
  const object = asked.object ?? POD;
  const facts = new NotingFactReader(new Map(), new PendingFacts());
  const run = {
    plan,
    variant: { variables: { programs: new Map(), environment } },
    now: NOW,
    facts,
    evaluate: (program: Parameters<CelRun["evaluate"]>[0]) =>
      program.evaluate({
        variables: environment.bind({ object, oldObject: null, namespaceObject: null }),
        now: NOW,
        facts,
        budget: { steps: asked.steps ?? LIMITS.evaluationSteps },
      }),
    note: (step: TraceStep) => asked.notes?.push(step),
  };
  return compileCelExceptions(exceptions, asked.options).exemptionFor(plan, run as unknown as CelRun);
}

const skipped = (...keys: readonly string[]) => ({
  status: "skip",
  message: `rule is skipped due to policy exception: ${keys.join(", ")}`,
  rule: "exception",
  exceptions: keys,
});

const holding: readonly (readonly [string, readonly CelPolicyException[], Asked, unknown])[] = [
  [
    "none is about the policy",
    [exceptionOf("e", { policyRefs: [{ kind: "ValidatingPolicy", name: "q" }] })],
    {},
    undefined,
  ],
  [
    "another kind of the same name",
    [exceptionOf("e", { policyRefs: [{ kind: "MutatingPolicy", name: "p" }] })],
    {},
    undefined,
  ],
  ["no conditions", [exceptionOf("e")], {}, skipped("ops/e")],
  [
    "conditions that hold",
    [exceptionOf("e", when("object.kind == 'Pod'", "has(object.metadata)"))],
    {},
    skipped("ops/e"),
  ],
  ["a condition that is false", [exceptionOf("e", when("true", FALSE))], {}, null],
  ["one that is false decides over one that fails", [exceptionOf("e", when(BROKEN, FALSE))], {}, null],
  ["two that hold", [exceptionOf("a"), exceptionOf("b")], {}, skipped("ops/a", "ops/b")],
  [
    "a policy named twice",
    [
      exceptionOf("e", {
        policyRefs: [
          { kind: "ValidatingPolicy", name: "p" },
          { kind: "ValidatingPolicy", name: "p" },
        ],
      }),
    ],
    {},
    skipped("ops/e"),
  ],
  [
    "another one fails after the policy is lifted",
    [exceptionOf("a"), exceptionOf("b", when(BROKEN))],
    {},
    skipped("ops/a"),
  ],
  [
    "one fails under failurePolicy Ignore",
    [exceptionOf("a", when(BROKEN))],
    { plan: { failurePolicy: "Ignore" } },
    null,
  ],
  [
    "one that is no CEL under failurePolicy Ignore",
    [exceptionOf("a", when(NOT_CEL)), exceptionOf("b")],
    { plan: { failurePolicy: "Ignore" } },
    skipped("ops/b"),
  ],
  ["it has just not expired", [exceptionOf("e", { expiresAt: "2026-06-01T00:00:00Z" })], {}, skipped("ops/e")],
  ["it has expired", [exceptionOf("e", { expiresAt: "2026-05-31T23:59:59Z" })], {}, undefined],
  ["it expires in another time zone", [exceptionOf("e", { expiresAt: "2026-06-01T01:00:00+02:00" })], {}, undefined],
  ["a namespace where exceptions may live", [exceptionOf("e")], { options: { namespaces: ["ops"] } }, skipped("ops/e")],
  ["a namespace where they may not", [exceptionOf("e")], { options: { namespaces: ["shop"] } }, undefined],
  ["one of Kubernetes' own policies", [exceptionOf("e")], { plan: { rules: "kubernetes" } }, undefined],
  [
    "a namespaced kind",
    [exceptionOf("e", { policyRefs: [{ kind: "NamespacedValidatingPolicy", name: "p" }] })],
    { plan: { kind: "NamespacedValidatingPolicy", namespace: "shop" } },
    skipped("ops/e"),
  ],
  [
    "the cluster's kind is not the namespaced one",
    [exceptionOf("e")],
    { plan: { kind: "NamespacedValidatingPolicy", namespace: "shop" } },
    undefined,
  ],
  [
    "a JSON payload",
    [exceptionOf("e", when("object.size() == 1"))],
    { plan: { mode: "JSON" }, object: { a: 1 } },
    skipped("ops/e"),
  ],
  [
    "reports say pass",
    [exceptionOf("e", { reportResult: "pass" })],
    {},
    { ...skipped("ops/e"), status: "pass", message: "rule is passed due to policy exception: ops/e" },
  ],
  [
    "the first decides what reports say",
    [exceptionOf("a", { reportResult: "skip" }), exceptionOf("b", { reportResult: "pass" })],
    {},
    skipped("ops/a", "ops/b"),
  ],
  [
    "the highest priority decides what reports say",
    [
      exceptionOf("a"),
      exceptionOf("b", { reportResult: "pass" }, { "polex.kyverno.io/priority": "2" }),
      exceptionOf("c", {}, { "polex.kyverno.io/priority": "1" }),
    ],
    {},
    {
      ...skipped("ops/a", "ops/b", "ops/c"),
      status: "pass",
      message: "rule is passed due to policy exception: ops/a, ops/b, ops/c",
    },
  ],
  [
    "a priority that is no number",
    [exceptionOf("a"), exceptionOf("b", { reportResult: "pass" }, { "polex.kyverno.io/priority": "9x" })],
    {},
    skipped("ops/a", "ops/b"),
  ],
  [
    "what would be deleted",
    [exceptionOf("e", { policyRefs: [{ kind: "DeletingPolicy", name: "p" }], images: ["a"] })],
    { plan: { kind: "DeletingPolicy", type: "Deletion" } },
    { status: "fail", message: "resource did not match", rule: "p", exceptions: ["ops/e"] },
  ],
];

for (const [name, exceptions, asked, expected] of holding) {
  test(`exception: ${name}`, () => {
    const exemption = ask(exceptions, asked);
    if (expected === undefined) assert.equal(exemption, undefined);
    else if (expected === null) assert.deepEqual(exemption, { allowedImages: [], allowedValues: [] });
    else assert.deepEqual(exemption, { outcome: expected, allowedImages: [], allowedValues: [] });
  });
}

test("exceptions that lift a part give their images and values, those that do not hold none", () => {
  const exceptions = [
    exceptionOf("a", { images: ["ghcr.io/a/*"], allowedValues: ["x"] }),
    exceptionOf("b", { images: ["evil/*"], ...when(FALSE) }),
    exceptionOf("c", { images: ["ghcr.io/c"] }),
  ];
  assert.deepEqual(ask(exceptions), { allowedImages: ["ghcr.io/a/*", "ghcr.io/c"], allowedValues: ["x"] });
});

test("a whole exemption wins over those of a part, wherever it stands", () => {
  const part = exceptionOf("part", { images: ["a"] });
  for (const exceptions of [
    [part, exceptionOf("whole")],
    [exceptionOf("whole"), part],
  ]) {
    const exemption = ask(exceptions);
    assert.equal(exemption?.outcome?.status, "skip");
    assert.deepEqual(exemption?.allowedImages, []);
  }
});

const failing: readonly (readonly [string, readonly CelPolicyException[], Asked, RegExp])[] = [
  [
    "a condition fails",
    [exceptionOf("e", when("true", BROKEN))],
    {},
    /^PolicyException ops\/e: matchConditions c1: no such key: labels$/,
  ],
  [
    "a part is allowed before one fails",
    [exceptionOf("a", { images: ["a"] }), exceptionOf("e", when(BROKEN))],
    {},
    /^PolicyException ops\/e: /,
  ],
  ["a condition is no CEL", [exceptionOf("e", when(NOT_CEL))], {}, /^PolicyException ops\/e: .*expected/s],
  [
    "a condition is no boolean",
    [exceptionOf("e", when("object.spec.on"))],
    {},
    /^PolicyException ops\/e: .*expected bool, found dyn/,
  ],
  [
    "a condition names a variable of the policy",
    [exceptionOf("e", when("variables.a"))],
    {},
    /^PolicyException ops\/e: /,
  ],
  [
    "the steps are spent, also under Ignore",
    [exceptionOf("e", when("[1, 2, 3].all(i, [1, 2, 3].all(j, i + j > 0))"))],
    { plan: { failurePolicy: "Ignore" }, steps: 3 },
    /steps/,
  ],
];

for (const [name, exceptions, asked, message] of failing) {
  test(`the policy is an error when ${name}`, () => {
    assert.throws(
      () => ask(exceptions, asked),
      (error) => isAmapError(error) && message.test(error.message),
    );
  });
}

test("what cannot be compiled is an issue with the exception's name and the path", () => {
  const { issues } = compileCelExceptions([
    exceptionOf("good", when("true")),
    exceptionOf("bad", when("true", NOT_CEL)),
  ]);
  assert.equal(issues.length, 1);
  assert.equal(issues[0]?.path, "spec.matchConditions[1].expression");
  assert.match(issues[0]?.message ?? "", /^PolicyException ops\/bad: /);
});

test("a fact that is missing is asked for, whatever the failure policy", () => {
  const exception = exceptionOf("e", when("resource.Get('v1', 'configmaps', 'ops', 'on').data.on == 'yes'"));
  for (const failurePolicy of ["Fail", "Ignore"] as const) {
    assert.throws(
      () => ask([exception], { plan: { failurePolicy } }),
      (thrown) => thrown === MISSING_FACT,
    );
  }
});

test("an explanation names every exception that was asked", () => {
  const notes: TraceStep[] = [];
  ask([exceptionOf("a", when(FALSE)), exceptionOf("b")], { notes });
  assert.deepEqual(notes, [
    { kind: "exception", name: "ops/a", holds: false },
    { kind: "exception", name: "ops/b", holds: true },
  ]);
});

test("names of policies that objects know are none", () => {
  const exceptions = compileCelExceptions([exceptionOf("e")]);
  assert.deepEqual(exceptions.forPolicy("constructor", "__proto__", NOW), []);
});
