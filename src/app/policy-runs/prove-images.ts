import { parseImageReference } from "../../artifact/index.ts";
import { encodeUtf8, hashHex, isAmapError, isValueObject, memberOf, type Value } from "../../base/index.ts";
import {
  type ClusterPolicyResource,
  type ConvertedRule,
  compileClusterPolicy,
  compileImagePolicy,
  decodePolicy,
  evaluateClusterPolicy,
  evaluateImagePolicies,
  type Fact,
  type FactRequest,
  type Facts,
  findTaggedImages,
  type ImageVerification,
  type KyvernoEvaluation,
  type KyvernoPlan,
  makeCounterexamples,
  type Plan,
  type PolicyInput,
} from "../../policy/index.ts";
import { MadeImages, type PredicateField } from "./made-images.ts";
import {
  isLeftOut,
  isSame,
  onlyRule,
  type Proof,
  type ProofOptions,
  type ProvenVerdict,
  refusal,
  withNamespace,
} from "./prove-conversion.ts";

/** Rounds of questions that one evaluation may need. */
const MAX_ROUNDS = 64;

/**
 * Holds an entry of a verifyImages rule and the policy it was converted to against each other, over made up answers of who
 * has signed what: both must let the same objects through. Digests are put in before, where the policy asks for it.
 */
export function proveImages(resource: ClusterPolicyResource, rule: ConvertedRule, options: ProofOptions): Proof {
  const entry = entryOf(resource, rule);
  if (entry === undefined) return refusal(`there is nothing at ${rule.path}`);
  const classic = compileClusterPolicy(withEntry(onlyRule(resource, rule), entry));
  if (!classic.ok) return refusal(`the policy is not valid: ${classic.issues[0]?.message ?? ""}`);
  const plan = compileConverted(rule.policy);
  if (typeof plan === "string") return refusal(plan);
  const both: BothPolicies = { classic: classic.value, plan, plans: [plan] };
  // What is skipped the rule pins all the same: the conversion says so.
  const comparesDigests = (entry.skipImageReferences ?? []).length === 0;
  const fields = fieldsOf(entry);
  const made = makeCounterexamples(rule, resource.policy, { count: options.generated, seed: options.seed });
  const generated = made.map((input, index) => ({
    origin: `generated ${index + 1}`,
    input: withReadableImages(input),
  }));
  let proof = { compared: 0, denied: 0, changed: 0 };
  for (const [index, { origin, input: given }] of [...options.given, ...generated].entries()) {
    const input = withNamespace(given);
    if (isLeftOut(rule, input) || hasOtherImages(input.object)) continue;
    const images = new MadeImages({ source: resource.policy, policy: rule.policy }, fields, (text) =>
      drawn(`${options.seed} ${index} ${text}`),
    );
    const judged = judge(both, input, images);
    if (judged === undefined) return refusal("it needs facts that are no answers about images");
    const { before, after, isChanged, isPinnedAlike } = judged;
    proof = {
      compared: proof.compared + 1,
      denied: proof.denied + Number(before.verdict === "denied"),
      changed: proof.changed + Number(isChanged),
    };
    const counterexample = { origin, input, rule: before, converted: after };
    if (before.verdict !== after.verdict)
      return { ...proof, counterexample: { ...counterexample, differsIn: "verdict" } };
    if (comparesDigests && before.verdict === "allowed" && !isPinnedAlike)
      return { ...proof, counterexample: { ...counterexample, differsIn: "patch" } };
  }
  return proof;
}

interface BothPolicies {
  readonly classic: KyvernoPlan;
  readonly plan: Plan;
  /** The same list each time: evaluations are resumed by it. */
  readonly plans: readonly Plan[];
}

/** What both say of one object. */
interface Judged {
  readonly before: ProvenVerdict;
  readonly after: ProvenVerdict;
  readonly isChanged: boolean;
  readonly isPinnedAlike: boolean;
}

