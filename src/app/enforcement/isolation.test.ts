import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AmapError } from "../../base/index.ts";
import type { Plan } from "../../policy/index.ts";
import { createFakeWorld } from "../../testing/fake-world.ts";
import { creation, planOf, pod } from "../../testing/policy-builders.ts";
import { decideResource } from "../decide-resource.ts";
import { decideEach } from "./isolation.ts";

const plan = (name: string, spec = {}): Plan => planOf({ validations: [{ expression: "true" }], ...spec }, { name });
/** A plan of which everything throws what it likes. */
const bad = (name: string, error: unknown, spec = {}): Plan => ({
  ...plan(name, spec),
  rules: plan(name).rules.map((rule) => ({
    ...rule,
    program: {
      ...rule.program,
      evaluate: () => {
        throw error;
      },
    },
  })),
});

async function decide(plans: readonly Plan[]) {
  const bugs: unknown[] = [];
  const world = createFakeWorld();
  const decided = await decideEach(
    plans,
    (error) => void bugs.push(error),
    (some) =>
      decideResource({
        plans: some,
        input: creation(pod("shop")),
        load: async () => new Map(),
        now: world.clock.now(),
        seed: "",
        elapsed: () => world.clock.now(),
      }),
  );
  const { row } = decided;
  return {
    bugs,
    allowed: row.allowed,
    resource: row.resource,
    rules: row.rules.map(({ policy, status, code }) => [policy, status, code]),
  };
}

describe("a policy that throws (C15)", () => {
  test("its rules are errors, the others are decided, and the bug is told", async () => {
    const error = new TypeError("cannot read properties of undefined");
    for (const failurePolicy of ["Fail", "Ignore"]) {
      const { bugs, ...rest } = await decide([plan("a"), bad("b", error, { failurePolicy }), plan("c")]);
      assert.deepEqual(rest, {
        allowed: failurePolicy === "Ignore",
        resource: "Pod shop/web",
        rules: [
          ["a", "pass", undefined],
          ["b", "error", "BUG"],
          ["c", "pass", undefined],
        ],
      });
      assert.deepEqual([bugs.length > 0, bugs.every((each) => each === error)], [true, true]);
    }
  });

  test("alone", async () => {
    assert.deepEqual((await decide([bad("b", "a string")])).rules, [["b", "error", "BUG"]]);
  });

  test("its message says nothing of the insides", async () => {
    const { row } = await decideEach(
      [bad("b", new Error("path /etc"))],
      () => {},
      (some) =>
        decideResource({
          plans: some,
          input: creation(pod("shop")),
          load: async () => new Map(),
          now: 0,
          seed: "",
          elapsed: () => 0,
        }),
    );
    assert.doesNotMatch(JSON.stringify(row), /etc/);
  });

  test("nothing is allowed because nothing could be decided", async () => {
    const fail = () => Promise.reject(new AmapError("VALUE_INVALID", "x"));
    await assert.rejects(
      decideEach([], () => {}, fail),
      { code: "VALUE_INVALID" },
    );
  });
});
