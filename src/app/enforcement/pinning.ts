import { AmapError } from "../../base/index.ts";
import { pinImages } from "../pin-images.ts";
import type { World } from "../world.ts";
import { quietly, settleWithin } from "./deadline.ts";
import type { Deciding } from "./deciding.ts";
import type { Enforcement, EnforcementOptions, Reviewed } from "./enforcement.ts";
import { inputOfRequest } from "./inputs.ts";
import type { PolicySet } from "./policy-set.ts";

/**
 * Makes `pin`. It never denies: what stays a tag is judged by the rules, and a policy with verifyDigest refuses it. One
 * tag that hangs, or one policy that cannot be read, takes no other image with it.
 */
export function createPinning(
  { clock }: World,
  parts: { readonly policies: PolicySet; readonly deciding: Deciding; readonly options: EnforcementOptions },
): Enforcement["pin"] {
  const { policies, deciding, options } = parts;
  const onBug = quietly(options.onBug);
  return async (request, { timeoutMs }) => {
    const startedAt = clock.now();
    const done = (response: Omit<Reviewed["response"], "uid" | "allowed">): Reviewed => ({
      response: { uid: request.uid, allowed: true, ...response },
      notEnforced: 0,
      durationMs: clock.now() - startedAt,
    });
    try {
      const input = inputOfRequest(request, options);
      const plans = policies.index.plansFor(input, "admission");
      const resolveNow = deciding.resolver(input, timeoutMs);
      const resolve: typeof resolveNow = async (name) => {
        const settled = await settleWithin(clock, startedAt + timeoutMs - clock.now(), resolveNow(name));
        if (settled.status === "done") return settled.value;
        throw new AmapError("FACT_FAILED", `the tag was not resolved within ${Math.round(timeoutMs)} ms`);
      };
      const { patch, unresolved } = await pinImages({ plans, input, loader: { resolve }, now: startedAt, onBug });
      const warnings = unresolved.map(({ image, message }) => `amap could not pin ${image}: ${message}`);
      return done({ ...(patch.length === 0 ? {} : { patch }), ...(warnings.length === 0 ? {} : { warnings }) });
    } catch (error) {
      onBug(error);
      return done({ warnings: ["amap could not pin images: it failed unexpectedly"] });
    }
  };
}
