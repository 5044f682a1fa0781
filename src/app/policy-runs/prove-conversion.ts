import { isValueObject, memberOf, textOf, type Value, writeJson } from "../../base/index.ts";
import {
  type CelPlan,
  type ClusterPolicyResource,
  type ConvertedPart,
  type ConvertedRule,
  compileCelPolicy,
  compileClusterPolicy,
  decodePolicy,
  evaluateCelPolicy,
  evaluateClusterPolicy,
  type KyvernoEvaluation,
  type KyvernoPlan,
  type KyvernoRuleResponse,
  makeCounterexamples,
  type PolicyInput,
} from "../../policy/index.ts";
import { ProofWorld } from "./proof-world.ts";

/** What one of both says of an object: skipped and not looked at count as allowed, since neither denies. */
export interface ProvenVerdict {
  readonly verdict: "allowed" | "denied" | "error";
  readonly message: string;
  /** The object as it leaves it. */
  readonly object: Value;
}

/** A request in which the rule and its conversion differ. */
export interface Counterexample {
  readonly origin: string;
  readonly input: PolicyInput;
  readonly rule: ProvenVerdict;
  readonly converted: ProvenVerdict;
  readonly differsIn: "verdict" | "message" | "patch" | "objects";
}

/** What holding both against each other came to. */
export interface Proof {
  readonly compared: number;
  /** Of these, how often the rule denied, or changed the object: a proof that never saw one says little. */
  readonly denied: number;
  readonly changed: number;
  /** How often objects were made, or the object was deleted, by rules that do so. */
  readonly made?: number;
  readonly deleted?: number;
  /** How often an exception held. */
  readonly excepted?: number;
  readonly counterexample?: Counterexample;
  /** Why nothing could be compared. */
  readonly refused?: string;
}

/** A request that both are asked about. */
export interface ProofInput {
  readonly origin: string;
  readonly input: PolicyInput;
}

/** What a proof tries. */
export interface ProofOptions {
  /** Objects and recorded requests that were given. */
  readonly given: readonly ProofInput[];
  /** How many objects are made that seek a counterexample. */
  readonly generated: number;
  readonly seed: string;
}

/** Holds a rule and the policy it was converted to against each other; the first counterexample ends it. */
export function proveConversion(resource: ClusterPolicyResource, rule: ConvertedRule, options: ProofOptions): Proof {
  const classic = compileClusterPolicy(onlyRule(resource, rule));
  const converted = compileConverted(rule.policy);
  if (!classic.ok) return refusal(`the policy is not valid: ${classic.issues[0]?.message ?? ""}`);
  if (typeof converted === "string") return refusal(converted);
  let compared = 0;
  let denied = 0;
  let changed = 0;
  for (const [index, { origin, input: given }] of proofInputs(resource, rule, options).entries()) {
    const input = withNamespace(given);
    if (isLeftOut(rule, input)) continue;
    const world = new ProofWorld(resource.policy, options.seed, index);
    const wanted = askRule(classic.value, rule, input, world);
    const found = askConverted(converted, input, world);
    if (wanted === undefined || found === undefined) return refusal("it needs facts from outside the request");
    compared++;
    if (wanted.verdict === "denied") denied++;
    if (!isSame(wanted.object, input.object)) changed++;
    const differsIn = difference(wanted, found, rule);
    if (differsIn !== undefined) {
      return {
        compared,
        denied,
        changed,
        counterexample: { origin, input, rule: wanted, converted: found, differsIn },
      };
    }
  }
  return { compared, denied, changed };
}

/** What was given, then what is made to seek a counterexample. */
export function proofInputs(
  resource: ClusterPolicyResource,
  rule: ConvertedRule,
  { given, generated, seed }: ProofOptions,
): readonly ProofInput[] {
  const made = makeCounterexamples(rule, resource.policy, { count: generated, seed });
  return [...given, ...made.map((input, index) => ({ origin: `generated ${index + 1}`, input }))];
}

export const refusal = (refused: string): Proof => ({ compared: 0, denied: 0, changed: 0, refused });

/** The API server gives both the Namespace; one that is not known has its name alone. */
export function withNamespace(input: PolicyInput): PolicyInput {
  if (input.namespaceObject !== undefined) return input;
  const subject = isValueObject(input.object) ? input.object : (input.oldObject ?? null);
  const name = textOf(memberOf(subject, "metadata"), "namespace");
  if (name === "") return input;
  const metadata = { name, labels: { "kubernetes.io/metadata.name": name } };
  return { ...input, namespaceObject: { apiVersion: "v1", kind: "Namespace", metadata } };
}

const AUTOGEN = "pod-policies.kyverno.io/autogen-controllers";

