/** Policies that change objects, compiled and evaluated alone. */
import assert from "node:assert/strict";
import type { Value } from "../base/index.ts";
import {
  type CelPlan,
  compileCelPolicy,
  decodePolicies,
  evaluateCelPolicy,
  type Fact,
  type Facts,
  type KyvernoEvaluation,
  type PolicyInput,
} from "../policy/index.ts";

export type Kind = "MutatingPolicy" | "NamespacedMutatingPolicy" | "MutatingAdmissionPolicy";

export const ANYTHING = { apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["*"] };
export const merge = (expression: string) => ({ patchType: "ApplyConfiguration", applyConfiguration: { expression } });
export const patch = (expression: string) => ({ patchType: "JSONPatch", jsonPatch: { expression } });

function writePolicy(kind: Kind, spec: object): string {
  const isKyverno = kind !== "MutatingAdmissionPolicy";
  const policy = {
    apiVersion: isKyverno ? "policies.kyverno.io/v1" : "admissionregistration.k8s.io/v1",
    kind,
    metadata: { name: "change", ...(kind === "NamespacedMutatingPolicy" ? { namespace: "shop" } : {}) },
    spec: {
      matchConstraints: { resourceRules: [ANYTHING] },
      ...(isKyverno ? {} : { reinvocationPolicy: "Never" }),
      ...spec,
    },
  };
  return JSON.stringify(policy);
}

export function compile(kind: Kind, spec: object) {
  const decoded = decodePolicies(writePolicy(kind, spec), "policy.json");
  if (!decoded.ok) return decoded;
  const [policy] = decoded.value;
  assert.ok(policy !== undefined && policy.kind === kind);
  return compileCelPolicy(policy);
}

export function planOf(kind: Kind, spec: object): CelPlan {
  const compiled = compile(kind, spec);
  assert.ok(compiled.ok, JSON.stringify(compiled));
  return compiled.value;
}

export function evaluate(plan: CelPlan, object: Value, options: { input?: Partial<PolicyInput>; facts?: Facts } = {}) {
  const input: PolicyInput = { object, operation: "CREATE", ...options.input };
  return evaluateCelPolicy(plan, input, { facts: options.facts ?? new Map(), now: 0, seed: "" });
}

/** Evaluates in passes, with every fact that is asked for answered. */
export function answer(plan: CelPlan, object: Value, reply: (kind: string, params: Value) => Fact): KyvernoEvaluation {
  const facts = new Map<string, Fact>();
  const input: PolicyInput = { object, operation: "CREATE" };
  let done = evaluateCelPolicy(plan, input, { facts, now: 0, seed: "" });
  for (let pass = 0; pass < 10 && done.pending.length > 0; pass++) {
    for (const { key, kind, params } of done.pending) facts.set(key, reply(kind, params));
    done = evaluateCelPolicy(plan, input, { facts, now: 0, seed: "", previous: done });
  }
  return done;
}

export const only = ({ responses }: KyvernoEvaluation) => {
  assert.equal(responses.length, 1);
  const [response] = responses;
  return response!;
};

export const meta = { name: "web", namespace: "shop" };
export const CONTAINERS = [
  { name: "web", image: "web:1", args: ["a"], ports: [{ containerPort: 80, protocol: "TCP" }] },
  { name: "log", image: "log:1" },
];
export const POD = { apiVersion: "v1", kind: "Pod", metadata: meta, spec: { containers: CONTAINERS } };
export const SERVICE = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { ...meta, finalizers: ["a"] },
  spec: { selector: { app: "web" }, ports: [{ port: 80 }] },
};
export const CUSTOM = {
  apiVersion: "example.com/v1",
  kind: "Thing",
  metadata: meta,
  spec: { list: [1, 2], map: { a: 1 } },
};

export const containers = (text: string): string => `Object{spec: Object.spec{containers: [${text}]}}`;
export const podSpec = (spec: object): Value => ({ ...POD, spec: { ...POD.spec, ...spec } });
