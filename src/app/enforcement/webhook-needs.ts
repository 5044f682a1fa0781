import { type Plan, webhookRulesOf } from "../../policy/index.ts";
import type { WebhookNeed } from "./enforcement.ts";

/** The API server's own default, and Kyverno's. */
const DEFAULT_TIMEOUT_SECONDS = 10;

/**
 * The webhooks that plans need: one for each failure policy and purpose, never one for each policy, since every
 * webhook is another call for each request. Plans that are off at admission need none.
 */
export function webhookNeedsOf(plans: readonly Plan[]): readonly WebhookNeed[] {
  const admitting = plans.filter(({ admission }) => admission);
  return (["validate", "pin"] as const).flatMap((purpose) =>
    (["Fail", "Ignore"] as const).flatMap((failurePolicy): readonly WebhookNeed[] => {
      const some = admitting.filter(
        (plan) => plan.failurePolicy === failurePolicy && (purpose === "validate" || plan.mutateDigest),
      );
      if (some.length === 0) return [];
      const timeouts = some.map(({ timeoutSeconds }) => timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS);
      return [{ purpose, failurePolicy, timeoutSeconds: Math.max(...timeouts), rules: webhookRulesOf(some) }];
    }),
  );
}
