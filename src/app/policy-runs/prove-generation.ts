import { AmapError, isValueObject, memberOf, type Value, writeJson } from "../../base/index.ts";
import {
  type ClusterPolicyResource,
  type ConvertedRule,
  compileClusterPolicy,
  evaluateCelPolicy,
  evaluateClusterPolicy,
  type Fact,
  type Facts,
  type KyvernoEvaluation,
  type KyvernoPlan,
} from "../../policy/index.ts";
import { MadeCluster } from "./made-cluster.ts";
import {
  compileConverted,
  isLeftOut,
  isSame,
  onlyRule,
  type Proof,
  type ProofOptions,
  type ProvenVerdict,
  proofInputs,
  refusal,
  withNamespace,
} from "./prove-conversion.ts";

/** Rounds of questions that one evaluation may need. */
const MAX_ROUNDS = 32;

/**
 * Holds a generate rule and the policy it was converted to against each other, in clusters that are made up: both must
 * make the same objects, or both fail. The labels by which Kyverno finds again what it made are left out.
 */
export function proveGeneration(resource: ClusterPolicyResource, rule: ConvertedRule, options: ProofOptions): Proof {
  const classic = compileClusterPolicy(onlyRule(resource, rule));
  const converted = compileConverted(rule.policy, ["GeneratingPolicy"]);
  if (!classic.ok) return refusal(`the policy is not valid: ${classic.issues[0]?.message ?? ""}`);
  if (typeof converted === "string") return refusal(converted);
  let compared = 0;
  let acted = 0;
  for (const [index, { origin, input: given }] of proofInputs(resource, rule, options).entries()) {
    const input = withNamespace(given);
    if (isLeftOut(rule, input)) continue;
    const cluster = new MadeCluster(resource.policy, { isEmpty: index % 5 === 4 });
    const wanted = askBoth(cluster, (facts, previous) => askClassic(classic.value, rule, { input, facts, previous }));
    const found = askBoth(cluster, (facts, previous) =>
      evaluateCelPolicy(converted, input, { facts, now: 0, seed: "proof", previous }),
    );
    if (wanted === undefined || found === undefined)
      return refusal("it needs facts that are no objects of the cluster");
    if (ASKS_OLD.test(wanted.message)) continue;
    compared++;
    if (Array.isArray(wanted.object) && wanted.object.length > 0) acted++;
    const differsIn = difference(wanted, found);
    if (differsIn !== undefined) {
      const counterexample = { origin, input, rule: wanted, converted: found, differsIn } as const;
      return { compared, denied: 0, changed: 0, made: acted, counterexample };
    }
  }
  return { compared, denied: 0, changed: 0, made: acted };
}

/** Of a rule that was triggered and made nothing, Kyverno does not say that it failed: only what is made counts then. */
function difference(wanted: ProvenVerdict, found: ProvenVerdict): "verdict" | "objects" | undefined {
  const isSilent = wanted.message.startsWith("nothing was generated");
  if (!isSilent && wanted.verdict !== found.verdict) return "verdict";
  return isSame(wanted.object, found.object) ? undefined : "objects";
}

interface ClassicQuestion {
  readonly input: ProofOptions["given"][number]["input"];
  readonly facts: Facts;
  readonly previous: KyvernoEvaluation | undefined;
}

function askClassic(
  plan: KyvernoPlan,
  { phase }: ConvertedRule,
  { input, facts, previous }: ClassicQuestion,
): KyvernoEvaluation {
  if (phase !== "generate") throw new AmapError("BUG", `a rule of the phase ${phase} makes no objects`);
  return evaluateClusterPolicy(plan, input, { facts, now: 0, seed: "proof", phases: [phase], previous });
}

/** Asks until nothing is missing; undefined when the cluster cannot answer. */
function askBoth(
  cluster: MadeCluster,
  evaluate: (facts: Facts, previous: KyvernoEvaluation | undefined) => KyvernoEvaluation,
): ProvenVerdict | undefined {
  const facts = new Map<string, Fact>();
  let previous: KyvernoEvaluation | undefined;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    previous = evaluate(facts, previous);
    if (previous.pending.length === 0) return verdictOf(previous);
    for (const request of previous.pending) {
      const fact = cluster.answer(request);
      if (fact === undefined) return undefined;
      facts.set(request.key, fact);
    }
  }
  return undefined;
}

function verdictOf({ responses, effects }: KyvernoEvaluation): ProvenVerdict {
  // A rule that was triggered has passed, whatever came of it: a code says that nothing was made.
  const failed = responses.find(({ status, code }) => status === "error" || (status === "pass" && code !== undefined));
  // Nothing is made in what is no namespace, whoever notices.
  if (failed !== undefined && failed.message.endsWith("is not the name of a namespace")) return NOTHING_MADE;
  if (failed !== undefined) return { verdict: "error", message: failed.message, object: [] };
  const objects = effects.flatMap((effect) =>
    effect.kind === "generate"
      ? [
          {
            object: withoutBookkeeping(effect.object),
            synchronize: effect.synchronize,
            orphanDownstreamOnPolicyDelete: effect.orphanDownstreamOnPolicyDelete,
            useServerSideApply: effect.useServerSideApply,
          },
        ]
      : [],
  );
  if (objects.some(({ object }) => isRefused(object))) return NOTHING_MADE;
  const texts = new Map<Value, string>(objects.map((each) => [each, writeJson(each)]));
  const sorted = objects.toSorted((one, other) => ((texts.get(one) ?? "") < (texts.get(other) ?? "") ? -1 : 1));
  return { verdict: "allowed", message: objects.length === 0 ? "" : writeJson(objects), object: sorted };
}

const NOTHING_MADE: ProvenVerdict = { verdict: "allowed", message: "", object: [] };
/** Whether what was made before is to go: the new kind does not ask the old object. */
const ASKS_OLD = /^failed to evaluate conditions for old resource/;
const NAMESPACE = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

function isRefused(object: Value): boolean {
  const namespace = memberOf(memberOf(object, "metadata"), "namespace");
  return namespace !== undefined && !(typeof namespace === "string" && NAMESPACE.test(namespace));
}

const BOOKKEEPING = /^(?:generate\.kyverno\.io\/|app\.kubernetes\.io\/managed-by$)/;

function withoutBookkeeping(object: Value): Value {
  const metadata = memberOf(object, "metadata");
  if (!isValueObject(object) || !isValueObject(metadata)) return object;
  const labels = memberOf(metadata, "labels");
  const kept = Object.entries(isValueObject(labels) ? labels : {}).filter(([key]) => !BOOKKEEPING.test(key));
  return { ...object, metadata: { ...metadata, labels: Object.fromEntries(kept) } };
}