function judge({ classic, plan, plans }: BothPolicies, input: PolicyInput, images: MadeImages): Judged | undefined {
  const answer = (request: FactRequest): Fact | undefined => images.answer(request);
  const wanted = settle(answer, (facts, previous: KyvernoEvaluation | undefined) =>
    askClassic(classic, input, facts, previous),
  );
  const pinned = pin(plan, input, images);
  const found = settle(answer, (facts, previous: ReturnType<typeof evaluateImagePolicies> | undefined) =>
    evaluateImagePolicies(plans, pinned, { facts, previous, now: 0, seed: "proof" }),
  );
  if (wanted === undefined || found === undefined) return undefined;
  const digests = digestsOf(wanted.object);
  return {
    before: verdictOf([wanted], input),
    after: verdictOf(found.evaluations, pinned),
    isChanged: !isSame(digests, digestsOf(input.object)),
    isPinnedAlike: isSame(digests, digestsOf(pinned.object)),
  };
}

/** The digests of an object's images, in its order; each kind writes the name before it in its own way. */
function digestsOf(value: Value): Value {
  if (Array.isArray(value)) return (value as readonly Value[]).map(digestsOf);
  if (!isValueObject(value)) return null;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, member]) => key === "image" || typeof member === "object")
      .map(([key, member]) => [
        key,
        key === "image" && typeof member === "string" ? member.replace(/^[^@]*@?/, "") : digestsOf(member),
      ]),
  );
}

/** From 0 to below 1, by the text alone. */
function drawn(text: string): number {
  return Number.parseInt(hashHex("sha256", encodeUtf8(text)).slice(0, 8), 16) / 0x1_0000_0000;
}

function entryOf({ policy }: ClusterPolicyResource, { path }: ConvertedRule): ImageVerification | undefined {
  const [, rule = "", entry = ""] = /^spec\.rules\[([0-9]+)\]\.verifyImages\[([0-9]+)\]$/.exec(path) ?? [];
  return policy.spec.rules?.[Number(rule)]?.verifyImages?.[Number(entry)];
}

function withEntry(resource: ClusterPolicyResource, entry: ImageVerification): ClusterPolicyResource {
  const { policy } = resource;
  const rules = (policy.spec.rules ?? []).map((rule) => ({ ...rule, verifyImages: [entry] }));
  return { ...resource, policy: { ...policy, spec: { ...policy.spec, rules } } };
}

function compileConverted(policy: Value): Plan | string {
  const decoded = decodePolicy(policy, { source: "converted", document: 0 }, { defersUnanswered: true });
  if (!decoded.ok) return `what it was converted to is not valid: ${decoded.issues[0]?.message ?? ""}`;
  const resource = decoded.value;
  if (resource.kind !== "ImageValidatingPolicy" && resource.kind !== "NamespacedImageValidatingPolicy")
    return `a ${resource.kind} is not compared`;
  const plan = compileImagePolicy(resource, { asInKyverno: true });
  if (plan.ok) return plan.value;
  const [issue] = plan.issues;
  return `what it was converted to does not compile: ${issue?.path ?? ""}: ${issue?.message ?? ""}`;
}

/** Fields of predicates that conditions look at, each with what they want. */
function fieldsOf({ attestations = [] }: ImageVerification): readonly PredicateField[] {
  return attestations.flatMap((attestation) => {
    const type = attestation.type ?? attestation.predicateType ?? "";
    const conditions = (attestation.conditions ?? []).flatMap(({ any = [], all = [] }) => [...any, ...all]);
    const fields = conditions.flatMap(({ key, value }): readonly PredicateField[] => {
      const paths = typeof key === "string" ? [...key.matchAll(/\{\{([^{}]*)\}\}/g)] : [];
      return paths.map(([, source = ""]) => ({
        type,
        path: /^[A-Za-z0-9_.\s]+$/.test(source) ? source.trim().split(".") : [],
        wanted: wantedBy(typeof key === "string" ? key : "", value ?? null),
      }));
    });
    return [{ type, path: [], wanted: null }, ...fields];
  });
}

