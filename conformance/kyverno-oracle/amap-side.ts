/** The pairs through amap's `apply`, from files to results. */
import { prepareApplication, resultsOf } from "../../src/app/index.ts";
import { isAmapError } from "../../src/base/index.ts";
import { createFakeWorld } from "../../src/testing/fake-world.ts";
import { valuesOf } from "./kyverno-cli.ts";
import type { Outcome } from "./outcome.ts";
import type { Pair } from "./pairs.ts";

/** What amap says of a pair. */
export async function runAmap(pair: Pair): Promise<Outcome> {
  const world = createFakeWorld({
    "/policy.yaml": JSON.stringify(pair.policy),
    "/resource.yaml": JSON.stringify(pair.resource),
    "/values.yaml": JSON.stringify(valuesOf([pair])),
  });
  try {
    const application = await prepareApplication(world, {
      policies: ["/policy.yaml"],
      resources: ["/resource.yaml"],
      valuesFile: "/values.yaml",
      targetResources: [],
      exceptions: [],
      exceptionsWithinPolicies: false,
      exceptionsWithinResources: false,
      set: [],
    });
    const [refusal] = application.set.refused.values();
    if (refusal !== undefined) return { status: "refused", reason: refusal };
    for await (const { runs, object } of application.apply()) {
      const results = runs
        .flatMap((run) => resultsOf(run, false))
        .map(({ rule, result, message }) => ({ rule, result, message }));
      return { status: "applied", results, patched: runs.at(-1)?.patched ?? object };
    }
    return { status: "crashed", reason: "there is no object" };
  } catch (error) {
    if (isAmapError(error) && error.code === "POLICY_INVALID") return { status: "refused", reason: error.message };
    throw error;
  }
}
