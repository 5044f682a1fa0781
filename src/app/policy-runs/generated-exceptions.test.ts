import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memberOf, type Value, type ValueObject } from "../../base/index.ts";
import type { KyvernoRuleResponse } from "../../policy/index.ts";
import { exceptionsFor } from "./generated-exceptions.ts";

function exceptions(kind: string, resource: ValueObject, rule: string, variant?: string): readonly ValueObject[] {
  const response: KyvernoRuleResponse = {
    policy: "owned",
    namespace: "",
    rule,
    type: "Validation",
    phase: "validate",
    status: "fail",
    message: "",
    failureAction: "Enforce",
    emitWarning: false,
    ...(variant === undefined ? {} : { variant }),
  };
  const policy = { kind, namespace: "", name: "owned", annotations: {}, process: "" };
  const run = { policy, resource, patched: resource, responses: [response] };
  return exceptionsFor(run, { auditWarn: false, ttl: "" });
}

const object = (kind: string, name: string, namespace = "shop"): ValueObject => ({
  kind,
  metadata: { name, namespace },
});
const specOf = (found: readonly ValueObject[]): Value | undefined => memberOf(found[0] ?? null, "spec");

describe("exceptionsFor", () => {
  it("names the object, and what it makes for a generated rule", () => {
    assert.deepEqual(specOf(exceptions("ClusterPolicy", object("Deployment", "web"), "autogen-r")), {
      exceptions: [{ policyName: "owned", ruleNames: ["autogen-r", "r"] }],
      match: {
        all: [{ resources: { kinds: ["Deployment", "Pod"], names: ["web", "web-*"], namespaces: ["shop"] } }],
      },
    });
  });

  it("does not except another object of the kind whose name begins alike", () => {
    const spec = specOf(exceptions("ValidatingPolicy", object("Deployment", "web"), "r", "deployments"));
    const [condition = null] = memberOf(spec, "matchConditions") as readonly Value[];
    assert.equal(
      memberOf(condition, "expression"),
      '(object.kind == "Deployment" && object.metadata.name == "web" || object.kind in ["ReplicaSet","Pod"] && object.metadata.name.startsWith("web-")) && object.metadata.namespace == "shop"',
    );
  });

  const refused: readonly (readonly [name: string, resource: ValueObject])[] = [
    ["without a name", { kind: "Pod", metadata: { generateName: "web-" } }],
    ["without a kind", { metadata: { name: "web" } }],
    ["whose name is a wildcard", object("Pod", "*")],
    ["whose name has one", object("Pod", "we?")],
    ["whose namespace is one", object("Pod", "web", "*")],
    ["whose kind is one", object("*", "web")],
  ];
  for (const [name, resource] of refused) {
    it(`makes none for an object ${name}: it would hold for others`, () => {
      for (const kind of ["ClusterPolicy", "ValidatingPolicy"]) assert.deepEqual(exceptions(kind, resource, "r"), []);
    });
  }
});