/** The policy with this rule alone: what others change is not this one's. It is extended as in the whole policy. */
export function onlyRule(resource: ClusterPolicyResource, { rule, controllers }: ConvertedRule): ClusterPolicyResource {
  const { policy } = resource;
  const annotations = {
    ...policy.metadata.annotations,
    [AUTOGEN]: controllers.length === 0 ? "none" : controllers.join(","),
  };
  const rules = (policy.spec.rules ?? []).filter(({ name }) => name === rule);
  return {
    ...resource,
    policy: { ...policy, metadata: { ...policy.metadata, annotations }, spec: { ...policy.spec, rules } },
  };
}

type CelResource = Parameters<typeof compileCelPolicy>[0];

/** The plan of a converted policy of one of these kinds or their Namespaced forms, or what is wrong with it. */
export function compileConverted(policy: Value, kinds: readonly string[] = RULE_KINDS): CelPlan | string {
  const decoded = decodePolicy(policy, { source: "converted", document: 0 });
  if (!decoded.ok) return `what it was converted to is not valid: ${decoded.issues[0]?.message ?? ""}`;
  const resource = decoded.value;
  const isCompared = (each: typeof resource): each is CelResource =>
    kinds.includes(each.kind.replace(/^Namespaced/, ""));
  if (!isCompared(resource)) return `a ${resource.kind} is not compared`;
  const plan = compileCelPolicy(resource);
  return plan.ok
    ? plan.value
    : `what it was converted to does not compile: ${plan.issues[0]?.path ?? ""}: ${plan.issues[0]?.message ?? ""}`;
}

const RULE_KINDS = ["ValidatingPolicy", "MutatingPolicy"];

/** What the conversion says that it does not say. */
export function isLeftOut(
  { differences, operations, onlyKinds }: ConvertedPart,
  { object, operation }: PolicyInput,
): boolean {
  const kind = textOf(object ?? null, "kind");
  if (onlyKinds !== undefined && !onlyKinds.includes(kind)) return true;
  if (kind === "ReplicationController" && differences.some(({ reason }) => reason.includes("ReplicationController")))
    return true;
  return !operations.includes(operation) && differences.some(({ reason }) => reason.includes("deletions"));
}

function askRule(
  plan: KyvernoPlan,
  { rule, phase }: ConvertedRule,
  input: PolicyInput,
  world: ProofWorld,
): ProvenVerdict | undefined {
  const evaluation = world.ask((facts, previous) =>
    evaluateClusterPolicy(plan, input, { facts, now: 0, seed: "proof", phases: [phase], previous }),
  );
  if (evaluation === undefined) return undefined;
  const names = new Set([rule, `autogen-${rule}`.slice(0, 63), `autogen-cronjob-${rule}`.slice(0, 63)]);
  return verdictOf(
    evaluation,
    evaluation.responses.filter((response) => names.has(response.rule)),
  );
}

function askConverted(plan: CelPlan, input: PolicyInput, world: ProofWorld): ProvenVerdict | undefined {
  const evaluation = world.ask((facts, previous) =>
    evaluateCelPolicy(plan, input, { facts, now: 0, seed: "proof", previous }),
  );
  return evaluation === undefined ? undefined : verdictOf(evaluation, evaluation.responses);
}

export function verdictOf({ object }: KyvernoEvaluation, responses: readonly KyvernoRuleResponse[]): ProvenVerdict {
  const worst =
    responses.find(({ status }) => status === "error") ??
    responses.find(({ status }) => status === "fail" || status === "warn");
  if (worst === undefined) return { verdict: "allowed", message: "", object };
  return { verdict: isError(worst) ? "error" : "denied", message: worst.message, object };
}

/** A rule with CEL in it fails where an expression does; what it was converted to is an error: its differences say so. */
function isError({ status, message }: KyvernoRuleResponse): boolean {
  return status === "error" || (status === "fail" && /^expression '[^]*' resulted in error: /.test(message));
}

function difference(
  wanted: ProvenVerdict,
  found: ProvenVerdict,
  { statesMessage }: ConvertedRule,
): Counterexample["differsIn"] | undefined {
  if (wanted.verdict !== found.verdict) return "verdict";
  if (wanted.verdict === "denied" && statesMessage && !saysTheSame(wanted.message, found.message)) return "message";
  return isSame(wanted.object, found.object) ? undefined : "patch";
}

/** The rule puts more around the message that it states: where the pattern failed. */
function saysTheSame(whole: string, stated: string): boolean {
  if (whole === stated) return true;
  const inner = whole.replace(/^validation failure: /, "");
  if (inner === stated) return true;
  const start = `validation error: ${stated.endsWith(".") ? stated : `${stated}.`} `;
  return inner.startsWith(start) && /^(?:rule |\S+ )/.test(inner.slice(start.length));
}

export function isSame(one: Value, other: Value): boolean {
  return one === other || sortedJson(one) === sortedJson(other);
}

function sortedJson(value: Value): string {
  return writeJson(sorted(value));
}

function sorted(value: Value): Value {
  if (Array.isArray(value)) return (value as readonly Value[]).map(sorted);
  if (!isValueObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .toSorted()
      .map((key) => [key, sorted(value[key] as Value)]),
  );
}
