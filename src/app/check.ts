import { AmapError, isValueObject, type Value } from "../base/index.ts";
import { createPlanIndex, type Fact, type FactRequest, type Operation, type PolicyInput } from "../policy/index.ts";
import type { CheckReport, ResourceRow } from "../report/index.ts";
import { type AskedImage, decideResource, imagesAsked } from "./decide-resource.ts";
import { createEvidenceLoader, type EvidenceOptions } from "./evidence/evidence-facts.ts";
import { pinImages } from "./pin-images.ts";
import type { LoadedPolicies } from "./policies.ts";
import { describeResource, isList } from "./resources.ts";
import { nowOf } from "./sbom.ts";
import type { World } from "./world.ts";

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

/**
 * Checks objects against policies as admission would: collects and verifies the evidence of every image a policy asks
 * about, pins tags where policies ask for it, evaluates, decides. What cannot be looked at is an error, and an error denies.
 * @throws {AmapError} USAGE when there is nothing to check; VALUE_INVALID for an object without apiVersion or kind and for
 * a list, which hides its objects from policies; BUG
 */
export async function checkResources(world: World, input: CheckInput): Promise<CheckResult> {
  if (input.resources.length === 0) throw new AmapError("USAGE", "there is no resource to check");
  const index = createPlanIndex(input.policies.plans);
  const loader = createEvidenceLoader(world, input.evidence);
  const facts = new Map<string, Fact>();
  const images = new Map<string, AskedImage>();
  const rows: ResourceRow[] = [];
  for (const object of input.resources) {
    const name = describeResource(object);
    if (isValueObject(object) && isList(object, name))
      throw new AmapError("VALUE_INVALID", `${name}: a list is checked object by object`);
    const load = async (requests: readonly FactRequest[]): Promise<ReadonlyMap<string, Fact>> => {
      const missing = requests.filter(({ key }) => !facts.has(key));
      for (const [key, fact] of await loader.load(missing)) facts.set(key, fact);
      return new Map(requests.map(({ key }) => [key, facts.get(key) as Fact]));
    };
    const now = world.clock.now();
    const asked: PolicyInput = { object, operation: input.operation ?? "CREATE" };
    const pinned = await pinImages({ plans: index.plansFor(asked), input: asked, loader, now });
    const policyInput: PolicyInput = { ...asked, object: pinned.object };
    const decided = await decideResource({
      plans: index.plansFor(policyInput),
      input: policyInput,
      load,
      now,
      seed: name,
      elapsed: () => world.clock.now(),
    });
    rows.push(decided.row);
    for (const image of imagesAsked(decided)) images.set(image.name, image);
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
  return { report, facts, images: [...images.values()] };
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
