import { memberOf, type Value } from "../base/index.ts";
import {
  compilePolicies,
  decodePolicies,
  type Evaluation,
  evaluatePlan,
  type Fact,
  type Facts,
  type Plan,
  type PolicyInput,
} from "../policy/index.ts";

/** A public key whose private half nobody has. */
export const EXAMPLE_PUBLIC_KEY = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEGvnUdht09meNdtldgt0uCKI2Dye
+BpoInA0BW19ncTyg9R/9YeatCiK2Nhx0ZpZcO0onAKH3iUNTnAOyOKjHQ==
-----END PUBLIC KEY-----
`;

/** An attestor of a policy, trusting that key. */
export const exampleAttestor = (name: string): { readonly [key: string]: Value } => ({
  name,
  cosign: { key: { data: EXAMPLE_PUBLIC_KEY }, ctlog: { insecureIgnoreTlog: true } },
});

const PODS = { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: ["pods"] };

/** A policy for Pods without the checks that need no expression; `spec` adds or replaces fields. */
export function policyDocument(
  spec: { readonly [key: string]: Value },
  metadata: { readonly [key: string]: Value } = {},
): string {
  return JSON.stringify({
    apiVersion: "policies.kyverno.io/v1",
    kind: "ImageValidatingPolicy",
    metadata: { name: "example", ...metadata },
    spec: {
      matchConstraints: { resourceRules: [PODS] },
      validationConfigurations: { verifyDigest: false, required: false },
      attestors: [exampleAttestor("demo")],
      validations: [{ expression: "true" }],
      ...spec,
    },
  });
}

/** The plans of a policy text that must be good. */
export function plansOf(text: string): readonly Plan[] {
  const decoded = decodePolicies(text, "example.yaml");
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.issues, undefined, 2));
  const compiled = compilePolicies(decoded.value);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.issues, undefined, 2));
  return compiled.value;
}

/** The plan of {@link policyDocument}. */
export function planOf(
  spec: { readonly [key: string]: Value },
  metadata: { readonly [key: string]: Value } = {},
): Plan {
  const [plan] = plansOf(policyDocument(spec, metadata));
  if (plan === undefined) throw new Error("no plan");
  return plan;
}

/** A Pod with these images. */
export function pod(...images: readonly string[]): { readonly [key: string]: Value } {
  const containers = images.map((image, index) => ({ name: `c${index}`, image }));
  return { apiVersion: "v1", kind: "Pod", metadata: { name: "web", namespace: "shop" }, spec: { containers } };
}

export const creation = (object: Value): PolicyInput => ({ object, operation: "CREATE" });

/** 2026-11-22T12:00:00Z. */
export const TEST_NOW = Date.UTC(2026, 10, 22, 12);

/** Passes over a plan until nothing is pending, each fact made by `answer`. */
export function evaluateWith(
  plan: Plan,
  input: PolicyInput,
  answer: (params: Value, kind: string) => Fact,
): { readonly evaluation: Evaluation; readonly facts: Facts; readonly passes: number } {
  const facts = new Map<string, Fact>();
  let evaluation: Evaluation | undefined;
  for (let passes = 1; passes < 5_000; passes++) {
    evaluation = evaluatePlan(plan, input, facts, { now: TEST_NOW, seed: "", previous: evaluation });
    if (evaluation.pending.length === 0) return { evaluation, facts, passes };
    for (const { key, kind, params } of evaluation.pending) facts.set(key, answer(params, kind));
  }
  throw new Error("no end");
}

/** The image that a fact is asked for. */
export function imageOf(params: Value): string {
  const image = memberOf(params, "image");
  return typeof image === "string" ? image : "";
}

/** Image evidence as the app makes it, of an image about which nobody said anything; `more` adds or replaces members. */
export function evidenceOf(
  image: string,
  more: { readonly [key: string]: Value } = {},
): { readonly [key: string]: Value } {
  return {
    image,
    digest: `sha256:${"a".repeat(64)}`,
    platforms: [],
    signatures: [],
    attestations: [],
    rejected: [],
    unreadable: [],
    sboms: [],
    scans: [],
    vex: [],
    provenance: [],
    findings: [],
    ...more,
  };
}

const SIGNER = { name: "demo", keyId: "a2V5" };
const FOUND_AT = { form: "referrer", manifest: `sha256:${"b".repeat(64)}`, blob: `sha256:${"c".repeat(64)}` };

/** A verified image signature in such evidence. */
export const SIGNATURE: Value = {
  signer: SIGNER,
  annotations: {},
  signedTime: { source: "self-asserted" },
  foundAt: FOUND_AT,
  subject: `sha256:${"a".repeat(64)}`,
};

/** A verified attestation in such evidence; `predicateTypes` are its other names. */
export function attestation(
  predicateType: string,
  predicate: Value = {},
  statedAt?: string,
  ...aliases: string[]
): Value {
  return {
    predicateType,
    predicateTypes: [predicateType, ...aliases],
    predicate,
    signer: SIGNER,
    signedTime: { source: "self-asserted" },
    foundAt: FOUND_AT,
    subject: `sha256:${"a".repeat(64)}`,
    ...(statedAt === undefined ? {} : { statedAt }),
  };
}
