import { type ErrorCode, memberOf, textOf, type Value, type ValueObject } from "../../base/index.ts";
import {
  abandonClusterPolicy,
  type ClusterPolicyOptions,
  type EntrySource,
  type ExceptionIndex,
  evaluateClusterPolicy,
  type Fact,
  type FactRequest,
  type GivenVariable,
  KYVERNO_PHASES,
  type KyvernoEvaluation,
  type KyvernoPlan,
  type Operation,
  type Plan,
  type PolicyInput,
  type UserInfoFile,
} from "../../policy/index.ts";
import { resolveFacts } from "../fact-loop.ts";
import type { GivenValues } from "./given-values.ts";
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
  const images = new Map<KyvernoPlan, NonNullable<ClusterPolicyOptions["imageOutcomes"]>>();
  let current: Value = object;
  for (const phase of KYVERNO_PHASES) {
    for (const plan of set.plans) {
      if (!plan.phases.includes(phase)) continue;
      const evaluation: KyvernoEvaluation = await evaluate(plan, current, set.exceptions, options, {
        phases: [phase],
        ...(images.has(plan) ? { imageOutcomes: images.get(plan) as NonNullable<ReturnType<typeof images.get>> } : {}),
      });
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

async function evaluate(
  plan: KyvernoPlan,
  object: Value,
  exceptions: ExceptionIndex,
  options: RunOptions,
  phase: Pick<ClusterPolicyOptions, "phases" | "imageOutcomes">,
): Promise<KyvernoEvaluation> {
  const { input, variables } = inputOf(plan, object, options);
  const { now, seed, served, values } = options;
  const rules = new Map(plan.rules.map(({ name }) => [name, values.forRule(plan.policy, name)] as const));
  const given = { variables, rules };
  const { evaluation } = await resolveFacts<KyvernoEvaluation>({
    evaluate: (facts, previous) =>
      evaluateClusterPolicy(plan, input, { ...phase, facts, now, seed, served, exceptions, values: given, previous }),
    load: (requests) => options.load(requests),
    abandon: (evaluation, failure) => abandonClusterPolicy(plan, evaluation, failure),
    now: options.elapsed,
  });
  return evaluation;
}

function nameOf({ kind, namespace, policy, annotations }: KyvernoPlan): PolicyRun["policy"] {
  return { kind, namespace, name: policy, annotations };
}

function inputOf(
  plan: KyvernoPlan,
  object: Value,
  { values, userInfo, operation }: RunOptions,
): { readonly input: PolicyInput; readonly variables: readonly GivenVariable[] } {
  const metadata = memberOf(object, "metadata");
  const given = values.forResource(plan.policy, textOf(metadata, "name"));
  const variables = operation === undefined ? given : { ...given, "request.operation": operation };
  const asked = operationOf(variables["request.operation"]);
  const namespaceObject = values.namespace(textOf(metadata, "namespace"));
  const input: PolicyInput = {
    object: asked === "DELETE" ? null : object,
    ...(asked === "DELETE" || asked === "UPDATE" ? { oldObject: object } : {}),
    operation: asked,
    ...(namespaceObject === undefined ? {} : { namespaceObject }),
    ...(userInfo?.userInfo === undefined ? {} : { userInfo: userInfo.userInfo as Value }),
    ...(userInfo?.roles === undefined ? {} : { roles: userInfo.roles }),
    ...(userInfo?.clusterRoles === undefined ? {} : { clusterRoles: userInfo.clusterRoles }),
    ...subresourceOf(object, values),
  };
  return { input, variables: Object.entries(variables) };
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
