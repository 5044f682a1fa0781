import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runAmap } from "./amap-side.ts";
import { FAMILIES, makePair } from "./pairs.ts";
import { times } from "./resources.ts";

const SEED = 7;
const pairs = times(640, (index) => makePair(SEED, index));
const text = JSON.stringify(pairs.map(({ policy }) => policy));

describe("generated pairs", () => {
  it("are the same for the same seed, and others for another", () => {
    assert.deepEqual(makePair(SEED, 11), pairs[11]);
    assert.notDeepEqual(makePair(SEED + 1, 11), pairs[11]);
  });

  it("have distinct names and look at their own namespace only", () => {
    assert.equal(new Set(pairs.map(({ name }) => name)).size, pairs.length);
    for (const { name, resource, policy } of pairs) {
      assert.equal((resource["metadata"] as { namespace?: string }).namespace, name);
      const isNamespaced = (policy["metadata"] as { namespace?: string }).namespace === name;
      assert.equal(isNamespaced, policy["kind"] === "Policy");
      assert.equal(JSON.stringify(policy["spec"]).includes(`"namespaces":["${name}"]`), !isNamespaced);
    }
  });

  it("are policies that amap takes, with every outcome among them", async () => {
    const seen = new Map<string, Set<string>>();
    for (const pair of pairs) {
      const outcome = await runAmap(pair);
      assert.equal(outcome.status, "applied", `${pair.name}: ${JSON.stringify(outcome)}`);
      if (outcome.status !== "applied") continue;
      const results = seen.get(pair.family) ?? new Set();
      for (const { result } of outcome.results) results.add(result);
      seen.set(pair.family, results);
    }
    assert.deepEqual(new Set(seen.keys()), new Set(FAMILIES));
    for (const family of ["pattern", "anyPattern", "deny", "foreachValidate"]) {
      for (const result of ["pass", "fail"]) assert.ok(seen.get(family)?.has(result), `${family} ${result}`);
    }
    for (const family of ["mergePatch", "jsonPatch", "foreachMutate"]) {
      assert.ok(seen.get(family)?.has("pass"), family);
    }
    for (const result of ["pass", "fail", "error", "skip"]) {
      assert.ok(
        [...seen.values()].some((results) => results.has(result)),
        result,
      );
    }
  });

  for (const part of [
    ...["=(", "X(", "^(", "<(", "+(", "("].map((anchor) => `"${anchor}`),
    ...["Equals", "NotEquals", "Equal", "NotEqual", "In", "NotIn", "AnyIn", "AllIn", "AnyNotIn", "AllNotIn"].map(
      operator,
    ),
    ...["GreaterThan", "GreaterThanOrEquals", "LessThan", "LessThanOrEquals"].flatMap((name) => [
      operator(name),
      operator(`Duration${name}`),
    ]),
    ...["anyPattern", "foreach", "deny", "context", "preconditions", "exclude", "elementScope", "order"].map(
      (key) => `"${key}":`,
    ),
    ...["patchStrategicMerge", "patchesJson6902", "$patch", "applyRules", "any", "all"].map((key) => `"${key}":`),
    "elementIndex1",
    "element0",
    "images.",
    "$(",
    " | ",
    " & ",
    "!-",
  ]) {
    it(`use ${part}`, () => assert.ok(text.includes(part)));
  }
});

function operator(name: string): string {
  return `"operator":"${name}"`;
}
