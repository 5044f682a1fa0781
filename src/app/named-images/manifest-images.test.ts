import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isAmapError } from "../../base/index.ts";
import { createFakeWorld } from "../../testing/fake-world.ts";
import { readManifestImages } from "./manifest-images.ts";

const pod = (...images: readonly string[]): object => ({ containers: images.map((image) => ({ name: "a", image })) });
const object = (apiVersion: string, kind: string, spec: object): object => ({
  apiVersion,
  kind,
  metadata: { name: "x" },
  spec,
});

async function imagesOf(...documents: readonly object[]): Promise<readonly string[]> {
  const text = documents.map((document) => JSON.stringify(document)).join("\n---\n");
  return readManifestImages(createFakeWorld({ "manifest.yaml": text }), ["manifest.yaml"]);
}

const CASES: readonly { name: string; documents: readonly object[]; expected: readonly string[] }[] = [
  {
    name: "every list of a Pod, and its image volumes",
    documents: [
      object("v1", "Pod", {
        ...pod("a", "b"),
        initContainers: [{ name: "i", image: "c" }],
        ephemeralContainers: [{ name: "e", image: "d" }],
        volumes: [
          { name: "v", image: { reference: "e" } },
          { name: "w", emptyDir: {} },
        ],
      }),
    ],
    expected: ["a", "b", "c", "d", "e"],
  },
  {
    name: "what makes Pods",
    documents: [
      object("apps/v1", "Deployment", { template: { spec: pod("a") } }),
      object("batch/v1", "CronJob", { jobTemplate: { spec: { template: { spec: pod("b") } } } }),
      object("batch/v1", "Job", { template: { spec: pod("a") } }),
    ],
    expected: ["a", "b"],
  },
  {
    name: "lists, and kinds without images",
    documents: [
      { apiVersion: "v1", kind: "List", items: [object("v1", "Pod", pod("a")), { apiVersion: "v1", kind: "Service" }] },
    ],
    expected: ["a"],
  },
  {
    name: "other kinds with a Pod at one of the usual places",
    documents: [object("argoproj.io/v1alpha1", "Rollout", { template: { spec: pod("a") } })],
    expected: ["a"],
  },
];

describe("readManifestImages", () => {
  for (const { name, documents, expected } of CASES) {
    test(name, async () => assert.deepEqual(await imagesOf(...documents), expected));
  }

  for (const [name, document, message] of [
    ["no image", object("v1", "ConfigMap", {}), /found none/],
    [
      "an image that is no text",
      object("v1", "Pod", { containers: [{ image: 1 }] }),
      /Pod x: .*containers\[0\]\.image/,
    ],
    [
      "an image that is no text, of another kind",
      object("x.io/v1", "Rollout", { template: { spec: { containers: [{}] } } }),
      /Rollout x/,
    ],
    ["containers that are no list", object("v1", "Pod", { containers: {} }), /expected a list/],
  ] as const) {
    test(`refuses ${name}`, async () => {
      await assert.rejects(
        imagesOf(document),
        (error) => isAmapError(error, "VALUE_INVALID") && message.test(error.message),
      );
    });
  }
});
