import { AmapError, type Digest, isDigest, isValueObject, memberOf, type Value } from "../base/index.ts";
import {
  createPlanIndex,
  decide,
  type Evaluation,
  type Fact,
  type FactRequest,
  type Operation,
  type PolicyInput,
} from "../policy/index.ts";
import type { CheckReport, ResourceRow, RuleRow } from "../report/index.ts";
import { toImageRow, toRuleRow } from "./check-rows.ts";
import { createEvidenceLoader, type EvidenceOptions } from "./evidence-facts.ts";
import { resolvePlans } from "./fact-loop.ts";
import type { LoadedPolicies } from "./policies.ts";
import { describeResource, isList } from "./resources.ts";
import { nowOf } from "./sbom.ts";
import type { World } from "./world.ts";

/** Shown for an object that no policy speaks about: allowed, and not in silence. */
const NOTHING_APPLIES: RuleRow = {
  policy: "",
  rule: "(none)",
  status: "skip",
  message: "no policy matches this resource: nothing was checked",
};

/** What is checked. */
export interface CheckInput {
  readonly policies: LoadedPolicies;
  /** Kubernetes objects, as if they were being created; no lists. */
  readonly resources: readonly Value[];
  readonly evidence: EvidenceOptions;
  readonly operation?: Operation;
}

/** A report, with the facts it was made from: Plan, object and facts give the same decision again. */
export interface CheckResult {
  readonly report: CheckReport;
  readonly facts: ReadonlyMap<string, Fact>;
  /** The images whose evidence policies asked for, by the name in the object, whether it could be loaded or not. */
  readonly images: readonly AskedImage[];
}

/** An image that a policy asked about. */
export interface AskedImage {
  readonly name: string;
  /** Absent when the name holds none and could not be resolved. */
  readonly digest?: Digest;
}

/**
 * Checks objects against policies as admission would: collects and verifies the evidence of every image a policy asks
 * about, evaluates, decides. What cannot be looked at is an error, and an error denies.
 * @throws {AmapError} USAGE when there is nothing to check; VALUE_INVALID for an object without apiVersion or kind and for
 * a list, which hides its objects from policies; BUG
 */
export async function checkResources(world: World, input: CheckInput): Promise<CheckResult> {
  if (input.resources.length === 0) throw new AmapError("USAGE", "there is no resource to check");
  const index = createPlanIndex(input.policies.plans);
  const loader = createEvidenceLoader(world, input.evidence);
  const facts = new Map<string, Fact>();
  const asked = new Map<string, AskedImage>();
  const rows: ResourceRow[] = [];
  for (const object of input.resources) {
    const name = describeResource(object);
    if (isValueObject(object) && isList(object, name))
      throw new AmapError("VALUE_INVALID", `${name}: a list is checked object by object`);
    const policyInput: PolicyInput = { object, operation: input.operation ?? "CREATE" };
    const seen: FactRequest[] = [];
    const load = async (requests: readonly FactRequest[]): Promise<ReadonlyMap<string, Fact>> => {
      seen.push(...requests);
      const missing = requests.filter(({ key }) => !facts.has(key));
      for (const [key, fact] of await loader.load(missing)) facts.set(key, fact);
      return new Map(requests.map(({ key }) => [key, facts.get(key) as Fact]));
    };
    const plans = index.plansFor(policyInput);
    const { evaluation } = await resolvePlans({
      plans,
      input: policyInput,
      load,
      now: world.clock.now(),
      seed: name,
      elapsed: () => world.clock.now(),
    });
    const decision = decide(plans.map((plan, place) => ({ plan, evaluation: evaluation[place] as Evaluation })));
    const rules = plans.length === 0 ? [NOTHING_APPLIES] : decision.responses.map(toRuleRow);
    rows.push({ resource: name, allowed: decision.allowed, images: imageRowsOf(seen, facts), rules });
    for (const image of imagesAsked(seen, facts)) asked.set(image.name, image);
  }
  const report: CheckReport = {
    schema: "amap.check/v1",
    checkedAt: nowOf(world),
    policies: input.policies.files.flatMap(({ path, digest, names }) =>
      names.map((policy) => ({ name: policy, source: path, digest })),
    ),
    allowed: rows.every((row) => row.allowed),
    resources: rows,
  };
  return { report, facts, images: [...asked.values()] };
}

/** A Pod that runs one image, for checking an image by itself. */
export function podOf(image: string): Value {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "image", namespace: "default" },
    spec: { containers: [{ name: "image", image }] },
  };
}

function imageRowsOf(requests: readonly FactRequest[], facts: ReadonlyMap<string, Fact>): ResourceRow["images"] {
  const byImage = new Map<string, Value[]>();
  for (const { key, kind, params } of requests) {
    const image = memberOf(params, "image");
    const fact = facts.get(key);
    if (kind !== "imageEvidence" || typeof image !== "string" || fact?.ok !== true) continue;
    byImage.set(image, [...(byImage.get(image) ?? []), fact.value]);
  }
  return [...byImage].map(([image, evidence]) => toImageRow(image, evidence));
}

function imagesAsked(requests: readonly FactRequest[], facts: ReadonlyMap<string, Fact>): readonly AskedImage[] {
  return requests.flatMap(({ key, kind, params }) => {
    const name = memberOf(params, "image");
    if (kind !== "imageEvidence" || typeof name !== "string") return [];
    const fact = facts.get(key);
    const digest = fact?.ok === true ? memberOf(fact.value, "digest") : name.slice(name.lastIndexOf("@") + 1);
    return [typeof digest === "string" && isDigest(digest) ? { name, digest } : { name }];
  });
}
