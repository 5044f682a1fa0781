import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Fact, FactRequest } from "../../policy/index.ts";
import { rememberFacts } from "./fact-memory.ts";

const request = (key: string, kind: FactRequest["kind"] = "resource"): FactRequest => ({ key, kind, params: {} });

function scene(maxBytes: number, answer: (key: string) => Fact = (key) => ({ ok: true, value: key })) {
  const asked: string[] = [];
  const load = rememberFacts(
    async (requests) => {
      asked.push(...requests.map(({ key }) => key));
      return new Map(requests.map(({ key }) => [key, answer(key)]));
    },
    { maxBytes, isRemembered: ({ kind }) => kind === "resource" },
  );
  return { asked, load };
}

describe("facts that are remembered", () => {
  it("are asked once, and others with them", async () => {
    const { asked, load } = scene(10_000);
    await load([request("a")]);
    const facts = await load([request("a"), request("b")]);
    assert.deepEqual(asked, ["a", "b"]);
    assert.deepEqual(
      [...facts.values()].map((fact) => fact.ok && fact.value),
      ["a", "b"],
    );
  });

  it("are not those that failed, and not those that act", async () => {
    const { asked, load } = scene(10_000, () => ({ ok: false, code: "FACT_FAILED", message: "no" }));
    await load([request("a")]);
    await load([request("a")]);
    assert.deepEqual(asked, ["a", "a"]);
    const acting = scene(10_000);
    await acting.load([request("a", "kubernetesApiPost")]);
    await acting.load([request("a", "kubernetesApiPost")]);
    assert.deepEqual(acting.asked, ["a", "a"]);
  });

  it("are forgotten when they are too many, the least used first", async () => {
    const { asked, load } = scene(1_600, (key) => ({ ok: true, value: key.repeat(10) }));
    for (const key of ["a", "b", "a", "c", "d", "a", "b"]) await load([request(key)]);
    // Each takes 531 bytes: three fit.
    assert.deepEqual(asked, ["a", "b", "c", "d", "b"]);
  });

  it("one that is larger than the memory is not kept", async () => {
    const { asked, load } = scene(500);
    await load([request("a")]);
    await load([request("a")]);
    assert.deepEqual(asked, ["a", "a"]);
  });
});
