import { formatTime, isValueObject, memberOf, type ValueObject } from "../../base/index.ts";
import {
  type CelPlan,
  type CleanupPlan,
  type CleanupPolicyResource,
  type ConvertedPart,
  compileCleanupPolicy,
  evaluateCelPolicy,
  evaluateCleanupPolicy,
  type Facts,
  makeCounterexamples,
  type PolicyInput,
} from "../../policy/index.ts";
import {
  compileConverted,
  type Proof,
  type ProofOptions,
  type ProvenVerdict,
  refusal,
  withNamespace,
} from "./prove-conversion.ts";

const NO_FACTS: Facts = new Map();

/** Holds a cleanup policy and the policy it was converted to against each other: both must delete the same objects. */
export function proveCleanup(resource: CleanupPolicyResource, part: ConvertedPart, options: ProofOptions): Proof {
  const cleanup = compileCleanupPolicy(resource);
  if (!cleanup.ok) return refusal(`the policy is not valid: ${cleanup.issues[0]?.message ?? ""}`);
  const deleting = compileConverted(part.policy, ["DeletingPolicy"]);
  if (typeof deleting === "string") return refusal(deleting);
  const made = makeCounterexamples(part, resource.policy, { count: options.generated, seed: options.seed });
  const generated = made.map((input, index) => ({ origin: `generated ${index + 1}`, input: withAge(input, index) }));
  const inputs = [...options.given, ...generated];
  let compared = 0;
  let deleted = 0;
  for (const { origin, input: given } of inputs) {
    const input = withNamespace(given);
    const { object } = input;
    if (!isValueObject(object)) continue;
    const rule = askCleanup(cleanup.value, object, input);
    const converted = askDeleting(deleting, input);
    if (rule === undefined || converted === undefined) return refusal("it needs facts from outside the object");
    compared++;
    if (rule.message === "deleted") deleted++;
    // What cannot be told stays, as what is not to be deleted.
    if (rule.message !== converted.message) {
      const counterexample = { origin, input, rule, converted, differsIn: "verdict" } as const;
      return { compared, denied: 0, changed: 0, deleted, counterexample };
    }
  }
  return { compared, denied: 0, changed: 0, deleted };
}

/** Now, in the proof. */
const NOW = Date.UTC(2026, 0, 2);
const HOUR_MS = 3_600_000;
/** From seconds to a year: policies ask for ages in hours, days and months. */
const AGES_HOURS = [0.01, 0.3, 1, 2, 7, 13, 24, 30, 49, 100, 169, 400, 721, 2_200, 8_800] as const;

/** An API server says when it made an object. */
function withAge(input: PolicyInput, index: number): PolicyInput {
  const { object } = input;
  const metadata = memberOf(object, "metadata");
  if (!isValueObject(object) || !isValueObject(metadata)) return input;
  const creationTimestamp = formatTime(NOW - (AGES_HOURS[index % AGES_HOURS.length] ?? 0) * HOUR_MS);
  return { ...input, object: { ...object, metadata: { ...metadata, creationTimestamp } } };
}

function askCleanup(plan: CleanupPlan, object: ValueObject, input: PolicyInput): ProvenVerdict | undefined {
  const { namespaceObject } = input;
  const { verdict } = evaluateCleanupPolicy(plan, object, {
    facts: NO_FACTS,
    now: NOW,
    seed: "proof",
    ...(namespaceObject === undefined ? {} : { namespaceObject }),
  });
  if (verdict === undefined) return undefined;
  if (verdict.status === "error") return { verdict: "error", message: "kept", object };
  return { verdict: "allowed", message: verdict.status === "delete" ? "deleted" : "kept", object };
}

function askDeleting(plan: CelPlan, input: PolicyInput): ProvenVerdict | undefined {
  const { pending, responses } = evaluateCelPolicy(plan, input, { facts: NO_FACTS, now: NOW, seed: "proof" });
  if (pending.length > 0) return undefined;
  if (responses.some(({ status }) => status === "error"))
    return { verdict: "error", message: "kept", object: input.object };
  const isDeleted = responses.some(({ status }) => status === "pass");
  return { verdict: "allowed", message: isDeleted ? "deleted" : "kept", object: input.object };
}
