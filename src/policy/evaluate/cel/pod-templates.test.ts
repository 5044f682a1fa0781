import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { memberOf, type Value } from "../../../base/index.ts";
import type { PolicyInput } from "../input.ts";
import { podInputsOf } from "./pod-templates.ts";

const podSpec = (image: string) => ({ containers: [{ name: "c", image }] });

function jobSet(...images: readonly string[]): Value {
  return {
    apiVersion: "jobset.x-k8s.io/v1alpha2",
    kind: "JobSet",
    metadata: { name: "set", namespace: "team" },
    spec: {
      replicatedJobs: images.map((image, index) => ({
        name: `job-${index}`,
        template: { spec: { template: { metadata: { labels: { index: `${index}` } }, spec: podSpec(image) } } },
      })),
    },
    status: { template: { spec: podSpec("old") } },
  };
}

const pathOf = (index: number): string => `spec.replicatedJobs[${index}].template.spec.template`;

describe("podInputsOf", () => {
  test("a Pod for each template, in their order", () => {
    const made = podInputsOf({ object: jobSet("a", "b"), operation: "CREATE" });
    assert.deepEqual(
      made.map(({ path }) => path),
      [pathOf(0), pathOf(1)],
    );
    assert.deepEqual(made[1]?.input, {
      object: {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { labels: { index: "1" }, name: "set", namespace: "team" },
        spec: podSpec("b"),
      },
      oldObject: null,
      operation: "CREATE",
      resource: "pods",
      requested: { group: "", version: "v1", kind: "Pod", name: "set", namespace: "team" },
    } satisfies PolicyInput);
  });

  test("the old Pod is that of the same place, if there was one", () => {
    const made = podInputsOf({ object: jobSet("a", "b"), oldObject: jobSet("z"), operation: "UPDATE" });
    const oldImages = made.map(({ input }) => memberOf(memberOf(input.oldObject, "spec"), "containers") ?? null);
    assert.deepEqual(oldImages, [podSpec("z").containers, null]);
  });

  test("of what is deleted there is the old Pod alone", () => {
    const [only] = podInputsOf({ object: null, oldObject: jobSet("a"), operation: "DELETE" });
    assert.equal(only?.input.object, null);
    assert.deepEqual(memberOf(only.input.oldObject, "spec"), podSpec("a"));
  });

  const none: readonly (readonly [name: string, object: Value])[] = [
    ["no spec", { kind: "Widget" }],
    ["a spec without templates", { spec: { replicas: 3 } }],
    ["no containers", { spec: { template: { spec: { containers: [] } } } }],
    ["a container without an image", { spec: { template: { spec: { containers: [{ name: "a" }] } } } }],
    ["a container without a name", { spec: { template: { spec: { containers: [{ image: "a" }] } } } }],
    ["an image that is no text", { spec: { template: { spec: { containers: [{ name: "a", image: 1 }] } } } }],
    ["metadata that is no object", { spec: { template: { metadata: "a", spec: podSpec("a") } } }],
    ["a template in the status alone", { spec: {}, status: { template: { spec: podSpec("a") } } }],
  ];
  for (const [name, object] of none) {
    test(`none: ${name}`, () => assert.deepEqual(podInputsOf({ object, operation: "CREATE" }), []));
  }

  test("an object of any depth and length", () => {
    let deep: Value = { template: { spec: podSpec("a") } };
    for (let level = 0; level < 50_000; level++) deep = { a: deep };
    assert.equal(podInputsOf({ object: { spec: deep }, operation: "CREATE" }).length, 1);
    const wide = Array.from({ length: 200_000 }, () => 0);
    assert.equal(podInputsOf({ object: { spec: { wide } }, operation: "CREATE" }).length, 0);
  });
});
