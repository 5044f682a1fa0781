import { AmapError, type ValueObject } from "../../base/index.ts";
import type { CheckReport } from "../../report/index.ts";
import { checkResources } from "../check.ts";
import type { EvidenceOptions } from "../evidence-facts.ts";
import type { World } from "../world.ts";
import type { RunCounts } from "./policy-run.ts";
import { NO_RESULTS, type PolicyResult, referenceTo } from "./results.ts";
import type { PolicySet } from "./run-policies.ts";

/** What ImageValidatingPolicies say of objects. */
export interface ImageResults {
  readonly report: CheckReport;
  /** The same for reports beside the results of other policies. */
  readonly results: readonly PolicyResult[];
  readonly counts: RunCounts;
}

/**
 * Judges objects by the ImageValidatingPolicies of a set, with the evidence of their images.
 * @throws {AmapError} as `checkResources`
 * @example
 * ```ts
 * import { applyImagePolicies } from "../index.ts";
 * const application = { set: { imagePlans: [] } as never, readObjects: async () => [] };
 * const error = await applyImagePolicies({} as never, application, { sources: [], verifyLayers: false }).catch((e) => e);
 * error.code; // "USAGE": there is nothing to check
 * ```
 */
export async function applyImagePolicies(
  world: World,
  application: { readonly set: PolicySet; readObjects(): Promise<readonly ValueObject[]> },
  evidence: EvidenceOptions,
): Promise<ImageResults> {
  const objects = await application.readObjects();
  const { report } = await checkResources(world, {
    policies: { plans: application.set.imagePlans, files: [] },
    resources: objects,
    evidence,
  });
  const counts = { ...NO_RESULTS };
  const results = report.resources.flatMap(({ rules }, index) => {
    const object = objects[index];
    if (object === undefined) throw new AmapError("BUG", "a report has more rows than there are objects");
    return rules.map(({ policy, rule, status, message = "", code }): PolicyResult => {
      counts[status]++;
      return {
        policy,
        policyNamespace: "",
        rule,
        result: status,
        message,
        isScored: true,
        category: "",
        severity: "",
        properties: code === undefined ? {} : { code },
        resource: referenceTo(object),
      };
    });
  });
  return { report, results, counts };
}
