import { readYaml, type Value } from "../base/index.ts";
import {
  type ClusterPolicyOptions,
  compileClusterPolicy,
  decodePolicies,
  evaluateClusterPolicy,
  type Fact,
  type KyvernoEvaluation,
  type KyvernoPlan,
  type KyvernoRuleResponse,
  type PolicyInput,
} from "../policy/index.ts";

/** The plan of a policy's YAML text. @throws Error with all issues */
export function planOf(text: string): KyvernoPlan {
  const decoded = decodePolicies(text, "policy.yaml");
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.issues));
  const [resource] = decoded.value;
  if (resource?.kind !== "ClusterPolicy" && resource?.kind !== "Policy") throw new Error("no ClusterPolicy or Policy");
  const compiled = compileClusterPolicy(resource);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.issues));
  return compiled.value;
}

/** A ClusterPolicy with these rules, as YAML of a list; `spec` adds fields. */
export function clusterPolicy(rules: string, spec = ""): string {
  const indented = rules.replaceAll(/^/gm, "    ");
  return `
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: policy}
spec:
${spec.replaceAll(/^/gm, "  ")}
  background: false
  rules:
${indented}
`;
}

/** A value of YAML text. */
export function valueOf(text: string): Value {
  const [value] = readYaml(text);
  return value ?? null;
}

/** What the world answers, by the fact's kind: a function of its parameters. */
export type TestWorld = Readonly<Record<string, (params: Value) => Value | Error>>;

/** How many passes an evaluation took, and its end. */
export interface TestRun extends KyvernoEvaluation {
  readonly passes: number;
}

/** Evaluates a plan until nothing is pending. */
export function runPlan(
  plan: KyvernoPlan,
  input: PolicyInput,
  options: Partial<ClusterPolicyOptions> & { readonly world?: TestWorld } = {},
): TestRun {
  const { world = {}, ...rest } = options;
  const facts = new Map<string, Fact>();
  let previous: KyvernoEvaluation | undefined;
  for (let passes = 1; passes <= 1_000; passes++) {
    const evaluation: KyvernoEvaluation = evaluateClusterPolicy(plan, input, {
      facts,
      now: 0,
      seed: "test",
      ...rest,
      previous,
    });
    if (evaluation.pending.length === 0) return { ...evaluation, passes };
    for (const { key, kind, params } of evaluation.pending) {
      const answer = world[kind] === undefined ? new Error(`nobody answers ${kind}`) : world[kind](params);
      const isFailure = answer instanceof Error;
      facts.set(
        key,
        isFailure ? { ok: false, code: "FACT_FAILED", message: answer.message } : { ok: true, value: answer },
      );
    }
    previous = evaluation;
  }
  throw new Error("the evaluation does not end");
}

/** Each response as `rule: status message`. */
export function linesOf(responses: readonly KyvernoRuleResponse[]): readonly string[] {
  return responses.map(({ rule, status, message }) => `${rule}: ${status} ${message}`.trim());
}

/** A Pod of two containers, one with two ports. */
export const POD = `
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web, team: red}}
spec:
  hostNetwork: false
  containers:
  - {name: front, image: "ghcr.io/shop/front:v1", ports: [{containerPort: 80}, {containerPort: 443}]}
  - {name: cache, image: "redis:latest"}
`;

/** The match block of a rule for Pods. */
export const IS_POD = "match: {any: [{resources: {kinds: [Pod]}}]}";

/** What the rules of a policy say of an object being created: {@link POD} unless said otherwise. */
export function say(
  rules: string,
  given: {
    readonly spec?: string;
    readonly object?: string;
    readonly input?: Partial<PolicyInput>;
    readonly world?: TestWorld;
  } = {},
): TestRun {
  const plan = planOf(clusterPolicy(rules, given.spec));
  const input: PolicyInput = { object: valueOf(given.object ?? POD), operation: "CREATE", ...given.input };
  return runPlan(plan, input, given.world === undefined ? {} : { world: given.world });
}

/** The rule `r` over Pods with this validate block; `more` is further fields of the rule, two columns in. */
export function validateRule(body: string, more = ""): string {
  return `- name: r\n  ${IS_POD}\n${more}  validate:\n${body.replaceAll(/^/gm, "    ")}`;
}
