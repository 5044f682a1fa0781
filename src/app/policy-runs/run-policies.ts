import { type ErrorCode, memberOf, textOf, type Value, type ValueObject } from "../../base/index.ts";
import {
  abandonClusterPolicy,
  type ClusterPolicyOptions,
  type EntrySource,
  type ExceptionIndex,
  evaluateClusterPolicy,
  type Fact,
  type FactRequest,
  type Facts,
  KYVERNO_PHASES,
  type KyvernoEvaluation,
  type KyvernoPhase,
  type KyvernoPlan,
  type Operation,
  type Plan,
  type PolicyInput,
  type PolicyValues,
  type UserInfoFile,
} from "../../policy/index.ts";
import { resolveFacts } from "../fact-loop.ts";
import type { GivenValues, ResourceValues } from "./given-values.ts";
import type { PolicyRun } from "./policy-run.ts";

/** A document that is no policy, or none that is understood. */
export interface BrokenPolicy {
  /** Empty where it has none. */
  readonly name: string;
  readonly source: string;
  readonly code: ErrorCode;
  readonly message: string;
}

/** What objects are judged by. */
export interface PolicySet {
  readonly plans: readonly KyvernoPlan[];
  /** ImageValidatingPolicies: they are judged with the evidence of images, elsewhere. */
  readonly imagePlans: readonly Plan[];
  readonly exceptions: ExceptionIndex;
  readonly exceptionCount: number;
  /** Policies that are not applied because they are not valid, and why. */
  readonly refused: ReadonlyMap<string, string>;
  /** What could not be read as a policy. */
  readonly broken: readonly BrokenPolicy[];
  readonly warnings: readonly string[];
}

/** How objects are judged. */
export interface RunOptions {
  readonly values: GivenValues;
  readonly userInfo?: UserInfoFile;
  /** Stands before the one that the values give. */
  readonly operation?: Operation;
  /** Sources of context entries that there are; what the others would give comes from the values, or is not there. */
  readonly served: ReadonlySet<EntrySource>;
  readonly load: (requests: readonly FactRequest[]) => Promise<ReadonlyMap<string, Fact>>;
  /** Milliseconds since 1970, and the seed of chance. */
  readonly now: number;
  readonly seed: string;
  /** Milliseconds of a clock that only goes forward. */
  readonly elapsed: () => number;
}

/**
 * What the policies say of one object, in the order in which Kyverno applies them: all mutations, then image
 * verifications, validations and what is generated; each sees the object as the one before left it.
 */
export async function runPolicies(
  set: PolicySet,
  object: ValueObject,
  options: RunOptions,
): Promise<readonly PolicyRun[]> {
  const runs: PolicyRun[] = [];
  const images = new Map<KyvernoPlan, ImageOutcomes>();
  let current: Value = object;
  let subject: Subject | undefined;
  for (const phase of KYVERNO_PHASES) {
    for (const plan of set.plans) {
      if (!plan.phases.includes(phase)) continue;
      subject = subjectOf(current, plan, options, subject);
      const pass = passOf(set, plan, subject, options, phase, images.get(plan));
      // Most policies need no facts: what needs none is done without waiting.
      const first = pass(NO_FACTS, undefined);
      const evaluation = first.pending.length === 0 ? first : await loadFacts(plan, pass, first, options);
      if (phase === "verifyImages") images.set(plan, evaluation.imageOutcomes);
      // What a policy generates is only of note where it says something of the object.
      if (phase === "generate" && evaluation.responses.length === 0) continue;
      const patched: Value = evaluation.object ?? current;
      runs.push({ policy: nameOf(plan), resource: current, patched, responses: evaluation.responses });
      current = patched;
    }
  }
  return runs;
}

type ImageOutcomes = NonNullable<ClusterPolicyOptions["imageOutcomes"]>;

/** One pass of a policy over an object, with the facts that there are. */
type Pass = (facts: Facts, previous: KyvernoEvaluation | undefined) => KyvernoEvaluation;

const NO_FACTS: Facts = new Map();
const NO_RULE_VALUES: PolicyValues["rules"] = new Map();

