import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runAmap } from "../amap-side.ts";
import { times } from "../resources.ts";
import { makeScene, SCENES } from "./scenes.ts";

const SEED = 7;
const FIRST = 2000;
const scenes = times(390, (index) => makeScene(SEED, index, FIRST));
const text = JSON.stringify(scenes);

describe("generated scenes", () => {
  it("are the same for the same seed, and others for another", () => {
    assert.deepEqual(makeScene(SEED, 11, FIRST), scenes[11]);
    assert.notDeepEqual(makeScene(SEED + 1, 11, FIRST), scenes[11]);
  });

  it("have distinct names, and each family its share", () => {
    assert.equal(new Set(scenes.map(({ name }) => name)).size, scenes.length);
    assert.deepEqual(new Set(scenes.map(({ family }) => family)), new Set(SCENES.map(([family]) => family)));
  });

  it("come to every status, and few policies are refused", async () => {
    const statuses = new Map<string, number>();
    for (const scene of scenes) {
      const outcome = await runAmap(scene);
      const found = outcome.status === "applied" ? outcome.results.map(({ result }) => result) : [outcome.status];
      for (const status of found) statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    for (const status of ["pass", "fail", "error", "skip"]) assert.ok((statuses.get(status) ?? 0) > 10, status);
    assert.ok((statuses.get("refused") ?? 0) < scenes.length / 20);
    assert.equal(statuses.get("crashed"), undefined);
  });

  const keys =
    "subjects roles clusterRoles namespaceSelector annotations operations exclude exceptions ruleNames podSecurity " +
    "restrictedField celPreconditions messageExpression generate targets globalValues ruleValues objectValues userInfo " +
    "default foreach pod-policies.kyverno.io/autogen-controllers";
  for (const part of keys.split(" ").map((key) => `"${key}":`)) {
    it(`use ${part}`, () => assert.ok(text.includes(part)));
  }
});
