import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Value } from "../../base/index.ts";
import { creation, planOf, pod, TEST_NOW } from "../../testing/policy-builders.ts";
import type { PolicyInput } from "./input.ts";
import { findTaggedImages } from "./pin-digests.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const pinning = (more: { readonly [key: string]: Value } = {}) =>
  planOf({ validationConfigurations: { mutateDigest: true, verifyDigest: false, required: false }, ...more });
const template = (kind: string, apiVersion: string, spec: Value): Value => ({
  apiVersion,
  kind,
  metadata: { name: "web", namespace: "shop" },
  spec,
});
const containers = [{ name: "a", image: "shop:v1" }];

describe("findTaggedImages", () => {
  const cases: readonly (readonly [name: string, object: Value, pointers: readonly string[]])[] = [
    [
      "tags and names without one",
      pod("shop:v1", "shop", "r.example:5000/shop"),
      [0, 1, 2].map((n) => `/spec/containers/${n}/image`),
    ],
    ["digests stay", pod(`shop@${DIGEST}`, `shop:v1@${DIGEST}`), []],
    ["what is no image stays", pod("Shop:v1", "", "a b"), []],
    [
      "all lists and image volumes",
      template("Pod", "v1", {
        containers,
        initContainers: containers,
        ephemeralContainers: containers,
        volumes: [{ name: "x" }, { name: "y", image: { reference: "data:v1" } }],
      }),
      [
        "/spec/containers/0/image",
        "/spec/initContainers/0/image",
        "/spec/ephemeralContainers/0/image",
        "/spec/volumes/1/image/reference",
      ],
    ],
    [
      "a Deployment's template",
      template("Deployment", "apps/v1", { template: { spec: { containers } } }),
      ["/spec/template/spec/containers/0/image"],
    ],
    [
      "a CronJob's template",
      template("CronJob", "batch/v1", { jobTemplate: { spec: { template: { spec: { containers } } } } }),
      ["/spec/jobTemplate/spec/template/spec/containers/0/image"],
    ],
    ["a kind without images", template("Service", "v1", { containers }), []],
    ["images that cannot be read", template("Pod", "v1", { containers: [{ image: 7 }, { image: "shop:v1" }] }), []],
    ["no spec", template("Pod", "v1", null), []],
  ];
  for (const [name, object, pointers] of cases) {
    test(name, () => {
      const found = findTaggedImages(pinning(), creation(object), TEST_NOW);
      assert.deepEqual(
        found.map(({ pointer }) => pointer),
        pointers,
      );
    });
  }

  const left: readonly (readonly [name: string, plan: ReturnType<typeof planOf>, input: Partial<PolicyInput>])[] = [
    ["mutateDigest is off", planOf({}), {}],
    ["a deletion", pinning(), { operation: "DELETE", oldObject: pod("shop:v1") }],
    ["not covered", pinning({ matchImageReferences: [{ glob: "other.example/*" }] }), {}],
    ["conditions do not hold", pinning({ matchConditions: [{ name: "no", expression: "false" }] }), {}],
    ["a condition fails", pinning({ matchConditions: [{ name: "no", expression: "object.none == 1" }] }), {}],
    ["another operation", pinning(), { operation: "CONNECT" }],
  ];
  for (const [name, plan, input] of left) {
    test(`nothing: ${name}`, () => {
      const off = name === "mutateDigest is off" ? { ...plan, mutateDigest: false } : plan;
      assert.deepEqual(findTaggedImages(off, { ...creation(pod("shop:v1")), ...input }, TEST_NOW), []);
    });
  }
});