function passOf(
  { exceptions }: PolicySet,
  plan: KyvernoPlan,
  { input, values }: Subject,
  { now, seed, served, values: given }: RunOptions,
  phase: KyvernoPhase,
  imageOutcomes: ImageOutcomes | undefined,
): Pass {
  const rules = given.hasRuleValues(plan.policy)
    ? new Map(plan.rules.map(({ name }) => [name, given.forRule(plan.policy, name)] as const))
    : NO_RULE_VALUES;
  const options = {
    now,
    seed,
    served,
    exceptions,
    phases: [phase],
    values: { variables: values.variables, rules },
    ...(imageOutcomes === undefined ? {} : { imageOutcomes }),
  };
  return (facts, previous) => evaluateClusterPolicy(plan, input, { ...options, facts, previous });
}

/** Goes on with facts where the first pass could not finish. */
async function loadFacts(
  plan: KyvernoPlan,
  pass: Pass,
  first: KyvernoEvaluation,
  { load, elapsed }: RunOptions,
): Promise<KyvernoEvaluation> {
  const { evaluation } = await resolveFacts<KyvernoEvaluation>({
    evaluate: (facts, previous) => (previous === undefined ? first : pass(facts, previous)),
    load: (requests) => load(requests),
    abandon: (unfinished, failure) => abandonClusterPolicy(plan, unfinished, failure),
    now: elapsed,
  });
  return evaluation;
}

const NAMES = new WeakMap<KyvernoPlan, PolicyRun["policy"]>();

function nameOf(plan: KyvernoPlan): PolicyRun["policy"] {
  let name = NAMES.get(plan);
  if (name === undefined) {
    const { kind, namespace, policy, annotations } = plan;
    name = Object.freeze({ kind, namespace, name: policy, annotations });
    NAMES.set(plan, name);
  }
  return name;
}

/** An object as policies meet it. */
interface Subject {
  readonly object: Value;
  readonly given: ResourceValues;
  /** As given, and as the operation of the run changes them. */
  readonly values: ResourceValues;
  readonly input: PolicyInput;
}

/** The one of the policy before, when this one meets the same. */
function subjectOf(
  object: Value,
  { policy }: KyvernoPlan,
  { values, userInfo, operation }: RunOptions,
  before: Subject | undefined,
): Subject {
  const metadata = memberOf(object, "metadata");
  const given = values.forResource(policy, textOf(metadata, "name"));
  if (before !== undefined && before.object === object && before.given === given) return before;
  const shown = operation === undefined ? given : withOperation(given, operation);
  const asked = operationOf(shown.operation);
  const namespaceObject = values.namespace(textOf(metadata, "namespace"));
  const input: PolicyInput = {
    object: asked === "DELETE" ? null : object,
    ...(asked === "DELETE" || asked === "UPDATE" ? { oldObject: object } : {}),
    operation: asked,
    ...(namespaceObject === undefined ? {} : { namespaceObject }),
    ...(userInfo?.userInfo === undefined ? {} : { userInfo: userInfo.userInfo }),
    ...(userInfo?.roles === undefined ? {} : { roles: userInfo.roles }),
    ...(userInfo?.clusterRoles === undefined ? {} : { clusterRoles: userInfo.clusterRoles }),
    ...subresourceOf(object, values),
  };
  return { object, given, values: shown, input };
}

function withOperation({ variables }: ResourceValues, operation: Operation): ResourceValues {
  const others = variables.filter(([name]) => name !== "request.operation");
  return { operation, variables: [["request.operation", operation], ...others] };
}

/** Any other one counts as CREATE, as in Kyverno's command line. */
function operationOf(value: Value | undefined): Operation {
  return value === "UPDATE" || value === "DELETE" ? value : "CREATE";
}

/** An object whose kind is that of a subresource stands for its parent's subresource. */
function subresourceOf(object: Value, values: GivenValues): Partial<PolicyInput> {
  const [apiVersion, kind] = [textOf(object, "apiVersion"), textOf(object, "kind")];
  const found = values.subresources.find(
    ({ subresource }) => apiVersionOf(subresource) === apiVersion && subresource.kind === kind,
  );
  if (found === undefined) return {};
  const { group = "", version = "" } = found.parentResource;
  const metadata = memberOf(object, "metadata");
  return {
    subresource: (found.subresource.name ?? "").split("/")[1] ?? "",
    requested: {
      group,
      version,
      kind: found.parentResource.kind ?? "",
      name: textOf(metadata, "name"),
      namespace: textOf(metadata, "namespace"),
    },
  };
}

function apiVersionOf({ group, version }: { readonly group?: string; readonly version?: string }): string {
  return group ? `${group}/${version ?? ""}` : (version ?? "");
}
