import type { Value } from "../../base/index.ts";
import {
  type ClusterPolicyResource,
  type ConvertedException,
  type ConvertedRule,
  compileCelExceptions,
  compileClusterPolicy,
  compileExceptions,
  decodePolicy,
  evaluateCelPolicy,
  evaluateClusterPolicy,
  type Facts,
  type KyvernoEvaluation,
  makeCounterexamples,
  type PolicyException,
} from "../../policy/index.ts";
import {
  compileConverted,
  isLeftOut,
  onlyRule,
  type Proof,
  type ProofOptions,
  refusal,
  verdictOf,
  withNamespace,
} from "./prove-conversion.ts";

const NO_FACTS: Facts = new Map();
const CALL = { facts: NO_FACTS, now: 0, seed: "proof" } as const;

/** A rule with the policy that it is of. */
export interface ProvenRule {
  readonly resource: ClusterPolicyResource;
  readonly rule: ConvertedRule;
}

/** Holds rules with an exception and what both were converted to against each other: both must let the same through. */
export function proveException(
  exception: PolicyException,
  converted: ConvertedException,
  rules: readonly ProvenRule[],
  options: ProofOptions,
): Proof {
  const decoded = decodePolicy(converted.policy, { source: "converted", document: 0 });
  if (!decoded.ok) return refusal(`what it was converted to is not valid: ${decoded.issues[0]?.message ?? ""}`);
  if (decoded.value.kind !== "CelPolicyException") return refusal(`a ${decoded.value.kind} is not compared`);
  const exceptions = {
    rule: compileExceptions([exception]),
    converted: compileCelExceptions([decoded.value.policy]),
  };
  const [issue] = exceptions.converted.issues;
  if (issue !== undefined) return refusal(`what it was converted to does not compile: ${issue.message}`);
  let proof: Proof = { compared: 0, denied: 0, changed: 0, excepted: 0 };
  for (const each of rules) {
    const next = proveOne(each, { exception, exceptions }, options);
    if (next.refused !== undefined) return next;
    proof = {
      ...next,
      compared: proof.compared + next.compared,
      denied: proof.denied + next.denied,
      changed: proof.changed + next.changed,
      excepted: (proof.excepted ?? 0) + (next.excepted ?? 0),
    };
    if (proof.counterexample !== undefined) return proof;
  }
  return proof;
}

interface BothExceptions {
  readonly exception: PolicyException;
  readonly exceptions: {
    readonly rule: ReturnType<typeof compileExceptions>;
    readonly converted: ReturnType<typeof compileCelExceptions>;
  };
}

function proveOne({ resource, rule }: ProvenRule, both: BothExceptions, options: ProofOptions): Proof {
  const { phase } = rule;
  if (phase !== "validate" && phase !== "mutate")
    return refusal("exceptions from rules that make objects or verify images are not compared");
  const classic = compileClusterPolicy(onlyRule(resource, rule));
  const plan = compileConverted(rule.policy);
  if (!classic.ok) return refusal(`the policy is not valid: ${classic.issues[0]?.message ?? ""}`);
  if (typeof plan === "string") return refusal(plan);
  const source: Value = { spec: [resource.policy.spec, both.exception.spec] as unknown as Value };
  const made = makeCounterexamples(rule, source, { count: options.generated, seed: options.seed });
  const inputs = [...options.given, ...made.map((input, index) => ({ origin: `generated ${index + 1}`, input }))];
  let proof = { compared: 0, denied: 0, changed: 0, excepted: 0 };
  for (const { origin, input: given } of inputs) {
    const input = withNamespace(given);
    if (isLeftOut(rule, input)) continue;
    const before = evaluateClusterPolicy(classic.value, input, {
      ...CALL,
      phases: [phase],
      exceptions: both.exceptions.rule,
    });
    const after = evaluateCelPolicy(plan, input, { ...CALL, exceptions: both.exceptions.converted });
    if (before.pending.length + after.pending.length > 0) return refusal("it needs facts from outside the request");
    const [wanted, found] = [verdictOf(before, before.responses), verdictOf(after, after.responses)];
    proof = {
      ...proof,
      compared: proof.compared + 1,
      denied: proof.denied + (wanted.verdict === "denied" ? 1 : 0),
      excepted: proof.excepted + (isExcepted(before) ? 1 : 0),
    };
    if (wanted.verdict !== found.verdict)
      return { ...proof, counterexample: { origin, input, rule: wanted, converted: found, differsIn: "verdict" } };
  }
  return proof;
}

const isExcepted = ({ responses }: KyvernoEvaluation): boolean =>
  responses.some(({ exceptions = [] }) => exceptions.length > 0);
