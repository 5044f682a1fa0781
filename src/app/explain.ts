import {
  AmapError,
  encodeUtf8,
  equalValues,
  isValueObject,
  LIMITS,
  memberOf,
  readJson,
  type Value,
} from "../base/index.ts";
import type { Fact, FactRequest, Facts, Plan, PolicyInput, RuleResponse } from "../policy/index.ts";
import type { AdmissionRecord, DecisionInputs, Store } from "../ports/index.ts";
import type { ResourceRow } from "../report/index.ts";
import { toRuleRow } from "./check-rows.ts";
import { decideResource } from "./decide-resource.ts";
import { readStoredFacts } from "./enforcement/admission-record.ts";
import { decideEach } from "./enforcement/isolation.ts";
import { compilePolicyObject, policyTextOf } from "./enforcement/policy-set.ts";
import { OUT_OF_TIME } from "./fact-loop.ts";

/** A stored decision made again. */
export interface Explanation {
  readonly id: string;
  /** `same`: the same decision came out. `impossible`: something it was made from is no longer there. */
  readonly outcome: "same" | "different" | "impossible";
  readonly message: string;
  /** As it was made again. */
  readonly decision?: ResourceRow;
  readonly rules: readonly ExplainedRule[];
  readonly facts: readonly ExplainedFact[];
}

/** One rule with its expression and what it looked at. */
export interface ExplainedRule {
  readonly policy: string;
  readonly rule: string;
  readonly status: RuleResponse["status"];
  readonly message?: string;
  readonly code?: string;
  /** CEL. */
  readonly expression?: string;
  readonly evidence: readonly Value[];
}

/** One thing that the policies asked the world. */
export interface ExplainedFact {
  readonly kind: string;
  readonly image?: string;
  readonly ok: boolean;
  readonly code?: string;
  readonly message?: string;
}

/**
 * Makes a stored admission decision again from its policies (the versions that were in force), its input and its facts,
 * and compares: nothing is loaded from registry or cluster. A fact that is asked for and was not stored is a failure.
 * @throws {AmapError} NOT_FOUND for an admission that is not (or no longer) kept; STORE_UNAVAILABLE
 */
export async function explainAdmission(store: Store, id: string): Promise<Explanation> {
  const record = await store.admissions.get(id);
  if (record === undefined) throw new AmapError("NOT_FOUND", `there is no admission ${id}`);
  const impossible = (message: string): Explanation => ({ id, outcome: "impossible", message, rules: [], facts: [] });
  if (record.inputs === undefined) return impossible(record.notReplayable ?? "its input was not kept");
  const plans: Plan[] = [];
  for (const { name, digest } of record.policies) {
    const version = await store.policies.version(digest);
    if (version === undefined) return impossible(`the version ${digest} of policy ${name} is not kept`);
    const object = readJson(encodeUtf8(version.text), { maxBytes: LIMITS.documentBytes });
    if (policyTextOf(object).digest !== digest) return impossible(`policy ${name} was changed in the store`);
    const compiled = compilePolicyObject(object);
    if (!compiled.ok) return impossible(`this amap refuses policy ${name}: ${compiled.issues[0]?.message ?? ""}`);
    plans.push(compiled.plan);
  }
  if (record.decision.rules.some(({ message }) => message === OUT_OF_TIME))
    return impossible("there was no time to evaluate all policies; a replay has all the time it needs");
  const { facts, broken } = await readStoredFacts(store, record.inputs.facts);
  return broken === undefined ? replay(record, record.inputs, plans, facts) : impossible(broken);
}

async function replay(
  record: AdmissionRecord,
  inputs: DecisionInputs,
  plans: readonly Plan[],
  stored: Facts,
): Promise<Explanation> {
  const input = readInput(inputs.input);
  const { row, decision, requests } = await decideEach(
    plans,
    () => {},
    (some) =>
      decideResource({
        plans: some,
        input,
        load: async (wanted) =>
          new Map(wanted.map((request) => [request.key, stored.get(request.key) ?? notStored(request)])),
        now: inputs.now,
        seed: inputs.seed,
        // Replay has all the time it needs: what was late then is stored as late.
        elapsed: () => 0,
      }),
  );
  const same = equalValues(row as unknown as Value, record.decision as unknown as Value);
  const secret = record.notReplayable;
  return {
    id: record.id,
    outcome: same ? "same" : "different",
    message: same
      ? "the same decision came out of the same policies, input and facts"
      : `another decision came out${secret === undefined ? "" : `: ${secret}`}; compare it with the stored one`,
    decision: row,
    rules: decision.responses.map((response) => explainRule(response, plans)),
    facts: requests.map((request) => explainFact(request, stored.get(request.key))),
  };
}

function notStored(request: FactRequest): Fact {
  return { ok: false, code: "NOT_FOUND", message: `${request.kind} was not stored with the decision` };
}

function readInput(value: Value): PolicyInput {
  const operation = memberOf(value, "operation");
  if (!isValueObject(value) || typeof operation !== "string")
    throw new AmapError("STORE_INVALID", "a stored admission has no input that can be read");
  return value as unknown as PolicyInput;
}

function explainRule(response: RuleResponse, plans: readonly Plan[]): ExplainedRule {
  const row = toRuleRow(response);
  const plan = plans.find(({ policy }) => policy === response.policy);
  const expression = plan?.rules.find(({ name }) => name === response.rule)?.expression;
  const evidence = "evidence" in response ? (response.evidence ?? []) : [];
  return { ...row, ...(expression === undefined ? {} : { expression }), evidence };
}

function explainFact({ kind, params }: FactRequest, fact: Fact | undefined): ExplainedFact {
  const image = memberOf(params, "image");
  return {
    kind,
    ...(typeof image === "string" ? { image } : {}),
    ...(fact?.ok === true
      ? { ok: true }
      : { ok: false, code: fact?.code ?? "NOT_FOUND", message: fact?.message ?? "it was not stored" }),
  };
}