/** A text that an expression in the key finds, or what the key is compared with. */
function wantedBy(key: string, value: Value): Value {
  const [, pattern] = /regex_match\('\^?([^']*?)\$?'/.exec(key) ?? [];
  if (pattern !== undefined) return pattern;
  if (Array.isArray(value)) return (value[0] as Value | undefined) ?? "other";
  return typeof value === "string" ? value.replaceAll(/[*?]/g, "x") : value;
}

/** What is no reference at all is an error of both, in their own words and order. */
function withReadableImages(input: PolicyInput): PolicyInput {
  const { oldObject } = input;
  const object = readable(input.object);
  return { ...input, object, ...(oldObject === undefined ? {} : { oldObject: readable(oldObject) }) };
}

function readable(value: Value): Value {
  if (Array.isArray(value)) return (value as readonly Value[]).map(readable);
  if (!isValueObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      if (key !== "image" || typeof member !== "string") return [key, readable(member)];
      return [key, isReference(member) ? member : "ghcr.io/other/image:1"];
    }),
  );
}

function isReference(text: string): boolean {
  try {
    parseImageReference(text);
    return true;
  } catch (error) {
    if (isAmapError(error)) return false;
    throw error;
  }
}

/** Images of volumes, and images with both tag and digest, are read in their own way. */
function hasOtherImages(object: Value): boolean {
  const text = JSON.stringify(object, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));
  return /"image":\s*\{/.test(text) || /"image":"[^"@]*:[^"/@]*@/.test(text);
}

function askClassic(
  plan: KyvernoPlan,
  input: PolicyInput,
  facts: Facts,
  previous: KyvernoEvaluation | undefined,
): KyvernoEvaluation {
  return evaluateClusterPolicy(plan, input, {
    facts,
    now: 0,
    seed: "proof",
    phases: ["verifyImages", "validate"],
    previous,
  });
}

/** Asks until nothing is missing; undefined when there is no answer. */
function settle<T extends { readonly pending: readonly FactRequest[] }>(
  answer: (request: FactRequest) => Fact | undefined,
  evaluate: (facts: Facts, previous: T | undefined) => T,
): T | undefined {
  const facts = new Map<string, Fact>();
  let previous: T | undefined;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    previous = evaluate(facts, previous);
    if (previous.pending.length === 0) return previous;
    for (const request of previous.pending) {
      const fact = answer(request);
      if (fact === undefined) return undefined;
      facts.set(request.key, fact);
    }
  }
  return undefined;
}

/** The object as admission leaves it before it validates. */
function pin(plan: Plan, input: PolicyInput, images: MadeImages): PolicyInput {
  let { object } = input;
  for (const { pointer, image } of findTaggedImages(plan, input, 0)) {
    const fact = images.answer({ key: "", kind: "imageData", params: { image } });
    const digest = fact?.ok === true ? memberOf(fact.value, "digest") : undefined;
    if (typeof digest === "string") object = withText(object, pointer.slice(1).split("/"), `${image}@${digest}`);
  }
  return { ...input, object };
}

function withText(value: Value, [step, ...rest]: readonly string[], text: string): Value {
  if (step === undefined) return text;
  if (Array.isArray(value))
    return (value as readonly Value[]).map((item, index) =>
      String(index) === step ? withText(item, rest, text) : item,
    );
  if (!isValueObject(value)) return value;
  return { ...value, [step]: withText(memberOf(value, step) ?? null, rest, text) };
}

function verdictOf(evaluations: readonly KyvernoEvaluation[], { object }: PolicyInput): ProvenVerdict {
  const responses = evaluations.flatMap((evaluation) => evaluation.responses);
  const worst =
    responses.find(({ status }) => status === "error") ??
    responses.find(({ status }) => status === "fail" || status === "warn");
  if (worst === undefined) return { verdict: "allowed", message: "", object };
  return { verdict: worst.status === "error" ? "error" : "denied", message: worst.message, object };
}
