import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Value } from "../../base/index.ts";
import { planOf } from "../../testing/policy-builders.ts";
import type { Operation, PolicyInput } from "../evaluate/input.ts";
import { equivalentGroups } from "../resource/built-in-kinds.ts";
import { createPlanIndex, type Plan } from "./plan.ts";
import { type WebhookRule, webhookRulesOf } from "./webhook-rules.ts";

interface Request {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly operation: Operation;
}

const ruleOf = (apiGroups: Value, apiVersions: Value, resources: Value, operations: Value): Value => ({
  apiGroups,
  apiVersions,
  resources,
  operations,
});
const planWith = (...resourceRules: readonly Value[]): Plan => planOf({ matchConstraints: { resourceRules } });

/** The API server's matcher of one rule (admissionregistration/v1, Exact). */
function matchesExactly(rule: WebhookRule, request: Request): boolean {
  const has = (list: readonly string[], value: string): boolean => list.includes("*") || list.includes(value);
  return (
    has(rule.operations, request.operation) &&
    has(rule.apiGroups, request.group) &&
    has(rule.apiVersions, request.version) &&
    rule.resources.some((each) => {
      const [resource = "", subresource = ""] = each.split("/");
      return (
        (resource === "*" || resource === request.resource) &&
        (subresource === "*" || subresource === request.subresource)
      );
    })
  );
}

const VERSIONS = ["v1", "v1beta1"];

/** With matchPolicy Equivalent any group and version under which the same resource is served will do. */
function isSent(rules: readonly WebhookRule[], request: Request): boolean {
  return equivalentGroups(request.group, request.resource).some((group) =>
    VERSIONS.some((version) => rules.some((rule) => matchesExactly(rule, { ...request, group, version }))),
  );
}

/** What the API server refuses in a rule (validation of admissionregistration/v1), as far as amap could write it. */
function refusedBy(rule: WebhookRule): string | undefined {
  for (const list of [rule.apiGroups, rule.apiVersions, rule.operations]) {
    if (list.length === 0) return "a list is empty";
    if (list.length > 1 && list.includes("*")) return "a star stands beside others";
  }
  const { resources } = rule;
  if (resources.length === 0) return "no resources";
  if (new Set(resources).size !== resources.length) return "a resource stands twice";
  if (resources.length > 1 && resources.includes("*/*")) return "*/* stands beside others";
  if (resources.includes("*") && resources.some((each) => each !== "*" && !each.includes("/"))) return "* holds others";
  for (const each of resources) {
    const [resource, subresource] = each.split("/");
    if (subresource === undefined) continue;
    if (subresource !== "*" && resources.includes(`${resource}/*`)) return `${resource}/* holds ${each}`;
    if (resource !== "*" && resources.includes(`*/${subresource}`)) return `*/${subresource} holds ${each}`;
  }
  return undefined;
}

const some = (...values: readonly string[]) => fc.subarray([...values], { minLength: 1 });
const anyRule = fc
  .tuple(
    some("", "apps", "extensions", "*"),
    some("v1", "v1beta1", "*"),
    some("pods", "deployments", "pods/*", "pods/status", "deployments/scale", "*", "*/status", "*/*"),
    some("CREATE", "UPDATE", "DELETE", "CONNECT", "*"),
  )
  .map(([groups, versions, resources, operations]) => ruleOf(groups, versions, resources, operations));
const anyRequest: fc.Arbitrary<Request> = fc.record({
  group: fc.constantFrom("", "apps", "extensions"),
  version: fc.constantFrom(...VERSIONS),
  resource: fc.constantFrom("pods", "deployments", "services"),
  subresource: fc.constantFrom("", "status", "scale", "ephemeralcontainers"),
  operation: fc.constantFrom<Operation>("CREATE", "UPDATE", "DELETE", "CONNECT"),
});

function inputOf({ group, version, resource, subresource, operation }: Request): PolicyInput {
  const object: Value = { apiVersion: "v1", kind: "Anything", metadata: { name: "web", namespace: "shop" } };
  const requested = { group, version, name: "web", namespace: "shop" };
  return { object, oldObject: object, operation, resource, subresource, requested };
}

describe("webhookRulesOf", () => {
  test("whatever a plan would judge at admission is sent, and the API server takes the rules", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(anyRule, { minLength: 1, maxLength: 3 }), { maxLength: 3 }),
        anyRequest,
        (all, request) => {
          const plans = all.map((rules) => planWith(...rules));
          const rules = webhookRulesOf(plans);
          for (const rule of rules) assert.equal(refusedBy(rule), undefined, JSON.stringify(rule));
          if (createPlanIndex(plans).plansFor(inputOf(request)).length > 0)
            assert.ok(isSent(rules, request), JSON.stringify(rules));
        },
      ),
      { numRuns: 500 },
    );
  });

  const cases: readonly (readonly [name: string, plans: readonly Plan[], resources: readonly (readonly string[])[]])[] =
    [
      ["no plan", [], []],
      ["a plan of one kind", [planWith(ruleOf([""], ["v1"], ["services"], ["CREATE"]))], [["services"]]],
      ["all with all subresources", [planWith(ruleOf(["*"], ["*"], ["*/*", "pods"], ["*"]))], [["*/*"]]],
      [
        "all, and debug containers",
        [planWith(ruleOf(["*"], ["*"], ["*", "pods"], ["*"]))],
        [["*", "pods/ephemeralcontainers"]],
      ],
      [
        "Pods with what autogen adds, joined by group",
        [planWith(ruleOf([""], ["v1"], ["pods"], ["CREATE"]))],
        [
          ["pods", "pods/ephemeralcontainers"],
          ["daemonsets", "deployments", "replicasets", "statefulsets"],
          ["cronjobs", "jobs"],
        ],
      ],
    ];
  for (const [name, plans, resources] of cases) {
    test(name, () =>
      assert.deepEqual(
        webhookRulesOf(plans).map((rule) => rule.resources),
        resources,
      ),
    );
  }

  test("equal needs give equal rules, in whatever order policies come", () => {
    fc.assert(
      fc.property(fc.array(anyRule, { minLength: 1, maxLength: 4 }), (rules) => {
        const plans = rules.map((rule) => planWith(rule));
        assert.deepEqual(webhookRulesOf(plans.toReversed()), webhookRulesOf(plans));
      }),
      { numRuns: 50 },
    );
  });
});
