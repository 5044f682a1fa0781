import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Digest } from "../../base/index.ts";
import { createSbom, describeImage, type SbomInput } from "./create-sbom.ts";
import type { Component } from "./sbom.ts";

const digest: Digest = `sha256:${"0a".repeat(32)}`;

function library(ref: string): Component {
  return { ref, kind: "library", name: ref, licenses: [], hashes: [], locations: [], scope: "production" };
}

function input(edges: Readonly<Record<string, readonly string[]>>, more: Partial<SbomInput> = {}): SbomInput {
  const catalog = {
    components: Object.keys(edges).map((ref) => library(ref)),
    dependencies: new Map(Object.entries(edges)),
    notLookedAt: [],
  };
  return {
    catalog,
    subject: describeImage({ name: "shop", digest }),
    subjectDigest: digest,
    createdAt: "2026-11-22T12:00:00Z",
    serialNumber: "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
    tools: [{ name: "amap", version: "0.1.0" }],
    ...more,
  };
}

describe("createSbom", () => {
  const rows: readonly (readonly [name: string, edges: Record<string, readonly string[]>, roots: readonly string[]])[] =
    [
      ["nothing", {}, []],
      ["what nothing depends on", { b: [], a: ["b"], c: [] }, ["a", "c"]],
      ["one of a circle", { c: ["b"], b: ["c"], a: [] }, ["a", "b"]],
      ["a component that depends on itself", { a: ["a"] }, ["a"]],
      ["a circle that is reached is no root", { a: ["b"], b: ["c"], c: ["b"] }, ["a"]],
    ];
  for (const [name, edges, roots] of rows) {
    it(`hangs from the subject: ${name}`, () => {
      const sbom = createSbom(input(edges));
      assert.deepEqual(sbom.dependencies.get(sbom.subject.ref), roots);
    });
  }

  it("sorts components by ref and leaves the catalog alone", () => {
    const given = input({ b: [], a: [] });
    assert.deepEqual(
      createSbom(given).components.map(({ ref }) => ref),
      ["a", "b"],
    );
    assert.equal(given.catalog.dependencies.size, 2);
  });

  const refused: readonly (readonly [name: string, more: Partial<SbomInput>])[] = [
    ["a serial number without urn:uuid", { serialNumber: "3e671687-395b-41f5-a30f-a58921a69b79" }],
    ["a local time", { createdAt: "2026-11-22T12:00:00" }],
    ["a subject with a component's ref", { subject: library("a") }],
  ];
  for (const [name, more] of refused) {
    it(`refuses ${name}`, () => assert.throws(() => createSbom(input({ a: [] }, more)), { code: "VALUE_INVALID" }));
  }
});

describe("describeImage", () => {
  it("names an image by its digest", () => {
    const image = describeImage({
      name: "shop",
      digest,
      tag: "1.4",
      architecture: "arm64",
      repositoryUrl: "registry.example/s/shop",
    });
    assert.equal(image.purl, `pkg:oci/shop@${digest}?arch=arm64&repository_url=registry.example%2Fs%2Fshop&tag=1.4`);
    assert.deepEqual(image.hashes, [{ algorithm: "SHA-256", value: "0a".repeat(32) }]);
    assert.deepEqual([image.kind, image.version], ["container", "1.4"]);
  });

  it("refuses what is no digest", () => {
    assert.throws(() => describeImage({ name: "shop", digest: "sha256:0" }), { code: "VALUE_INVALID" });
  });
});
