import assert from "node:assert/strict";
import { test } from "node:test";
import { AmapError } from "../../base/index.ts";
import { MatchTarget } from "../language/match/target.ts";
import type { PolicyException } from "../resource/kyverno/policy-exception.ts";
import { compileExceptions, exceptionsThatHold } from "./exceptions.ts";
import { MISSING_FACT } from "./facts.ts";
import type { PolicyInput } from "./input.ts";

const POD = { apiVersion: "v1", kind: "Pod", metadata: { name: "web", namespace: "shop" } };
const PODS = { any: [{ resources: { kinds: ["Pod"] } }] };

function exceptionOf(name: string, spec: Partial<PolicyException["spec"]> = {}): PolicyException {
  return {
    apiVersion: "kyverno.io/v2",
    kind: "PolicyException",
    metadata: { name, namespace: "ops" },
    spec: { match: PODS, exceptions: [{ policyName: "p", ruleNames: ["r"] }], ...spec },
  };
}

function targetOf(input: Partial<PolicyInput> = {}): MatchTarget {
  return new MatchTarget({ object: POD, operation: "CREATE", ...input }, () => {});
}

function holding(exception: PolicyException, input: Partial<PolicyInput> = {}): boolean {
  const candidates = compileExceptions([exception]).forRule("p", "r");
  return exceptionsThatHold(candidates, targetOf(input), () => true).length === 1;
}

const named: readonly (readonly [string, string, string, boolean])[] = [
  ["p", "r", "p r", true],
  ["p", "r", "p autogen-r", false],
  ["p", "*", "p autogen-r", true],
  ["p", "autogen-?", "p autogen-r", true],
  ["p", "*", "q r", false],
  ["*", "*", "p r", false],
  ["ns/p", "r", "ns/p r", true],
  ["p", "r", "ns/p r", false],
];

for (const [policyName, ruleName, asked, expected] of named) {
  test(`an exception from ${policyName} ${ruleName} is ${expected ? "" : "not "}for ${asked}`, () => {
    const exception = exceptionOf("e", { exceptions: [{ policyName, ruleNames: ["other", ruleName] }] });
    const [policy = "", rule = ""] = asked.split(" ");
    assert.equal(compileExceptions([exception]).forRule(policy, rule).length, expected ? 1 : 0);
  });
}

test("exceptions keep their order and are named with their namespace, each once", () => {
  const twice = [
    { policyName: "p", ruleNames: ["r"] },
    { policyName: "p", ruleNames: ["*"] },
  ];
  const index = compileExceptions([exceptionOf("b", { exceptions: twice }), exceptionOf("a")]);
  assert.deepEqual(
    index.forRule("p", "r").map(({ key }) => key),
    ["ops/b", "ops/a"],
  );
  assert.deepEqual(index.forRule("constructor", "r"), []);
});

test("those with background false are left out in background scans", () => {
  const exceptions = [
    exceptionOf("a", { background: false }),
    exceptionOf("b", { background: true }),
    exceptionOf("c"),
  ];
  const keys = (inBackground: boolean): readonly string[] =>
    compileExceptions(exceptions, { inBackground })
      .forRule("p", "r")
      .map(({ key }) => key);
  assert.deepEqual(keys(true), ["ops/b", "ops/c"]);
  assert.deepEqual(keys(false), ["ops/a", "ops/b", "ops/c"]);
});

const matches: readonly (readonly [string, PolicyException["spec"]["match"], Partial<PolicyInput>, boolean])[] = [
  ["any", { any: [{ resources: { kinds: ["Job"] } }, { resources: { names: ["w*"] } }] }, {}, true],
  ["all", { all: [{ resources: { kinds: ["Pod"] } }, { resources: { namespaces: ["other"] } }] }, {}, false],
  ["nothing", {}, {}, false],
  ["an empty filter", { any: [{}] }, {}, false],
  ["an empty filter in all", { all: [{}, { resources: { kinds: ["Pod"] } }] }, {}, false],
  ["operations are not looked at", { any: [{ resources: { operations: ["DELETE"] } }] }, {}, true],
  ["users are, also when unknown", { any: [{ resources: { kinds: ["Pod"] }, clusterRoles: ["a"] }] }, {}, false],
  ["a user", { any: [{ resources: { kinds: ["Pod"] }, clusterRoles: ["a"] }] }, { clusterRoles: ["a"] }, true],
  [
    "a namespaceSelector does not look at a Namespace",
    { any: [{ resources: { namespaceSelector: { matchLabels: { a: "b" } } } }] },
    { object: { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } } },
    true,
  ],
  ["ephemeral containers", PODS, { subresource: "ephemeralcontainers" }, true],
  ["another subresource", PODS, { subresource: "exec" }, false],
];

for (const [name, match, input, expected] of matches) {
  test(`an exception's match: ${name}: ${expected ? "holds" : "does not hold"}`, () => {
    assert.equal(holding(exceptionOf("e", { match }), input), expected);
  });
}

test("conditions decide, and are asked only where the match is about the target", () => {
  const conditions = { all: [{ key: "a", operator: "Equals", value: "a" } as const] };
  const candidates = compileExceptions([
    exceptionOf("elsewhere", { conditions, match: { any: [{ resources: { kinds: ["Job"] } }] } }),
    exceptionOf("here", { conditions }),
    exceptionOf("always"),
  ]).forRule("p", "r");
  const asked: unknown[] = [];
  const held = exceptionsThatHold(candidates, targetOf(), (given) => {
    asked.push(given);
    return false;
  });
  assert.deepEqual(asked, [conditions]);
  assert.deepEqual(
    held.map(({ key }) => key),
    ["ops/always"],
  );
});

const failures: readonly (readonly [string, unknown, boolean])[] = [
  ["an evaluation that fails", new AmapError("EXPRESSION_FAILED", "no"), false],
  ["an exhausted budget", new AmapError("BUDGET_EXCEEDED", "no"), true],
  ["a bug", new AmapError("BUG", "no"), true],
  ["a missing fact", MISSING_FACT, true],
  ["an error of JavaScript", new TypeError("no"), true],
];

for (const [name, thrown, passesOn] of failures) {
  test(`conditions that end in ${name}: ${passesOn ? "passed on" : "the exception does not hold"}`, () => {
    const candidates = compileExceptions([exceptionOf("e", { conditions: { any: [] } })]).forRule("p", "r");
    const run = (): number =>
      exceptionsThatHold(candidates, targetOf(), () => {
        throw thrown;
      }).length;
    if (passesOn) assert.throws(run, (error) => error === thrown);
    else assert.equal(run(), 0);
  });
}

test("pod security exclusions are given with the exception", () => {
  const podSecurity = [{ controlName: "Seccomp" } as const];
  const [compiled] = compileExceptions([exceptionOf("e", { podSecurity })]).forRule("p", "r");
  assert.deepEqual(compiled?.podSecurity, podSecurity);
});
