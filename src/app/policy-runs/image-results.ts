import type { ValueObject } from "../../base/index.ts";
import type { CheckReport } from "../../report/index.ts";
import { checkResources } from "../check.ts";
import type { EvidenceOptions } from "../evidence/evidence-facts.ts";
import type { World } from "../world.ts";
import type { PolicySet } from "./policy-set.ts";

/**
 * What ImageValidatingPolicies are judged by: the evidence of the images of all objects, and each rule over it, as `check`
 * tells it. Exceptions are not looked at.
 * @throws {AmapError} as `checkResources`
 * @example
 * ```ts
 * import { reportImagePolicies } from "../index.ts";
 * const application = { set: { imagePlans: [] } as never, readObjects: async () => [] };
 * const error = await reportImagePolicies({} as never, application, { sources: [], verifyLayers: false }).catch((e) => e);
 * error.code; // "USAGE": there is nothing to check
 * ```
 */
export async function reportImagePolicies(
  world: World,
  application: { readonly set: PolicySet; readObjects(): Promise<readonly ValueObject[]> },
  evidence: EvidenceOptions,
): Promise<CheckReport> {
  const { report } = await checkResources(world, {
    policies: { plans: application.set.imagePlans, files: [] },
    resources: await application.readObjects(),
    evidence,
  });
  return report;
}
