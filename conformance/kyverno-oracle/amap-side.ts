/** The pairs through amap's `apply`, from files to results. */
import { type PolicyRun, prepareApplication, resultsOf } from "../../src/app/index.ts";
import { isAmapError, listOf, memberOf, type Value } from "../../src/base/index.ts";
import { createFakeWorld } from "../../src/testing/fake-world.ts";
import { givenFilesOf } from "./given-files.ts";
import { keyOf, type Outcome } from "./outcome.ts";
import type { Pair } from "./pairs.ts";

/** What amap says of a pair. */
export async function runAmap(pair: Pair): Promise<Outcome> {
  const { texts, set } = givenFilesOf([pair]);
  const world = createFakeWorld(Object.fromEntries(Object.entries(texts).map(([name, text]) => [`/${name}`, text])));
  const pathsOf = (name: string): readonly string[] => (texts[name] === undefined ? [] : [`/${name}`]);
  try {
    const application = await prepareApplication(world, {
      policies: ["/policies.yaml"],
      resources: ["/resources.yaml"],
      ...(texts["values.yaml"] === undefined ? {} : { valuesFile: "/values.yaml" }),
      ...(texts["userinfo.yaml"] === undefined ? {} : { userInfo: "/userinfo.yaml" }),
      targetResources: pathsOf("targets.yaml"),
      exceptions: pathsOf("exceptions.yaml"),
      exceptionsWithinPolicies: false,
      exceptionsWithinResources: false,
      set,
    });
    const [refusal] = [...application.set.refused.values(), ...application.set.broken.map(({ message }) => message)];
    if (refusal !== undefined) return { status: "refused", reason: refusal };
    for await (const { runs, object } of application.apply()) {
      const results = runs
        .flatMap((run) => resultsOf(run, false))
        .map(({ rule, result, message }) => ({ rule, result, message }));
      const others = new Map<string, Value>();
      for (const { generated, patched } of runs.flatMap(({ responses }) => responses)) {
        if (patched !== undefined) others.set(keyOf(patched.object), patched.object);
        for (const each of generated ?? []) others.set(keyOf(each), each);
      }
      return {
        status: "applied",
        results,
        patched: writtenObject(pair, runs, object),
        others: [...others.values()],
      };
    }
    return { status: "crashed", reason: "there is no object" };
  } catch (error) {
    if (isAmapError(error) && error.code === "POLICY_INVALID") return { status: "refused", reason: error.message };
    throw error;
  }
}

/** Errors behind which Kyverno has the object still. */
const BEFORE_PATCHING = /^failed to (?:evaluate preconditions|load context)/;

/** The object as it is written: given values change what rules see, and only what mutates is written. */
function writtenObject({ policy }: Pair, runs: readonly PolicyRun[], object: Value): Value {
  const rules = listOf(memberOf(policy, "spec") ?? null, "rules");
  const mutating = rules.filter((rule) => memberOf(rule, "mutate") !== undefined);
  if (mutating.length === 0) return object;
  const ofObject = mutating.filter((rule) => memberOf(memberOf(rule, "mutate") ?? null, "targets") === undefined);
  const statuses = new Set(
    runs
      .flatMap(({ responses }) => responses)
      .filter(({ type, message }) => type === "Mutation" && !BEFORE_PATCHING.test(message))
      .map(({ status }) => status),
  );
  if (ofObject.length > 0 && statuses.has("error") && !statuses.has("pass")) return null;
  return runs.at(-1)?.patched ?? object;
}
